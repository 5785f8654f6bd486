import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct SubspaceCommandTests {
  private let nets = """
    train, test = make blobs samples=400 dimension=6 classes=4 noise=1.2
    a, b = train mlp width=12 data=train epochs=3 count=2

    """

  @Test func startTakesTheMethodsOwnWord() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search subspace a b data=train start=fresh epochs=2 seed=3
        m = method subspace data=train start=fresh epochs=2
        q = search m a b seed=3
        c, d = train mlp width=12 data=train epochs=0 initial=he count=2
        r = search subspace c d data=train start=fresh epochs=2 seed=3
        """)
    let results = try ["p", "q"].map {
      try bench.result($0).outcome.learnedNetworks?.map(\.parameters)
    }
    #expect(results[0] != nil && results[0]?.count == 2)
    #expect(try bench.result("q").method.rowLabel == "subspace epochs=2 start=fresh")
    #expect(try bench.result("p").method.fullLabel == "subspace epochs=2 start=fresh")
    let other = try bench.result("r").outcome.learnedNetworks
    #expect(other?.allSatisfy { $0.facts.contains(.init("initial", "uniform")) } == true)
  }

  @Test(arguments: [
    "search sa2 a b data=train start=fresh", "search subspace a b data=train start=frsh",
    "m = method sa2 start=fresh",
  ])
  func otherMethodsDoNotTakeIt(line: String) throws {
    let failure = try CommandBench().failure(of: nets + line)
    #expect(failure.code == .badChoice)
  }

  @Test func helpAndCompletionKnowTheWord() throws {
    let bench = CommandBench()
    try bench.run(nets)
    let engine = CompletionEngine(SessionCompletion(bench.session))
    func starts(_ line: String) -> [String] {
      engine.complete(line: line, cursor: line.utf8.count).completions.map(\.text)
    }
    #expect(starts("search subspace a b start=fr") == ["fresh"])
    #expect(starts("search sa2 a b start=fr") == [])
    #expect(starts("search subspace a b st") == ["start="])
    let page = try #require(HelpPages(lexicon: .standard).page("subspace"))
    #expect(page.usage[0].contains("[start=identity]"))
    #expect(page.arguments[0].parameters.last?.words.contains("fresh") == true)
  }

  @Test func startAtAMethodIsTheSearchOnItsNetworks() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search subspace a b data=train start=fd epochs=1
        q = search subspace (search fd a b data=train).networks data=train epochs=1
        t = compare p q data=test
        again = search subspace p.networks data=train epochs=1
        """)
    let (p, q) = (try bench.result("p").outcome, try bench.result("q").outcome)
    #expect(p.startCost == q.startCost && p.startCost != nil)
  }

  @Test func whatWasStoppedGoesOnToTheSameBits() throws {
    let (whole, stopped) = try CommandBench.wholeAndStopped(
      nets + "p = search subspace a b data=train epochs=40 batch=8", at: "search",
      afterReports: 3)
    let partial = try stopped.result("p")
    #expect(partial.outcome.status.isPartial && partial.outcome.learnedNetworks?.count == 2)
    try stopped.run("p = resume p")
    #expect(
      try stopped.result("p").networks.map(\.parameters)
        == whole.result("p").networks.map(\.parameters))
    #expect(try stopped.result("p").outcome.cost == whole.result("p").outcome.cost)
  }

  @Test func aCheckpointFileHoldsTheCorners() throws {
    let folder = try TestFolder()
    let line = """
      p = search subspace a b data=train epochs=40 batch=8 seed=3 checkpoint="\(folder.file("state"))"
      """
    let (whole, stopped) = try CommandBench.wholeAndStopped(
      nets + line, at: "search", afterReports: 3)
    #expect(try stopped.result("p").outcome.status.isPartial)
    try stopped.run(line)
    #expect(
      try stopped.result("p").networks.map(\.parameters)
        == whole.result("p").networks.map(\.parameters))
  }

  @Test func balancedNetworksAreNoted() throws {
    let bench = CommandBench()
    try bench.run(nets + "c = balance a\nd = balance [a, b]\nexpect (count d) == 2")
    #expect(try bench.network("c").facts.contains { $0.name == "balanced" })
    #expect(try bench.network("c").parameters != bench.network("a").parameters)
  }

  @Test func methodsForSmallNetworksSaySo() throws {
    let failure = try CommandBench().failure(of: nets + "search grid_match a b")
    #expect(failure.code == .incompatible && failure.message.contains("at most 3 numbers"))
  }

  @Test func aPowerLawIsFoundAgain() throws {
    let bench = CommandBench()
    try bench.run(
      """
      t = sweep n in [1, 2, 5, 9], k in [2, 3] { row y=(k * n ^ -1.5) line=(k * n + 4) }
      f = fit t x=n y=y by=k
      g = fit t x=n y=line by=k axes=linear
      """)
    for (name, slope, factor) in [("f", { _ in -1.5 }, { $0 }), ("g", { $0 }, { _ in 4.0 })]
      as [(String, (Double) -> Double, (Double) -> Double)]
    {
      let table = try bench.table(name)
      #expect(table.columns.map(\.name) == ["k", "slope", "deviation", "factor", "r2", "count"])
      for (row, k) in zip(table.rows, [2.0, 3.0]) {
        #expect(abs(try #require(row[1].number) - slope(k)) < 1e-9)
        #expect(abs(try #require(row[3].number) - factor(k)) < 1e-9)
        #expect(row[5] == .integer(4))
      }
    }
    // One group at a single x stopped the whole table.
    try bench.run("h = fit (where t (k == 2 or n == 5)) x=n y=y by=k")
    let partly = try bench.table("h")
    #expect(partly.rows[1] == [.integer(3), .empty, .empty, .empty, .empty, .integer(1)])
    #expect(partly.rows[0][1].number != nil)
    #expect(partly.notes.contains("no line where there is one value of n"))
    // Words were told to be rows without numbers, and zeros were told about an axis.
    let words = try bench.failure(of: "w = sweep m in [fd, sa2] { row y=1 }; fit w x=m y=y")
    #expect(words.code == .wrongKind && words.message.contains("`m` holds words"))
    let zero = try bench.failure(of: "z = sweep n in [1, 2] { row y=(n - 1) }; fit z x=n y=y")
    #expect(zero.message == "a power law is fitted to what is above 0, and `y` is 0 in a row")
    #expect(try bench.failure(of: "fit t x=n y=z").notes.contains { $0.contains("y") })
    #expect(
      try bench.failure(of: "u = sweep n in [0, 1] { row y=(n) }; fit u x=n y=y").code == .badData)
    #expect(
      try bench.failure(of: "u = sweep n in [2, 2] { row y=(n + 1) }; fit u x=n y=y").code
        == .badData)
  }

  @Test func aGapIsMeasuredAtOnePointOrOverTheLine() throws {
    let bench = CommandBench()
    try bench.run(nets + "g = gap a b data=test\nh = gap a b data=test points=5")
    #expect(try bench.table("g").rows.count == 1 && bench.table("h").rows.count == 5)
    #expect(try bench.table("g").rows[0] == bench.table("h").rows[2])
    #expect(try bench.failure(of: "gap a b data=test at=0.3 points=5").code == .givenTwice)
  }
}
