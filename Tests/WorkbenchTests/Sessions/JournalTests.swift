import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// A journal is written by one session and brought back into another, as after a crash.
@Suite struct JournalTests {
  private let folder: TestFolder
  private let sessions: SessionFolder
  private let preparation = """
    train, test = make blobs samples=300 dimension=6 classes=4 noise=1.5
    a, b = train mlp width=12 data=train epochs=2 count=2

    """

  init() throws {
    folder = try TestFolder()
    sessions = SessionFolder(path: folder.file("sessions"))
  }

  private var head: JournalHead {
    JournalHead(version: "0.1", level: "plain", seed: 1, threads: 1, script: nil, at: "now")
  }

  /// A session that records what it runs.
  private func recording() throws -> CommandBench {
    let bench = CommandBench()
    bench.session.journal = SessionJournal(
      try sessions.place("one"), in: sessions, head: head, mayRename: false)
    return bench
  }

  /// The session brought back into a new one, which goes on recording.
  private func broughtBack() throws -> (bench: CommandBench, problems: [String]) {
    let place = try sessions.place("one")
    var recovery = try SessionRecovery(reading: place)
    let bench = CommandBench()
    recovery.restore(into: bench.session)
    bench.session.journal = try SessionJournal(
      place, in: sessions, goingOn: recovery.history, head: head)
    return (bench, recovery.problems)
  }

  private func history() throws -> JournalHistory {
    try SessionRecovery(reading: sessions.place("one")).history
  }

  private func script(_ bench: CommandBench) throws -> String {
    try SessionScript(bench.session).text
  }

  // MARK: - Bringing back

  @Test func everyCompletedStatementIsBroughtBack() throws {
    let lines = """
      p = search sa2 a b data=train steps=300 start=random
      c = (train mlp width=4 data=train epochs=1)
      for i in [1, 2] { z = (eval a data=test).error + i; d = train mlp width=4 data=train epochs=1 }
      t = compare p data=test
      describe (shuffle a)
      f = shuffle a
      set points=7
      barrier a b data=test
      forget c
      param n = 3 in 1..9
      """
    var script = ""
    do {
      let bench = try recording()
      try bench.run(preparation + lines)
      script = try self.script(bench)
    }
    let (bench, problems) = try broughtBack()
    #expect(problems == [])
    #expect(bench.host.outputs.isEmpty, "nothing is shown a second time")
    #expect(try self.script(bench) == script)
    #expect(bench.session.settings.defaults["points"]?.sourceText == "7")
    // The streams go on where they were.
    try bench.run("e = train mlp width=4 data=train epochs=1")
    let direct = CommandBench()
    try direct.run(preparation + lines + "\ne = train mlp width=4 data=train epochs=1")
    #expect(
      bench.session.value(named: "e")?.contentHash == direct.session.value(named: "e")?.contentHash)
  }

  /// Those without a command of their own were lost, and the numbers of what came after them.
  @Test func expectationsAreBroughtBack() throws {
    let lines = """
      q = 5
      expect q == 5
      expect fails E0203 { show nothing }
      z = q + 1

      """
    var script = ""
    do {
      let bench = try recording()
      try bench.run(lines)
      script = try self.script(bench)
      #expect(script.contains("\nexpect q == 5\nexpect fails E0203 { show nothing }\n"))
    }
    let (bench, problems) = try broughtBack()
    #expect(problems == [])
    #expect(try self.script(bench) == script)
    #expect(bench.session.nextNumber == 5)
  }

  /// What it wrote is not written again, so that it would not fail now.
  @Test func anExpectationIsBroughtBackAsItWasFound() throws {
    let lines = """
      set on_fail=continue
      x = 1
      expect x == 2
      expect fails { save x '\(folder.path)' }
      """
    var script = ""
    do {
      let bench = try recording()
      try bench.run(lines)
      script = try self.script(bench)
      #expect(!script.contains("x == 2") && script.contains("expect fails {"))
    }
    let (bench, problems) = try broughtBack()
    #expect(problems == [])
    #expect(try self.script(bench) == script)
  }

  /// The time before the program was killed was missing in the budget that was written.
  @Test func theTimeBeforeACrashIsInTheBudget() throws {
    do {
      let bench = try recording()
      bench.host.stopping = ("search", 2)
      try bench.run(preparation + "p = search sa2 a b data=train steps=1000M start=random")
    }
    let (bench, _) = try broughtBack()
    // As after a crash: what was made before the call that is known now counts in the result alone.
    let value = try #require(bench.session.value(named: "p"))
    guard case .result(var result) = value.content else {
      Issue.record("no result")
      return
    }
    result.seconds += 100
    var entry = try #require(bench.session.sessionRecord.entries.last)
    entry.values = [Value(.result(result), value.provenance, partial: value.partial)]
    let line = SessionScript.line(of: entry, .standard)
    let match = try #require(line.firstMatch(of: /budget=(\d+)ms$/))
    #expect(try #require(Int(match.1)) > 100_000)
  }

  @Test func whatWasStoppedIsBroughtBackAndGoesOn() throws {
    let lines = preparation + "p = search sa2 a b data=train steps=40k start=random\n"
    do {
      let bench = try recording()
      bench.host.stopping = ("search", 1)
      try bench.run(lines)
      #expect(bench.session.value(named: "p")?.partial != nil)
    }
    do {
      let (bench, problems) = try broughtBack()
      #expect(problems == [])
      let before = try #require(bench.session.value(named: "p"))
      #expect(before.partial?.reason == "stopped")
      try bench.run("p = resume p")
      let direct = CommandBench()
      try direct.run(lines)
      #expect(
        bench.session.value(named: "p")?.contentHash
          == direct.session.value(named: "p")?.contentHash)
    }
    // Once more: the resumed value is whole, and so is what is brought back of it.
    let again = try broughtBack()
    #expect(again.problems == [])
    #expect(again.bench.session.value(named: "p")?.partial == nil)
  }

  @Test func aTrainingThatWasStoppedTwiceGoesOn() throws {
    let lines = preparation + "c, d = train mlp width=8 data=train epochs=400 count=2\n"
    do {
      let bench = try recording()
      bench.host.stopping = ("train", 3)
      try bench.run(preparation)
      try bench.run("c, d = train mlp width=8 data=train epochs=400 count=2")
      bench.host.stopping = ("resume", 3)
      try bench.run("c, d = resume c d")
      #expect(bench.session.value(named: "d")?.partial != nil)
    }
    let (bench, problems) = try broughtBack()
    #expect(problems == [])
    try bench.run("c, d = resume c d")
    let direct = CommandBench()
    try direct.run(lines)
    for name in ["c", "d"] {
      #expect(
        bench.session.value(named: name)?.contentHash
          == direct.session.value(named: name)?.contentHash)
    }
  }

  @Test func aStatementThatFailedFailsAgainWhereItDid() throws {
    do {
      let bench = try recording()
      try bench.run(preparation)
      // The third round fails: what the first two bound stays.
      bench.session.run(
        .typed("for i in [1, 2, 0] { w = i; c = train mlp width=i data=train epochs=1 }"))
      #expect(bench.host.diagnostics.count == 1)
    }
    let (bench, problems) = try broughtBack()
    #expect(problems == [])
    #expect(bench.session.value(named: "w")?.content.number == 0)
    #expect(bench.session.value(named: "c") != nil)
    #expect(try history().completed.last?.ending?.status == .failed)
  }

  @Test func aFileThatChangedIsToldAndWhatItMadeIsKept() throws {
    let nets = folder.file("nets.h5")
    do {
      let bench = try recording()
      try bench.run(preparation + "save a '\(nets)'\nc = load '\(nets)'\ne = eval c data=test")
      try bench.run("save b '\(nets)'")
    }
    let kept = try Data(contentsOf: URL(fileURLWithPath: nets))
    let (bench, problems) = try broughtBack()
    #expect(problems.first == "`c` is not what it was: something that it is made from changed")
    #expect(bench.session.value(named: "a") != nil)
    #expect(try Data(contentsOf: URL(fileURLWithPath: nets)) == kept, "nothing is written again")
  }

  // MARK: - What was running

  @Test func aKilledStatementGoesOnFromWhatItMade() throws {
    let loop = "for i in 1..3 { c = train mlp width=8 data=train epochs=150 }"
    do {
      let bench = try recording()
      try bench.run(preparation + loop)
    }
    // As if the program had been killed in the third round: the end of the record is missing.
    let place = try sessions.place("one")
    var lines = try String(contentsOfFile: place.journal, encoding: .utf8).split(separator: "\n")
    lines.removeLast()
    let calls = lines.filter { $0.contains(#""call":"#) }
    try Data((lines.joined(separator: "\n") + "\n{\"entry\":3,\"ca").utf8)
      .write(to: URL(fileURLWithPath: place.journal))
    let (bench, problems) = try broughtBack()
    #expect(problems == [])
    #expect(bench.session.journal?.interrupted?.text.hasPrefix("for i in 1..3") == true)
    bench.session.run(.typed("resume"))
    #expect(bench.host.notes.contains { $0.hasPrefix("goes on with `for i in 1..3") })
    let direct = CommandBench()
    try direct.run(preparation + loop)
    #expect(
      bench.session.value(named: "c")?.contentHash == direct.session.value(named: "c")?.contentHash)
    let history = try history()
    #expect(history.damagedLines == 1 && history.interrupted == nil)
    // What took long enough to be kept was not made a second time.
    let after = try String(contentsOfFile: place.journal, encoding: .utf8).split(separator: "\n")
      .filter { $0.contains(#""call":"#) }
    if calls.count == 3 { #expect(after.count == 3) }
  }

  @Test func resumeAloneSaysWhenNothingWasRunning() throws {
    let bench = try recording()
    bench.session.run(.typed("resume"))
    #expect(bench.host.diagnostics.first?.failure.code == .missingArgument)
  }

  // MARK: - The file

  @Test func aScriptUnderANameTakesWhatItMade() throws {
    let job = folder.file("job.basin")
    try Data(
      (preparation + "c = train mlp width=64 data=train epochs=120\nprint (eval c data=test).loss\n")
        .utf8
    )
    .write(to: URL(fileURLWithPath: job))
    let sessions = ["--session", "job", "job.basin"]
    let first = try ProgramRun(sessions, in: folder)
    #expect(first.status == 0)
    let second = try ProgramRun(sessions, in: folder)
    #expect(second.status == 0 && second.notes.contains("is taken from its journal"))
    // Times are those of the run that made the values; small ones are made again.
    #expect(second.results.split(separator: "\n").last == first.results.split(separator: "\n").last)
    let typed = try ProgramRun(["--session", "job", "-c", "x = 1"], in: folder)
    #expect(typed.status == 0, "another script may go on under the name, and makes all anew")
  }

  @Test func oneSessionIsOpenInOneProgramOnly() throws {
    let bench = try recording()
    try bench.run("x = 1")
    let place = try sessions.place("one")
    #expect(JournalFile.isLocked(place.journal))
    let error = try #require(throws: Failure.self) {
      try SessionJournal(place, in: sessions, goingOn: JournalHistory([]), head: head)
    }
    #expect(error.message == "session `one` is open in another program")
    #expect(sessions.lastCrash() == nil, "what runs has not crashed")
  }

  @Test func aNewSessionTakesANameThatIsFree() throws {
    let day = Date(timeIntervalSince1970: 1_795_521_600)
    #expect(sessions.freePlace(date: day).name == "nov24")
    try FileManager.default.createDirectory(
      atPath: folder.file("sessions/nov24.journal"), withIntermediateDirectories: true)
    #expect(sessions.freePlace(date: day).name == "nov24-2")
    #expect(throws: Failure.self) { try sessions.place("../x") }
    #expect(throws: Failure.self) { try sessions.place("") }
  }

  @Test func whatOnlyLooksIsNotRecorded() throws {
    let bench = try recording()
    try bench.run("help\nlist\n2 + 3")
    #expect(!FileContent.exists(try sessions.place("one").journal), "nor is a folder made")
    try bench.run("x = 2 + 3\nshow x")
    #expect(try history().entries.map(\.text) == ["x = 2 + 3"])
  }

  // MARK: - The reader

  @Test func damagedLinesArePassedOver() throws {
    let text = """
      {"basin":"0.1","format":1,"level":"x","seed":"7","threads":2,"at":""}
      {"entry":1,"status":"running","text":"x = 1","at":""}
      {"entry":1,"status":"done","calls":0,"seconds":0.0}
      {"entry":2,"status":"running","te
      [1, 2]
      {"entry":2,"status":"running","text":"y = 2","at":""}
      {"entry":9,"status":"done","calls":0,"seconds":0.0}
      """
    let history = try JournalHistory(Array(text.utf8))
    #expect(history.head?.seed == 7)
    #expect(history.damagedLines == 2)
    #expect(history.completed.map(\.text) == ["x = 1"])
    #expect(history.interrupted?.text == "y = 2" && history.nextID == 3)
  }

  @Test func aJournalOfALaterProgramIsRefused() {
    #expect(throws: Failure.self) {
      try JournalHistory(Array(#"{"basin":"9","format":2,"seed":"1"}"#.utf8))
    }
  }

  @Test(arguments: [0.1, -0.0, .nan, .infinity, -.infinity, 3, 1e300, 5e-324])
  func numbersComeBackWithAllTheirBits(number: Double) throws {
    let table = Table(
      columns: [
        .init("a", .share, group: "g", unit: "u", best: .lowest),
        .init("b", .text, isVariable: true),
      ],
      rows: [[.real(number), .text("nan")], [.empty, .text("")], [.integer(3), .empty]],
      notes: ["n"], baselineRows: [1])
    let contents: [Content] = [
      .real(number, .points), .time(number), .table(table), .text("a\"b\n"), .yesNo(true),
    ]
    let kept = try #require(KeptContent(contents))
    let reader = KeptReader(networks: []) { _ throws(Failure) in throw JSON.notKept }
    for (json, content) in zip(kept.json, contents) {
      let read = try JSON.read(Array(json.compact.utf8), source: "test")
      let back = try reader.content(read)
      #expect(back.computeContentHash() == content.computeContentHash())
      if case .table(let again) = back { #expect(again.columns == table.columns) }
    }
  }
}
