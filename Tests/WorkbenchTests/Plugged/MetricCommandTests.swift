import Contract
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct MetricCommandTests {
  private let nets = """
    train, test = make blobs samples=700 dimension=6 classes=5 noise=1.5
    a, b, c = train mlp width=16 data=train epochs=3 count=3

    """

  private func bench(_ lines: String = "", threads: Int? = nil) throws -> CommandBench {
    let bench = CommandBench(threads: threads, lexicon: .plugged)
    try bench.run(nets + lines)
    return bench
  }

  @Test func aScoreHasTheMetricsThatWereAskedFor() throws {
    let bench = try bench(
      """
      s = eval a data=test metric=[nll, top1]
      expect s.nll ~= s.loss
      expect s.top1 == s.accuracy
      t = eval a b data=test metric=nll
      expect t.nll[1] == s.nll
      """)
    let score = try bench.content("s")
    #expect(score.brief.hasSuffix("%") && score.brief.contains(" · nll "))
    #expect(score.fullTable?.columns.map(\.name).suffix(2) == ["nll", "top1"])
    let table = try bench.table("t")
    #expect(table.columns.last == .init("nll", .real, best: .lowest))
    #expect(table.rows.count == 2)
  }

  @Test func aMetricThatIsTheLossAgreesWithTheCurveOfTheLoss() throws {
    let bench = try bench(
      "line = curve a b data=test points=11 metric=[nll, top1]\n"
        + "m = eval (average a b) data=test metric=nll\nexpect line.nll[6] == m.nll\n")
    guard case .curve(let curve) = try bench.content("line") else { return }
    let (nll, top1) = (try #require(curve.metric("nll")), try #require(curve.metric("top1")))
    for (point, score) in curve.scores.enumerated() {
      #expect(abs(nll.values[point] - score.loss) < 1e-6 * max(1, score.loss))
      // The plain way and that by parts may round a tie of two logits otherwise.
      #expect(abs(top1.values[point] - score.accuracy) < 0.005)
    }
  }

  @Test func theBarrierOfAMetricIsItsRiseAndWhereMoreIsBetterItsFall() throws {
    let bench = try bench(
      """
      x = barrier a b c data=test points=11 metric=[nll, top1]
      y = barrier a b data=test points=11 metric=top1 baseline=mean
      z = barrier a b data=test points=11 baseline=mean
      expect x.nll ~= x.loss within 0.0001
      expect x.top1 ~= x.error within 0.005
      expect x.nll_alpha == x.loss_alpha
      expect x.nll_spread ~= x.loss_spread within 0.0001
      expect x.indirect_nll ~= x.indirect_loss within 0.0001
      expect y.top1 ~= z.error within 0.005
      """)
    guard case .barrier(let barrier) = try bench.content("x") else { return }
    #expect(
      barrier.pairTable.columns.map(\.name).suffix(6) == [
        "nll", "nll_alpha", "indirect_nll", "top1", "top1_alpha", "indirect_top1",
      ])
    #expect(barrier.pairTable.columns.last?.kind == .points)
    #expect(try bench.content("x").summary.contains(" · top1 "))
    #expect(try bench.content("y").summary.contains(#/top1 [\d.]+ points at [01]\.\d+ /#))
  }

  @Test func equalNetworksHaveNoBarrierInAMetric() throws {
    let bench = try bench("x = barrier a a data=test metric=[nll, top1] points=5")
    #expect(try bench.content("x").member("nll").number == 0)
    #expect(try bench.content("x").member("top1").number == 0)
  }

  @Test func bitsDoNotDependOnThreads() throws {
    let hashes = try [1, 2, 3].map { threads in
      let bench = try bench(
        "x = barrier a b c data=test points=5 metric=[nll, top1]\n"
          + "s = eval a data=test metric=[nll, top1]", threads: threads)
      return [try bench.content("x"), try bench.content("s")].map { $0.computeContentHash() }
    }
    #expect(hashes[0] == hashes[1] && hashes[0] == hashes[2])
  }

  @Test func aStopEndsAMetricCurveInItsMiddle() throws {
    let bench = try bench()
    bench.host.stopping = ("curve", afterReports: 2)
    #expect(try bench.failure(of: "x = curve a b data=test metric=nll points=101").code == .stopped)
    bench.host.stopping = ("eval", afterReports: 0)
    #expect(try bench.failure(of: "x = eval a data=test metric=nll").code == .stopped)
    #expect(bench.session.value(named: "x") == nil)
  }

  @Test(arguments: [
    (
      "eval a data=test metric=no_number", FailureCode.notFinite,
      "the metric `no_number` gave nan"
    ),
    (
      "eval a b data=test metric=throwing", .badData,
      "network 1: the metric `throwing`: two classes are wanted"
    ),
    (
      "curve a b data=test metric=[nll, no_number]", .notFinite,
      "at alpha 0: the metric `no_number` gave nan"
    ),
    (
      "barrier a b data=test metric=throwing", .badData,
      "at alpha 0: the metric `throwing`: two classes are wanted"
    ),
    ("s = eval a data=test\nprint s.nll", .unknownMember, "`nll` was not measured for this score"),
    (
      "x = barrier a b data=test metric=nll\nprint x.indirect_nll", .unknownMember,
      "`indirect_nll` takes a barrier between three networks or more"
    ),
    (
      "plot (curve a b data=test) metric=nll", .unknownMember,
      "this curve was measured without `nll`"
    ),
  ])
  func refusesWhatCannotBeMeasured(line: String, code: FailureCode, message: String) throws {
    let failure = try bench().failure(of: line)
    #expect(failure.code == code)
    #expect(failure.message == message)
  }

  @Test func aCurveIsDrawnInItsMetric() throws {
    let folder = try TestFolder()
    let bench = try bench(
      """
      line = curve a b data=test points=11 metric=[nll, top1]
      p = plot line metric=top1
      q = barrier a b data=test points=11 metric=nll |> plot metric=nll
      export line '\(folder.file("line.svg"))' metric=nll
      export line '\(folder.file("line.csv"))'
      """)
    guard case .picture(let share) = try bench.content("p"),
      case .picture(let plain) = try bench.content("q"),
      case .curve(let curve) = try bench.content("line")
    else {
      Issue.record("no pictures")
      return
    }
    #expect(share.y == .init("top1", measure: .share) && plain.y == .init("nll"))
    #expect(share.series[0].points.map(\.y) == curve.metric("top1")?.values)
    let csv = try String(contentsOfFile: folder.file("line.csv"), encoding: .utf8)
    #expect(csv.hasPrefix("alpha,loss,error,nll,top1\n"))
  }

  @Test func aJournalKeepsMetrics() throws {
    let bench = try bench(
      """
      s = eval a data=test metric=[nll, top1]
      line = curve a b data=test points=3 metric=nll
      x = barrier a b c data=test points=3 metric=top1
      """)
    let reader = KeptReader(networks: []) { _ throws(Failure) in throw JSON.notKept }
    for name in ["s", "line", "x"] {
      let content = try bench.content(name)
      let kept = try #require(KeptContent([content]))
      let text = try JSON.read(Array(kept.json[0].compact.utf8), source: "journal")
      let again = try reader.content(text)
      #expect(again.computeContentHash() == content.computeContentHash())
      #expect(again.metricParts.map(\.name) == content.metricParts.map(\.name))
      #expect(again.brief == content.brief)
    }
  }

  @Test func aSweepAsksForMetrics() throws {
    let bench = try bench(
      """
      t = sweep m in [nll, top1], n in [3, 5] {
        row height=(barrier a b data=test points=n metric=m).loss
      }
      u = sweep n in [3, 5] { row top1=(barrier a b data=test points=n metric=top1).top1 }
      """)
    #expect(try bench.table("t").rows.count == 4)
    #expect(try bench.table("u").columns[1].kind == .points)
    let call = try #require(bench.session.value(named: "t")?.provenance.call)
    #expect(call.plugged.map(\.text) == ["metric nll 1", "metric top1 3"])
  }

  @Test func theCostOfMetricsIsEstimated() throws {
    let folder = try TestFolder()
    let path = folder.file("job.basin")
    try (nets + "x = barrier a b c data=test points=25 metric=[nll, top1]\n")
      .write(toFile: path, atomically: true, encoding: .utf8)
    let bench = CommandBench(lexicon: .plugged)
    try bench.run("check '\(path)' cost=yes\n")
    #expect(bench.host.diagnostics.isEmpty)
  }
}
