import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct PicturesCommandTests {
  private let nets = """
    train, test = make blobs samples=300 dimension=6 classes=5 noise=1.5
    a, b = train mlp width=16 data=train epochs=3 count=2
    p = search sa2 a b data=train steps=2k start=random
    q = search weight_match a b
    line = curve a b data=test points=5

    """

  private func picture(_ name: String, in bench: CommandBench) throws -> Picture {
    guard case .picture(let picture) = try bench.content(name) else {
      throw CommandBench.NotThis(kind: "a picture")
    }
    return picture
  }

  @Test func aCurveIsDrawnInErrorOrLoss() throws {
    let bench = CommandBench()
    try bench.run(nets + "x = plot line\ny = plot line metric=loss title=\"here\"")
    guard case .curve(let curve) = try bench.content("line") else { return }
    let error = try picture("x", in: bench)
    #expect(error.series.map(\.name) == ["line"])
    #expect(error.series[0].points.map(\.y) == curve.scores.map(\.error))
    #expect(error.y.measure == .share)
    let loss = try picture("y", in: bench)
    #expect(loss.title == "here")
    #expect(loss.series[0].points.map(\.y) == curve.scores.map(\.loss))
  }

  @Test func severalCurvesShareAPictureUnderTheirNames() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        after = curve q.networks[1] q.networks[2] data=test points=5
        x = plot line after
        y = plot [line, after]
        z = barrier a b data=test points=5 |> plot
        """)
    #expect(try picture("x", in: bench).series.map(\.name) == ["line", "after"])
    #expect(try picture("y", in: bench).series == picture("x", in: bench).series)
    #expect(
      try picture("z", in: bench).series[0].points == picture("x", in: bench).series[0].points)
  }

  @Test func aTraceFallsInSteps() throws {
    let bench = CommandBench()
    try bench.run(
      nets
        + "r = search sa2 a b data=train steps=1k\nx = plot p r\ny = plot p x=seconds\nz = plot p.trace x=step y=cost"
    )
    let picture = try picture("x", in: bench)
    #expect(picture.series.map(\.name) == ["p", "r"])
    #expect(picture.series[0].style == .steps)
    #expect(picture.x.heading == "step, moves")
    let costs = picture.series[0].points.map(\.y)
    #expect(zip(costs, costs.dropFirst()).allSatisfy { $0 >= $1 })
    #expect(picture.series[0].points.last?.x == 2000)
    #expect(try self.picture("y", in: bench).x.unit == "s")
  }

  /// Errors of 0 to 10 % stood beside squared distances of 1671 on one axis.
  @Test(arguments: [
    ("plot p q", "lowers the train error of the average"), ("plot q x=evaluations", "passes"),
    ("plot p by=step", "are for tables"), ("plot p y=cost", "p.trace"),
    ("plot line x=alpha", "over alpha"),
    ("r = search brute_force a2 b2 data=train\nplot p r", "moves, those of `r` orders"),
  ])
  func whatHasNoCommonAxisIsRefused(lines: String, part: String) throws {
    let small = "a2, b2 = train mlp width=3 data=train epochs=1 count=2\n"
    let failure = try CommandBench().failure(of: nets + small + lines)
    #expect(failure.code == .incompatible && failure.description.contains(part), "\(failure)")
  }

  @Test func evaluationsAreThoseOfAllChains() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        r = search sa2 a b data=train steps=500 restarts=3 accept=greedy
        g = search sa2 a b data=train steps=2k accept=greedy
        x = plot r
        y = plot g r x=evaluations xscale=log
        z = plot p x=evaluations
        """)
    let steps = try picture("x", in: bench)
    #expect(steps.x.heading == "step, moves of each chain")
    #expect(steps.series[0].points.last?.x == 500)
    let evaluations = try picture("y", in: bench)
    #expect(evaluations.series.map { $0.points.last?.x } == [2000, 1500])
    // A temperature trial scores its moves before the search makes its first.
    guard case .result(let result) = try bench.content("p") else {
      throw CommandBench.NotThis(kind: "a result")
    }
    let trial = try #require(result.outcome.figure("trial moves"))
    let tried = try picture("z", in: bench).series[0].points
    #expect(trial > 0 && tried.first?.x == trial && tried.last?.x == trial + 2000)
    // The cost before the first move was left out of a logarithmic axis.
    #expect(evaluations.series[0].points[0].x == 0 && evaluations.hiddenPointCount == 0)
    #expect(evaluations.xScale(tickCount: 6).fraction(0) == 0)
    #expect(evaluations.notes == ["what was there at 0 stands at the left edge"])
    #expect(CharacterPlot().rendered(evaluations).contains("left edge"))
    #expect(SVGPlot().rendered(evaluations).contains("left edge"))
  }

  /// What found the start took its time before the search did.
  @Test func theTimeOfTheStartComesFirst() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        r = search sa2 a b data=train steps=300 start=p
        x = plot r x=seconds
        w = search weight_match a b restarts=3
        y = plot w
        l = search subspace a b data=train epochs=1
        z = plot l
        """)
    guard case .result(let first) = try bench.content("p"),
      case .result(let second) = try bench.content("r")
    else { throw CommandBench.NotThis(kind: "a result") }
    let points = try picture("x", in: bench).series[0].points
    #expect(points.first?.x == first.seconds && points.last?.x == second.seconds)
    // Restarts of matching run one after the other, and their steps are passes.
    let passes = try picture("y", in: bench)
    #expect(passes.x.heading == "step, passes")
    #expect(try picture("z", in: bench).x.heading == "step, batches")
  }

  /// Another run takes another time: its picture is compared by shape alone.
  @Test func picturesOfTimesHangOnTheClock() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        t = compare p q data=test points=3
        a1 = plot t x=time y=error front=yes
        a2 = plot p x=seconds
        b1 = plot p
        b2 = plot t x=error y=loss
        """)
    for (name, hangs) in [("a1", true), ("a2", true), ("b1", false), ("b2", false)] {
      let value = try #require(bench.session.value(named: name))
      #expect(Receipt(value).tolerance == (hangs ? .shape : .exact), "\(name)")
    }
  }

  /// Lines that go up and down between rows of one x say so, and no line is explained that is not
  /// there.
  @Test func severalRowsOfOneXAreSaid() throws {
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep k in [1, 2], pair in 1..2, m in [fd, sa2] {
        row y=(pick m fd=[1, 2, 3, 4] sa2=[])[pair + k]
      }
      x = plot t x=k y=y by=m
      z = plot (group (select t k m y) k m) x=k y=y by=m
      """)
    let several = try picture("x", in: bench)
    #expect(several.series.map(\.name) == ["fd"])
    #expect(several.notes.contains { $0.contains("same k") })
    #expect(try picture("z", in: bench).notes.allSatisfy { !$0.contains("same k") })
  }

  /// What is called an accuracy is better the more of it there is, in a sweep's table, too.
  @Test func theFrontOfASweepKnowsAccuracies() throws {
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep i in 1..3 { row s=[1, 2, 3][i] accuracy=[50%, 80%, 20%][i] }
      x = plot t x=s y=accuracy front=yes
      """)
    let front = try picture("x", in: bench).series[0].points.map(\.x)
    #expect(front == [1, 2])
  }

  @Test func columnsAreDrawnByAThird() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        t = compare p q data=test
        x = plot t x=error y=loss by=method
        """)
    let picture = try picture("x", in: bench)
    #expect(
      picture.series.map(\.name) == ["sa2 steps=2000 start=random", "weight_match", "(as trained)"])
    #expect(picture.x.measure == .points)
  }

  /// A straight line went across the cell that failed.
  @Test func aFailedCellPartsTheLine() throws {
    let trial = Trial(
      """
      t = sweep n in [1, 2, 3, 4], k in [1, 2] { row y=(k / (n - 2)) z=(1 / (k - 1 + n)) }
      x = plot t x=n y=y by=k
      u = where t (not (n == 2 and k == 1) and k < 3)
      v = sweep n in [1, 2, 3], k in [1, 2] { row y=(k / (n * k - 2)) }
      y = plot v x=n y=y
      """)
    guard case .picture(let picture)? = trial.session.value(named: "x")?.content,
      case .picture(let repeated)? = trial.session.value(named: "y")?.content
    else { throw CommandBench.NotThis(kind: "a picture") }
    #expect(picture.series.map { picture.runs(of: $0).map(\.count) } == [[1, 2], [1, 2]])
    #expect(picture.hiddenPointNote == "2 points are not shown: there is no number")
    // Where another row at the same x has a number, the line goes on through it.
    #expect(repeated.runs(of: repeated.series[0]).map(\.count) == [4])
  }

  private static let sweep = """
    t = sweep n in [1, 2], m in [fd, sa2] { row s=5% after=6% y=n z=(n * 2) }

    """

  @Test func severalColumnsShareAPicture() throws {
    let bench = CommandBench()
    // `s` is a value, too: in `y=` it is the column all the same.
    try bench.run(
      Self.sweep + """
        s = 3
        x = plot t x=n y=[s, after]
        y = plot t x=n y=[y, z] by=m xscale=log scale=log
        z = plot t x=n y=[s]
        """)
    let shares = try picture("x", in: bench)
    #expect(shares.series.map(\.name) == ["s", "after"])
    #expect(shares.y.measure == .share && shares.y.label == "s and after")
    let grouped = try picture("y", in: bench)
    #expect(grouped.series.map(\.name) == ["fd, y", "fd, z", "sa2, y", "sa2, z"])
    #expect(grouped.series[3].points == [.init(1, 2), .init(2, 4)])
    #expect(grouped.x.isLogarithmic && grouped.y.isLogarithmic)
    #expect(try picture("z", in: bench).series.map(\.name) == ["s"])
    // A new session draws the same picture from what is saved.
    #expect(bench.session.value(named: "y")?.provenance.text.contains("y=[y, z]") == true)
  }

  @Test(arguments: [
    ("plot t x=n y=[s, z]", FailureCode.wrongKind), ("plot t x=n y=[y, q]", .unknownMember),
    ("plot t x=n y=[y, z] label=m", .badChoice), ("plot t x=n y=[]", .wrongKind),
    ("plot t x=n y=[y, m]", .wrongKind), ("plot t x=n y=[1, 2]", .wrongKind),
  ])
  func columnsThatCannotStandTogetherAreRefused(line: String, code: FailureCode) throws {
    let failure = try CommandBench().failure(of: Self.sweep + line)
    #expect(failure.code == code, "\(failure)")
  }

  @Test(arguments: [
    ("plot a", FailureCode.wrongKind), ("plot (eval a b data=test)", .missingArgument),
    ("plot (eval a b data=test) x=network y=height", .unknownMember),
    ("plot (compare q data=test) x=method y=error", .wrongKind),
    ("plot line p", .wrongKind), ("plot p x=width", .badChoice),
    ("plot (barrier q data=train) metric=speed", .badChoice),
  ])
  func whatCannotBeDrawnGetsASentence(line: String, code: FailureCode) throws {
    let failure = try CommandBench().failure(of: nets + line)
    #expect(failure.code == code, "\(failure)")
  }

  // MARK: - export

  @Test func tablesCurvesAndTracesGoOutWithAllDigits() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      nets + """
        t = compare p q data=test
        export t '\(folder.file("new/t.csv"))'
        export t '\(folder.file("t.md"))'
        export t '\(folder.file("t.json"))'
        export line '\(folder.file("line.csv"))'
        export p '\(folder.file("trace.csv"))'
        export (eval a data=test) '\(folder.file("score.csv"))'
        """)
    let table = try bench.table("t")
    let lines = try text(folder, "new/t.csv").split(separator: "\n")
    #expect(lines[0] == "method,error,loss,accuracy,time")
    let error = try #require(table.rows[0][1].number)
    #expect(lines[1].contains(NumberText.exact(error)))
    #expect(lines.count == 4)
    #expect(try text(folder, "t.md").hasPrefix("| method"))
    let json = try JSON.read(Array(text(folder, "t.json").utf8), source: "t.json")
    #expect(json["kind"]?.text == "table")
    #expect(json["receipt"]?["sha256"]?.text?.count == 64)
    guard case .curve(let curve) = try bench.content("line") else { return }
    #expect(
      try text(folder, "line.csv").split(separator: "\n").dropFirst().map(String.init)
        == zip(curve.alphas, curve.scores).map {
          [$0, $1.loss, $1.error].map(NumberText.exact).joined(separator: ",")
        })
    #expect(try text(folder, "trace.csv").hasPrefix("step,seconds,cost\n0,"))
    #expect(try text(folder, "score.csv").hasPrefix("data,samples,loss,error,accuracy\n"))
    #expect(bench.host.texts.first == "wrote \(folder.file("new/t.csv"))")
  }

  @Test func picturesGoOutAsSVGCharactersAndPoints() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      nets + """
        plot line |> export '\(folder.file("a.svg"))'
        export line '\(folder.file("b.svg"))'
        export p '\(folder.file("c.svg"))'
        plot line |> export '\(folder.file("d.csv"))'
        plot line |> export '\(folder.file("e.txt"))'
        """)
    #expect(try text(folder, "a.svg").contains("<svg"))
    #expect(try text(folder, "a.svg") == text(folder, "b.svg"))
    #expect(try text(folder, "c.svg").contains("train error of the average"))
    #expect(try text(folder, "d.csv").split(separator: "\n").count == 6)
    #expect(try text(folder, "e.txt").contains("alpha"))
  }

  @Test func aResultGoesOutWhole() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(nets + "export p '\(folder.file("p.json"))'")
    let json = try JSON.read(Array(text(folder, "p.json").utf8), source: "p.json")
    let value = try #require(json["value"])
    #expect(value["method"]?.text == "sa2 steps=2000")
    #expect(value["steps"]?.integer == 2000)
    let sources = value["permutations"]?.elements?[1].elements?[0].integers
    #expect(try sources == bench.result("p").permutations?[1].groups[0].sources)
  }

  @Test(arguments: [
    ("export a", "x.csv", FailureCode.unsupportedFormat), ("export a", "x.svg", .unsupportedFormat),
    ("export line", "x.h5", .unsupportedFormat), ("export line", "x", .unsupportedFormat),
    ("export (eval a b data=test)", "x.svg", .unsupportedFormat),
    ("export line", "", .unsupportedFormat),
  ])
  func whatCannotBeExportedGetsASentence(
    line: String, name: String, code: FailureCode
  ) throws {
    let folder = try TestFolder()
    let failure = try CommandBench().failure(of: nets + "\(line) '\(folder.file(name))'")
    #expect(failure.code == code, "\(failure)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  private func text(_ folder: TestFolder, _ name: String) throws -> String {
    try String(contentsOfFile: folder.file(name), encoding: .utf8)
  }
}
