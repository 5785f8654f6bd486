import Contract
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct SweepTests {
  /// The table bound to a name, without the column of times.
  static func table(_ name: String, in session: Session) throws -> Table {
    guard case .table(var table)? = session.value(named: name)?.content else {
      throw CommandBench.NotThis(kind: "a table")
    }
    #expect(table.columns.last?.name == "time")
    table.columns.removeLast()
    table.rows = table.rows.map { Array($0.dropLast()) }
    return table
  }

  private func table(_ script: String, _ name: String = "t") throws -> Table {
    let trial = Trial(script)
    #expect(trial.report.isSuccess, "\(trial.host.complaints)")
    return try Self.table(name, in: trial.session)
  }

  /// A row per combination as text.
  private func rows(_ table: Table) -> [String] {
    table.rows.map { row in
      row.map { cell in
        switch cell {
        case .empty: "-"
        case .text(let text): text
        case .integer(let value): String(value)
        case .real(let value): Content.digits(value)
        case .yesNo(let value): value ? "yes" : "no"
        }
      }.joined(separator: " ")
    }
  }

  @Test func aRowForEachCombinationTheFirstVariableOutermost() throws {
    let made = try table("t = sweep x in [1, 2], y in 10..12 { z = x * y; row sum=(x + y) z=z }")
    #expect(made.columns.map(\.name) == ["x", "y", "sum", "z", "status"])
    #expect(
      rows(made) == [
        "1 10 11 10 ok", "1 11 12 11 ok", "1 12 13 12 ok", "2 10 12 20 ok", "2 11 13 22 ok",
        "2 12 14 24 ok",
      ])
    #expect(!made.isPartial)
  }

  @Test func columnsTakeTheKindThatFitsTheirCells() throws {
    let made = try table(
      """
      t = sweep m in [still, turn], s in [5%, 10%] {
        row share=s whole=3 real=2.5 took=2s word=m truth=(s > 7%)
      }
      """)
    #expect(
      made.columns.map(\.kind) == [
        .text, .share, .share, .integer, .real, .seconds, .text, .yesNo, .text,
      ])
    let mixed = try table("t = sweep x in [1, 2.5, 3] { row y=x }")
    #expect(mixed.columns[1].kind == .real)
    #expect(rows(mixed) == ["1 1 ok", "2.5 2.5 ok", "3 3 ok"])
    // A cost of 4193.8 beside an error of 6% stood as 419381.45%.
    let costs = try table("t = sweep x in [4193.8, 6%] { row y=x }")
    #expect(costs.columns.map(\.kind) == [.real, .real, .text])
    let whole = try table("t = sweep x in [5%, 7] { row y=x }")
    #expect(whole.columns.map(\.kind) == [.real, .real, .text])
    let shares = try table("t = sweep x in [0, 5%, 1] { row y=x }")
    #expect(shares.columns.map(\.kind) == [.share, .share, .text])
    let networks = try table("a, b = nets count=2\nt = sweep n in [a, b] { row w=n.weights }")
    #expect(rows(networks).map { String($0.prefix(1)) } == ["a", "b"])
  }

  @Test func aFailingCellIsARowWithItsCodeAndTheSweepGoesOn() throws {
    let trial = Trial(
      """
      t = sweep n in [5, 50, 7] {
        row before=n
        p = probe whole=n
        row after=p
      }
      after = 1
      """)
    let made = try Self.table("t", in: trial.session)
    #expect(rows(made) == ["5 5 whole=int 5 ok", "50 50 - E0304", "7 7 whole=int 7 ok"])
    #expect(
      trial.host.complaints == [
        "n=50: error[E0304]: `whole` must be an int in 1..10; got 50"
      ])
    #expect(trial.brief("after") == "1")
    #expect(made.notes == ["1 of 3 failed"])
  }

  @Test func aFailedExpectationIsAFailingCell() throws {
    let trial = Trial("t = sweep n in 1..3 { expect n < 3; row n2=(n * 2) }")
    #expect(rows(try Self.table("t", in: trial.session)) == ["1 2 ok", "2 4 ok", "3 - E0601"])
    #expect(trial.session.expectationCount == 3 && trial.session.failedExpectationCount == 1)
  }

  @Test func columnsThatACellDoesNotFillAreEmpty() throws {
    let made = try table(
      """
      t = sweep n in 0..2 {
        for i in [1, 2, 3] { x = i }
        empty = stats [1]
        row y=empty[3].value[1]
        for i in (where empty (statistic == "count")).value { row n2=(n + i) }
      }
      """)
    #expect(rows(made) == ["0 - 1 ok", "1 - 2 ok", "2 - 3 ok"])
  }

  @Test func aLineRunsOncePerCombinationOfTheVariablesItHangsOn() throws {
    let trial = Trial(
      """
      outside = 1
      t = sweep x in [1, 2, 3], y in [10, 20] {
        a = outside + 1
        print "nothing {a}"
        b = x + a
        print "x {b}"
        c = y + a
        print "y {c}"
        d = b + c
        print "both {d}"
        row d=d
      }
      """)
    #expect(trial.host.complaints == [])
    let printed = trial.host.lines.filter { !$0.hasPrefix("_") }
    #expect(printed.filter { $0.hasPrefix("nothing") }.count == 1)
    #expect(printed.filter { $0.hasPrefix("x") } == ["x 3", "x 4", "x 5"])
    #expect(printed.filter { $0.hasPrefix("y") } == ["y 12", "y 22"])
    #expect(printed.filter { $0.hasPrefix("both") }.count == 6)
    let made = try Self.table("t", in: trial.session)
    #expect(rows(made).last == "3 20 27 ok")
  }

  @Test func theLastResultAndNamesOfBlocksAreFollowed() throws {
    let made = try table(
      """
      t = sweep x in [1, 2], y in [3, 4] {
        k = 0
        for i in 1..x { k = i }
        w = x * 10
        q = _ + 1
        row k=k q=q
      }
      """)
    #expect(rows(made) == ["1 3 1 11 ok", "1 4 1 11 ok", "2 3 2 21 ok", "2 4 2 21 ok"])
  }

  @Test func aFileWrittenInACellIsReadInIt() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=20
      t = sweep w in [2, 3], again in [1, 2] {
        a = train mlp width=w data=train epochs=0
        save a "\(folder.file("a.h5"))"
        b = load "\(folder.file("a.h5"))"
        row weights=b.weights
      }
      """)
    #expect(try bench.table("t").rows.map { $0[2].number } == [15, 15, 21, 21])
  }

  @Test func namesStayInside() throws {
    let trial = Trial(
      """
      a = 5; x = 7
      t = sweep x in [1, 2] { a = x; hidden_one = a; row a=a }
      """)
    #expect(trial.brief("a") == "5" && trial.brief("x") == "7")
    #expect(trial.session.value(named: "hidden_one") == nil)
    #expect(trial.session.results.count == 3)
    var next = trial
    next.run("y = hidden_one + 1")
    #expect(next.host.complaints.last?.hasPrefix("E0203") == true)
  }

  @Test func sweepsStandInSweeps() throws {
    let made = try table(
      """
      t = sweep x in [1, 2] {
        inner = sweep y in 1..x { row z=(x * 10 + y) }
        row top=(max inner.z) cells=(count inner)
      }
      """)
    #expect(rows(made) == ["1 11 1 ok", "2 22 2 ok"])
  }
}

/// The result of a cell depends on the values of the variables and on nothing else.
@Suite struct SweepStreamTests {
  private func tosses(_ variables: String, _ body: String) throws -> [[Double?]: [Double?]] {
    let trial = Trial("t = sweep \(variables) { \(body) }")
    #expect(trial.host.complaints == [])
    let table = try SweepTests.table("t", in: trial.session)
    let count = variables.split(separator: "in").count - 1
    return Dictionary(
      table.rows.map { row in (row[..<count].map(\.number), row[count...].dropLast().map(\.number))
      },
      uniquingKeysWith: { first, _ in first })
  }

  private static let body = "a = toss below=x; b = toss below=x; c = toss below=1M; row a=a b=b c=c"

  @Test func otherCellsAndTheirOrderChangeNothing() throws {
    let whole = try tosses("x in [1k, 10k, 100k]", Self.body)
    #expect(whole.count == 3)
    #expect(try tosses("x in [100k, 1k, 10k]", Self.body) == whole)
    for (key, value) in whole {
      let alone = try tosses("x in [\(Int(key[0] ?? 0))]", Self.body)
      #expect(alone[key] == value)
      #expect(value[0] != value[1])
    }
  }

  @Test func linesAboveChangeNothing() throws {
    let plain = Trial("t = sweep x in [1k, 10k] { a = toss below=x; row a=a }")
    let other = Trial(
      "b = toss below=1k\nc = toss below=10k\nu = sweep x in [1k, 10k] { a = toss below=x; row a=a }"
    )
    #expect(
      try SweepTests.table("t", in: plain.session) == SweepTests.table("u", in: other.session))
  }

  /// Two lines that hang on different variables make the same call in some cells.
  ///
  /// There the second draws other numbers, as it would if the lines were typed, and in the others it is shared.
  @Test(arguments: [500, 1000, 2000], [500, 1000, 2000])
  func aCellGivesWhatItsLinesGive(x: Int, y: Int) throws {
    let lines = "a = toss below=p; b = toss below=q; c = toss below=500"
    let cells = try tosses(
      "p in [500, 1k, 2k], q in [500, 1k, 2k]", lines + "; row a=a b=b c=c")
    let typed = Trial("p = \(x); q = \(y)\n" + lines)
    let expected = ["a", "b", "c"].map { typed.session.value(named: $0)?.content.number }
    #expect(cells[[Double(x), Double(y)]] == expected)
  }

  @Test func aSeedChangesAllCells() throws {
    let script = "a = toss below=1M; row a=a"
    let one = Trial("t = sweep x in [1] { \(script) }\nu = sweep x in [1] seed=1 { \(script) }")
    let two = Trial("t = sweep x in [1] seed=2 { \(script) }")
    let set = Trial("set seed=2\nt = sweep x in [1] { \(script) }")
    let first = try SweepTests.table("t", in: one.session)
    #expect(try SweepTests.table("u", in: one.session) == first)
    #expect(try SweepTests.table("t", in: two.session) != first)
    #expect(
      try SweepTests.table("t", in: two.session) == SweepTests.table("t", in: set.session))
  }

  @Test func explainWritesAScriptThatMakesTheTableAgain() throws {
    let script = """
      set seed=5
      limit = 10 * 50
      big = toss below=limit
      xs = [1k, big]
      s = stats [1, 2]
      t = sweep x in xs, m in [still, turn] budget=1h {
        limit2 = limit + x
        a = toss below=limit2 of="of {m} {big}"
        k = sort s value |> where (value > limit) |> count
        row a=(a) k=k
      }
      explain t as=script
      """
    let first = Trial(script)
    #expect(first.host.complaints == [])
    let written = try #require(first.host.lines.last)
    var again = Trial("unrelated = toss below=500\n")
    again.run(written)
    #expect(again.host.complaints == [], "\(written)")
    #expect(
      try SweepTests.table("t", in: again.session) == SweepTests.table("t", in: first.session),
      "\(written)")
  }
}
