import Kernel
import Synchronization

/// Watches how far a command gets, and stops it once that is enough to tell its whole time.
final class CostGauge: Sendable {
  private let begin = ContinuousClock.now
  /// What is raised when enough was seen; `nil` for a command that gives nothing when stopped.
  private let stop: StopSignal?
  private let seen = Mutex(Seen())

  private struct Seen {
    /// When the work itself, after its preparation, first said how far it is.
    var first: (seconds: Double, share: Double)?
    var last: (seconds: Double, share: Double)?
  }

  /// For how long work is watched: enough for its speed, and for a script of some dozen lines.
  private static let watch = 0.3

  init(stop: StopSignal?) { self.stop = stop }

  /// What the command says of how far it is; on any thread.
  func take(_ report: ProgressReport) {
    guard report.share > 0 else { return }
    let now = (ContinuousClock.now - begin).inSeconds
    let isEnough = seen.withLock { seen in
      // A share that falls is that of another part of the work.
      if seen.first == nil || report.share < seen.last?.share ?? 0 {
        seen.first = (now, report.share)
      }
      seen.last = (now, report.share)
      guard let first = seen.first else { return false }
      return now - first.seconds >= Self.watch && report.share > first.share
    }
    if isEnough { stop?.raise() }
  }

  /// How long the whole command takes, where that can be told.
  ///
  /// - Parameter shareDone: How much of it was done; `nil` where only its reports tell.
  func wholeTime(shareDone: Double?) -> Double? {
    let now = (ContinuousClock.now - begin).inSeconds
    if shareDone == 1 { return now }
    let (first, last) = seen.withLock { ($0.first, $0.last) }
    let end = shareDone.map { (seconds: now, share: $0) } ?? last
    return end.flatMap { Self.wholeTime(first: first, end: $0) }
  }

  /// How long work takes that did a share by its end, at the speed it had once it was under way.
  static func wholeTime(
    first: (seconds: Double, share: Double)?, end: (seconds: Double, share: Double)
  ) -> Double? {
    if let first, end.share > first.share {
      return first.seconds
        + (1 - first.share) * (end.seconds - first.seconds) / (end.share - first.share)
    }
    return end.share > 0 ? end.seconds / end.share : nil
  }
}
