import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Long texts at a terminal, a screen at a time.
@Suite(.serialized) struct TerminalPagerTests {
  typealias Key = PseudoTerminal.Key

  let start: TerminalStart

  init() throws { start = try TerminalStart() }

  /// Marks each line, so that what came through the pager can be told from what did not.
  private static let marking = "sed s/^/P:/"

  private func ask(
    _ line: String, _ environment: [String: String], for text: String = "See also"
  ) throws -> PseudoTerminal {
    let terminal = try start.prompt(environment)
    try terminal.send(line + Key.enter)
    try terminal.wait(for: text)
    try terminal.wait { $0.hasSuffix("\nbasin 1> ") }
    return terminal
  }

  @Test func aLongTextGoesThroughThePersonsPager() throws {
    let terminal = try ask("help search", ["PAGER": Self.marking])
    // Behind the mark stand the codes of bold letters.
    #expect(terminal.transcript.contains("P:  look for permutations"))
  }

  @Test func oursGoesBeforeTheOthers() throws {
    let terminal = try ask("help search", ["BASIN_PAGER": Self.marking, "PAGER": "cat"])
    #expect(terminal.transcript.contains("P:  look for permutations"))
  }

  @Test func aShortTextDoesNot() throws {
    let terminal = try ask("show [1, 2]", ["PAGER": Self.marking], for: "1, 2")
    #expect(!terminal.transcript.contains("P:"))
  }

  @Test(arguments: [
    ["TERM": "dumb", "PAGER": marking], ["PAGER": ""], ["PAGER": "cat"],
    ["PAGER": "/no/such/pager"], ["PAGER": "no_such_pager -R"],
    // The shell finds `sh`, and `sh` no pager.
    ["PAGER": "sh -c no_such_pager"],
  ])
  func theWholeTextIsShownWhereThereIsNoPager(environment: [String: String]) throws {
    let terminal = try ask("help search", environment)
    #expect(!terminal.transcript.contains("P:"))
    #expect(terminal.transcript.contains("look for permutations that remove the barrier"))
  }

  @Test func theSettingTurnsItOff() throws {
    let terminal = try start.prompt(["PAGER": Self.marking])
    try terminal.send("set pager=no; help search" + Key.enter)
    try terminal.wait(for: "See also")
    #expect(!terminal.transcript.contains("P:"))
  }

  @Test func nothingIsPagedOffATerminal() throws {
    let run = try ProgramRun(
      [], in: start.home, input: "help search\n", environment: ["PAGER": Self.marking])
    #expect(run.results.contains("See also"))
    #expect(!run.results.contains("P:"))
    let piped = try PseudoTerminal(
      program: "/bin/sh", arguments: ["-c", "\(start.program) | cat"],
      environment: start.environment(["PAGER": Self.marking]))
    try piped.wait(for: "basin 1> ")
    try piped.send("help search" + Key.enter)
    try piped.wait(for: "See also")
    #expect(!piped.transcript.contains("P:"))
  }

  /// More than a pipe holds, so that the program is still writing when the pager leaves.
  @Test func aPagerThatLeavesEarlyHarmsNothing() throws {
    let terminal = try start.prompt(["PAGER": "head -n 1"])
    try terminal.send("t = sweep i in 1..1500 { row x=i }" + Key.enter)
    try terminal.wait(for: "basin 2> ", seconds: 60)
    try terminal.send("show t as=json; print 'still here'" + Key.enter)
    try terminal.wait(for: "\n{\nstill here\nbasin 2> ")
  }

  @Test(.enabled(if: TerminalStart.isInstalled("/usr/bin/less")))
  func lessShowsAScreenAtATime() throws {
    let terminal = try start.prompt()
    try terminal.send("help search" + Key.enter)
    try expectScreen(terminal, "screen-pager.txt", showing: "\n:")
    // To the end, however many screens the page has.
    try terminal.send("G")
    try terminal.wait(for: "See also")
    try terminal.send("q")
    try terminal.wait { $0.hasSuffix("\nbasin 1> ") }
    // What was read stays on the screen.
    #expect(terminal.screen.contains("See also"))
  }

  // It said "^C  stopping" into the pager's screen and ended the lines after it.
  @Test(.enabled(if: TerminalStart.isInstalled("/usr/bin/less")))
  func controlCIsThePagersWhileItRuns() throws {
    let terminal = try start.prompt()
    try terminal.send("help search; print 'still here'" + Key.enter)
    try terminal.wait(for: "\n:")
    try terminal.send(Key.controlC)
    usleep(300_000)
    try terminal.send("q")
    try terminal.wait(for: "\nstill here\nbasin 1> ")
    #expect(!terminal.transcript.contains("stopping"))
  }

  @Test func aPagerThatControlCEndsGivesThePromptBack() throws {
    let terminal = try start.prompt(["PAGER": "sh -c 'echo waiting; exec sleep 60'"])
    try terminal.send("help search" + Key.enter)
    try terminal.wait(for: "\nwaiting")
    try terminal.send(Key.controlC)
    try terminal.wait { $0.hasSuffix("basin 1> ") && $0.contains("waiting") }
    try terminal.send("print 'still here'" + Key.enter)
    try terminal.wait(for: "\nstill here\n")
  }
}
