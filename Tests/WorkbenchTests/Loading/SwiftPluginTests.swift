import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Swift plugins as a person uses them: each test runs the program in a home of its own, so that what
/// another one compiled is not there.
@Suite struct SwiftPluginTests {
  private let home: TestFolder

  init() throws {
    home = try TestFolder()
  }

  private func run(
    _ lines: String, environment: [String: String] = [:]
  ) throws -> ProgramRun {
    try ProgramRun(["-c", lines], in: home, environment: environment)
  }

  /// The file that `plugin new` writes, with changes.
  private func writePlugin(_ name: String, as id: String, _ changes: [String: String] = [:]) throws
  {
    var text = EmbeddedText.swiftMethod
      .replacingOccurrences(of: "__NAME__", with: id)
      .replacingOccurrences(of: "__TYPE__", with: "Mine")
    for (old, new) in changes {
      try #require(text.contains(old))
      text = text.replacingOccurrences(of: old, with: new)
    }
    try text.write(toFile: home.file(name), atomically: true, encoding: .utf8)
  }

  private static let networks = """
    train, test = make blobs samples=100
    a, b = train mlp width=8 data=train epochs=2 count=2

    """

  // MARK: - From nothing to a row

  @Test func aNewMethodWorksAndPassesEveryCheck() throws {
    let new = try run("plugin new my_matcher")
    #expect(new.status == 0, "\(new.notes)")
    // The script checks that the barrier is no higher than before.
    let script = try ProgramRun(["my_matcher.basin"], in: home)
    #expect(script.status == 0, "\(script.notes)")
    #expect(script.notes.contains("compiling my_matcher.swift"))
    #expect(script.notes.contains("my_matcher.swift brings method my_matcher"))
    #expect(script.results.contains(/my_matcher +\d.*pt/))
    let check = try run("plugin load my_matcher.swift; plugin check my_matcher; help my_matcher")
    #expect(check.status == 0, "\(check.results)\(check.notes)")
    #expect(check.results.contains("`my_matcher` passes 10 checks"))
    #expect(!check.notes.contains("compiling"), "it was compiled before")
    #expect(check.results.contains("search my_matcher NETS… [passes=10]"))
  }

  @Test func theSameMethodGivesWhatTheBuiltInOneGives() throws {
    try writePlugin("mine.swift", as: "mine")
    let both = try run(
      Self.networks + """
        plugin load mine.swift
        p = search mine a b
        q = search weight_match a b
        expect p.cost == q.cost within 1e-9
        """)
    #expect(both.status == 0, "\(both.notes)")
  }

  // MARK: - Mistakes

  @Test func mistakesAreShownWithTheFilesOwnLines() throws {
    try writePlugin(
      "bad.swift", as: "bad",
      ["let passes: Int\n": "let passes: Itn\n", "var pass = 0": "var pass = 0 as String"])
    let bad = try run("plugin load bad.swift\nsearch bad a b\n")
    #expect(bad.status == 3)
    #expect(bad.notes.contains("`bad.swift` does not compile: "))
    #expect(bad.notes.contains("error[E0802]: cannot find type 'Itn' in scope\n  bad.swift:"))
    #expect(bad.notes.contains("|   private let passes: Itn\n   |                       ^^^"))
    // What the plugin would have brought is no second mistake.
    #expect(!bad.notes.contains("there is no method"))
  }

  @Test func aFileWithoutAPluginIsTold() throws {
    try writePlugin("none.swift", as: "none", ["let plugin = Plugin": "let other = Plugin"])
    let none = try run("plugin load none.swift")
    #expect(none.status == 3)
    #expect(none.notes.contains("`none.swift` declares no `plugin`"))
    #expect(none.notes.contains("let plugin = Plugin(methods: [MyMatcher.self])"))
  }

  @Test func wordsThatAreTakenAreRefused() throws {
    try writePlugin("fd.swift", as: "fd")
    let taken = try run("plugin load fd.swift")
    #expect(taken.notes.contains("`fd.swift` brings `fd`, and that is a built-in method"))
    #expect(taken.status == 2)
    try writePlugin("loud.swift", as: "loud", ["layer by layer\",": "layer by layer.\","])
    let loud = try run("plugin load loud.swift")
    #expect(
      loud.notes.contains(
        "`loud.swift` describes `loud` wrongly: the summary ends with a full stop"))
  }

  @Test func withoutACompilerTheErrorSaysWhatToDo() throws {
    try writePlugin("mine.swift", as: "mine")
    let none = try run("plugin load mine.swift", environment: ["PATH": "/usr/bin:/bin"])
    #expect(none.status == 3)
    #expect(none.notes.contains("error[E0801]: a Swift plugin needs the Swift compiler"))
    let wrong = try run("plugin load mine.swift", environment: ["BASIN_SWIFTC": "/bin/true"])
    #expect(wrong.notes.contains("`/bin/true` is no Swift compiler"))
  }

  @Test func whatIsNoPluginIsTold() throws {
    try "text".write(toFile: home.file("notes.txt"), atomically: true, encoding: .utf8)
    for (line, text) in [
      ("plugin load notes.txt", "`notes.txt` is no plugin"),
      ("plugin load away.swift", "there is no plugin `away.swift`"),
      ("plugin load .", "it has no Package.swift"),
      ("plugin load", "`plugin load` needs a file"),
      ("plugin list mine", "`plugin list` takes no name"),
      ("plugin new sa2", "`sa2` is a command or a method already"),
      ("plugin new My-Matcher", "a method's name is a word of a-z, 0-9 and _"),
      ("plugin check wait_match", "did you mean `weight_match`?"),
    ] {
      let bad = try run(line)
      #expect(bad.notes.contains(text), "\(line): \(bad.notes)")
      #expect(bad.status == 2 || bad.status == 3)
    }
  }

  @Test func newOverwritesNothing() throws {
    try "mine".write(toFile: home.file("my_matcher.basin"), atomically: true, encoding: .utf8)
    let new = try run("plugin new my_matcher")
    #expect(new.notes.contains("`my_matcher.basin` is there already"))
    #expect(!FileManager.default.fileExists(atPath: home.file("my_matcher.swift")))
  }

  // MARK: - Compiled before

  @Test func aLibraryOfAnotherBuildIsRefused() throws {
    try writePlugin("mine.swift", as: "mine")
    #expect(try run("plugin load mine.swift").status == 0)
    let cache = URL(fileURLWithPath: home.file(".cache/basin/plugins"))
    let all = FileManager.default.enumerator(at: cache, includingPropertiesForKeys: nil)
    let library = try #require(
      all?.compactMap { $0 as? URL }.first { $0.pathExtension == "so" })
    var bytes = try Data(contentsOf: library)
    try bytes.write(to: URL(fileURLWithPath: home.file("same.so")))
    #expect(try run("plugin load same.so").notes.contains("same.so brings method mine"))
    let stamp = Data(SwiftLibrary.stamp.utf8)
    let place = try #require(bytes.range(of: stamp))
    bytes.replaceSubrange(place, with: Data(repeating: UInt8(ascii: "0"), count: stamp.count))
    try bytes.write(to: URL(fileURLWithPath: home.file("other.so")))
    let other = try run("plugin load other.so")
    #expect(other.status == 3)
    #expect(other.notes.contains("error[E0803]: `other.so` was compiled against another build"))
    #expect(other.notes.contains("sources 0000000000000000; this program: swift"))
  }

  @Test func aChangedFileIsAnotherPlugin() throws {
    try writePlugin("mine.swift", as: "mine")
    try writePlugin("changed.swift", as: "mine", ["version: \"1\"": "version: \"2\""])
    let bench = CommandBench()
    try bench.run("plugin load \"\(home.file("mine.swift"))\"")
    try bench.run(Self.networks + "p = search mine a b")
    #expect(try bench.result("p").method.version == "mine 1")
    // As a person edits the file and loads it again.
    try FileManager.default.removeItem(atPath: home.file("mine.swift"))
    try FileManager.default.moveItem(
      atPath: home.file("changed.swift"), toPath: home.file("mine.swift"))
    try bench.run("plugin load \"\(home.file("mine.swift"))\"\nq = search mine a b")
    #expect(try bench.result("q").method.version == "mine 2")
    // The older one is still what the first result came from.
    #expect(try bench.result("p").method.version == "mine 1")
    #expect(bench.session.lexicon.plugins.count == 1)
  }

  // MARK: - Elsewhere

  /// An installed program compiles plugins without the sources.
  @Test func anInstalledProgramNeedsNoSources() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let build = ProgramRun.executable.deletingLastPathComponent()
    let prefix = home.file("prefix")
    try FileManager.default.createDirectory(
      atPath: prefix + "/bin", withIntermediateDirectories: true)
    try FileManager.default.copyItem(
      atPath: ProgramRun.executable.path, toPath: prefix + "/bin/basin")
    let install = Process()
    install.executableURL = URL(fileURLWithPath: "/bin/bash")
    install.arguments = ["Scripts/install-modules", build.path, prefix + "/lib/basin"]
    install.currentDirectoryURL = root
    try install.run()
    install.waitUntilExit()
    #expect(install.terminationStatus == 0)
    try writePlugin("mine.swift", as: "mine")
    func load() throws -> ProgramRun {
      try ProgramRun(
        ["-c", "plugin load mine.swift"], in: home,
        program: URL(fileURLWithPath: prefix + "/bin/basin"))
    }
    let here = try load()
    #expect(here.status == 0, "\(here.notes)")
    #expect(here.notes.contains("compiling mine.swift"))
    // Without them it says so, and does not take those of some build.
    try FileManager.default.removeItem(atPath: prefix + "/lib")
    try FileManager.default.removeItem(atPath: home.file(".cache"))
    let bare = try load()
    #expect(bare.status == 3)
    #expect(bare.notes.contains("`make install` puts them there"))
  }

  @Test func aPackageIsAPlugin() throws {
    let sources = home.file("turner/Sources/Turner")
    try FileManager.default.createDirectory(atPath: sources, withIntermediateDirectories: true)
    let package = """
      // swift-tools-version: 6.0
      import PackageDescription

      let package = Package(
        name: "turner",
        products: [.library(name: "Turner", type: .static, targets: ["Turner"])],
        targets: [.target(name: "Turner")])
      """
    try package.write(
      toFile: home.file("turner/Package.swift"), atomically: true, encoding: .utf8)
    // A type named like its module is the usual case.
    let text = EmbeddedText.swiftMethod.replacingOccurrences(of: "__NAME__", with: "turner")
      .replacingOccurrences(of: "__TYPE__", with: "Turner")
      .replacingOccurrences(of: "let plugin", with: "public let plugin")
    try text.write(toFile: sources + "/Turner.swift", atomically: true, encoding: .utf8)
    let loaded = try run(Self.networks + "plugin load turner\np = search turner a b\nplugin list")
    #expect(loaded.status == 0, "\(loaded.notes)")
    #expect(loaded.notes.contains("turner brings method turner"))
    let again = try run("plugin load turner")
    #expect(!again.notes.contains("compiling"))
    try text.replacingOccurrences(of: "var pass = 0", with: "var pass = zero").write(
      toFile: sources + "/Turner.swift", atomically: true, encoding: .utf8)
    let bad = try run("plugin load turner")
    #expect(
      bad.notes.contains(
        "error[E0802]: cannot find 'zero' in scope\n  turner/Sources/Turner/Turner.swift:"),
      "\(bad.notes)")
  }
}
