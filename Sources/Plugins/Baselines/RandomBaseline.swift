import Contract
import Kernel

/// Permutes every network but the first at random: what a search finds that looks at nothing.
public struct RandomBaseline: SearchPlugin {
  public static let card = MethodCard(
    id: "random",
    summary: "permute every network but the first at random: a search that looks at nothing",
    description: """
      Draws uniformly and independently for each group of units and each network. Networks that \
      were trained apart have no order of units in common, so this should change no barrier \
      between them; where it does, they were not independent.
      """,
    version: "1", needsData: false, drawsRandomNumbers: true)

  public init(_ settings: Settings) throws(Failure) {}

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    let permutations = task.networks.enumerated().map { index, network in
      index == 0
        ? NetworkPermutation(identityFor: network.graph)
        : NetworkPermutation(
          randomFor: network.graph, from: task.random.child("network", index + 1))
    }
    return SearchOutcome(permutations: permutations, status: .finished("drawn"), steps: 1)
  }
}
