import Kernel

/// A failure with its place in what was typed or read.
struct Diagnostic: Error, Hashable, Sendable {
  var failure: Failure
  var source: Source
  /// Nothing where the failure belongs to the whole.
  var span: Span?

  init(_ failure: Failure, in source: Source, at span: Span? = nil) {
    self.failure = failure
    self.source = source
    self.span = span
  }

  /// The longest stretch of a source line that is shown, in columns; more is cut with `…`.
  static let shownColumns = 92

  /// The whole message, lines ending in a line feed.
  ///
  /// In a file:
  ///
  ///     error[E0304]: `points` must be an odd int in 3..1001; got 1
  ///       sessions/tue.basin:14:24
  ///        | b = barrier a b points=1 data=test
  ///        |                        ^ at least 3
  ///        = more: help E0304
  ///
  /// At the prompt without the place, and with the way to more at the right of the caret line.
  ///
  /// - Parameter columns: How wide the screen is that it will stand on; words wrap there. `nil` for
  ///   what is no screen.
  func rendered(columns: Int? = nil) -> String {
    // Narrower than that nothing can be read.
    let width = columns.map { min(max($0, 20), Self.widestScreen) }
    func paragraph(_ text: String, first: String = "", rest: String = "  ") -> String {
      guard let width else { return first + text + "\n" }
      let lines = TextLayout.wrapped(text, width: max(width - max(first.count, rest.count), 10))
      return lines.enumerated().map { ($0.offset == 0 ? first : rest) + $0.element + "\n" }.joined()
    }
    var text = paragraph("error[\(failure.code)]: \(Self.harmless(failure.message))")
    let notes = failure.notes.prefix(2).map(Self.harmless)
    guard let span else {
      if !source.isTyped { text += "  \(Self.harmless(source.name))\n" }
      for note in notes { text += paragraph(note, first: "  = ", rest: "    ") }
      return text + "  = more: help \(failure.code)\n"
    }
    let margin = source.isTyped ? "  " : "   "
    let (shown, carets) = excerpt(
      of: span, columns: min(Self.shownColumns, (width ?? .max) - margin.count - 2))
    var below = notes[...]
    var caretLine = "\(margin)| \(carets)"
    if let note = notes.first,
      displayWidth(of: caretLine) + 1 + displayWidth(of: note) <= width ?? .max
    {
      caretLine += " " + note
      below = below.dropFirst()
    }
    if !source.isTyped {
      let place = source.place(at: span.lower)
      text += "  \(Self.harmless(source.name)):\(place.line):\(place.column)\n"
    }
    text += "\(margin)| \(shown)\n"
    let padded = source.isTyped ? pad(caretLine, to: width) : nil
    text += (padded ?? caretLine) + "\n"
    for note in below { text += paragraph(note, first: margin + "= ", rest: margin + "  ") }
    return padded == nil ? text + "\(margin)= more: help \(failure.code)\n" : text
  }

  private static let widestScreen = 100

  /// Puts the way to more at the right edge of the screen, two blanks away at least; `nil` where
  /// there is no room for it.
  private func pad(_ line: String, to columns: Int?) -> String? {
    let tail = "(more: help \(failure.code))"
    let blanks = (columns ?? Self.widestScreen) - displayWidth(of: line) - tail.utf8.count
    if blanks < 2, columns != nil { return nil }
    return line + TextLayout.blanks(max(2, blanks)) + tail
  }

  /// Control characters would move the cursor or colour the terminal.
  private static func harmless(_ text: String) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      scalars.append(scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return String(scalars)
  }
}

// MARK: - The line and the caret under it

extension Diagnostic {
  /// The first line of the span as it is shown, and blanks and carets to stand under it.
  private func excerpt(of span: Span, columns: Int) -> (line: String, carets: String) {
    let line = source.span(ofLine: source.line(at: min(span.lower, source.bytes.count)))
    let lower = min(max(span.lower, line.lower), line.upper)
    let upper = min(max(span.upper, lower), line.upper)
    let before = Self.columns(of: source.text(of: Span(line.lower, lower)), from: 0)
    let marked = Self.columns(of: source.text(of: Span(lower, upper)), from: before.count)
    let after = Self.columns(
      of: source.text(of: Span(upper, line.upper)), from: before.count + marked.count)
    var window = Array(before + marked + after)
    var start = before.count
    var width = max(1, marked.count)
    if window.count > columns {
      (window, start, width) = Self.cut(window, to: columns, around: start, width: width)
    }
    let carets = String(repeating: " ", count: start) + String(repeating: "^", count: width)
    return (Self.text(of: window), carets)
  }

  /// One entry for each column: a tab is blanks up to the next multiple of four, a wide letter is
  /// followed by an empty entry, a combining mark joins the letter before.
  private static func columns(of text: String, from start: Int) -> [String] {
    var columns: [String] = []
    for scalar in text.unicodeScalars {
      if scalar == "\t" {
        let blanks = 4 - (start + columns.count) % 4
        columns += [String](repeating: " ", count: blanks)
      } else if scalar.properties.generalCategory == .control {
        columns.append("\u{FFFD}")
      } else if displayWidth(of: scalar) == 0 {
        if columns.isEmpty { continue }
        columns[columns.count - 1].unicodeScalars.append(scalar)
      } else {
        columns.append(String(scalar))
        if displayWidth(of: scalar) == 2 { columns.append("") }
      }
    }
    return columns
  }

  /// A window of so many columns with the caret a third from its left.
  private static func cut(
    _ columns: [String], to count: Int, around start: Int, width: Int
  ) -> (window: [String], start: Int, width: Int) {
    let lower = min(max(0, start - count / 3), max(0, columns.count - count))
    let upper = min(columns.count, lower + count)
    var window = Array(columns[lower..<upper])
    // A wide letter cut in half leaves a blank.
    if lower > 0 {
      window[0] = "…"
      if window.count > 1, window[1].isEmpty { window[1] = " " }
    }
    if upper < columns.count { window[window.count - 1] = "…" }
    return (window, start - lower, max(1, min(width, upper - start)))
  }

  private static func text(of columns: [String]) -> String {
    var text = columns.joined()
    while text.last == " " { text.removeLast() }
    return text
  }
}
