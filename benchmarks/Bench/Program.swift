import Foundation
import Glibc
import Kernel

/// Another program, started and awaited without anything between it and the clock.
struct Program {
  var path: String

  /// The program of this name in the folder where this one lies.
  static func besideThis(_ name: String) throws(Failure) -> Program {
    let own: String
    do {
      own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    } catch {
      throw Failure(.fileNotFound, "the place of this program is not known: \(error)")
    }
    let path = own.split(separator: "/").dropLast().reduce("") { $0 + "/" + $1 } + "/" + name
    guard FileContent.exists(path) else {
      throw Failure(
        .fileNotFound, "there is no program `\(path)`",
        notes: ["build it: swift build -c release"])
    }
    return Program(path: path)
  }

  /// Runs it to its end with nothing to read and its output thrown away.
  ///
  /// - Parameters:
  ///   - home: The folder it runs in and takes for the person's own; ours where none is given.
  ///   - output: The file for what it writes.
  func run(
    _ arguments: [String], home: String? = nil, output: String = "/dev/null"
  ) throws(Failure) {
    let process = try spawn(arguments, home: home) { actions in
      for (stream, file) in [(0, "/dev/null"), (1, output), (2, "/dev/null")] {
        posix_spawn_file_actions_addopen(&actions, Int32(stream), file, O_RDWR | O_CREAT, 0o600)
      }
    }
    let status = try wait(for: process)
    guard status == 0 else {
      throw Failure(.incompatible, "`\(path)` ended with status \(status)")
    }
  }

  /// A program that sits at a terminal of ours.
  struct Sitting {
    fileprivate var path: String
    fileprivate var process: pid_t
    fileprivate var terminal: Int32

    /// Presses keys and returns once `answer` has been written.
    func type(_ keys: String, awaiting answer: String) throws(Failure) {
      let bytes = Array(keys.utf8)
      guard write(terminal, bytes, bytes.count) == bytes.count else {
        throw Failure(.incompatible, "`\(path)` takes no keys")
      }
      try read(until: answer)
    }

    /// Reads until `answer` has been written.
    fileprivate func read(until answer: String) throws(Failure) {
      var seen: [UInt8] = []
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while !String(decoding: seen, as: UTF8.self).contains(answer) {
        var wanted = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
        let ready = poll(&wanted, 1, 20_000)
        let count = ready > 0 ? Glibc.read(terminal, &buffer, buffer.count) : 0
        guard count > 0 else {
          try end()
          throw Failure(
            .incompatible, "`\(path)` shows no `\(answer)`",
            notes: ["it wrote: \(String(decoding: seen.prefix(200), as: UTF8.self))"])
        }
        seen += buffer[..<count]
      }
    }

    /// Ends it and gives the terminal back.
    func end() throws(Failure) {
      kill(process, SIGKILL)
      close(terminal)
      _ = try wait(for: process)
    }
  }

  /// Starts it at a pseudo-terminal and returns once it has written `prompt`.
  func start(
    _ arguments: [String] = [], awaiting prompt: String
  ) throws(Failure) -> Sitting {
    var ends: (ours: Int32, its: Int32) = (-1, -1)
    var name = [CChar](repeating: 0, count: 128)
    guard openpty(&ends.ours, &ends.its, nil, nil, nil) == 0 else {
      throw Failure(.incompatible, "there is no pseudo-terminal to be had")
    }
    defer { close(ends.its) }
    guard ttyname_r(ends.its, &name, name.count) == 0, fcntl(ends.ours, F_SETFD, FD_CLOEXEC) == 0
    else { throw Failure(.incompatible, "the pseudo-terminal cannot be used") }
    let terminal = ends.ours
    // Where nobody sits, as under a build system, there may be no name of a terminal.
    if ["", "dumb"].contains(ProcessInfo.processInfo.environment["TERM"] ?? "") {
      setenv("TERM", "xterm", 1)
    }
    // A leader of a new session takes the first terminal it opens for its own.
    let process = try spawn(arguments, newSession: true) { actions in
      posix_spawn_file_actions_addopen(&actions, 0, name, O_RDWR, 0)
      posix_spawn_file_actions_adddup2(&actions, 0, 1)
      posix_spawn_file_actions_adddup2(&actions, 0, 2)
    }
    let sitting = Sitting(path: path, process: process, terminal: terminal)
    try sitting.read(until: prompt)
    return sitting
  }

  private func spawn(
    _ arguments: [String], home: String? = nil, newSession: Bool = false,
    streams: (inout posix_spawn_file_actions_t) -> Void
  ) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    streams(&actions)
    let inherited = ProcessInfo.processInfo.environment
    let variables = inherited.merging(home.map { ["HOME": $0, "XDG_CACHE_HOME": $0] } ?? [:]) {
      $1
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // POSIX_SPAWN_SETSID, which <spawn.h> shows to GNU sources only.
    if newSession { posix_spawnattr_setflags(&attributes, 0x80) }
    // A shell changes the folder, which no portable action of a spawn does.
    let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\""]
    let line = (home.map { shell + [$0] } ?? []) + [path] + arguments
    var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") }
    settings.append(nil)
    defer { for setting in settings { free(setting) } }
    var process = pid_t()
    let problem = posix_spawn(&process, line[0], &actions, &attributes, words, settings)
    guard problem == 0 else {
      throw Failure(
        .incompatible, "`\(path)` cannot be started: \(String(cString: strerror(problem)))")
    }
    return process
  }
}

/// Waits for a process to end: 0, its exit code, or 128 and the signal's number.
private func wait(for process: pid_t) throws(Failure) -> Int {
  var status: Int32 = 0
  while waitpid(process, &status, 0) < 0 {
    guard errno == EINTR else {
      throw Failure(.incompatible, "a process cannot be waited for")
    }
  }
  let signal = Int(status & 0x7F)
  return signal == 0 ? Int(status >> 8 & 0xFF) : 128 + signal
}
