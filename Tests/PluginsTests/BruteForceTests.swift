import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Plugins

@Suite struct BruteForceTests {
  private func search(
    _ networks: [Network], _ data: DataSet, most: Int = 1_000_000,
    stop: StopSignal = StopSignal(), progress: ProgressSink = .none,
    checkpoint: SearchCheckpoint? = nil
  ) throws -> SearchOutcome {
    try BruteForce(Settings(["most": .integer(most)])).search(
      SearchTask(
        networks: networks, data: data, random: RandomStream(seed: 1, name: "search"),
        pool: WorkPool(threadCount: 2), stop: stop, progress: progress,
        checkpoint: checkpoint))
  }

  private func orders(_ count: Int) -> [[Int]] {
    func extend(_ chosen: [Int]) -> [[Int]] {
      if chosen.count == count { return [chosen] }
      return (0..<count).filter { !chosen.contains($0) }.flatMap { extend(chosen + [$0]) }
    }
    return extend([])
  }

  @Test(arguments: [[1], [2], [4], [5], [2, 3], [3, 1, 2], [3, 3, 3]])
  func theWalkVisitsEveryOrderOnce(sizes: [Int]) {
    var walk = PermutationWalk(sizes: sizes)
    var now = sizes.map { Array(0..<$0) }
    var seen: Set<[[Int]]> = [now]
    while let step = walk.next() {
      now[step.group].swapAt(step.a, step.b)
      #expect(seen.insert(now).inserted)
    }
    #expect(seen.count == PermutationWalk.count(sizes: sizes))
  }

  @Test func tooManyOrdersAreCountedWithoutOverflow() throws {
    #expect(PermutationWalk.count(sizes: [30]) == nil)
    let data = smallProblem(samples: 50)
    let networks = try trainedNetworks(2, hidden: [40], on: data, epochs: 1)
    let failure = #expect(throws: Failure.self) { try search(networks, data) }
    #expect(failure?.message.contains("more than 1000000 orders") == true)
  }

  @Test(arguments: [[5], [3, 2]])
  func nothingIsBetter(hidden: [Int]) throws {
    let data = smallProblem(samples: 300, features: 7)
    let networks = try trainedNetworks(2, hidden: hidden, on: data)
    var least = Int.max
    let identity = NetworkPermutation(identityFor: networks[0].graph)
    func visit(_ group: Int, _ permutation: NetworkPermutation) throws {
      guard group < hidden.count else {
        let average = Network.average(of: networks, permutedBy: [identity, permutation])
        least = min(least, try average.score(on: data).errorCount)
        return
      }
      for order in orders(hidden[group]) {
        var next = permutation
        next.groups[group] = try #require(Permutation(order))
        try visit(group + 1, next)
      }
    }
    try visit(0, identity)
    let outcome = try search(networks, data)
    #expect(outcome.cost == Double(least) / 300)
    #expect(outcome.status == .finished("every order tried"))
    let average = Network.average(of: networks, permutedBy: try #require(outcome.permutations))
    #expect(try average.score(on: data).errorCount == least)
  }

  @Test func whatWasStoppedEndsAsIfItHadNotBeen() throws {
    let data = smallProblem(samples: 120, features: 7)
    let networks = try trainedNetworks(2, hidden: [8], on: data)
    let whole = try search(networks, data)
    let stop = StopSignal()
    let stopped = try search(
      networks, data, stop: stop, progress: ProgressSink { _ in stop.raise() })
    #expect(stopped.status.isPartial && stopped.steps > 0)
    let resumed = try search(networks, data, checkpoint: stopped.checkpoint)
    #expect(resumed.permutations == whole.permutations && resumed.cost == whole.cost)
    #expect(resumed.steps == whole.steps)
    // What was better on the way is not forgotten.
    #expect(resumed.trace.map(\.step) == whole.trace.map(\.step))
    #expect(resumed.trace.map(\.cost) == whole.trace.map(\.cost))
    #expect(whole.trace.count > 3)
  }

  // A checkpoint is a file that anybody can write to.
  @Test(arguments: [
    ("made", "40320"), ("made", "-1"), ("bestErrors", "-1"), ("bestErrors", "121"),
    ("startErrors", "9223372036854775807"), ("seconds", "-1"),
    ("trace", "[{\"step\":9223372036854775807,\"seconds\":0,\"errors\":1}]"),
    ("trace", "[{\"step\":0,\"seconds\":0,\"errors\":-1}]"), ("best", "[[[0]],[[0]]]"),
  ])
  func refusesAStateThatWasEdited(key: String, value: String) throws {
    let data = smallProblem(samples: 120, features: 7)
    let networks = try trainedNetworks(2, hidden: [8], on: data, epochs: 1)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    var state = BruteForceState(start: start, errors: 60)
    state.note(seconds: 0)
    var checkpoint = state.checkpoint(method: BruteForce.identity, count: 40320)
    var json = try #require(
      try JSONSerialization.jsonObject(with: Data(checkpoint.bytes)) as? [String: Any])
    try #require(json[key] != nil)
    // As it was written it is taken.
    _ = try search(networks, data, checkpoint: checkpoint)
    json[key] = try JSONSerialization.jsonObject(
      with: Data(value.utf8), options: .fragmentsAllowed)
    checkpoint.bytes = [UInt8](try JSONSerialization.data(withJSONObject: json))
    let failure = #expect(throws: Failure.self) {
      try search(networks, data, checkpoint: checkpoint)
    }
    #expect(failure?.code == .fileMalformed)
  }

  @Test func aStopBeforeTheFirstCountKeepsTheState() throws {
    let data = smallProblem(samples: 120, features: 7)
    let networks = try trainedNetworks(2, hidden: [8], on: data, epochs: 1)
    let stop = StopSignal()
    stop.raise()
    let fresh = try search(networks, data, stop: stop)
    #expect(fresh.status == .partial(0, "stopped") && fresh.checkpoint == nil)
    #expect(fresh.permutations?.allSatisfy(\.isIdentity) == true)
    var state = BruteForceState(
      start: networks.map { NetworkPermutation(identityFor: $0.graph) }, errors: 60)
    state.made = 40_000
    let checkpoint = state.checkpoint(method: BruteForce.identity, count: 40320)
    let again = try search(networks, data, stop: stop, checkpoint: checkpoint)
    #expect(again.checkpoint == checkpoint)
  }
}
