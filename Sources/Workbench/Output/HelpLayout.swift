import Contract

/// Sets the parts of help pages in lines of a given width.
struct HelpLayout: Sendable {
  let width: Int
  let glyphs: Glyphs
  let style: Style

  private static let indent = 2
  /// Help in fewer columns than this would be a ladder of words.
  private static let narrowestHelp = 28
  /// The kind of an argument takes at most so many columns beside the others.
  private static let widestKind = 20
  private static let helpIndent = 6

  /// `sa2 (method)` and the purpose under it.
  func head(name: String, kind: String, purpose: String) -> [String] {
    [style.paint(name, .heading) + " (" + kind + ")"] + wrapped(purpose, indent: Self.indent)
  }

  func section(_ heading: String, _ lines: [String]) -> [String] {
    [style.paint(glyphs.shown(heading), .heading)] + lines
  }

  /// Paragraphs parted by empty lines.
  func paragraphs(_ text: String) -> [String] { wrapped(text, indent: 0) }

  /// A usage line; further lines stand under the first argument.
  func usageLines(_ usage: String) -> [String] {
    let verb = usage.prefix { $0 != " " }
    return wrapped(usage, indent: Self.indent, hanging: displayWidth(of: verb) + 1)
  }

  /// A text whose further lines stand back.
  func hanging(_ text: String) -> [String] { wrapped(text, indent: Self.indent, hanging: 2) }

  /// One line for each argument: name, kind with range, default and help; where that leaves the
  /// help no room, the help stands under the rest.
  func argumentLines(_ parameters: [Parameter]) -> [String] {
    let rows = parameters.map(ArgumentRow.init)
    let names = rows.map { displayWidth(of: $0.name) }.max() ?? 0
    // A long list of choices would push the help of every other argument to the right.
    let kinds =
      rows.map { displayWidth(of: $0.kind) }.filter { $0 <= Self.widestKind }.max() ?? 0
    let defaults = rows.map { displayWidth(of: $0.value) }.max() ?? 0
    let column = Self.indent + names + 2 + kinds + 2 + defaults + 2
    return rows.flatMap { row in
      guard width - column >= Self.narrowestHelp, displayWidth(of: row.kind) <= kinds else {
        return stacked(row, names: names)
      }
      let head =
        TextLayout.blanks(Self.indent) + TextLayout.leftAligned(row.name, width: names) + "  "
        + TextLayout.leftAligned(row.kind, width: kinds) + "  "
        + TextLayout.leftAligned(row.value, width: defaults) + "  "
      return wrapped(head + row.help, indent: 0, hanging: column, keepingBlanksOf: head)
    }
  }

  /// An argument with its help under it.
  private func stacked(_ row: ArgumentRow, names: Int) -> [String] {
    let name = TextLayout.leftAligned(row.name, width: names) + "  "
    let value = row.value == "-" ? "" : "; \(row.value)"
    let head = wrapped(
      name + row.kind + value, indent: Self.indent, hanging: displayWidth(of: name),
      keepingBlanksOf: name)
    return head + wrapped(row.help, indent: Self.helpIndent)
  }

  /// A parameter as text.
  private struct ArgumentRow {
    var name: String
    var kind: String
    var value: String
    var help: String

    init(_ parameter: Parameter) {
      name = parameter.name
      kind = ParameterText.kind(parameter) + (parameter.unit.map { " \($0)" } ?? "")
      value = parameter.defaultText.map { "= \($0)" } ?? (parameter.isOptional ? "-" : "required")
      help = parameter.help
    }
  }

  /// An example, with what it does beside it or under it.
  func exampleLines(_ example: HelpPage.Example) -> [String] {
    let blanks = TextLayout.blanks(Self.indent)
    guard !example.note.isEmpty else {
      return example.line.split(separator: "\n").map { blanks + $0 }
    }
    let line = TextLayout.leftAligned(blanks + example.line, width: 44)
    let note = "  # " + glyphs.shown(example.note)
    return displayWidth(of: line + note) <= width
      ? [line + style.paint(note, .muted)]
      : [
        blanks + example.line,
        TextLayout.blanks(4) + style.paint(String(note.dropFirst(2)), .muted),
      ]
  }

  /// A word and its one line.
  func entry(_ name: String, _ summary: String, column: Int) -> [String] {
    let head = TextLayout.leftAligned(TextLayout.blanks(Self.indent) + name, width: column)
    return wrapped(
      head + "  " + summary, indent: 0, hanging: column + 2, keepingBlanksOf: head + "  ")
  }

  /// The text in lines; the first after `indent` blanks, the others after `hanging` more.
  ///
  /// - Parameter head: What the text begins with, whose blanks must not be joined.
  func wrapped(
    _ text: String, indent: Int, hanging: Int = 0, keepingBlanksOf head: String = ""
  ) -> [String] {
    let body = head.isEmpty ? text : String(text.dropFirst(head.count))
    let first = TextLayout.blanks(indent) + head
    let room = max(width - max(displayWidth(of: first), indent + hanging), 20)
    let lines = TextLayout.wrapped(glyphs.shown(body), width: room)
    return lines.enumerated().map { index, line in
      let start = index == 0 ? first : TextLayout.blanks(indent + hanging)
      return TextLayout.withoutTrailingBlanks(start + (index == 0 ? String(line) : line))
    }
  }
}
