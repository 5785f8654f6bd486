/// A grid of numbers that a picture shows as shades.
struct HeatMap: Hashable, Sendable {
  let rows: Int
  let columns: Int
  /// Row by row from the top; NaN where there is no number.
  let values: [Double]
  /// What the rows and the columns are.
  var rowLabel: String
  var columnLabel: String
  /// The number that each row and column begins with, counted from 1, where several were joined.
  private(set) var rowStarts: [Int]
  private(set) var columnStarts: [Int]

  init(rows: Int, columns: Int, values: [Double], rowLabel: String, columnLabel: String) {
    precondition(values.count == rows * columns, "a grid of another size")
    self.rows = rows
    self.columns = columns
    self.values = values
    self.rowLabel = rowLabel
    self.columnLabel = columnLabel
    rowStarts = Array(1...max(rows, 1))
    columnStarts = Array(1...max(columns, 1))
  }

  subscript(row: Int, column: Int) -> Double { values[row * columns + column] }

  /// The least and the largest number; `nil` where there is none.
  var ends: ClosedRange<Double>? {
    let known = values.filter(\.isFinite)
    guard let low = known.min(), let high = known.max() else { return nil }
    return low...high
  }

  /// Where a value lies between the ends, 0...1; in the middle where all are equal.
  static func fraction(_ value: Double, of ends: ClosedRange<Double>) -> Double {
    let span = ends.upperBound - ends.lowerBound
    return span > 0 ? (value - ends.lowerBound) / span : 0.5
  }

  /// The grid with neighbouring rows and columns joined until it fits, each block by the number of
  /// it that is farthest from the mean of all: a mean would wash out a diagonal.
  func fitted(rows mostRows: Int, columns mostColumns: Int) -> HeatMap {
    let rowEdges = Self.edges(rows, in: min(rows, max(mostRows, 1)))
    let columnEdges = Self.edges(columns, in: min(columns, max(mostColumns, 1)))
    if rowEdges.count > rows, columnEdges.count > columns { return self }
    let known = values.filter(\.isFinite)
    let mean = known.reduce(0, +) / Double(max(known.count, 1))
    var joined: [Double] = []
    for (top, bottom) in zip(rowEdges, rowEdges.dropFirst()) {
      for (left, right) in zip(columnEdges, columnEdges.dropFirst()) {
        var chosen = Double.nan
        for row in top..<bottom {
          for column in left..<right {
            let value = self[row, column]
            guard value.isFinite else { continue }
            if chosen.isNaN || abs(value - mean) > abs(chosen - mean) { chosen = value }
          }
        }
        joined.append(chosen)
      }
    }
    var result = HeatMap(
      rows: rowEdges.count - 1, columns: columnEdges.count - 1, values: joined,
      rowLabel: rowLabel, columnLabel: columnLabel)
    result.rowStarts = rowEdges.dropLast().map { $0 + 1 }
    result.columnStarts = columnEdges.dropLast().map { $0 + 1 }
    return result
  }

  /// `count` things in `parts` pieces as equal as can be: where each begins, and the end.
  private static func edges(_ count: Int, in parts: Int) -> [Int] {
    guard count > 0 else { return [0] }
    return (0...parts).map { $0 * count / parts }
  }

  /// Row, column and value with all digits; no line where there is no number.
  var csv: String {
    var lines = [CSVText.record([rowLabel, columnLabel, "value"])]
    for row in 0..<rows {
      for column in 0..<columns where self[row, column].isFinite {
        lines.append(
          CSVText.record([String(row + 1), String(column + 1), NumberText.exact(self[row, column])])
        )
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}

extension CharacterPlot {
  /// From the lowest number to the highest; the first stands for no number as well.
  private static let asciiShades: [Character] = Array(" .:-=+*#%@")
  private static let unicodeShades: [Character] = Array(" ·░▒▓█")

  /// A grid of numbers as shades, every line ending in a line feed.
  func rendered(_ picture: Picture, heat: HeatMap) -> String {
    let shades = glyphs == .unicode ? Self.unicodeShades : Self.asciiShades
    let labelWidth = String(heat.rows).count
    // Title, columns' heading, columns' numbers, key, and what stands for what.
    let height = max(rows - 5, 4)
    let width = max(columns - labelWidth - 3, 10)
    let isWide = heat.columns * 2 <= width
    let fitted = heat.fitted(rows: height, columns: width)
    let ends = heat.ends ?? 0...0
    let repeats = isWide ? 2 : 1
    var lines: [String] = []
    if !picture.title.isEmpty {
      let title = glyphs.shown(TextLayout.harmless(picture.title))
      lines.append(
        style.paint(TextLayout.truncated(title, width: columns, glyphs: glyphs), .heading))
    }
    let heading = glyphs.shown(
      TextLayout.harmless("\(heat.rowLabel) down, \(heat.columnLabel) across"))
    lines.append(TextLayout.truncated(heading, width: columns, glyphs: glyphs))
    let edge = glyphs == .unicode ? "│" : "|"
    for row in 0..<fitted.rows {
      // Every fifth row has its number, and the last, so that a screen stays calm.
      let hasNumber = row % 5 == 0 || row == fitted.rows - 1
      let label = hasNumber ? String(fitted.rowStarts[row]) : ""
      var text = ""
      for column in 0..<fitted.columns {
        let value = fitted[row, column]
        let place =
          value.isFinite
          ? Int((HeatMap.fraction(value, of: ends) * Double(shades.count - 1)).rounded()) : 0
        text += String(repeating: shades[place], count: repeats)
      }
      lines.append(TextLayout.rightAligned(label, width: labelWidth) + " \(edge)" + text + edge)
    }
    lines.append(columnNumbers(fitted, indent: labelWidth + 2, repeats: repeats))
    lines.append(
      "\(NumberText.real(ends.lowerBound)) [" + String(shades) + "] "
        + NumberText.real(ends.upperBound))
    if fitted.rows < heat.rows || fitted.columns < heat.columns {
      let note =
        "\(heat.rows) x \(heat.columns): each mark is the one of its block farthest from the mean"
      lines.append(TextLayout.truncated(note, width: columns, glyphs: glyphs))
    }
    return lines.map { TextLayout.withoutTrailingBlanks($0) + "\n" }.joined()
  }

  private func columnNumbers(_ heat: HeatMap, indent: Int, repeats: Int) -> String {
    var line = TextLayout.blanks(indent)
    for column in stride(from: 0, to: heat.columns, by: 10) {
      let place = indent + column * repeats
      guard place >= line.count + (column == 0 ? 0 : 1) else { continue }
      line += TextLayout.blanks(place - line.count) + String(heat.columnStarts[column])
    }
    return line
  }
}

extension SVGPlot {
  /// More cells than this along an edge are too small to see, and make a file of many megabytes.
  private static let mostCells = 128
  /// Shades that the eye can tell apart; neighbours of one shade are one rectangle.
  private static let shadeCount = 64

  /// A grid of numbers as colours: white to blue, or blue over white to orange where numbers lie on
  /// both sides of zero.
  func rendered(_ picture: Picture, heat: HeatMap) -> String {
    let fitted = heat.fitted(rows: Self.mostCells, columns: Self.mostCells)
    let ends = heat.ends ?? 0...0
    let isTwoSided = ends.lowerBound < 0 && ends.upperBound > 0
    let reach = max(abs(ends.lowerBound), abs(ends.upperBound))
    let scale = isTwoSided ? -reach...reach : ends
    let top = picture.title.isEmpty ? 20.0 : 48.0
    let room = (width: width - 70 - 130, height: height - top - 52)
    let size = min(room.width / Double(fitted.columns), room.height / Double(fitted.rows))
    let (left, wide, high) = (70.0, size * Double(fitted.columns), size * Double(fitted.rows))
    var parts = head(picture)
    for row in 0..<fitted.rows {
      var column = 0
      while column < fitted.columns {
        let shade = Self.shade(fitted[row, column], scale)
        let start = column
        while column < fitted.columns, Self.shade(fitted[row, column], scale) == shade {
          column += 1
        }
        parts.append(
          "<rect x=\"\(number(left + Double(start) * size))\" y=\"\(number(top + Double(row) * size))\""
            + " width=\"\(number(Double(column - start) * size + 0.05))\""
            + " height=\"\(number(size + 0.05))\" fill=\"\(Self.colour(shade, isTwoSided))\"/>")
      }
    }
    parts.append(
      "<rect x=\"\(number(left))\" y=\"\(number(top))\" width=\"\(number(wide))\""
        + " height=\"\(number(high))\" fill=\"none\" stroke=\"#333333\"/>")
    parts += numbers(fitted, left: left, top: top, size: size)
    parts.append(
      text(heat.columnLabel, x: left + wide / 2, y: top + high + 40, size: 14, anchor: "middle"))
    parts.append(
      "<g transform=\"translate(18 \(number(top + high / 2))) rotate(-90)\">"
        + text(heat.rowLabel, x: 0, y: 4, size: 14, anchor: "middle") + "</g>")
    parts += key(scale, isTwoSided, left: left + wide + 28, top: top, height: min(high, 240))
    if fitted.rows < heat.rows || fitted.columns < heat.columns {
      parts.append(
        text(
          "\(heat.rows) × \(heat.columns), each cell the number of its block farthest from the mean",
          x: left, y: height - 4, size: 10, colour: "#555555"))
    }
    return (parts + ["</svg>"]).map { $0 + "\n" }.joined()
  }

  /// A few numbers along both edges.
  private func numbers(_ heat: HeatMap, left: Double, top: Double, size: Double) -> [String] {
    func places(_ count: Int) -> [Int] {
      let step = max(1, Int((Double(count) / 8).rounded(.up)))
      return Array(stride(from: 0, to: count, by: step))
    }
    let bottom = top + size * Double(heat.rows)
    return places(heat.rows).map { row in
      text(
        String(heat.rowStarts[row]), x: left - 6, y: top + (Double(row) + 0.5) * size + 4, size: 12,
        anchor: "end")
    }
      + places(heat.columns).map { column in
        text(
          String(heat.columnStarts[column]), x: left + (Double(column) + 0.5) * size,
          y: bottom + 17, size: 12, anchor: "middle")
      }
  }

  /// The colours with their numbers.
  private func key(
    _ scale: ClosedRange<Double>, _ isTwoSided: Bool, left: Double, top: Double, height: Double
  ) -> [String] {
    let count = Self.shadeCount
    let step = height / Double(count)
    var parts = (0..<count).map { place in
      "<rect x=\"\(number(left))\" y=\"\(number(top + height - Double(place + 1) * step))\""
        + " width=\"16\" height=\"\(number(step + 0.3))\" fill=\"\(Self.colour(place, isTwoSided))\"/>"
    }
    let middle = (scale.lowerBound + scale.upperBound) / 2
    for (value, place) in [(scale.upperBound, 0.0), (middle, 0.5), (scale.lowerBound, 1.0)] {
      parts.append(
        text(NumberText.real(value), x: left + 22, y: top + place * height + 4, size: 12))
    }
    return parts
  }

  /// Which of the shades a value has; `nil` for no number.
  private static func shade(_ value: Double, _ scale: ClosedRange<Double>) -> Int? {
    guard value.isFinite else { return nil }
    let fraction = HeatMap.fraction(value, of: scale)
    return min(max(Int(fraction * Double(shadeCount)), 0), shadeCount - 1)
  }

  /// Blue (0, 114, 178) and orange (213, 94, 0), which colour-blind readers tell apart; grey where
  /// there is no number.
  private static func colour(_ shade: Int?, _ isTwoSided: Bool) -> String {
    guard let shade else { return "#cccccc" }
    let fraction = (Double(shade) + 0.5) / Double(shadeCount)
    let (blue, orange) = ((0.0, 114.0, 178.0), (213.0, 94.0, 0.0))
    if !isTwoSided { return mixed(blue, fraction) }
    return fraction < 0.5 ? mixed(blue, 1 - 2 * fraction) : mixed(orange, 2 * fraction - 1)
  }

  /// White with a share of a colour.
  private static func mixed(_ colour: (Double, Double, Double), _ share: Double) -> String {
    let parts = [colour.0, colour.1, colour.2].map { part in
      let value = Int((255 + (part - 255) * share).rounded())
      return (value < 16 ? "0" : "") + String(value, radix: 16)
    }
    return "#" + parts.joined()
  }
}
