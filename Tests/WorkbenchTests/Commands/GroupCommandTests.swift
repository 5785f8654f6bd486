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
    #expect(table.columns.map(\.name) == ["n", "rows", "y", "z", "time"])
    #expect(table.columns.map(\.kind) == [.integer, .integer, .real, .share, .seconds])
    #expect(
      table.rows.map { Array($0.prefix(4)) } == [
        [.integer(1), .integer(3), .real(12), .real(0.05)],
        [.integer(2), .integer(3), .real(22), .real(0.05)],
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

  /// The failed cell was counted in `rows`, its time was in the mean of times, and nothing told.
  @Test(arguments: ["group t n", "select t n k y time |> group n", "where t (k > 0) |> group n"])
  func rowsThatFailedDoNotCount(line: String) throws {
    let trial = Trial("t = sweep n in [1, 2], k in 1..3 { row y=(n / (k - n)) }\ng = \(line)")
    guard case .table(let table)? = trial.session.value(named: "g")?.content else {
      throw CommandBench.NotThis(kind: "a table")
    }
    #expect(table.rows.map { $0[1] } == [.integer(2), .integer(2)])
    #expect(table.rows.map { $0[2] } == [.real(0.75), .real(0)])
    #expect(table.notes[..<2] == ["2 of 6 failed", "2 rows that failed are left out"])
    #expect(table.column(named: "k") == nil && table.column(named: "y_rows") == nil)
  }

  @Test func aGroupWithoutAGoodRowStaysAndIsEmpty() throws {
    let lines = "t = sweep n in [1, 2] { row y=(n / (n - 1)) }\n"
    let trial = Trial(lines + "g = group t n\nh = group t status")
    guard case .table(let byNumber)? = trial.session.value(named: "g")?.content,
      case .table(let byStatus)? = trial.session.value(named: "h")?.content
    else { throw CommandBench.NotThis(kind: "a table") }
    #expect(
      byNumber.rows.map { Array($0.prefix(3)) }
        == [[.integer(1), .integer(0), .empty], [.integer(2), .integer(1), .real(2)]])
    #expect(byStatus.rows.map { $0[1] } == [.integer(1), .integer(1)])
  }

  /// `rows` said 2 where the mean was of one number.
  @Test func emptyCellsAreCountedByColumn() throws {
    let trial = Trial(
      """
      v = sweep k in 1..2 { row y=(1 / (k - 1)) }
      t = sweep n in [1, 2], k in 1..2 { row y=n z=v.y[k] }
      g = group (select t n k y z) n spread=none
      """)
    guard case .table(let table)? = trial.session.value(named: "g")?.content else {
      throw CommandBench.NotThis(kind: "a table")
    }
    #expect(table.columns.map(\.name) == ["n", "rows", "y", "z", "z_rows"])
    #expect(
      table.rows[0] == [.integer(1), .integer(2), .real(1), .real(1), .integer(1)])
  }

  @Test(arguments: [
    "t = sweep rows in [1, 2], k in 1..3 { row y=k }\ng = group t rows",
    "t = sweep n in [1, 2], k in 1..3 { row y=k y_interval=n }\ng = group t n",
  ])
  func twoColumnsOfOneNameAreRefused(script: String) {
    let failure = Trial(script).host.diagnostics.first?.failure
    #expect(failure?.code == .givenTwice)
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
