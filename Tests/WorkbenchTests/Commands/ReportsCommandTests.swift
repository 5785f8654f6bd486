import Foundation
import Kernel
import Testing

@testable import Workbench

/// What is seen between three networks and more, and inside permutations.
@Suite struct ReportsCommandTests {
  private let nets = """
    train, test = make blobs samples=500 dimension=6 classes=5 noise=1.5
    a, b, c, d, e, f = train mlp width=16 data=train epochs=3 count=6

    """

  // MARK: - Between three networks

  @Test func theIndirectBarrierGoesByTheBestThird() throws {
    func barrier(_ errors: Int) -> Barrier {
      func score(_ wrong: Int) -> Score {
        Score(loss: Double(wrong), errorCount: wrong, count: 100)
      }
      return Barrier(
        curve: Curve(
          alphas: [0, 0.5, 1], scores: [score(0), score(errors), score(0)], dataName: "made up"))
    }
    // Heights 1-2: 50, 1-3: 10, 1-4: 30, 2-3: 20, 2-4: 5, 3-4: 40.
    let heights = [(1, 2, 50), (1, 3, 10), (1, 4, 30), (2, 3, 20), (2, 4, 5), (3, 4, 40)]
    let value = BarrierValue(pairs: heights.map { .init($0, $1, barrier($2)) })
    // 1-2 by 3: max(10, 20) = 20, by 4: max(30, 5) = 30. 1-3 by 2: 50, by 4: 40. 1-4 by 2: 50, by
    // 3: 40. 2-3 by 1: 50, by 4: 40. 2-4 by 1: 50, by 3: 40. 3-4 by 1: 30, by 2: 20.
    #expect(value.indirect(.error) == [0.2, 0.4, 0.4, 0.4, 0.4, 0.2])
    #expect(value.indirect(.loss) == [20, 40, 40, 40, 40, 20])
    #expect(abs((value.indirectMean(.error) ?? 0) - 2.0 / 6) < 1e-12)
    #expect(value.pairTable.columns.suffix(2).map(\.name) == ["indirect_error", "indirect_loss"])
    #expect(BarrierValue(barrier(3)).indirect(.error) == nil)
  }

  /// A table of pairs has the indirect barriers that the measured pairs have, in any order.
  @Test func indirectBarriersOfATable() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        x = barrier a b c d data=test points=3
        t = indirect (sort x.pairs by=loss) of=loss
        expect (max t.indirect_loss) == (max x.pairs.indirect_loss)
        expect (mean t.indirect_loss) ~= x.indirect_loss
        expect t.indirect_loss == (sort x.pairs by=loss).indirect_loss
        expect (count (select t indirect_loss)) == 6
        two = barrier a b data=test points=3
        expect fails E0405 { indirect two.pairs of=error }
        twice = sweep i in 1..2, k in 1..6 {
          row first=x.pairs.first[k] second=x.pairs.second[k] error=x.pairs.error[k]
        }
        expect fails E0405 { indirect twice of=error }
        # Networks 1, 2 and 4: their numbers have a gap.
        gap = indirect (where x.pairs (first != 3 and second != 3)) of=loss
        expect (count gap) == 3
        expect fails E0205 { indirect x.pairs of=nothing }
        """)
  }

  @Test func aBarrierOfThreeTellsItsIndirectMeanAndSpread() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        x = barrier a b c data=test points=3
        expect x.indirect >= 0
        expect x.loss_spread > 0
        expect x.indirect_loss ~= (mean x.pairs.indirect_loss)
        two = barrier a b data=test points=3
        expect fails E0205 { print two.indirect }
        """)
  }

  @Test func everyPairIsThereOnce() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        nets = [c, d]
        every = pairs a b nets
        expect (count every) == 6
        t = sweep i in 1..(count every) {
          p = search random every[i]
          row before=(barrier every[i] data=test points=3).error moved=(barrier p data=test points=3).loss
        }
        all = barrier a b c d data=test points=3
        """)
    guard case .barrier(let all) = try bench.content("all") else { return }
    let table = try bench.table("t")
    #expect(
      table.rows.map { $0[1].number } == all.pairs.map { $0.barrier.error.height })
    // Each pair draws for itself.
    #expect(Set(table.rows.map { $0[2] }).count == 6)
  }

  @Test func matchingByWayOfAThirdIsComparedWithTheDirectOne() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        b = shuffle a
        c = shuffle a
        p = search weight_match a b
        q = search weight_match b c
        r = search weight_match a c
        t = transitivity p q r data=test points=3
        s = search random a c
        u = transitivity p q s data=test points=3
        x = barrier s data=test points=3
        """)
    // Copies of one network are all found, so both ways are one.
    let table = try bench.table("t")
    #expect(
      table.rows.last?.map { $0 } == [
        .text("(all)"), .integer(16), .real(0), .real(0), .real(0), .real(0),
      ])
    let other = try bench.table("u")
    guard case .barrier(let x) = try bench.content("x") else { return }
    #expect((other.rows[0][2].number ?? 0) > 0.5)
    #expect(other.rows[1][3] == .real(x.error) && other.rows[1][4] == .real(0))
  }

  @Test func theLayersAddUpToTheWhole() throws {
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=500 dimension=6 classes=5 noise=1.5
      a, b = train mlp widths=[12, 8] data=train epochs=3 count=2
      p = search weight_match a b
      t = layers p data=test points=3
      before = barrier a b data=test points=3
      after = barrier p data=test points=3
      """)
    let table = try bench.table("t")
    guard case .barrier(let before) = try bench.content("before"),
      case .barrier(let after) = try bench.content("after")
    else { return }
    #expect(table.rows.count == 4)
    #expect(table.rows[0][1] == .real(before.error) && table.rows[0][2] == .real(before.loss))
    #expect(table.rows[3][1] == .real(after.error) && table.rows[3][4] == .real(after.loss))
    #expect(table.rows[1][1] == table.rows[1][3], "the first layer alone is all up to it")
    #expect(table.rows[2][4] == .real(after.loss), "up to the last is all")
    #expect(table.rows[2][2] != table.rows[2][4])
  }

  // MARK: - Units

  @Test func similarityIsTheCosineOfTheWeights() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        s = similarity a (shuffle a)
        t = similarity a a of=activations data=test
        p = search weight_match a (shuffle a)
        u = similarity p
        """)
    let same = try bench.table("u")
    #expect(same.columns.map(\.name).prefix(3) == ["unit", "u1", "u2"])
    for unit in 0..<16 {
      #expect(abs((same.rows[unit][unit + 1].number ?? 0) - 1) < 1e-12)
      // Once in every row of a shuffled copy.
      let shuffled = try bench.table("s").rows[unit].dropFirst().compactMap(\.number)
      #expect(shuffled.count { $0 > 1 - 1e-12 } == 1)
    }
    let a = try bench.network("a")
    let weights = a.parameters[0]
    let biases = a.parameters[1]
    func unit(_ place: Int) -> [Double] {
      (0..<6).map { Double(weights[place * 6 + $0]) } + [Double(biases[place])]
    }
    let (x, y) = (unit(0), unit(1))
    let product = zip(x, y).reduce(0) { $0 + $1.0 * $1.1 }
    let lengths = [x, y].map { $0.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let direct = a.weightSimilarities(with: a, group: 0)
    #expect(abs(direct[0, 1] - product / (lengths[0] * lengths[1])) < 1e-12)
    // Activations, in 32 bits: symmetric, one on the diagonal, and nothing of units that never answer.
    let table = try bench.table("t")
    for row in 0..<16 {
      for column in 0..<16 {
        let (one, other) = (table.rows[row][column + 1].number, table.rows[column][row + 1].number)
        #expect((one == nil) == (other == nil))
        if let one, let other { #expect(abs(one - other) < 1e-5) }
      }
      if let own = table.rows[row][row + 1].number { #expect(abs(own - 1) < 1e-5) }
    }
  }

  @Test func permutationsTellTheirCycles() throws {
    let order = try #require(Permutation([1, 2, 0, 3, 5, 4]))
    #expect(order.cycleLengths == [3, 2, 1])
    #expect(Permutation(identity: 4).cycleLengths == [1, 1, 1, 1])
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search random a b
        t = p.permutations.cycles
        describe p
        describe p.permutations
        """)
    let table = try bench.table("t")
    #expect(
      table.columns.map(\.name) == ["network", "layer", "units", "fixed", "cycles", "longest"])
    #expect(table.rows[0][3] == .integer(16) && table.rows[0][4] == .integer(0))
    let own = try bench.result("p").outcome.permutations?[1].groups[0]
    #expect(table.rows[1][3].number.map { Int($0) } == own?.fixedPointCount)
  }

  // MARK: - Pictures

  @Test func theFrontIsWhatNothingBetters() {
    let points = [(3, 1), (1, 5), (2, 2), (2, 4), (5, 1), (1, 5), (4, 0)].map {
      Picture.Point(Double($0.0), Double($0.1))
    }
    #expect(PlotRequest.front(of: points, moreIsBetter: (false, false)) == [1, 2, 0, 6])
    #expect(PlotRequest.front(of: points, moreIsBetter: (false, true)) == [1])
    #expect(PlotRequest.front(of: points, moreIsBetter: (true, false)) == [6, 4])
  }

  @Test func aComparisonIsDrawnAsPointsWithTheirMethods() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa2 a b data=train steps=500
        q = search weight_match a b
        r = search random a b
        t = compare p q r data=test points=3
        x = plot t x=time y=loss front=yes xscale=log
        y = plot t x=error y=loss label=method
        """)
    guard case .picture(let picture) = try bench.content("x"),
      case .picture(let plain) = try bench.content("y")
    else { return }
    #expect(picture.series[0].name == "Pareto front" && picture.x.isLogarithmic)
    #expect(picture.rules.map(\.label) == ["(as trained)"])
    #expect(
      Set(picture.annotations.map(\.text)) == ["sa2 steps=500", "weight_match", "random"])
    #expect(plain.series.map(\.style) == [.points])
    #expect(plain.annotations.count == 4)
    let text = CharacterPlot(columns: 80, rows: 24, glyphs: .ascii).rendered(picture)
    for word in ["weight_match", "sa2 steps=500", "random"] { #expect(text.contains(word)) }
    let svg = SVGPlot().rendered(picture)
    #expect(svg.contains(">weight_match</text>"))
  }

  @Test(arguments: [
    ("similarity a b layer=2", FailureCode.badData, "1 hidden layer"),
    ("similarity a data=test", .missingArgument, "2 networks"),
    ("similarity a b of=activations", .missingArgument, "data"),
    (
      "p = search random a b\nq = search random b c\ntransitivity p q q data=test", .incompatible,
      "A and C"
    ),
    ("t = eval a b data=test\nplot t x=network y=loss label=nothing", .unknownMember, "nothing"),
    ("layers a data=test", .wrongKind, "result"),
    ("pairs a", .missingArgument, "at least 2"),
  ])
  func badInputGetsASentence(lines: String, code: FailureCode, part: String) throws {
    let failure = try CommandBench().failure(of: nets + lines)
    #expect(failure.code == code, "\(failure)")
    #expect(failure.description.contains(part), "\(failure)")
  }
}
