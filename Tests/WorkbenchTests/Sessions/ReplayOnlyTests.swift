import Foundation
import TestSupport
import Testing

@testable import Workbench

@Suite struct ReplayOnlyTests {
  private let lines = """
    set seed=5
    param e = 2 in 1..9
    train, test = make blobs samples=300 dimension=6 classes=4 noise=1.5
    a, b = train mlp width=8 data=train epochs=e count=2
    c, d = train mlp width=8 data=train epochs=2 count=2
    short = train mlp width=8 data=train epochs=1
    other = train
    again = train mlp width=8 data=other epochs=1
    m = method sa2 steps=200 start=random
    p = search m a b data=train
    q = search sa2 a b data=train steps=200 start=random
    w = search weight_match c d
    x = shuffle a
    y = shuffle a
    z = shuffle b
    s = shuffle a seed=4
    for i in [1, 2] { looped = shuffle (a) }
    t = sweep k in [4, 5] {
      n = train mlp width=k data=train epochs=1
      row error=(eval n data=test).error
    }
    after = shuffle p.networks[2]
    best = compare p q data=test
    gone = eval b data=test
    forget gone
    expect fails E0203 { show gone }

    """

  private func saved(_ folder: TestFolder) throws -> Source {
    let bench = CommandBench()
    try bench.run(lines + "save session \"\(folder.file("s.basin"))\"\n")
    return try Source(readingFileAt: folder.file("s.basin"))
  }

  private func replay(_ source: Source, only: [String]) throws -> ReplayReport {
    var options = Replay.Options()
    options.only = only
    var replay = try Replay(
      source, options, host: CommandBench().host, lexicon: .standard, settings: SessionSettings())
    try replay.run()
    return replay.report
  }

  /// Whatever is left out, a line that stays draws what it drew.
  @Test func everyValueAloneIsTheSame() throws {
    let folder = try TestFolder()
    let source = try saved(folder)
    let script = Parser.parse(source, vocabulary: Lexicon.standard).script
    let names = Set(script.statements.flatMap(\.boundNames))
    #expect(names.count > 20)
    for name in names.sorted() {
      let report = try replay(source, only: [name])
      #expect(report.isSame, "\(name): \(report.text)")
      #expect(report.lines.contains { $0.name == name }, "\(name) was not compared")
    }
  }

  private func kept(_ asked: String) throws -> [String] {
    let folder = try TestFolder()
    let source = try saved(folder)
    let statements = Parser.parse(source, vocabulary: Lexicon.standard).script.statements
    let places = statements.indices.filter { statements[$0].boundNames.contains(asked) }
    let slice = ScriptSlice(statements, asked: Set(places), lexicon: .standard)
    return slice.kept.sorted().flatMap { statements[$0].boundNames }
  }

  @Test func onlyWhatIsNeededRuns() throws {
    #expect(try kept("test") == ["train", "test"])
    // One epoch and two epochs are no identical lines.
    #expect(try kept("short") == ["train", "test", "short"])
    // By another name the data are the same, so this is the second of two identical lines.
    #expect(
      try kept("again") == ["train", "test", "short", "other", "again"])
    #expect(try kept("z") == ["e", "train", "test", "a", "b", "z"])
    #expect(try kept("y") == ["e", "train", "test", "a", "b", "x", "y"])
    // A method that is a value may be the same as the word: the first search runs, too.
    #expect(try kept("q") == ["e", "train", "test", "a", "b", "m", "p", "q"])
    #expect(try kept("w") == ["e", "train", "test", "a", "b", "c", "d", "w"])
    // What a sweep draws is counted in its cells.
    #expect(try kept("t") == ["train", "test", "t"])
  }

  @Test func onlyWritersOfTheFileThatIsReadRun() throws {
    let text = """
      train, test = make blobs samples=100
      save train first.npz
      save test "folder/second.npz"
      for i in [1, 2] { save test "{i}.npz" }
      a = load first.npz
      b = load folder/third.npz
      c = load folder

      """
    let statements = Parser.parse(Source(name: "t", text: text), vocabulary: Lexicon.standard)
      .script.statements
    #expect(statements.count == 7)
    func kept(_ place: Int) -> [Int] {
      ScriptSlice(statements, asked: [place], lexicon: .standard).kept.sorted()
    }
    // What the loop writes is only known when it runs.
    #expect(kept(4) == [0, 1, 3, 4])
    #expect(kept(5) == [0, 3, 5])
    #expect(kept(6) == [0, 2, 3, 6])
  }

  @Test func aLineIsAskedForByItsNumber() throws {
    let folder = try TestFolder()
    let source = try saved(folder)
    let report = try replay(source, only: ["gone"])
    let line = try #require(report.lines.first?.line)
    for number in [line, line + 1] {
      let again = try replay(source, only: [String(number)])
      #expect(again.lines.map(\.name) == ["gone"])
      #expect(again.isSame)
    }
    let note = try #require(report.notes.last)
    #expect(note.hasPrefix("ran 5 of 23 statements"), "\(note)")
  }

  @Test(arguments: [
    ("nme", "E0203", "makes no value `nme`"), ("1", "E0304", "no statement that runs"),
    ("9999", "E0304", "line 9999"), ("bset", "E0203", "makes no value `bset`"),
  ])
  func whatIsNotThereIsRefused(word: String, code: String, message: String) throws {
    let folder = try TestFolder()
    let source = try saved(folder)
    let problem = #expect(throws: Diagnostic.self) { try replay(source, only: ["a", word]) }
    #expect(problem.map { "\($0.failure.code)" } == code)
    #expect(problem?.failure.message.contains(message) == true)
    if word == "bset" { #expect(problem?.failure.notes == ["did you mean `best`?"]) }
  }

  /// The receipts of lines that only ran for others stay as they are.
  @Test func onlyWhatIsAskedForIsWrittenAnew() throws {
    let folder = try TestFolder()
    let source = try saved(folder)
    let wrong = source.text.replacing("sha256:", with: "sha256:00000000")
    try wrong.write(toFile: source.name, atomically: true, encoding: .utf8)
    var options = Replay.Options()
    options.only = ["z"]
    options.updates = true
    var replay = try Replay(
      try Source(readingFileAt: source.name), options, host: CommandBench().host,
      lexicon: .standard, settings: SessionSettings())
    try replay.run()
    #expect(replay.report.count(.different) == 1)
    let now = try String(contentsOfFile: source.name, encoding: .utf8)
    func marks(_ text: String) -> Int { text.components(separatedBy: "sha256:00000000").count }
    #expect(marks(now) == marks(wrong) - 1)
  }

  @Test func theCommandTakesNamesAndLines() throws {
    let folder = try TestFolder()
    let source = try saved(folder)
    let bench = CommandBench()
    // A name that is bound at the prompt is a name of the file all the same.
    try bench.run("t = 3\nreplay '\(source.name)' only=[t, x]\nreplay '\(source.name)' only=z")
    #expect(bench.host.texts.allSatisfy { $0.contains("0 different") })
    #expect(bench.host.texts.count == 2)
    let failure = try bench.failure(of: "replay '\(source.name)' only=[none]")
    #expect(failure.code == .unknownValue)
  }
}
