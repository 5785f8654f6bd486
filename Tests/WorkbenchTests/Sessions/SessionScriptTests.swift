import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// The scripts in `sessions/` at `size=tiny`, and saved sessions with their receipts, replayed.
@Suite struct SessionScriptTests {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  private static func scripts(in folder: String) throws -> [String] {
    let names = FileManager.default.enumerator(atPath: root.appending(path: folder).path)
    return (names?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".basin") }.sorted()
      .map { "\(folder)/\($0)" }
  }

  private func replay(_ path: String, _ options: Replay.Options) throws -> ReplayReport {
    let bench = CommandBench()
    var replay = try Replay(
      try Source(readingFileAt: path), options, host: bench.host, lexicon: .standard,
      settings: SessionSettings())
    try replay.run()
    return replay.report
  }

  @Test(arguments: try SessionScriptTests.scripts(in: "sessions"))
  func aTinyRunIsReplayedToTheSameBits(path: String) throws {
    let folder = try TestFolder()
    let text = try String(contentsOf: Self.root.appending(path: path), encoding: .utf8)
    let source = Source(
      name: path, text: text.replacing(/results\/[\w\/.]+/) { "'\(folder.file(String($0.0)))'" })
    let bench = CommandBench()
    let report = bench.session.run(
      source, overrides: [ParameterOverride(name: "size", text: "tiny")])
    #expect(report.diagnostics.map(\.failure.description) == [])
    #expect(bench.session.failedExpectationCount == 0)
    let saved = folder.file("saved.basin")
    try SafeWrite.text(try SessionScript(bench.session).text, to: saved)
    var options = Replay.Options()
    options.runsTwice = true
    options.threads = [1, 2]
    let replayed = try replay(saved, options)
    #expect(replayed.isSame, "\(replayed.text)")
    #expect(replayed.count(.same) > 8 && replayed.unrecorded == 0)
    #expect(
      replayed.notes == [
        "2 threads: the same", "the second time: the same", "the second time: the same",
      ])
  }

  @Test(arguments: try SessionScriptTests.scripts(in: "Tests/Scripts"))
  func aSavedSessionIsReplayed(path: String) throws {
    let report = try replay(Self.root.appending(path: path).path, .init())
    // Another processor trains other bits, and on a hundred samples one of them is a whole percent.
    if report.notes.contains(where: { $0.hasPrefix("recorded on ") }) { return }
    #expect(report.isSame, "\(report.text)")
    #expect(report.count(.same) > 0)
  }
}
