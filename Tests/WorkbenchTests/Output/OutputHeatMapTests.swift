import Testing

@testable import Workbench

@Suite struct HeatMapTests {
  private static let grid = HeatMap(
    rows: 4, columns: 6,
    values: (0..<24).map { place -> Double in
      if place == 7 { return .nan }
      let value = place / 6 == place % 6 ? 9 : place % 5
      return Double(value - 4)
    },
    rowLabel: "unit of a", columnLabel: "unit of b")

  private func picture(_ heat: HeatMap) -> Picture {
    Picture(title: "alike", x: .init("column"), y: .init("row"), series: [], heat: heat)
  }

  @Test func aSmallGridIsDrawnCellByCell() {
    let text = CharacterPlot(columns: 60, rows: 20, glyphs: .ascii)
      .rendered(picture(Self.grid))
    #expect(
      text == """
        alike
        unit of a down, unit of b across
        1 |@@..::--==  |
          |..  --==  ..|
          |::--@@  ..::|
        4 |--==  @@::--|
           1
        -4 [ .:-=+*#%@] 5

        """, "\(text)")
    #expect(text.utf8.allSatisfy { $0 < 0x80 })
  }

  @Test func largeGridsKeepWhatStandsOut() {
    let size = 300
    let heat = HeatMap(
      rows: size, columns: size,
      values: (0..<size * size).map { place -> Double in place / size == place % size ? 1 : 0 },
      rowLabel: "row",
      columnLabel: "column")
    let fitted = heat.fitted(rows: 20, columns: 60)
    #expect(fitted.rows == 20 && fitted.columns == 60)
    #expect(fitted.values.count { $0 == 1 } >= 60)
    #expect(fitted.rowStarts[1] == 16 && fitted.columnStarts[1] == 6)
    for (columns, rows) in [(80, 24), (40, 12)] {
      for glyphs in [Glyphs.unicode, .ascii] {
        let text = CharacterPlot(columns: columns, rows: rows, glyphs: glyphs)
          .rendered(picture(heat))
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { displayWidth(of: $0) <= columns })
        #expect(lines.count <= rows)
      }
    }
    #expect(SVGPlot().rendered(picture(heat)).utf8.count < 200_000)
  }

  @Test func missingNumbersAreGreyAndNotInTheFile() {
    let svg = SVGPlot().rendered(picture(Self.grid))
    #expect(svg.contains("#cccccc"))
    #expect(Self.grid.csv.split(separator: "\n").count == 24)
  }
}
