import Contract

/// The built-in methods: the one list that search, help, completion and the tests read.
public enum Registry {
  /// Every method, in the order in which help shows them.
  public static let all: [SearchMethod] = types.map { SearchMethod($0) }

  private static let types: [any SearchPlugin.Type] = [
    PairwiseBarrierAnnealing.self,
    SharedAverageAnnealing.self,
    FunctionalDifference.self,
    WeightMatching.self,
    ActivationMatching.self,
    MergeMany.self,
    GridMatching.self,
    BruteForce.self,
    SubspaceLearning.self,
    IdentityBaseline.self,
    RandomBaseline.self,
  ]

  /// The method with this id, if there is one.
  public static func method(_ id: String) -> SearchMethod? {
    all.first { $0.id == id }
  }
}
