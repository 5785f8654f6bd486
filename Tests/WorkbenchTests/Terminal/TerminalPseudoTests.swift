import Foundation
import TestSupport
import Testing

@testable import Workbench

@Suite struct TerminalEmulatorTests {
  private func screen(_ text: String, columns: Int = 10, rows: Int = 3) -> [String] {
    var emulator = TerminalEmulator(columns: columns, rows: rows)
    emulator.feed(text.utf8)
    return emulator.lines.map { TextLayout.withoutTrailingBlanks($0) }
  }

  @Test(
    arguments: [
      ("ab\r\ncd", ["ab", "cd"]), ("abc\rx", ["xbc"]), ("abc\u{8}\u{8}x", ["axc"]),
      ("0123456789ab", ["0123456789", "ab"]), ("1\n2\n3\n4", [" 2", "  3", "   4"]),
      ("abc\r\u{1B}[K", []), ("abcdef\r\u{1B}[2Pz", ["zdef"]), ("abc\r\u{1B}[2@", ["  abc"]),
      ("a\u{1B}[31mb\u{1B}[0mc", ["abc"]), ("\u{1B}[?2004ha\u{1B}[?2004l", ["a"]),
      ("ab\r\ncd\u{1B}[Ax", ["abx", "cd"]), ("\u{1B}[2;3Hx", ["", "  x"]), ("é日", ["é日"]),
      ("a\r\nb\u{1B}[H\u{1B}[J", []), ("\u{1B}]0;title\u{7}x", ["x"]), ("abc\u{1B}[2Dx", ["axc"]),
    ] as [(String, [String])])
  func showsWhatATerminalShows(text: String, lines: [String]) {
    #expect(screen(text) == lines)
  }
}

@Suite(.serialized) struct TerminalPseudoTests {
  @Test func aProgramRunsAtItsOwnTerminal() throws {
    let terminal = try PseudoTerminal(program: "/bin/sh", environment: ["PS1": "ready> "])
    try terminal.wait(for: "ready> ")
    try terminal.send("stty size; tty >/dev/null && echo at a terminal\r")
    try terminal.wait(for: "24 80")
    try terminal.wait(for: "\nat a terminal")
    terminal.resize(columns: 100, rows: 30)
    try terminal.send("stty size\r")
    try terminal.wait(for: "30 100")
    try terminal.send("exit 7\r")
    #expect(try terminal.waitForExit() == 7)
  }

  @Test func keysBecomeSignals() throws {
    let terminal = try PseudoTerminal(program: "/bin/cat")
    try terminal.send("echoed")
    try terminal.wait(for: "echoed")
    try terminal.send(PseudoTerminal.Key.controlC)
    #expect(try terminal.waitForExit() == 128 + SIGINT)
  }

  @Test func aTextThatNeverComesIsAnError() throws {
    let terminal = try PseudoTerminal(program: "/bin/cat")
    #expect(throws: (any Error).self) { try terminal.wait(for: "never", seconds: 0.2) }
    try terminal.send(PseudoTerminal.Key.controlD)
    #expect(try terminal.waitForExit() == 0)
  }
}
