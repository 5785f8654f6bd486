/// A grid of characters to draw on, each cell with the series that owns it.
///
/// Lines are drawn in Braille patterns, eight dots to a cell, where the screen can show them, and
/// with the series' own mark where not.
struct CharacterCanvas: Sendable {
  let width: Int
  let height: Int
  private var cells: [Cell]

  private struct Cell {
    var character: Character?
    /// The dots of a Braille pattern (U+2800 and these bits).
    var dots: UInt8 = 0
    var series: Int?
    /// Whether the wide character before reaches into this cell.
    var isCovered = false
  }

  init(width: Int, height: Int) {
    self.width = width
    self.height = height
    cells = [Cell](repeating: Cell(), count: width * height)
  }

  /// Whether nothing stands in a cell.
  func isBlank(column: Int, row: Int) -> Bool {
    guard contains(column, row) else { return false }
    let cell = cells[row * width + column]
    return cell.character == nil && cell.dots == 0
  }

  /// The series whose mark stands in a cell, if one does.
  func mark(column: Int, row: Int) -> Int? {
    guard contains(column, row) else { return nil }
    let cell = cells[row * width + column]
    // "." is the pen of lines where there are no dots.
    return cell.character.flatMap { $0 == "." ? nil : cell.series }
  }

  /// Puts a character into a cell, over what stands there; outside the grid does nothing.
  mutating func put(_ character: Character, column: Int, row: Int, series: Int? = nil) {
    guard contains(column, row) else { return }
    cells[row * width + column].character = character
    cells[row * width + column].series = series
    if displayWidth(of: String(character)) > 1, contains(column + 1, row) {
      cells[row * width + column + 1].isCovered = true
    }
  }

  /// Puts a text from a cell on to the right.
  mutating func put(_ text: String, column: Int, row: Int) {
    var column = column
    for character in text {
      put(character, column: column, row: row)
      column += displayWidth(of: String(character))
    }
  }

  /// Sets one of the `2 * width` × `4 * height` dots.
  mutating func dot(x: Int, y: Int, series: Int) {
    guard x >= 0, y >= 0, contains(x / 2, y / 4) else { return }
    let index = y / 4 * width + x / 2
    cells[index].dots |= Self.dotBits[y % 4][x % 2]
    if cells[index].character == nil { cells[index].series = series }
  }

  /// The bits of the dots in a Braille pattern, by row and column (Unicode 15, chapter 21.1).
  private static let dotBits: [[UInt8]] = [
    [0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80],
  ]

  private func contains(_ column: Int, _ row: Int) -> Bool {
    column >= 0 && column < width && row >= 0 && row < height
  }

  /// One row as text, each series in its colour.
  func line(row: Int, style: Style) -> String {
    var text = ""
    var run = ""
    var runSeries: Int?
    for column in 0..<width {
      let cell = cells[row * width + column]
      if cell.isCovered { continue }
      if cell.series != runSeries {
        text += runSeries.map { style.paint(run, .series($0)) } ?? run
        (run, runSeries) = ("", cell.series)
      }
      run.append(Self.character(of: cell))
    }
    return text + (runSeries.map { style.paint(run, .series($0)) } ?? run)
  }

  private static func character(of cell: Cell) -> Character {
    if let character = cell.character { return character }
    guard cell.dots != 0, let scalar = Unicode.Scalar(0x2800 + UInt32(cell.dots)) else {
      return " "
    }
    return Character(scalar)
  }

  /// The whole places on the way from one to another, both included (Bresenham 1965).
  static func steps(
    from start: (x: Int, y: Int), to end: (x: Int, y: Int), _ body: (Int, Int) -> Void
  ) {
    let (spanX, spanY) = (abs(end.x - start.x), -abs(end.y - start.y))
    let (stepX, stepY) = (start.x < end.x ? 1 : -1, start.y < end.y ? 1 : -1)
    var (x, y) = start
    var error = spanX + spanY
    while true {
      body(x, y)
      if x == end.x, y == end.y { return }
      let doubled = 2 * error
      if doubled >= spanY {
        error += spanY
        x += stepX
      }
      if doubled <= spanX {
        error += spanX
        y += stepY
      }
    }
  }
}
