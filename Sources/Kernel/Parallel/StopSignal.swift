import Synchronization

/// Tells long work that it should end soon; the work decides where it is safe to.
///
/// A deadline is the same signal raised by the clock, so that a budget, Ctrl-C and a batch
/// queue's time limit all take one path.
public final class StopSignal: Sendable {
  private let reasonCode = Atomic<Int>(0)
  private let deadline: ContinuousClock.Instant?
  private let outer: StopSignal?

  /// Why the work should end.
  public enum Reason: Int, Sendable {
    /// A person or the system asked.
    case asked = 1
    /// The time given is over.
    case budget

    /// The word that results keep: `stopped` or `budget`.
    public var word: String { self == .budget ? "budget" : "stopped" }
  }

  /// The word of the reason, as of what somebody asked for where there is none.
  public var reasonWord: String { (reason ?? .asked).word }

  /// A signal that is raised by `raise`, and by the clock after `budget`, if one is given.
  ///
  /// - Parameter outer: The signal of the work that this work is a part of: what ends that ends this.
  public init(budget: Duration? = nil, within outer: StopSignal? = nil) {
    deadline = budget.map { ContinuousClock.now.advanced(by: $0) }
    self.outer = outer
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
    return outer?.reason
  }

  /// Asks the work to end.
  ///
  /// Safe in a signal handler: one atomic store.
  public func raise() { reasonCode.store(Reason.asked.rawValue, ordering: .relaxed) }
}
