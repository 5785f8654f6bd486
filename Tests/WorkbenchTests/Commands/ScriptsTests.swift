import Foundation
import TestSupport
import Testing

@testable import Workbench

@Suite struct ScriptsTests {
  /// The package's folder.
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func scripts(in folder: String) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path)
      .filter { $0.hasSuffix(".basin") }.sorted().map { "\(folder)/\($0)" }
  }

  /// A script whose results go to a folder of the test's own.
  private func script(_ path: String, _ folder: TestFolder) throws -> Source {
    let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    let redirected = text.replacing(/results\/[\w\/.]+/) { "'\(folder.file(String($0.0)))'" }
      // Tests run in any folder.
      .replacing(/examples\/[\w\/.]+/) { "'\(Self.root.appending(path: String($0.0)).path)'" }
    return Source(name: path, text: redirected)
  }

  @Test(arguments: try ScriptsTests.scripts(in: "examples"))
  func examplesRunWithoutAWordOfComplaint(path: String) throws {
    // That there is no SciPy is said by the tests of Python plugins.
    guard path != "examples/plugins.basin" || ProgramTest.hasSciPy else { return }
    let folder = try TestFolder()
    let host = TestHost()
    let report = Session(host: host).run(try script(path, folder))
    let complaints = host.complaints.joined(separator: "\n")
    #expect(report.isSuccess, "\(path): \(complaints)")
    #expect(!host.lines.contains { $0.hasPrefix("FAILED") })
  }

  @Test(arguments: try ScriptsTests.scripts(in: "sessions"))
  func sessionsAreSoundBeforeTheyRun(path: String) throws {
    let folder = try TestFolder()
    let checked = Session(host: TestHost()).check(try script(path, folder))
    #expect(checked.diagnostics.map(\.failure.message) == [])
  }

  @Test func theTourShowsEveryCommand() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "examples/tour.basin"), encoding: .utf8)
    let words = Set(text.split { !$0.isLetter && $0 != "_" }.map(String.init))
    // Those that leave, change or read other files than the tour's own.
    let others: Set = ["run", "check", "set", "quit", "help"]
    for command in CommandTable.all where !others.contains(command.verb) {
      #expect(words.contains(command.verb), "the tour does not use `\(command.verb)`")
    }
  }
}
