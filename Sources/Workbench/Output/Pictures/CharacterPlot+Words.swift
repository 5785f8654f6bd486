// Words at the points of a picture.
extension CharacterPlot {
  /// Puts the words beside their points, each where it covers least.
  ///
  /// - Returns: Whether words, or marks with words, are covered or have no place.
  func drawWords(
    _ picture: Picture, _ frame: Frame, _ canvas: inout CharacterCanvas
  ) -> Bool {
    var isCrowded = false
    var taken = Set<Cell>()
    let shown = picture.annotations.filter { picture.canShow($0.point) }
    for annotation in shown {
      let (column, row) = frame.place(annotation.point)
      taken.insert(Cell(column: column, row: row))
    }
    for annotation in shown {
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
      func cells(_ place: (Int, Int)) -> [Cell] {
        (0..<length).map { Cell(column: place.0 + $0, row: place.1) }
      }
      // Other words and the points they belong to are worse to cover than lines.
      func covered(_ place: (Int, Int)) -> (words: Int, lines: Int) {
        let cells = cells(place)
        return (
          cells.count(where: taken.contains),
          cells.count { !canvas.isBlank(column: $0.column, row: $0.row) }
        )
      }
      let best = inside.min { covered($0) < covered($1) }
      if !annotation.isRinged, best.map({ covered($0).words > 0 }) ?? true { isCrowded = true }
      if let best {
        canvas.put(text, column: best.0, row: best.1)
        taken.formUnion(cells(best))
      }
      if annotation.isRinged {
        canvas.put(glyphs == .unicode ? "◉" : "O", column: column, row: row)
      }
    }
    return isCrowded
  }

  /// What the numbers at points stand for; at most a third of the picture.
  func keyLines(_ names: [String]) -> [String] {
    var lines: [String] = []
    var line = ""
    for name in names {
      let text = TextLayout.truncated(
        glyphs.shown(TextLayout.harmless(name)), width: columns, glyphs: glyphs)
      if !line.isEmpty, displayWidth(of: line) + 3 + displayWidth(of: text) > columns {
        lines.append(line)
        line = ""
      }
      line += (line.isEmpty ? "" : "   ") + text
    }
    lines.append(line)
    let most = max(rows / 3, 2)
    guard lines.count > most else { return lines }
    return lines.prefix(most - 1) + [glyphs.shown("… all \(names.count) in `export FILE.svg`")]
  }

  /// A place on the grid.
  private struct Cell: Hashable {
    var column: Int
    var row: Int
  }
}
