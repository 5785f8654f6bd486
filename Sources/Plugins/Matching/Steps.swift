import Contract
import Kernel

/// Counts the steps of a search that has a known number of them, and looks at its stop signal.
struct Steps {
  let count: Int
  var made = 0
  private let task: SearchTask
  private let clock = SearchClock()

  init(_ task: SearchTask, count: Int) {
    self.task = task
    self.count = count
    task.progress.report(ProgressReport(share: 0))
  }

  /// Whether nobody has asked the search to end.
  var mayGoOn: Bool { !task.stop.isRaised }

  /// Seconds since the search began.
  var seconds: Double { clock.seconds }

  mutating func next() {
    made += 1
    task.progress.report(ProgressReport(share: Double(made) / Double(max(count, 1))))
  }

  /// How the search ended, if it ends now.
  func status(_ reason: String) -> SearchStatus {
    guard made < count else { return .finished(reason) }
    return .partial(
      Double(made) / Double(max(count, 1)), task.stop.reasonWord)
  }

  /// What a search gives that matches network after network, a part of them in each step.
  ///
  /// - Parameters:
  ///   - cost: The sum over what was matched; the outcome has its mean over the networks that moved.
  ///   - startCost: The same before anything was matched.
  ///   - reason: How it ended where it is whole.
  ///   - parts: What a step matches, as more than one.
  func outcome(
    _ permutations: [NetworkPermutation], cost: Double, startCost: Double, reason: String,
    parts: String
  ) -> SearchOutcome {
    let moved = Double(max(permutations.count - 1, 1))
    // Of what was stopped before anything was matched, nothing is known.
    let isMeasured = made > 0 || count == 0
    return SearchOutcome(
      permutations: permutations, cost: isMeasured ? cost / moved : nil,
      startCost: isMeasured ? startCost / moved : nil,
      trace: isMeasured
        ? [
          TracePoint(step: 0, seconds: 0, cost: startCost / moved),
          TracePoint(step: made, seconds: seconds, cost: cost / moved),
        ] : [],
      status: status(reason), steps: made,
      notes: made < count
        ? ["\(parts) that were not reached keep their order, and are not in the cost"] : [])
  }
}
