/// A grid of numbers that a picture shows as shades.
struct HeatMap: Hashable, Sendable {
  let rows: Int
  let columns: Int
  /// Row by row from the top; NaN where there is no number.
  let values: [Double]
  /// What the rows and the columns are.
  var rowLabel: String
  var columnLabel: String
  /// What each row and column is called; empty where they are counted.
  var rowNames: [String] = []
  var columnNames: [String] = []
  /// How the numbers are written.
  var measure = Picture.Measure.plain
  var unit: String?
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
    if !rowNames.isEmpty { result.rowNames = result.rowStarts.map { rowNames[$0 - 1] } }
    if !columnNames.isEmpty { result.columnNames = result.columnStarts.map { columnNames[$0 - 1] } }
    (result.measure, result.unit) = (measure, unit)
    return result
  }

  /// `count` things in `parts` pieces as equal as can be: where each begins, and the end.
  private static func edges(_ count: Int, in parts: Int) -> [Int] {
    guard count > 0 else { return [0] }
    return (0...parts).map { $0 * count / parts }
  }

  /// The name of a row, or its number.
  func rowName(_ row: Int) -> String {
    rowNames.isEmpty ? String(rowStarts[row]) : rowNames[row]
  }

  /// The name of a column, or its number.
  func columnName(_ column: Int) -> String {
    columnNames.isEmpty ? String(columnStarts[column]) : columnNames[column]
  }

  /// A number as the key writes it.
  func text(_ value: Double) -> String {
    switch measure {
    case .share: NumberText.real(value * 100) + "%"
    case .points: NumberText.real(value * 100) + " pt"
    case .plain: NumberText.real(value) + (unit.map { " " + $0 } ?? "")
    }
  }

  /// Row, column and value with all digits; no line where there is no number.
  var csv: String {
    var lines = [CSVText.record([rowLabel, columnLabel, "value"])]
    for row in 0..<rows {
      for column in 0..<columns where self[row, column].isFinite {
        lines.append(
          CSVText.record([rowName(row), columnName(column), NumberText.exact(self[row, column])])
        )
      }
    }
    return lines.map { $0 + "\n" }.joined()
  }
}
