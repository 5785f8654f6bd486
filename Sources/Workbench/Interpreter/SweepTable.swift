import Kernel

/// Puts the cells of a sweep together as a table.
struct SweepTable {
  let table: Table

  /// - Parameter cells: By number; the rows stand in that order.
  init(_ plan: SweepPlan, _ cells: [Int: SweepJob.Cell]) {
    let order = cells.keys.sorted()
    var columns: [(name: String, contents: [Content])] = []
    for (place, variable) in plan.variables.enumerated() {
      columns.append((variable.name, order.map { Self.content(of: plan.values(of: $0)[place]) }))
    }
    var names = plan.columns
    // Those of a `row` that only ran inside another line, such as in `expect fails`.
    for cell in order {
      for column in cells[cell]?.columns ?? [] where !names.contains(column.name) {
        names.append(column.name)
      }
    }
    for name in names {
      columns.append(
        (
          name,
          order.map { cell in
            cells[cell]?.columns.first { $0.name == name }?.content ?? .nothing
          }
        ))
    }
    columns.append(
      ("status", order.map { .text(cells[$0]?.failure?.code.description ?? Self.well) }))
    columns.append(("time", order.map { .time(cells[$0]?.seconds ?? 0) }))
    var made = columns.map { Self.column($0.name, $0.contents) }
    for place in plan.variables.indices { made[place].column.isVariable = true }
    var table = Table(
      columns: made.map(\.column),
      rows: order.indices.map { row in made.map { $0.cells[row] } })
    let failed = order.count { cells[$0]?.failure != nil }
    if failed > 0 { table.notes.append("\(failed) of \(order.count) failed") }
    if order.count < plan.cellCount {
      table.isPartial = true
      table.notes.append("\(order.count) of \(plan.cellCount) cells")
    }
    self.table = table
  }

  /// The status of a cell in which nothing failed.
  static let well = "ok"
  /// The columns that every sweep has.
  static let ownColumns = ["status", "time"]

  /// A variable's value, by its name where no cell can hold it.
  private static func content(of value: Value) -> Content {
    Table.cell(for: value.content) == nil ? .text(value.cellText) : value.content
  }

  /// A column of the kind that fits all its cells; numbers of different measures are plain ones,
  /// and anything beside words is a word.
  private static func column(
    _ name: String, _ contents: [Content]
  ) -> (column: Table.Column, cells: [Table.Cell]) {
    let found = contents.map { Table.cell(for: $0) ?? (.text($0.brief), .text) }
    let kinds = Set(found.filter { $0.cell != .empty }.map(\.kind))
    if kinds.count <= 1 {
      return (Table.Column(name, kinds.first ?? .text), found.map(\.cell))
    }
    guard kinds.isDisjoint(with: [.text, .yesNo]) else {
      let cells = zip(contents, found).map { content, found -> Table.Cell in
        found.cell == .empty ? .empty : .text(content.word ?? content.brief)
      }
      return (Table.Column(name, .text), cells)
    }
    // A bare 0 or 1 among shares is a share; a cost of 4193.8 beside one is none.
    let measured = kinds.subtracting([.integer, .real])
    let isOneMeasure =
      measured.count == 1
      && found.allSatisfy {
        measured.contains($0.kind) || [nil, 0, 1].contains($0.cell.number)
      }
    let kind = isOneMeasure ? measured.first ?? .real : .real
    return (
      Table.Column(name, kind),
      found.map { $0.cell.number.map { .real($0) } ?? .empty }
    )
  }
}
