import Kernel
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

  /// The note lay over the label of the columns.
  @Test func theNoteStandsUnderTheLabel() throws {
    let heat = HeatMap(
      rows: 200, columns: 300, values: Array(repeating: 1, count: 60_000), rowLabel: "row",
      columnLabel: "unit of the second network")
    let svg = SVGPlot().rendered(picture(heat))
    func height(_ words: String) throws -> Double {
      let line = try #require(svg.split(separator: "\n").first { $0.contains(words) })
      let part = try #require(line.split(separator: " y=\"").last?.split(separator: "\"").first)
      return try #require(Double(String(part)))
    }
    let gap = try height("each cell the number") - height("unit of the second network")
    #expect(gap >= 14)
  }

  /// A sweep's table had its time among the shades, and columns without names.
  @Test func aSweepsTableIsDrawnByWhatItMeasured() throws {
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep width in [8, 16], m in [fd, sa2] { row before=(width * 1%) after=2% }
      x = plot t heat=yes
      y = plot (group (select t m before after) m) heat=yes
      """)
    // What `group` puts beside its means is no measurement.
    guard case .picture(let means) = try bench.content("y") else {
      throw Failure(.badData, "another value")
    }
    #expect(means.heat?.columnNames == ["before", "after"])
    guard case .picture(let picture) = try bench.content("x"), let heat = picture.heat else {
      throw Failure(.badData, "another value")
    }
    #expect(heat.columnNames == ["before", "after"])
    #expect(heat.rowNames == ["8, fd", "8, sa2", "16, fd", "16, sa2"])
    #expect(heat.rowLabel == "width, m" && heat.values.allSatisfy { $0 < 1 })
    #expect(heat.csv.hasPrefix("\"width, m\",column,value\n\"8, fd\",before,0.08\n"))
    for glyphs in [Glyphs.unicode, .ascii] {
      let text = CharacterPlot(columns: 80, rows: 24, glyphs: glyphs).rendered(picture)
      for word in ["16, sa2", "before", "after", "2% [", "] 16%"] { #expect(text.contains(word)) }
    }
    let svg = SVGPlot().rendered(picture)
    for word in [">16, sa2<", ">before<", ">16%<"] { #expect(svg.contains(word)) }
    #expect(XMLCheck(svg).problem == nil)
  }

  @Test(arguments: [
    ("plot t heat=yes by=m", FailureCode.incompatible),
    ("plot t heat=yes scale=log", .incompatible),
    ("plot t heat=yes x=width y=a", .incompatible), ("plot t heat=yes", .wrongKind),
    ("h = yes == yes\nplot t heat=(h) by=m", .incompatible),
    ("plot (select t width m) heat=yes", .badData),
  ])
  func whatShadesCannotShowIsRefused(line: String, code: FailureCode) throws {
    let sweep = "t = sweep width in [8, 16], m in [fd, sa2] { row a=(width * 1%) b=width }\n"
    #expect(try CommandBench().failure(of: sweep + line).code == code)
  }

  @Test func missingNumbersAreGreyAndNotInTheFile() {
    let svg = SVGPlot().rendered(picture(Self.grid))
    #expect(svg.contains("#cccccc"))
    #expect(Self.grid.csv.split(separator: "\n").count == 24)
  }
}
