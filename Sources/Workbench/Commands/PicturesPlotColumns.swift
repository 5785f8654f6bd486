import Kernel

// Columns of tables as lines: one for each column of `y=` and each value of `by=`.
extension PlotRequest {
  func columns(of table: Table) throws(Failure) -> Picture {
    guard let x, !y.isEmpty else { throw Self.noColumns(table.columns.map(\.name)) }
    let across = try table.place(of: x)
    var ups: [Int] = []
    for name in y {
      let up = try table.place(of: name)
      guard !ups.contains(up) else {
        throw Failure(.givenTwice, "the column `\(name)` is drawn twice")
      }
      ups.append(up)
    }
    let upright = try Self.axis(of: ups.map { table.columns[$0] })
    if let words = try labelColumns(of: table) {
      guard ups.count == 1 else {
        throw Failure(
          .badChoice,
          "points with words, and their Pareto front, are of one column; got \(y.count)",
          notes: ["give `y=` one column, or leave `label=` and `front=` out"])
      }
      return try labelledPoints(of: table, across, ups[0], words: words)
    }
    let group = try by.map { name throws(Failure) in try table.place(of: name) }
    var series: [Picture.Series] = []
    for row in table.rows {
      let part = group.map { Self.text(row[$0], table.columns[$0].kind) }
      for up in ups {
        let column = table.columns[up].name
        let name = part.map { ups.count == 1 ? $0 : "\($0), \(column)" } ?? column
        if case .text = row[across] { throw notNumbers(x) }
        if case .text = row[up] { throw notNumbers(column) }
        guard let left = row[across].number else { continue }
        // An empty cell, such as of a failed row, parts the line.
        let point = Picture.Point(left, row[up].number ?? .nan)
        if let index = series.firstIndex(where: { $0.name == name }) {
          series[index].points.append(point)
        } else {
          series.append(Picture.Series(name, [point]))
        }
      }
    }
    for index in series.indices { series[index].points = Self.inOrder(series[index].points) }
    // Where every row of a method failed there is no line to explain.
    series.removeAll { !$0.points.contains { $0.y.isFinite } }
    return Picture(title: "", x: Self.axis(of: table.columns[across]), y: upright, series: series)
  }

  /// Points by x; one without a number is left out where others at its x have one.
  private static func inOrder(_ points: [Picture.Point]) -> [Picture.Point] {
    let measured = Set(points.filter { !$0.y.isNaN }.map(\.x))
    return points.enumerated()
      .filter { !$0.element.y.isNaN || !measured.contains($0.element.x) }
      .sorted { ($0.element.x, $0.offset) < ($1.element.x, $1.offset) }.map(\.element)
  }

  func notNumbers(_ name: String) -> Failure {
    Failure(
      .wrongKind, "the column `\(name)` holds words, and only numbers can be drawn",
      notes: ["`by=` tells lines apart by words"])
  }

  /// The axis of columns that are drawn together: they must be of one measure.
  static func axis(of columns: [Table.Column]) throws(Failure) -> Picture.Axis {
    var result = axis(of: columns[0])
    for column in columns.dropFirst() {
      let other = axis(of: column)
      guard other.measure == result.measure, other.unit == result.unit else {
        throw Failure(
          .wrongKind,
          "one scale has one measure: `\(columns[0].name)` is in \(words(for: result)), "
            + "`\(column.name)` in \(words(for: other))",
          notes: ["draw them in pictures of their own, by `y=` or after `select`"])
      }
    }
    let names = columns.map(\.name)
    result.label =
      names.dropLast().joined(separator: ", ") + (names.count > 1 ? " and " : "")
      + (names.last ?? "")
    return result
  }

  /// What an axis counts, for a message.
  private static func words(for axis: Picture.Axis) -> String {
    switch axis.measure {
    case .share: "percent"
    case .points: "points"
    case .plain: axis.unit ?? "plain numbers"
    }
  }

  static func axis(of column: Table.Column) -> Picture.Axis {
    switch column.kind {
    case .share: .init(column.name, measure: .share)
    case .points: .init(column.name, measure: .points)
    case .seconds: .init(column.name, unit: Command.unitOfTime)
    case .bytes: .init(column.name, unit: "bytes")
    case .text, .integer, .real, .yesNo: .init(column.name, unit: column.unit)
    }
  }

  static func text(_ cell: Table.Cell, _ kind: Table.Kind) -> String {
    switch cell {
    case .empty: "-"
    case .text(let text): text
    case .integer(let value): String(value)
    case .real(let value):
      switch kind {
      case .share: Content.brief(value, .share)
      case .points: Content.brief(value, .points)
      default: Content.significant(value)
      }
    case .yesNo(let value): value ? "yes" : "no"
    }
  }
}
