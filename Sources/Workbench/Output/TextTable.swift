/// Sets a table for a screen of a given width.
///
/// A table that is too wide has its long texts cut a little, where that is enough and they still
/// differ; otherwise it is broken into blocks that each repeat the columns that say what a row is.
struct TextTable: Sendable {
  /// Columns of the screen.
  var width = 80
  var glyphs = Glyphs.unicode
  var style = Style.plain
  /// Whether long numbers are written `60 000`.
  var isGrouped = true
  /// Blanks between two columns.
  private static let gap = 3
  /// No text column is cut to less than this.
  private static let narrowest = 8
  /// Nor to less than this only to save the table from being broken into blocks.
  private static let legible = 16

  /// The table, every line ending in a line feed.
  func rendered(_ table: DisplayTable) -> String {
    let best = table.bestRows
    let fields = table.columns.indices.map { index in
      Field(
        table.columns[index], cells: table.rows.map { $0[index] }, best: best[index],
        isGrouped: isGrouped, glyphs: glyphs)
    }
    var text = ""
    for block in blocks(fields, keyCount: table.keyCount) {
      if !text.isEmpty { text += "\n" }
      text += rendered(block, rowCount: table.rows.count)
    }
    let marks = best.contains { !$0.isEmpty } ? ["* best"] : []
    return text + footer(marks + table.notes)
  }

  /// The notes, in one line where they fit and wrapped where not.
  private func footer(_ notes: [String]) -> String {
    guard !notes.isEmpty else { return "" }
    let line = notes.map { glyphs.shown(TextLayout.harmless($0)) }
      .joined(separator: glyphs.shown(" · "))
    return TextLayout.wrapped(line, width: max(width - 1, 20))
      .map { " " + style.paint($0, .muted) + "\n" }.joined()
  }

  // MARK: - Widths

  /// Cuts texts, the widest first, one column at a time, until the columns fit or none may be cut.
  ///
  /// - Parameter floor: The least width of a column.
  private func narrow(
    _ fields: inout [Field], _ places: [Int], to floor: (Field) -> Int
  ) {
    while setWidth(places.map { fields[$0] }) > width {
      let widest =
        places
        .filter { !fields[$0].isRightAligned && fields[$0].width > floor(fields[$0]) }
        .max { fields[$0].width < fields[$1].width }
      guard let widest else { return }
      fields[widest].width -= 1
    }
  }

  /// How wide the columns are as they are set: a long heading over several of them widens the last.
  private func setWidth(_ fields: some Collection<Field>) -> Int {
    var widened = Array(fields)
    widenForGroups(&widened)
    return totalWidth(widened)
  }

  private func totalWidth(_ fields: some Collection<Field>) -> Int {
    1 + fields.reduce(0) { $0 + $1.width } + Self.gap * max(0, fields.count - 1)
  }

  /// The columns as they stand under each other: in one block where cutting long texts a little is
  /// enough for that, otherwise in several that each repeat the columns that say what a row is.
  private func blocks(_ fields: [Field], keyCount: Int) -> [[Field]] {
    var whole = fields
    narrow(&whole, Array(fields.indices)) { max($0.distinctWidth, Self.legible) }
    if setWidth(whole) <= width || fields.count < 2 { return [whole] }
    let (keys, set) = keysThatFit(fields, keyCount: keyCount)
    var blocks: [[Field]] = []
    var block = Array(set[..<keys])
    for field in set[keys...] {
      if block.count > keys, setWidth(block + [field]) > width {
        blocks.append(block)
        block = Array(set[..<keys])
      }
      block.append(field)
    }
    blocks.append(block)
    return blocks
  }

  /// How many of the keys can stand beside every other column, and the columns cut as far as that
  /// takes.
  private func keysThatFit(_ fields: [Field], keyCount: Int) -> (keys: Int, fields: [Field]) {
    var keys = min(keyCount, fields.count - 1)
    while true {
      var cut = fields
      for floor in [\Field.distinctWidth, \Field.narrowestWidth] {
        for place in keys..<fields.count {
          narrow(&cut, Array(0..<keys) + [place]) { $0[keyPath: floor] }
        }
      }
      let fits = (keys..<cut.count).allSatisfy { setWidth(cut[..<keys] + [cut[$0]]) <= width }
      if fits || keys == 1 { return (keys, cut) }
      keys -= 1
    }
  }

  // MARK: - Lines

  private func rendered(_ given: [Field], rowCount: Int) -> String {
    var fields = given
    widenForGroups(&fields)
    var lines: [String] = []
    if fields.contains(where: { $0.group != nil }) { lines.append(groupLine(fields)) }
    lines.append(
      line(fields.map { field in aligned(field.name, in: field).painted(style, .heading) }))
    for row in 0..<rowCount {
      lines.append(
        line(
          fields.map { field in
            let cell = aligned(field.cells[row], in: field)
            return field.best.contains(row) ? cell.painted(style, .best) : cell.text
          }))
    }
    return lines.map { TextLayout.withoutTrailingBlanks($0) + "\n" }.joined()
  }

  private func line(_ cells: [String]) -> String {
    " " + cells.joined(separator: TextLayout.blanks(Self.gap))
  }

  /// The text at its place in the column, cut to it.
  private func aligned(_ text: String, in field: Field) -> AlignedText {
    let cut = TextLayout.truncated(text, width: field.width, glyphs: glyphs)
    let free = TextLayout.blanks(field.width - displayWidth(of: cut))
    return field.isRightAligned
      ? AlignedText(before: free, core: cut, after: "")
      : AlignedText(before: "", core: cut, after: free)
  }

  /// Headings over neighbours that share them.
  private func groupLine(_ fields: [Field]) -> String {
    var cells: [String] = []
    for (group, range) in groups(fields) {
      let width = totalWidth(fields[range]) - 1
      let isRight = fields[range].allSatisfy(\.isRightAligned)
      let name = group ?? ""
      // Over numbers, which stand at the right, the heading begins where the first name does.
      let first = fields[range.lowerBound]
      let indent =
        isRight
        ? min(first.width - displayWidth(of: first.name), width - displayWidth(of: name)) : 0
      let text = TextLayout.blanks(indent) + style.paint(name, .heading)
      cells.append(text + TextLayout.blanks(width - max(0, indent) - displayWidth(of: name)))
    }
    return line(cells)
  }

  private func groups(_ fields: [Field]) -> [(String?, Range<Int>)] {
    var groups: [(String?, Range<Int>)] = []
    for index in fields.indices {
      if let last = groups.last, let group = last.0, group == fields[index].group {
        groups[groups.count - 1].1 = last.1.lowerBound..<index + 1
      } else {
        groups.append((fields[index].group, index..<index + 1))
      }
    }
    return groups
  }

  /// Gives the last column under a long heading what the heading lacks.
  private func widenForGroups(_ fields: inout [Field]) {
    for (group, range) in groups(fields) {
      guard let group else { continue }
      let missing = displayWidth(of: group) - (totalWidth(fields[range]) - 1)
      if missing > 0 { fields[range.upperBound - 1].width += missing }
    }
  }

  /// A text and the blanks around it, so that only the text is coloured.
  private struct AlignedText {
    var before: String
    var core: String
    var after: String
    var text: String { before + core + after }

    func painted(_ style: Style, _ role: Style.Role) -> String {
      before + style.paint(core, role) + after
    }
  }

  /// One column ready to be set.
  private struct Field {
    let name: String
    let group: String?
    var cells: [String]
    let best: Set<Int>
    let isRightAligned: Bool
    var width: Int
    /// The least width at which cells that differ still do.
    let distinctWidth: Int
    var narrowestWidth: Int { TextTable.narrowest }

    init(
      _ column: DisplayTable.Column, cells: [DisplayTable.Cell], best: Set<Int>, isGrouped: Bool,
      glyphs: Glyphs
    ) {
      let text = ColumnText(column, cells: cells, isGrouped: isGrouped)
      // The heading of a column with marks stands back by the place of the mark.
      let isMarked = text.isRightAligned && !best.isEmpty
      name = glyphs.shown(TextLayout.harmless(column.heading)) + (isMarked ? " " : "")
      group = column.group.map { glyphs.shown(TextLayout.harmless($0)) }
      self.best = best
      isRightAligned = text.isRightAligned
      self.cells = text.cells.enumerated().map { row, cell in
        // A column with marks keeps a place for them, so that digits stay under each other.
        let mark = best.isEmpty ? "" : best.contains(row) ? "*" : " "
        return glyphs.shown(cell) + mark
      }
      let widest = self.cells.map { displayWidth(of: $0) }.max() ?? 0
      width = max(widest, displayWidth(of: name))
      distinctWidth =
        isRightAligned ? width : Self.distinctWidth(of: self.cells, upTo: width, glyphs)
    }

    private static func distinctWidth(of cells: [String], upTo widest: Int, _ glyphs: Glyphs) -> Int
    {
      let distinct = Set(cells)
      // 200: nobody reads more rows on a screen, and each width that is tried looks at all of them.
      guard distinct.count <= 200, widest > TextTable.narrowest else {
        return min(widest, TextTable.narrowest)
      }
      func areDistinct(_ width: Int) -> Bool {
        let cut = distinct.map { TextLayout.truncated($0, width: width, glyphs: glyphs) }
        return Set(cut).count == distinct.count
      }
      // Words that differ in a narrow column differ in a wider one.
      var (narrow, wide) = (TextTable.narrowest, widest)
      while narrow < wide {
        let middle = (narrow + wide) / 2
        if areDistinct(middle) { wide = middle } else { narrow = middle + 1 }
      }
      return wide
    }
  }
}

extension DisplayTable.Column {
  /// The name with the unit, where the cells do not carry it.
  var heading: String { unit.map { "\(name), \($0)" } ?? name }
}
