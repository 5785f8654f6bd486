import Contract

extension SearchOutcome {
  /// What a reader should know of a cost that is not over all samples.
  static func noteOfSamples(_ count: Int, of all: Int) -> String {
    "the cost is over \(count) of \(all) samples"
  }
}
