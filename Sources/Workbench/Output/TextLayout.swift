/// Laying out text in columns of a terminal, where some characters are two columns wide and some
/// none.
enum TextLayout {
  /// The text on one line and without characters that would move the cursor: line ends and tabs
  /// become blanks, other control characters `?`.
  static func harmless(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return text }
    var scalars = String.UnicodeScalarView()
    var before: Unicode.Scalar = " "
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n" where before == "\r": break
      case "\n", "\r", "\t": scalars.append(" ")
      default: scalars.append(scalar.properties.generalCategory == .control ? "?" : scalar)
      }
      before = scalar
    }
    return String(scalars)
  }

  /// The text followed by as many blanks as fill `width` columns.
  static func leftAligned(_ text: String, width: Int) -> String {
    text + blanks(width - displayWidth(of: text))
  }

  /// The text after as many blanks as fill `width` columns.
  static func rightAligned(_ text: String, width: Int) -> String {
    blanks(width - displayWidth(of: text)) + text
  }

  /// The text in the middle of `width` columns.
  static func centred(_ text: String, width: Int) -> String {
    let free = max(0, width - displayWidth(of: text))
    return blanks(free / 2) + text + blanks(free - free / 2)
  }

  /// The text in at most `width` columns, ending in an ellipsis where some of it was cut.
  static func truncated(_ text: String, width: Int, glyphs: Glyphs) -> String {
    guard displayWidth(of: text) > width else { return text }
    guard width > 0 else { return "" }
    var kept = ""
    var columns = 0
    // By characters, not scalars: a letter never loses its accents.
    for character in text {
      let added = displayWidth(of: String(character))
      if columns + added > width - 1 { break }
      kept.append(character)
      columns += added
    }
    return kept + glyphs.ellipsis
  }

  /// The words of `text` on lines of at most `width` columns.
  ///
  /// A longer word stands alone on a line that is too long; line feeds in the text are kept.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
      if displayWidth(of: paragraph) <= width {
        lines.append(String(paragraph))
        continue
      }
      var line = ""
      var columns = 0
      for word in paragraph.split(separator: " ") {
        let added = displayWidth(of: word)
        if columns > 0, columns + 1 + added > width {
          lines.append(line)
          (line, columns) = ("", 0)
        }
        if columns > 0 {
          line += " "
          columns += 1
        }
        line += word
        columns += added
      }
      lines.append(line)
    }
    return lines
  }

  /// The text without blanks at its end.
  static func withoutTrailingBlanks(_ text: String) -> String {
    var text = text
    while text.last == " " { text.removeLast() }
    return text
  }

  /// `count` blanks; none where `count` is negative.
  static func blanks(_ count: Int) -> String { String(repeating: " ", count: max(0, count)) }
}
