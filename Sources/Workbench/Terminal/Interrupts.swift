import Foundation
import Kernel
import Synchronization

/// Watches for Ctrl-C, SIGTERM and changes of the screen, and says what each means just now.
///
/// The handler of a signal writes one byte into a pipe and does nothing else; a thread of its own
/// reads the bytes and acts.
final class Interrupts: Sendable {
  /// The editor's or the plain reader's messages.
  let wake: WakePipe
  private let policy: Mutex<InterruptPolicy>
  private let note: @Sendable (String) -> Void

  /// - Parameters:
  ///   - isInteractive: Whether a person sits at a prompt; a script leaves after the first Ctrl-C.
  ///   - note: Tells the person what happens.
  init(isInteractive: Bool, note: @escaping @Sendable (String) -> Void) throws(Failure) {
    wake = try WakePipe()
    policy = Mutex(InterruptPolicy(isInteractive: isInteractive))
    self.note = note
  }

  /// The status to leave with, once a signal asked for that: 130, 143 or 129.
  var exitStatus: Int32? { policy.withLock { $0.exitStatus } }

  /// Whether Ctrl-C ended what was typed last.
  var isRunStopped: Bool { policy.withLock { $0.isRunStopped } }

  /// What was typed begins to run; the first Ctrl-C ends it, wherever it is.
  func beginRun() { policy.withLock { $0.beginRun() } }

  /// What was typed has run.
  func endRun() { policy.withLock { $0.endRun() } }

  /// A command begins; the first Ctrl-C raises `stop`.
  ///
  /// - Parameter unit: What the command finishes before it stops, such as `move` or `epoch`.
  func beginCommand(_ stop: StopSignal, finishing unit: String = "step") {
    policy.withLock { $0.beginCommand(stop, finishing: unit) }
  }

  /// The command is over; says whether it was asked to stop, and to throw its value away.
  func endCommand() -> InterruptPolicy.Ending { policy.withLock { $0.endCommand() } }

  /// A pager has the terminal, and with it Ctrl-C.
  func beginPaging() { policy.withLock { $0.beginPaging() } }

  /// The pager has ended.
  func endPaging() { policy.withLock { $0.endPaging() } }

  /// A line is being edited; the first Ctrl-C clears it.
  func beginEditing() { policy.withLock { $0.beginEditing() } }

  /// The line is done.
  func endEditing() { policy.withLock { $0.endEditing() } }

  /// Begins to watch the signals of this process.
  ///
  /// Called once, before other threads start. A signal that was ignored when the program started,
  /// as `nohup` does, stays ignored.
  func install() throws(Failure) {
    let (readEnd, writeEnd) = try makePipe()
    signalPipe.store(writeEnd, ordering: .sequentiallyConsistent)
    let thread = Thread { [self] in watch(readEnd) }
    thread.name = "basin-signals"
    thread.start()
    for number in InterruptPolicy.Event.watched { Self.handle(number) }
    // A program inherits which signals are blocked, and some that start programs block them all.
    var watched = sigset_t()
    sigemptyset(&watched)
    for number in InterruptPolicy.Event.watched { sigaddset(&watched, number) }
    pthread_sigmask(SIG_UNBLOCK, &watched, nil)
    // A reader that went away is found at the next write.
    signal(SIGPIPE, SIG_IGN)
  }

  private static func handle(_ number: Int32) {
    var before = sigaction()
    sigaction(number, nil, &before)
    let wasIgnored =
      unsafeBitCast(before.__sigaction_handler.sa_handler, to: Int.self)
      == unsafeBitCast(SIG_IGN, to: Int.self)
    guard !wasIgnored else { return }
    var action = sigaction()
    action.__sigaction_handler.sa_handler = passOn
    // System calls go on after the handler, so that no read or write elsewhere is cut short.
    action.sa_flags = SA_RESTART
    sigemptyset(&action.sa_mask)
    sigaction(number, &action, nil)
  }

  private func watch(_ readEnd: Int32) {
    while true {
      var byte: UInt8 = 0
      let count = read(readEnd, &byte, 1)
      if count < 0, errno == EINTR { continue }
      guard count == 1 else { return }
      if let event = InterruptPolicy.Event(signal: Int32(byte)) { take(event) }
    }
  }

  /// Acts on one event, as if its signal had come.
  func take(_ event: InterruptPolicy.Event) {
    let time = ProgressLine.monotonicSeconds()
    switch policy.withLock({ $0.take(event, at: time) }) {
    case .nothing: break
    case .tell(let sentence): note(sentence)
    case .wake(let message): wake.send(message)
    case .suspend: kill(getpid(), SIGSTOP)
    case .leaveNow(let status):
      // What is done at `exit` would wait for work that does not end; plugins may not outlive this.
      RunningPrograms.endAll()
      _exit(status)
    }
  }
}

/// Where the handler writes; -1 before the watcher is installed.
private let signalPipe = Atomic<Int32>(-1)

/// The handler: async-signal-safe, for it makes one `write` and keeps `errno`.
private let passOn: @convention(c) (Int32) -> Void = { number in
  let kept = errno
  var byte = UInt8(truncatingIfNeeded: number)
  _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
  errno = kept
}
