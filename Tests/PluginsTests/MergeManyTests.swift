import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Plugins

@Suite struct MergeManyTests {
  private func search(
    _ networks: [Network], restarts: Int = 1, start: [NetworkPermutation]? = nil
  ) throws -> SearchOutcome {
    try MergeMany(Settings(["restarts": .integer(restarts)])).search(
      SearchTask(
        networks: networks, random: RandomStream(seed: 1, name: "search"), start: start,
        pool: WorkPool(threadCount: 2)))
  }

  private func network(_ number: Int, hidden: [Int]) -> Network {
    Network(
      graph: .mlp(inputShape: [12], hidden: hidden, classes: 4), initial: .uniform,
      from: RandomStream(seed: 8, name: "network \(number)"))
  }

  /// Σ over pairs of the products of all weights, plainly.
  private func agreement(_ networks: [Network]) -> Double {
    var sum = 0.0
    for second in networks.indices {
      for first in 0..<second {
        for (a, b) in zip(networks[first].parameters, networks[second].parameters) {
          sum += zip(a.values, b.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        }
      }
    }
    return sum
  }

  @Test(arguments: [(3, [20]), (5, [20]), (4, [10, 10])])
  func shuffledCopiesAreAllRecovered(count: Int, hidden: [Int]) throws {
    let original = network(0, hidden: hidden)
    let planted = (0..<count).map { index in
      index == 0
        ? NetworkPermutation(identityFor: original.graph)
        : NetworkPermutation(
          randomFor: original.graph, from: RandomStream(seed: 2, name: "copy \(index)"))
    }
    let outcome = try search(planted.map { original.permuted(by: $0) }, restarts: 8)
    #expect(outcome.permutations == planted.map(\.inverse))
    #expect(outcome.cost == 0 && outcome.status == .finished("no network improves"))
  }

  /// No other numbering of any one network agrees better with the others: tried out.
  @Test func noNetworkAloneCanImprove() throws {
    let networks = (0..<3).map { network($0, hidden: [5]) }
    let outcome = try search(networks)
    let permutations = try #require(outcome.permutations)
    #expect(permutations[0].isIdentity)
    let found = agreement(zip(networks, permutations).map { $0.permuted(by: $1) })
    var walk = PermutationWalk(sizes: [5])
    var order = Permutation(identity: 5)
    while let step = walk.next() {
      order = order.swapping(step.a, step.b)
      for moved in 0..<3 {
        var changed = permutations
        changed[moved].groups[0] = order
        #expect(agreement(zip(networks, changed).map { $0.permuted(by: $1) }) <= found + 1e-9)
      }
    }
  }

  @Test func theCostIsNotAboveTheStartsAndIsThatOfAllPairs() throws {
    let data = smallProblem()
    let networks = try trainedNetworks(3, hidden: [16, 12], on: data)
    let task = SearchTask(networks: networks, random: RandomStream(seed: 1, name: "pairwise"))
    let pairwise = try #require(
      try WeightMatching(Settings(["restarts": .integer(1)])).search(task).permutations)
    for start in [nil, pairwise] {
      let outcome = try search(networks, start: start)
      let (cost, startCost) = (try #require(outcome.cost), try #require(outcome.startCost))
      #expect(cost < startCost)
      let permuted = zip(networks, try #require(outcome.permutations)).map { $0.permuted(by: $1) }
      let lengths = networks.reduce(0.0) { $0 + $1.squaredLength() }
      // Σ_{i<j} ‖a_i − a_j‖² = (n − 1) Σ ‖a_i‖² − 2 Σ_{i<j} ⟨a_i, a_j⟩.
      let expected = (2 * lengths - 2 * agreement(permuted)) / 3
      #expect(abs(cost - expected) < 1e-6 * expected)
    }
  }

  @Test func withTwoItEndsWhereWeightMatchingEnds() throws {
    let networks = try trainedNetworks(2, hidden: [14, 10], on: smallProblem())
    let permutations = try #require(try search(networks).permutations)
    let task = SearchTask(
      networks: networks, random: RandomStream(seed: 3, name: "again"), start: permutations)
    let again = try WeightMatching(Settings(["restarts": .integer(1)])).search(task)
    #expect(again.permutations == permutations)
  }

  @Test func aStopIsHeardBeforeAndWithinAnAlignment() throws {
    let networks = (0..<3).map { network($0, hidden: [700, 700]) }
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    for pause in [0, 1, 1000, 4000, 16_000] {
      let stop = StopSignal.raised(afterMicroseconds: pause)
      if pause == 0 { stop.raise() }
      let begin = ContinuousClock.now
      let outcome = try MergeMany(Settings(["restarts": .integer(1)])).search(
        SearchTask(
          networks: networks, random: RandomStream(seed: 1, name: "search"), stop: stop))
      #expect(outcome.status.isPartial && outcome.permutations == start)
      // An alignment takes a second.
      #expect(begin.duration(to: .now) < .milliseconds(pause / 1000 + 500))
    }
  }

  // A checkpoint is a file that anybody can write to.
  @Test(arguments: [
    ("alignments", "9223372036854775807"), ("alignments", "-1"), ("pass", "9223372036854775807"),
    ("seconds", "1e300"), ("trace", "[{\"step\":9223372036854775807,\"seconds\":0,\"cost\":1}]"),
    ("trace", "[{\"step\":0,\"seconds\":-1,\"cost\":1}]"), ("place", "3"),
  ])
  func refusesAStateThatWasEdited(key: String, value: String) throws {
    let networks = (0..<3).map { network($0, hidden: [7]) }
    var state = MergeManyState(restarts: 1)
    state.runs = [
      .init(networks.map { NetworkPermutation(identityFor: $0.graph) }, startCost: 1)
    ]
    func resumed(_ checkpoint: SearchCheckpoint) throws -> SearchOutcome {
      try MergeMany(Settings(["restarts": .integer(1)])).search(
        SearchTask(
          networks: networks, random: RandomStream(seed: 1, name: "search"),
          checkpoint: checkpoint))
    }
    var checkpoint = try state.checkpoint(method: "merge_many 1")
    #expect(try !resumed(checkpoint).status.isPartial)
    var json = try #require(
      try JSONSerialization.jsonObject(with: Data(checkpoint.bytes)) as? [[String: Any]])
    try #require(json[0][key] != nil)
    json[0][key] = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: .fragmentsAllowed)
    checkpoint.bytes = [UInt8](try JSONSerialization.data(withJSONObject: json))
    #expect(throws: Failure.self) { try resumed(checkpoint) }
  }

  @Test func networkOneKeepsWhatStartGivesIt() throws {
    let networks = (0..<3).map { network($0, hidden: [7]) }
    let start = (0..<3).map {
      NetworkPermutation(
        randomFor: networks[0].graph, from: RandomStream(seed: 6, name: "start \($0)"))
    }
    let outcome = try search(networks, start: start)
    #expect(outcome.permutations?[0] == start[0])
  }
}
