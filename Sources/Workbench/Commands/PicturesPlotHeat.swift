import Kernel

// Tables of numbers as shades.
extension PlotRequest {
  /// A table of numbers as shades: its first column, where that counts the rows, is left out.
  func heatMap(of table: Table) throws(Failure) -> Picture {
    let kinds: [Table.Kind] = [.real, .share, .points, .seconds, .bytes, .integer]
    var places = table.columns.indices.filter { kinds.contains(table.columns[$0].kind) }
    var rowLabel = "row"
    if let first = table.columns.first, first.kind == .integer || first.kind == .text {
      places.removeAll { $0 == 0 }
      rowLabel = first.name
    }
    guard !places.isEmpty, !table.rows.isEmpty else {
      throw Failure(.badData, "the table has no column of numbers beside the first to draw")
    }
    let values = table.rows.flatMap { row in places.map { row[$0].number ?? .nan } }
    let isUnits = table.columns[places[0]].name == "u1"
    return Picture(
      title: isUnits ? table.notes.first ?? "" : "", x: .init("column"), y: .init(rowLabel),
      series: [],
      heat: HeatMap(
        rows: table.rows.count, columns: places.count, values: values,
        rowLabel: isUnits ? "unit of the first network" : rowLabel,
        columnLabel: isUnits ? "unit of the second network" : "column"))
  }
}
