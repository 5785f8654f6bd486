import Contract
import Kernel
import Testing

@testable import Plugins

@Suite struct BaselineTests {
  private let networks = (0..<3).map { number in
    Network(
      graph: .mlp(inputShape: [4], hidden: [7, 7], classes: 3), initial: .he,
      from: RandomStream(seed: 1, name: "baseline").child("network", number))
  }

  private func task(_ seed: UInt64 = 1) -> SearchTask {
    SearchTask(networks: networks, random: RandomStream(seed: seed, name: "search"))
  }

  @Test func identityLeavesEverything() throws {
    let outcome = try IdentityBaseline(Settings([:])).search(task())
    #expect(outcome.permutations?.allSatisfy(\.isIdentity) == true)
    #expect(try outcome.networks(from: networks).map(\.parameters) == networks.map(\.parameters))
  }

  @Test func randomMovesAllButTheFirstAndEachInItsOwnWay() throws {
    let outcome = try RandomBaseline(Settings([:])).search(task())
    let permutations = try #require(outcome.permutations)
    #expect(permutations[0].isIdentity)
    #expect(permutations[1] != permutations[2])
    #expect(permutations[1].groups[0] != permutations[1].groups[1])
    #expect(permutations.dropFirst().allSatisfy { !$0.isIdentity })
    // Through the gate: the functions are kept.
    _ = try outcome.networks(from: networks)
  }

  @Test func randomFollowsItsSeed() throws {
    let method = try RandomBaseline(Settings([:]))
    #expect(try method.search(task(1)).permutations == method.search(task(1)).permutations)
    #expect(try method.search(task(1)).permutations != method.search(task(2)).permutations)
  }

  @Test func anOutcomeForOtherNetworksIsRefused() throws {
    let outcome = try IdentityBaseline(Settings([:])).search(task())
    #expect(throws: Failure.self) { try outcome.networks(from: [networks[0]]) }
  }
}
