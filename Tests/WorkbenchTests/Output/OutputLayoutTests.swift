import Testing

@testable import Workbench

@Suite struct OutputLayoutTests {
  @Test(arguments: [
    ("abc", 5, "abc"), ("abcdef", 5, "abcd…"), ("abcdef", 1, "…"), ("abc", 0, ""),
    ("日本語", 6, "日本語"), ("日本語", 5, "日本…"), ("日本語", 4, "日…"),
    ("e\u{301}e\u{301}e\u{301}", 3, "e\u{301}e\u{301}e\u{301}"),
    ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
  ])
  func cutsByColumnsAndKeepsLettersWhole(text: String, width: Int, cut: String) {
    #expect(TextLayout.truncated(text, width: width, glyphs: .unicode) == cut)
    #expect(displayWidth(of: cut) <= width)
  }

  @Test func alignsWideLettersByColumns() {
    #expect(TextLayout.leftAligned("日本", width: 6) == "日本  ")
    #expect(TextLayout.rightAligned("日本", width: 6) == "  日本")
    #expect(TextLayout.centred("ab", width: 5) == " ab  ")
    #expect(TextLayout.rightAligned("too long", width: 3) == "too long")
  }

  @Test func wrapsAtBlanks() {
    #expect(
      TextLayout.wrapped("the quick brown fox", width: 9) == ["the quick", "brown fox"])
    #expect(TextLayout.wrapped("a incomprehensible b", width: 6) == ["a", "incomprehensible", "b"])
    #expect(TextLayout.wrapped("one\n\ntwo", width: 9) == ["one", "", "two"])
    #expect(TextLayout.wrapped("", width: 9) == [""])
  }

  @Test func takesAwayWhatMovesTheCursor() {
    #expect(TextLayout.harmless("a\r\nb\tc\u{1B}[31md\u{7F}") == "a b c?[31md?")
  }

  @Test func writesPlainCharactersWithoutUTF8() {
    let plain = Glyphs.ascii
    #expect(
      plain.shown("60 000 × 1×28×28 · 51d0…88b2 → α ≤ 1")
        == "60 000 x 1x28x28 - 51d0..88b2 -> alpha <= 1")
    #expect(plain.shown("日e\u{301}ü") == "??e?")
    #expect(Glyphs.unicode.shown("×") == "×")
  }

  @Test(arguments: [
    (["LANG": "en_US.UTF-8"], Glyphs.unicode), (["LANG": "C"], .ascii), ([:], .ascii),
    (["LANG": "en_US.UTF-8", "LC_ALL": "C"], .ascii),
    (["LANG": "C", "LC_CTYPE": "C.utf8"], .unicode),
    (["LC_ALL": "", "LANG": "de_DE.UTF-8"], .unicode),
  ])
  func asksTheLocale(environment: [String: String], glyphs: Glyphs) {
    #expect(Glyphs(environment: environment) == glyphs)
  }

  @Test(arguments: [
    (Style.Choice.auto, true, ["TERM": "xterm"], true), (.auto, false, ["TERM": "xterm"], false),
    (.auto, true, ["TERM": "dumb"], false), (.auto, true, [:], false),
    (.auto, true, ["TERM": "xterm", "NO_COLOR": "1"], false),
    (.auto, true, ["TERM": "xterm", "NO_COLOR": ""], true),
    (.always, false, ["NO_COLOR": "1"], true), (.never, true, ["TERM": "xterm"], false),
  ])
  func colourIsAskedForOrFitting(
    choice: Style.Choice, isTerminal: Bool, environment: [String: String], isColoured: Bool
  ) {
    let style = Style(choice, isTerminal: isTerminal, environment: environment)
    #expect(style.isColoured == isColoured)
    #expect(style.paint("x", .bad) == (isColoured ? "\u{1B}[1;31mx\u{1B}[0m" : "x"))
    #expect(style.paint("", .bad) == "")
  }
}
