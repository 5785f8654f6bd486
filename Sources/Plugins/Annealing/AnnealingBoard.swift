import Contract
import Kernel
import Synchronization

/// Where the chains of one search write down how far they are, from whatever thread.
final class AnnealingBoard: Sendable {
  private struct Content: Sendable {
    var states: AnnealingStates
    /// Of each chain the step and the best that it last told of.
    var steps: [Int]
    var bests: [Int]
    var lastReport: ContinuousClock.Instant?
  }

  private let content: Mutex<Content>
  /// Since the search began.
  let clock: SearchClock
  private let search: AnnealingSearch
  private let cost: Shared<any AnnealingCost>

  /// - Parameters:
  ///   - cost: Used for how costs are written.
  ///   - begin: When the search began, or went on.
  init(
    _ search: AnnealingSearch, cost: any AnnealingCost, states: AnnealingStates,
    begin: ContinuousClock.Instant
  ) {
    self.search = search
    self.cost = Shared(cost)
    clock = SearchClock(since: begin, secondsBefore: states.seconds)
    content = Mutex(
      Content(
        states: states, steps: states.chains.map { $0?.step ?? 0 },
        bests: states.chains.map { $0?.bestUnits ?? .max }))
  }

  /// Where all chains stand that are between two runs.
  var states: AnnealingStates {
    let seconds = clock.seconds
    return content.withLock { content in
      content.states.seconds = seconds
      return content.states
    }
  }

  func set(_ number: Int, _ state: AnnealingState) {
    content.withLock { content in
      content.states.chains[number] = state
      content.steps[number] = state.step
      content.bests[number] = state.bestUnits
    }
  }

  /// Notes all replicas and their exchanges at once: states of different rounds do not go together.
  func set(_ states: [AnnealingState], _ exchanges: Exchanges) {
    content.withLock { content in
      content.states.chains = states
      content.states.exchanges = exchanges
    }
  }

  /// Notes a chain and keeps the state of the search.
  func keep(_ number: Int, _ state: AnnealingState) throws(Failure) {
    set(number, state)
    try keep()
  }

  func keep() throws(Failure) {
    search.task.keepCheckpoint(
      try states.checkpoint(method: search.identity, steps: search.settings.steps))
  }

  /// Notes how far a chain is, for the next report.
  func note(_ number: Int, step: Int, best: Int) {
    content.withLock { content in
      content.steps[number] = step
      content.bests[number] = min(best, content.bests[number])
    }
  }

  /// Takes the reports of one chain: of one alone as they are, of several joined.
  func sink(of number: Int) -> ProgressSink {
    let steps = search.settings.steps
    let isAlone = content.withLock { $0.states.chains.count == 1 }
    if isAlone { return search.task.progress }
    return ProgressSink { [self] report in
      let (made, best, count) = content.withLock { content in
        (content.steps.reduce(0, +), content.bests.min() ?? .max, content.steps.count)
      }
      var joined = ProgressReport(share: Double(made) / Double(count * steps))
      if best < .max { joined.facts.append(.init("best", cost.value.text(best))) }
      // Of this chain: the temperature and how much it accepts, or how far its trial is.
      joined.facts += report.facts.filter { ["T", "accept", "trial"].contains($0.name) }
      joined.facts.append(.init("chain", "\(number + 1)/\(count)"))
      joined.facts.append(.init("step", "\(made)/\(count * steps)"))
      joined.advice = report.advice
      search.task.progress.report(joined)
    }
  }
}
