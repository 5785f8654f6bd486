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
    let columns = max(columns, Self.fewestColumns)
    let head = heading(picture, columns: columns)
    let note = picture.hiddenPointNote.map { [glyphs.shown($0)] } ?? []
    // Under the grid stand the axis, its numbers and its label.
    let height = max(max(rows, Self.fewestRows) - head.count - note.count - 3, 4)
    let y = picture.yScale(tickCount: max(3, height * 2 / 5))
    let labelWidth = y.ticks.map { displayWidth(of: $0.label) }.max() ?? 0
    let width = columns - labelWidth - 3
    let x = picture.xScale(tickCount: max(2, width / 11))
    var canvas = CharacterCanvas(width: width, height: height)
    let frame = Frame(x: x, y: y, width: width, height: height)
    drawRules(picture, frame, &canvas)
    for (index, series) in picture.series.enumerated() {
      draw(series, number: index, of: picture, frame, &canvas)
    }
    drawAnnotations(picture, frame, &canvas)
    var lines = head
    lines += gridLines(canvas, frame, labelWidth: labelWidth)
    lines += footLines(picture, frame, labelWidth: labelWidth)
    lines += note
    return lines.map { TextLayout.withoutTrailingBlanks($0) + "\n" }.joined()
  }

  /// The grid and what its edges mean.
  private struct Frame {
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

  private func draw(
    _ series: Picture.Series, number: Int, of picture: Picture, _ frame: Frame,
    _ canvas: inout CharacterCanvas
  ) {
    let shown = series.points.filter(picture.canShow)
    // Points of a lone line show where it was measured; several lines need marks to tell them
    // apart even where they lie on each other, so each begins its marks at another column.
    let marksPoints =
      series.style == .points || series.style == .frontier
      || (picture.series.count == 1 && shown.count * 3 <= frame.width && series.style == .line)
    if series.style != .points {
      for run in picture.runs(of: series) {
        drawLine(run, number: number, isMarked: series.style == .frontier, frame, &canvas)
      }
      if picture.series.count > 1, glyphs == .unicode, series.style != .frontier {
        markLine(picture.runs(of: series), number: number, of: picture, frame, &canvas)
      }
    }
    let lonePoints = picture.runs(of: series).filter { $0.count == 1 }.flatMap { $0 }
    for point in marksPoints ? shown : lonePoints {
      let place = frame.place(point)
      canvas.put(mark(number), column: place.x, row: place.y, series: number)
    }
  }

  private func drawLine(
    _ run: [Picture.Point], number: Int, isMarked: Bool, _ frame: Frame,
    _ canvas: inout CharacterCanvas
  ) {
    // Where the points have marks of their own, the line between them is dots.
    let pen = isMarked ? "." : mark(number)
    for (start, end) in zip(run, run.dropFirst()) {
      if glyphs == .unicode {
        CharacterCanvas.steps(
          from: frame.place(start, scaleX: 2, scaleY: 4), to: frame.place(end, scaleX: 2, scaleY: 4)
        ) { x, y in canvas.dot(x: x, y: y, series: number) }
      } else {
        CharacterCanvas.steps(from: frame.place(start), to: frame.place(end)) { x, y in
          canvas.put(pen, column: x, row: y, series: number)
        }
      }
    }
  }

  /// Puts the series' mark on its line every few columns.
  private func markLine(
    _ runs: [[Picture.Point]], number: Int, of picture: Picture, _ frame: Frame,
    _ canvas: inout CharacterCanvas
  ) {
    let count = picture.series.count
    let spacing = max(Self.markSpacing, 2 * count)
    let phase = number * spacing / count + spacing / (2 * count)
    var marked: Set<Int> = []
    for run in runs {
      for (start, end) in zip(run, run.dropFirst()) {
        CharacterCanvas.steps(from: frame.place(start), to: frame.place(end)) { x, y in
          guard x % spacing == phase % spacing, marked.insert(x).inserted else { return }
          canvas.put(mark(number), column: x, row: y, series: number)
        }
      }
    }
  }

  private func drawAnnotations(
    _ picture: Picture, _ frame: Frame, _ canvas: inout CharacterCanvas
  ) {
    for annotation in picture.annotations where picture.canShow(annotation.point) {
      let (column, row) = frame.place(annotation.point)
      let text = TextLayout.truncated(
        glyphs.shown(TextLayout.harmless(annotation.text)), width: frame.width - 2, glyphs: glyphs)
      let length = displayWidth(of: text)
      let (right, left) = (column + 2, column - 1 - length)
      let middle = min(max(column - length / 2, 0), frame.width - length)
      let places = [
        (right, row - 1), (left, row - 1), (middle, row - 1), (right, row), (left, row),
        (right, row + 1), (left, row + 1), (middle, row + 1),
      ]
      let inside = places.filter { place in
        place.0 >= 0 && place.0 + length <= frame.width && place.1 >= 0 && place.1 < frame.height
      }
      func covered(_ place: (Int, Int)) -> Int {
        (0..<length).count { !canvas.isBlank(column: place.0 + $0, row: place.1) }
      }
      if let best = inside.min(by: { covered($0) < covered($1) }) {
        canvas.put(text, column: best.0, row: best.1)
      }
      if annotation.isRinged {
        canvas.put(glyphs == .unicode ? "◉" : "O", column: column, row: row)
      }
    }
  }
}
