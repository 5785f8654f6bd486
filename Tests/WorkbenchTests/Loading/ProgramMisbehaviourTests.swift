import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// What programs do wrong: each gives one clear failure, and the next search is as good as ever.
@Suite(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
struct ProgramMisbehaviourTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// The failure of a search by a method with this body; afterwards the method must work.
  private func failure(
    _ body: String, limits: ProgramLimits = ProgramTest.limits, stop: StopSignal = StopSignal()
  ) throws -> Failure {
    let guarded = """
      if os.path.exists(\(quoted(folder.file("well")))):
          return [task.identity] * 2
      \(body)
      """
    let method = try ProgramTest.method(guarded, in: folder, limits: limits)
    let searcher = try method.make(Settings([:]))
    let failure = try #require(
      ProgramTest.failure { _ = try searcher.search(ProgramTest.task(stop: stop)) })
    try "".write(toFile: folder.file("well"), atomically: true, encoding: .utf8)
    let outcome = try searcher.search(ProgramTest.task())
    #expect(outcome.permutations?.count == 2)
    return failure
  }

  private func quoted(_ text: String) -> String { JSON.text(text).compact }

  private static let raw = "from basin_plugin import _output"

  @Test func anExceptionIsToldWithItsPlace() throws {
    let failure = try failure("values = [1, 2]\nreturn values[3]")
    #expect(failure.code == .pluginEnded)
    #expect(failure.message == "`trial.py`: IndexError: list index out of range")
    #expect(failure.notes == ["trial.py, line 10, in trial: return values[3]"])
  }

  @Test func aRefusalIsToldAsItIs() throws {
    let failure = try failure("raise PluginError('two hidden layers of one width are needed')")
    #expect(failure.message == "`trial.py`: two hidden layers of one width are needed")
    #expect(failure.notes == [])
  }

  @Test func aCrashIsToldWithItsSignal() throws {
    let failure = try failure("os.write(2, b'about to go\\n')\nos.abort()")
    #expect(failure.code == .pluginEnded)
    #expect(failure.message == "`trial.py` was ended by signal 6 (aborted)")
    #expect(failure.notes == ["it wrote last: about to go"])
  }

  @Test func anEndIsToldWithItsStatus() throws {
    let failure = try failure("os._exit(3)")
    #expect(failure.message == "`trial.py` ended with the exit status 3")
  }

  @Test func aTracebackAtTheStartIsShown() throws {
    let failure = try #require(
      ProgramTest.failure {
        _ = try ProgramTest.plugin("import numpy\nimport no_such_thing\n", in: folder)
      })
    #expect(failure.code == .pluginEnded)
    #expect(failure.message == "`trial.py` ended with the exit status 1")
    #expect(failure.notes.first == "ModuleNotFoundError: No module named 'no_such_thing'")
    #expect(failure.notes.last?.contains("trial.py\", line 2") == true)
  }

  @Test func silenceIsTakenForAHang() throws {
    var limits = ProgramTest.limits
    limits.patience = .seconds(3)
    let failure = try failure("while True: pass", limits: limits)
    #expect(failure.code == .pluginEnded)
    #expect(failure.message == "`trial.py` was silent for 3 s and was ended")
  }

  @Test func whatGoesOnAfterAStopIsEnded() throws {
    var limits = ProgramTest.limits
    limits.grace = .milliseconds(300)
    let failure = try failure(
      "while True: task.progress(0.1)", limits: limits, stop: .raised(afterMicroseconds: 50_000))
    #expect(failure.code == .pluginEnded)
    #expect(
      failure.message == "`trial.py` went on for 0.3 s after it was asked to stop, and was ended")
  }

  @Test func theBestIsKeptOfWhatGoesOnAfterItsStop() throws {
    var limits = ProgramTest.limits
    limits.grace = .milliseconds(300)
    let method = try ProgramTest.method(
      """
      best = [task.identity, [units[::-1] for units in task.identity]]
      while True: task.progress(0.25, best=best, cost=0.5)
      """, in: folder, limits: limits)
    let stop = StopSignal()
    let outcome = try method.make(Settings([:])).search(
      ProgramTest.task(stop: stop, progress: ProgressSink { _ in stop.raise() }))
    #expect(outcome.permutations?[1].groups[1].sources == [4, 3, 2, 1, 0])
    #expect(outcome.cost == 0.5)
    #expect(outcome.status == .partial(0.25, "stopped"))
    #expect(outcome.notes.count == 1)
  }

  @Test func anAskedScoreIsCutByAStopAndTheBestReturned() throws {
    let method = try ProgramTest.method(
      """
      task.progress(0.5, best=[task.identity] * 2, cost=1.5)
      while True: task.average_score([task.identity] * 2)
      """, in: folder)
    let data = smallProblem(samples: 40, features: 6, classes: 3)
    let stop = StopSignal()
    let outcome = try method.make(Settings([:])).search(
      ProgramTest.task(data: data, stop: stop, progress: ProgressSink { _ in stop.raise() }))
    #expect(outcome.status == .partial(0.5, "stopped"))
    #expect(outcome.cost == 1.5 && outcome.notes == [])
  }

  @Test func rubbishIsShown() throws {
    let failure = try failure("\(Self.raw)\n_output.write(b'Hello, world\\n'); _output.flush()")
    #expect(failure.code == .pluginMisbehaved)
    #expect(failure.message == "`trial.py` wrote a line that is no message: `Hello, world`")
    #expect(failure.notes.count == 2)
  }

  @Test(
    arguments: [
      ("[task.identity]", "has 1 permutations for 2 networks"),
      ("[task.identity, [[0] * 7]]", "permutes 1 layers of network 2, which has 2 hidden ones"),
      (
        "[task.identity, [[0] * 7, [0] * 5]]",
        "has no permutation for layer `fc1` of network 2: 0 stands twice, and 1 is missing"
      ),
      (
        "[task.identity, [range(7), [0, 1, 2, 3, 5]]]",
        "has no permutation for layer `fc2` of network 2: 5 is none of its units"
      ),
      (
        "[task.identity, [range(7), [0, 1, 2, 3, -1]]]",
        "has no permutation for layer `fc2` of network 2: -1 is none of its units"
      ),
      (
        "[[range(6), range(5)], task.identity]",
        "has 6 numbers for layer `fc1` of network 1, which has 7 units"
      ),
      (
        "[task.identity, [np.arange(7) / 2, range(5)]]",
        "has no list of whole numbers for layer `fc1` of network 2"
      ),
      ("None", "has neither `permutations` nor `networks`"),
    ])
  func whatIsNoPermutationIsNamed(value: String, sentence: String) throws {
    let failure = try failure(
      "from basin_plugin import _plain\n"
        + "lists = lambda v: [lists(x) for x in v] if hasattr(v, '__len__') else _plain(v) "
        + "if hasattr(v, 'item') else v\n"
        + "value = \(value)\nreturn task.result(value and lists(value))")
    #expect(failure.code == .pluginMisbehaved)
    #expect(failure.message == "`trial.py`: the message `result` \(sentence)")
  }

  @Test func aCostThatIsNoNumberIsRefusedWhereItIsGiven() throws {
    let failure = try failure("return task.result([task.identity] * 2, cost=np.float64('nan'))")
    #expect(failure.message == "`trial.py`: ValueError: the cost is nan")
    #expect(failure.notes[0].hasPrefix("trial.py, line 9, in trial: return task.result("))
  }

  @Test(
    arguments: [
      (#"{"type": "result", "id": 99}"#, "sent a message `result` for request 99"),
      (#"{"type": "result"}"#, "sent a message `result` that does not say for which request"),
      (#"{"type": "card", "id": 1, "protocol": 1}"#, "sent a message `card`, which is no answer"),
      (#"{"type": "blather", "id": 1}"#, "sent a message of the unknown type `blather`"),
      (#"["result"]"#, "wrote a message that is no object with a `type`"),
      (#"{"type": "result", "id": 1, "cost": NaN}"#, "wrote a line that is no message"),
    ])
  func wrongMessagesAreNamed(line: String, sentence: String) throws {
    let failure = try failure(
      "\(Self.raw)\n_output.write(\(quoted(line)).encode() + b'\\n'); _output.flush()\ntime.sleep(9)"
    )
    #expect(failure.code == .pluginMisbehaved)
    #expect(failure.message.hasPrefix("`trial.py` \(sentence)"), "\(failure.message)")
  }

  @Test func closedOutputIsTold() throws {
    let failure = try failure("\(Self.raw)\nos.close(_output.fileno())\ntime.sleep(9)")
    #expect(failure.code == .pluginEnded)
    #expect(failure.message == "`trial.py` closed its standard output")
  }

  @Test func memoryIsLimited() throws {
    var limits = ProgramTest.limits
    limits.memory = 300 << 20
    let failure = try failure("return np.ones((1 << 28,)).sum()", limits: limits)
    #expect(failure.code == .pluginEnded)
    #expect(failure.message.hasPrefix("`trial.py` ran out of memory: MemoryError: Unable to"))
    #expect(failure.notes.count == 2)
  }

  @Test func anEndlessLineIsCut() throws {
    let failure = try failure(
      "\(Self.raw)\nwhile True: _output.write(b'x' * (1 << 20)); _output.flush()")
    #expect(failure.code == .pluginMisbehaved)
    #expect(failure.message == "`trial.py` wrote 64 MB without the end of a line")
  }

  @Test func aFloodOfProgressAndWordsIsBorne() throws {
    let method = try ProgramTest.method(
      """
      from basin_plugin import _send
      for step in range(5000):
          _send({"type": "progress", "id": task._id, "share": step / 5000, "facts": {}})
      for step in range(100): print("x" * 10_000)
      return [task.identity] * 2
      """, in: folder)
    let outcome = try method.make(Settings([:])).search(ProgramTest.task())
    #expect(outcome.permutations?.count == 2)
  }

  @Test func whatItStartedEndsWithIt() throws {
    let pidFile = folder.file("pid")
    let failure = try failure(
      """
      import subprocess
      child = subprocess.Popen(["sleep", "100"])
      open(\(quoted(pidFile)), "w").write(str(child.pid))
      os._exit(1)
      """)
    #expect(failure.code == .pluginEnded)
    let pid = try #require(Int32(String(contentsOfFile: pidFile, encoding: .utf8)))
    #expect(ProgramTest.becomes { ProgramTest.isOver(pid) })
  }

  /// Both ends of a pipe have one number, by which those of this program are told from others'.
  @Test func nothingIsLeftBehind() throws {
    let path = folder.file("told")
    let crash = try ProgramTest.method(
      """
      \(Self.raw)
      names = [os.readlink(f"/proc/self/fd/{end}") for end in (_output.fileno(), 2)]
      open(\(quoted(path)), 'w').write("\\n".join([task._folder] + names))
      os._exit(1)
      """, in: folder)
    let searcher = try crash.make(Settings([:]))
    #expect(ProgramTest.failure { _ = try searcher.search(ProgramTest.task()) } != nil)
    let told = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(
      String.init)
    try #require(told.count == 3 && told.dropFirst().allSatisfy { $0.hasPrefix("pipe:") })
    #expect(!FileManager.default.fileExists(atPath: told[0]))
    let ends = try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/" + $0)
    }
    #expect(!ends.contains { end in told.contains { end.hasPrefix($0) } })
  }

  @Test func filesAreLimitedAsMemoryIs() throws {
    var limits = ProgramTest.limits
    limits.memory = 300 << 20
    let many = try failure(
      """
      for number in range(1000):
          open(os.path.join(task._folder, str(number)), "wb").write(bytes(8 << 20))
          time.sleep(0.02)
      """, limits: limits)
    #expect(many.code == .pluginEnded)
    #expect(many.message == "`trial.py` wrote more than 314.6 MB of files and was ended")
    try FileManager.default.removeItem(atPath: folder.file("well"))
    let one = try failure(
      "open(os.path.join(task._folder, 'x'), 'wb').truncate(400 << 20)", limits: limits)
    #expect(one.message.contains("File too large"))
  }

  @Test func namesAndNumbersOfWhatIsToldAreBounded() throws {
    let method = try ProgramTest.method(
      """
      figures = {"a\\x1b[2Jb\\n": 1, "x" * 200: 2}
      for number in range(15): task.note(f"{number}\\x07")
      return task.result([task.identity] * 2, figures=figures, notes=["more"] * 15,
          trace=[(step, 0, 0) for step in range(150_001)])
      """, in: folder)
    let outcome = try method.make(Settings([:])).search(ProgramTest.task())
    #expect(outcome.figures.map(\.name) == ["a [2Jb ", String(repeating: "x", count: 80)])
    #expect(outcome.notes.count == 20 && outcome.notes[0] == "0 " && outcome.notes[19] == "more")
    #expect(outcome.trace.count == 75_001)
    #expect(outcome.trace.first?.step == 0 && outcome.trace.last?.step == 150_000)
    let failure = try failure(
      "return task.result([task.identity] * 2, figures={str(n): n for n in range(300)})")
    #expect(
      failure.message == "`trial.py`: the message `result` has 300 figures; 200 are the most")
  }

  @Test func anotherProtocolIsRefused() throws {
    let failure = try #require(
      ProgramTest.failure {
        _ = try ProgramTest.plugin(
          "#!/bin/sh\nread line\necho '{\"type\": \"card\", \"protocol\": 2}'\nread line\n",
          name: "later", in: folder)
      })
    #expect(failure.code == .pluginMisbehaved)
    #expect(
      failure.message
        == "`later` speaks version 2 of the plugin protocol, and this Basin version 1")
  }

  @Test func whatIsNoProgramIsRefused() throws {
    #expect(
      ProgramTest.failure { _ = try ProgramPlugin.load(folder.file("none.py")) }?.code
        == .fileNotFound)
    let path = folder.file("notes.txt")
    try "some text".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(ProgramTest.failure { _ = try ProgramPlugin.load(path) }?.code == .pluginMisbehaved)
    let dead = try #require(
      ProgramTest.failure {
        _ = try ProgramTest.plugin("#!/bin/sh\nexec 0<&-\nexit 7\n", name: "dead", in: folder)
      })
    #expect(dead.message == "`dead` ended with the exit status 7")
  }
}
