import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Sessions in which something failed in its middle or was stopped for good: what is saved of them
/// is a script that runs.
@Suite struct SessionLeavingsTests {
  /// The lines of the saved session, without receipts and pins, and what was said when it was saved.
  private func saved(_ bench: CommandBench) throws -> (lines: [String], notes: [String]) {
    let folder = try TestFolder()
    let path = folder.file("s.basin")
    try bench.run("save session '\(path)'\n")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let checked = Session(host: TestHost()).check(Source(name: path, text: text))
    #expect(checked.diagnostics.map(\.failure.message) == [])
    let lines = text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
    return (lines, bench.host.notes)
  }

  /// The line that used the name was saved, and the name was not: the script stopped at it.
  @Test func whatALoopLeftWhenItFailedIsNotSaved() throws {
    let bench = CommandBench()
    _ = bench.session.run(.typed("kept = 1\nfor w in [1, 0] { y = 3 / w }"))
    #expect(bench.session.value(named: "y") != nil)
    try bench.run("z = y + 1\nu = z + kept\nv = kept + 1")
    let (lines, notes) = try saved(bench)
    #expect(lines == ["kept = 1", "v = kept + 1"])
    #expect(
      notes.filter { $0.hasPrefix("left out") } == [
        "left out: `y`, since `for w in [1, 0] { y = 3 / w }` did not run to its end",
        "left out: `z = y + 1`, since `for w in [1, 0] { y = 3 / w }` did not run to its end",
        "left out: `u = z + kept`, since `z = y + 1` is left out",
      ])
  }

  @Test func aNameThatIsBoundAgainIsSavedAgain() throws {
    let bench = CommandBench()
    _ = bench.session.run(.typed("for w in [1, 0] { y = 3 / w }"))
    try bench.run("y = 5\nz = y + 1")
    let (lines, notes) = try saved(bench)
    #expect(lines == ["y = 5", "z = y + 1"])
    #expect(!notes.contains { $0.contains("left out") })
  }

  @Test func whatAFileBoundBeforeItFailedIsNotSaved() throws {
    let folder = try TestFolder()
    let file = folder.file("half.basin")
    try "r = 5\nfor w in [0] { q = 3 / w }\n".write(toFile: file, atomically: true, encoding: .utf8)
    let bench = CommandBench()
    _ = bench.session.run(.typed("run '\(file)'"))
    try bench.run("s = r + 1\nt = 2")
    #expect(try saved(bench).lines == ["t = 2"])
  }

  /// Replayed, a search of a million moves that was stopped after a second ran them all.
  @Test(arguments: [false, true])
  func whatWasNeverFinishedIsSavedWithItsTime(resumed: Bool) throws {
    let bench = CommandBench()
    bench.host.stopping = ("search", afterReports: 2)
    _ = bench.session.run(
      .typed(
        """
        train, test = make blobs samples=200
        a, b = train mlp width=8 data=train epochs=1 count=2
        p = search sa2 a b data=train steps=1000M start=random
        """))
    if resumed {
      bench.host.stopping = nil
      try bench.run("p = resume p budget=20ms")
    }
    let lines = try saved(bench).lines
    let line = try #require(lines.last)
    let match = try #require(
      line.firstMatch(
        of: /^p = search sa2 a b data=train steps=1000M start=random budget=(\d+)ms$/))
    let milliseconds = try #require(Int(match.1))
    #expect(milliseconds >= (resumed ? 20 : 1) && milliseconds < 60_000)
    #expect(!lines.contains { $0.contains("resume") })
  }

  @Test func aBudgetOfItsOwnStays() throws {
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=200
      a, b = train mlp width=8 data=train epochs=1 count=2
      p = search sa2 a b data=train steps=1000M start=random budget=10ms
      """)
    #expect(try saved(bench).lines.last?.hasSuffix("budget=10ms") == true)
  }

  /// A session with such a line failed in every replay.
  @Test func whatWasExpectedInVainIsNotSaved() throws {
    let bench = CommandBench()
    try bench.run(
      """
      set on_fail=continue
      x = 1
      expect x == 2
      expect x == 1
      expect fails { y = x }
      expect fails { show nothing }
      z = x + 1
      """)
    #expect(
      try saved(bench).lines == [
        "set on_fail=continue", "x = 1", "expect x == 1", "expect fails { show nothing }",
        "z = x + 1",
      ])
  }

  @Test func settingsThatChangeNoValueAreNotSaved() throws {
    let bench = CommandBench()
    try bench.run("set pager=no\nset\nset seed=7 format=csv\nset color=never\nx = 1")
    #expect(try saved(bench).lines == ["set seed=7", "x = 1"])
  }

  /// What fails inside `expect fails` counted as a failed expectation of the script.
  @Test func anExpectationThatIsToFailIsNoFailure() {
    let trial = Trial("expect fails E0601 { expect 1 > 2 }\nexpect fails { expect 1 > 2 }")
    #expect(trial.report.isSuccess)
    #expect(trial.session.expectationCount == 2 && trial.session.failedExpectationCount == 0)
  }
}
