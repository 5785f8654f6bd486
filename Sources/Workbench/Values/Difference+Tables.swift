import Kernel

// What two tables differ in, cell by cell: curves, barriers and scores are compared as tables.
extension Difference {
  /// Times are not compared: no two runs take equally long.
  mutating func compare(_ one: Table, _ other: Table) {
    let (first, second) = (one.withoutTimes, other.withoutTimes)
    var facts: [String] = []
    for (table, without) in [(first, second), (second, first)] {
      let missing = table.columns.map(\.key).filter { key in
        !without.columns.contains { $0.key == key }
      }
      guard !missing.isEmpty else { continue }
      let names = missing.map(\.name).joined(separator: ", ")
      facts.append("only in the \(facts.isEmpty && table == first ? "first" : "second"): \(names)")
    }
    if first.rows.count != second.rows.count {
      facts.append("\(Content.counted(first.rows.count, "row")) -> \(second.rows.count)")
    }
    let cells = Self.differentCells(first, second)
    let largest = cells.compactMap(\.difference).max()
    if !cells.isEmpty {
      let shared = first.columns.count { column in
        second.columns.contains { $0.key == column.key }
      }
      let count = shared * min(first.rows.count, second.rows.count)
      facts.append("\(cells.count) of \(Content.counted(count, "cell"))")
    }
    if let largest { facts.append("max |difference| \(Content.significant(largest))") }
    if facts.isEmpty {
      headline = "the same but for times"
      return
    }
    headline = "different: " + facts.joined(separator: ", ")
    guard !cells.isEmpty else { return }
    table = Table(
      columns: [
        .init("row", .integer), .init("column", .text), .init("first", .text),
        .init("second", .text), .init("difference", .real),
      ],
      rows: cells.map { cell in
        [
          .integer(cell.row), .text(cell.column), .text(cell.first), .text(cell.second),
          cell.difference.map { .real($0) } ?? .empty,
        ]
      })
  }

  private struct CellPair {
    var row: Int
    var column: String
    var first: String
    var second: String
    var difference: Double?
  }

  private static func differentCells(_ one: Table, _ other: Table) -> [CellPair] {
    var cells: [CellPair] = []
    for (row, (before, after)) in zip(one.rows, other.rows).enumerated() {
      for (place, column) in one.columns.enumerated() {
        guard let match = other.columns.firstIndex(where: { $0.key == column.key }) else {
          continue
        }
        let (a, b) = (before[place], after[match])
        guard a != b, !(a.isNotANumber && b.isNotANumber) else { continue }
        var difference: Double?
        if let x = a.number, let y = b.number { difference = abs(x - y) }
        cells.append(
          CellPair(
            row: row + 1, column: column.name, first: Content.receiptText(a),
            second: Content.receiptText(b), difference: difference))
      }
    }
    return cells
  }
}

extension Table.Column {
  /// What tells it from the other columns of its table.
  fileprivate struct Key: Hashable {
    var name: String
    var group: String?
  }

  fileprivate var key: Key { Key(name: name, group: group) }
}

extension Table.Cell {
  fileprivate var isNotANumber: Bool { number?.isNaN == true }
}
