import Foundation
import Kernel

/// Decides what a signal means: it depends on what the program is doing, and on the signal before.
struct InterruptPolicy: Sendable {
  /// Whether a person sits at a prompt.
  let isInteractive: Bool
  /// The status to leave with, once a signal asked for that.
  private(set) var exitStatus: Int32?
  private var mode = Mode.idle
  private var unit = "step"
  private var lastInterrupt: Double?
  private var isStopAsked = false
  private var isDiscarded = false
  private var discardedAt: Double?
  private var isToldOfLeaving = false
  /// Whether what was typed is being worked on, commands and what lies between them.
  private var isBusy = false
  /// Ctrl-C came between two commands of what was typed: none of its lines is to run any more.
  private(set) var isRunStopped = false
  private var isPaging = false

  /// A second Ctrl-C within so many seconds throws the value away.
  static let secondsForSecond = 2.0

  init(isInteractive: Bool) { self.isInteractive = isInteractive }

  private enum Mode: Sendable {
    case idle, editing
    case running(StopSignal)
  }

  /// What happened outside.
  enum Event: Hashable, Sendable {
    case interrupt, terminate, hangUp, resize, suspend, resume

    /// The signals that are watched.
    static let watched: [Int32] = [SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP, SIGCONT]

    init?(signal number: Int32) {
      switch number {
      case SIGINT: self = .interrupt
      case SIGTERM: self = .terminate
      case SIGHUP: self = .hangUp
      case SIGWINCH: self = .resize
      case SIGTSTP: self = .suspend
      case SIGCONT: self = .resume
      default: return nil
      }
    }

    /// The status that shells give a program ended by the signal: 128 and its number.
    fileprivate var exitStatus: Int32 {
      switch self {
      case .interrupt: 130
      case .hangUp: 129
      default: 143
      }
    }
  }

  /// What is to be done.
  enum Action: Hashable, Sendable {
    case nothing
    /// Tell the person.
    case tell(String)
    /// Tell the reader of lines.
    case wake(WakePipe.Message)
    /// Stop the process until it is continued.
    case suspend
    /// Leave without finishing anything: the same signal came twice.
    case leaveNow(Int32)
  }

  /// How a command ended, as far as signals go.
  struct Ending: Hashable, Sendable {
    /// The command was asked to end.
    var isStopped = false
    /// Its value is not wanted.
    var isDiscarded = false
  }

  /// What was typed begins to run.
  mutating func beginRun() { (isBusy, isRunStopped) = (true, false) }

  mutating func endRun() { isBusy = false }

  mutating func beginCommand(_ stop: StopSignal, finishing unit: String = "step") {
    self.unit = unit
    mode = .running(stop)
    (isStopAsked, isDiscarded, isToldOfLeaving) = (false, false, false)
    (lastInterrupt, discardedAt) = (nil, nil)
    // What came between two commands still ends them.
    if exitStatus != nil || isRunStopped { stop.raise() }
  }

  mutating func endCommand() -> Ending {
    mode = .idle
    return Ending(
      isStopped: isStopAsked || isRunStopped || exitStatus != nil, isDiscarded: isDiscarded)
  }

  /// A pager has the terminal: what Ctrl-C means there is its own affair.
  mutating func beginPaging() { isPaging = true }

  mutating func endPaging() { isPaging = false }

  mutating func beginEditing() { mode = .editing }

  mutating func endEditing() { if case .editing = mode { mode = .idle } }

  /// - Parameter time: Seconds on a clock that never goes back.
  mutating func take(_ event: Event, at time: Double) -> Action {
    switch event {
    case .interrupt: return isInteractive ? interruptAtPrompt(time) : end(event, at: time)
    case .terminate, .hangUp: return end(event, at: time)
    case .resize: return whileEditing(.resized) ?? .nothing
    case .resume: return whileEditing(.continued) ?? .nothing
    case .suspend: return whileEditing(.suspend) ?? .suspend
    }
  }

  private func whileEditing(_ message: WakePipe.Message) -> Action? {
    if case .editing = mode { return .wake(message) }
    return nil
  }

  private mutating func interruptAtPrompt(_ time: Double) -> Action {
    if isPaging { return .nothing }
    switch mode {
    case .idle:
      // A loop that is prepared or is between two of its commands; one word for several Ctrl-Cs.
      guard isBusy, !isRunStopped else { return .nothing }
      isRunStopped = true
      return .tell("^C  stopping")
    case .editing: return .wake(.interrupted)
    case .running(let stop):
      defer { lastInterrupt = time }
      if isDiscarded { return interruptAfterDiscard(time) }
      if let lastInterrupt, time - lastInterrupt <= Self.secondsForSecond {
        isDiscarded = true
        discardedAt = time
        return .tell("^C  stopping; what was made so far is discarded")
      }
      stop.raise()
      isStopAsked = true
      return .tell("^C  stopping after this \(unit); Ctrl-C again discards it")
    }
  }

  /// What does not look at the signal any more, such as a loop in somebody's plugin, can only be left
  /// with the program.
  private mutating func interruptAfterDiscard(_ time: Double) -> Action {
    if isToldOfLeaving { return .leaveNow(Event.interrupt.exitStatus) }
    guard let discardedAt, time - discardedAt > Self.secondsForSecond else { return .nothing }
    isToldOfLeaving = true
    return .tell("^C  it does not stop; Ctrl-C again leaves the program, and the session is kept")
  }

  /// Ends the work as the first Ctrl-C does, and then the program.
  private mutating func end(_ event: Event, at time: Double) -> Action {
    defer { lastInterrupt = time }
    if exitStatus == event.exitStatus, event == .interrupt, let lastInterrupt,
      time - lastInterrupt <= Self.secondsForSecond
    {
      return .leaveNow(event.exitStatus)
    }
    exitStatus = exitStatus ?? event.exitStatus
    if case .running(let stop) = mode {
      stop.raise()
      isStopAsked = true
      // What it gives is lost with the program, unless a file keeps it; the session says so.
      let again = event == .interrupt ? "; Ctrl-C again leaves at once" : ""
      return .tell("stopping after this \(unit)\(again)")
    }
    // A reader that waits, at a prompt or on a pipe, must wake up; at other times the message is
    // drained before the next line is read.
    return .wake(.leave)
  }
}
