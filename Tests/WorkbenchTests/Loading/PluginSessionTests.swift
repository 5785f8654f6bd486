import Foundation
import TestSupport
import Testing

@testable import Contract
@testable import Workbench

/// Plugins in scripts, saved sessions and replays.
@Suite struct PluginSessionTests {
  private let home: TestFolder

  init() throws {
    home = try TestFolder()
    try EmbeddedText.swiftMethod
      .replacingOccurrences(of: "__NAME__", with: "mine")
      .replacingOccurrences(of: "__TYPE__", with: "Mine")
      .write(toFile: home.file("mine.swift"), atomically: true, encoding: .utf8)
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: home.file(name), atomically: true, encoding: .utf8)
  }

  private static let lines = """
    plugin load mine.swift
    train, test = make blobs samples=100
    a, b = train mlp width=8 data=train epochs=2 count=2
    p = search mine a b passes=3
    t = sweep passes in [1, 2] { r = search mine a b passes=passes; row cost=r.cost }

    """

  @Test func aScriptIsCheckedWithTheWordsOfItsPlugins() throws {
    try write(
      Self.lines + "q = search mine a b passes=0\nr = search mine a b depth=2\n", to: "job.basin")
    let check = try ProgramRun(["check", "job.basin"], in: home)
    #expect(check.status == 2)
    #expect(check.notes.contains("`passes` must be an int in 1..1000; got 0"), "\(check.notes)")
    #expect(check.notes.contains("`mine` has no argument `depth`"), "\(check.notes)")
    // Nothing is known before the line that loads it.
    try write("p = search mine a b\nplugin load mine.swift\n", to: "early.basin")
    let early = try ProgramRun(["check", "early.basin"], in: home)
    #expect(early.notes.contains("there is no method `mine`"))
  }

  @Test func aScriptThatRunsAnotherKnowsItsPlugins() throws {
    try write("plugin load mine.swift\n", to: "setup.basin")
    try write(
      Self.lines.replacingOccurrences(of: "plugin load mine.swift", with: "run setup.basin"),
      to: "job.basin")
    let run = try ProgramRun(["job.basin"], in: home)
    #expect(run.status == 0, "\(run.notes)")
  }

  @Test func aSavedSessionNamesItsPluginsAndAReplaySaysWhichDiffers() throws {
    let saved = try ProgramRun(["-c", Self.lines + "save session s.basin"], in: home)
    #expect(saved.status == 0, "\(saved.notes)")
    let text = try String(contentsOfFile: home.file("s.basin"), encoding: .utf8)
    #expect(text.contains(/#@ plugin mine\.swift \| sha256:[0-9a-f]{64}\n#@ method mine 1\n/))
    #expect(text.contains("\nplugin load mine.swift\n"))
    let replay = try ProgramRun(["replay", "s.basin"], in: home)
    #expect(replay.status == 0, "\(replay.results)\(replay.notes)")
    #expect(replay.results.contains("6 same, 0 different"))
    // Another text, the same numbers: told, and no difference.
    let source = try String(contentsOfFile: home.file("mine.swift"), encoding: .utf8)
    try write(source + "// changed\n", to: "mine.swift")
    let changed = try ProgramRun(["replay", "s.basin"], in: home)
    #expect(changed.status == 0, "\(changed.results)")
    #expect(
      changed.results.contains("the plugin `mine.swift` is another than when the session was saved")
    )
    // Other numbers, another version.
    try write(
      source.replacingOccurrences(of: "version: \"1\"", with: "version: \"2\"")
        .replacingOccurrences(of: "if gain > 1e-9", with: "if gain > 1e9"), to: "mine.swift")
    let other = try ProgramRun(["replay", "s.basin"], in: home)
    #expect(other.status == 1)
    #expect(other.results.contains("recorded with mine 1; here it is mine 2"))
    #expect(other.results.contains("DIFFERENT"))
    let updated = try ProgramRun(["replay", "s.basin", "update=yes"], in: home)
    #expect(updated.status == 1)
    #expect(try ProgramRun(["replay", "s.basin"], in: home).results.contains("0 different"))
    let renewed = try String(contentsOfFile: home.file("s.basin"), encoding: .utf8)
    #expect(renewed.contains("#@ method mine 2"))
  }

  /// The example plugins give the same again, at any number of threads.
  @Test(.enabled(if: ProgramTest.hasSciPy, "there is no python3 with SciPy"))
  func theExamplesAreReplayed() throws {
    let text = try String(
      contentsOfFile: ProgramTest.root + "/examples/plugins.basin", encoding: .utf8
    )
    .replacing(/examples\/[\w\/.]+/) { "'\(ProgramTest.root)/\($0.0)'" }
    try write(text + "save session s.basin\n", to: "examples.basin")
    let run = try ProgramRun(["examples.basin"], in: home)
    #expect(run.status == 0, "\(run.notes)")
    let replay = try ProgramRun(["replay", "s.basin", "twice=yes", "threads=[1, 2]"], in: home)
    #expect(replay.status == 0, "\(replay.results)\(replay.notes)")
    #expect(replay.results.contains("0 different"))
    #expect(replay.results.contains("2 expectations ok"))
  }

  @Test func aSessionThatComesBackHasItsPlugins() throws {
    try write(Self.lines, to: "job.basin")
    for round in 1...2 {
      let run = try ProgramRun(["--session", "kept", "job.basin"], in: home)
      #expect(run.status == 0, "round \(round): \(run.notes)")
    }
    let journal = home.file("sessions/kept.journal/journal.jsonl")
    #expect(FileManager.default.fileExists(atPath: journal))
  }

  @Test func loadingIsAnErrorThatCanBeExpected() throws {
    let run = try ProgramRun(
      ["-c", "expect fails E0401 { plugin load away.swift }\nplugin list"], in: home)
    #expect(run.status == 0, "\(run.notes)")
  }

  @Test func onlyLoadingTakesANumber() throws {
    let bench = CommandBench()
    try bench.run("plugin list\nplugin check identity")
    #expect(bench.session.nextNumber == 1)
    try bench.run("plugin load \"\(home.file("mine.swift"))\"")
    #expect(bench.session.nextNumber == 2)
  }

  // MARK: - Folders

  @Test func thePromptLoadsAPersonsFolders() throws {
    let start = try TerminalStart()
    let folder = start.home.file(".config/basin/plugins")
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: home.file("mine.swift"), toPath: folder + "/mine.swift")
    try "this is no Swift".write(
      toFile: folder + "/broken.swift", atomically: true, encoding: .utf8)
    try "notes".write(toFile: folder + "/README", atomically: true, encoding: .utf8)
    let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
    // Two files are compiled first.
    let terminal = try start.prompt(["PATH": path], columns: 200, rows: 50, seconds: 120)
    let said = terminal.screen.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(said.contains("broken.swift` was not loaded"), "\(said)")
    try terminal.send("plugin list\n")
    try terminal.wait(for: "mine   method")
    try terminal.send(
      "train, test = make blobs samples=50; a, b = train mlp width=4 data=train count=2\n")
    try terminal.wait(for: "basin 3> ")
    try terminal.send("p = search mine a b\n")
    try terminal.wait(for: "basin 4> ")
    // The script that is saved loads what a folder brought here.
    let saved = start.home.file("out.basin")
    try terminal.send("save session \"\(saved)\"\n")
    try terminal.wait(for: "basin 5> ")
    let text = try String(contentsOfFile: saved, encoding: .utf8)
    #expect(text.contains("#@ plugin \(folder)/mine.swift | sha256:"), "\(text)")
    #expect(text.contains("plugin load \"\(folder)/mine.swift\"\n"), "\(text)")
    try terminal.send("quit\n")
  }
}
