/// Draws a picture with characters, for any terminal.
struct CharacterPlot: Sendable {
  /// Columns and rows of the whole picture.
  var columns = 80
  var rows = 24
  var glyphs = Glyphs.unicode
  var style = Style.plain

  /// Marks of the series, one after the other.
  private static let unicodeMarks: [Character] = ["●", "▲", "■", "◆", "○", "△", "□", "◇"]
  private static let asciiMarks: [Character] = ["*", "+", "o", "x", "#", "@", "%", "&"]
  /// Columns between two marks on a line.
  private static let markSpacing = 8
  private static let (fewestColumns, fewestRows) = (30, 10)

  private var marks: [Character] {
    glyphs == .unicode ? Self.unicodeMarks : Self.asciiMarks
  }

  private func mark(_ series: Int) -> Character { marks[series % marks.count] }

  /// The picture, every line ending in a line feed and none wider than `columns`.
  func rendered(_ picture: Picture) -> String {
    if let heat = picture.heat { return rendered(picture, heat: heat) }
    let drawn = lines(of: picture, key: [])
    guard drawn.isCrowded else { return joined(drawn.lines) }
    let (numbered, names) = picture.numbered { drawn.frame.place($0) == drawn.frame.place($1) }
    return joined(lines(of: numbered, key: keyLines(names)).lines)
  }

  private func joined(_ lines: [String]) -> String {
    lines.map { TextLayout.withoutTrailingBlanks($0) + "\n" }.joined()
  }

  /// The lines of the picture, its grid, and whether words at points cover others.
  private func lines(
    of picture: Picture, key: [String]
  ) -> (lines: [String], frame: Frame, isCrowded: Bool) {
    let columns = max(columns, Self.fewestColumns)
    let head = heading(picture, columns: columns)
    let note = picture.notes.map { glyphs.shown($0) }
    // Under the grid stand the axis, its numbers and its label.
    let height = max(max(rows, Self.fewestRows) - head.count - note.count - key.count - 3, 4)
    let y = picture.yScale(tickCount: max(3, height * 2 / 5))
    let labelWidth = y.ticks.map { displayWidth(of: $0.label) }.max() ?? 0
    let width = columns - labelWidth - 3
    let x = picture.xScale(tickCount: max(2, width / 11))
    var canvas = CharacterCanvas(width: width, height: height)
    let frame = Frame(x: x, y: y, width: width, height: height)
    drawRules(picture, frame, &canvas)
    for (index, series) in picture.series.enumerated() where series.style != .points {
      for run in picture.runs(of: series) { drawLine(run, number: index, frame, &canvas) }
    }
    // Marks after all lines, so that none of them is hidden under a line.
    for (index, series) in picture.series.enumerated() {
      drawMarks(series, number: index, of: picture, frame, &canvas)
    }
    let isCrowded = drawWords(picture, frame, &canvas)
    return (
      head + gridLines(canvas, frame, labelWidth: labelWidth)
        + footLines(picture, frame, labelWidth: labelWidth) + key + note,
      frame, isCrowded
    )
  }

  /// The grid and what its edges mean.
  struct Frame {
    let x: AxisScale
    let y: AxisScale
    let width: Int
    let height: Int

    /// The place of a point among `scaleX * width` × `scaleY * height` finer places.
    func place(_ point: Picture.Point, scaleX: Int = 1, scaleY: Int = 1) -> (x: Int, y: Int) {
      let (right, bottom) = (Double(width * scaleX - 1), Double(height * scaleY - 1))
      return (
        x: Int((x.fraction(point.x) * right).rounded()),
        y: Int(((1 - y.fraction(point.y)) * bottom).rounded())
      )
    }

    func row(ofY value: Double) -> Int { place(Picture.Point(x.lower, value)).y }
    func column(ofX value: Double) -> Int { place(Picture.Point(value, y.lower)).x }
  }

  // MARK: - Around the grid

  /// The title, then the label of y with the legend beside it where that fits.
  private func heading(_ picture: Picture, columns: Int) -> [String] {
    var lines: [String] = []
    if !picture.title.isEmpty {
      let title = glyphs.shown(TextLayout.harmless(picture.title))
      let cut = TextLayout.truncated(title, width: columns, glyphs: glyphs)
      lines.append(style.paint(cut, .heading))
    }
    var line = glyphs.shown(TextLayout.harmless(picture.y.heading))
    var used = displayWidth(of: line)
    guard picture.series.count > 1 else { return lines + [line] }
    for (index, series) in picture.series.enumerated() {
      let name = glyphs.shown(TextLayout.harmless(series.name))
      let text = TextLayout.truncated("\(mark(index)) \(name)", width: columns - 4, glyphs: glyphs)
      if used + 3 + displayWidth(of: text) > columns {
        lines.append(line)
        (line, used) = ("", 0)
      }
      line += (used == 0 ? "" : "   ") + style.paint(text, .series(index))
      used += (used == 0 ? 0 : 3) + displayWidth(of: text)
    }
    return lines + [line]
  }

  private func gridLines(
    _ canvas: CharacterCanvas, _ frame: Frame, labelWidth: Int
  ) -> [String] {
    var labels: [Int: String] = [:]
    for tick in frame.y.ticks { labels[frame.row(ofY: tick.value)] = tick.label }
    let (tickMark, edge) = glyphs == .unicode ? ("┤", "│") : ("+", "|")
    return (0..<frame.height).map { row in
      let label = TextLayout.rightAligned(labels[row] ?? "", width: labelWidth)
      return "\(label) \(labels[row] == nil ? edge : tickMark)"
        + canvas.line(row: row, style: style)
    }
  }

  private func footLines(_ picture: Picture, _ frame: Frame, labelWidth: Int) -> [String] {
    let (corner, dash, tickMark): (Character, Character, Character) =
      glyphs == .unicode ? ("└", "─", "┬") : ("+", "-", "+")
    var axis = [Character](repeating: dash, count: frame.width)
    var numbers = [Character](repeating: " ", count: labelWidth + 2 + frame.width)
    var free = 0
    for tick in frame.x.ticks {
      let column = frame.column(ofX: tick.value)
      guard axis.indices.contains(column) else { continue }
      axis[column] = tickMark
      let label = Array(tick.label)
      let centred = labelWidth + 2 + column - label.count / 2
      let start = min(centred, numbers.count - label.count)
      guard start >= free else { continue }
      for (offset, character) in label.enumerated() { numbers[start + offset] = character }
      free = start + label.count + 2
    }
    let indent = TextLayout.blanks(labelWidth + 1)
    let heading = glyphs.shown(TextLayout.harmless(picture.x.heading))
    let cut = TextLayout.truncated(heading, width: frame.width, glyphs: glyphs)
    return [
      indent + String(corner) + String(axis), String(numbers),
      indent + " " + TextLayout.centred(cut, width: frame.width),
    ]
  }

  // MARK: - On the grid

  private func drawRules(_ picture: Picture, _ frame: Frame, _ canvas: inout CharacterCanvas) {
    for rule in picture.rules where picture.canShow(Picture.Point(frame.x.lower, rule.y)) {
      let row = frame.row(ofY: rule.y)
      for column in 0..<frame.width {
        canvas.put(glyphs == .unicode ? "╌" : "-", column: column, row: row)
      }
      let label = glyphs.shown(TextLayout.harmless(rule.label))
      let cut = TextLayout.truncated(label, width: frame.width - 4, glyphs: glyphs)
      canvas.put(" \(cut) ", column: frame.width - displayWidth(of: cut) - 4, row: row)
    }
  }

  private func drawLine(
    _ run: [Picture.Point], number: Int, _ frame: Frame, _ canvas: inout CharacterCanvas
  ) {
    for (start, end) in zip(run, run.dropFirst()) {
      if glyphs == .unicode {
        CharacterCanvas.steps(
          from: frame.place(start, scaleX: 2, scaleY: 4), to: frame.place(end, scaleX: 2, scaleY: 4)
        ) { x, y in canvas.dot(x: x, y: y, series: number) }
      } else {
        CharacterCanvas.steps(from: frame.place(start), to: frame.place(end)) { x, y in
          canvas.put(".", column: x, row: y, series: number)
        }
      }
    }
  }

  /// Puts the series' mark where something was measured: on every point where there is room for
  /// that, and otherwise on some, each series on others, since marks tell lines apart even where
  /// they lie on each other.
  private func drawMarks(
    _ series: Picture.Series, number: Int, of picture: Picture, _ frame: Frame,
    _ canvas: inout CharacterCanvas
  ) {
    let shown = series.points.filter(picture.canShow)
    let count = picture.series.count
    let hasRoom = shown.count * 3 <= frame.width
    if series.style == .points || series.style == .frontier || (series.style == .line && hasRoom) {
      for (index, point) in shown.enumerated() {
        let place = frame.place(point)
        // Of marks at one place one is seen; which, goes round.
        let isTaken = canvas.mark(column: place.x, row: place.y).map { $0 != number } ?? false
        if series.style == .line, isTaken, index % count != number { continue }
        canvas.put(mark(number), column: place.x, row: place.y, series: number)
      }
      return
    }
    if count > 1 {
      let spacing = max(Self.markSpacing, 2 * count)
      var next = number * spacing / count
      for point in shown {
        let place = frame.place(point)
        guard place.x >= next else { continue }
        canvas.put(mark(number), column: place.x, row: place.y, series: number)
        next = place.x + spacing
      }
    }
    for run in picture.runs(of: series) where run.count == 1 {
      let place = frame.place(run[0])
      canvas.put(mark(number), column: place.x, row: place.y, series: number)
    }
  }
}
