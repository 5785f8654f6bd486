import Foundation
import Glibc
import Kernel

/// A plugin's program that runs: lines to it, lines from it, and its end.
///
/// No thread of ours reads for it: whoever waits for a line also writes what it has not read yet
/// and drains its standard error, so that neither side ever waits for the other.
///
/// One lease at a time uses it, which the pool sees to; hence safe to send.
final class ProgramProcess: @unchecked Sendable {
  let name: String
  /// Where it finds the Python module, and where it may keep files of its own.
  let folder: PrivateFolder
  /// The kernels that its products use, if it takes them from an OpenBLAS.
  let blasCore: String?
  /// Whether it may be given another request: it answered the last one as it must.
  var isWell = true
  /// The number of the last request.
  private(set) var lastRequest = 0
  private let program: SpawnedProgram
  private var input: Int32
  private var outputIsOpen = true
  private var errorsAreOpen = true
  /// What it has not read yet, from `sent` on.
  private var unsent: [UInt8] = []
  private var sent = 0
  private var lines = LineBuffer()
  private var lastWords = LastWords()
  private var isReaped = false
  private var status: Int32?

  /// A line longer than this is none: 64 MB, thirty times the permutations of the widest layers.
  static let longestLine = 64_000_000

  init(_ command: ProgramCommand, folder: PrivateFolder, memory: Int) throws(Failure) {
    name = command.name
    self.folder = folder
    blasCore = command.environment[ProgramCommand.blasCoreVariable]
    program = try command.start(memory: memory)
    input = program.input
    RunningPrograms.add(program.process)
  }

  deinit { end() }

  /// The number of the next request; what was said of those before is no part of its failures.
  func nextRequest() -> Int {
    lastWords = LastWords()
    lastRequest += 1
    return lastRequest
  }

  // MARK: - Lines

  /// Sends a message as one line; it is written while an answer is waited for.
  func send(_ message: JSON) {
    unsent += Array(message.compact.utf8)
    unsent.append(UInt8(ascii: "\n"))
    exchange(milliseconds: 0)
  }

  /// The next line that the program wrote, or `nil` where none came in that time.
  ///
  /// - Throws: `pluginEnded` where it will write no more, `pluginMisbehaved` for an endless line.
  func receive(milliseconds: Int32) throws(Failure) -> [UInt8]? {
    if let line = lines.next() { return line }
    guard outputIsOpen else { throw endedByItself() }
    exchange(milliseconds: milliseconds)
    if let line = lines.next() { return line }
    guard lines.pendingCount <= Self.longestLine else {
      throw Failure(
        .pluginMisbehaved,
        "`\(name)` wrote \(Self.longestLine / 1_000_000) MB without the end of a line")
    }
    // Where a child of its own holds its output open, the end is seen only so.
    if hasExited {
      exchange(milliseconds: 0)
      if lines.isEmpty { throw endedByItself() }
    }
    return lines.next()
  }

  /// Whether it still runs and can be asked.
  var isAlive: Bool {
    exchange(milliseconds: 0)
    return outputIsOpen && !isReaped && !hasExited
  }

  /// Writes what waits to be written and reads what is there, waiting at most so long for either.
  private func exchange(milliseconds: Int32) {
    guard !isReaped else { return }
    var ends = [
      pollfd(fd: outputIsOpen ? program.output : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: errorsAreOpen ? program.errors : -1, events: Int16(POLLIN), revents: 0),
      pollfd(fd: unsent.isEmpty ? -1 : input, events: Int16(POLLOUT), revents: 0),
    ]
    guard poll(&ends, nfds_t(ends.count), milliseconds) > 0 else { return }
    if ends[0].revents != 0 { outputIsOpen = Self.read(program.output) { lines.append($0) } }
    if ends[1].revents != 0 { errorsAreOpen = Self.read(program.errors) { lastWords.append($0) } }
    if ends[2].revents != 0 { write() }
  }

  /// Hands over what is there; false where the stream is at its end.
  private static func read(_ end: Int32, _ take: (UnsafeRawBufferPointer) -> Void) -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 16) { piece in
      // 16 pieces are 1 MiB: a flood must not keep anybody from looking at the stop signal.
      for _ in 0..<16 {
        let count = Glibc.read(end, piece.baseAddress, piece.count)
        if count > 0 {
          take(UnsafeRawBufferPointer(rebasing: piece[..<count]))
        } else if count == 0 {
          return false
        } else {
          return errno == EAGAIN || errno == EINTR
        }
      }
      return true
    }
  }

  private func write() {
    let count = unsent[sent...].withUnsafeBytes {
      Glibc.send(input, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
    }
    if count > 0 {
      sent += count
    } else if count < 0, errno != EAGAIN, errno != EINTR {
      // It reads no more; what it says, or that it ended, is found at the next line.
      sent = unsent.count
    }
    if sent == unsent.count { (unsent, sent) = ([], 0) }
  }

  // MARK: - The end

  /// What it wrote to standard error last, the traceback of a Python program told in short.
  var words: [String] { lastWords.notes }

  /// The last lines that it wrote to standard error in this request.
  var lastLines: [String] { lastWords.lines }

  /// Ends it and everything that it started.
  func end() {
    guard !isReaped else { return }
    isReaped = true
    kill(-program.process, SIGKILL)
    // While the number still names this process and no other.
    RunningPrograms.remove(program.process)
    status = Self.reap(program.process)
    for end in [input, program.output, program.errors] { close(end) }
    folder.remove()
  }

  /// Asks it to end by itself, and ends it where it does not.
  func quit() {
    send(.object([.init("type", .text("quit"))]))
    // A program that only waits for requests is gone within a millisecond or two.
    for _ in 0..<100 where !hasExited { usleep(2_000) }
    end()
  }

  /// Whether the process is over, though nobody asked how yet.
  private var hasExited: Bool {
    guard !isReaped else { return true }
    var info = siginfo_t()
    // The zombie stays, so that its number names nobody else while its group is ended.
    let result = waitid(P_PID, id_t(program.process), &info, WEXITED | WNOHANG | WNOWAIT)
    return result != 0 || info.si_signo == SIGCHLD
  }

  /// How a process ended, once it did; it was killed.
  private static func reap(_ process: pid_t) -> Int32? {
    var status: Int32 = 0
    while true {
      let result = waitpid(process, &status, 0)
      if result == process { return status }
      if errno != EINTR { return nil }
    }
  }

  /// The failure of a program that ended, or closed its output, in the middle of a request.
  private func endedByItself() -> Failure {
    // The stream closes a moment before the process is over.
    for _ in 0..<100 where !hasExited { usleep(2_000) }
    let closedOnly = !hasExited
    exchange(milliseconds: 0)
    end()
    let how = closedOnly ? "closed its standard output" : ProgramEnd.sentence(status)
    let forgotRun = status == 0 && name.hasSuffix(".py") && words.isEmpty
    return Failure(
      .pluginEnded, "`\(name)` \(how)",
      notes: forgotRun ? ["a Python plugin has `run()` as its last line"] : words)
  }
}

/// How processes end, in words.
enum ProgramEnd {
  /// `ended with the exit status 3`, for what follows a name.
  static func sentence(_ status: Int32?) -> String {
    guard let status else { return "ended" }
    let signal = status & 0x7F
    guard signal != 0 else {
      let code = status >> 8 & 0xFF
      return code == 0 ? "ended before it had answered" : "ended with the exit status \(code)"
    }
    let name = strsignal(signal).map { String(cString: $0).lowercased() } ?? "unknown"
    let cause = signal == SIGKILL ? ", as the system does where memory runs short" : ""
    return "was ended by signal \(signal) (\(name))\(cause)"
  }
}
