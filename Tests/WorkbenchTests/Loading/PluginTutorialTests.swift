import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// Follows Documentation/plugins.md to the letter: types its lines at the prompt and makes its changes
/// to the files that `plugin new` wrote.
@Suite struct PluginTutorialTests {
  @Test func theTutorialWorksInSwift() throws { try follow("swift") }

  @Test(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
  func theTutorialWorksInPython() throws { try follow("python") }

  private func follow(_ language: String) throws {
    let steps = try Self.steps(for: language)
    #expect(steps.count >= 8)
    let folder = try TestFolder()
    let program = try #require(PseudoTerminal.builtProgram("basin"), "the program was not built")
    var variables = ProcessInfo.processInfo.environment
    variables["HOME"] = folder.path
    variables["XDG_CACHE_HOME"] = folder.file("cache")
    variables["TERM"] = "xterm"
    // Numbers as wide as they come stand on one line.
    let terminal = try PseudoTerminal(
      program: "/bin/sh",
      arguments: ["-c", "cd '\(folder.path)' && exec '\(program)' --threads 2 --no-session"],
      environment: variables, columns: 160, rows: 50)
    try terminal.wait(for: "basin 1> ")
    for (number, step) in steps.enumerated() {
      switch step {
      case .lines(let lines):
        for line in lines.split(separator: "\n") { try terminal.send("\(line)\n") }
        // What is typed is echoed; the sum is not.
        try terminal.send("print \"step {\(number) + 1000} is done\"\n")
        try terminal.wait(for: "step \(number + 1000) is done", seconds: 120)
      case .change(let old, let new):
        let path = folder.file("my_matcher" + (language == "swift" ? ".swift" : ".py"))
        let text = try String(contentsOfFile: path, encoding: .utf8)
        try #require(
          text.components(separatedBy: old).count == 2, "stands not once in the file:\n\(old)")
        try text.replacingOccurrences(of: old, with: new).write(
          toFile: path, atomically: true, encoding: .utf8)
      }
    }
    let transcript = terminal.transcript
    #expect(!transcript.contains("error["), "\(transcript)")
    #expect(transcript.contains("passes 10 checks"), "\(transcript)")
    #expect(transcript.contains("my_matcher measure=correlation"))
    #expect(transcript.contains("0 different"))
    try terminal.send("quit\n")
    _ = try terminal.waitForExit()
  }

  // MARK: - Reading the page

  private enum Step {
    /// Lines for the prompt.
    case lines(String)
    /// Lines of the plugin's file, and what comes in their place.
    case change(String, String)
  }

  /// What the page has a reader of one language do.
  private static func steps(for language: String) throws -> [Step] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let page = try String(
      contentsOf: root.appending(path: "Documentation/plugins.md"), encoding: .utf8)
    var steps: [Step] = []
    for block in page.components(separatedBy: "\n```") {
      guard let end = block.firstIndex(of: "\n") else { continue }
      let words = block[..<end].split(separator: " ")
      let body = String(block[block.index(after: end)...])
      guard let kind = words.first, words.count == 1 || words[1] == language else { continue }
      if kind == "basin" {
        steps.append(.lines(body))
      } else if kind == "diff" {
        let lines = body.components(separatedBy: "\n")
        func side(without mark: Character) -> String {
          lines.filter { $0.first != mark }.map { String($0.dropFirst()) }.joined(separator: "\n")
        }
        steps.append(.change(side(without: "+"), side(without: "-")))
      }
    }
    return steps
  }
}
