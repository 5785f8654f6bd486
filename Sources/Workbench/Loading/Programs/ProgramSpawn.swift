import Foundation
import Glibc
import Kernel
import Synchronization

/// How a plugin's program is started.
struct ProgramCommand: Hashable, Sendable {
  /// The last part of the plugin's path, as messages call it.
  var name: String
  /// The program and its arguments.
  var words: [String]
  /// Variables beside those of this process.
  var environment: [String: String]
}

/// A process with the three ends of its standard streams that are ours.
struct SpawnedProgram: Sendable {
  let process: pid_t
  /// What it reads; a socket, so that writing to a process that is gone raises no signal.
  let input: Int32
  /// What it writes to standard output.
  let output: Int32
  /// What it writes to standard error.
  let errors: Int32
}

extension ProgramCommand {
  /// One start at a time: a process started meanwhile would inherit ends that are not its own.
  private static let starting = Mutex(())

  /// Limits memory and files, leaves no core file, and becomes the program.
  ///
  /// `ulimit -d` counts KiB that a process writes to, and not files that it maps; `ulimit -f` counts
  /// halves of them in each file.
  private static let wrapper =
    #"{ ulimit -d "$0"; ulimit -f $(($0 * 2)); ulimit -c 0; } 2>/dev/null; exec "$@""#

  /// Starts the program in a session of its own, where Ctrl-C at our terminal does not reach it.
  ///
  /// - Parameter memory: The bytes that it may take.
  func start(memory: Int) throws(Failure) -> SpawnedProgram {
    try Self.starting.withLock { _ throws(Failure) in
      var sockets: [Int32] = [-1, -1]
      var outputs: [Int32] = [-1, -1]
      var errors: [Int32] = [-1, -1]
      let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
      guard socketpair(AF_UNIX, kind, 0, &sockets) == 0, pipe(&outputs) == 0, pipe(&errors) == 0
      else {
        let reason = errno
        for end in sockets + outputs + errors where end >= 0 { close(end) }
        throw cannotStart(reason)
      }
      for end in outputs + errors { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      for end in [sockets[0], outputs[0], errors[0]] { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
      defer { for end in [sockets[1], outputs[1], errors[1]] { close(end) } }
      do throws(Failure) {
        let process = try spawn(
          input: sockets[1], output: outputs[1], errors: errors[1], memory: memory)
        return SpawnedProgram(
          process: process, input: sockets[0], output: outputs[0], errors: errors[0])
      } catch {
        for end in [sockets[0], outputs[0], errors[0]] { close(end) }
        throw error
      }
    }
  }

  private func spawn(
    input: Int32, output: Int32, errors: Int32, memory: Int
  ) throws(Failure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (end, place) in [(input, STDIN_FILENO), (output, STDOUT_FILENO), (errors, STDERR_FILENO)] {
      posix_spawn_file_actions_adddup2(&actions, end, place)
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // What this program handles, ignores or blocks is no matter of the plugin's.
    var all = sigset_t()
    sigemptyset(&all)
    posix_spawnattr_setsigmask(&attributes, &all)
    for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCHLD, SIGUSR1, SIGUSR2] {
      sigaddset(&all, number)
    }
    posix_spawnattr_setsigdefault(&attributes, &all)
    // <spawn.h> shows this flag to GNU sources only.
    let newSession: Int32 = 0x80
    let flags = newSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
    posix_spawnattr_setflags(&attributes, Int16(flags))
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    // The shell counts in KiB.
    let arguments = ["/bin/sh", "-c", Self.wrapper, String(max(memory / 1024, 1))] + words
    let argumentPointers = arguments.map { strdup($0) } + [nil]
    let variablePointers = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argumentPointers + variablePointers { free(text) } }
    var process: pid_t = 0
    let problem = posix_spawn(
      &process, "/bin/sh", &actions, &attributes, argumentPointers, variablePointers)
    guard problem == 0 else { throw cannotStart(problem) }
    return process
  }

  private func cannotStart(_ reason: Int32) -> Failure {
    Failure(
      .pluginEnded,
      "`\(name)` cannot be started: \(String(cString: strerror(reason)).lowercased())")
  }
}
