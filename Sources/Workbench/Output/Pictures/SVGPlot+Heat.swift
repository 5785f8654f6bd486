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
    let isJoined = fitted.rows < heat.rows || fitted.columns < heat.columns
    let top = picture.title.isEmpty ? 20.0 : 48.0
    let names = nameRoom(fitted)
    let room = (
      width: width - names.left - 130, height: height - top - names.below - (isJoined ? 22 : 6)
    )
    let size = min(room.width / Double(fitted.columns), room.height / Double(fitted.rows))
    let (left, wide, high) = (names.left, size * Double(fitted.columns), size * Double(fitted.rows))
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
    parts += labels(fitted, left: left, top: top, size: size)
    if heat.columnNames.isEmpty {
      parts.append(
        text(
          heat.columnLabel, x: left + wide / 2, y: top + high + names.below - 6, size: 14,
          anchor: "middle"))
    }
    parts.append(
      "<g transform=\"translate(18 \(number(top + high / 2))) rotate(-90)\">"
        + text(heat.rowLabel, x: 0, y: 4, size: 14, anchor: "middle") + "</g>")
    parts += key(heat, scale, isTwoSided, left: left + wide + 28, top: top, height: min(high, 240))
    if isJoined {
      parts.append(
        text(
          "\(heat.rows) × \(heat.columns), each cell the number of its block farthest from the mean",
          x: left, y: height - 4, size: 10, colour: "#555555"))
    }
    return (parts + ["</svg>"]).map { $0 + "\n" }.joined()
  }

  /// How much of a name is written along an edge.
  private static let longestName = 28

  private static func cut(_ name: String) -> String {
    TextLayout.truncated(name, width: longestName, glyphs: .unicode)
  }

  /// What names need left of the grid and below it, where those of columns stand aslant.
  private func nameRoom(_ heat: HeatMap) -> (left: Double, below: Double) {
    let rows = heat.rowNames.map { Self.textWidth(Self.cut($0)) }.max()
    let columns = heat.columnNames.map { Self.textWidth(Self.cut($0)) }.max()
    // 0.65: the sine of the angle at which they stand, and a little.
    return (left: max(70, (rows ?? 0) + 44), below: columns.map { $0 * 0.65 + 24 } ?? 46)
  }

  /// Names or a few numbers along both edges.
  private func labels(_ heat: HeatMap, left: Double, top: Double, size: Double) -> [String] {
    // 14: letters that stand closer than that cover each other.
    func places(_ count: Int, isNamed: Bool) -> [Int] {
      let most = isNamed ? max(Int(Double(count) * size / 14), 1) : 8
      let step = max(1, Int((Double(count) / Double(most)).rounded(.up)))
      return Array(stride(from: 0, to: count, by: step))
    }
    let bottom = top + size * Double(heat.rows)
    let rows = places(heat.rows, isNamed: !heat.rowNames.isEmpty).map { row in
      text(
        Self.cut(heat.rowName(row)), x: left - 6, y: top + (Double(row) + 0.5) * size + 4, size: 12,
        anchor: "end")
    }
    let columns = places(heat.columns, isNamed: !heat.columnNames.isEmpty).map { column in
      let x = left + (Double(column) + 0.5) * size
      guard !heat.columnNames.isEmpty else {
        return text(heat.columnName(column), x: x, y: bottom + 17, size: 12, anchor: "middle")
      }
      return "<g transform=\"translate(\(number(x + 4)) \(number(bottom + 14))) rotate(-40)\">"
        + text(Self.cut(heat.columnName(column)), x: 0, y: 0, size: 12, anchor: "end") + "</g>"
    }
    return rows + columns
  }

  /// The colours with their numbers.
  private func key(
    _ heat: HeatMap, _ scale: ClosedRange<Double>, _ isTwoSided: Bool, left: Double, top: Double,
    height: Double
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
        text(heat.text(value), x: left + 22, y: top + place * height + 4, size: 12))
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
