import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct TrainCommandTests {
  /// One of several networks that diverges was not named.
  @Test func whatDivergesIsNamed() throws {
    let trial = CommandBench()
    let report = trial.session.run(
      .typed(
        """
        train, test = make blobs samples=200 classes=3
        nets = train mlp widths=[20, 20, 20] data=train lr=50 epochs=10 count=3
        """))
    let failure = try #require(report.diagnostics.first?.failure)
    #expect(failure.code == .notFinite)
    #expect(failure.message.contains(/^network [123]: .* at fc\d\./))
  }

  @Test func networksKnowWhichTheyAre() throws {
    let bench = CommandBench()
    try bench.run(
      """
      train, test = make blobs samples=50 classes=3
      a, b = train mlp width=4 data=train epochs=1 count=2 dropout=0.25
      """)
    for (name, which) in [("a", "1 of 2"), ("b", "2 of 2")] {
      guard case .network(let network)? = bench.session.value(named: name)?.content else {
        throw CommandBench.NotThis(kind: "a network")
      }
      #expect(network.facts.contains(Network.Fact("network", which)))
      #expect(network.facts.contains(Network.Fact("dropout", "0.25")))
    }
  }

  private let data = "train, test = make blobs samples=600 dimension=4 classes=4 noise=1\n"

  @Test func networksOfOneCallDifferAndARenamedCallRepeatsThem() throws {
    let bench = CommandBench()
    try bench.run(data + "a, b = train mlp width=8 data=train epochs=1 count=2 seed=5")
    let again = CommandBench()
    try again.run(data + "x = 1\nc, d = train mlp width=8 data=train epochs=1 count=2 seed=5")
    #expect(try bench.network("a") != bench.network("b"))
    #expect(try bench.network("a").parameters == again.network("c").parameters)
    #expect(try bench.network("b").parameters == again.network("d").parameters)
  }

  @Test func anotherSeedGivesOtherWeightsAndTheSameOrderDoesNot() throws {
    let bench = CommandBench()
    try bench.run(
      data + """
        a = train mlp width=8 data=train epochs=0 seed=1
        b = train mlp width=8 data=train epochs=0 seed=2
        c = train mlp init=a data=train epochs=1 seed_order=3
        d = train mlp init=a data=train epochs=1 seed_order=3 seed=9
        e = train mlp init=a data=train epochs=1 seed_order=4
        """)
    #expect(try bench.network("a").parameters != bench.network("b").parameters)
    #expect(try bench.network("c").parameters == bench.network("d").parameters)
    #expect(try bench.network("c").parameters != bench.network("e").parameters)
  }

  @Test func aShuffledStartTrainsToTheShuffledSolution() throws {
    let bench = CommandBench()
    try bench.run(
      data + """
        start = train mlp width=12 data=train epochs=0
        turned = shuffle start
        p = search weight_match start turned
        a = train mlp init=start data=train epochs=2 seed_order=1
        b = train mlp init=turned data=train epochs=2 seed_order=1
        back = apply p a b
        d = distance back[1] back[2]
        apart = distance a b
        """)
    let relative = try #require(try bench.table("d").rows.last?[2].number)
    let before = try #require(try bench.table("apart").rows.last?[2].number)
    #expect(relative < 1e-4)
    #expect(before > 0.1)
  }

  @Test func aStoppedTrainingGoesOnToTheSameBits() throws {
    let lines = data + "a, b = train mlp width=8 data=train epochs=40 count=2 dropout=0.2"
    let (whole, broken) = try CommandBench.wholeAndStopped(
      lines, at: "train", afterReports: 3)
    let partial = try #require(broken.session.value(named: "a")?.partial)
    #expect(partial.share > 0 && partial.share < 1)
    #expect(try broken.network("a") != whole.network("a"))
    broken.host.stopping = ("resume", afterReports: 2)
    try broken.run("a, b = resume a b")
    #expect(broken.session.value(named: "a")?.partial != nil)
    broken.host.stopping = nil
    try broken.run("a, b = resume a b")
    #expect(broken.session.value(named: "a")?.partial == nil)
    for name in ["a", "b"] {
      #expect(try broken.network(name).parameters == whole.network(name).parameters)
    }
    #expect(
      broken.session.value(named: "b")?.contentHash == whole.session.value(named: "b")?.contentHash)
  }

  @Test func oneOfSeveralNetworksCanGoOnAlone() throws {
    let lines = data + "a, b = train mlp width=8 data=train epochs=10 count=2 label_noise=10%"
    let (whole, broken) = try CommandBench.wholeAndStopped(
      lines, at: "train", afterReports: 0)
    try broken.run("b = resume b")
    #expect(broken.session.value(named: "b")?.partial == nil)
    #expect(broken.session.value(named: "a")?.partial != nil)
    #expect(try broken.network("b").parameters == whole.network("b").parameters)
  }

  // A list of two unfinished networks was called whole.
  @Test(arguments: ["a, b = resume [a, b]", "l = [a, b]; a, b = resume l"])
  func aListGoesOnTogether(line: String) throws {
    let lines = data + "a, b = train mlp width=8 data=train epochs=10 count=2"
    let (whole, broken) = try CommandBench.wholeAndStopped(
      lines, at: "train", afterReports: 1)
    try broken.run(line)
    for name in ["a", "b"] {
      let value = try #require(broken.session.value(named: name))
      #expect(value.partial == nil)
      #expect(value.contentHash == whole.session.value(named: name)?.contentHash)
    }
  }

  @Test func networksUnderOneNameGoOnTogether() throws {
    let lines = data + "nets = train mlp width=8 data=train epochs=10 count=3"
    let (whole, broken) = try CommandBench.wholeAndStopped(
      lines, at: "train", afterReports: 1)
    try broken.run("nets = resume nets")
    #expect(
      try broken.content("nets").allNetworks.map(\.parameters)
        == whole.content("nets").allNetworks.map(\.parameters))
  }

  @Test func aCheckpointCarriesATrainingIntoAnotherProcess() throws {
    let folder = try TestFolder()
    let file = folder.file("deep/run.state")
    let lines =
      data + "a, b = train mlp width=8 data=train epochs=40 count=2 checkpoint='\(file)'"
    let whole = CommandBench()
    try whole.run(lines)
    #expect(!FileManager.default.fileExists(atPath: file), "a finished training leaves no file")
    let first = CommandBench()
    first.host.stopping = ("train", afterReports: 3)
    try first.run(lines)
    #expect(FileManager.default.fileExists(atPath: file))
    let second = CommandBench()
    try second.run(lines)
    #expect(second.host.notes == ["goes on from `\(file)`"])
    #expect(try second.network("b").parameters == whole.network("b").parameters)
    #expect(!FileManager.default.fileExists(atPath: file))
  }

  @Test func aCheckpointOfSomethingElseIsLeftAlone() throws {
    let folder = try TestFolder()
    let file = folder.file("run.state")
    let first = CommandBench()
    first.host.stopping = ("train", afterReports: 0)
    try first.run(data + "a = train mlp width=8 data=train checkpoint='\(file)'")
    let other = try CommandBench().failure(
      of: data + "a = train mlp width=9 data=train checkpoint='\(file)'")
    #expect(other.code == .incompatible)
    #expect(other.message == "`\(file)` is the state of another training")
    let notes = folder.file("notes.txt")
    try "keep me".write(toFile: notes, atomically: true, encoding: .utf8)
    let foreign = try CommandBench().failure(
      of: data + "a = train mlp width=8 data=train checkpoint='\(notes)'")
    #expect(foreign.code == .unsupportedFormat)
    #expect(try String(contentsOfFile: notes, encoding: .utf8) == "keep me")
  }

  @Test func widthsDepthAndFactsAreKept() throws {
    let bench = CommandBench()
    try bench.run(
      data + """
        a = train mlp widths=[7, 5] data=train epochs=1
        b = train mlp width=3 depth=0 data=train epochs=1 initial=he
        c = train mlp width=1 depth=2 data=train epochs=1 batch=1000
        """)
    #expect(try bench.network("a").graph.widths == [4, 7, 5, 4])
    #expect(try bench.network("b").graph.widths == [4, 4])
    #expect(try bench.network("c").graph.widths == [4, 1, 1, 4])
    let facts = try bench.network("a").facts
    #expect(facts.contains(.init("epochs_done", "1")) && facts.contains(.init("batch", "64")))
  }

  @Test func stopLossEndsEarlyAndIsNotPartial() throws {
    let bench = CommandBench()
    try bench.run(data + "a = train mlp width=8 data=train epochs=100 stop_loss=100")
    #expect(try bench.network("a").facts.contains(.init("epochs_done", "1")))
    #expect(bench.session.value(named: "a")?.partial == nil)
  }

  @Test(arguments: [
    ("a = train mlp width=0 data=train", FailureCode.outOfRange),
    ("a = train mlp data=train widht=3", .unknownArgument),
    ("a = train mlp data=train width=3 width=4", .givenTwice),
    ("a = train mlp width=3", .missingArgument),
    ("a = train cnn data=train", .badChoice),
    ("a = train mlp data=train batch=0", .outOfRange),
    ("a = train mlp data=train width=2.5", .wrongKind),
    ("a = train mlp widths=[3, 0] data=train", .outOfRange),
    ("a = train mlp widths=[3] depth=2 data=train", .givenTwice),
    ("a = train mlp data=5", .wrongKind),
    ("a = train mlp data=train width=4 epochs=3 lr=1000 momentum=1", .notFinite),
    (
      "n = train mlp width=3 data=train epochs=0\na = train mlp init=n width=4 data=train",
      .unknownArgument
    ),
    (
      "n = train mlp width=3 data=train epochs=0 count=2\n"
        + "a = train mlp init=n count=3 data=train", .countMismatch
    ),
    (
      "n = train mlp width=3 data=train epochs=0\nwide, w = make blobs dimension=9\n"
        + "a = train mlp init=n data=wide", .shapeMismatch
    ),
    (
      "n = train mlp width=3 data=train epochs=0\nmany, w = make blobs dimension=4 classes=9\n"
        + "a = train mlp init=n data=many", .shapeMismatch
    ),
    ("a, b, c = train mlp width=3 data=train count=2", .countMismatch),
  ])
  func badInputGetsASentence(lines: String, code: FailureCode) throws {
    let failure = try CommandBench().failure(of: data + lines)
    #expect(failure.code == code, "\(failure)")
  }
}
