import Foundation
import Kernel

// Methods of others: how long a person waits for one, and what it costs to call it.
extension Row {
  static let pluginRows = [
    Row(
      "plugin_new", "from `plugin new` to its row in `compare`", unit: "plugin", reach: 30,
      prepare: { _ throws(Failure) in
        try fromNothing { (program, folder) throws(Failure) in
          try program.run(["-c", "plugin new mine"], home: folder)
          try program.run(["mine.basin"], home: folder)
          return "2 lines typed: plugin new, run; compiled on the way"
        }
      }),
    Row(
      "plugin_compile", "`plugin load` of a Swift file that is new", unit: "plugin", reach: 10,
      prepare: { _ throws(Failure) in
        try fromNothing(preparing: ["plugin new mine"]) { (program, folder) throws(Failure) in
          try program.run(["-c", "plugin load mine.swift"], home: folder)
          return "the program's start included"
        }
      }),
    Row(
      "plugin_again", "`plugin load` of a Swift file that was compiled before", unit: "plugin",
      reach: 0.2,
      prepare: { _ throws(Failure) in
        try fromNothing(preparing: ["plugin new mine", "plugin load mine.swift"]) {
          (program, folder) throws(Failure) in
          try program.run(["-c", "plugin load mine.swift"], home: folder)
          return "the program's start included"
        }
      }),
    Row(
      "plugin_call", "calls of a Swift plugin by the program", unit: "million calls",
      reach: 10e-3,
      prepare: { _ throws(Failure) in
        let program = try Program.besideThis("basin")
        let folder = try Scratch()
        _ = try folder.write(callingPlugin, to: "calls.swift")
        let lines = """
          plugin load calls.swift
          train, test = make blobs samples=10
          a, b = train mlp width=2 data=train count=2 epochs=0
          p = search calls a b
          print "cost {p.cost}"
          """
        return { () throws(Failure) in
          let file = "\(folder.path)/said"
          try program.run(["-c", lines], home: folder.path, output: file)
          let said = String(decoding: try FileContent.read(file), as: UTF8.self)
          guard let match = said.firstMatch(of: /cost ([0-9.e-]+)/), let cost = Double(match.1)
          else { throw Failure(.incompatible, "the plugin told no time: \(said)") }
          return Timing(
            seconds: cost * 1e-3,
            detail: "a closure of the program's own takes \(text(ownCalls() * 1e3, digits: 2)) ms")
        }
      }),
    Row(
      "plugin_python_512", "a search by a Python plugin that does nothing, on a 1x512 pair",
      unit: "search", reach: 0.05,
      prepare: { workplace throws(Failure) in
        let program = try Program.besideThis("basin")
        let folder = try Scratch()
        _ = try folder.write(idlePlugin, to: "idle.py")
        _ = try workplace.networks(.wide)
        let absolute = URL(fileURLWithPath: workplace.path(of: .wide)).path
        func script(_ count: Int) throws(Failure) -> String {
          try folder.write(
            """
            plugin load idle.py
            n = load "\(absolute)"
            p = search idle n
            for i in 1..\(count) { p = search idle n }

            """, to: "idle_\(count).basin")
        }
        let scripts = [try script(1), try script(21)]
        return { () throws(Failure) in
          let times = try scripts.map { script throws(Failure) in
            try timed { () throws(Failure) in try program.run([script], home: folder.path) }.0
          }
          withExtendedLifetime(folder) {}
          return Timing(
            seconds: (times[1] - times[0]) / 20,
            detail: "weights there, a permutation back and checked; its start apart")
        }
      }),
  ]

  /// Times work in a new folder that is home, too, so that nothing was compiled before.
  private static func fromNothing(
    preparing lines: [String] = [],
    _ work: @escaping @Sendable (Program, String) throws(Failure) -> String
  ) throws(Failure) -> () throws(Failure) -> Timing {
    let program = try Program.besideThis("basin")
    return { () throws(Failure) in
      let folder = try Scratch()
      for line in lines { try program.run(["-c", line], home: folder.path) }
      let (seconds, detail) = try timed { () throws(Failure) in try work(program, folder.path) }
      return Timing(seconds: seconds, detail: detail)
    }
  }

  /// Seconds for a million of the calls that `callingPlugin` times, of a closure that was compiled with
  /// the program.
  private static func ownCalls() -> Double {
    let count = Count()
    let calls = 20_000_000
    let begin = ContinuousClock.now
    WorkPool(threadCount: 1).run(count: calls) { item in count.value &+= item }
    return begin.duration(to: .now).inSeconds / Double(calls) * 1e6
  }

  /// A sum that one thread writes.
  private final class Count: @unchecked Sendable { var value = 0 }

  /// Counts how often the program calls a closure of this plugin's; tells nanoseconds as its cost.
  private static let callingPlugin = """
    import Contract
    import Kernel

    struct Calls: SearchPlugin {
      static let card = MethodCard(
        id: "calls", summary: "times calls", description: "Times calls.", needsData: false,
        drawsRandomNumbers: false, costName: "nanoseconds")

      init(_ settings: Settings) throws(Failure) {}

      func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
        let count = Count()
        let calls = 20_000_000
        let begin = ContinuousClock.now
        WorkPool(threadCount: 1).run(count: calls) { item in count.value &+= item }
        let seconds = begin.duration(to: .now) / .seconds(1)
        return SearchOutcome(
          permutations: task.networks.map { NetworkPermutation(identityFor: $0.graph) },
          cost: count.value == 0 ? 0 : seconds / Double(calls) * 1e9)
      }
    }

    final class Count: @unchecked Sendable { var value = 0 }

    let plugin = Plugin(methods: [Calls.self])

    """

  private static let idlePlugin = """
    from basin_plugin import method, run

    @method(id="idle", summary="leaves everything in place")
    def idle(task):
        "Does nothing."
        return task.result([task.identity for _ in task.networks])

    run()

    """
}
