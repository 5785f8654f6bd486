import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Whole screens, as a person sees them, compared with those in `Tests/Fixtures/Output`.
///
/// Beside all other tests a busy machine passes on keys too late for some of them, so `make test`
/// runs them after the others and by themselves, as `make screens` does.
@Suite(
  .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["BASIN_SCREENS"] != nil, "`make screens` runs it")
)
struct TerminalScreenTests {
  typealias Key = PseudoTerminal.Key

  let start: TerminalStart

  init() throws { start = try TerminalStart() }

  /// Types lines, each when the prompt or the continuation prompt stands.
  private func type(_ lines: [String], at terminal: PseudoTerminal) throws {
    for line in lines {
      try terminal.wait { $0.hasSuffix("> ") || $0.hasSuffix("... ") }
      let before = terminal.transcript.utf8.count
      try terminal.send(line + Key.enter)
      try terminal.wait { _ in terminal.transcript.utf8.count > before + line.utf8.count }
    }
  }

  private func same(
    _ terminal: PseudoTerminal, _ name: String, showing text: String = "",
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try expectScreen(
      terminal, "screen-\(name).txt", showing: text, normalized: TerminalStart.withoutFacts,
      sourceLocation: sourceLocation)
  }

  private static let mistakes = [
    "x = 3 + 4", "barier a", "print (x + )", "print x.cost; print y", "y = \"{x} nets\"",
  ]

  @Test func theGreetingAndErrorsWithCarets() throws {
    let terminal = try start.prompt()
    try type(Self.mistakes, at: terminal)
    try same(terminal, "errors", showing: "basin 3> ")
  }

  @Test func aNarrowScreen() throws {
    let terminal = try start.prompt(columns: 60, rows: 24)
    try type(["barrier one_network another_network data=some_data points=2 k=1"], at: terminal)
    try terminal.send("search weight_match " + Key.tab + Key.tab)
    try same(terminal, "narrow", showing: "seed=")
  }

  @Test func theSecondTabListsWithKindsAndHelp() throws {
    let terminal = try start.prompt()
    try type(["one = 1", "barrier_limit = 5%"], at: terminal)
    try terminal.wait(for: "basin 3> ")
    try terminal.send("search " + Key.tab + Key.tab)
    try terminal.wait { $0.hasSuffix("basin 3> search ") && $0.contains("weight_match") }
    try terminal.send("\u{15}bar" + Key.tab)
    try terminal.wait { $0.hasSuffix("basin 3> barrier") }
    try terminal.send(Key.tab + Key.tab)
    try same(terminal, "second-tab", showing: "barrier_limit  ")
  }

  @Test func viModeComesFromInputrc() throws {
    try "set editing-mode vi\n".write(
      toFile: start.home.file(".inputrc"), atomically: true, encoding: .utf8)
    let terminal = try start.prompt(["INPUTRC": start.home.file(".inputrc")])
    try terminal.send("pprint 6 seven")
    try terminal.wait(for: "pprint 6 seven")
    // To the begin, one character out, to the last word and away with it.
    try terminal.send(Key.escape)
    try terminal.send("0x$bD")
    try terminal.wait { $0.hasSuffix("basin 1> print 6") }
    try terminal.send(Key.enter)
    try same(terminal, "vi", showing: "basin 1> print 6\n6\n")
  }

  @Test func withoutUnicode() throws {
    let terminal = try start.prompt(["LANG": "C", "LC_ALL": "C"])
    try type(["x = 3 + 4", "train, test = make blobs samples=200", "barrier x"], at: terminal)
    try type(["show train"], at: terminal)
    try terminal.wait { $0.hasSuffix("basin 3> ") }
    #expect(terminal.transcript.utf8.allSatisfy { $0 < 128 })
    try expectScreen(
      terminal, "screen-ascii.txt", normalized: TerminalStart.withoutNumbers)
  }

  @Test func controlCInAStage() throws {
    let terminal = try start.prompt()
    try type([Self.problem[0], "n = train mlp width=64 data=d epochs=1000000"], at: terminal)
    try terminal.wait(for: "train [", seconds: 20)
    try terminal.send(Key.controlC)
    try terminal.wait { $0.contains("PARTIAL") && $0.hasSuffix("basin 3> ") }
    // In a loop the command keeps what it has, and no further round begins.
    try type(["for i in 1..9 { m = train mlp width=64 data=d epochs=1000000 }"], at: terminal)
    var mark = terminal.transcript.utf8.count
    #expect(terminal.wait(forWritten: "train [", after: &mark, until: .now + .seconds(20)))
    try terminal.send(Key.controlC)
    #expect(terminal.wait(forWritten: "PARTIAL", after: &mark, until: .now + .seconds(20)))
    try terminal.wait { $0.hasSuffix("> ") }
    try expectScreen(
      terminal, "screen-staged.txt", normalized: TerminalStart.withoutNumbers)
  }

  @Test func aBlockComesBackAsOneRecord() throws {
    let terminal = try start.prompt()
    try type(["for i in [1, 2] {", "  y = i + 1", "}", "print y"], at: terminal)
    try terminal.wait(for: "basin 3> ")
    try terminal.send(Key.up)
    try terminal.wait { $0.hasSuffix("basin 3> print y") }
    try terminal.send(Key.up)
    try same(terminal, "block-recalled", showing: "basin 3> for i")
  }

  @Test func controlRSearchesTheHistory() throws {
    let terminal = try start.prompt()
    try type(["first = 1", "second = first + 1", "third = 3"], at: terminal)
    try terminal.wait(for: "basin 4> ")
    try terminal.send(Key.controlR + "sec")
    try same(terminal, "history-search", showing: "`sec'")
  }

  @Test func controlCWhileEditing() throws {
    let terminal = try start.prompt()
    try type(["for i in [1, 2] {", "  x = ("], at: terminal)
    try terminal.send("unfinished")
    try terminal.wait(for: "unfinished")
    try terminal.send(Key.controlC)
    try terminal.wait { $0.hasSuffix("^C\nbasin 1> ") }
    try type(["print 'still here'"], at: terminal)
    try same(terminal, "editing-cleared", showing: "\nstill here\n")
  }

  @Test func aPastedTranscript() throws {
    let terminal = try start.prompt()
    let paste = """
      $ basin
      basin 0.1 · 2 threads · f32 · seed 1           help · help tour · quit
      basin 7> y = 6 * 7
      _7 y          42
      basin 8> for i in [1, 2] {
      ...   print i * y
      ... }
      42
      84

      """
    try terminal.send("\u{1B}[200~" + paste + "\u{1B}[201~")
    try terminal.wait(for: "84")
    try terminal.send(Key.enter)
    try same(terminal, "pasted", showing: "basin 2> ")
  }

  @Test func noColour() throws {
    let coloured = try start.prompt(["TERM": "xterm-256color"])
    let plain = try start.prompt(["TERM": "xterm-256color", "NO_COLOR": "1"])
    for terminal in [coloured, plain] {
      try type(Self.mistakes, at: terminal)
      try terminal.wait(for: "basin 3> ")
    }
    #expect(
      coloured.transcript.contains("\u{1B}[1;31merror") || coloured.transcript.contains("\u{1B}[31")
    )
    #expect(plain.transcript.ranges(of: #/\u{1B}\[[0-9;]*m/#).isEmpty)
  }

  @Test func aDumbTerminal() throws {
    let terminal = try start.prompt(["TERM": "dumb"])
    try type(Self.mistakes + ["for i in 1..2 {", "  print i", "}"], at: terminal)
    try same(terminal, "dumb", showing: "\n2\nbasin 3> ")
    #expect(!terminal.transcript.contains("\u{1B}"))
  }

  private static let problem = [
    "d, test = make blobs samples=2000 dimension=20",
    "a, b = train mlp width=32 data=d epochs=1 count=2",
  ]

  @Test func progressOnAScreenThatBecomesNarrow() throws {
    let terminal = try start.prompt(columns: 100, rows: 30)
    try type([Self.problem[0], "n = train mlp width=64 data=d epochs=1000000"], at: terminal)
    try terminal.wait(for: "train [", seconds: 20)
    for columns in [80, 60] {
      terminal.resize(columns: columns, rows: 24)
      // The line is drawn again within a second.
      usleep(1_200_000)
      try terminal.wait(for: "train [")
      let lines = terminal.screen.split(separator: "\n")
      #expect(lines.filter { $0.contains("train [") }.count == 1)
      #expect((lines.last.map { displayWidth(of: $0) } ?? 0) < columns)
    }
    try terminal.send(Key.controlC)
    try terminal.wait(for: "PARTIAL", seconds: 20)
  }

  /// At a prompt under a shell that has jobs.
  private func shell() throws -> PseudoTerminal {
    let folder = URL(fileURLWithPath: start.program).deletingLastPathComponent().path
    let shell = try PseudoTerminal(
      program: "/bin/bash", arguments: ["--norc", "--noprofile", "-i"],
      environment: start.environment(["PS1": "$ ", "PATH": "\(folder):/usr/bin:/bin"]))
    try shell.wait(for: "$ ")
    try shell.send("basin --threads 2" + Key.enter)
    try shell.wait(for: "basin 1> ")
    return shell
  }

  @Test(.enabled(if: TerminalStart.isInstalled("/bin/bash")))
  func controlZWhileACommandRuns() throws {
    let shell = try shell()
    try type([Self.problem[0], "n = train mlp width=64 data=d epochs=1000000"], at: shell)
    var mark = shell.transcript.utf8.count
    for _ in 1...2 {
      #expect(shell.wait(forWritten: "train [", after: &mark, until: .now + .seconds(20)))
      try shell.send(Key.controlZ)
      #expect(shell.wait(forWritten: "Stopped", after: &mark, until: .now + .seconds(20)))
      #expect(shell.wait(forWritten: "$ ", after: &mark, until: .now + .seconds(20)))
      try shell.send("fg" + Key.enter)
    }
    // It draws its line again: it goes on.
    #expect(shell.wait(forWritten: "train [", after: &mark, until: .now + .seconds(20)))
    try shell.send(Key.controlC)
    try shell.wait(for: "PARTIAL", seconds: 20)
    try shell.send("print 6 * 7" + Key.enter)
    try shell.wait(for: "E0103")
  }

  @Test(.enabled(if: TerminalStart.isInstalled("/bin/bash")))
  func controlZAndForeground() throws {
    let shell = try shell()
    try shell.send("print 'half")
    try shell.wait(for: "'half")
    try shell.send(Key.controlZ)
    try shell.wait(for: "Stopped")
    try shell.send("stty -a | grep -o ' echo '; fg" + Key.enter)
    try shell.wait { $0.hasSuffix("print 'half") }
    try shell.send(" done'" + Key.enter)
    try expectScreen(
      shell, "screen-stopped-and-continued.txt", showing: "\nhalf done\n",
      normalized: TerminalStart.withoutFacts)
  }
}
