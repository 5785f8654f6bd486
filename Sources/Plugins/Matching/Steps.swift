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
}
