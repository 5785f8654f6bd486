/// The lines that answer a command: its number, the names it bound, what they are, and the time.
///
///     _1 train      data 60 000 × 1×28×28, 10 classes      sha256 51d0…88b2
///        test       data 10 000 × 1×28×28, 10 classes      sha256 0c1e…7f20          0.3 s
struct ResultSummary: Hashable, Sendable {
  /// The number under which the result can be named again, `_1`.
  var number: Int?
  /// One line per value, or one for several values of a kind.
  var lines: [Line]
  /// How long the command took.
  var seconds: Double?
  /// Lines under it, such as `go on with: resume p`.
  var hints: [String]

  init(number: Int? = nil, lines: [Line], seconds: Double? = nil, hints: [String] = []) {
    self.number = number
    self.lines = lines
    self.seconds = seconds
    self.hints = hints
  }

  /// Names, what they hold, and a further fact such as a hash.
  struct Line: Hashable, Sendable {
    var names: [String]
    var text: String
    var extra: String

    init(_ names: [String], _ text: String, extra: String = "") {
      self.names = names
      self.text = text
      self.extra = extra
    }
  }

  /// Columns before the names, before the text and before the further fact; the last is only kept
  /// where the text is short enough.
  private static let (nameColumn, textColumn, extraColumn) = (3, 14, 54)
  /// A line wider than this is hard to read across, however wide the screen.
  private static let widest = 102

  /// The lines, each ending in a line feed.
  func rendered(width screenWidth: Int, glyphs: Glyphs = .unicode, style: Style = .plain) -> String
  {
    let width = min(screenWidth, Self.widest)
    var shown: [String] = []
    for (index, line) in lines.enumerated() {
      let mark = index == 0 ? number.map { "_\($0)" } ?? "" : ""
      var head = TextLayout.leftAligned(mark, width: Self.nameColumn - 1) + " "
      head += glyphs.shown(line.names.joined(separator: ", "))
      head = TextLayout.leftAligned(head, width: Self.textColumn - 1) + " "
      shown += body(of: line, after: head, width: width, glyphs: glyphs)
    }
    if let seconds {
      let time = glyphs.shown(NumberText.duration(seconds))
      let last = shown.last ?? ""
      let free = width - displayWidth(of: last) - displayWidth(of: time)
      if free >= 2, !shown.isEmpty {
        shown[shown.count - 1] = last + TextLayout.blanks(free) + time
      } else {
        shown.append(TextLayout.rightAligned(time, width: width))
      }
    }
    shown += hints.map { TextLayout.blanks(Self.textColumn) + glyphs.shown($0) }
    return shown.map { TextLayout.withoutTrailingBlanks($0) + "\n" }.joined()
  }

  /// The line with its further fact beside it, or under it where the screen is too narrow.
  private func body(
    of line: Line, after head: String, width: Int, glyphs: Glyphs
  ) -> [String] {
    let room = max(width - displayWidth(of: head), 20)
    let texts = TextLayout.wrapped(glyphs.shown(TextLayout.harmless(line.text)), width: room)
    var shown = texts.enumerated().map { index, text in
      (index == 0 ? head : TextLayout.blanks(Self.textColumn)) + text
    }
    guard !line.extra.isEmpty, let last = shown.last else { return shown }
    let extra = glyphs.shown(line.extra)
    let column = max(Self.extraColumn, displayWidth(of: last) + 2)
    let place = column + displayWidth(of: extra) <= width ? column : displayWidth(of: last) + 2
    if place + displayWidth(of: extra) <= width {
      shown[shown.count - 1] = TextLayout.leftAligned(last, width: place) + extra
    } else {
      shown.append(TextLayout.blanks(Self.textColumn) + extra)
    }
    return shown
  }

  /// A hash short enough for a line: `sha256 51d0…88b2`.
  static func shortHash(_ hexadecimal: String) -> String {
    hexadecimal.count <= 9
      ? "sha256 \(hexadecimal)" : "sha256 \(hexadecimal.prefix(4))…\(hexadecimal.suffix(4))"
  }
}
