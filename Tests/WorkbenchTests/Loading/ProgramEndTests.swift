import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// How plugins end with the program, however that ends.
@Suite struct ProgramEndTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private static let lines = """
    train, test = make blobs samples=50
    a, b = train mlp width=4 data=train count=2

    """

  /// A method that neither listens nor ends, in a script that says what it is given.
  private func stuck() throws -> [String] {
    _ = try ProgramTest.script(
      """
      #!/bin/sh
      read hello
      echo '{"type":"card","protocol":1,"methods":[{"id":"stuck","summary":"s","description":"d"}]}'
      read request
      { echo $$; echo "$hello"; echo "$request"; } > told.part
      mv told.part told
      while :; do sleep 1; done
      """, name: "stuck", in: folder)
    return ["-c", "plugin load stuck\n\(Self.lines)p = search stuck a b"]
  }

  /// The process and the folders of what is stuck, once it is.
  private func told() throws -> (process: pid_t, folders: [String]) {
    try #require(
      ProgramTest.becomes { FileManager.default.fileExists(atPath: folder.file("told")) })
    let lines = try String(contentsOfFile: folder.file("told"), encoding: .utf8)
      .split(separator: "\n").map(String.init)
    let folders = try lines.dropFirst().map { line in
      try #require(try JSON.read(Array(line.utf8), source: "a line")["folder"]?.text)
    }
    return (try #require(pid_t(lines[0])), folders)
  }

  private func expectNothingLeft(_ told: (process: pid_t, folders: [String])?) throws {
    let told = try #require(told)
    #expect(told.folders.count == 2)
    #expect(ProgramTest.becomes { ProgramTest.isOver(told.process) })
    #expect(
      ProgramTest.becomes {
        !told.folders.contains { FileManager.default.fileExists(atPath: $0) }
      })
  }

  @Test func aProgramThatIsKilledTakesItsPluginsWithIt() throws {
    var seen: (process: pid_t, folders: [String])?
    _ = try ProgramRun(stuck(), in: folder) { process in
      seen = try told()
      kill(process.processIdentifier, SIGKILL)
    }
    try expectNothingLeft(seen)
  }

  /// `_exit` left them behind.
  @Test func aProgramThatLeavesAtOnceTakesItsPluginsWithIt() throws {
    var seen: (process: pid_t, folders: [String])?
    let run = try ProgramRun(stuck(), in: folder) { process in
      seen = try told()
      kill(process.processIdentifier, SIGTERM)
      // Two at once would be one.
      let notes = { (try? String(contentsOfFile: folder.file(".err"), encoding: .utf8)) ?? "" }
      try #require(ProgramTest.becomes { notes().contains("stopping") })
      kill(process.processIdentifier, SIGTERM)
    }
    #expect(run.status == 143)
    try expectNothingLeft(seen)
  }

  /// The checks gave the method a signal that nobody could raise.
  @Test(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
  func aCheckOfWhatDoesNotEndCanBeStopped() throws {
    _ = try ProgramTest.script(
      """
      import time
      from basin_plugin import method, run
      @method(id="slow", summary="waits", description="For tests.")
      def slow(task):
          open("told", "w").close()
          while not task.stopped: time.sleep(0.01)
          return [task.identity for _ in task.networks]
      run()
      """, name: "slow.py", in: folder)
    let run = try ProgramRun(["-c", "plugin load slow.py\nplugin check slow"], in: folder) {
      process in
      #expect(
        ProgramTest.becomes { FileManager.default.fileExists(atPath: folder.file("told")) })
      kill(process.processIdentifier, SIGTERM)
    }
    #expect(run.status == 143, "\(run.notes)")
    #expect(run.results.contains("describes itself"), "\(run.results)")
    #expect(run.notes.contains("stopped after 1 of 10 checks of `slow`"), "\(run.notes)")
  }
}
