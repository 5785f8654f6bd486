import Kernel
import Testing

@testable import Workbench

@Suite struct ErrorsDiagnosticTests {
  private let range = Failure(
    .outOfRange, "`points` must be an odd int in 3..1001; got 1", notes: ["at least 3"])

  private func diagnostic(
    _ failure: Failure, in text: String, under part: String, name: String = "sessions/tue.basin"
  ) throws -> Diagnostic {
    let bytes = Array(text.utf8)
    let wanted = Array(part.utf8)
    let lower = try #require(
      (0...(bytes.count - wanted.count)).first { bytes[$0...].starts(with: wanted) })
    return Diagnostic(
      failure, in: Source(name: name, text: text), at: Span(lower, lower + wanted.count))
  }

  @Test func showsFileLineColumnAndCaret() throws {
    let text =
      String(repeating: "x = 1\n", count: 13) + "b = barrier a b points=1 data=test\ny = 2\n"
    let at = text.utf8.count - "1 data=test\ny = 2\n".utf8.count
    let diagnostic = Diagnostic(
      range, in: Source(name: "sessions/tue.basin", text: text), at: Span(at, at + 1))
    #expect(
      diagnostic.rendered() == """
        error[E0304]: `points` must be an odd int in 3..1001; got 1
          sessions/tue.basin:14:24
           | b = barrier a b points=1 data=test
           |                        ^ at least 3
           = more: help E0304

        """)
  }

  @Test func showsNoFileAtThePrompt() throws {
    let failure = Failure(
      .unknownCommand, "there is no command `barier`", notes: ["did you mean `barrier`?"])
    let diagnostic = try diagnostic(
      failure, in: "barier a b data=test", under: "barier", name: Source.prompt)
    #expect(
      diagnostic.rendered() == """
        error[E0201]: there is no command `barier`
          | barier a b data=test
          | ^^^^^^ did you mean `barrier`?\
        \(String(repeating: " ", count: 48))(more: help E0201)

        """)
  }

  @Test func showsTwoNotesAtMost() throws {
    let failure = Failure(.badChoice, "none of these", notes: ["first", "second", "third"])
    #expect(
      try diagnostic(failure, in: "x = y", under: "y", name: "a.basin").rendered() == """
        error[E0307]: none of these
          a.basin:1:5
           | x = y
           |     ^ first
           = second
           = more: help E0307

        """)
  }

  @Test func showsWhatHasNoPlace() {
    let failure = Failure(.fileNotFound, "there is no file `a.h5`", notes: ["first"])
    #expect(
      Diagnostic(failure, in: Source(name: "a.basin", text: "")).rendered() == """
        error[E0401]: there is no file `a.h5`
          a.basin
          = first
          = more: help E0401

        """)
    #expect(
      Diagnostic(failure, in: .typed("")).rendered() == """
        error[E0401]: there is no file `a.h5`
          = first
          = more: help E0401

        """)
  }

  @Test(arguments: [
    ("\tx = 1", "1", "    x = 1", "        ^"),
    ("a\tx = 1", "1", "a   x = 1", "        ^"),
    ("é = 漢字 + x", "x", "é = 漢字 + x", "           ^"),
    ("s = \"漢字\" y", "漢字", "s = \"漢字\" y", "     ^^^^"),
    ("e\u{301} = x", "x", "e\u{301} = x", "    ^"),
    ("s = \"\u{1B}[31m\" x", "x", "s = \"\u{FFFD}[31m\" x", "            ^"),
    ("x = [1,\n  2", "[1,\n  2", "x = [1,", "    ^^^"),
    ("x = 1\r\ny = 2", "1\r\ny", "x = 1", "    ^"),
    ("y = 🙂 + z", "z", "y = 🙂 + z", "         ^"),
  ])
  func putsTheCaretUnderWhatIsMeant(
    text: String, part: String, line: String, caret: String
  ) throws {
    let failure = Failure(.wrongKind, "wrong")
    let shown = try diagnostic(failure, in: text, under: part, name: "a").rendered()
    // Bytes, since equal strings may differ in how marks are composed.
    let lines = shown.utf8.split(separator: UInt8(ascii: "\n")).map { Array($0) }
    #expect(lines[2] == Array("   | \(line)".utf8))
    #expect(lines[3] == Array("   | \(caret)".utf8))
  }

  @Test func pointsPastTheEndOfALine() {
    let source = Source(name: "a", text: "x =\ny = 2")
    let shown = Diagnostic(Failure(.unexpectedToken, "e"), in: source, at: Span(3, 4)).rendered()
    #expect(shown.contains("   | x =\n   |    ^\n"))
    let atEnd = Diagnostic(Failure(.unexpectedToken, "e"), in: source, at: Span(9, 9)).rendered()
    #expect(atEnd.contains("a:2:6\n   | y = 2\n   |      ^\n"))
  }

  @Test func cutsLongLinesAroundTheCaret() throws {
    let text =
      String(repeating: "abcdefghi ", count: 50) + "HERE" + String(repeating: " x", count: 90)
    let shown = try diagnostic(range, in: text, under: "HERE").rendered()
    let lines = shown.split(separator: "\n")
    let line = lines[2].dropFirst(5)
    let caret = lines[3].dropFirst(5)
    #expect(line.count == Diagnostic.shownColumns)
    #expect(line.first == "…" && line.last == "…")
    let place = try #require(caret.firstIndex(of: "^"))
    let column = caret.distance(from: caret.startIndex, to: place)
    #expect(line.dropFirst(column).hasPrefix("HERE"))
    #expect(caret.filter { $0 == "^" }.count == 4)
  }

  @Test func countsColumnsInScalars() throws {
    let source = Source(name: "a", text: "é = 漢x\nz")
    #expect(source.place(at: 8) == Source.Place(line: 1, column: 6))
    #expect(source.place(at: 10) == Source.Place(line: 2, column: 1))
    #expect(source.place(at: 99) == Source.Place(line: 2, column: 2))
    #expect(source.line(at: 0) == 1)
  }

  @Test func toleratesBytesThatAreNoText() {
    let source = Source(name: "a", bytes: [0x78, 0xFF, 0xC3, 0x0A, 0x80])
    for lower in 0...5 {
      for upper in lower...6 {
        let diagnostic = Diagnostic(range, in: source, at: Span(lower, upper))
        #expect(diagnostic.rendered().contains("^"))
      }
    }
  }
}
