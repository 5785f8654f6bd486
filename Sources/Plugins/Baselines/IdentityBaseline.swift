import Contract
import Kernel

/// Leaves every network as it is: what any search must beat.
public struct IdentityBaseline: SearchPlugin {
  public static let card = MethodCard(
    id: "identity",
    summary: "leave every network as it is: the baseline that a search must beat",
    description: """
      Gives the identity permutation for every network, so that the networks as trained stand in \
      the same tables and pictures as the results of a search.
      """,
    version: "1", needsData: false, drawsRandomNumbers: false)

  public init(_ settings: Settings) throws(Failure) {}

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    SearchOutcome(
      permutations: task.networks.map { NetworkPermutation(identityFor: $0.graph) },
      status: .finished("nothing to do"))
  }
}
