import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Plugins

/// A checkpoint is a file that anybody can write to: whatever stands in it, a search goes on from it
/// or says that it cannot.
@Suite struct AnnealingStateTests {
  // Each of these ended the program: an index out of range, or a number that is none.
  @Test(arguments: [
    "swapsSinceBase=[[7,0,1,2]]", "swapsSinceBase=[[1,1,1,2]]", "swapsSinceBase=[[1,0,1,8]]",
    "swapsSinceBase=[[1,0,-1,2]]", "swapsSinceBase=[[1,0,2,2]]", "swapsSinceBase=[[1,0,2]]",
    "swapsSinceBase=[[]]", "swapsSinceBase=[[1,0,1,2,1,0,3,4]]",
    "swapsSinceBase=[[1,0,1,2,0,0,3,8]]",
    "temperatures={\"highest\":0,\"lowest\":0}", "temperatures={\"highest\":-1,\"lowest\":-2}",
    "temperatures={\"highest\":1,\"lowest\":2}", "trace=[[0,0]]", "trace=[[1e300,0,0]]",
    "base=[[[0,1,2,3,4,5,6,7]]]", "best=[[[0,1,2,3,4,5,6,7]]]", "base=[[],[]]",
    "base=[[[0,1,2,3,4,5,6,7]],[[0,0,2,3,4,5,6,7]]]", "step=-1", "step=1000000",
    "bestUnits=-1", "startUnits=100000", "seconds=1e300", "streamPosition=18446744073709551615",
    "accepted=9223372036854775807", "trace=[[0.5e9,0,0]]",
  ])
  func refusesAStateThatWasEdited(edit: String) throws {
    try expectRefusal(of: edit, restarts: 1)
  }

  // With several restarts a chain that was over was not looked at.
  @Test(arguments: [
    "trace=[[0,0]]", "trace=[[1e300,0,0]]", "accepted=9223372036854775807", "step=1000000",
    "base=[[],[]]", "bestUnits=-1",
  ])
  func refusesAnEditedStateOfAChainThatIsOver(edit: String) throws {
    try expectRefusal(of: edit, restarts: 3)
  }

  private func expectRefusal(of edit: String, restarts: Int) throws {
    let search = try SharedAverageAnnealing(
      Settings(
        defaultsOf: SharedAverageAnnealing.card,
        ["steps": .integer(2000), "restarts": .integer(restarts)]))
    let checkpoint = try checkpoint(restarts: restarts)
    let failure = #expect(throws: Failure.self) {
      try search.search(task(from: try edited(checkpoint, edit)))
    }
    #expect(failure?.code == .fileMalformed)
    // As it was it goes on.
    #expect(try !search.search(task(from: checkpoint)).status.isPartial)
  }

  // What is stopped before its activations are there has made no move, and loses none.
  @Test func whatIsStoppedBeforeItBeginsIsAsItWas() throws {
    let search = try SharedAverageAnnealing(Settings(defaultsOf: SharedAverageAnnealing.card))
    let stop = StopSignal()
    stop.raise()
    let fresh = try search.search(task(from: nil, stop: stop))
    #expect(fresh.status == .partial(0, "stopped"))
    #expect(fresh.checkpoint == nil)
    #expect(fresh.permutations?.allSatisfy { $0.groups.allSatisfy(\.isIdentity) } == true)
    let before = try checkpoint(restarts: 1)
    let again = try search.search(task(from: before, stop: stop))
    #expect(again.checkpoint?.bytes == before.bytes)
  }

  /// On deep networks a move is a forward pass, which is given up in its middle: the move is made
  /// when the search goes on, and what comes out is what an unbroken search finds.
  @Test(arguments: [Setting.integer(1), .word("all")])
  func aDeepSearchThatIsStoppedInItsMovesEndsAsAnUnbrokenOne(swaps: Setting) throws {
    let data = smallProblem(samples: 20_000)
    let networks = try trainedNetworks(2, hidden: [24, 24], on: smallProblem(samples: 300))
    let search = try SharedAverageAnnealing(
      Settings(
        defaultsOf: SharedAverageAnnealing.card,
        [
          "steps": .integer(200), "t_max": .real(0.01), "t_min": .real(0.001), "swaps": swaps,
        ]))
    func run(_ checkpoint: SearchCheckpoint?, _ stop: StopSignal) throws -> SearchOutcome {
      try search.search(
        SearchTask(
          networks: networks, data: data, random: RandomStream(seed: 1, name: "deep"), stop: stop,
          checkpoint: checkpoint))
    }
    let whole = try run(nil, StopSignal())
    var checkpoint: SearchCheckpoint?
    var stops = 0
    while true {
      // Longer each time, so that however slow the machine is it comes to an end.
      let stop = StopSignal.raised(afterMicroseconds: 3_000 + 3_000 * stops * stops)
      let outcome = try run(checkpoint, stop)
      if outcome.status.isPartial {
        stops += 1
        checkpoint = outcome.checkpoint ?? checkpoint
        continue
      }
      #expect(outcome.permutations == whole.permutations)
      #expect(outcome.cost == whole.cost && outcome.startCost == whole.startCost)
      #expect(outcome.trace.map(\.cost) == whole.trace.map(\.cost))
      break
    }
    #expect(stops > 0)
  }

  /// Five networks, all of which move, a pair in each of their layers: A.4's listing.
  @Test(arguments: [[10], [8, 9]]) func movesOfSeveralSwapsAreTheSameHoweverTheyAreEvaluated(
    hidden: [Int]
  ) throws {
    let data = smallProblem(samples: 700)
    let networks = try trainedNetworks(5, hidden: hidden, on: data)
    let outcomes = try ["lazy", "full", "plain"].map { evaluation in
      try SharedAverageAnnealing(
        Settings(
          defaultsOf: SharedAverageAnnealing.card,
          [
            "steps": .integer(400), "swaps": .word("all"), "move": .word("all"),
            "t_max": .real(0.02), "t_min": .real(0.002), "evaluation": .word(evaluation),
          ])
      ).search(
        SearchTask(
          networks: networks, data: data, random: RandomStream(seed: 1, name: "several")))
    }
    #expect(outcomes[0].steps == 400)
    for outcome in outcomes {
      #expect(outcome.permutations == outcomes[0].permutations)
      #expect(outcome.trace.map(\.cost) == outcomes[0].trace.map(\.cost))
      #expect(outcome.permutations?.allSatisfy { $0.groups.allSatisfy { !$0.isIdentity } } == true)
    }
  }

  @Test func aMoveIsOneSwapOrOneInEveryLayerOfEveryMovingNetwork() {
    let graph = Graph.mlp(inputShape: [4], hidden: [6, 1, 5], classes: 3)
    for size in [MoveSize.one, .all] {
      var moves = MoveSource(
        networks: [1, 2], graph: graph, size: size, stream: RandomStream(seed: 1, name: "size"))
      for _ in 0..<200 {
        let draw = moves.next()
        #expect(draw > 0 && draw <= 1)
        #expect(
          moves.swaps.allSatisfy { $0.a != $0.b && max($0.a, $0.b) < ($0.group == 0 ? 6 : 5) })
        let places = moves.swaps.map { [$0.network, $0.group] }
        if size == .all {
          #expect(places == [[1, 0], [1, 2], [2, 0], [2, 2]])
        } else {
          #expect(places.count == 1)
        }
      }
    }
  }

  private func task(
    from checkpoint: SearchCheckpoint?, stop: StopSignal = StopSignal(),
    progress: ProgressSink = .none
  ) throws -> SearchTask {
    let data = smallProblem(samples: 300)
    return SearchTask(
      networks: try trainedNetworks(2, hidden: [8], on: data, epochs: 1), data: data,
      random: RandomStream(seed: 1, name: "edited"), stop: stop, progress: progress,
      checkpoint: checkpoint)
  }

  /// The state of a search that is about to make its first move, or, of several, whose first is
  /// over.
  private func checkpoint(restarts: Int) throws -> SearchCheckpoint {
    let graph = try task(from: nil).networks[0].graph
    var state = AnnealingState(
      temperatures: Temperatures(highest: 0.1, lowest: 0.01), units: 100,
      permutations: [NetworkPermutation](repeating: .init(identityFor: graph), count: 2))
    if restarts > 1 { state.step = 2000 }
    let card = SharedAverageAnnealing.card
    var states = AnnealingStates(count: restarts)
    states.chains[0] = state
    return try states.checkpoint(method: "\(card.id) \(card.version)", steps: 2000)
  }

  @Test(arguments: [
    "rounds=9000000000000000000", "rounds=-1", "tried=[9000000000000000000,0]", "replicas=[0,0,2]",
  ])
  func refusesEditedExchanges(edit: String) throws {
    let search = try SharedAverageAnnealing(
      Settings(
        defaultsOf: SharedAverageAnnealing.card, ["steps": .integer(2000), "chains": .integer(3)]))
    var whole = try checkpoint(restarts: 3)
    let exchanges = Exchanges(temperatures: Temperatures(highest: 0.1, lowest: 0.01), count: 3)
    var states = try AnnealingStates(whole, method: whole.method, count: 3, steps: 2000)
    states.chains = Array(repeating: states.chains[0], count: 3)
    states.exchanges = exchanges
    whole = try states.checkpoint(method: whole.method, steps: 2000)
    let failure = #expect(throws: Failure.self) {
      try search.search(task(from: try edited(whole, edit, in: "exchanges")))
    }
    #expect(failure?.code == .fileMalformed)
  }

  /// A state with another value for one key of its first chain, or of something else in it.
  private func edited(
    _ checkpoint: SearchCheckpoint, _ edit: String, in key: String = "chains"
  ) throws -> SearchCheckpoint {
    let parts = edit.split(separator: "=", maxSplits: 1)
    let value = try JSONSerialization.jsonObject(
      with: Data(parts[1].utf8), options: .fragmentsAllowed)
    var whole = try #require(
      try JSONSerialization.jsonObject(with: Data(checkpoint.bytes)) as? [String: Any])
    if key == "chains" {
      var chains = try #require(whole[key] as? [Any])
      var first = try #require(chains[0] as? [String: Any])
      try #require(first[String(parts[0])] != nil)
      first[String(parts[0])] = value
      chains[0] = first
      whole[key] = chains
    } else {
      var record = try #require(whole[key] as? [String: Any])
      try #require(record[String(parts[0])] != nil)
      record[String(parts[0])] = value
      whole[key] = record
    }
    var result = checkpoint
    result.bytes = [UInt8](try JSONSerialization.data(withJSONObject: whole))
    return result
  }
}
