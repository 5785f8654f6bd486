import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct OutputPlotTests {
  static let alphas = (0...24).map { Double($0) / 24 }

  static let curves = Picture(
    title: "Error between <a> & b, test", x: .init("alpha"), y: .init("error", measure: .share),
    series: [
      .init("as trained", alphas.map { .init($0, 0.11 + 0.248 * $0 * (1 - $0)) }),
      .init("sa2", alphas.map { .init($0, 0.112 + 0.044 * $0 * (1 - $0)) }),
      .init("weight_match", alphas.map { .init($0, 0.111 + 0.004 * $0 * (1 - $0)) }),
    ], rules: [.init(y: 0.15, "limit")],
    annotations: [.init(.init(0.5, 0.172), "6.2 points at 0.500")])

  static let trace = Picture(
    title: "Cost of p", x: .init("step", isLogarithmic: true),
    y: .init("train error of the average", measure: .share),
    series: [
      .init(
        "p", (0..<30).map { .init(Double(1 << $0), 0.145 - 0.0016 * Double($0)) }, style: .steps)
    ])

  static let scatter = Picture(
    title: "", x: .init("time", unit: "s"), y: .init("weights"),
    series: [
      .init("x", (0..<20).map { .init(Double($0), Double($0 * 37 % 101) * 500) }, style: .points)
    ])

  @Test(arguments: [("curves", curves), ("trace", trace), ("scatter", scatter)])
  func picturesAreAsKept(name: String, picture: Picture) throws {
    try expectSnapshot(
      CharacterPlot(columns: 72, rows: 20).rendered(picture), "plot-\(name).txt")
    try expectSnapshot(
      CharacterPlot(columns: 60, rows: 16, glyphs: .ascii).rendered(picture),
      "plot-\(name)-ascii.txt")
    try expectSnapshot(SVGPlot().rendered(picture), "plot-\(name).svg")
  }

  @Test(arguments: [(80, 24), (40, 12), (10, 3), (200, 60)])
  func picturesFitTheirScreen(columns: Int, rows: Int) {
    for picture in [Self.curves, Self.trace, Self.scatter] {
      for glyphs in [Glyphs.unicode, .ascii] {
        let text = CharacterPlot(columns: columns, rows: rows, glyphs: glyphs).rendered(picture)
        let lines = text.split(separator: "\n")
        #expect(lines.allSatisfy { displayWidth(of: $0) <= max(columns, 30) })
        #expect(lines.count <= max(rows, 12))
        if glyphs == .ascii { #expect(text.utf8.allSatisfy { $0 < 0x80 }) }
      }
    }
  }

  @Test func colourChangesNothingElse() {
    let plot = CharacterPlot(columns: 72, rows: 20)
    var coloured = plot
    coloured.style = Style(isColoured: true)
    let stripped = coloured.rendered(Self.curves).replacing(/\u{1B}\[[0-9;]*m/, with: "")
    let trimmed = stripped.split(separator: "\n", omittingEmptySubsequences: false)
      .map { TextLayout.withoutTrailingBlanks(String($0)) }.joined(separator: "\n")
    #expect(trimmed == plot.rendered(Self.curves))
  }

  @Test(
    arguments: [
      (0.0, 1.0, 6, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
      (0, 49, 6, ["0", "10", "20", "30", "40"]),
      (0.32, 0.37, 4, ["0.32", "0.34", "0.36"]),
      (-3, 3, 4, ["-2", "0", "2"]),
      (0, 50_000, 6, ["0", "10 000", "20 000", "30 000", "40 000", "50 000"]),
      (0, 3e-7, 4, ["0", "1e-7", "2e-7", "3e-7"]),
    ] as [(Double, Double, Int, [String])])
  func ticksStandAtRoundNumbers(low: Double, high: Double, count: Int, labels: [String]) {
    let scale = AxisScale(.init("x"), values: [low, high], tickCount: count, endsAtTicks: false)
    #expect(scale.ticks.map(\.label) == labels)
  }

  @Test(
    arguments: [
      (1.0, 1e6, 7, ["1", "10", "100", "1000", "10 000", "100 000", "1e6"]),
      (1, 100, 9, ["1", "2", "5", "10", "20", "50", "100"]),
      (1e-8, 1, 4, ["1e-8", "1e-6", "1e-4", "0.01", "1"]),
      (20, 40, 5, ["20", "25", "30", "35", "40"]),
      (16, 64, 5, ["16", "64"]),
    ] as [(Double, Double, Int, [String])])
  func logarithmicTicksStandAtPowers(low: Double, high: Double, count: Int, labels: [String]) {
    let scale = AxisScale(
      .init("x", isLogarithmic: true), values: [low, high], tickCount: count, endsAtTicks: false)
    #expect(scale.ticks.map(\.label) == labels)
    #expect(scale.fraction(low) == 0)
    #expect(abs(scale.fraction((low * high).squareRoot()) - 0.5) < 1e-9)
  }

  /// Widths 8 to 256 had ticks at 10 and 100, where nothing was measured.
  @Test(
    arguments: [
      ([8, 16, 32, 64, 128, 256], 6, ["8", "16", "32", "64", "128", "256"]),
      ([8, 16, 32, 64, 128, 256], 4, ["8", "32", "128"]),
      ([10, 100, 1000, 10_000, 50_000], 6, ["10", "100", "1000", "10 000", "50 000"]),
      ([10, 11, 12, 1000], 4, ["10", "100", "1000"]),
      ([1, 3, 9, 27, 81, 243], 4, ["1", "10", "100"]),
    ] as [([Double], Int, [String])])
  func fewValuesAreTheTicksOfALogarithmicAxis(values: [Double], count: Int, labels: [String]) {
    let scale = AxisScale(
      .init("x", isLogarithmic: true), values: values + values, tickCount: count,
      endsAtTicks: false)
    #expect(scale.ticks.map(\.label) == labels)
  }

  /// Depths 1, 2, 3 had a tick at 1.5.
  @Test func wholeNumbersHaveNoTicksBetween() {
    let scale = AxisScale(.init("depth"), values: [1, 2, 3], tickCount: 7, endsAtTicks: false)
    #expect(scale.ticks.map(\.label) == ["1", "2", "3"])
  }

  @Test func aScaleHoldsWhatItShows() {
    let values: [[Double]] = [
      [5], [0], [], [-2, -2], [1e300, -1e300], [.leastNonzeroMagnitude], [0.999, 1.001],
    ]
    for list in values {
      for endsAtTicks in [false, true] {
        let scale = AxisScale(
          .init("x"), values: list, tickCount: 6, endsAtTicks: endsAtTicks)
        #expect(scale.lower < scale.upper, "\(list)")
        for value in list { #expect((-1e-9...1 + 1e-9).contains(scale.fraction(value)), "\(list)") }
      }
    }
  }

  @Test func saysWhichPointsHaveNoPlace() {
    var picture = Self.trace
    picture.series[0].points += [.init(0, 0.1), .init(5, .nan)]
    #expect(picture.hiddenPointCount == 2)
    let note = "2 points are not shown: not finite, or not positive on a logarithmic axis"
    #expect(CharacterPlot().rendered(picture).contains(note))
    #expect(SVGPlot().rendered(picture).contains(note))
    #expect(picture.runs(of: picture.series[0]).count == 1)
  }

  @Test(arguments: [(1.0, 0.5), (37, 10), (0.004, 0.001)])
  func aRoundNumberIsFoundBelow(value: Double, power: Double) {
    #expect(abs(AxisScale.roundNumber(below: value) / power - 1) < 1e-12)
  }

  /// Lines of several series had marks where nothing was measured.
  @Test(arguments: [Glyphs.unicode, .ascii])
  func marksStandWhereSomethingWasMeasured(glyphs: Glyphs) {
    let marks: [Character] = glyphs == .unicode ? ["●", "▲"] : ["*", "+"]
    func count(_ picture: Picture) -> [Int] {
      let text = CharacterPlot(columns: 80, rows: 24, glyphs: glyphs).rendered(picture)
      // The legend has one of each; "+" stands at ticks of ASCII axes, too.
      let grid = text.split(separator: "\n").dropFirst().filter { !$0.contains("--") }
        .map { $0.drop { !"|│┤+".contains($0) }.dropFirst() }
      return marks.map { mark in grid.reduce(0) { $0 + $1.count { $0 == mark } } }
    }
    let apart = Picture(
      title: "", x: .init("x"), y: .init("y"),
      series: [
        .init("a", [.init(0, 0.3), .init(1, 1.4), .init(4, 2.2)]),
        .init("b", [.init(0, 3.3), .init(4, 3.6)]),
      ])
    #expect(count(apart) == [3, 2])
    // Where two lines are one, both show.
    var same = apart
    same.series = ["a", "b"].map { name in
      Picture.Series(name, (0..<6).map { .init(Double($0), 0.3 + Double($0 * $0)) })
    }
    #expect(count(same).allSatisfy { $0 >= 2 })
  }

  @Test func aGapPartsALine() {
    let series = Picture.Series("a", [.init(0, 1), .init(1, .nan), .init(2, 1), .init(3, 2)])
    let picture = Picture(title: "", x: .init("x"), y: .init("y"), series: [series])
    #expect(picture.runs(of: series).map(\.count) == [1, 2])
  }

  @Test func aPictureOfNothingIsStillAPicture() {
    let picture = Picture(title: "none", x: .init("x"), y: .init("y"), series: [])
    #expect(CharacterPlot().rendered(picture).contains("none"))
    #expect(SVGPlot().rendered(picture).hasSuffix("</svg>\n"))
    #expect(picture.csv == "series,x,y\n")
  }

  @Test func svgIsWellFormed() throws {
    var picture = Self.curves
    picture.title = "\u{1}<&>\"'"
    for picture in [picture, Self.trace, Self.scatter] {
      let parser = XMLCheck(SVGPlot().rendered(picture))
      #expect(parser.problem == nil)
      #expect(parser.root == "svg")
    }
  }

  @Test func csvHoldsEveryPointWithAllDigits() {
    let picture = Picture(
      title: "", x: .init("alpha"), y: .init("error"),
      series: [.init("a, b", [.init(0.1 + 0.2, 1)]), .init("c", [.init(1, .nan)])])
    // Where a number is missing there is no point.
    #expect(picture.csv == "series,alpha,error\n\"a, b\",0.30000000000000004,1\n")
  }

  @Test func pngNeedsAConverter() throws {
    #expect {
      try PNGImage.data(svg: "<svg/>", searchPath: "/nonexistent")
    } throws: { error in
      (error as? Failure)?.code == .unsupportedFormat
    }
  }

  @Test(.enabled(if: PNGImage.isAvailable))
  func pngIsMadeFromSVG() throws {
    let data = try PNGImage.data(svg: SVGPlot().rendered(Self.curves), zoom: 1)
    #expect(data.starts(with: [0x89, 0x50, 0x4E, 0x47]))
    // Width and height, from the header of the file.
    #expect(data[16..<24].elementsEqual([0, 0, 2, 208, 0, 0, 1, 184]))
    #expect {
      try PNGImage.data(svg: "no picture")
    } throws: { error in
      (error as? Failure)?.code == .writeFailed
    }
  }
}

/// Whether tags are closed in order and entities known: what a parser of XML would refuse first.
struct XMLCheck {
  var problem: String?
  var root: String?

  init(_ text: String) {
    var open: [String] = []
    var rest = Substring(text)
    while let start = rest.firstIndex(of: "<") {
      let before = rest[..<start]
      for part in before.split(separator: "&", omittingEmptySubsequences: false).dropFirst()
      where !["amp;", "lt;", "gt;", "quot;"].contains(where: part.hasPrefix) {
        problem = "a lone & before \(part.prefix(20))"
      }
      guard let end = rest[start...].firstIndex(of: ">") else {
        problem = "an unclosed tag"
        return
      }
      let tag = rest[rest.index(after: start)..<end]
      rest = rest[rest.index(after: end)...]
      if tag.hasPrefix("?") { continue }
      if tag.filter({ $0 == "\"" }).count % 2 != 0 { problem = "an unclosed quote in \(tag)" }
      let name = String(tag.drop { $0 == "/" }.prefix { !" /".contains($0) })
      if tag.hasPrefix("/") {
        if open.popLast() != name { problem = "</\(name)> closes nothing" }
      } else if !tag.hasSuffix("/") {
        if root == nil { root = name }
        open.append(name)
      }
    }
    if !open.isEmpty { problem = "<\(open.joined(separator: "> <"))> is never closed" }
  }
}
