import Foundation
import Kernel
import TestSupport
import Testing

@testable import Contract
@testable import Plugins

/// Restarts and parallel tempering, of both annealings.
@Suite struct AnnealingChainsTests {
  static let methods = ["sa1", "sa2"]
  static let several: [[String: Setting]] = [["restarts": .integer(3)], ["chains": .integer(4)]]

  private let data = hardProblem()

  @Test(arguments: methods, several)
  func severalChainsConform(id: String, settings: [String: Setting]) throws {
    let method = try #require(Registry.method(id))
    for check in Conformance.checks {
      #expect(check.complaints(about: method, settings: settings) == [], "\(check)")
    }
  }

  /// A restart is the search that its stream alone gives, and the best of them wins.
  @Test(arguments: methods)
  func restartsAreTheBestOfAsManySearches(id: String) throws {
    let task = try task()
    let restarted = try search(id, ["restarts": .integer(4)], task)
    var singles: [SearchOutcome] = []
    for number in 1...4 {
      var own = task
      if number > 1 {
        own.random = task.random.child("chain", number)
      }
      singles.append(try search(id, [:], own))
    }
    let costs = singles.compactMap(\.cost)
    try #require(Set(costs).count > 1)
    let least = try #require(costs.min())
    let best = try #require(costs.firstIndex(of: least))
    #expect(restarted.permutations == singles[best].permutations)
    #expect(restarted.cost == costs[best])
    #expect(restarted.figure("best restart") == Double(best + 1))
    #expect(restarted.steps == singles.reduce(0) { $0 + $1.steps })
    #expect(
      restarted.figure("accepted moves")
        == singles.compactMap { $0.figure("accepted moves") }.reduce(0, +))
  }

  @Test func furtherRestartsDrawStartsOfTheirOwnOnlyWhereTheFirstWasDrawn() throws {
    var task = try task()
    let graph = task.networks[0].graph
    task.start = [
      NetworkPermutation(identityFor: graph),
      NetworkPermutation(randomFor: graph, from: RandomStream(seed: 1, name: "given")),
    ]
    func starts() throws -> [[NetworkPermutation]] {
      let settings = try Settings(
        defaultsOf: SharedAverageAnnealing.card, ["restarts": .integer(3)])
      let search = try AnnealingSearch(
        card: SharedAverageAnnealing.card, settings: AnnealingSettings(settings),
        objective: AverageErrorObjective(evaluation: .lazy), task: task)
      return (0..<3).map { search.start(of: $0) }
    }
    let given = try #require(task.start)
    #expect(try starts() == [given, given, given])
    task.startsAtRandom = true
    let drawn = try starts()
    #expect(drawn[0] == given)
    #expect(Set(drawn).count == 3)
    #expect(drawn.allSatisfy { $0[0].isIdentity })
  }

  /// Stopped again and again, at whatever moment, it ends as if it had not been.
  @Test(arguments: methods, several)
  func stoppedAndResumedItEndsAsAnUnbrokenOne(id: String, settings: [String: Setting]) throws {
    let task = try task()
    let whole = try search(id, settings, task)
    var checkpoint: SearchCheckpoint?
    var stops = 0
    while true {
      // Longer each time, so that however slow the machine is it comes to an end.
      var leg = task
      leg.stop = StopSignal.raised(afterMicroseconds: 300 + 300 * stops)
      leg.checkpoint = checkpoint
      let outcome = try search(id, settings, leg)
      if outcome.status.isPartial {
        stops += 1
        checkpoint = outcome.checkpoint ?? checkpoint
        continue
      }
      #expect(Conformance.difference(whole, outcome) == nil)
      for name in ["accepted moves", "best restart", "mean exchange rate", "t_max", "t_min"] {
        #expect(whole.figure(name) == outcome.figure(name), "\(name)")
      }
      break
    }
    #expect(stops > 0)
  }

  // Once a restart is at zero the later ones are cut short, wherever they are: nothing of them may
  // be seen in the result.
  @Test(arguments: methods)
  func whatComesAfterACostOfZeroChangesNothing(id: String) throws {
    let network = Conformance.Problem.network(hidden: [6], number: 0)
    let planted = NetworkPermutation(
      randomFor: network.graph, from: RandomStream(seed: 2, name: "planted"))
    let problem = Conformance.Problem(networks: [network, network.permuted(by: planted)])
    var outcomes: [SearchOutcome] = []
    for threads in [1, 2, 3, 3] {
      outcomes.append(
        try search(
          id, ["restarts": .integer(6), "steps": .integer(4_000)],
          SearchTask(
            networks: problem.networks, data: problem.data,
            random: RandomStream(seed: 1, name: "zero"), pool: WorkPool(threadCount: threads))))
    }
    try #require(outcomes[0].cost == 0)
    for outcome in outcomes {
      #expect(Conformance.difference(outcomes[0], outcome) == nil)
      #expect(outcome.status == .finished("cost zero"))
    }
  }

  @Test(arguments: methods)
  func refusesSettingsThatContradictEachOther(id: String) throws {
    let method = try #require(Registry.method(id))
    for given: [String: Setting] in [
      ["restarts": .integer(2), "chains": .integer(2)],
      ["chains": .integer(2), "accept": .word("greedy")],
    ] {
      let failure = #expect(throws: Failure.self) {
        try method.make(Settings(defaultsOf: method.card, given))
      }
      #expect(failure?.code == .incompatible)
    }
  }

  @Test func refusesACheckpointOfAnotherNumberOfChains() throws {
    var task = try task()
    task.stop = StopSignal()
    task.stop.raise()
    let stopped = try search("sa2", ["chains": .integer(3), "t_max": .real(0.1)], task)
    // Nothing is kept of what had not begun.
    let states = AnnealingStates(count: 2)
    task.stop = StopSignal()
    task.checkpoint = try states.checkpoint(method: "sa2 1", steps: 10)
    #expect(stopped.status.isPartial)
    let failure = #expect(throws: Failure.self) {
      try search("sa2", ["chains": .integer(3)], task)
    }
    #expect(failure?.code == .fileMalformed)
  }

  // MARK: - Exchanges

  /// Two replicas at fixed costs exchange as often as the ratio of their probabilities says.
  @Test func neighboursExchangeAsOftenAsTheirTemperaturesSay() {
    var exchanges = Exchanges(temperatures: Temperatures(highest: 0.02, lowest: 0.01), count: 2)
    let stream = RandomStream(seed: 1, name: "exchanges")
    // (1/0.01 − 1/0.02)(0.03 − 0.05) = −1 where the colder has the lower cost, +1 where it has not.
    var (worse, worseMade, better) = (0, 0, 0)
    for _ in 0..<40_000 {
      let isColderLower = exchanges.replicas[0] == 0
      let before = exchanges.made[0]
      exchanges.exchange(costs: [0.03, 0.05], from: stream)
      // Every second time the only two neighbours have no turn.
      guard exchanges.rounds % 2 == 1 else { continue }
      let isMade = exchanges.made[0] > before
      if isColderLower {
        worse += 1
        worseMade += isMade ? 1 : 0
      } else {
        better += 1
        #expect(isMade)
      }
    }
    #expect(better > 1_000)
    // e⁻¹ = 0.368; of 14 000 draws three standard deviations are 0.012.
    #expect(abs(Double(worseMade) / Double(worse) - exp(-1)) < 0.015)
  }

  @Test func theLadderIsGeometricAndEndsWhereItShould() {
    let exchanges = Exchanges(temperatures: Temperatures(highest: 0.08, lowest: 0.01), count: 4)
    let ladder = (0..<4).map { exchanges.temperature(at: $0) }
    #expect(ladder[0] == 0.01 && ladder[3] == 0.08)
    for (cold, hot) in zip(ladder, ladder.dropFirst()) { #expect(abs(hot / cold - 2) < 1e-12) }
    #expect(Exchanges(temperatures: exchanges.temperatures, count: 2).temperature(at: 1) == 0.08)
  }

  // MARK: - Helpers

  private func task() throws -> SearchTask {
    SearchTask(
      networks: try trainedNetworks(2, hidden: [16], on: data, epochs: 60), data: data,
      random: RandomStream(seed: 1, name: "chains"), pool: WorkPool(threadCount: 2))
  }

  private func search(
    _ id: String, _ given: [String: Setting], _ task: SearchTask
  ) throws -> SearchOutcome {
    let method = try #require(Registry.method(id))
    var given = given
    if given["steps"] == nil { given["steps"] = .integer(2_500) }
    return try method.make(Settings(defaultsOf: method.card, given)).search(task)
  }

}
