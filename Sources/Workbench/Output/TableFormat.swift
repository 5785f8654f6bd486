import Kernel

/// How a table is written: what `as=` and `set format=` take.
enum TableFormat: String, Hashable, Sendable, CaseIterable {
  /// Aligned columns for a screen.
  case table
  /// Aligned columns in plain characters, never cut: for files, mails and screen readers.
  case plain
  /// A Markdown table.
  case md
  /// Comma-separated values with all digits; shares stay shares of one.
  case csv
  /// JSON with all digits; shares stay shares of one.
  case json
}

extension DisplayTable {
  /// The table in a format, every line ending in a line feed.
  ///
  /// `width`, `glyphs` and `style` matter to `table` alone.
  func rendered(
    as format: TableFormat, width: Int = 80, glyphs: Glyphs = .unicode, style: Style = .plain
  ) -> String {
    switch format {
    case .table: TextTable(width: width, glyphs: glyphs, style: style).rendered(self)
    case .plain: TextTable(width: .max / 2, glyphs: .ascii, isGrouped: false).rendered(self)
    case .md: markdown
    case .csv: csv
    case .json: json.pretty
    }
  }

  /// Names, kinds and units of the columns, the rows, and the notes.
  var json: JSON {
    let heads = columns.map { column in
      var members: [JSON.Member] = [
        .init("name", .text(column.name)), .init("kind", .text(column.kind.rawValue)),
      ]
      if let group = column.group { members.append(.init("group", .text(group))) }
      if let unit = column.unit { members.append(.init("unit", .text(unit))) }
      if let best = column.best { members.append(.init("best", .text(best.rawValue))) }
      return JSON.object(members)
    }
    return .object([
      .init("kind", .text("table")), .init("columns", .array(heads)),
      .init("rows", .array(rows.map { .array($0.map(Self.json(of:))) })),
      .init("notes", .array(notes.map { .text($0) })),
    ])
  }

  private static func json(of cell: Cell) -> JSON {
    switch cell {
    case .empty: .null
    case .text(let text): .text(text)
    case .integer(let value): .integer(value)
    case .real(let value): .number(value)
    case .yesNo(let value): .boolean(value)
    }
  }

  private var csv: String {
    let head = CSVText.record(uniqueNames)
    let body = rows.map { row in CSVText.record(row.map(Self.exactText(of:))) }
    return ([head] + body).map { $0 + "\n" }.joined()
  }

  /// The names of the columns; where two are the same their groups stand before them.
  private var uniqueNames: [String] {
    columns.map { column in
      let isAmbiguous = columns.count { $0.name == column.name } > 1
      return isAmbiguous
        ? (column.group.map { "\($0) \(column.name)" } ?? column.name) : column.name
    }
  }

  private static func exactText(of cell: Cell) -> String {
    switch cell {
    case .empty: ""
    case .text(let text): text
    case .integer(let value): String(value)
    case .real(let value): NumberText.exact(value)
    case .yesNo(let value): value ? "yes" : "no"
    }
  }

  private var markdown: String {
    let best = bestRows
    let texts = columns.indices.map { index in
      ColumnText(columns[index], cells: rows.map { $0[index] })
    }
    let names = columns.map { column in
      Self.markdownCell(column.group.map { "\($0): \(column.heading)" } ?? column.heading)
    }
    let cells = rows.indices.map { row in
      columns.indices.map { column in
        let text = Self.markdownCell(texts[column].cells[row])
        return best[column].contains(row) ? "**\(text)**" : text
      }
    }
    let widths = columns.indices.map { column in
      max(3, ([names] + cells).map { displayWidth(of: $0[column]) }.max() ?? 0)
    }
    func line(_ cells: [String]) -> String {
      let padded = columns.indices.map { column in
        texts[column].isRightAligned
          ? TextLayout.rightAligned(cells[column], width: widths[column])
          : TextLayout.leftAligned(cells[column], width: widths[column])
      }
      return "| " + padded.joined(separator: " | ") + " |\n"
    }
    let rule = columns.indices.map { column in
      let dashes = String(repeating: "-", count: widths[column] - 1)
      return texts[column].isRightAligned ? dashes + ":" : dashes + "-"
    }
    let footer = (best.contains { !$0.isEmpty } ? ["bold: best"] : []) + notes
    let footerText = footer.isEmpty ? "" : "\n" + footer.joined(separator: " · ") + "\n"
    return line(names) + line(rule) + cells.map(line).joined() + footerText
  }

  private static func markdownCell(_ text: String) -> String {
    var escaped = ""
    for character in TextLayout.harmless(text) {
      if "|\\*_`<".contains(character) { escaped.append("\\") }
      escaped.append(character)
    }
    return escaped
  }
}
