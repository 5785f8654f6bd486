import Contract
import Kernel
import Testing

@testable import Workbench

@Suite struct GroupCommandTests {
  private let sweep = """
    t = sweep n in [1, 2], k in 1..3 { row y=(n * 10 + k) z=5% }

    """

  private func table(_ script: String) throws -> Table {
    let trial = Trial(script)
    #expect(trial.host.complaints == [])
    guard case .table(let table)? = trial.session.value(named: "g")?.content else {
      throw CommandBench.NotThis(kind: "a table")
    }
    return table
  }

  @Test func rowsThatAgreeBecomeOne() throws {
    let table = try table(sweep + "g = group t n spread=none")
    #expect(table.columns.map(\.name) == ["n", "rows", "k", "y", "z", "time"])
    #expect(table.columns.map(\.kind) == [.integer, .integer, .real, .real, .share, .seconds])
    #expect(
      table.rows.map { Array($0.prefix(5)) } == [
        [.integer(1), .integer(3), .real(2), .real(12), .real(0.05)],
        [.integer(2), .integer(3), .real(2), .real(22), .real(0.05)],
      ])
  }

  @Test func theIntervalIsStudents() throws {
    let table = try table(sweep + "g = select (group t n) n y y_interval z_interval")
    // 11, 12, 13: deviation 1, t(2) = 4.30265, by the root of 3.
    let half = try #require(table.rows[0][2].number)
    #expect(abs(half - 4.302_652_729_7 / 3.0.squareRoot()) < 1e-9)
    #expect(table.columns[3].kind == .points && table.rows[0][3] == .real(0))
  }

  @Test func theDeviationIsTheSampleDeviation() throws {
    let table = try table(sweep + "g = select (group t n spread=deviation) y_spread")
    #expect(table.rows == [[.real(1)], [.real(1)]])
  }

  @Test func groupsOfOneAndEmptyCellsHaveNoSpread() throws {
    let table = try table(
      "t = sweep n in [1, 2] { row y=n }\ng = select (group t n) n rows y y_interval")
    #expect(
      table.rows == [
        [.integer(1), .integer(1), .real(1), .empty], [.integer(2), .integer(1), .real(2), .empty],
      ])
  }

  @Test func whatCannotBeGroupedIsRefused() {
    // Found before the first line runs, since a sweep's columns are known.
    let unknown = Trial(sweep + "g = group t m")
    #expect(unknown.host.diagnostics.first?.failure.code == .unknownMember)
    #expect(unknown.session.value(named: "t") == nil)
    let bare = Trial("t = sweep n in [1, 2] { row y=n }\ng = group (select t n) n")
    #expect(bare.host.diagnostics.first?.failure.code == .wrongKind)
  }
}
