import Kernel
import Testing

@testable import Workbench

@Suite struct MeasuresCommandTests {
  private let nets = """
    train, test = make blobs samples=500 dimension=6 classes=5 noise=1.5
    a, b, c = train mlp width=16 data=train epochs=3 count=3

    """

  @Test func theEndsOfACurveAreTheNetworks() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        line = curve a b data=test points=5
        ea = eval a data=test
        eb = eval b data=test
        m = eval (average a b) data=test
        expect line.error[5] == ea.error
        expect line.error[1] == eb.error
        expect line.error[3] == m.error
        expect line.loss[3] ~= m.loss
        expect line.alpha[5] == 1
        """)
    guard case .curve(let curve) = try bench.content("line") else { return }
    #expect(curve.alphas == [0, 0.25, 0.5, 0.75, 1])
  }

  @Test func equalNetworksHaveNoBarrier() throws {
    let bench = CommandBench()
    try bench.run(nets + "x = barrier a a data=test\nexpect x.error == 0\nexpect x.loss == 0")
    #expect(bench.host.diagnostics.isEmpty)
  }

  @Test func severalNetworksGiveTheMeanOverAllPairs() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        all = barrier a b c data=test
        ab = barrier a b data=test
        ac = barrier a c data=test
        bc = barrier b c data=test
        expect all.error ~= (ab.error + ac.error + bc.error) / 3
        expect all.loss ~= (ab.loss + ac.loss + bc.loss) / 3
        """)
    guard case .barrier(let all) = try bench.content("all") else { return }
    #expect(all.pairs.map { [$0.first, $0.second] } == [[1, 2], [1, 3], [2, 3]])
    #expect(all.pairTable.rows.count == 3)
  }

  @Test func aResultStandsForItsNetworks() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search weight_match a b
        x = barrier p data=test
        y = barrier p.networks data=test
        z = barrier p.networks[1] p.networks[2] data=test
        expect x.error == y.error
        expect x.loss == z.loss
        """)
  }

  @Test func theOtherBaselineIsStated() throws {
    let bench = CommandBench()
    try bench.run(nets + "x = barrier a b data=test baseline=mean points=3")
    guard case .barrier(let barrier) = try bench.content("x") else { return }
    #expect(barrier.baseline == .mean && barrier.pointCount == 3)
  }

  @Test func evalOfSeveralNetworksIsATable() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        t = eval a b c data=test
        one = eval a data=test
        nets = [a, b]
        u = eval nets data=test
        """)
    let table = try bench.table("t")
    #expect(table.columns.map(\.name) == ["network", "loss", "error", "accuracy"])
    guard case .score(let score) = try bench.content("one") else { return }
    #expect(table.rows[0][2] == .real(score.error))
    #expect(table.rows[0][3].number.map { abs($0 - 1 + score.error) < 1e-12 } == true)
    #expect(try bench.table("u").rows.count == 2)
  }

  // MARK: - compare

  @Test func resultsStandSideBySideWithTheNetworksAsTrained() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa2 a b data=train steps=500
        q = search weight_match a b
        t = compare p q data=test
        before = barrier a b data=test
        after = barrier q data=test
        accuracy = (eval q.average data=test).accuracy
        """)
    let table = try bench.table("t")
    #expect(table.columns.map(\.name) == ["method", "error", "loss", "accuracy", "time"])
    #expect(table.columns[1].group == "barrier, blobs test")
    #expect(
      table.rows.map { $0[0] } == [
        .text("sa2 steps=500"), .text("weight_match"), .text("(as trained)"),
      ])
    #expect(table.baselineRows == [2])
    guard case .barrier(let before) = try bench.content("before"),
      case .barrier(let after) = try bench.content("after"),
      case .real(let accuracy, .share) = try bench.content("accuracy")
    else {
      Issue.record("other kinds")
      return
    }
    #expect(table.rows[2][1] == .real(before.error) && table.rows[2][2] == .real(before.loss))
    #expect(table.rows[1][1] == .real(after.error) && table.rows[1][3] == .real(accuracy))
    #expect(table.rows[2][4] == .empty)
    #expect(table.notes.contains("1 pair") && table.notes.contains("25 points"))
  }

  @Test func severalPairsGiveMeanAndSpread() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search weight_match a b
        q = search weight_match a c
        r = search random a b
        t = compare p q r data=test
        x = barrier p data=test
        y = barrier q data=test
        """)
    let table = try bench.table("t")
    #expect(
      table.columns.map(\.name) == [
        "method", "error", "error_spread", "loss", "loss_spread", "accuracy", "time",
      ])
    #expect(
      table.rows.map { $0[0] } == [
        .text("weight_match"), .text("random"), .text("(as trained)"),
      ])
    guard case .barrier(let x) = try bench.content("x"),
      case .barrier(let y) = try bench.content("y")
    else { return }
    let mean = try #require(table.rows[0][1].number)
    let spread = try #require(table.rows[0][2].number)
    #expect(abs(mean - (x.error + y.error) / 2) < 1e-12)
    #expect(abs(spread - abs(x.error - y.error) / 2.0.squareRoot()) < 1e-12)
    #expect(table.rows[1][2] == .empty)
  }

  @Test func theSameMethodTwiceOnTheSameNetworksHasTwoRows() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search random a b seed=1
        q = search random a b seed=2
        t = compare p q data=test
        first = search sa2 a b data=train steps=10 start=random
        second = search sa2 a b data=train steps=10 start=weight_match
        u = compare first second data=test
        """)
    #expect(
      try bench.table("t").rows.map { $0[0] } == [
        .text("random #1"), .text("random #2"), .text("(as trained)"),
      ])
    #expect(
      try bench.table("u").rows.map { $0[0] } == [
        .text("sa2 steps=10 start=random"), .text("sa2 steps=10 start=weight_match"),
        .text("(as trained)"),
      ])
  }

  @Test func rowsAreSortedTheBestFirstAndTheBaselineLast() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search random a b
        q = search weight_match a b
        t = compare p q data=test sort=loss
        u = compare p q data=test sort=accuracy
        """)
    let losses = try bench.table("t").rows.map { $0[2].number ?? .nan }
    #expect(losses[0] <= losses[1])
    #expect(try bench.table("t").rows[2][0] == .text("(as trained)"))
    let accuracies = try bench.table("u").rows.map { $0[3].number ?? .nan }
    #expect(accuracies[0] >= accuracies[1])
  }

  @Test func barriersThatWereMeasuredStandAmongResults() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        naive = barrier a b data=test
        p = search weight_match a b
        t = compare naive p data=test
        """)
    let table = try bench.table("t")
    #expect(table.rows[0][0] == .text("naive"))
    #expect(table.rows[0][1] == table.rows[2][1])
    #expect(table.rows[0][3] == .empty)
  }

  @Test(arguments: [
    ("barrier a b data=test points=4", FailureCode.outOfRange, "odd"),
    ("barrier a b data=test points=1", .outOfRange, "at least 3"),
    ("barrier a b data=test points=1003", .outOfRange, "1001"),
    ("barrier a data=test", .missingArgument, "at least 2"),
    ("barrier a b data=nowhere", .unknownValue, "nowhere"),
    ("barrier a b data=test metric=loss", .unknownMetric, "always measured"),
    ("w = train mlp width=3 data=train epochs=0\nbarrier a w data=test", .incompatible, "6-3-5"),
    ("w = train mlp width=3 data=train epochs=0\nblend a w", .incompatible, "6-3-5"),
    ("w = train mlp width=3 data=train epochs=0\ncurve a w data=test", .incompatible, "6-3-5"),
    ("x, y = make blobs dimension=2 classes=5\neval a data=y", .shapeMismatch, "6"),
    ("blend a b at=1.5", .outOfRange, "at"),
    ("compare a b data=test", .wrongKind, "result"),
    ("p = search weight_match a b\ncompare p data=test sort=speed", .unknownMember, "speed"),
    ("x = barrier a b data=train\ncompare x data=test", .incompatible, "blobs train"),
    (
      "p = search weight_match a b\nw = train mlp width=3 data=train epochs=0 count=2\n"
        + "apply p w", .incompatible, "16"
    ),
    ("p = search weight_match a b\napply p a", .incompatible, "2 networks"),
    ("p = search weight_match a b\nq = search weight_match a b c\ncompose p q", .incompatible, "3"),
    ("eval data=test", .missingArgument, "NETS"),
  ])
  func badInputGetsASentence(lines: String, code: FailureCode, part: String) throws {
    let failure = try CommandBench().failure(of: nets + lines)
    #expect(failure.code == code, "\(failure)")
    #expect(failure.description.contains(part), "\(failure)")
  }
}
