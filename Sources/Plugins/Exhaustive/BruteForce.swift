import Contract
import Kernel

/// Every permutation there is, for small networks: a proof of what the best one costs.
///
/// Entezari et al. (2022), Section 3.4 and E.3. Neighbours in the enumeration differ by one exchange
/// of two units, so each is evaluated from what that changes.
public struct BruteForce: SearchPlugin {
  private let mostOrders: Int

  public static let card = MethodCard(
    id: "brute_force",
    summary: "try every permutation of small networks: the best there is",
    description: """
      Goes through all orders of the hidden units of every network but the first, and keeps the \
      one whose average has the fewest errors on the data; of equal ones the first. What it finds \
      cannot be beaten, which makes it the measure of every other method on networks of up to \
      about ten units. The number of orders is the product of the factorials of the layers' \
      widths, for each network that moves; beyond `most` it is refused. Errors are counted from \
      sums in 32 bits that follow the exchanges and are computed anew every \
      \(IncrementalAverageEvaluator.rebuildInterval) of them: a sample whose two largest logits \
      agree in their first five digits may count either way, and where a forward pass on the best \
      order counts others, that is said.
      """,
    version: "1",
    papers: [
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, Section 3.4 and Appendix E.3",
      "Heap (1963): Permutations by interchanges",
    ],
    parameters: [
      Parameter(
        "most", .integer(1...1_000_000_000), default: "10M", unit: "orders", changesResult: false,
        help: "refuse networks with more orders than this")
    ],
    needsData: true, drawsRandomNumbers: false, costName: "train error of the average",
    stepName: "order", scoresEachStep: true, canResume: true, takesStart: true, isExhaustive: true)

  public init(_ settings: Settings) throws(Failure) { mostOrders = settings.integer("most") }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    let begin = ContinuousClock.now
    guard let data = task.data else {
      throw Failure(
        .incompatible, "brute_force needs data to count errors on", notes: ["give data=…"])
    }
    let graph = task.networks[0].graph
    let start =
      task.start ?? task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    let moving = task.networks.indices.dropFirst().flatMap { network in
      graph.axisGroups.indices.map { (network: network, group: $0) }
    }
    let sizes = moving.map { graph.axisGroups[$0.group].count }
    guard let count = PermutationWalk.count(sizes: sizes), count <= mostOrders else {
      throw Failure(
        .incompatible, "these networks have more than \(mostOrders) orders of their hidden units",
        notes: ["brute_force is for about ten hidden units; `most=` allows more orders"])
    }
    let known = try task.checkpoint.map { checkpoint throws(Failure) in
      try BruteForceState(
        checkpoint, method: Self.identity, start: start, count: count, samples: data.count)
    }
    let evaluator: any AverageErrorEvaluator
    do throws(Failure) {
      evaluator = try AverageErrorEvaluation.full.make(
        task.networks, permutations: start, data: data, pool: task.pool, stop: task.stop)
    } catch {
      guard error.code == .stopped else { throw error }
      return SearchOutcome(
        permutations: known?.best ?? start,
        status: .partial(task.checkpoint?.share ?? 0, task.stop.reasonWord),
        checkpoint: task.checkpoint)
    }
    var reached = known ?? BruteForceState(start: start, errors: evaluator.errorCount)
    var run = Run(
      moving: moving, sizes: sizes, count: count, evaluator: evaluator, start: start,
      clock: SearchClock(since: begin, secondsBefore: reached.seconds), task: task)
    let isWhole = try run.search(from: &reached)
    return try outcome(reached, isWhole: isWhole, count: count, data: data, task)
  }

  private func outcome(
    _ state: BruteForceState, isWhole: Bool, count: Int, data: DataSet, _ task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    var errors = state.bestErrors
    var notes: [String] = []
    if isWhole {
      let average = Network.average(of: task.networks, permutedBy: state.best)
      errors = try average.score(on: data, pool: task.pool).errorCount
      if errors != state.bestErrors {
        notes = [
          "counted exchange by exchange the best has \(state.bestErrors) errors, and by an ordinary "
            + "forward pass \(errors): sums in 32 bits differ in their last digits"
        ]
      }
    }
    let samples = Double(data.count)
    return SearchOutcome(
      permutations: state.best, cost: Double(errors) / samples,
      startCost: Double(state.startErrors) / samples,
      trace: state.trace.map {
        TracePoint(step: $0.step, seconds: $0.seconds, cost: Double($0.errors) / samples)
      },
      status: isWhole
        ? .finished("every order tried")
        : .partial(
          Double(state.made) / Double(count), task.stop.reasonWord),
      steps: state.made, notes: notes, figures: [.init("orders", Double(count))],
      checkpoint: isWhole ? nil : state.checkpoint(method: Self.identity, count: count))
  }

  static var identity: String { "\(card.id) \(card.version)" }

  /// The walk itself.
  private struct Run {
    let moving: [(network: Int, group: Int)]
    let sizes: [Int]
    let count: Int
    let evaluator: any AverageErrorEvaluator
    let start: [NetworkPermutation]
    let clock: SearchClock
    let task: SearchTask

    /// Exchanges walked through between two looks at the stop signal: a millisecond's.
    private static let exchangesPerLook = 1 << 14

    /// Goes on until every order was tried; false where it was stopped.
    mutating func search(from state: inout BruteForceState) throws(Failure) -> Bool {
      var (lastReport, lastKept) = (ContinuousClock.now, ContinuousClock.now)
      var walk = PermutationWalk(sizes: sizes)
      var orders = start
      // What was tried before is walked through without being counted.
      for number in 0..<state.made {
        if number % Self.exchangesPerLook == 0, task.stop.isRaised { return false }
        guard let step = walk.next() else { return true }
        exchange(step, in: &orders)
      }
      if state.made > 0 { evaluator.restart(from: orders) }
      if state.trace.isEmpty { state.note(seconds: 0) }
      var kept = state
      while let step = walk.next() {
        let isStopped = task.stop.isRaised
        if !isStopped {
          let place = moving[step.group]
          evaluator.commit(
            Swap(network: place.network, group: place.group, a: step.a, b: step.b))
        }
        if isStopped || evaluator.wasCut {
          // A state to go on from is one where the logits were computed from scratch.
          state = kept
          state.seconds = clock.seconds
          return false
        }
        state.made += 1
        if evaluator.errorCount < state.bestErrors {
          state.bestErrors = evaluator.errorCount
          state.best = evaluator.permutations
          state.note(seconds: clock.seconds)
        }
        guard state.made % IncrementalAverageEvaluator.rebuildInterval == 0 else { continue }
        state.seconds = clock.seconds
        kept = state
        let now = ContinuousClock.now
        // By the clock for people, and by count so that even a short search is heard of.
        if now - lastReport > .milliseconds(50) || state.made & 8191 == 1024 {
          report(state)
          lastReport = now
        }
        if now - lastKept > .betweenCheckpoints {
          task.keepCheckpoint(state.checkpoint(method: BruteForce.identity, count: count))
          lastKept = now
        }
      }
      state.seconds = clock.seconds
      state.note(seconds: state.seconds)
      return true
    }

    private func exchange(_ step: PermutationWalk.Step, in orders: inout [NetworkPermutation]) {
      let place = moving[step.group]
      let old = orders[place.network].groups[place.group]
      orders[place.network].groups[place.group] = old.swapping(step.a, step.b)
    }

    private func report(_ state: BruteForceState) {
      let best = 100 * Double(state.bestErrors) / Double(evaluator.sampleCount)
      task.progress.report(
        ProgressReport(
          share: Double(state.made) / Double(count),
          facts: [
            .init("best", "\((best * 100).rounded() / 100)%"),
            .init("order", "\(state.made)/\(count)"),
          ]))
    }
  }
}
