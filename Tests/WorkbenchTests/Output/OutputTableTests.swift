import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct OutputTableTests {
  /// The comparison of the language's description.
  static let comparison = DisplayTable(
    columns: [
      .init("method", .text),
      .init("error", .points, group: "barrier, test", best: .lowest),
      .init("loss", .real, group: "barrier, test", best: .lowest),
      .init("accuracy", .share, best: .highest), .init("time", .seconds, best: .lowest),
    ],
    rows: [
      [.text("sa2"), .real(0.011), .real(0.0412), .real(0.869), .real(8.1)],
      [.text("weight_match"), .real(0), .real(0.011), .real(0.889), .real(0.1)],
      [.text("(as trained)"), .real(0.062), .real(0.373), .real(0.827), .empty],
    ], notes: ["25 points", "1 pair"], baselineRows: [2])

  @Test(arguments: TableFormat.allCases)
  func everyFormatIsAsKept(format: TableFormat) throws {
    try expectSnapshot(
      Self.comparison.rendered(as: format), "comparison.\(format.rawValue).txt")
  }

  @Test func aNarrowScreenCutsTextsAndBreaksIntoBlocks() throws {
    let text = TextTable(width: 36).rendered(Self.comparison)
    #expect(text.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= 36 })
    try expectSnapshot(text, "comparison-narrow.txt")
  }

  @Test func colourOnlyRepeatsWhatMarksSay() {
    let coloured = TextTable(style: Style(isColoured: true)).rendered(Self.comparison)
    let plain = TextTable().rendered(Self.comparison)
    #expect(coloured != plain)
    let stripped = coloured.replacing(/\u{1B}\[[0-9;]*m/, with: "")
    #expect(
      stripped.split(separator: "\n").map { TextLayout.withoutTrailingBlanks(String($0)) }
        == plain.split(separator: "\n").map(String.init))
  }

  @Test func marksNothingWhereNothingIsBetter() {
    var table = Self.comparison
    table.rows = [table.rows[0]]
    table.baselineRows = []
    #expect(!table.rendered(as: .table).contains("*"))
    table.rows.append(table.rows[0])
    #expect(!table.rendered(as: .table).contains("*"))
  }

  @Test func marksEveryOneOfEquallyGood() {
    let table = DisplayTable(
      columns: [.init("x", .integer, best: .lowest)],
      rows: [[.integer(1)], [.integer(2)], [.integer(1)], [.real(.nan)]])
    #expect(table.bestRows == [[0, 2]])
  }

  /// Of 1e-9 and 2e-9, both printed 0.00 pt, one was the best.
  @Test func marksAlikeWhatIsPrintedAlike() {
    let table = DisplayTable(
      columns: [.init("x", .points, best: .lowest)],
      rows: [[.real(2e-9)], [.real(0.02)], [.real(1e-9)]])
    #expect(table.bestRows == [[0, 2]])
    let equal = DisplayTable(
      columns: [.init("x", .points, best: .lowest)], rows: [[.real(2e-9)], [.real(1e-9)]])
    #expect(equal.bestRows == [[]])
  }

  @Test(
    arguments: [
      ([1.0, 2, 30_000], ["1", "2", "30 000"]),
      ([0.373, 0.041, 0.011], ["0.3730", "0.0410", "0.0110"]),
      ([123.456, 1.5], ["123.5", "1.5"]),
      ([1.0, 0.000_01], ["1", "1e-5"]),
      ([.nan, 0.5], ["nan", "0.5000"]),
      ([12_345.5, 99.25], ["12 346", "99"]),
      ([], []),
    ] as [([Double], [String])])
  func realsOfAColumnHaveTheSameDecimals(values: [Double], texts: [String]) {
    let column = ColumnText(.init("x", .real), cells: values.map { .real($0) })
    #expect(column.cells == texts)
  }

  @Test func everyKindHasItsUnit() {
    func text(_ kind: DisplayTable.Kind, _ cells: [DisplayTable.Cell]) -> [String] {
      ColumnText(.init("x", kind), cells: cells).cells
    }
    #expect(text(.share, [.real(0.062), .real(1)]) == ["6.20%", "100.00%"])
    #expect(text(.points, [.real(-0.001), .empty]) == ["-0.10 pt", "-"])
    #expect(text(.seconds, [.real(0.02), .real(12_345)]) == ["0.02 s", "12 345.00 s"])
    #expect(text(.bytes, [.real(512), .real(3_000_000)]) == ["0.0 MB", "3.0 MB"])
    #expect(text(.share, [.integer(12_000), .real(0.5)]) == ["12 000", "50.00%"])
    #expect(text(.yesNo, [.yesNo(true), .yesNo(false)]) == ["yes", "no"])
    #expect(text(.text, [.text("a\nb"), .integer(7)]) == ["a b", "7"])
  }

  @Test func wideLettersKeepColumnsStraight() {
    let table = DisplayTable(
      columns: [.init("名", .text), .init("n", .integer, unit: "nets")],
      rows: [[.text("日本"), .integer(1)], [.text("e\u{301}"), .integer(20_000)]])
    #expect(
      table.rendered(as: .table) == """
         名     n, nets
         日本         1
         e\u{301}       20 000

        """)
  }

  @Test func quotesFieldsOfCSV() {
    #expect(
      CSVText.record(["a", "b,c", "say \"no\"", "two\nlines", " x"])
        == "a,\"b,c\",\"say \"\"no\"\"\",\"two\nlines\",\" x\"")
    #expect(CSVText.record([""]) == "\"\"")
    #expect(CSVText.record(["", ""]) == ",")
  }

  @Test func csvKeepsAllDigitsAndTellsColumnsOfOneNameApart() {
    let table = DisplayTable(
      columns: [
        .init("loss", .real, group: "train"), .init("loss", .real, group: "test"),
        .init("ok", .yesNo),
      ], rows: [[.real(0.1 + 0.2), .real(.infinity), .yesNo(true)]])
    #expect(
      table.rendered(as: .csv) == "train loss,test loss,ok\n0.30000000000000004,inf,yes\n")
  }

  // Numbers go out as they did when the screen had a JSON writer of its own.
  @Test(arguments: [
    0, 3, -2, 0.5, 1e15, 0x1p53, 0x1p54, 1e22, -1e300, 1e-300, .nan, .infinity,
  ])
  func numbersOfJSONHaveAllDigitsAndNoIdlePoint(value: Double) {
    #expect(JSON.number(value).compact == (value.isFinite ? NumberText.exact(value) : "null"))
  }

  @Test func anEmptyTableHasItsHead() {
    let table = DisplayTable(columns: [.init("a", .text), .init("b", .real)], rows: [])
    #expect(table.rendered(as: .table) == " a   b\n")
    #expect(table.rendered(as: .csv) == "a,b\n")
  }

  /// On 80 columns three rows of `ensemble` were `weight …`, and two `average…`.
  @Test func namesOfRowsStayDistinct() {
    let names = [
      "single networks", "average of logits", "average of probabilities", "majority vote",
      "weight average (as trained)", "weight average, sa2 steps=60000",
      "weight average, sa2 steps=120000",
    ]
    let numbers = (1...8).map { DisplayTable.Column("measure_\($0)", .share) }
    let table = DisplayTable(
      columns: [.init("method", .text)] + numbers,
      rows: names.map { [.text($0)] + numbers.map { _ in .real(0.5) } })
    for width in [100, 80, 60] {
      let lines = TextTable(width: width).rendered(table).split(separator: "\n").map(String.init)
      #expect(lines.allSatisfy { displayWidth(of: $0) <= width })
      let rows = lines.filter { $0.contains("%") }
      for name in names { #expect(rows.contains { $0.hasPrefix(" \(name) ") }, "\(name)") }
      let blocks = rows.count / names.count
      #expect(rows.count == blocks * names.count && blocks >= 2)
    }
    // What differs only at its end keeps its end where a little cutting is enough.
    let short = DisplayTable(
      columns: Array(table.columns[..<4]), rows: table.rows.map { Array($0[..<4]) })
    let lines = TextTable(width: 75).rendered(short).split(separator: "\n")
    #expect(lines.count == 8)
    #expect(Set(lines.map { $0.prefix(30) }).count == 8)
  }

  /// The lower blocks of a sweep's table began with its first variable alone.
  @Test func everyBlockSaysWhatItsRowsAre() {
    let table = DisplayTable(
      columns: [
        .init("width", .integer, isVariable: true), .init("m", .text, isVariable: true),
        .init("steps", .integer, isVariable: true), .init("rows", .integer),
      ] + (1...6).map { .init("measure_\($0)", .points) },
      rows: [
        [.integer(16), .text("sa2 start=random"), .integer(50_000), .integer(3)]
          + Array(repeating: .real(0.1), count: 6)
      ])
    #expect(table.keyCount == 3)
    let lines = TextTable(width: 60).rendered(table).split(separator: "\n").map(String.init)
    let rows = lines.filter { $0.contains("sa2 start=random") }
    #expect(rows.count >= 2)
    for row in rows { #expect(row.contains("16 ") && row.contains("50 000")) }
    // Where the variables alone fill the screen, one column stays beside the first.
    let narrow = TextTable(width: 30).rendered(table).split(separator: "\n")
    #expect(narrow.allSatisfy { displayWidth(of: $0) <= 30 }, "\(narrow)")
  }

  /// A heading over two columns that is longer than both made the lines longer than the screen.
  @Test(arguments: [80, 60, 50])
  func aLongHeadingOverColumnsStaysOnTheScreen(width: Int) {
    let table = DisplayTable(
      columns: [
        .init("method", .text), .init("error", .points, group: "barrier, fashion_mnist test"),
        .init("loss", .real, group: "barrier, fashion_mnist test"),
        .init("accuracy", .share, group: "of average"), .init("time", .seconds),
      ],
      rows: [
        [
          .text("sa2 steps=60000 start=random"), .real(0.001), .real(0.07699), .real(0.8615),
          .real(24.976),
        ]
      ])
    let text = table.rendered(as: .table, width: width)
    #expect(text.split(separator: "\n").allSatisfy { displayWidth(of: $0) <= width }, "\(text)")
  }
}
