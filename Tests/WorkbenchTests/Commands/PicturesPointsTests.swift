import Kernel
import Testing

@testable import Workbench

/// Points with words: names, means, the Pareto front, and what to do where words do not fit.
@Suite struct PicturesPointsTests {
  private func picture(_ name: String, in bench: CommandBench) throws -> Picture {
    guard case .picture(let picture) = try bench.content(name) else {
      throw CommandBench.NotThis(kind: "a picture")
    }
    return picture
  }

  /// `by=` was passed over, the points were called 1 and 2 after the first variable, and every cell
  /// of a method entered the front by itself.
  @Test func byNamesThePointsOfAFront() throws {
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep i in [1, 3], m in [fd, sa2] { row cost=i took=(4 - i) }
      x = plot t x=took y=cost front=yes by=m
      y = plot t x=took y=cost front=yes
      u = where t (i == 1)
      z = plot u x=took y=cost front=yes
      """)
    let byMethod = try picture("x", in: bench)
    #expect(byMethod.annotations.map(\.text) == ["fd", "sa2"])
    #expect(byMethod.annotations.map(\.point) == [.init(2, 2), .init(2, 2)])
    #expect(
      try picture("y", in: bench).annotations.map(\.text) == ["1, fd", "1, sa2", "3, fd", "3, sa2"])
    #expect(try picture("z", in: bench).annotations.map(\.text) == ["fd", "sa2"])
    #expect(
      try bench.failure(of: "plot t x=took y=cost front=yes by=m label=i").code == .incompatible)
  }

  @Test func labelledPointsAreToldApartByAThirdColumn() throws {
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep i in [1, 3], m in [fd, sa2] { row cost=i took=(4 - i) }
      x = plot t x=took y=cost by=m label=i
      """)
    let picture = try picture("x", in: bench)
    #expect(picture.series.map(\.name) == ["fd", "sa2"])
    #expect(picture.annotations.map(\.text) == ["1", "1", "3", "3"])
  }

  private static let nets = """
    train, test = make blobs samples=300 dimension=6 classes=5 noise=1.5
    a, b = train mlp width=16 data=train epochs=3 count=2
    p = search random a b
    q = search weight_match a b

    """

  /// Networks as trained have an accuracy, too, and stood on the front of what searches can do.
  @Test(arguments: ["t", "sort t accuracy", "where t (accuracy > 0)"])
  func theNetworksAsTrainedAreNotOnTheFront(table: String) throws {
    let bench = CommandBench()
    try bench.run(
      Self.nets + "t = compare p q data=test points=3\n"
        + "x = plot (\(table)) x=accuracy y=loss front=yes")
    let picture = try picture("x", in: bench)
    let apart = try #require(picture.series.first { $0.name == "(as trained)" })
    #expect(apart.style == .points && apart.points.count == 1)
    #expect(picture.series.dropLast().flatMap(\.points).count == 2)
    #expect(picture.series.last?.name == "(as trained)")
    // Steps go from the highest accuracy down: the other way they claimed what no method reaches.
    let front = picture.series[0].points
    #expect(zip(front, front.dropFirst()).allSatisfy { $0.x > $1.x })
  }

  private static func crowd(_ count: Int) -> Picture {
    let points = (0..<count).map { Picture.Point(1 + Double($0) * 1e-4, 1 + Double($0) * 1e-4) }
    return Picture(
      title: "", x: .init("x"), y: .init("y"),
      series: [.init("y", points + [.init(2, 2)], style: .points)],
      annotations: points.enumerated().map {
        .init($1, "method \($0) with its long settings steps=1000", isRinged: false)
      } + [.init(.init(2, 2), "alone", isRinged: false)])
  }

  /// Words lay over each other where points lie close.
  @Test func numbersStandWhereWordsDoNotFit() {
    let svg = SVGPlot().rendered(Self.crowd(5))
    // Points that look like one share a place for their numbers.
    for words in ["1, 2, 3, 4, 5", "6"] { #expect(svg.contains(">\(words)</text>")) }
    #expect(svg.contains(">1: method 0 with its long settings steps=1000</text>"))
    #expect(svg.contains(">6: alone</text>"))
    // The key makes room for itself.
    #expect(svg.contains("height=\"546\""))
    #expect(XMLCheck(svg).problem == nil)
    #expect(!SVGPlot().rendered(Self.crowd(1)).contains("1: method 0"))
    for glyphs in [Glyphs.unicode, .ascii] {
      let text = CharacterPlot(columns: 80, rows: 24, glyphs: glyphs).rendered(Self.crowd(5))
      #expect(text.contains("\n1: method 0 with its long settings steps=1000"))
      let lines = text.split(separator: "\n")
      #expect(lines.count <= 24 && lines.allSatisfy { displayWidth(of: $0) <= 80 })
    }
  }

  @Test func aLongKeyLeavesRoomForThePicture() {
    let text = CharacterPlot(columns: 60, rows: 20).rendered(Self.crowd(30))
    let lines = text.split(separator: "\n")
    #expect(lines.count <= 20)
    #expect(text.contains("… all 31 in `export FILE.svg`"))
  }

  @Test func equalWordsHaveOneNumber() {
    var picture = Self.crowd(4)
    picture.annotations[2].text = picture.annotations[0].text
    let (numbered, key) = picture.numbered { $0 == $1 }
    #expect(numbered.annotations.map(\.text) == ["1", "2", "1", "3", "4"])
    #expect(key.count == 4)
  }
}
