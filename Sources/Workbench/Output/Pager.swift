import Foundation
import Glibc

/// Shows a long text a screen at a time, through the person's own pager.
///
/// `$BASIN_PAGER`, else `$PAGER`, else `less`; an empty text or `cat` turns it off. The pager leaves
/// at once where the text fits the screen after all, and its colours are kept.
struct Pager {
  private let command: String

  /// - Returns: `nil` where the person wants none.
  init?(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let command = environment["BASIN_PAGER"] ?? environment["PAGER"] ?? "less"
    let words = command.split(separator: " ")
    guard let program = words.first.map(String.init), program != "cat",
      Self.isThere(program, in: environment["PATH"] ?? "/usr/bin:/bin")
    else { return nil }
    self.command = command
  }

  private static func isThere(_ program: String, in path: String) -> Bool {
    if program.contains("/") { return FileManager.default.isExecutableFile(atPath: program) }
    return path.split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
    }
  }

  /// Whether a text is longer than the screen.
  static func isLong(_ text: String, rows: Int, columns: Int) -> Bool {
    var count = 0
    for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
      count += max(1, (displayWidth(of: String(line)) + columns - 1) / max(columns, 1))
      // The prompt takes a line of its own.
      if count > rows { return true }
    }
    return false
  }

  /// Shows the text; false where no pager could be started, so that nothing was shown.
  func show(_ text: String) -> Bool {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return false }
    // The end that is written to must not stay open in the pager, which would wait for ever.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What this program ignores the pager must not: a pipe nobody writes to has to end it.
    var defaults = sigset_t()
    sigemptyset(&defaults)
    sigaddset(&defaults, SIGPIPE)
    posix_spawnattr_setsigdefault(&attributes, &defaults)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var environment = ProcessInfo.processInfo.environment
    // As git has it: end where all fits, keep colours, leave the text on the screen.
    if environment["LESS"] == nil { environment["LESS"] = "FRX" }
    let variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    // 127 is the shell's word for a program that is not there.
    let arguments = [strdup("sh"), strdup("-c"), strdup(command), nil]
    defer { for text in variables + arguments { free(text) } }
    var process: pid_t = 0
    let problem = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, variables)
    close(ends[0])
    guard problem == 0 else {
      close(ends[1])
      return false
    }
    write(text, to: ends[1])
    close(ends[1])
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status & 0x7F != 0 || status >> 8 & 0xFF != 127
  }

  /// Writes until all is there or the reader has left, which is no fault.
  private func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      rest = rest.dropFirst(count)
    }
  }
}
