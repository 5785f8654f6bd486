import Kernel
import Synchronization

/// Carries Ctrl-C, SIGTERM and the run's own time limit to whatever command is running.
final class Interruption: Sendable {
  private struct State {
    var current: StopSignal?
    var isRaised = false
    var isDiscarding = false
    var lastRaise: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  /// Makes `signal` the one that is raised; `nil` when nothing runs.
  func watch(_ signal: StopSignal?) {
    state.withLock { state in
      state.current = signal
      if state.isRaised { signal?.raise() }
    }
  }

  /// Asks the running command to end, and a second time to throw away what it has.
  ///
  /// The second time counts within two seconds. Not for signal handlers: it takes a lock.
  func raise() {
    state.withLock { state in
      let now = ContinuousClock.now
      if let last = state.lastRaise, now - last < .seconds(2) { state.isDiscarding = true }
      state.lastRaise = now
      state.isRaised = true
      state.current?.raise()
    }
  }

  /// Whether somebody asked for an end since `reset`.
  var isRaised: Bool { state.withLock { $0.isRaised } }

  /// Whether what the command has is to be thrown away.
  var isDiscarding: Bool { state.withLock { $0.isDiscarding } }

  /// Forgets what was asked, before the next line.
  func reset() {
    state.withLock { state in
      state.isRaised = false
      state.isDiscarding = false
      state.lastRaise = nil
    }
  }
}
