import Contract
import Foundation
import Kernel
import Synchronization

/// Weight matching (Ainsworth, Hayase, Srinivasa 2022, Algorithm 1): the permutations that make the
/// weights of each network most like those of the first.
///
/// Maximizes Σ_l ⟨W_l^A, P_l W_l^B P_{l−1}ᵀ⟩, biases included, by solving one group of axes at a time as
/// an assignment with the others held, in random order, until no group improves. That is a local
/// optimum; restarts look for better ones.
public struct WeightMatching: SearchPlugin {
  private let restarts: Int

  public static let card = MethodCard(
    id: "weight_match",
    summary: "match units so that the weights of the networks are most alike",
    description: """
      Needs no data. Each network is matched to the first by maximizing the inner product of all \
      weights and biases, one layer at a time with the others held, until no layer improves. The \
      result of one run is a local optimum: with more restarts the first starts from the given \
      order and the others from random permutations, and the best counts. The cost is the squared \
      distance of the weights, averaged over the networks that move; it falls as the inner product \
      rises. Units whose scale was shifted between layers are matched worse.
      """,
    version: "1",
    papers: [
      "Ainsworth, Hayase, Srinivasa (2022): Git Re-Basin: Merging Models modulo Permutation "
        + "Symmetries, arXiv:2209.04836",
      "Jonker, Volgenant (1987): A shortest augmenting path algorithm for dense and sparse linear "
        + "assignment problems",
    ],
    parameters: [
      Parameter(
        "restarts", .integer(1...100_000), default: "1", unit: "runs",
        help: "how many runs to make for each network; the best counts")
    ],
    needsData: false, drawsRandomNumbers: true, costName: "squared distance of the weights",
    stepName: "layer", stepWords: "passes", canResume: true, recoversPermutations: true,
    takesStart: true)

  public init(_ settings: Settings) throws(Failure) {
    restarts = settings.integer("restarts")
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    let begin = ContinuousClock.now
    let networks = task.networks
    for network in networks { try network.checkFinite(stop: task.stop) }
    let graph = networks[0].graph
    let moved = networks.count - 1
    let start = task.start ?? networks.map { _ in NetworkPermutation(identityFor: graph) }
    // Network 1 may start from a permutation of its own, which it keeps: the others are matched to it
    // as it then stands.
    let movingStart = Array(start.dropFirst())
    let ledger = Mutex(
      Ledger(
        state: try task.checkpoint.map { checkpoint throws(Failure) in
          try WeightMatchingState(
            checkpoint, method: Self.identity, count: restarts * moved, graph: graph)
        } ?? WeightMatchingState(count: restarts * moved)))
    let records = ledger.withLock { $0.state.runs }
    let clock = SearchClock(
      since: begin, secondsBefore: ledger.withLock { $0.state.seconds })
    let alignments: [WeightAlignment]
    do throws(Failure) { alignments = try align(networks, start: start, task) } catch {
      guard error.code == .stopped else { throw error }
      return try outcome(records, start: start, state: ledger.withLock { $0.state }, task: task)
    }
    // What the runs reached, which for those that were stopped is more than they can go on from.
    let reached = try task.pool.tryMap(count: records.count) {
      index throws(Failure) -> WeightMatchingState.Record? in
      if let record = records[index], record.isFinished { return record }
      return try run(
        index, alignments: alignments, start: movingStart, clock: clock, task: task,
        ledger: ledger)
    }
    return try outcome(reached, start: start, state: ledger.withLock { $0.state }, task: task)
  }

  /// The weights of each network that moves beside those of the first, which stands as it starts.
  private func align(
    _ networks: [Network], start: [NetworkPermutation], _ task: SearchTask
  ) throws(Failure) -> [WeightAlignment] {
    let graph = networks[0].graph
    let first = networks[0].permuted(by: start[0], pool: task.pool, stop: task.stop).parameters
    var alignments: [WeightAlignment] = []
    for network in networks.dropFirst() {
      alignments.append(
        try WeightAlignment(
          groups: graph.axisGroups, first: first, second: network.parameters,
          isCounted: graph.isTrained, pool: task.pool, stop: task.stop))
    }
    return alignments
  }

  /// What all runs write down together.
  private struct Ledger {
    var state: WeightMatchingState
    var lastKept = ContinuousClock.now
  }

  private static var identity: String { "\(card.id) \(card.version)" }

  /// One run: restart r of network k is run r · (networks − 1) + k − 1.
  private func run(
    _ index: Int, alignments: [WeightAlignment], start: [NetworkPermutation], clock: SearchClock,
    task: SearchTask, ledger: borrowing Mutex<Ledger>
  ) throws(Failure) -> WeightMatchingState.Record? {
    let record = ledger.withLock { $0.state.runs[index] }
    if task.stop.isRaised { return record }
    let (restart, network) = index.quotientAndRemainder(dividingBy: alignments.count)
    let stream = task.random.child("network", network + 2).child("restart", restart + 1)
    let alignment = alignments[network]
    var run: WeightMatchingRun
    if let record {
      run = WeightMatchingRun(
        alignment, from: record, clock: clock, pool: task.pool, stop: task.stop)
    } else {
      let first =
        restart == 0
        ? start[network]
        : NetworkPermutation(randomFor: task.networks[0].graph, from: stream.child("start"))
      run = WeightMatchingRun(
        alignment, start: first, isFirst: restart == 0, clock: clock, pool: task.pool,
        stop: task.stop)
    }
    let lengths = (
      task.networks[0].squaredLength(stop: task.stop),
      task.networks[network + 1].squaredLength(stop: task.stop)
    )
    // Numbers that were cut off are none to begin with.
    if task.stop.isRaised { return record }
    return try run.run(
      scale: (lengths.0 * lengths.1).squareRoot(), stream: stream.child("order")
    ) { record throws(Failure) in
      try note(record, of: index, in: ledger, task: task)
      let distance = max(0, lengths.0 + lengths.1 - 2 * record.product)
      task.progress.report(
        ProgressReport(
          share: ledger.withLock { $0.state.share },
          facts: [
            .init("run", "\(index + 1)/\(ledger.withLock { $0.state.runs.count })"),
            .init("distance", shortText(distance)),
          ]))
    }
  }

  /// Writes a pass down, and every few seconds hands over a checkpoint.
  private func note(
    _ record: WeightMatchingState.Record, of index: Int, in ledger: borrowing Mutex<Ledger>,
    task: SearchTask
  ) throws(Failure) {
    let due = ledger.withLock { ledger -> WeightMatchingState? in
      ledger.state.runs[index] = record
      guard ledger.lastKept.duration(to: .now) > .betweenCheckpoints else { return nil }
      ledger.lastKept = .now
      return ledger.state
    }
    if let due { task.keepCheckpoint(try due.checkpoint(method: Self.identity)) }
  }

  /// The best run of each network, scored on the permuted networks themselves.
  private func outcome(
    _ records: [WeightMatchingState.Record?], start: [NetworkPermutation],
    state: WeightMatchingState, task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    let networks = task.networks
    let graph = networks[0].graph
    let moved = networks.count - 1
    let fixed = networks[0].permuted(by: start[0], pool: task.pool)
    var permutations = start
    var (cost, startCost) = (0.0, 0.0)
    for network in 0..<moved {
      let runs = stride(from: network, to: records.count, by: moved).compactMap { records[$0] }
      let distance = networks[network + 1].permuted(by: start[network + 1], pool: task.pool)
        .squaredDistance(to: fixed)
      startCost += distance
      // Of equal runs the first: `max` would give the last.
      var best: WeightMatchingState.Record?
      for run in runs where run.product > best?.product ?? -.infinity { best = run }
      if let best { permutations[network + 1] = try best.permutation(of: graph.axisGroups) }
      // That the function stays the same is checked by whoever runs the search.
      cost +=
        permutations[network + 1] == start[network + 1]
        ? distance
        : networks[network + 1].permuted(by: permutations[network + 1], pool: task.pool)
          .squaredDistance(to: fixed)
    }
    let isDone = state.share == 1
    let passes = records.reduce(0) { $0 + ($1.map { $0.products.count - 1 } ?? 0) }
    return SearchOutcome(
      permutations: permutations, cost: cost / Double(max(moved, 1)),
      startCost: startCost / Double(max(moved, 1)),
      trace: WeightMatchingTrace(records, networks: networks, restarts: restarts).points,
      status: isDone
        ? .finished("no layer improves")
        : .partial(state.share, task.stop.reasonWord),
      steps: passes,
      figures: [.init("restarts", Double(restarts)), .init("passes", Double(passes))],
      checkpoint: isDone ? nil : try state.checkpoint(method: Self.identity))
  }
}

/// Four significant digits, for a line of progress.
private func shortText(_ value: Double) -> String {
  guard value > 0 else { return "0" }
  let scale = pow(10, 3 - log10(value).rounded(.down))
  let rounded = (value * scale).rounded() / scale
  return rounded >= 1000 && rounded < 1e15 ? "\(Int(rounded))" : "\(rounded)"
}

/// The best mean squared distance so far, pass by pass, one restart after the other.
private struct WeightMatchingTrace {
  private(set) var points: [TracePoint] = []

  init(_ records: [WeightMatchingState.Record?], networks: [Network], restarts: Int) {
    let moved = networks.count - 1
    guard moved > 0, records.contains(where: { $0 != nil }) else { return }
    let lengths = networks.map { $0.squaredLength() }
    var best = [Double](repeating: .infinity, count: moved)
    var (step, last) = (0, 0.0)
    for restart in 0..<restarts {
      let runs = (0..<moved).map { records[restart * moved + $0] }
      let passes = runs.map { $0?.products.count ?? 0 }.max() ?? 0
      for pass in 0..<passes {
        for (network, run) in runs.enumerated() {
          guard let run, pass < run.products.count else { continue }
          let distance = lengths[0] + lengths[network + 1] - 2 * run.products[pass]
          best[network] = min(best[network], max(0, distance))
          last = max(last, run.seconds[pass])
        }
        guard best.allSatisfy(\.isFinite) else { continue }
        points.append(
          TracePoint(step: step, seconds: last, cost: best.reduce(0, +) / Double(moved)))
        step += 1
      }
    }
  }
}

extension Graph {
  /// For each parameter, whether it is a weight and no statistic of what the network has seen.
  var isTrained: [Bool] { parameters.map(\.role.isTrained) }
}

extension Network {
  /// The weights, without statistics.
  var trained: [Tensor] {
    zip(graph.parameters, parameters).compactMap { $0.role.isTrained ? $1 : nil }
  }

  /// The squared length of all weights, in 64 bits.
  ///
  /// Of no use once `stop` is raised.
  func squaredLength(stop: StopSignal? = nil) -> Double {
    trained.reduce(0) { $0 + $1.product(with: $1, stop: stop) }
  }

  /// The squared distance of all weights, in 64 bits.
  fileprivate func squaredDistance(to other: Network) -> Double {
    zip(trained, other.trained).reduce(0) { $0 + $1.0.squaredDistance(to: $1.1) }
  }
}
