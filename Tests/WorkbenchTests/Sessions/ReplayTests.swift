import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct ReplayTests {
  private let lines = """
    set seed=5
    train, test = make blobs samples=400 dimension=6 classes=4 noise=1.5
    x = train mlp width=8 data=train epochs=1
    x = train mlp width=8 data=train epochs=2
    a, b = train mlp width=12 data=train epochs=2 count=2
    p = search sa2 a b data=train steps=300 start=random
    barrier a b data=test
    kept = _7
    t = compare p data=test
    e = (eval a data=test).error
    for i in [1, 2] { z = e + i }
    gone = eval b data=test
    forget gone
    expect e < 1
    later = eval b data=test
    forget later
    expect fails E0203 { show later }

    """

  private func saved(_ lines: String, in folder: TestFolder) throws -> String {
    let bench = CommandBench()
    try bench.run(lines + "save session \"\(folder.file("s.basin"))\"\n")
    return try String(contentsOfFile: folder.file("s.basin"), encoding: .utf8)
  }

  private func replay(
    _ path: String, _ options: Replay.Options = .init()
  ) throws -> ReplayReport {
    let bench = CommandBench()
    var replay = try Replay(
      try Source(readingFileAt: path), options, host: bench.host, lexicon: .standard,
      settings: SessionSettings())
    try replay.run()
    return replay.report
  }

  /// What is left of a session, without what was replaced or only looked.
  private func statements(_ text: String) -> [String] {
    text.split(separator: "\n").map(String.init).filter { !$0.hasPrefix("#") }
  }

  @Test func aSavedSessionGivesTheSameNumbers() throws {
    let folder = try TestFolder()
    let text = try saved(lines, in: folder)
    #expect(
      statements(text) == [
        "set seed=5", "train, test = make blobs samples=400 dimension=6 classes=4 noise=1.5",
        "x = train mlp width=8 data=train epochs=2",
        "a, b = train mlp width=12 data=train epochs=2 count=2",
        "p = search sa2 a b data=train steps=300 start=random",
        "r7 = barrier a b data=test", "kept = r7", "t = compare p data=test",
        "e = (eval a data=test).error", "for i in [1, 2] { z = e + i }", "expect e < 1",
        "later = eval b data=test", "forget later", "expect fails E0203 { show later }",
      ])
    var options = Replay.Options()
    options.runsTwice = true
    options.threads = [1, 2]
    let report = try replay(folder.file("s.basin"), options)
    #expect(report.isSame)
    #expect(report.count(.same) == 12)
    #expect(report.unrecorded == 0)
    #expect(report.expectations == 2)
    #expect(
      report.notes == [
        "2 threads: the same", "the second time: the same", "the second time: the same",
      ])
    // Saved again, a replayed session is the same text.
    let again = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      text.replacing("#!/usr/bin/env basin\n", with: "")
        + "save session \"\(again.file("s.basin"))\"\n")
    let second = try String(contentsOfFile: again.file("s.basin"), encoding: .utf8)
    #expect(second == text)
  }

  @Test func aDifferenceIsNamedWithItsLine() throws {
    let folder = try TestFolder()
    let text = try saved(lines, in: folder)
    try text.replacing("epochs=2 count=2", with: "epochs=3 count=2")
      .write(toFile: folder.file("other.basin"), atomically: true, encoding: .utf8)
    let report = try replay(folder.file("other.basin"))
    #expect(!report.isSame)
    let different = Set(report.lines.filter { $0.verdict == .different }.map(\.name))
    #expect(different.isSuperset(of: ["a", "b", "p", "r7", "t"]))
    #expect(different.isDisjoint(with: ["train", "test", "x"]))
    let line = try #require(report.lines.first { $0.name == "r7" })
    #expect(line.detail.hasPrefix("error: "))
    // The receipts can be written anew.
    var options = Replay.Options()
    options.updates = true
    _ = try replay(folder.file("other.basin"), options)
    #expect(try replay(folder.file("other.basin")).isSame)
  }

  @Test func whatWasStoppedAndGoneOnWithIsOneLine() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=2000 dimension=20 classes=5 noise=2.5
      a, b = train mlp width=32 data=train epochs=20 count=2 budget=1ms
      a, b = resume a b
      p = search sa2 a b data=train steps=20k start=random budget=1ms
      q = resume p
      c = search sa2 a b data=train steps=1000M budget=20ms
      d = compare c data=test

      """, in: folder)
    #expect(
      statements(text).dropFirst() == [
        "a, b = train mlp width=32 data=train epochs=20 count=2",
        "p = search sa2 a b data=train steps=20k start=random", "q = p",
        "c = search sa2 a b data=train steps=1000M budget=20ms", "d = compare c data=test",
      ])
    let report = try replay(folder.file("s.basin"))
    #expect(report.isSame)
    for name in ["a", "b", "p", "q"] {
      #expect(report.lines.first { $0.name == name }?.verdict == .same)
    }
    // What the clock ended, and what was made of it, is not held to its bits.
    #expect(text.components(separatedBy: " | shape").count == 3)
  }

  /// The saved line made the whole value, whatever had been made of the part.
  @Test func whatWasStoppedAndLookedAtIsALineOfItsOwn() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=2000 dimension=20 classes=5 noise=2.5
      a, b = train mlp width=32 data=train epochs=2 count=2
      r = search sa2 a b data=train steps=20k start=random budget=1ms
      before = eval r.average data=test
      full = resume r
      expect r.steps < 20000
      after = eval full.average data=test

      """, in: folder)
    #expect(
      statements(text).dropFirst(2) == [
        "r = search sa2 a b data=train steps=20k start=random budget=1ms",
        "before = eval r.average data=test", "full = resume r", "expect r.steps < 20000",
        "after = eval full.average data=test",
      ])
    let report = try replay(folder.file("s.basin"))
    #expect(report.isSame && report.expectations == 1, "\(report.text)")
    for name in ["full", "after"] {
      #expect(report.lines.first { $0.name == name }?.verdict == .same)
    }
    // A machine that is so fast that nothing is left to go on with gives the same.
    let fast = folder.file("fast.basin")
    try text.replacing("budget=1ms", with: "budget=600s").replacing(
      "expect r.steps", with: "expect 1"
    )
    .write(toFile: fast, atomically: true, encoding: .utf8)
    let other = try replay(fast)
    #expect(other.isSame, "\(other.text)")
  }

  /// `x = r` and `y = r` were written for two results that differ.
  @Test func twoLinesThatGoOnWithOneValueStayApart() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=2000 dimension=20 classes=5 noise=2.5
      a, b = train mlp width=32 data=train epochs=2 count=2
      r = search sa2 a b data=train steps=20k start=random budget=1ms
      x = resume r budget=1ms
      y = resume r
      z = resume x

      """, in: folder)
    #expect(
      statements(text).dropFirst(2) == [
        "r = search sa2 a b data=train steps=20k start=random budget=1ms",
        "x = resume r budget=1ms", "y = resume r", "z = resume x",
      ])
    let report = try replay(folder.file("s.basin"))
    #expect(report.isSame, "\(report.text)")
  }

  /// What nothing is left of is no reason to keep the lines apart.
  @Test func whatWasLookedAtInVainIsOneLine() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=2000 dimension=20 classes=5 noise=2.5
      a, b = train mlp width=32 data=train epochs=20 count=2 budget=1ms
      e = eval a data=test
      a, b = resume a b
      e = eval a data=test

      """, in: folder)
    #expect(
      statements(text).dropFirst() == [
        "a, b = train mlp width=32 data=train epochs=20 count=2", "e = eval a data=test",
      ])
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  /// A file that is run may read what was stopped, too, as long as a name stands for it.
  @Test(arguments: [("r", false), ("full", true)])
  func aFileThatIsRunMayReadWhatWasStopped(name: String, isApart: Bool) throws {
    let folder = try TestFolder()
    let file = folder.file("look.basin")
    try "before = eval a data=test\n".write(toFile: file, atomically: true, encoding: .utf8)
    let text = try saved(
      """
      train, test = make blobs samples=2000 dimension=20 classes=5 noise=2.5
      a = train mlp width=32 data=train epochs=2
      b = train mlp width=32 data=train epochs=2 seed=5
      r = search sa2 a b data=train steps=20k start=random budget=1ms
      \(name) = resume r
      run '\(file)'

      """, in: folder)
    #expect(text.contains("\n\(name) = resume r\n") == isApart)
    #expect(text.contains("steps=20k start=random budget=1ms\n") == isApart)
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  /// The other of two networks was saved as if it had been trained to its end, too.
  @Test func oneOfSeveralThatGoesOnStaysApart() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=2000 dimension=20 classes=5 noise=2.5
      a, b = train mlp width=32 data=train epochs=20 count=2 budget=1ms
      a = resume a

      """, in: folder)
    #expect(
      statements(text).dropFirst() == [
        "a, b = train mlp width=32 data=train epochs=20 count=2 budget=1ms", "a = resume a",
      ])
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  /// A resumed value has a number of its own at the prompt, and none in the saved session.
  @Test func resumedValuesAreSpokenOfByTheLineThatBeganThem() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=500 dimension=6 classes=4 noise=1.5
      a, b = train mlp width=12 data=train epochs=2 count=2
      p = search sa2 a b data=train steps=1000M start=random budget=5ms
      q = search identity a b
      resume p budget=5ms
      z = eval _.average data=test
      y = eval _5.average data=test
      for i in 1..3 { n = train mlp width=4 data=train epochs=1 }

      """, in: folder)
    #expect(statements(text).contains("z = eval p.average data=test"))
    #expect(statements(text).contains("y = eval p.average data=test"))
    #expect(try replay(folder.file("s.basin")).isSame)
    let bench = CommandBench()
    try bench.run("for i in 1..3 { n, m = make blobs samples=50 }")
    #expect(try SessionScript(bench.session).warnings == [], "no turn of a loop is missing")
  }

  @Test func aReplayLeavesTheFilesOfTheSessionAlone() throws {
    let folder = try TestFolder()
    let nets = folder.file("nets.h5")
    let text = try saved(
      """
      train, test = make blobs samples=100
      a = train mlp width=4 data=train epochs=1
      save a "\(folder.path)/x/../nets.h5"
      b = load "\(nets)"

      """, in: folder)
    #expect(!text.contains("#@ input"), "what the session wrote itself is no input")
    try Data("mine".utf8).write(to: URL(fileURLWithPath: nets))
    #expect(try replay(folder.file("s.basin")).isSame)
    #expect(try String(contentsOfFile: nets, encoding: .utf8) == "mine")
  }

  @Test func aLineThatFailsIsADifference() throws {
    let folder = try TestFolder()
    let text = try saved("x = count [1, 2]\ny = [1, 2]\nz = y[x]\n", in: folder)
    try text.replacing("count [1, 2]", with: "count [1, 2, 3]")
      .write(toFile: folder.file("other.basin"), atomically: true, encoding: .utf8)
    let report = try replay(folder.file("other.basin"))
    #expect(report.lines.map(\.verdict) == [.different, .same, .different])
    #expect(report.lines.last?.detail.hasPrefix("failed: ") == true)
  }

  @Test func aReplayKeepsToTheTimeOfTheProgram() throws {
    let folder = try TestFolder()
    _ = try saved("for i in 1..200 { x, z = make blobs samples=2000 }\ny = 2\n", in: folder)
    let bench = CommandBench()
    var replay = try Replay(
      try Source(readingFileAt: folder.file("s.basin")), .init(), host: bench.host,
      lexicon: .standard, settings: SessionSettings(), deadline: .now.advanced(by: .zero))
    try replay.run()
    #expect(replay.stopped?.failure.code == .budgetReached)
    #expect(replay.report.count(.different) == 0)
  }

  @Test func newReceiptsKeepWhatWasSetByHandAndRenewTheHead() throws {
    let folder = try TestFolder()
    let text = try saved("x = 0.5\ny = 0.25\n", in: folder)
    let path = folder.file("s.basin")
    try text.replacing("x = 0.5", with: "x = 0.75").replacing("| exact", with: "| close 0.01")
      .replacing("#@ basin 0.1 |", with: "#@ basin 0.0 |")
      .write(toFile: path, atomically: true, encoding: .utf8)
    var options = Replay.Options()
    options.updates = true
    _ = try replay(path, options)
    let after = try String(contentsOfFile: path, encoding: .utf8)
    #expect(after.components(separatedBy: "| close 0.01").count == 3)
    #expect(after.contains("#@ basin \(Basin.version) | \(NumericLevel.current) | seed 1"))
    #expect(try replay(path).isSame)
    try "x = 1; y = 2\n#= a | sha256:12345678 | exact\n"
      .write(toFile: path, atomically: true, encoding: .utf8)
    let failure = #expect(throws: Diagnostic.self) { try replay(path, options) }
    #expect(failure?.failure.message.contains("several statements on one line") == true)
  }

  @Test func aReceiptThatCannotBeReadIsFoundBeforeAnythingRuns() throws {
    let folder = try TestFolder()
    try "x = 1\n#= a | sha256:zz | exact\n"
      .write(toFile: folder.file("bad.basin"), atomically: true, encoding: .utf8)
    let bench = CommandBench()
    #expect(throws: Diagnostic.self) {
      _ = try Replay(
        try Source(readingFileAt: folder.file("bad.basin")), .init(), host: bench.host,
        lexicon: .standard, settings: SessionSettings())
    }
  }

  @Test(arguments: ["a.h5", "my  data.h5", "odd | name.h5"])
  func pathsOfInputsAreReadAsTheyAreWritten(path: String) {
    let pin = SessionPin.input(path: path, hash: String(repeating: "0", count: 64))
    let comment = Comment(text: String(pin.line.dropFirst(2)), span: Span(0, 0))
    #expect(SessionPin(comment) == pin)
  }

  @Test func aSessionIsSavedAsAScriptAlone() throws {
    for name in ["s.h5", "s.json", "s.txt"] {
      let failure = try CommandBench().failure(of: "x = 1\nsave session \(name)")
      #expect(failure.code == .unsupportedFormat)
      #expect(failure.message == "a session is saved as a script: `\(name)` must end in .basin")
    }
  }

  /// `(train)` is the value of that name, though there is a command of that name, too.
  @Test func aNameThatIsACommandIsReadInParentheses() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train = 3
      t = sweep x in [1, 2] {
        count = x * 2
        row y=((count) + (train))
      }
      train = (train) + 1
      z = (train)

      """, in: folder)
    #expect(statements(text).first == "train = 3")
    #expect(text.contains("#= > 1,5,ok\n#= > 2,7,ok\n"))
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  /// The second of two identical lines draws from a stream of its own, so the first stays.
  @Test func identicalLinesKeepTheirTurns() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      train, test = make blobs samples=100
      a = train mlp width=4 data=train epochs=1
      a = train mlp width=4 data=train epochs=1

      """, in: folder)
    #expect(statements(text).count == 3)
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  /// It was left out, so the line after it drew other numbers in the replay; so did `only=`.
  @Test(arguments: ["describe (shuffle a)", "(shuffle a)"])
  func aLineThatLooksKeepsItsTurn(look: String) throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=100
      a = train mlp width=4 data=train epochs=1
      \(look)
      b = shuffle a
      describe (shuffle b)
      save session '\(folder.file("s.basin"))'

      """)
    #expect(bench.host.notes.isEmpty)
    let text = try String(contentsOfFile: folder.file("s.basin"), encoding: .utf8)
    #expect(statements(text).dropFirst(2) == [look, "b = shuffle a"])
    #expect(try replay(folder.file("s.basin")).isSame)
    var options = Replay.Options()
    options.only = ["b"]
    #expect(try replay(folder.file("s.basin"), options).isSame)
  }

  /// It was said that the second round of a loop had been run before in lines that failed.
  @Test func theRoundsOfALoopAreCounted() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=100
      a = train mlp width=4 data=train epochs=1
      for k in [1, 2] { g = shuffle a }
      save session '\(folder.file("s.basin"))'

      """)
    #expect(bench.host.notes.isEmpty)
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  @Test func anotherInputIsNamedBeforeAnythingRuns() throws {
    let folder = try TestFolder()
    let head = "train, test = make blobs samples=100\nsave train \"\(folder.file("d.npz"))\"\n"
    try CommandBench().run(head)
    _ = try saved("d = load \"\(folder.file("d.npz"))\"\n", in: folder)
    #expect(try replay(folder.file("s.basin")).isSame)
    try CommandBench().run(head.replacing("samples=100", with: "samples=101"))
    let failure = #expect(throws: Diagnostic.self) { try replay(folder.file("s.basin")) }
    #expect(failure?.failure.code == .hashDiffers)
    var options = Replay.Options()
    options.checksInputsOnly = true
    #expect(throws: Diagnostic.self) { try replay(folder.file("s.basin"), options) }
  }

  @Test func receiptsAreReadAsTheyAreWritten() throws {
    let bench = CommandBench()
    try bench.run(lines)
    for name in ["train", "a", "p", "t", "e", "kept"] {
      let value = try #require(bench.session.value(named: name))
      let receipt = Receipt(value)
      let comments = receipt.lines.map { line in
        Comment(text: String(line.dropFirst(2)), span: Span(0, 0))
      }
      #expect(try Receipt.parse(comments) == [receipt])
      let comparison = ReceiptComparison(receipt, value, isSameLevel: true)
      #expect(comparison.verdict == .same)
    }
  }

  @Test(arguments: [
    "a | sha256:1234 | exact", "a | sha256:zzzzzzzz | exact", "sha256:12345678 | exact",
    "a | sha256:12345678 | near", "a | sha256:12345678 | close -1", "> 1", "",
  ])
  func whatIsNoReceiptIsRefused(text: String) {
    let comment = Comment(text: " " + text, span: Span(0, 0))
    #expect(throws: Receipt.BadReceipt.self) { try Receipt.parse([comment]) }
  }

  @Test func whatHoldsAnywayIsNotWritten() throws {
    let folder = try TestFolder()
    let text = try saved(
      """
      set points=11
      train, test = make blobs samples=100
      a, b = train mlp width=4 data=train epochs=1 batch=64 count=2
      e = barrier a b data=test points=25
      f = shuffle a seed=1

      """, in: folder)
    #expect(
      statements(text).dropFirst(2) == [
        "a, b = train mlp width=4 data=train epochs=1 count=2",
        "e = barrier a b data=test points=25", "f = shuffle a seed=1",
      ])
    #expect(try replay(folder.file("s.basin")).isSame)
  }

  /// What was found before a line failed was lost.
  @Test func aLineThatFailsLeavesTheReportOfThoseBefore() throws {
    let folder = try TestFolder()
    _ = try saved("x = 3\nt = sweep v in [1, 2] { row w=v }\nz = [1, 2]\n", in: folder)
    let text = try String(contentsOfFile: folder.file("s.basin"), encoding: .utf8)
    try text.replacing("z = [1, 2]", with: "z = [1, 2][(count t.w) + x]")
      .write(toFile: folder.file("s.basin"), atomically: true, encoding: .utf8)
    let bench = CommandBench()
    let failure = try bench.failure(of: "replay '\(folder.file("s.basin"))'")
    #expect(failure.code == .replayDiffers)
    #expect(bench.host.texts.first?.contains("2 same") == true)
  }

  @Test func tablesOfOtherLengthsSayWhereTheyPart() throws {
    let bench = CommandBench()
    try bench.run(
      """
      s = sweep x in [1, 2] { row y=(x * 2) }
      t = sweep x in [1, 2, 3] { row y=(x * 2) }
      u = sweep x in [1, 3, 3] { row y=(x * 2) }

      """)
    func detail(_ one: String, _ other: String) throws -> String {
      let first = Receipt(try #require(bench.session.value(named: one)))
      let second = Receipt(try #require(bench.session.value(named: other)))
      return ReceiptComparison(first, second, levelTolerance: nil).detail
    }
    #expect(try detail("s", "t") == "table 2x3 -> 3x3; first difference row 3")
    #expect(try detail("s", "u") == "table 2x3 -> 3x3; first difference row 2, column x")
  }

  @Test func numbersAreComparedWithinTheirTolerance() throws {
    let bench = CommandBench()
    try bench.run("x = 0.5\ny = 0.5000001\n")
    let x = try #require(bench.session.value(named: "x"))
    let y = try #require(bench.session.value(named: "y"))
    var receipt = Receipt(x)
    #expect(ReceiptComparison(receipt, y, isSameLevel: true).verdict == .different)
    #expect(ReceiptComparison(receipt, y, isSameLevel: false).verdict == .close)
    receipt.tolerance = .close(1e-6)
    #expect(ReceiptComparison(receipt, y, isSameLevel: true).verdict == .close)
    receipt.tolerance = .close(1e-8)
    #expect(ReceiptComparison(receipt, y, isSameLevel: true).verdict == .different)
  }
}
