import Kernel

/// The seconds since a search began, set-up included and pauses between stop and resume left out.
///
/// The clock of every trace.
struct SearchClock: Sendable {
  private let begin: ContinuousClock.Instant
  private let secondsBefore: Double

  /// - Parameters:
  ///   - begin: When the search began, or went on.
  ///   - secondsBefore: What it took before it went on.
  init(since begin: ContinuousClock.Instant = .now, secondsBefore: Double = 0) {
    self.begin = begin
    self.secondsBefore = secondsBefore
  }

  var seconds: Double { secondsBefore + begin.duration(to: .now).inSeconds }
}
