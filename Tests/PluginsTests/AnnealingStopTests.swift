import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Contract
@testable import Plugins

/// Annealings that are stopped at one question of many, or while their costs are made.
@Suite struct AnnealingStopTests {
  // A replica at zero ended the search at once where it was taken up within a round: the others'
  // rest of the round was never run, and the winner was another.
  @Test(arguments: 5...8 as ClosedRange<UInt64>)
  func temperingThatReachesZeroGoesOnWithinItsRound(seed: UInt64) throws {
    let whole = try temper(seed, stoppedAt: .max)
    #expect(whole.status == .finished("cost zero"))
    try #require(whole.steps > 400)
    var stops = 0
    // The last round of four replicas and what is before it.
    for question in stride(from: whole.steps - 450, to: whole.steps, by: 10) {
      let stopped = try temper(seed, stoppedAt: question)
      guard stopped.status.isPartial else { continue }
      stops += 1
      let resumed = try temper(seed, stoppedAt: .max, from: stopped.checkpoint)
      #expect(Conformance.difference(whole, resumed) == nil, "stopped at question \(question)")
    }
    #expect(stops > 30)
  }

  @Test func aTraceHasEveryStateAtTheMoveThatMadeIt() throws {
    let outcome = try search(planted, ["steps": .integer(3_000)], CutObjective())
    #expect(outcome.status == .finished("cost zero"))
    // The move that reaches zero is the last one.
    #expect(outcome.trace.last?.step == outcome.steps)
    #expect(outcome.trace.count { $0.cost == 0 } == 1)
  }

  /// The first cost is made, and the stop comes while those of the further lanes are.
  @Test(arguments: [["restarts": Setting.integer(3)], ["chains": .integer(3)]], [2, 3])
  func aStopWhileFurtherCostsAreMadeKeepsTheBestSoFar(
    settings: [String: Setting], cost: Int
  ) throws {
    var objective = CutObjective()
    objective.lastCost = cost
    let given = settings.merging(
      ["t_max": .real(0.1), "t_min": .real(0.01), "steps": .integer(500)]
    ) { $1 }
    let fresh = try search(planted, given, objective)
    #expect(fresh.status.isPartial)
    #expect(fresh.permutations?.count == 2)
    // And the same where it had begun.
    let whole = try search(planted, given, CutObjective())
    var begun = CutObjective()
    begun.lastQuestion = 100
    let stopped = try search(planted, given, begun)
    let checkpoint = try #require(stopped.checkpoint)
    var again = CutObjective()
    again.lastCost = cost
    let cut = try search(planted, given, again, from: checkpoint)
    #expect(cut.status.isPartial)
    let resumed = try search(planted, given, CutObjective(), from: cut.checkpoint)
    #expect(Conformance.difference(whole, resumed) == nil)
  }

  // MARK: - The trial

  // Up to two thousand moves and their seconds were in no account.
  @Test(arguments: [[:], ["restarts": Setting.integer(3)], ["chains": .integer(3)]])
  func aTrialIsCountedApartFromTheSearch(settings: [String: Setting]) throws {
    let given = settings.merging(["steps": .integer(300)]) { $1 }
    let outcome = try search(planted, given, CutObjective())
    let moves = try #require(outcome.figure("trial moves"))
    #expect(moves >= 150)
    #expect(moves <= Double((settings["restarts"] == nil ? 1 : 3) * TemperatureTrial.mostMoves))
    let (trial, search) = (
      try #require(outcome.figure("trial seconds")),
      try #require(outcome.figure("search seconds"))
    )
    #expect(trial > 0 && search > 0)
    // The trace has the clock of the whole search.
    if settings.isEmpty {
      #expect(try #require(outcome.trace.last).seconds >= trial + 0.9 * search)
    }
    #expect(outcome.trace.first?.seconds == 0)
  }

  @Test func aTrialThatWasCutTellsNoTemperatures() throws {
    let given: [String: Setting] = ["steps": .integer(200)]
    let whole = try search(planted, given, CutObjective())
    var objective = CutObjective()
    objective.lastQuestion = 120
    let cut = try search(planted, given, objective)
    #expect(cut.status.isPartial && cut.steps == 0 && cut.notes.isEmpty)
    #expect(cut.figure("t_max") == nil && cut.figure("t_min") == nil)
    #expect(cut.figure("trial moves") == 120)
    let resumed = try search(planted, given, CutObjective(), from: cut.checkpoint)
    #expect(Conformance.difference(whole, resumed) == nil)
    for name in ["trial moves", "t_max", "t_min"] {
      #expect(resumed.figure(name) == whole.figure(name), "\(name)")
    }
  }

  // A trial finds temperatures: what accepts by none, or has nothing to do, needs none.
  @Test func nothingIsTriedWhereNoTemperatureCounts() throws {
    let greedy = try search(
      planted, ["accept": .word("greedy"), "steps": .integer(300)], CutObjective())
    let equal = Conformance.Problem(equal: 2, hidden: [6])
    let atZero = try search(equal, ["steps": .integer(300)], CutObjective())
    #expect(atZero.status == .finished("cost zero"))
    // Nothing is better than zero.
    #expect(atZero.notes == [])
    for outcome in [greedy, atZero] {
      for name in ["trial moves", "trial seconds", "t_max", "t_min"] {
        #expect(outcome.figure(name) == nil, "\(name)")
      }
      #expect(outcome.figure("search seconds") != nil)
    }
  }

  // MARK: - Helpers

  /// A network and its own permutation: a search ends at zero.
  private let planted: Conformance.Problem = {
    let network = Conformance.Problem.network(hidden: [8], number: 0)
    let planted = NetworkPermutation(
      randomFor: network.graph, from: RandomStream(seed: 2, name: "planted"))
    return Conformance.Problem(networks: [network, network.permuted(by: planted)])
  }()

  private func temper(
    _ seed: UInt64, stoppedAt question: Int, from checkpoint: SearchCheckpoint? = nil
  ) throws -> SearchOutcome {
    var objective = CutObjective()
    objective.lastQuestion = question
    return try search(
      planted,
      [
        "chains": .integer(4), "steps": .integer(1_000), "t_max": .real(0.011),
        "t_min": .real(0.01),
      ], objective, from: checkpoint, seed: seed)
  }

  private func search(
    _ problem: Conformance.Problem, _ given: [String: Setting], _ objective: CutObjective,
    from checkpoint: SearchCheckpoint? = nil, seed: UInt64 = 3
  ) throws -> SearchOutcome {
    let card = SharedAverageAnnealing.card
    return try AnnealingSearch(
      card: card, settings: AnnealingSettings(Settings(defaultsOf: card, given)),
      objective: objective,
      task: SearchTask(
        networks: problem.networks, data: problem.data,
        random: RandomStream(seed: seed, name: "stop"),
        // One lane after the other, so that every run asks in the same order; restarts take three.
        pool: WorkPool(threadCount: given["restarts"] == nil ? 1 : 3), stop: objective.stop,
        checkpoint: checkpoint)
    ).run()
  }
}

/// The error of the average by forward passes, whose costs raise a signal at some question, or when
/// so many of them are made.
private struct CutObjective: AnnealingObjective {
  final class Counts: Sendable {
    let questions = Atomic<Int>(0)
    let costs = Atomic<Int>(0)
  }

  let stop = StopSignal()
  var lastQuestion = Int.max
  var lastCost = Int.max
  private let counts = Counts()
  private let inner = AverageErrorObjective(evaluation: .plain)

  func cost(
    of networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> any AnnealingCost {
    if counts.costs.add(1, ordering: .relaxed).newValue >= lastCost { self.stop.raise() }
    let cost = try inner.cost(
      of: networks, permutedBy: permutations, on: data, pool: pool, stop: stop)
    return CutCost(cost) { [self] in
      if counts.questions.add(1, ordering: .relaxed).newValue >= lastQuestion { self.stop.raise() }
    }
  }

  func memory(for networks: [Network], on data: DataSet) -> Int { 0 }

  func measured(
    _ networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool
  ) throws(Failure) -> Double {
    try inner.measured(networks, permutedBy: permutations, on: data, pool: pool)
  }
}

private final class CutCost: AnnealingCost {
  private let inner: any AnnealingCost
  private let atQuestion: () -> Void

  init(_ inner: any AnnealingCost, atQuestion: @escaping () -> Void) {
    self.inner = inner
    self.atQuestion = atQuestion
  }

  var units: Int { inner.units }
  var unitsPerCost: Double { inner.unitsPerCost }
  var mostUnits: Int { inner.mostUnits }
  var changesPerCost: Double { inner.changesPerCost }
  var unitsLeftOut: Int { inner.unitsLeftOut }
  var isShare: Bool { inner.isShare }
  var sampleCount: Int { inner.sampleCount }
  var permutations: [NetworkPermutation] { inner.permutations }
  var wasCut: Bool { inner.wasCut }
  var pool: WorkPool {
    get { inner.pool }
    set { inner.pool = newValue }
  }

  func units(after swaps: [Swap], limit: Int) -> Int? {
    atQuestion()
    return inner.units(after: swaps, limit: limit)
  }
  func commit(_ swaps: [Swap]) { inner.commit(swaps) }
  func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    inner.restart(from: permutations, then: moves)
  }
  func copy(pool: WorkPool) -> (any AnnealingCost)? { nil }
}
