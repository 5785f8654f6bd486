import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct SearchCommandTests {
  /// `identity` and `fd` passed over `start=`, and tables said that they had begun there.
  @Test func everyMethodBeginsWhereItIsTold() throws {
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=200 dimension=4 classes=3
      a, b = train mlp width=8 data=train epochs=2 count=2
      r = search random a b
      i = search identity a b start=r
      expect i.permutations == r.permutations "identity stays at the start"
      f = search fd a b data=train start=r
      moved = search fd r.networks data=train
      expect f.networks[2] == moved.networks[2] "fd goes on from the start"
      expect f.networks[1] == a
      """)
  }

  private let nets = """
    train, test = make blobs samples=500 dimension=6 classes=5 noise=1.5
    a, b, c = train mlp width=16 data=train epochs=3 count=3

    """

  /// Stopped while it looks for temperatures, a search goes on as if it had not been.
  @Test func resumeAfterAStopInTheTrialIsAnUnbrokenRun() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa2 a b data=train steps=2000 start=random seed=3
        q = search sa2 a b data=train steps=2000 start=random seed=3 budget=0.01ms
        r = resume q
        """)
    #expect(try bench.result("q").outcome.status.isPartial)
    #expect(try bench.result("p").permutations == bench.result("r").permutations)
  }

  /// What changes only the time or the end of the work names no random stream.
  @Test func practicalParametersShiftNoStream() throws {
    let folder = try TestFolder()
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa2 a b data=train steps=300 start=random seed=3
        q = search sa2 a b data=train steps=300 start=random seed=3 budget=1h
        r = search sa2 a b data=train steps=300 start=random seed=3 evaluation=full
        s = search sa2 a b data=train steps=300 start=random seed=3 checkpoint="\(folder.file("s"))"
        expect p.permutations == q.permutations
        expect p.permutations == r.permutations
        expect p.permutations == s.permutations
        d = train mlp width=16 data=train epochs=2 seed=5
        e = train mlp width=16 data=train epochs=2 seed=5 budget=1h
        expect d == e
        other = search sa2 a b data=train steps=300 start=random seed=4
        """)
    #expect(try bench.result("p").permutations != bench.result("other").permutations)
  }

  /// With `start=random` every restart has a random start of its own, and what is stopped keeps all.
  @Test(arguments: ["restarts=4", "chains=3"])
  func severalChainsGoOnWhereTheyWereStopped(setting: String) throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa1 a b c data=train steps=800 start=random seed=3 \(setting)
        q = search sa1 a b c data=train steps=800 start=random seed=3 \(setting) budget=5ms
        r = resume q
        expect p.permutations == r.permutations
        expect p.cost == r.cost
        """)
    #expect(try bench.result("q").outcome.status.isPartial)
    let names = try bench.result("p").outcome.figures.map(\.name)
    #expect(
      setting == "chains=3"
        ? names.contains("mean exchange rate") : names.contains("best restart"))
  }

  /// A barrier in errors is told in points, one in losses is not.
  @Test func theCostOfSa1IsInItsMetric() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa1 a b data=train steps=300
        q = search sa1 a b data=train steps=300 metric=loss points=5
        e = barrier p.networks data=train points=3
        l = barrier q.networks data=train points=5
        expect p.cost == e.error
        expect q.cost == l.loss
        """)
    #expect(try bench.result("p").costMeasure == .points)
    #expect(try bench.result("q").costMeasure == .plain)
  }

  @Test(arguments: ["sa1", "sa2", "fd", "weight_match", "identity", "random"])
  func everyMethodGivesTheSameKindOfResult(method: String) throws {
    let bench = CommandBench()
    let own = method.hasPrefix("sa") ? " steps=500" : ""
    try bench.run(
      nets + """
        p = search \(method) a b c data=train\(own)
        first = p.networks[1]
        count = p.networks.count
        m = p.average
        s = p.status
        t = p.trace
        d = p.time
        q = p.permutations
        e = eval p.networks[2] data=test
        f = eval b data=test
        expect first == a
        expect count == 3
        expect e.loss ~= f.loss within 0.001
        """)
    let result = try bench.result("p")
    #expect(
      result.networksBefore.map(\.parameters) == [
        try bench.network("a").parameters, try bench.network("b").parameters,
        try bench.network("c").parameters,
      ])
    #expect(!result.statusText.isEmpty)
    guard case .permutations(let permutations, _) = try bench.content("q") else {
      Issue.record("no permutations")
      return
    }
    #expect(permutations.count == 3 && permutations[0].isIdentity)
  }

  @Test func everyCommandSaysWhatItFinishesBeforeItStops() throws {
    let bench = CommandBench()
    try bench.run(nets + "q = search fd a b data=train; e = eval a data=test")
    bench.host.stopping = ("search", afterReports: 0)
    try bench.run("p = search sa2 a b data=train; p = resume p budget=1ms")
    let steps = bench.host.begun.map { "\($0.verb) \($0.step)" }
    #expect(
      steps == [
        "make step", "train batch", "search layer", "eval network", "search move", "resume move",
      ])
  }

  @Test func aShuffledCopyIsFoundAgain() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        s = shuffle a
        p = search weight_match a s
        expect p.networks[2] == a
        x = barrier p.networks data=test
        expect x.error == 0
        expect x.loss == 0
        """)
    #expect(try bench.network("s").parameters != bench.network("a").parameters)
  }

  @Test func aSearchStartsWhereItIsTold() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        q = search weight_match a b
        from_result = search sa2 a b data=train steps=1 accept=greedy start=q
        from_method = search sa2 a b data=train steps=1 accept=greedy start=weight_match
        from_parts = search sa2 a b data=train steps=1 accept=greedy start=q.permutations
        shuffled = search sa2 a b data=train steps=1 accept=greedy start=random
        as_given = search sa2 a b data=train steps=1 accept=greedy
        """)
    let matched = try #require(try bench.result("q").permutations)
    for name in ["from_result", "from_method", "from_parts"] {
      let result = try bench.result(name)
      #expect(result.start == matched, "\(name)")
    }
    #expect(try bench.result("as_given").start == nil)
    let random = try #require(try bench.result("shuffled").start)
    #expect(random[0].isIdentity && !random[1].isIdentity && random != matched)
  }

  @Test func aStoppedSearchGoesOnToTheSameBits() throws {
    let lines = nets + "p = search sa2 a b data=train steps=30k start=random"
    let (whole, broken) = try CommandBench.wholeAndStopped(
      lines, at: "search", afterReports: 2)
    let partial = try broken.result("p")
    #expect(partial.outcome.status.isPartial)
    #expect(broken.session.value(named: "p")?.partial?.resume != nil)
    // The best so far can be used as any result.
    try broken.run("compare p data=test\nbarrier p data=test")
    try broken.run("p = resume p")
    #expect(broken.session.value(named: "p")?.partial == nil)
    #expect(try broken.result("p").permutations == whole.result("p").permutations)
    #expect(try broken.result("p").outcome.cost == whole.result("p").outcome.cost)
    #expect(try broken.result("p").outcome.steps == whole.result("p").outcome.steps)
    let failure = try broken.failure(of: "p = resume p")
    #expect(failure.code == .incompatible)
  }

  @Test func aSearchStoppedBeforeItBeganGivesTheStartAndCanGoOn() throws {
    let lines = nets + "p = search sa2 a b data=train steps=5k start=weight_match"
    let (whole, broken) = try CommandBench.wholeAndStopped(
      lines, at: "search", afterReports: 0)
    #expect(broken.session.value(named: "p")?.partial != nil)
    try broken.run("p = resume p")
    #expect(try broken.result("p").permutations == whole.result("p").permutations)
  }

  /// What was gone on with is told by the line that makes all of it.
  @Test func explainTellsNoBudgetOfWhatIsWhole() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa2 a b data=train steps=300k start=random budget=1ms
        explain p as=script
        q = resume p
        explain q as=script
        """)
    let scripts = bench.host.texts.filter { $0.contains("search sa2") }
    try #require(scripts.count == 2)
    #expect(scripts[0].contains("budget=") && !scripts[1].contains("budget="))
    #expect(scripts[1].contains("p = search sa2 a b data=train start=random steps=300k"))
  }

  /// A state is for the same search with another budget; that is what budgets are for.
  @Test func aCheckpointGoesOnWithAnotherBudget() throws {
    let folder = try TestFolder()
    func lines(_ budget: String) -> String {
      nets + """
        m = method sa2 steps=30k budget=\(budget)
        p = search m a b data=train start=(method weight_match budget=\(budget)) \
          checkpoint='\(folder.file("sa2.state"))'
        """
    }
    let first = CommandBench()
    first.host.stopping = ("search", afterReports: 2)
    try first.run(lines("1h"))
    let second = CommandBench()
    try second.run(lines("2h"))
    #expect(second.host.notes.contains { $0.contains("goes on from") })
    #expect(try second.result("p").outcome.status == .finished("all steps made"))
  }

  @Test func aCheckpointCarriesASearchIntoAnotherProcess() throws {
    let folder = try TestFolder()
    let file = folder.file("sa2.state")
    let lines =
      nets + "p = search sa2 a b data=train steps=30k start=random checkpoint='\(file)'"
    let whole = CommandBench()
    try whole.run(lines)
    #expect(!FileManager.default.fileExists(atPath: file))
    let first = CommandBench()
    first.host.stopping = ("search", afterReports: 2)
    try first.run(lines)
    #expect(FileManager.default.fileExists(atPath: file))
    let second = CommandBench()
    try second.run(lines)
    #expect(second.host.notes.contains("goes on from `\(file)`"))
    #expect(try second.result("p").permutations == whole.result("p").permutations)
    let third = CommandBench()
    third.host.stopping = ("search", afterReports: 2)
    try third.run(lines)
    let failure = try CommandBench().failure(
      of: nets + "p = search sa2 a c data=train steps=30k start=random checkpoint='\(file)'")
    #expect(failure.message == "`\(file)` is the state of another search")
  }

  // A file kept the permutations of a start that was cut off, and the search went on from there; then
  // it kept nothing, and a long search for a start was lost.
  @Test func aSearchStoppedInItsStartGoesOnInIt() throws {
    let folder = try TestFolder()
    let file = folder.file("sa2.state")
    let lines =
      nets
        + """
        p = search sa2 a b data=train steps=2k t_max=0.1 t_min=0.05 checkpoint='\(file)' \
          start=(method sa2 steps=30k t_max=1 t_min=0.5)
        """
    let whole = CommandBench()
    try whole.run(lines)
    let first = CommandBench()
    first.host.stopping = ("search", afterReports: 1)
    try first.run(lines)
    #expect(try first.result("p").outcome.status.isPartial)
    #expect(FileManager.default.fileExists(atPath: file))
    let second = CommandBench()
    try second.run(lines)
    #expect(second.host.notes.contains("goes on from `\(file)`"))
    first.host.stopping = nil
    try first.run("q = resume p")
    #expect(try first.result("q").permutations == whole.result("p").permutations)
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(try second.result("p").permutations == whole.result("p").permutations)
    #expect(try second.result("p").start == whole.result("p").start)
  }

  // The time of a start was in a result's time where a method found it, and not where its result was
  // given.
  @Test func theTimeOfAStartCountsHoweverItIsGiven() throws {
    let bench = CommandBench()
    try bench.run(
      nets
        + """
        s = search sa2 a b data=train steps=4k
        p = search sa2 a b data=train steps=100 start=s
        q = search sa2 a b data=train steps=100 start=(method sa2 steps=4k)
        r = search sa2 a b data=train steps=100 start=random
        """)
    func startSeconds(_ name: String) throws -> Double? {
      try bench.result(name).outcome.figure("start seconds")
    }
    let first = try bench.result("s").seconds
    #expect(try startSeconds("p") == first)
    #expect(try bench.result("p").seconds > first)
    let own = try #require(try startSeconds("q"))
    #expect(try own > 0 && bench.result("q").seconds > own)
    #expect(try startSeconds("r") == nil && startSeconds("s") == nil)
    // Also over a stop, and once only.
    bench.host.stopping = ("search", afterReports: 1)
    try bench.run("t = search sa2 a b data=train steps=30k t_max=0.1 t_min=0.01 start=s")
    bench.host.stopping = nil
    try bench.run("u = resume t")
    #expect(try bench.result("t").outcome.status.isPartial)
    #expect(try startSeconds("t") == first && startSeconds("u") == first)
    #expect(try bench.result("u").outcome.figures.count { $0.name == "start seconds" } == 1)
    #expect(try bench.result("u").seconds >= bench.result("t").seconds)
  }

  // What changes no result is no part of it, nor of what a state belongs to.
  @Test func howMovesAreEvaluatedIsNoPartOfAResult() throws {
    let folder = try TestFolder()
    let file = folder.file("sa2.state")
    let line = "search sa2 a b data=train steps=3k t_max=0.1 t_min=0.05 seed=1"
    let bench = CommandBench()
    try bench.run(
      nets
        + """
        p = \(line)
        q = \(line) evaluation=full
        s = \(line) evaluation=full start=(method sa2 steps=10 evaluation=plain)
        t = \(line) evaluation=lazy start=(method sa2 steps=10 evaluation=full)
        m = method sa2 evaluation=full
        n = method sa2 evaluation=plain
        """)
    func hash(_ name: String) throws -> ContentHash {
      try bench.content(name).computeContentHash()
    }
    #expect(try hash("p") == hash("q") && hash("s") == hash("t"))
    // As methods they are two: a table may compare their times.
    #expect(try hash("m") != hash("n"))
    bench.host.stopping = ("search", afterReports: 1)
    try bench.run("x = \(line) steps=30k checkpoint='\(file)'".replacing("steps=3k ", with: ""))
    bench.host.stopping = nil
    try #require(FileManager.default.fileExists(atPath: file))
    try bench.run(
      "y = \(line) steps=30k evaluation=full checkpoint='\(file)'"
        .replacing("steps=3k ", with: ""))
    #expect(bench.host.notes.contains("goes on from `\(file)`"))
  }

  @Test func aStartThatKeepsNoStateBeginsAnew() throws {
    let folder = try TestFolder()
    let file = folder.file("sa2.state")
    let bench = CommandBench()
    bench.host.stopping = ("search", afterReports: 1)
    try bench.run(
      nets + "p = search sa2 a b data=train steps=2k checkpoint='\(file)' start=(method fd)")
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(bench.host.notes.contains { $0.contains("nothing is kept in `\(file)`") })
  }

  // 64 is the most that the fast evaluator takes; with more the program crashed.
  @Test func moreThan64NetworksAreSearched() throws {
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=200
      nets = train mlp width=4 data=train epochs=1 count=66
      p = search sa2 nets data=train steps=100 t_max=0.1 t_min=0.01 seed=1
      q = search sa2 nets data=train steps=100 t_max=0.1 t_min=0.01 seed=1 evaluation=plain
      expect p.permutations == q.permutations
      """)
    #expect(try bench.result("p").outcome.steps == 100)
  }

  @Test func aConfiguredMethodStandsForItsWord() throws {
    let bench = CommandBench()
    try bench.run(
      nets
        + """
        m = method sa2 steps=700 data=train start=weight_match
        p = search m a b
        q = search sa2 a b data=train steps=700 start=weight_match
        for each in [fd, weight_match, m] { r = search each a b data=train steps=5 }
        """.replacingOccurrences(of: " steps=5 }", with: " }"))
    #expect(try bench.result("p").outcome.steps == 700)
    #expect(try bench.result("p").start == bench.result("q").start)
  }

  @Test(arguments: [
    ("search sa2 a data=train", FailureCode.missingArgument, "at least 2"),
    ("search sa2 a a data=train", .givenTwice, "`a`"),
    ("d = a\nsearch weight_match a b d", .givenTwice, ""),
    ("search weight_match a (blend a a)", .givenTwice, "same network"),
    (
      "w = train mlp width=9 data=train epochs=0\nsearch fd a w data=train", .incompatible,
      "6-9-5 against 6-16-5"
    ),
    ("search sa2 a b", .missingArgument, "data="),
    ("search sa2 a b data=train steps=0", .outOfRange, "steps"),
    ("search sa2 a b data=train stepps=5", .unknownArgument, "stepps"),
    ("search sa2 a b data=train t_max=0.1 t_min=0.2", .incompatible, "t_min"),
    ("search anneal a b data=train", .unknownMethod, "anneal"),
    ("x, y = make blobs dimension=3 classes=5\nsearch fd a b data=x", .shapeMismatch, "6"),
    ("x, y = make blobs dimension=6 classes=9\nsearch fd a b data=x", .shapeMismatch, "classes"),
    ("search sa2 a b data=train start=nowhere", .badChoice, "start"),
    ("q = search weight_match a b\nsearch sa2 a b c data=train start=q", .incompatible, "start"),
    ("search weight_match a b budget=-1s", .outOfRange, "budget"),
    ("resume a", .incompatible, "nothing to go on with"),
  ])
  func badInputGetsASentence(lines: String, code: FailureCode, part: String) throws {
    let failure = try CommandBench().failure(of: nets + lines)
    #expect(failure.code == code, "\(failure)")
    #expect(part.isEmpty || failure.description.contains(part), "\(failure)")
  }

  @Test func weightsThatAreNoNumbersAreRefused() throws {
    let bench = CommandBench()
    try bench.run(nets)
    var broken = try bench.network("b")
    broken.parameters[0][3] = .nan
    bench.session.bind("bad", to: Value(.network(broken), .typed("bad")))
    for line in ["search weight_match a bad", "search sa2 a bad data=train"] {
      let failure = try bench.failure(of: line)
      #expect(failure.code == .notFinite)
      #expect(failure.message.contains("network 2") && failure.message.contains("fc1.weight"))
    }
    #expect(try bench.failure(of: "barrier a bad data=test").code == .notFinite)
    #expect(try bench.failure(of: "eval bad data=test").message.contains("fc1.weight"))
    #expect(try bench.failure(of: "train mlp init=bad data=train").code == .notFinite)
  }
}
