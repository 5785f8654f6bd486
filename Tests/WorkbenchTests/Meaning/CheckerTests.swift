import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct CheckerTests {
  /// One mistake a line, with what is said and the place it is shown at.
  static let mistakes: [(script: String, expected: String)] = [
    ("barier a", "E0201 there is no command `barier` @barier"),
    ("x = prnt 3", "E0201 there is no command `prnt` @prnt"),
    ("r = search stil (nets) (nets)", "E0202 there is no method `stil` @stil"),
    ("print bb", "E0203 there is no value `bb` @bb"),
    ("x = [1, bb + 1]", "E0203 there is no value `bb` @bb"),
    ("still = 3", "E0204 `still` is a method and cannot be a name @still"),
    ("for turn in [1] { }", "E0204 `turn` is a method and cannot be a name @turn"),
    ("a = nets; x = a.wieghts", "E0205 a network has no part `wieghts` @wieghts"),
    ("count", "E0301 `count` needs `VALUES`: what to count @count"),
    ("sotr", "E0201 there is no command `sotr` @sotr"),
    ("x = toss count=1 belov=3", "E0302 `toss` has no argument `belov` @belov"),
    (
      "r = search still (nets) (nets seed=3) step=5", "E0302 `still` has no argument `step` @step"
    ),
    ("x = probe whole=red", "E0203 there is no value `red` @red"),
    ("x = probe whole=\"3\"", "E0303 `whole` must be an int in 1..10; got \"3\" @\"3\""),
    ("x = probe whole=11", "E0304 `whole` must be an int in 1..10; got 11 @11"),
    ("x = probe whole=0.5", "E0303 `whole` must be an int in 1..10; got 0.5 @0.5"),
    ("n = 11; x = probe whole=n", "E0304 `whole` must be an int in 1..10; got 11 @n"),
    ("x = probe real=1.5", "E0304 `real` must be a real number in 0..1 or auto; got 1.5 @1.5"),
    ("x = probe real=atuo", "E0203 there is no value `atuo` @atuo"),
    ("x = probe choice=rde", "E0307 `choice` must be one of red, green; got `rde` @rde"),
    ("x = probe points=4", "E0304 `points` must be an odd int in 3..1001; got 4 @4"),
    ("x = probe points=1", "E0304 `points` must be an odd int in 3..1001; got 1 @1"),
    ("x = probe span=0.5..2", "E0304 `span` must be a range a..b within 0..1; got 0.5..2 @0.5..2"),
    ("x = probe flag=3", "E0303 `flag` must be yes or no; got 3 @3"),
    ("x = probe budget=5%", "E0303 `budget` must be a time such as 30s or 5min; got 5% @5%"),
    ("x = probe nets=3", "E0303 `nets` must be a network or networks; got 3 @3"),
    ("x = toss count=1 count=2", "E0305 `count` is given twice @count"),
    ("a = nets; r = search still a a", "E0305 `a` stands here twice @a"),
    ("a = nets; b = a; r = search still a b", "E0305 `b` is the same network as `a` @b"),
    ("a = nets; r = search still a", "E0301 `still` takes at least 2 networks; got 1 @a"),
    (
      "n = nets count=4; t, u = blobs; r = search turn n data=t",
      "E0503 `turn` takes 2 to 3 networks; got 4 @n"
    ),
    ("a, b = toss 3", "E0306 2 names for 3 values @a, b"),
    ("a = blobs", "E0306 1 name for 2 values @a"),
    ("a = print 3", "E0306 1 name for no value @a"),
    ("x, x = toss 2", "E0305 `x` is bound twice here @x"),
    ("quit 3", "E0308 `quit` does not take this many values @3"),
    ("x = yes + 1", "E0303 `+` does not go with yes and 1 @yes + 1"),
    ("x = (nets) < 3", "E0303 `<` does not go with a network @(nets)"),
    ("for i in 3 { }", "E0303 `for` goes through a list, networks or a range; this is an int @3"),
    ("expect 3", "E0303 `expect` needs a condition; this is an int @3"),
    ("n = nets count=2; x = n[3]", "E0304 there is no number 3 here; it has 1..2 @3"),
    ("x = 3; y = x[1]", "E0303 an int cannot be indexed @x"),
    ("x = (print 3)", "E0303 this gives no value @(print 3)"),
    ("print 3 |> count", "E0303 there is no value to hand on to `count` @count"),
    ("param n = 5 in 1..3", "E0304 `n` must be in 1..3; got 5 @5"),
    ("x = _", "E0203 there is no result yet @_"),
    ("run no_such.basin", "E0401 there is no script `no_such.basin` @no_such.basin"),
    // These were refused only when their line ran.
    (
      "t = stats [1, 2]; x = plot t x=value",
      "E0301 of a table, `x=` and `y=` say which columns are drawn @plot t x=value"
    ),
    (
      "stats [1, 2] |> plot",
      "E0301 of a table, `x=` and `y=` say which columns are drawn @plot"
    ),
    (
      "t, u = blobs; a = train mlp data=t width=4 widths=[3]",
      "E0305 `widths` and `width` both say how wide the layers are "
        + "@train mlp data=t width=4 widths=[3]"
    ),
    (
      "t, u = blobs; a = nets; b = train mlp data=t init=a depth=4",
      "E0302 `depth` says nothing beside `init` @train mlp data=t init=a depth=4"
    ),
    (
      "a, b = nets count=2; r = search turn a b",
      "E0301 `turn` needs `data=`: the data set to score on @search turn a b"
    ),
    (
      "a = nets; save [a] nets.xyz",
      "E0407 the ending of `nets.xyz` tells no format of `save` @nets.xyz"
    ),
    (
      "t = stats [1]; export t table.foo",
      "E0407 the ending of `table.foo` tells no format of `export` @table.foo"
    ),
    (
      "t, u = blobs; a = nets; barrier a data=t",
      "E0301 `barrier` takes at least 2 networks; got 1 @a"
    ),
    ("peek n.h5", "E0203 there is no value `n` @n.h5"),
    ("x = 1 / 0", "E0501 division by zero @1 / 0"),
  ]

  @Test(arguments: mistakes.indices)
  func findsTheMistakeBeforeLineOneRuns(index: Int) {
    let (script, expected) = Self.mistakes[index]
    let trial = Trial("print \"line 1\"\n" + script)
    #expect(trial.host.complaints == [expected])
    #expect(trial.host.lines == [], "nothing may run")
  }

  @Test func aTableThatIsThereNamesItsColumns() {
    var trial = Trial("t = stats [1, 2]")
    trial.run("print 3\nplot t")
    #expect(trial.host.diagnostics.map(\.failure.notes) == [["columns: statistic value"]])
    #expect(!trial.host.lines.contains("3"))
  }

  /// Lines that are right, however they look.
  @Test(arguments: [
    "x = probe whole=5 real=auto choice=green text=word file=a/b.h5 span=0..0.5 flag=yes",
    "choice = \"red\"; x = probe choice=choice", "x = probe budget=30 memory=2GB points=51",
    "x = probe real=1", "x = probe real=5%", "n = 2; a, b = toss n",
    "a, b = nets count=2; x = probe nets=[a, b]", "a = nets; x = probe nets=a",
    "train, test = blobs; print train.count test.classes", "count = 3; print count",
    "x = stats [1, 2] |> where (value == 1 or value == 2)", "x = [1, 2]; x = \"text\"",
    "for i in 1..2 { x = i }; print x", "expect fails { anything at all }",
    "expect fails E0201 { sotr }", "list", "x = [still, turn]; expect x[1] == still",
    "a, b = nets count=2; r = search still a b start=random; s = search still a b start=r",
    "a, b = nets count=2; r = search still a b start=still",
    "a, b = nets count=2; n = [a, b]; r = search still n; s = search still r.networks",
    "t = stats [1, 2]; print t.value t.count (max t.value) (mean t value)",
    "x = toss; for i in 1..3 { x = [x] }; print x", "train, test = blobs; show (train)",
  ])
  func letsRightLinesRun(script: String) {
    #expect(Trial(script).host.complaints == [])
  }

  @Test func reportsEveryErrorInTheOrderOfTheText() {
    let trial = Trial(
      """
      x = nonsense
      barier x
      y = probe whole=99 choice=rde
      for i in 1..2 {
        z = [more]
        print lost
      }
      print x y
      """)
    #expect(
      trial.host.diagnostics.map(\.failure.code.description) == [
        "E0203", "E0201", "E0304", "E0307", "E0203",
      ])
    #expect(trial.report.exitCode == .refused)
  }

  @Test func aLineThatCannotBeReadHidesNoOtherErrorAndMakesNone() {
    let trial = Trial("x = (1\ny = probe whole=99\nprint x y")
    #expect(
      trial.host.diagnostics.map(\.failure.code.description).sorted() == ["E0102"]
        || trial.host.diagnostics.map(\.failure.code.description).contains("E0304"))
    #expect(!trial.host.diagnostics.contains { $0.failure.code == .unknownValue })
  }

  @Test func namesThatAFileBindsAreKnownAfterwards() throws {
    let folder = try TestFolder()
    let path = folder.file("names.basin")
    try Data("inside = 3\n".utf8).write(to: URL(fileURLWithPath: path))
    #expect(Trial("run '\(path)'\nprint inside").host.complaints == [])
  }

  @Test func suggestsWhatIsNear() {
    let trial = Trial("train, test = blobs\nprint tran")
    #expect(trial.host.diagnostics.first?.failure.notes == ["did you mean `train`?"])
    let choice = Trial("x = probe choice=gren")
    #expect(choice.host.diagnostics.first?.failure.notes == ["did you mean `green`?"])
    let verb = Trial("tos 3")
    #expect(verb.host.diagnostics.first?.failure.notes == ["did you mean `toss`?"])
    let file = Trial("peek n.h5")
    #expect(
      file.host.diagnostics.first?.failure.notes == ["a file's name stands in quotes here: 'n.h5'"])
    let parameter = Trial("x = toss beloww=3")
    #expect(parameter.host.diagnostics.first?.failure.notes.first == "did you mean `below`?")
  }

  @Test func whatIsKnownOnlyAtRunTimeIsCheckedThere() {
    let trial = Trial(
      "for n in [1, 99] {\n  x = probe whole=n\n}\nprint \"never\"")
    #expect(trial.host.complaints == ["E0304 `whole` must be an int in 1..10; got 99 @n"])
    #expect(trial.brief("x") == "whole=int 1")
  }

  @Test func aMethodThatNeedsDataSaysSo() {
    let trial = Trial("a, b = nets count=2\nr = search turn a b")
    #expect(
      trial.host.complaints.first?.hasPrefix("E0301 `turn` needs `data=`") == true)
  }
}
