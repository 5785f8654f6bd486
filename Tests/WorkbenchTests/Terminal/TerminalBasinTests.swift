import Foundation
import TestSupport
import Testing

@testable import Workbench

/// The program itself, at a terminal of 80 × 24, as a person meets it.
@Suite(.serialized) struct TerminalBasinTests {
  typealias Key = PseudoTerminal.Key

  let home: TestFolder
  let program: String

  init() throws {
    home = try TestFolder()
    program = try #require(PseudoTerminal.builtProgram("basin"), "the program was not built")
  }

  private func start(
    _ arguments: [String] = [], _ more: [String: String] = [:]
  ) throws -> PseudoTerminal {
    let environment = [
      "HOME": home.path, "LANG": "C.UTF-8", "PATH": "/usr/bin:/bin",
      "SWIFT_BACKTRACE": "enable=no", "BASIN_SESSIONS": home.file("sessions"),
    ]
    return try PseudoTerminal(
      program: program, arguments: arguments,
      environment: environment.merging(more) { _, new in new })
  }

  /// A session with `count` lines run before.
  private func startAtPrompt(_ lines: [String] = []) throws -> PseudoTerminal {
    let terminal = try start()
    try terminal.wait(for: "basin 1> ")
    for (index, line) in lines.enumerated() {
      try terminal.send(line + Key.enter)
      try terminal.wait(for: "basin \(index + 2)> ")
    }
    return terminal
  }

  private var history: String {
    get throws {
      try String(contentsOfFile: home.file(".local/state/basin/history"), encoding: .utf8)
    }
  }

  @Test func greetsInOneLineAndLeavesAtControlD() throws {
    let terminal = try startAtPrompt()
    let lines = terminal.screen.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].hasPrefix("basin ") && lines[0].hasSuffix("help · help tour · quit"))
    try terminal.send(Key.enter)
    try terminal.send("x = 2 + 3" + Key.enter)
    try terminal.wait(for: "basin 2> ")
    try terminal.send(Key.controlD)
    #expect(try terminal.waitForExit() == 0)
    #expect(try history == "x = 2 + 3\n")
  }

  @Test func tabCompletesAndTheSecondTabExplains() throws {
    let terminal = try startAtPrompt(["limit_one = 1", "limit_two = 2"])
    try terminal.send("bar" + Key.tab)
    try terminal.wait(for: "3> barrier ")
    try terminal.send("\u{15}sear" + Key.tab + "wei" + Key.tab)
    try terminal.wait(for: "3> search weight_match ")
    try terminal.send("\u{15}print lim" + Key.tab)
    try terminal.wait(for: "3> print limit_")
    try terminal.send(Key.tab + Key.tab)
    let list = try terminal.wait(for: "\n  limit_two  int")
    #expect(list.contains("\n  limit_one  int"))
    try terminal.send("t" + Key.tab)
    try terminal.wait(for: "3> print limit_two ")
    try terminal.send("\u{15}search " + Key.tab + Key.tab)
    let methods = try terminal.wait(for: "sa2 ")
    #expect(methods.contains("simulated annealing"))
    try terminal.send("sa2 bud" + Key.tab)
    try terminal.wait(for: "3> search sa2 budget=")
    try terminal.send(Key.tab + Key.tab)
    try terminal.wait(for: "\n  budget: time")
    #expect(terminal.screen.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= 80 })
    // The line stands below the list again before a key is pressed.
    try terminal.wait("the line did not come back") { $0.hasSuffix("3> search sa2 budget=") }
    try terminal.send(Key.controlC)
    try terminal.wait(for: "budget=^C")
    try terminal.send("quit" + Key.enter)
    #expect(try terminal.waitForExit() == 0)
  }

  @Test func historyComesBackBlockByBlock() throws {
    var terminal = try startAtPrompt(["first = 1"])
    try terminal.send("for i in [1, 2] {" + Key.enter)
    try terminal.wait(for: "\n... ")
    try terminal.send("  print i" + Key.enter + "}" + Key.enter)
    try terminal.wait(for: "\n1\n2\n")
    try terminal.send(Key.controlD)
    #expect(try terminal.waitForExit() == 0)
    #expect(try history == "first = 1\nfor i in [1, 2] {\\n  print i\\n}\n")
    terminal = try startAtPrompt()
    try terminal.send(Key.up)
    try terminal.wait(for: "1> for i in [1, 2] {\n  print i\n}")
    try terminal.send(Key.up)
    try terminal.wait(for: "1> first = 1")
    try terminal.send(Key.controlC)
    try terminal.wait(for: "first = 1^C")
    try terminal.send(Key.controlR + "pri")
    try terminal.wait(for: "(reverse-i-search)`pri'")
    try terminal.send(Key.enter)
    try terminal.wait(for: "\n1\n2\n")
  }

  @Test func controlCWhileEditingClearsTheLineAndTheBlock() throws {
    let terminal = try startAtPrompt()
    try terminal.send("for i in [1, 2] {" + Key.enter)
    try terminal.wait(for: "\n... ")
    try terminal.send("nonsense")
    try terminal.wait(for: "nonsense")
    try terminal.send(Key.controlC)
    try terminal.wait(for: "nonsense^C\nbasin 1> ")
    try terminal.send("print 'still here'" + Key.enter)
    try terminal.wait(for: "\nstill here\n")
  }

  /// Work that would take minutes, on a problem that is made at once.
  private static let preparation = "d, test = make blobs samples=4000 dimension=50"
  private static let work = "n = train mlp width=64 data=d epochs=100000"

  @Test func controlCKeepsTheBestAndTheSession() throws {
    let terminal = try startAtPrompt([Self.preparation])
    try terminal.send(Self.work + Key.enter)
    try terminal.wait(for: "train [", seconds: 20)
    #expect(terminal.screen.contains(" < "))
    try terminal.send(Key.controlC)
    try terminal.wait(for: "Ctrl-C again discards it")
    try terminal.wait(for: "PARTIAL", seconds: 20)
    try terminal.wait(for: "basin 3> ")
    #expect(!terminal.screen.contains("train ["))
    try terminal.send("list" + Key.enter)
    let names = try terminal.wait(for: "\n n ")
    #expect(names.contains("\n d "))
  }

  @Test func controlCKeepsTheRowsOfASweep() throws {
    let terminal = try startAtPrompt([Self.preparation])
    try terminal.send(
      "t = sweep n in [1, 100000] { a = train mlp width=8 data=d epochs=n; row m=n }" + Key.enter)
    try terminal.wait(for: "cells 1/2", seconds: 20)
    try terminal.send(Key.controlC)
    try terminal.wait(for: "Ctrl-C again discards it")
    try terminal.wait(for: "PARTIAL", seconds: 20)
    try terminal.wait(for: "basin 3> ")
    try terminal.send("count t" + Key.enter)
    try terminal.wait(for: "_3 count      1")
  }

  /// Nothing breaks, whenever the second one comes.
  ///
  /// It may come while the command runs or when it has just ended, and the system may make one of
  /// the two; what counts each time is tested with the policy.
  @Test func twoControlCsLeaveTheSessionWhole() throws {
    let terminal = try startAtPrompt([Self.preparation])
    try terminal.send(Self.work + Key.enter)
    try terminal.wait(for: "train [", seconds: 20)
    try terminal.send(Key.controlC + Key.controlC)
    try terminal.wait(seconds: 20) { $0.contains("discarded") || $0.contains("PARTIAL") }
    try terminal.wait(seconds: 20) { $0.hasSuffix("basin 2> ") || $0.hasSuffix("basin 3> ") }
    try terminal.send("print 'still here'" + Key.enter)
    try terminal.wait(for: "\nstill here\n")
  }

  // The first Ctrl-C was lost while a long loop was prepared and between its commands.
  @Test(arguments: ["print i", "x = i"])
  func theFirstControlCEndsALoop(body: String) throws {
    let terminal = try startAtPrompt()
    try terminal.send("for i in 1..1000000 { \(body) }" + Key.enter)
    usleep(300_000)
    try terminal.send(Key.controlC)
    try terminal.wait(for: "error[E0702]: stopped after this line", seconds: 20)
    try terminal.wait(seconds: 20) { $0.hasSuffix("> ") }
    #expect(!terminal.screen.contains("\n1000000\n"))
  }

  @Test func aPastedTranscriptIsRunAgain() throws {
    let terminal = try startAtPrompt()
    let paste = "basin 7> y = 6 * 7\n_7 y          42\nbasin 8> print y\n42\n"
    try terminal.send("\u{1B}[200~" + paste + "\u{1B}[201~" + Key.enter)
    try terminal.wait(for: "basin 2> ")
    #expect(try history == "y = 6 * 7\nprint y\n")
  }

  @Test func aSmallerScreenIsNoticed() throws {
    let terminal = try startAtPrompt()
    terminal.resize(columns: 40, rows: 12)
    try terminal.send("help barrier" + Key.enter)
    try terminal.wait(for: "basin 1> ")
    #expect(terminal.screen.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= 40 })
  }

  @Test func pausesAndGoesOn() throws {
    let terminal = try startAtPrompt()
    try terminal.send("print 'half")
    try terminal.wait(for: "'half")
    terminal.signal(SIGTSTP)
    usleep(200_000)
    terminal.signal(SIGCONT)
    try terminal.send(" done'" + Key.enter)
    try terminal.wait(for: "\nhalf done\n")
  }

  @Test func dumbTerminalsAndPlainLocalesWork() throws {
    let terminal = try start([], ["TERM": "dumb", "LANG": "C"])
    try terminal.wait(for: "basin 1> ")
    try terminal.send("help barrier" + Key.enter)
    try terminal.wait(for: "See also")
    #expect(!terminal.transcript.contains("\u{1B}"))
    #expect(terminal.transcript.utf8.allSatisfy { $0 < 0x80 })
    try terminal.send("quit" + Key.enter)
    #expect(try terminal.waitForExit() == 0)
  }

  @Test(arguments: [(SIGTERM, 143), (SIGHUP, 129)] as [(Int32, Int32)])
  func signalsEndTheProgram(signal: Int32, status: Int32) throws {
    let idle = try startAtPrompt()
    idle.signal(signal)
    #expect(try idle.waitForExit() == status)
    let busy = try startAtPrompt([Self.preparation])
    try busy.send(Self.work + Key.enter)
    try busy.wait(for: "train [", seconds: 20)
    busy.signal(signal)
    #expect(try busy.waitForExit(seconds: 20) == status)
  }

  @Test func controlCEndsAScriptWith130() throws {
    let script = home.file("long.basin")
    try Data("\(Self.preparation)\n\(Self.work)\nprint 'not reached'\n".utf8)
      .write(to: URL(fileURLWithPath: script))
    let terminal = try start([script])
    try terminal.wait(for: "train [", seconds: 20)
    try terminal.send(Key.controlC)
    #expect(try terminal.waitForExit(seconds: 20) == 130)
    #expect(!terminal.screen.contains("not reached"))
  }
}
