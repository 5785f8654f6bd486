import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// What a plugin's process has in common with the file, the session and the level it was started for.
@Suite(.enabled(if: ProgramTest.hasPython, "there is no python3 with numpy"))
struct ProgramReloadTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// The new text ran under the hash of the old one, where a crash had a process started again.
  @Test func aFileThatWasChangedIsNotStartedAgain() throws {
    let method = try ProgramTest.method(
      """
      if os.path.exists(\(JSON.text(folder.file("crash")).compact)): os._exit(1)
      return [task.identity] * 2
      """, in: folder)
    let searcher = try method.make(Settings([:]))
    let path = folder.file("trial.py")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    try (text + "# changed\n").write(toFile: path, atomically: true, encoding: .utf8)
    // The process that runs is of the old text.
    _ = try searcher.search(ProgramTest.task())
    try "".write(toFile: folder.file("crash"), atomically: true, encoding: .utf8)
    #expect(
      ProgramTest.failure { _ = try searcher.search(ProgramTest.task()) }?.code == .pluginEnded)
    #expect(
      ProgramTest.failure { _ = try searcher.search(ProgramTest.task()) }
        == Failure(
          .pluginMisbehaved, "`trial.py` was changed since it was loaded; load it again"))
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.removeItem(atPath: folder.file("crash"))
    _ = try searcher.search(ProgramTest.task())
  }

  @Test func whatIsLoadedIsWhatWasLookedAt() throws {
    let path = try ProgramTest.script("#!/bin/sh\nexit 1\n", name: "other", in: folder)
    #expect(
      ProgramTest.failure { _ = try ProgramPlugin.load(path, hash: ContentHash(of: [1])) }?.code
        == .pluginMisbehaved)
  }

  @Test func loadingAgainEndsTheOlderProcess() throws {
    let body = "return task.result([task.identity] * 2, figures={'pid': os.getpid()})"
    func pid(_ method: SearchMethod) throws -> pid_t {
      let outcome = try method.make(Settings([:])).search(ProgramTest.task())
      return pid_t(try #require(outcome.figure("pid")))
    }
    let first = try ProgramTest.method(body, in: folder)
    let old = try pid(first)
    let second = try ProgramTest.method(body, in: folder)
    #expect(ProgramTest.isOver(old))
    let new = try pid(second)
    #expect(new != old)
    // The older one goes on to work, as where a session was loaded from it.
    #expect(try pid(first) != new)
    #expect(try pid(second) == new)
  }

  /// The kernels hung on whether anything had been computed before the process was started.
  @Test func itsProductsAreOfThisProgramsLevel() throws {
    let method = try ProgramTest.method(
      "task.note(os.environ.get('OPENBLAS_CORETYPE', ''))\nreturn [task.identity] * 2", in: folder)
    let outcome = try method.make(Settings([:])).search(ProgramTest.task())
    #expect(outcome.notes == [NumericLevel.current.kernels])
  }

  // MARK: - Metrics and readers

  @Test func metricsAndReadersCanBeStopped() throws {
    let plugin = try ProgramTest.plugin(
      """
      from basin_plugin import dataset, metric, reader, run
      @metric(id="endless", summary="nothing", description="For tests.")
      def endless(logits, labels):
          while len(labels) == 1: pass
          return 1
      @reader(id="endless_too", summary="nothing", description="For tests.")
      def endless_too(path):
          while True: pass
      run()
      """, in: folder)
    let metric = try #require(plugin.metrics.first)
    func value(_ count: Int, _ stop: StopSignal) throws -> Double {
      try metric.value(
        logits: Tensor(shape: [count, 1], values: Array(repeating: 0, count: count)),
        labels: Array(repeating: 0, count: count), stop: stop)
    }
    let begin = ContinuousClock.now
    #expect(
      ProgramTest.failure { _ = try value(1, .raised(afterMicroseconds: 50_000)) }
        == Failure(.stopped, "the metric `endless`: it was stopped"))
    #expect(try value(2, StopSignal()) == 1)
    let reader = try #require(plugin.readers.first)
    let stopped = ProgramTest.failure {
      _ = try reader.read("x", stop: .raised(afterMicroseconds: 50_000))
    }
    #expect(stopped == Failure(.stopped, "the reader `endless_too`: reading `x` was stopped"))
    // They end at once, and not after their grace of a minute.
    #expect(begin.duration(to: .now) < .seconds(40))
  }

  @Test func aMetricThatDoesNotListenIsEnded() throws {
    var limits = ProgramTest.limits
    limits.grace = .milliseconds(100)
    let plugin = try ProgramTest.plugin(
      """
      #!/bin/sh
      read hello
      echo '{"type":"card","protocol":1,"metrics":[{"id":"deaf","summary":"s","description":"d"}]}'
      while :; do sleep 1; done
      """, name: "deaf", in: folder, limits: limits)
    let metric = try #require(plugin.metrics.first)
    let failure = ProgramTest.failure {
      _ = try metric.value(
        logits: Tensor(shape: [1, 1], values: [0]), labels: [0],
        stop: .raised(afterMicroseconds: 10_000))
    }
    #expect(failure?.code == .stopped)
  }

  /// What three sets held was read before they were counted, and each could take all memory.
  @Test func setsAreCountedAndWeighedBeforeTheyAreRead() throws {
    func failure(_ sets: String, memory: Int = 16 << 20) throws -> Failure? {
      var limits = ProgramTest.limits
      limits.memory = memory
      let plugin = try ProgramTest.plugin(
        """
        #!/bin/sh
        read hello
        echo '{"type":"card","protocol":1,"readers":[{"id":"r","summary":"s","description":"d"}]}'
        read request
        folder=$(printf '%s' "$request" | sed 's/.*"folder": *"\\([^"]*\\)".*/\\1/')
        cp "${0%/*}/x.npy" "${0%/*}/y.npy" "$folder/"
        echo '{"type":"data","id":1,"sets":[\(sets)]}'
        read quit
        """, name: "sets", in: folder, limits: limits)
      let reader = try #require(plugin.readers.first)
      return ProgramTest.failure { _ = try reader.read("x") }
    }
    for (name, shape) in [("x.npy", [1_000, 10_000]), ("y.npy", [1_000])] {
      let bytes = NPY.header(shape: shape, type: .u8)
      let all = bytes + [UInt8](repeating: 0, count: shape.reduce(1, *))
      try Data(all).write(to: URL(fileURLWithPath: folder.file(name)))
    }
    #expect(try failure("{}, {}, {}")?.message.contains("has 3 data sets; one, or one to") == true)
    let set = #"{"inputs":"x.npy","labels":"y.npy"}"#
    #expect(try failure(set) == nil)
    let tooMuch = try failure("\(set), \(set)")
    #expect(tooMuch?.message.contains("`inputs` has more numbers than can be") == true)
  }
}
