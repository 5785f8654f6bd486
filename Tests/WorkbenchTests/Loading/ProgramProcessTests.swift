import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// How processes of plugins are found, begin and end.
@Suite struct ProgramProcessTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// Whether a process is over soon.
  private func ends(_ process: pid_t) -> Bool {
    ProgramTest.becomes {
      var status: Int32 = 0
      return waitpid(process, &status, WNOHANG) != 0
    }
  }

  @Test(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
  func pythonEndsWithBasinWhateverItDoes() throws {
    let script = folder.file("busy.py")
    try """
    from basin_plugin import *
    @reader(id="busy", summary="reads for ever", description="For tests.")
    def busy(path):
        while True: pass
    run()
    """.write(toFile: script, atomically: true, encoding: .utf8)
    let (own, request) = (try PrivateFolder(), try PrivateFolder())
    var command = try ProgramPlugin.command(for: script)
    try command.addPythonModule(in: own)
    let program = try command.start(memory: 1 << 30)
    defer { kill(program.process, SIGKILL) }
    let lines = """
      {"type": "hello", "protocol": 1, "basin": "x", "folder": "\(own.path)"}
      {"type": "read", "id": 1, "reader": "busy", "path": "x", "folder": "\(request.path)"}

      """
    #expect(send(program.input, lines, lines.utf8.count, 0) == lines.utf8.count)
    // Its card: from now on it is busy.
    var ready = pollfd(fd: program.output, events: Int16(POLLIN), revents: 0)
    #expect(poll(&ready, 1, 10_000) == 1)
    usleep(50_000)
    close(program.input)
    #expect(ends(program.process))
    close(program.output)
    close(program.errors)
    #expect(!FileManager.default.fileExists(atPath: own.path))
    #expect(!FileManager.default.fileExists(atPath: request.path))
  }

  @Test func aPluginThatIsLetGoEndsItsProcess() throws {
    let pidFile = folder.file("pid")
    let text = """
      #!/bin/sh
      echo $$ > \(pidFile)
      read hello
      echo '{"type": "card", "protocol": 1}'
      read quit
      """
    do {
      let plugin = try ProgramTest.plugin(text, name: "patient", in: folder)
      #expect(plugin.isEmpty)
    }
    let written = try String(contentsOfFile: pidFile, encoding: .utf8)
    let pid = try #require(Int32(written.trimmingCharacters(in: .whitespacesAndNewlines)))
    #expect(kill(pid, 0) != 0)
  }

  @Test func foldersOfKilledProgramsAreRemoved() throws {
    let left = folder.file("basin-plugin-left")
    try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: false)
    let held = folder.file("basin-plugin-held")
    try FileManager.default.createDirectory(atPath: held, withIntermediateDirectories: false)
    let lock = open(held, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    flock(lock, LOCK_SH)
    PrivateFolder.sweep(folder.path)
    #expect(FileManager.default.fileExists(atPath: left))
    PrivateFolder.sweep(folder.path, olderThan: 0)
    #expect(!FileManager.default.fileExists(atPath: left))
    #expect(FileManager.default.fileExists(atPath: held))
    close(lock)
  }

  @Test func loadingCanBeStopped() throws {
    let begin = ContinuousClock.now
    let path = try ProgramTest.script("#!/bin/sh\nsleep 60\n", name: "mute", in: folder)
    let stop = StopSignal.raised(afterMicroseconds: 50_000)
    let failure = ProgramTest.failure {
      _ = try ProgramPlugin.load(path, isStopped: { stop.isRaised })
    }
    #expect(failure == Failure(.stopped, "the start of `mute` was stopped"))
    // The script sleeps for a minute.
    #expect(begin.duration(to: .now) < .seconds(30))
  }

  /// Basin's own computing was taken for the program's silence.
  @Test func theTimeInWhichBasinComputesIsNoSilence() throws {
    let path = try ProgramTest.script(
      "#!/bin/sh\nread hello\necho '{\"type\": \"card\"}'\necho '{\"type\": \"card\"}'\nread quit\n",
      name: "asks", in: folder)
    let process = try ProgramProcess(
      ProgramPlugin.command(for: path), folder: try PrivateFolder(), memory: 1 << 30)
    defer { process.end() }
    var limits = ProgramTest.limits
    limits.patience = .seconds(3)
    var count = 0
    let answer = try process.answer(
      to: .object([]), id: nil, isStopped: { false }, limits: limits
    ) { _ throws(Failure) -> Int? in
      count += 1
      if count == 1 { usleep(3_200_000) }
      return count == 2 ? count : nil
    }
    #expect(answer == 2)
  }

  @Test func aScriptThatForgetsToRunIsToldSo() throws {
    let failure = ProgramTest.failure {
      _ = try ProgramTest.plugin("#!/bin/sh\nexit 0\n", name: "short", in: folder)
    }
    #expect(failure == Failure(.pluginEnded, "`short` ended before it had answered"))
    guard ProgramTest.hasPython else { return }
    let python = ProgramTest.failure {
      _ = try ProgramTest.plugin("import basin_plugin\n", in: folder)
    }
    #expect(python?.notes == ["a Python plugin has `run()` as its last line"])
  }

  /// A stand-in for an interpreter that answers what it is asked.
  private func interpreter(_ name: String, says line: String) throws -> String {
    try ProgramTest.script("#!/bin/sh\necho '\(line)'\n", name: name, in: folder)
  }

  @Test func theInterpreterIsTheFirstWithNumpy() throws {
    let good = try interpreter("good", says: "python /opt/python")
    let bare = try interpreter("bare", says: "python ")
    func path(_ environment: [String: String]) throws -> String {
      try PythonInterpreter.path(for: "x.py", environment: environment)
    }
    #expect(try path(["BASIN_PYTHON": good, "PATH": "/bin"]) == "/opt/python")
    let noNumpy = ProgramTest.failure { _ = try path(["BASIN_PYTHON": bare, "PATH": "/bin"]) }
    #expect(noNumpy?.code == .pluginEnded)
    #expect(
      noNumpy?.message
        == "`x.py` cannot be started: `\(bare)`, which BASIN_PYTHON names, has no numpy")
    #expect(noNumpy?.notes.first?.contains("python3-numpy") == true)
    let none = folder.file("none")
    #expect(
      ProgramTest.failure { _ = try path(["BASIN_PYTHON": none, "PATH": "/bin"]) }?.message
        == "`x.py` cannot be started: `\(none)`, which BASIN_PYTHON names, does not run")
    _ = try interpreter("python3", says: "python /opt/another")
    #expect(try path(["PATH": folder.path + ":/bin:/usr/bin"]) == "/opt/another")
  }

  @Test func theProgramOfTheDocumentationWorks() throws {
    let page = try String(
      contentsOfFile: ProgramTest.root + "/Documentation/plugin-protocol.md", encoding: .utf8)
    let script = try #require(page.split(separator: "```sh\n").last?.split(separator: "```").first)
    let plugin = try ProgramTest.plugin(String(script), name: "nothing", in: folder)
    let searcher = try #require(plugin.methods.first).make(Settings([:]))
    for _ in 0..<2 {
      let outcome = try searcher.search(ProgramTest.task(ProgramTest.networks(hidden: [2])))
      #expect(outcome.permutations?.allSatisfy(\.isIdentity) == true)
    }
  }

  @Test func tracebacksAreToldInShort() {
    func notes(_ text: String) -> [String] {
      var words = LastWords()
      text.withCString { words.append(UnsafeRawBufferPointer(start: $0, count: text.utf8.count)) }
      return words.notes
    }
    #expect(notes("") == [])
    #expect(notes("one\n\n two \n") == ["it wrote last: one / two"])
    #expect(
      notes(
        """
        Traceback (most recent call last):
          File "/a/x.py", line 3, in <module>
            import nothing
        ModuleNotFoundError: No module named 'nothing'
        """) == [
          "ModuleNotFoundError: No module named 'nothing'",
          "in \"/a/x.py\", line 3, in <module>: import nothing",
        ])
  }

  @Test func linesAreWholeWhateverPiecesTheyComeIn() {
    var buffer = LineBuffer()
    var lines: [String] = []
    for piece in ["a", "b\n", "\r\n \nc\nd", "e\n\n", "f"] {
      piece.withCString {
        buffer.append(UnsafeRawBufferPointer(start: $0, count: piece.utf8.count))
      }
      while let line = buffer.next() { lines.append(String(decoding: line, as: UTF8.self)) }
    }
    #expect(lines == ["ab", "c", "de"])
    #expect(buffer.pendingCount == 1)
  }
}
