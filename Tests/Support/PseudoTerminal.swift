import Foundation
import Kernel
import Synchronization

/// A program that runs at a terminal of its own, with keys sent to it and its screen read.
///
/// The program leads a session and the terminal is its controlling one, so that Ctrl-C, Ctrl-Z and
/// changes of size reach it as signals, as they do when a person sits there.
public final class PseudoTerminal: Sendable {
  private let master: Int32
  private let process: pid_t
  private let state: Mutex<State>

  private struct State {
    var emulator: TerminalEmulator
    var transcript: [UInt8] = []
    var status: Int32?
  }

  /// Keys that are no letters.
  public enum Key {
    public static let tab = "\t"
    public static let enter = "\r"
    public static let controlC = "\u{3}"
    public static let controlL = "\u{C}"
    public static let controlD = "\u{4}"
    public static let controlR = "\u{12}"
    public static let controlZ = "\u{1A}"
    public static let escape = "\u{1B}"
    public static let up = "\u{1B}[A"
    public static let backspace = "\u{7F}"
  }

  /// Starts a program.
  ///
  /// - Parameters:
  ///   - environment: All of the program's environment; `TERM` is `xterm` unless it says otherwise.
  public init(
    program: String, arguments: [String] = [], environment: [String: String] = [:],
    columns: Int = 80, rows: Int = 24
  ) throws(Failure) {
    var ends: (master: Int32, slave: Int32) = (-1, -1)
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    var name = [CChar](repeating: 0, count: 128)
    guard openpty(&ends.master, &ends.slave, nil, nil, &size) == 0,
      ttyname_r(ends.slave, &name, name.count) == 0,
      fcntl(ends.master, F_SETFD, FD_CLOEXEC) == 0
    else { throw Self.failure("no pseudo-terminal can be opened") }
    master = ends.master
    defer { close(ends.slave) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    // The leader of a session that opens a terminal gets it as its controlling one.
    posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var defaults = sigset_t()
    sigemptyset(&defaults)
    for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGTSTP, SIGQUIT] {
      sigaddset(&defaults, number)
    }
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    var mask = sigset_t()
    sigemptyset(&mask)
    posix_spawnattr_setsigmask(&attributes, &mask)
    // <spawn.h> shows this flag to GNU sources only.
    let newSession: Int32 = 0x80
    let flags = newSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let variables = environment.merging(["TERM": "xterm"]) { given, _ in given }
    var argumentPointers = ([program] + arguments).map { strdup($0) } + [nil]
    var variablePointers = variables.keys.sorted().map { strdup("\($0)=\(variables[$0] ?? "")") }
    variablePointers.append(nil)
    defer {
      argumentPointers.forEach { free($0) }
      variablePointers.forEach { free($0) }
    }
    var started: pid_t = 0
    let problem = posix_spawn(
      &started, program, &actions, &attributes, &argumentPointers, &variablePointers)
    guard problem == 0 else { throw Self.failure("\(program) cannot be started", problem) }
    process = started
    state = Mutex(State(emulator: TerminalEmulator(columns: columns, rows: rows)))
  }

  deinit {
    if state.withLock({ $0.status }) == nil {
      kill(process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
    close(master)
  }

  /// What the screen shows now.
  public var screen: String {
    readAvailable(waiting: 0)
    return state.withLock { $0.emulator.text }
  }

  /// Everything the program wrote, escape sequences included.
  public var transcript: String {
    state.withLock { String(decoding: $0.transcript, as: UTF8.self) }
  }

  /// Presses keys.
  public func send(_ keys: String) throws(Failure) {
    let bytes = Array(keys.utf8)
    guard write(master, bytes, bytes.count) == bytes.count else {
      throw Self.failure("the keys could not be sent")
    }
  }

  /// Waits until the screen shows a text, and returns the screen.
  ///
  /// - Throws: With the screen as it is, where the text does not come in time.
  @discardableResult
  public func wait(for text: String, seconds: Double = 10) throws(Failure) -> String {
    try wait(seconds: seconds, "the screen never showed `\(text)`") { $0.contains(text) }
  }

  /// Waits until the screen is as it should be.
  @discardableResult
  public func wait(
    seconds: Double = 10, _ complaint: String = "the screen never became as expected",
    until isReached: (String) -> Bool
  ) throws(Failure) -> String {
    let end = ContinuousClock.now.advanced(by: .seconds(seconds))
    while true {
      let now = screen
      if isReached(now) { return now }
      guard ContinuousClock.now < end else {
        throw Failure(.fileNotFound, complaint, notes: ["the screen is:\n\(now)"])
      }
      readAvailable(waiting: 20)
    }
  }

  /// Waits until the screen has not changed for a while, and returns it.
  public func waitUntilStill(seconds: Double = 0.4) -> String {
    var (last, since) = (screen, ContinuousClock.now)
    while ContinuousClock.now < since.advanced(by: .seconds(seconds)) {
      readAvailable(waiting: 20)
      let now = screen
      if now != last { (last, since) = (now, ContinuousClock.now) }
    }
    return last
  }

  /// Waits until something is written after a place in the transcript, which moves behind it; whether
  /// that came in time.
  ///
  /// - Parameters:
  ///   - mark: In bytes.
  ///   - options: How `text` is looked for, such as as a regular expression.
  public func wait(
    forWritten text: String, options: String.CompareOptions = [], after mark: inout Int,
    until end: ContinuousClock.Instant
  ) -> Bool {
    while true {
      readAvailable(waiting: 0)
      let written = state.withLock { $0.transcript }
      let found = String(decoding: written[min(mark, written.count)...], as: UTF8.self)
      if let range = found.range(of: text, options: options) {
        mark += found[..<range.upperBound].utf8.count
        return true
      }
      if ContinuousClock.now >= end { return false }
      usleep(1000)
    }
  }

  /// Waits until the program has ended; its exit status, or 128 and the signal that ended it.
  public func waitForExit(seconds: Double = 10) throws(Failure) -> Int32 {
    let end = ContinuousClock.now.advanced(by: .seconds(seconds))
    while true {
      readAvailable(waiting: 5)
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process {
        readAvailable(waiting: 0)
        let signal = status & 0x7F
        let result = signal == 0 ? status >> 8 & 0xFF : 128 + signal
        state.withLock { $0.status = result }
        return result
      }
      guard ContinuousClock.now < end else {
        throw Failure(
          .fileNotFound, "the program did not end", notes: ["the screen is:\n\(screen)"])
      }
    }
  }

  /// Gives the terminal another size, which sends SIGWINCH.
  public func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(master, UInt(TIOCSWINSZ), &size)
    state.withLock { $0.emulator.resize(columns: columns, rows: rows) }
  }

  /// Sends a signal to the program.
  public func signal(_ number: Int32) { kill(process, number) }

  /// A program that was built beside the tests, such as `basin`; `nil` where it was not built.
  public static func builtProgram(_ name: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let count = buffer.withUnsafeMutableBytes { raw -> Int in
      guard let start = raw.baseAddress?.assumingMemoryBound(to: CChar.self) else { return 0 }
      return readlink("/proc/self/exe", start, raw.count)
    }
    let folders = [
      String(decoding: buffer.prefix(max(count, 0)), as: UTF8.self), CommandLine.arguments[0],
    ].map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
    return folders.map { "\($0)/\(name)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  private func readAvailable(waiting milliseconds: Int32) {
    var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
    while poll(&waiting, 1, milliseconds) > 0 {
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(master, &buffer, buffer.count)
      guard count > 0 else { return }
      state.withLock { state in
        state.transcript += buffer[..<count]
        state.emulator.feed(buffer[..<count])
      }
    }
  }

  private static func failure(_ sentence: String, _ problem: Int32 = errno) -> Failure {
    Failure(.fileNotFound, "\(sentence): \(String(cString: strerror(problem)))")
  }
}
