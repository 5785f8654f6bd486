import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct InterpreterTests {
  @Test(arguments: [
    ("x = 2 + 3 * 4", "14"), ("x = 2 ^ 10", "1024"), ("x = 7 / 2", "3.5"), ("x = 6 / 2", "3"),
    ("x = -2 ^ 2", "-4"), ("x = 50k", "50000"), ("x = 5%", "5%"), ("x = 5% + 1%", "6%"),
    ("x = 5% - 1%", "4 points"), ("x = 10% * 3", "30%"), ("x = 10% / 5%", "2"),
    ("x = 2min", "2 min 00 s"), ("x = 90s + 30s", "2 min 00 s"), ("x = 1min / 30s", "2"),
    ("x = \"a\" + 'b'", "ab"), ("x = not (1 < 2)", "no"), ("x = 1 < 2 and 2 < 1", "no"),
    ("x = 1 < 2 or nonsense", ""), ("x = [1, 2, 3][-1]", "3"), ("x = 1..5", "1..5"),
    ("x = [1, 2, 3].count", "3"), ("n = 3; x = \"n is {n} and {n * 2}\"", "n is 3 and 6"),
    ("x = 0.1 + 0.2 ~= 0.3", "yes"), ("x = 1e3", "1000"), ("x = 2GB", "2000000000"),
    ("x = 0.5 == 50%", "yes"), ("x = [red, green]", "[red, green]"),
  ])
  func expressionsHaveTheirValues(script: String, expected: String) {
    let trial = Trial(script)
    #expect((trial.brief("x") ?? "") == expected)
  }

  @Test func valuesAreBoundNumberedAndShown() {
    let trial = Trial("a, b = toss 2 below=1\nx = a + 1\n_2 + 10\n_")
    #expect(trial.host.complaints == [])
    #expect(trial.host.lines == ["_1 a, b = 0 | 0", "_2 x = 1", "11", "1"])
  }

  @Test func severalNetworksUnderOneNameAreNetworks() {
    let trial = Trial("all = nets count=3\na, b, c = nets count=3 seed=5\none = all[2]")
    #expect(trial.session.value(named: "all")?.kind == .networks)
    #expect(trial.session.value(named: "c")?.kind == .network)
    #expect(trial.session.value(named: "one")?.kind == .network)
    #expect(trial.host.complaints == [])
  }

  @Test func aFailingCommandBindsNothing() {
    let trial = Trial("x = 1\nfor i in [0] { x = 1 / i }\nprint \"never\"")
    #expect(trial.brief("x") == "1")
    #expect(trial.host.lines == ["_1 x = 1"])
    #expect(trial.host.complaints == ["E0501 division by zero @1 / i"])
    #expect(trial.report.exitCode == .failed)
  }

  @Test func pipelinesHandTheValueOnAsTheFirstArgument() {
    let trial = Trial("x = stats [1, 2, 6] |> where (value > 2) |> sort value |> count")
    #expect(trial.host.complaints == [])
    // count 3, mean 3, deviation 2.6, max 6 are above 2.
    #expect(trial.brief("x") == "4")
  }

  @Test func loopsGoThroughListsRangesAndNetworks() {
    let trial = Trial(
      """
      for i in 1..3 { print i }
      for word in [still, turn] { print "method {word}" }
      all = nets count=2
      for one in all { print one.weights }
      i = 7
      for i in [1] { x = i }
      print i x
      """)
    #expect(trial.host.complaints == [])
    #expect(
      trial.host.lines.filter { !$0.hasPrefix("_") } == [
        "1", "2", "3", "method still", "method turn", "17", "17", "7 1",
      ])
  }

  @Test func aMethodInALoopMayBeABareWord() {
    let trial = Trial(
      """
      a, b = nets count=2
      train, test = blobs
      for m in [still, (method still steps=7), turn] {
        r = search m a b data=train
        print r.steps r.method.id
      }
      """)
    #expect(trial.host.complaints == [])
    #expect(
      trial.host.lines.filter { !$0.hasPrefix("_") } == ["100 still", "7 still", "0 turn"])
  }

  @Test func expectationsShowBothSides() {
    let trial = Trial(
      """
      x = 0.02%
      expect x < 0.5%
      expect 1 + 1 == 2 "sums"
      expect 0.2501 ~= 0.25 within 0.01
      expect [1, 2].count == 2 and yes
      expect fails { print nonsense }
      expect fails E0301 { search still }
      expect 3 > 4 "never"
      print "not reached"
      """)
    #expect(
      trial.host.lines.filter { !$0.hasPrefix("_") } == [
        "ok 0.02% < 0.5%", "ok sums: 2 == 2", "ok 0.2501 ~= 0.25 within 0.01",
        "ok [1, 2].count == 2 and yes", "ok fails E0203: there is no value `nonsense`",
        "ok fails E0301: `search` needs `NETS`: the networks: single ones, lists, or what a search "
          + "left",
        "FAILED never: 3 > 4",
      ])
    #expect(trial.report.exitCode == .expectationFailed)
    #expect(trial.session.expectationCount == 7)
    #expect(trial.session.failedExpectationCount == 1)
  }

  @Test func aScriptGoesOnAfterAFailedExpectationWhenTold() {
    let trial = Trial("set on_fail=continue\nexpect 1 > 2\nprint \"reached\"")
    #expect(trial.host.lines == ["FAILED 1 > 2", "reached"])
    #expect(trial.session.failedExpectationCount == 1)
    #expect(trial.report.isSuccess)
  }

  @Test func aWrongCodeIsNoExpectedFailure() {
    let trial = Trial("expect fails E0401 { x = 1 / 0 }")
    #expect(trial.host.lines == ["FAILED fails E0501, not E0401: division by zero"])
    #expect(trial.report.exitCode == .expectationFailed)
  }

  @Test func parametersAreSetFromOutside() {
    let script = "param steps = 20 in 1..1M \"moves\"\nparam name = \"a\"\nprint steps name"
    #expect(Trial(script).host.lines == ["20 a"])
    let given = [ParameterOverride(name: "steps", text: "5k"), .init(name: "name", text: "bb")]
    #expect(Trial(script, overrides: given).host.lines == ["5000 bb"])
  }

  @Test(arguments: [
    ("steps", "0", "E0304 `steps` must be in 1..1000000; got 0 @0"),
    ("steps", "many", "E0303 `steps` must be an int; got \"many\" @many"),
    ("stepps", "3", "E0302 the script has no argument `stepps`"),
  ])
  func wrongParametersFromOutsideAreRefused(name: String, text: String, expected: String) {
    let trial = Trial(
      "param steps = 20 in 1..1M\nprint steps", overrides: [.init(name: name, text: text)])
    #expect(trial.host.complaints == [expected])
    #expect(trial.host.lines == [])
    #expect(trial.report.exitCode == .refused)
  }

  @Test func filesRunInTheSession() throws {
    let folder = try TestFolder()
    let path = folder.file("half.basin")
    try Data("param x = 4\ny = x / 2\n".utf8).write(to: URL(fileURLWithPath: path))
    let trial = Trial("run '\(path)' x=10\nprint y")
    #expect(trial.host.complaints == [])
    #expect(trial.host.lines.contains("5"))
  }

  @Test func errorsInAFileThatIsRunHaveTheirPlaceThere() throws {
    let folder = try TestFolder()
    let path = folder.file("bad.basin")
    try Data("y = 1\nz = nonsense\n".utf8).write(to: URL(fileURLWithPath: path))
    let trial = Trial("print \"before\"\nrun '\(path)'")
    #expect(trial.host.lines == [])
    #expect(trial.host.diagnostics.map(\.source.name) == [path])
  }

  @Test func aScriptThatRunsItselfIsRefused() throws {
    let folder = try TestFolder()
    let path = folder.file("loop.basin")
    try Data("run '\(path)'\n".utf8).write(to: URL(fileURLWithPath: path))
    let trial = Trial("run '\(path)'")
    #expect(trial.host.diagnostics.map(\.failure.code) == [.incompatible])
  }

  @Test func atThePromptAFailedExpectationOnlyReports() {
    var trial = Trial(isInteractive: true)
    trial.run("expect 1 > 2")
    #expect(trial.report.isSuccess)
    #expect(trial.host.lines == ["FAILED 1 > 2"])
  }

  @Test func aStoppedCommandKeepsItsValueAndEndsTheScript() {
    var trial = Trial()
    trial.host.stopping = "toss"
    trial.run("x = toss below=1\ny = 2")
    #expect(trial.report.diagnostics.map(\.failure.code) == [.stopped])
    #expect(trial.brief("x") == "0")
    #expect(trial.brief("y") == nil)
  }

  @Test func aDiscardedCommandBindsNothing() {
    var trial = Trial("x = 1", isInteractive: true)
    trial.host.stopping = "toss"
    trial.host.isDiscarding = true
    trial.run("x = toss")
    #expect(trial.report.diagnostics.map(\.failure.code) == [.stopped])
    #expect(trial.brief("x") == "1")
  }

  @Test func quitEndsTheRun() {
    let trial = Trial("x = 1\nquit\ny = 2")
    #expect(trial.brief("x") == "1" && trial.brief("y") == nil)
    #expect(trial.session.wantsToQuit)
  }
}
