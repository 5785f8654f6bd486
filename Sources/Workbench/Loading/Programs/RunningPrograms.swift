import Foundation
import Glibc
import Kernel
import Synchronization

/// The processes of plugins that run and their folders, so that none outlives this program.
///
/// They end at `exit`, and before `_exit` where that is called. Where this program is killed, its
/// warden ends them: a shell that is told of each and waits for the end of its input.
enum RunningPrograms {
  private static let processes = Mutex<Set<pid_t>>([])
  private static let folders = Mutex<Set<String>>([])

  static func add(_ process: pid_t) {
    tell("+\(process)")
    processes.withLock { _ = $0.insert(process) }
  }

  static func remove(_ process: pid_t) {
    processes.withLock { _ = $0.remove(process) }
    tell("-\(process)")
  }

  static func add(folder: String) {
    tell("+\(folder)")
    folders.withLock { _ = $0.insert(folder) }
  }

  static func remove(folder: String) {
    folders.withLock { _ = $0.remove(folder) }
    tell("-\(folder)")
  }

  /// Ends all of them; a thread that is held up while it has a lock does not hold this up.
  static func endAll() {
    for process in processes.withLockIfAvailable({ Array($0) }) ?? [] {
      kill(-process, SIGKILL)
      tell("-\(process)")
    }
    for path in folders.withLockIfAvailable({ Array($0) }) ?? [] {
      try? FileManager.default.removeItem(atPath: path)
      tell("-\(path)")
    }
  }

  // MARK: - The warden

  private static func tell(_ line: String) {
    // A path on several lines would be taken for several.
    guard warden >= 0, !line.contains("\n") else { return }
    let text = line + "\n"
    _ = send(warden, text, text.utf8.count, Int32(MSG_NOSIGNAL))
  }

  /// What it reads; -1 where it cannot be started, and then there is none.
  private static let warden: Int32 = {
    atexit { RunningPrograms.endAll() }
    let command = ProgramCommand(name: "sh", words: ["/bin/sh", "-c", script], environment: [:])
    // 256 MiB: far more than a shell takes.
    guard let program = try? command.start(memory: 256 << 20) else { return -1 }
    close(program.output)
    close(program.errors)
    return program.input
  }()

  /// After a second, in which Python plugins end by themselves and take their files with them.
  private static let script = """
    exec >/dev/null 2>&1
    IFS='
    '
    set -f
    while read -r line; do
      case $line in
      +*) held="$held
    ${line#+}" ;;
      -*)
        left=
        for one in $held; do
          [ "$one" = "${line#-}" ] || left="$left
    $one"
        done
        held=$left ;;
      esac
    done
    [ -z "$held" ] || sleep 1
    for one in $held; do case $one in /*) ;; *) kill -9 "-$one" ;; esac; done
    for one in $held; do case $one in /*) rm -rf "$one" ;; esac; done
    """
}
