import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// What is kept of compiled plugins, and what happens where it does not fit.
@Suite struct PluginCacheTests {
  private let home: TestFolder

  init() throws {
    home = try TestFolder()
    try write(Self.method(version: "1"), to: "mine.swift")
  }

  /// A method that does nothing, and ends the program where it is told to.
  private static func method(version: String, reading parameter: String = "steps") -> String {
    """
    import Contract
    import Kernel

    struct Mine: SearchPlugin {
      static let card = MethodCard(
        id: "mine", summary: "nothing", description: "Nothing.", version: "\(version)",
        parameters: [Parameter("steps", .integer(0...9), default: "1", help: "what to do")],
        needsData: false, drawsRandomNumbers: false)
      let steps: Int
      init(_ settings: Settings) throws(Failure) { steps = settings.integer("\(parameter)") }
      func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
        let places = [1, 2, 3]
        return SearchOutcome(
          permutations: task.networks.map { NetworkPermutation(identityFor: $0.graph) },
          cost: Double(places[steps]), notes: ["version \(version)"])
      }
    }

    let plugin = Plugin(methods: [Mine.self])
    """
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: home.file(name), atomically: true, encoding: .utf8)
  }

  private func run(_ lines: String) throws -> ProgramRun {
    try ProgramRun(["-c", lines], in: home)
  }

  /// The library that was kept.
  private func library() throws -> String {
    let folder = home.file(".cache/basin/plugins")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder)
    return folder + "/" + (try #require(names.first { $0.hasSuffix(".so") }, "\(names)"))
  }

  @Test func aLibraryThatIsCutOffIsMadeAnew() throws {
    #expect(try run("plugin load mine.swift").status == 0)
    let path = try library()
    let bytes = try #require(FileManager.default.contents(atPath: path))
    try bytes.prefix(bytes.count - 1).write(to: URL(fileURLWithPath: path))
    try bytes.prefix(bytes.count / 2).write(to: URL(fileURLWithPath: home.file("half.so")))
    #expect(try run("plugin load half.so").notes.contains("the library `half.so` is cut off"))
    let again = try run("plugin load mine.swift")
    #expect(again.status == 0, "\(again.notes)")
    #expect(again.notes.contains("compiling mine.swift"))
    #expect(!(try run("plugin load mine.swift").notes.contains("compiling")))
  }

  @Test func nobodyElseMayWriteWhereLibrariesAreKept() throws {
    #expect(try run("plugin load mine.swift").status == 0)
    let folder = home.file(".cache/basin/plugins")
    try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder)
    #expect(try run("plugin load mine.swift").status == 0)
    let facts = try FileManager.default.attributesOfItem(atPath: folder)
    #expect(facts[.posixPermissions] as? Int == 0o700)
  }

  @Test func aChangedLibraryAtTheSamePlaceIsAnother() throws {
    #expect(try run("plugin load mine.swift").status == 0)
    let first = try library()
    try FileManager.default.moveItem(atPath: first, toPath: home.file("one.so"))
    try write(Self.method(version: "2"), to: "mine.swift")
    #expect(try run("plugin load mine.swift").status == 0)
    try FileManager.default.moveItem(atPath: try library(), toPath: home.file("two.so"))
    let place = home.file("place.so")
    let bench = CommandBench()
    for (name, version) in [("one.so", "1"), ("two.so", "2")] {
      try? FileManager.default.removeItem(atPath: place)
      try FileManager.default.copyItem(atPath: home.file(name), toPath: place)
      try bench.run("plugin load \"\(place)\"")
      #expect(bench.session.lexicon.method("mine")?.card.version == version)
    }
  }

  @Test func aPackagesHashCoversThePackagesBesideIt() throws {
    func make(_ name: String, _ manifest: String) throws {
      try FileManager.default.createDirectory(
        atPath: home.file(name), withIntermediateDirectories: true)
      try write(manifest, to: name + "/Package.swift")
    }
    try make("helper", "// one")
    try make("outer", "dependencies: [.package(path: \"../helper\")]")
    let before = try PluginFile(home.file("outer")).hash
    #expect(try PluginFile(home.file("outer")).hash == before)
    try write("// two", to: "helper/Package.swift")
    #expect(try PluginFile(home.file("outer")).hash != before)
  }

  // MARK: - Mistakes that end the program

  private static let networks = """
    plugin load mine.swift
    train, test = make blobs samples=50
    a, b = train mlp width=4 data=train epochs=0 count=2

    """

  @Test func aPluginThatEndsTheProgramIsNamed() throws {
    let ended = try ProgramRun(
      ["--session", "mine", "-"], in: home, input: Self.networks + "search mine a b steps=7\n",
      environment: ["SWIFT_BACKTRACE": "enable=no"])
    #expect(ended.status != 0)
    #expect(
      ended.notes.contains(
        "the program ended while the plugin `mine.swift` ran: `basin --session mine`"),
      "\(ended.notes)")
    try write(Self.method(version: "1", reading: "stps"), to: "mine.swift")
    let misread = try ProgramRun(
      ["-c", "plugin load mine.swift"], in: home, environment: ["SWIFT_BACKTRACE": "enable=no"])
    #expect(misread.notes.contains("the parameter `stps` was read as a whole number"))
    #expect(misread.notes.contains("the program ended while the plugin `mine.swift` ran"))
  }

  // MARK: - Words

  @Test func namesThatCannotWorkAreRefused() throws {
    for (line, text) in [
      ("plugin new json language=python", "Python has a module or a word `json` already"),
      ("plugin new test", "the script that tries `test` has a value of that name"),
    ] {
      let refused = try run(line)
      #expect(refused.notes.contains(text), "\(refused.notes)")
    }
    try write(
      Self.method(version: "1").replacingOccurrences(of: "id: \"mine\"", with: "id: \"for\""),
      to: "mine.swift")
    let word = try run("plugin load mine.swift")
    #expect(word.notes.contains("brings `for`, and that is a word of the language"))
  }

  /// A type of Basin's has the name that the file would have given its own.
  @Test func aNameThatATypeHasWorks() throws {
    #expect(try run("plugin new matrix").status == 0)
    let loaded = try run("plugin load ./matrix.swift\nplugin load matrix.swift")
    #expect(loaded.status == 0, "\(loaded.notes)")
  }

  @Test func whatIsStoppedWithoutAStateIsNotOfferedToGoOn() throws {
    try write(
      Self.method(version: "1").replacingOccurrences(
        of: "notes:", with: "status: .partial(0.5, \"stopped\"), notes:"), to: "mine.swift")
    let bench = CommandBench()
    try bench.run(
      Self.networks.replacingOccurrences(
        of: "mine.swift", with: "\"\(home.file("mine.swift"))\"") + "p = search mine a b")
    #expect(bench.session.value(named: "p")?.partial != nil)
    #expect(bench.session.value(named: "p")?.partial?.resume == nil)
    #expect(try bench.failure(of: "resume p").message.contains("keeps no state to go on from"))
  }

  // MARK: - Sessions

  /// At a prompt a line alone runs a script that loads what it uses.
  @Test func aScriptThatIsRunAtThePromptLoadsWhatItUses() throws {
    let brier = ProgramTest.root + "/examples/plugins/brier.swift"
    try write(
      """
      plugin load "\(brier)"
      train, test = make blobs samples=50
      a, b = train mlp width=4 data=train epochs=0 count=2
      c = barrier a b data=test metric=brier
      print c.brier

      """, to: "p.basin")
    let host = CommandHost()
    let session = Session(host: host, isInteractive: true)
    let report = session.run(.typed("run \"\(home.file("p.basin"))\""))
    #expect(report.isSuccess, "\(report.diagnostics.map(\.failure.message))")
  }

  @Test(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
  func aJournalDoesNotTakeWhatAnotherContentMade() throws {
    func plugin(_ cost: Int) -> String {
      """
      import time
      from basin_plugin import method, run

      @method(id="slow", summary="takes long enough to be kept", cost_name="number")
      def slow(task):
          "Waits."
          time.sleep(0.15)
          return task.result([task.identity for _ in task.networks], cost=\(cost))

      run()
      """
    }
    let lines =
      Self.networks.replacingOccurrences(of: "mine.swift", with: "slow.py")
      + "p = search slow a b\nprint \"cost {p.cost}\"\n"
    try write(lines, to: "job.basin")
    for cost in [1, 1, 2] {
      try write(plugin(cost), to: "slow.py")
      let run = try ProgramRun(["--session", "kept", "job.basin"], in: home)
      #expect(run.status == 0, "\(run.notes)")
      #expect(run.results.contains("cost \(cost)"), "\(run.results)")
    }
  }
}
