import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// The program at a terminal, in a home of its own.
struct TerminalStart {
  typealias Key = PseudoTerminal.Key

  let home: TestFolder
  let program: String

  init() throws {
    home = try TestFolder()
    program = try #require(PseudoTerminal.builtProgram("basin"), "the program was not built")
  }

  func environment(_ more: [String: String] = [:]) -> [String: String] {
    [
      "HOME": home.path, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin",
      "SWIFT_BACKTRACE": "enable=no", "BASIN_SESSIONS": home.file("sessions"),
    ].merging(more) { _, new in new }
  }

  /// At the first prompt; two threads, so that the greeting is the same everywhere.
  func prompt(
    _ more: [String: String] = [:], arguments: [String] = ["--threads", "2"], columns: Int = 80,
    rows: Int = 24, seconds: Double = 10
  ) throws -> PseudoTerminal {
    let terminal = try PseudoTerminal(
      program: program, arguments: arguments, environment: environment(more), columns: columns,
      rows: rows)
    try terminal.wait(for: "basin 1> ", seconds: seconds)
    return terminal
  }

  /// A program that tests need and that may not be installed.
  static func isInstalled(_ path: String) -> Bool {
    FileManager.default.isExecutableFile(atPath: path)
  }

  /// The screen without the version and the session's name, which change.
  static func withoutFacts(_ screen: String) -> String {
    let shown = screen.replacingOccurrences(of: "basin \(Basin.version) ", with: "basin 0.0.0 ")
    return shown.replacingOccurrences(
      of: #"session [^\s]+ +"#, with: "session NAME  ", options: .regularExpression)
  }

  /// The same without what is measured: each number is one `0`, of any unit of time `0 s`, each run
  /// of blanks one blank.
  static func withoutNumbers(_ screen: String) -> String {
    [
      (#"\[[#-]+\]"#, "[bar]"), (#"\d+(\.\d+)?(e[-+]?\d+)?"#, "0"), (#" +"#, " "),
      (#"\b0 ms\b"#, "0 s"),
    ]
    .reduce(withoutFacts(screen)) { text, rule in
      text.replacingOccurrences(of: rule.0, with: rule.1, options: .regularExpression)
    }
  }
}
