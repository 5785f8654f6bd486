import Kernel

// Tables of numbers as shades.
extension PlotRequest {
  /// What a picture of shades has no use for.
  private static let idleBesideHeat = [
    "x", "y", "by", "label", "front", "scale", "xscale", "metric",
  ]

  /// Throws where something is given that shades cannot show.
  static func refuseBesideHeat(_ given: Set<String>) throws(Failure) {
    guard let word = idleBesideHeat.first(where: given.contains) else { return }
    throw Failure(
      .incompatible, "`heat=yes` draws all numbers of a table, and `\(word)=` says nothing there",
      notes: ["`select` takes the columns to draw"])
  }

  /// A table of numbers as shades: what names the rows, the status and time of a sweep, and what
  /// `group` puts beside its means are left out.
  func heatMap(of table: Table) throws(Failure) -> Picture {
    let isSweep = table.columns.contains(where: \.isVariable)
    var keys = table.columns.indices.filter {
      table.columns[$0].isVariable || (table.columns[$0].kind == .text && !isSweep)
    }
    if keys.isEmpty, table.columns.first?.kind == .integer { keys = [0] }
    let besideMeans = GroupSpread.columnsBesideMeans(in: table.columns.map(\.name))
    let places = table.columns.indices.filter { place in
      let column = table.columns[place]
      return column.kind.isNumber && !keys.contains(place) && !besideMeans.contains(column.name)
        && !(isSweep && SweepTable.ownColumns.contains(column.name))
    }
    guard !places.isEmpty, !table.rows.isEmpty else {
      throw Failure(.badData, "the table has no column of numbers beside those that name its rows")
    }
    let axis = try Self.axis(of: places.map { table.columns[$0] })
    let isUnits = table.columns[places[0]].name == "u1"
    let rowLabel =
      keys.isEmpty ? "row" : keys.map { table.columns[$0].name }.joined(separator: ", ")
    var heat = HeatMap(
      rows: table.rows.count, columns: places.count,
      values: table.rows.flatMap { row in places.map { row[$0].number ?? .nan } },
      rowLabel: isUnits ? "unit of the first network" : rowLabel,
      columnLabel: isUnits ? "unit of the second network" : "column")
    heat.measure = axis.measure
    heat.unit = axis.unit
    if !isUnits {
      heat.columnNames = places.map { table.columns[$0].name }
      heat.rowNames = table.rows.map { row in
        keys.map { Self.text(row[$0], table.columns[$0].kind) }.joined(separator: ", ")
      }
      if keys.isEmpty { heat.rowNames = [] }
    }
    return Picture(
      title: isUnits ? table.notes.first ?? "" : "", x: .init("column"), y: .init(rowLabel),
      series: [], heat: heat)
  }
}
