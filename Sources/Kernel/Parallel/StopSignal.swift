import Synchronization

/// Tells long work that it should end soon; the work decides where it is safe to.
///
/// A deadline is the same signal raised by the clock, so that a budget, Ctrl-C and a batch
/// queue's time limit all take one path.
public final class StopSignal: Sendable {
  private let reasonCode = Atomic<Int>(0)
  private let deadline: ContinuousClock.Instant?

  /// Why the work should end.
  public enum Reason: Int, Sendable {
    /// A person or the system asked.
    case asked = 1
    /// The time given is over.
    case budget
  }

  /// A signal that is raised by `raise`, and by the clock after `budget`, if one is given.
  public init(budget: Duration? = nil) {
    deadline = budget.map { ContinuousClock.now.advanced(by: $0) }
  }

  /// Whether the work should end.
  ///
  /// Cheap enough for every step of a search: the clock is read only where there is a deadline.
  public var isRaised: Bool { reason != nil }

  /// Why the work should end, if it should.
  public var reason: Reason? {
    if let reason = Reason(rawValue: reasonCode.load(ordering: .relaxed)) { return reason }
    if let deadline, ContinuousClock.now >= deadline {
      reasonCode.store(Reason.budget.rawValue, ordering: .relaxed)
      return .budget
    }
    return nil
  }

  /// Asks the work to end.
  ///
  /// Safe in a signal handler: one atomic store.
  public func raise() { reasonCode.store(Reason.asked.rawValue, ordering: .relaxed) }
}
