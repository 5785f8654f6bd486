import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct TerminalHistoryTests {
  @Test func recordsComeBackAsTheyWere() throws {
    let folder = try TestFolder()
    let file = HistoryFile(path: folder.file("state/basin/history"))
    #expect(try file.load() == [])
    let records = [
      "train mlp", "for x in [1, 2] {\n  print x\n}", "print 'a\\nb\\\\'", "äö 日本", "\\", "\n",
    ]
    for record in records { try file.append(record) }
    #expect(try file.load() == records)
    let text = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(text.split(separator: "\n").count == records.count)
    let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }

  @Test func aLongFileIsShortened() throws {
    let folder = try TestFolder()
    let file = HistoryFile(path: folder.file("history"))
    let count = 2 * HistoryFile.mostRecords + 1
    let text = (0..<count).map { "line \($0)\n" }.joined()
    try Data(text.utf8).write(to: URL(fileURLWithPath: file.path))
    #expect(try file.load().count == HistoryFile.mostRecords)
    #expect(try file.load().last == "line \(count - 1)")
    let kept = try String(contentsOfFile: file.path, encoding: .utf8)
    #expect(kept.split(separator: "\n").count == HistoryFile.mostRecords)
  }

  @Test func programsSideBySideDoNotSpoilEachOther() throws {
    let folder = try TestFolder()
    let file = HistoryFile(path: folder.file("history"))
    let long = String(repeating: "x", count: 3_000)
    DispatchQueue.concurrentPerform(iterations: 40) { index in
      do { try file.append("\(index) \(long)") } catch { Issue.record(error) }
    }
    let records = try file.load()
    #expect(records.count == 40)
    #expect(records.allSatisfy { $0.hasSuffix(" " + long) })
  }

  @Test func theFileIsThePersons() {
    #expect(HistoryFile(environment: ["HOME": "/h"])?.path == "/h/.local/state/basin/history")
    #expect(
      HistoryFile(environment: ["HOME": "/h", "XDG_STATE_HOME": "/s"])?.path == "/s/basin/history")
    #expect(
      HistoryFile(environment: ["HOME": "/h", "XDG_STATE_HOME": "relative"])?.path
        == "/h/.local/state/basin/history")
    #expect(HistoryFile(environment: [:]) == nil)
  }

  @Test func aFolderThatCannotBeMadeIsToldOf() {
    let file = HistoryFile(path: "/dev/null/basin/history")
    #expect {
      try file.append("x")
    } throws: { error in
      (error as? Failure)?.code == .writeFailed
    }
  }

  @Test(arguments: [
    ("train mlp", "train mlp"),
    ("basin 12> train mlp", "train mlp"),
    ("basin 3> basin 12> help", "help"),
    ("  basin 1> x = 1", "x = 1"),
    (
      "basin 3> a = b\n_2 output\nbasin 4> for x in c {\n...   print x\n... }\nok  more",
      "a = b\nfor x in c {\n  print x\n}"
    ),
    ("basin 3> ", ""),
    ("basin> x", "basin> x"), ("basin 1 > x", "basin 1 > x"), ("....", "...."), ("...", ""),
    ("two\nlines", "two\nlines"),
    ("basin 0.1 · 2 threads · f32 · seed 1     help · quit", ""),
    ("basin 0.1 · 2 threads\nbasin 1> x = 3\n_1 x  3", "x = 3"),
  ])
  func pastedTranscriptsBecomeCommands(pasted: String, command: String) {
    #expect(PastedText.withoutPrompts(pasted) == command)
  }

  /// One mistake in a pasted transcript kept all of it from running.
  @Test func theStatementsOfATranscriptAreRunOneByOne() {
    let pasted =
      "basin 0.1\nbasin 1> x = 3\n_1 x 3\nbasin 2> barier a\nerror[E0201]\n"
      + "basin 2> for k in [1] {\n...   print k\n... }\n1\nbasin 3> y = 4"
    #expect(
      PastedText.entries(of: pasted) == [
        "x = 3", "barier a", "for k in [1] {\n  print k\n}", "y = 4",
      ])
    #expect(PastedText.entries(of: "x = 1\ny = 2") == ["x = 1\ny = 2"])
    #expect(PastedText.entries(of: "...   print k") == ["  print k"])
    #expect(PastedText.entries(of: "") == [""])
  }

  @Test(arguments: [
    ("basin 0.1 · 2 threads\nbasin 1> x = 3\n_1 x  3", true),
    ("$ basin\nbasin 0.1 | 2 threads\n\nbasin 1> x = 3", true), ("  basin 7> help", true),
    ("x = 3\nbasin 1> help", false), ("basin 0.1\nx = 3", false), ("", false),
    ("basin job.basin", false),
  ])
  func aScriptIsToldFromATranscript(text: String, isTranscript: Bool) {
    #expect(PastedText.isTranscript(text) == isTranscript)
  }
}
