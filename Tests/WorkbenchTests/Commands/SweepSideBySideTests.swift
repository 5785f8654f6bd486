import Contract
import Kernel
import Testing

@testable import Workbench

/// Cells of a sweep that run at the same time: the table of cells that run in turn.
@Suite struct SweepSideBySideTests {
  private let data = "train, test = make blobs samples=200 noise=1.5\n"
  private let body = """
    in [4, 6, 8], m in [fd, (method sa2 steps=300 start=random)], s in 1..2 {
      a, b = train mlp width=width data=train epochs=2 count=2 seed=s
      r = search m a b data=train
      expect (eval r.average data=test).accuracy > 0.99
      row barrier=(barrier r.networks data=test).error accuracy=(eval r.average data=test).accuracy
    }

    """

  /// Runs lines with a pool of its own, so that the number of threads is the test's.
  private func bench(threads: Int) -> CommandBench {
    let bench = CommandBench()
    bench.session.pool = WorkPool(threadCount: threads)
    return bench
  }

  /// The rows without the time that each took, which differs from run to run.
  private func rows(_ bench: CommandBench) throws -> [[Table.Cell]] {
    let table = try SweepTests.table("t", in: bench.session)
    let timeless = table.columns.indices.filter { table.columns[$0].kind != .seconds }
    return table.rows.map { row in timeless.map { row[$0] } }
  }

  @Test(arguments: [2, 3, 5])
  func givesTheTableOfCellsInTurn(threads: Int) throws {
    let (inTurn, beside) = (bench(threads: threads), bench(threads: threads))
    // Expectations that fail are rows of a sweep, and end their cell alone.
    try inTurn.run(data + "t = sweep parallel=no width " + body)
    try beside.run(data + "t = sweep width " + body)
    #expect(try rows(inTurn) == rows(beside))
    #expect(try rows(beside).count == 12)
    #expect(inTurn.host.notes == beside.host.notes)
    #expect(
      inTurn.session.failedExpectationCount == beside.session.failedExpectationCount)
    #expect(inTurn.session.expectationCount == beside.session.expectationCount)
    // In turn the commands of cells reach the session's own host; side by side the sweep shows
    // them on one line, so this fails where cells ran in turn after all.
    #expect(inTurn.host.begun.contains { $0.verb == "train" })
    #expect(!beside.host.begun.contains { $0.verb == "train" })
  }

  @Test(arguments: [0, 1, 3, 6, 11])
  func resumeAfterAStopGivesTheWholeTable(reports: Int) throws {
    let whole = bench(threads: 3)
    try whole.run(data + "t = sweep width " + body)
    let stopped = bench(threads: 3)
    stopped.host.stopping = ("sweep", afterReports: reports)
    try stopped.run(data + "t = sweep width " + body)
    stopped.host.stopping = nil
    let value = try #require(stopped.session.value(named: "t"))
    #expect(value.partial?.reason == "stopped")
    #expect(try rows(stopped).count < 12)
    try stopped.run("t = resume t")
    #expect(stopped.session.value(named: "t")?.partial == nil)
    #expect(try rows(stopped) == rows(whole))
  }
}
