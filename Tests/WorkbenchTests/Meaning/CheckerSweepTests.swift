import Testing

@testable import Workbench

@Suite struct CheckerSweepTests {
  /// One mistake a line, with what is said and the place it is shown at.
  static let mistakes: [(script: String, expected: String)] = [
    ("row x=1", "E0107 `row` stands only in the lines of a sweep @row"),
    ("for i in [1] { row x=i }", "E0107 `row` stands only in the lines of a sweep @row"),
    ("sweep { row x=1 }", "E0301 `sweep` needs something to vary @sweep"),
    ("t = sweep x in [1]", "E0301 `sweep` needs lines to run in braces @sweep"),
    ("sweep", "E0301 `sweep` needs something to vary @sweep"),
    (
      "t = sweep x in [1] { y = x }", "E0301 no line of this sweep says what goes into the table @{"
    ),
    ("t = sweep x in [1] { row }", "E0301 `row` needs a column @row"),
    ("t = sweep x in [1] { row 3 y=x }", "E0308 `row` does not take this many values @3"),
    (
      "t = sweep x in 3 { row y=x }",
      "E0303 `sweep` goes through a list, networks or a range; this is an int @3"
    ),
    ("t = sweep x in [1], x in [2] { row y=x }", "E0305 `x` is varied twice here @x"),
    ("t = sweep x in [1], y in 1..x { row z=y }", "E0203 there is no value `x` @x"),
    ("t = sweep still in [1] { row y=1 }", "E0204 `still` is a method and cannot be a name @still"),
    ("t = sweep x in [1] { row x=x }", "E0305 `x` is varied by this sweep and a column already @x"),
    ("t = sweep x in [1] { row time=x }", "E0204 `time` is a column that every sweep has @time"),
    ("t = sweep time in [1] { row y=1 }", "E0204 `time` is a column that every sweep has @time"),
    ("t = sweep x in [1] { set seed=x; row y=x }", "E0107 `set` cannot stand in a sweep @set"),
    ("t = sweep x in [1] { forget x; row y=1 }", "E0107 `forget` cannot stand in a sweep @forget"),
    ("t = sweep x in [1] { row y=zz }", "E0203 there is no value `zz` @zz"),
    ("t = sweep x in [1] { y = barier x; row y=y }", "E0201 there is no command `barier` @barier"),
    ("t = sweep x in [1] { row y=z; z = x }", "E0203 there is no value `z` @z"),
    ("t = sweep x in [1] bugdet=3s { row y=x }", "E0302 `sweep` has no argument `bugdet` @bugdet"),
    ("toss x in [1] { y = 1 }", "E0103 `toss` takes no block @{ y = 1 }"),
    ("t = sweep x in [1] { z = x; row y=x }\nprint z", "E0203 there is no value `z` @z"),
    ("t = sweep x in [1] { row y=x }\nprint x", "E0203 there is no value `x` @x"),
    ("t, u = sweep x in [1] { row y=x }", "E0306 2 names for 1 value @t, u"),
    (
      "t = sweep x in [1] { row y=x }\nplot t",
      "E0301 of a table, `x=` and `y=` say which columns are drawn @plot t"
    ),
  ]

  /// Columns that a sweep does not have, where the table is used.
  static let columnMistakes: [(use: String, expected: String)] = [
    ("sort t z", "E0205 the table has no column `z` @z"),
    ("where t (y > 1) |> sort z", "E0205 the table has no column `z` @z"),
    ("where t (z > 1)", "E0205 the table has no column `z` @z"),
    ("where t (x > 1 and not (z < y))", "E0205 the table has no column `z` @z"),
    ("select t x z", "E0205 the table has no column `z` @z"),
    ("min t z", "E0205 the table has no column `z` @z"),
    ("plot t x=x y=y by=z", "E0205 the table has no column `z` @z"),
    ("plot t x=x y=[y, z]", "E0205 the table has no column `z` @z"),
    ("print t.z", "E0205 a table has no part `z` @z"),
    ("u = t; print (sort u y).z", "E0205 a table has no part `z` @z"),
  ]

  @Test(arguments: columnMistakes)
  func aColumnThatIsNotThereIsFoundBeforeLineOne(use: String, expected: String) {
    let trial = Trial("print \"never\"\nt = sweep x in [1, 2] { row y=x }\n" + use)
    #expect(trial.host.complaints == [expected])
    #expect(trial.host.lines == [])
  }

  @Test func columnsThatAreThereAndValuesBesideThemAreNotRefused() {
    let trial = Trial(
      """
      limit = 1
      t = sweep x in [1, 2], m in [still, turn] { row y=x }
      print (count (where t (y > limit and m == still)))
      print (count (select (sort t time) x y status))
      print (max (where t (x >= t.x[1])) y)
      """)
    #expect(trial.host.complaints == [])
    #expect(trial.host.lines.suffix(3) == ["1", "4", "2"])
  }

  @Test(arguments: mistakes)
  func aMistakeIsFoundBeforeLineOne(script: String, expected: String) {
    let trial = Trial("print \"never\"\n" + script)
    #expect(trial.host.complaints == [expected])
    #expect(trial.host.lines == [])
  }

  @Test func whatATableCannotHoldIsFoundBeforeLineOne() throws {
    let trial = Trial("print 1\nt = sweep x in [1] { n = nets; row n=n }")
    #expect(trial.host.complaints.count == 1)
    #expect(trial.host.complaints.first?.hasPrefix("E0303 `n` must be") == true)
    #expect(trial.host.lines == [])
  }

  @Test func whatExpectFailsHoldsIsCheckedAsInASweep() throws {
    let trial = Trial(
      """
      expect fails E0107 { row x=1 }
      t = sweep x in [1] { expect fails E0107 { set seed=1 }; expect fails { row y=zz }; row z=x }
      expect fails E0301 { sweep x in [1] { y = 1 } }
      """)
    #expect(trial.host.complaints == [])
  }

  @Test func theCheckerKnowsTheColumns() {
    let trial = Trial("t = sweep x in [1] { row y=x }\nplot t")
    #expect(trial.host.diagnostics.first?.failure.notes == ["columns: x y status time"])
  }
}
