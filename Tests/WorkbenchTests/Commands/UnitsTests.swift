import Kernel
import Testing

@testable import Workbench

/// Shares in percent, differences of shares in points, the same wherever they stand; and sentences
/// about one thing.
@Suite struct UnitsTests {
  private static let nets = """
    train, test = make blobs samples=200 dimension=6 classes=5 noise=1.5
    a, b = train mlp width=8 data=train epochs=2 count=2

    """

  /// A spread of accuracies was in percent in `ensemble` and in points in `group`.
  @Test func spreadsOfSharesAreInPoints() throws {
    let bench = CommandBench()
    try bench.run(Self.nets + "t = ensemble a b data=test")
    let columns = try bench.table("t").columns
    let spreads = columns.filter { $0.name.hasSuffix("_spread") }
    #expect(spreads.map(\.kind) == [.points, .real, .points])
    #expect(columns[1].kind == .share)
  }

  /// The trace said 0.1567 where the summary said 15.67%.
  @Test(arguments: [("sa2", Table.Kind.share), ("sa1", .points), ("weight_match", .real)])
  func theCostOfATraceHasItsMeasure(method: String, kind: Table.Kind) throws {
    let bench = CommandBench()
    let data = method == "weight_match" ? "" : " data=train steps=50"
    try bench.run(Self.nets + "p = search \(method) a b\(data)\nt = p.trace")
    #expect(try bench.table("t").columns[2].kind == kind)
  }

  @Test func differencesOfSharesAreComparedInPoints() throws {
    let bench = CommandBench()
    try bench.run(
      Self.nets + """
        q = barrier a b data=test points=3
        expect q.error >= q.error
        expect q.error >= 0
        expect q.error < 100%
        expect (eval a data=test).error < 2
        """)
    let texts = bench.host.outputs.compactMap { output -> String? in
      if case .expectation(let expectation) = output { expectation.text } else { nil }
    }
    #expect(texts[0].contains(" points >= ") && texts[0].hasSuffix(" points"), "\(texts)")
    #expect(texts[1].hasSuffix(" points >= 0 points"), "\(texts)")
    #expect(texts[2].hasSuffix("% < 100%"), "\(texts)")
    #expect(texts[3].hasSuffix("% < 200%"), "\(texts)")
  }

  @Test func oneThingIsOne() throws {
    let failure = try CommandBench().failure(of: Self.nets + "similarity a b layer=2")
    #expect(failure.message.hasSuffix("there is 1 hidden layer") && failure.notes == ["it is fc1"])
    let bench = CommandBench()
    try bench.run("inputs, more = make sphere dimension=3 samples=20")
    #expect(try bench.content("inputs").summary.hasSuffix(", 1 class"))
    #expect(try bench.content("inputs").brief.hasSuffix(", 1 class"))
  }

  /// It was taken and passed over.
  @Test(arguments: ["make sphere noise=0.1", "for r in [sphere] { make r noise=0.1 }"])
  func aSphereHasNoNoise(line: String) throws {
    let failure = try CommandBench().failure(of: line)
    #expect(failure.code == .incompatible)
  }

  @Test func oneDeviationIsForAll() throws {
    let numbers = [0.1, 0.25, 0.4, 0.05]
    let expected = try #require(Statistics.deviation(numbers))
    #expect(abs(expected - 0.158_113_883_008_418_98) < 1e-15)
    #expect(Statistics.deviation([1]) == nil && Statistics.deviation([2, 2, 2]) == 0)
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep k in 1..4 { row y=[0.1, 0.25, 0.4, 0.05][k] one=1 }
      s = stats (select t y)
      g = group (select t one y) one spread=deviation
      """)
    let stats = try bench.table("s")
    let group = try bench.table("g")
    #expect(abs(try #require(stats.rows[2][1].number) - expected) < 1e-15)
    #expect(group.rows[0][3].number == expected)
    // Of equal numbers the mean is that number, and nothing is between them.
    try bench.run(
      """
      u = sweep k in 1..3 { row x=0.1 one=1 }
      g = group (select u x one) one spread=deviation
      s = stats (select u x)
      expect (mean u.x) == 0.1
      expect g.x[1] == 0.1
      """)
    #expect(try bench.table("s").rows[1][1] == .real(0.1))
    #expect(try bench.table("s").rows[2][1] == .real(0))
  }
}
