import Contract
import Foundation
import Kernel

/// The chain itself: draw a move, ask what it would cost, accept or not, remember the best.
struct AnnealingChain {
  let cost: any AnnealingCost
  let acceptance: Acceptance
  let steps: Int
  let graph: Graph
  var moves: MoveSource
  var state: AnnealingState
  /// Accepted moves among the last few, for the progress line.
  private var recentAcceptance = 1.0
  /// Whether the person was told how long the search will take, or that time has passed.
  var hasAdvised = false
  /// Moves that come after this chain's: those of restarts that wait for it.
  var movesAfter = 0
  /// Told of the step and the best, in units, before each report.
  var watcher: ((_ step: Int, _ best: Int) -> Void)?
  private let unitsPerCost: Double
  /// What the trace is told by.
  private let searchClock: SearchClock
  private let clock = ContinuousClock()

  /// Most points that a trace keeps; past that every second one is dropped.
  private static let traceLimit = 1_000

  init(
    cost: any AnnealingCost, acceptance: Acceptance, steps: Int, graph: Graph,
    moves: MoveSource, temperatures: Temperatures, clock: SearchClock = SearchClock()
  ) {
    self.cost = cost
    searchClock = clock
    unitsPerCost = cost.unitsPerCost
    self.acceptance = acceptance
    self.steps = steps
    self.graph = graph
    self.moves = moves
    state = AnnealingState(
      temperatures: temperatures, units: cost.units, permutations: cost.permutations)
    note(seconds: 0)
  }

  /// A chain that goes on from a state that was checked; the cost is brought to where it was.
  init(
    resuming state: AnnealingState, cost: any AnnealingCost, acceptance: Acceptance, steps: Int,
    graph: Graph, moves: MoveSource, clock: SearchClock = SearchClock()
  ) throws(Failure) {
    self.cost = cost
    searchClock = clock
    unitsPerCost = cost.unitsPerCost
    self.acceptance = acceptance
    self.steps = steps
    self.graph = graph
    self.moves = moves
    self.moves.position = state.streamPosition
    self.state = state
    let count = cost.permutations.count
    cost.restart(
      from: try AnnealingState.permutations(from: state.base, for: graph, count: count),
      then: state.swapsSinceBase.map(AnnealingState.swaps(from:)))
  }

  /// Runs until all steps are made, the cost is zero, or the stop signal is raised.
  ///
  /// - Parameter goal: The step to run to, where that is before the last.
  mutating func run(
    until goal: Int? = nil, stop: StopSignal, progress: ProgressSink,
    keep: (AnnealingState) throws(Failure) -> Void
  ) throws(Failure) -> SearchStatus {
    let begin = clock.now
    let before = state.seconds
    var lastReport = begin
    var lastKept = begin
    let firstStep = state.step
    var lastLook = (time: begin, step: firstStep)
    var isSlow = true
    let goal = goal ?? steps
    while state.step < goal, state.bestUnits > 0 {
      if let reason = stop.reason {
        state.seconds = before + (clock.now - begin).inSeconds
        let share = Double(state.step) / Double(steps)
        return .partial(share, reason.word)
      }
      step()
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
          left: steps - state.step + movesAfter, samples: cost.sampleCount)
        if advice != nil { report(to: progress, advice: advice) }
      }
      // By the clock for people, and by count so that even a short search is heard of.
      if now - lastReport > .milliseconds(50) || state.step & 8191 == 0 {
        report(to: progress)
        lastReport = now
      }
      if now - lastKept > .betweenCheckpoints {
        try keep(state)
        lastKept = now
      }
    }
    state.seconds = before + (clock.now - begin).inSeconds
    // What was over before, or ended with a better state, has its last point.
    if state.isOver(steps: steps), state.trace.last?.first != Double(state.step) {
      note(seconds: searchClock.seconds)
    }
    return .finished(state.bestUnits == 0 ? "cost zero" : "all steps made")
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

  private mutating func step() {
    let temperature = state.temperatures.at(step: state.step, of: steps)
    let draw = moves.next()
    let limit = acceptance.limit(
      now: cost.units, unitsPerCost: unitsPerCost, temperature: temperature, draw: draw)
    let units = limit < 0 ? nil : cost.units(after: moves.swaps, limit: limit)
    let isAccepted = units.map { $0 <= limit } ?? false
    if isAccepted { cost.commit(moves.swaps) }
    if cost.wasCut {
      // The move is made when the search goes on.
      moves.position = state.streamPosition
      return
    }
    state.step += 1
    state.streamPosition = moves.position
    if isAccepted { noteAccepted(moves.swaps) }
    recentAcceptance += ((isAccepted ? 1 : 0) - recentAcceptance) / 256
  }

  private mutating func noteAccepted(_ swaps: [Swap]) {
    state.accepted += 1
    state.swapsSinceBase.append(AnnealingState.numbers(of: swaps))
    if state.swapsSinceBase.count == IncrementalAverageEvaluator.rebuildInterval {
      state.base = AnnealingState.sources(of: cost.permutations)
      state.swapsSinceBase = []
    }
    if cost.units < state.bestUnits {
      state.bestUnits = cost.units
      state.best = AnnealingState.sources(of: cost.permutations)
      note(seconds: searchClock.seconds)
    }
  }

  private mutating func note(seconds: Double) {
    if state.trace.count >= Self.traceLimit {
      state.trace = state.trace.enumerated().compactMap { $0.offset % 2 == 0 ? $0.element : nil }
    }
    state.trace.append(
      [Double(state.step), seconds, Double(state.bestUnits) / max(unitsPerCost, 1)])
  }

  private func report(to progress: ProgressSink, advice: String? = nil) {
    watcher?(state.step, state.bestUnits)
    var report = ProgressReport(
      share: Double(state.step) / Double(steps),
      facts: [.init("best", cost.text(state.bestUnits))])
    if acceptance == .metropolis {
      let temperature = state.temperatures.at(step: state.step, of: steps)
      report.facts.append(.init("T", String(format: "%.1e", temperature)))
    }
    report.facts += [
      .init("accept", String(format: "%.0f%%", 100 * recentAcceptance)),
      .init("step", "\(state.step)/\(steps)"),
    ]
    report.advice = advice
    progress.report(report)
  }
}
