import Foundation
import Glibc
import Kernel
import Synchronization

/// Which Python runs plugins.
enum PythonInterpreter {
  private static let found = Mutex<[[String?]: String]>([:])

  /// `$BASIN_PYTHON`, else the `python3` of PATH, else Debian's: the first that has numpy.
  ///
  /// - Throws: `pluginEnded` where none has, with what to install.
  static func path(
    for name: String, environment: [String: String] = ProcessInfo.processInfo.environment
  ) throws(Failure) -> String {
    let asked = environment["BASIN_PYTHON"].flatMap { $0.isEmpty ? nil : $0 }
    let key = [asked, environment["PATH"]]
    if let known = found.withLock({ $0[key] }) { return known }
    let candidates = asked.map { [$0] } ?? ["python3", "/usr/bin/python3"]
    var isThere = false
    for candidate in candidates {
      switch try probe(candidate, for: name, path: environment["PATH"]) {
      case nil: continue
      case ""?: isThere = true
      case let path?:
        found.withLock { $0[key] = path }
        return path
      }
    }
    let missing =
      asked.map {
        "`\($0)`, which BASIN_PYTHON names, \(isThere ? "has no numpy" : "does not run")"
      }
      ?? (isThere ? "no python3 here has numpy" : "there is no python3 here")
    throw Failure(
      .pluginEnded, "`\(name)` cannot be started: \(missing)",
      notes: [
        "install it: `apt install python3-numpy` or `pip install numpy`",
        "BASIN_PYTHON names another interpreter, such as ~/venv/bin/python",
      ])
  }

  /// The interpreter behind a word, its path where it has numpy and `""` where it has not; `nil`
  /// where there is none.
  ///
  /// The path and not the word: what stands in PATH may be a script that looks for the interpreter
  /// each time.
  private static func probe(
    _ word: String, for name: String, path: String?
  ) throws(Failure) -> String? {
    let question = """
      import sys, importlib.util as u
      print("python " + (sys.executable if u.find_spec("numpy") else ""))
      """
    let command = ProgramCommand(
      name: name, words: [word, "-c", question], environment: path.map { ["PATH": $0] } ?? [:])
    let process = try ProgramProcess(command, folder: try PrivateFolder(), memory: Memory.limit)
    defer { process.end() }
    do throws(Failure) {
      // 10 s: an interpreter on a slow network drive.
      for _ in 0..<100 {
        guard let line = try process.receive(milliseconds: 100) else { continue }
        let text = String(decoding: line, as: UTF8.self)
        return text.hasPrefix("python ") ? String(text.dropFirst(7)) : nil
      }
    } catch {
      // It ended without a word: there is no such program, or it is no Python.
    }
    return nil
  }
}
