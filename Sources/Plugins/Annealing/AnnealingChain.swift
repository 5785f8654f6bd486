import Contract
import Foundation
import Kernel

/// The chain itself: draw a move, ask the evaluator, accept or not, remember the best.
struct AnnealingChain {
  let evaluator: any AverageErrorEvaluator
  let acceptance: Acceptance
  let steps: Int
  let graph: Graph
  var moves: MoveSource
  var state: AnnealingState
  /// Accepted moves among the last few, for the progress line.
  private var recentAcceptance = 1.0
  /// Whether the person was told how long the search will take, or that time has passed.
  var hasAdvised = false
  private let clock = ContinuousClock()

  /// Most points that a trace keeps; past that every second one is dropped.
  private static let traceLimit = 1_000

  init(
    evaluator: any AverageErrorEvaluator, acceptance: Acceptance, steps: Int, graph: Graph,
    moves: MoveSource, temperatures: Temperatures
  ) {
    self.evaluator = evaluator
    self.acceptance = acceptance
    self.steps = steps
    self.graph = graph
    self.moves = moves
    state = AnnealingState(
      temperatures: temperatures, errors: evaluator.errorCount,
      permutations: evaluator.permutations)
    note(seconds: 0)
  }

  /// A chain that goes on from a state; the evaluator is brought to where it was.
  init(
    resuming state: AnnealingState, evaluator: any AverageErrorEvaluator, acceptance: Acceptance,
    steps: Int, graph: Graph, moves: MoveSource
  ) throws(Failure) {
    self.evaluator = evaluator
    self.acceptance = acceptance
    self.steps = steps
    self.graph = graph
    self.moves = moves
    self.moves.position = state.streamPosition
    self.state = state
    let count = evaluator.permutations.count
    try state.check(networks: count, samples: evaluator.sampleCount, steps: steps, graph: graph)
    evaluator.restart(
      from: try AnnealingState.permutations(from: state.base, for: graph, count: count),
      then: state.swapsSinceBase.map(AnnealingState.swaps(from:)))
  }

  /// Runs until all steps are made, the cost is zero, or the stop signal is raised.
  mutating func run(
    stop: StopSignal, progress: ProgressSink,
    keep: (AnnealingState) throws(Failure) -> Void
  ) throws(Failure) -> SearchStatus {
    let begin = clock.now
    let before = state.seconds
    var lastReport = begin
    var lastKept = begin
    let firstStep = state.step
    var lastLook = (time: begin, step: firstStep)
    var isSlow = true
    let samples = Double(evaluator.sampleCount)
    while state.step < steps, state.bestErrors > 0 {
      if let reason = stop.reason {
        state.seconds = before + (clock.now - begin).inSeconds
        let share = Double(state.step) / Double(steps)
        return .partial(share, reason.word)
      }
      step(samples: samples)
      // The clock costs as much as a quick step's bookkeeping; every 32nd of those is often enough.
      guard isSlow || state.step & 31 == 0 else { continue }
      let now = clock.now
      isSlow = now - lastLook.time > .milliseconds(1) * (state.step - lastLook.step)
      lastLook = (now, state.step)
      state.seconds = before + (now - begin).inSeconds
      if !hasAdvised, now - begin > Self.timeOfFirstMoves {
        hasAdvised = true
        let advice = Self.advice(
          seconds: (now - begin).inSeconds, moves: state.step - firstStep,
          left: steps - state.step, samples: evaluator.sampleCount)
        var report = report(samples: samples)
        report.advice = advice
        if advice != nil { progress.report(report) }
      }
      // By the clock for people, and by count so that even a short search is heard of.
      if now - lastReport > .milliseconds(50) || state.step & 8191 == 0 {
        progress.report(report(samples: samples))
        lastReport = now
      }
      if now - lastKept > .betweenCheckpoints {
        try keep(state)
        lastKept = now
      }
    }
    state.seconds = before + (clock.now - begin).inSeconds
    note(seconds: state.seconds)
    return .finished(state.bestErrors == 0 ? "cost zero" : "all steps made")
  }

  /// After how much time the first moves tell how long the rest will take.
  static let timeOfFirstMoves = Duration.seconds(10)

  /// What to tell where a search would take more than an hour at the speed of its first moves.
  static func advice(seconds: Double, moves: Int, left: Int, samples: Int) -> String? {
    let hours = seconds / Double(max(moves, 1)) * Double(left) / 3600
    guard hours > 1, samples > 100 else { return nil }
    // As many as would take an hour, in one digit; with fewer than 100 the error says little.
    let fitting = Double(samples) / hours
    let unit = pow(10, log10(max(fitting, 1)).rounded(.down))
    let count = min(max(Int((fitting / unit).rounded(.down) * unit), 100), samples)
    let length = hours < 10 ? String(format: "%.1f", hours) : String(format: "%.0f", hours)
    return "at this speed the search takes \(length) hours; "
      + "`samples=\(count)` scores moves on fewer"
  }

  private mutating func step(samples: Double) {
    let temperature = state.temperatures.at(step: state.step, of: steps)
    let draw = moves.next()
    let limit = acceptance.limit(
      now: evaluator.errorCount, samples: samples, temperature: temperature, draw: draw)
    let errors = limit < 0 ? nil : evaluator.errors(after: moves.swaps, limit: limit)
    let isAccepted = errors.map { $0 <= limit } ?? false
    if isAccepted { evaluator.commit(moves.swaps) }
    if evaluator.wasCut {
      // The move is made when the search goes on.
      moves.position = state.streamPosition
      return
    }
    if isAccepted { noteAccepted(moves.swaps) }
    recentAcceptance += ((isAccepted ? 1 : 0) - recentAcceptance) / 256
    state.step += 1
    state.streamPosition = moves.position
  }

  private mutating func noteAccepted(_ swaps: [Swap]) {
    state.accepted += 1
    state.swapsSinceBase.append(AnnealingState.numbers(of: swaps))
    if state.swapsSinceBase.count == IncrementalAverageEvaluator.rebuildInterval {
      state.base = AnnealingState.sources(of: evaluator.permutations)
      state.swapsSinceBase = []
    }
    if evaluator.errorCount < state.bestErrors {
      state.bestErrors = evaluator.errorCount
      state.best = AnnealingState.sources(of: evaluator.permutations)
      note(seconds: state.seconds)
    }
  }

  private mutating func note(seconds: Double) {
    if state.trace.count >= Self.traceLimit {
      state.trace = state.trace.enumerated().compactMap { $0.offset % 2 == 0 ? $0.element : nil }
    }
    let cost = Double(state.bestErrors) / Double(max(evaluator.sampleCount, 1))
    state.trace.append([Double(state.step), seconds, cost])
  }

  private func report(samples: Double) -> ProgressReport {
    let temperature = state.temperatures.at(step: state.step, of: steps)
    return ProgressReport(
      share: Double(state.step) / Double(steps),
      facts: [
        .init("best", String(format: "%.2f%%", 100 * Double(state.bestErrors) / samples)),
        .init("T", String(format: "%.1e", temperature)),
        .init("accept", String(format: "%.0f%%", 100 * recentAcceptance)),
        .init("step", "\(state.step)/\(steps)"),
      ])
  }
}
