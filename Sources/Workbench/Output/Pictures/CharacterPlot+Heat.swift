extension CharacterPlot {
  /// From the lowest number to the highest; the first stands for no number as well.
  private static let asciiShades: [Character] = Array(" .:-=+*#%@")
  private static let unicodeShades: [Character] = Array(" ·░▒▓█")

  /// A grid of numbers as shades, every line ending in a line feed.
  func rendered(_ picture: Picture, heat: HeatMap) -> String {
    let shades = glyphs == .unicode ? Self.unicodeShades : Self.asciiShades
    // Title, columns' heading, columns' numbers, key, and what stands for what.
    let height = max(rows - 5, 4)
    let names = heat.rowNames.map { shown($0) }
    let labelWidth = min(
      max(names.map { displayWidth(of: $0) }.max() ?? 0, String(heat.rows).count), columns / 3)
    let width = max(columns - labelWidth - 3, 10)
    let fitted = heat.fitted(rows: height, columns: width)
    let ends = heat.ends ?? 0...0
    let cellWidth = cellWidth(heat, within: width)
    var lines: [String] = []
    if !picture.title.isEmpty {
      let title = shown(picture.title)
      lines.append(
        style.paint(TextLayout.truncated(title, width: columns, glyphs: glyphs), .heading))
    }
    let heading = shown(
      "\(heat.rowLabel) down" + (heat.columnNames.isEmpty ? ", \(heat.columnLabel) across" : ""))
    lines.append(TextLayout.truncated(heading, width: columns, glyphs: glyphs))
    let edge = glyphs == .unicode ? "│" : "|"
    for row in 0..<fitted.rows {
      // Every fifth row has its number, and the last, so that a screen stays calm.
      let hasLabel = !names.isEmpty || row % 5 == 0 || row == fitted.rows - 1
      let label = TextLayout.truncated(
        hasLabel ? shown(fitted.rowName(row)) : "", width: labelWidth, glyphs: glyphs)
      var text = ""
      for column in 0..<fitted.columns {
        let value = fitted[row, column]
        let place =
          value.isFinite
          ? Int((HeatMap.fraction(value, of: ends) * Double(shades.count - 1)).rounded()) : 0
        text += String(repeating: shades[place], count: cellWidth)
      }
      lines.append(TextLayout.rightAligned(label, width: labelWidth) + " \(edge)" + text + edge)
    }
    lines.append(columnLabels(fitted, indent: labelWidth + 2, cellWidth: cellWidth))
    lines.append(
      "\(heat.text(ends.lowerBound)) [" + String(shades) + "] \(heat.text(ends.upperBound))")
    if fitted.rows < heat.rows || fitted.columns < heat.columns {
      let note =
        "\(heat.rows) x \(heat.columns): each mark is the one of its block farthest from the mean"
      lines.append(TextLayout.truncated(note, width: columns, glyphs: glyphs))
    }
    return lines.map { TextLayout.withoutTrailingBlanks($0) + "\n" }.joined()
  }

  private func shown(_ text: String) -> String { glyphs.shown(TextLayout.harmless(text)) }

  /// Wide enough for the columns' names where all of them fit, otherwise two characters, or one.
  private func cellWidth(_ heat: HeatMap, within width: Int) -> Int {
    let widest = heat.columnNames.map { displayWidth(of: shown($0)) + 2 }.max() ?? 0
    if widest > 0, heat.columns * widest <= width { return max(widest, 2) }
    return heat.columns * 2 <= width ? 2 : 1
  }

  /// Names under the columns where there is room for them, otherwise the number of every tenth.
  private func columnLabels(_ heat: HeatMap, indent: Int, cellWidth: Int) -> String {
    var line = TextLayout.blanks(indent)
    let names = heat.columnNames.map { shown($0) }
    if let widest = names.map({ displayWidth(of: $0) }).max(), widest < cellWidth {
      return line + names.map { TextLayout.leftAligned($0, width: cellWidth) }.joined()
    }
    for column in stride(from: 0, to: heat.columns, by: 10) {
      let place = indent + column * cellWidth
      guard place >= line.count + (column == 0 ? 0 : 1) else { continue }
      line += TextLayout.blanks(place - line.count) + String(heat.columnStarts[column])
    }
    return line
  }
}
