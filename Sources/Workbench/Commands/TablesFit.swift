import Contract
import Foundation
import Kernel

extension Command {
  /// The least-squares line through two columns.
  static let fit = Command(
    "fit", .tables, "the least-squares line through two columns: a slope for each group",
    details: """
      On logarithmic axes (the default) the slope is the exponent p of y = c x^p, such as how an \
      error falls with the width; `axes=linear` fits y = c + p x. The table has a row for each \
      value of `by`, with slope, its standard error (`deviation`), `factor` c, the share of the \
      variance that the line explains (`r2`), and how many points there were. Rows where a cell is \
      empty are left out, and a group at one x only has no line: its cells are empty.
      """,
    positional: [Parameter("table", .value([.table]), help: "the table")],
    keywords: [
      Parameter("x", .column, help: "the column along the bottom"),
      Parameter("y", .column, help: "the column that is fitted"),
      Parameter("by", .column, isOptional: true, help: "a column that tells groups apart"),
      Parameter("axes", .word(["log", "linear"]), default: "log", help: "how both axes count"),
    ],
    results: .kinds([.table]),
    examples: [
      "t = sweep n in [1, 2, 4, 8] { row cube=(n ^ 3) }\nfit t x=n y=cube",
      "t = sweep n in [1, 2, 4], k in [1, 2] { row y=(k * n + 1) }\nfit t x=n y=y by=k axes=linear",
    ],
    seeAlso: ["stats", "plot", "sweep", "gap"]
  ) { call throws(Failure) in
    [.table(try LineFit(call).table)]
  }
}

/// What `fit` was asked for, and its table.
private struct LineFit {
  private let source: Table
  private let x: Int
  private let y: Int
  private let by: Int?
  private let isLogarithmic: Bool

  init(_ call: Invocation) throws(Failure) {
    let table = call.table("table")
    source = table
    x = try table.place(of: call.text("x"))
    y = try table.place(of: call.text("y"))
    by = try call.textIfGiven("by").map { name throws(Failure) in try table.place(of: name) }
    isLogarithmic = call.text("axes") == "log"
    for place in [x, y] {
      let holdsWords = table.rows.contains { row in
        if case .text = row[place] { true } else { false }
      }
      guard !holdsWords else {
        throw Failure(
          .wrongKind,
          "the column `\(table.columns[place].name)` holds words, and a line goes through numbers",
          notes: ["`by=` tells groups apart by words"])
      }
    }
  }

  var table: Table {
    get throws(Failure) {
      var groups: [(cell: Table.Cell, points: [(x: Double, y: Double)])] = []
      for row in source.rows {
        guard let point = try point(of: row) else { continue }
        let cell = by.map { row[$0] } ?? .empty
        if let index = groups.firstIndex(where: { $0.cell == cell }) {
          groups[index].points.append(point)
        } else {
          groups.append((cell, [point]))
        }
      }
      guard !groups.isEmpty else {
        throw Failure(.badData, "there is no row with both numbers to fit a line through")
      }
      var columns: [Table.Column] = [
        .init("slope", .real), .init("deviation", .real), .init("factor", .real),
        .init("r2", .real), .init("count", .integer),
      ]
      if let by { columns.insert(.init(source.columns[by].name, source.columns[by].kind), at: 0) }
      let lines = groups.map { line(through: $0.points) }
      guard lines.contains(where: { $0 != nil }) else {
        throw Failure(
          .badData,
          "a line needs two values of `\(source.columns[x].name)`, and there is one"
            + (by == nil ? "" : " in each group"))
      }
      let rows = zip(groups, lines).map { group, line -> [Table.Cell] in
        (by == nil ? [] : [group.cell])
          + (line ?? [.empty, .empty, .empty, .empty, .integer(group.points.count)])
      }
      let axes = isLogarithmic ? "logarithmic axes" : "linear axes"
      var notes = ["\(source.columns[y].name) over \(source.columns[x].name), \(axes)"]
      if lines.contains(where: { $0 == nil }) {
        notes.append("no line where there is one value of \(source.columns[x].name)")
      }
      return Table(columns: columns, rows: rows, notes: notes)
    }
  }

  private func point(of row: [Table.Cell]) throws(Failure) -> (x: Double, y: Double)? {
    guard let first = row[x].number, let second = row[y].number else { return nil }
    guard isLogarithmic else { return (first, second) }
    guard first > 0, second > 0 else {
      let place = first > 0 ? y : x
      throw Failure(
        .badData,
        "a power law is fitted to what is above 0, and `\(source.columns[place].name)` is "
          + PlotRequest.text(row[place], source.columns[place].kind) + " in a row",
        notes: ["leave such rows out with `where`, or give axes=linear"])
    }
    return (log(first), log(second))
  }

  /// Slope, its standard error, factor, r² and count of one group; `nil` where all its points have
  /// one x.
  private func line(through points: [(x: Double, y: Double)]) -> [Table.Cell]? {
    let count = Double(points.count)
    let middle = (
      x: points.reduce(0) { $0 + $1.x } / count, y: points.reduce(0) { $0 + $1.y } / count
    )
    var (xx, xy, yy) = (0.0, 0.0, 0.0)
    for point in points {
      let (dx, dy) = (point.x - middle.x, point.y - middle.y)
      xx += dx * dx
      xy += dx * dy
      yy += dy * dy
    }
    guard xx > 0 else { return nil }
    let slope = xy / xx
    let residual = max(0, yy - slope * xy)
    let deviation: Table.Cell =
      points.count > 2 ? .real((residual / (count - 2) / xx).squareRoot()) : .empty
    let constant = middle.y - slope * middle.x
    return [
      .real(slope), deviation, .real(isLogarithmic ? exp(constant) : constant),
      yy > 0 ? .real(1 - residual / yy) : .empty, .integer(points.count),
    ]
  }
}
