import Contract
import Kernel
import Synchronization

@testable import Workbench

/// Keeps what the interpreter shows as lines of text.
final class TestHost: Host {
  /// Standard output.
  private(set) var lines: [String] = []
  /// Standard error: notes, and errors as `E0203 there is no value 'bb' @12..14`.
  private(set) var complaints: [String] = []
  private(set) var diagnostics: [Diagnostic] = []
  private(set) var outcomes: [Output.Outcome] = []
  private(set) var pages: [HelpPage] = []
  private(set) var tables: [Table] = []

  func show(_ output: Output) {
    switch output {
    case .result(let outcome):
      outcomes.append(outcome)
      let names = outcome.names.joined(separator: ", ")
      let values = outcome.values.map(\.content.brief).joined(separator: " | ")
      lines.append("_\(outcome.number) \(names.isEmpty ? "" : names + " = ")\(values)")
    case .value(let value, let format):
      if case .table(let table) = value.content { tables.append(table) }
      lines.append("\(value.content.brief)\(format == .table ? "" : " as \(format.rawValue)")")
    case .drawing(let drawing, let facts, _):
      tables.append(facts)
      lines.append(drawing.rendered(width: 80, glyphs: .unicode, style: .plain))
    case .text(let text): lines.append(text)
    case .expectation(let expectation):
      let label = expectation.label.map { "\($0): " } ?? ""
      lines.append((expectation.holds ? "ok " : "FAILED ") + label + expectation.text)
    case .help(let page):
      pages.append(page)
      lines.append("help on \(page.name)")
    case .helpIndex(let index): lines.append("\(index.groups.count) groups")
    }
  }

  func note(_ sentence: String) { complaints.append(sentence) }

  func report(_ diagnostic: Diagnostic) {
    diagnostics.append(diagnostic)
    let place = diagnostic.span.map { " @" + diagnostic.source.text(of: $0) } ?? ""
    complaints.append("\(diagnostic.failure.code) \(diagnostic.failure.message)\(place)")
  }

  /// The verb of the command that is to be stopped while it runs.
  var stopping: String?
  var isDiscarding = false
  private var running: [String] = []

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    running.append(verb)
    if verb == stopping { stop.raise() }
    return .none
  }

  func endCommand() -> CommandEnding {
    let verb = running.popLast()
    return CommandEnding(
      isStopped: verb == stopping, isDiscarded: verb == stopping && isDiscarding)
  }

  var isAskedToStop: Bool { false }
  var isAskedToEnd: Bool { false }
  func adopt(_ settings: SessionSettings) {}
}

/// Runs lines in a session of its own and looks at what came of them.
struct Trial {
  let host = TestHost()
  let session: Session
  private(set) var report = RunReport()

  init(_ script: String = "", overrides: [ParameterOverride] = [], isInteractive: Bool = false) {
    session = Session(host: host, lexicon: .forTests, isInteractive: isInteractive)
    if !script.isEmpty { run(script, overrides: overrides) }
  }

  /// Runs more lines.
  mutating func run(_ script: String, overrides: [ParameterOverride] = []) {
    report = session.run(Source(name: "test.basin", text: script), overrides: overrides)
  }

  /// What is bound to a name, as short text.
  func brief(_ name: String) -> String? { session.value(named: name)?.content.brief }

  /// The recipe of what is bound to a name.
  func recipe(_ name: String) -> String? { session.value(named: name)?.provenance.recipe.hex }
}

// MARK: - A registry of cheap commands

extension Lexicon {
  /// The commands of the language, a few cheap ones, and two methods.
  static let forTests = Lexicon(
    commands: CommandTable.all.filter { command in
      !testCommands.contains { $0.verb == command.verb }
    } + testCommands,
    methods: [SearchMethod(StillMethod.self), SearchMethod(TurnMethod.self)])

  private static let testCommands: [Command] = [.toss, .nets, .blobs, .probe, .testSearch]
}

extension Command {
  /// Random whole numbers below 1000.
  static let toss = Command(
    "toss", .networks, "random numbers",
    positional: [
      Parameter("count", .integer(1...9), default: "1", help: "how many")
    ],
    keywords: [
      Parameter("below", .integer(1...1_000_000), default: "1000", help: "the bound"), .seed,
      Parameter("of", .any, isOptional: true, help: "something that the numbers hang on"),
    ],
    results: .counted(by: "count", .integer), drawsRandomNumbers: true
  ) { call throws(Failure) in
    var stream = call.random
    return (0..<call.integer("count")).map { _ in
      .integer(stream.nextInt(below: call.integer("below")))
    }
  }

  /// Tiny networks with random weights.
  static let nets = Command(
    "nets", .networks, "random networks",
    keywords: [
      Parameter("count", .integer(1...9), default: "1", help: "how many"),
      Parameter("width", .integer(1...64), default: "3", help: "hidden units"), .seed,
    ],
    results: .counted(by: "count", .network), drawsRandomNumbers: true
  ) { call throws(Failure) in
    let graph = Graph(nodes: [
      .init("input", .input(shape: [2]), inputs: []),
      .init("fc1", .linear(outputs: call.integer("width")), inputs: [0]),
      .init("relu1", .relu, inputs: [1]), .init("fc2", .linear(outputs: 2), inputs: [2]),
    ])
    var contents: [Content] = []
    for number in 0..<call.integer("count") {
      var stream = call.random.child("network", number)
      let parameters = graph.parameters.map { parameter in
        Tensor(
          shape: parameter.shape,
          values: (0..<parameter.shape.reduce(1, *)).map { _ in Float(stream.nextUnit()) })
      }
      contents.append(.network(try Network(graph: graph, parameters: parameters)))
    }
    return contents
  }

  /// Two tiny data sets.
  static let blobs = Command(
    "blobs", .files, "two tiny data sets", results: .kinds([.data, .data])
  ) { call throws(Failure) in
    ["train", "test"].map { name in
      .data(
        DataSet(
          name: name, inputs: Tensor(shape: [2, 2], values: [1, 0, 0, 1]), labels: [0, 1],
          classCount: 2))
    }
  }

  /// Takes one argument of each kind and gives it back as text.
  static let probe = Command(
    "probe", .measure, "shows what its arguments are",
    keywords: [
      Parameter("whole", .integer(1...10), isOptional: true, help: "an int"),
      Parameter("real", .real(0...1), words: ["auto"], isOptional: true, help: "a real"),
      Parameter("choice", .word(["red", "green"]), isOptional: true, help: "a colour"),
      Parameter("text", .text, isOptional: true, help: "a text"),
      Parameter("file", .path, isOptional: true, help: "a path"),
      Parameter("span", .interval(0...1), isOptional: true, help: "a range"),
      .budget, .points,
      Parameter("memory", .memory, isOptional: true, help: "an amount"),
      Parameter("flag", .yesNo, isOptional: true, help: "yes or no"),
      Parameter("nets", .value([.network, .networks]), isOptional: true, help: "networks"),
    ],
    results: .kinds([.text])
  ) { call throws(Failure) in
    let texts = call.given.sorted().map { name in
      "\(name)=\(call.value(name)?.content.kind.rawValue ?? "") "
        + (call.value(name)?.content.brief ?? "")
    }
    return [.text(texts.joined(separator: ", "))]
  }

  /// A search as far as the language is concerned.
  static let testSearch = Command(
    "search", .search, "searches",
    positional: [
      Parameter("method", .method, help: "the method")
    ],
    rest: Rest(.nets, count: 2...Int.max, isDistinct: true),
    keywords: [.optionalData, .seed, .budget], extraKeywords: .ofMethod("method"),
    results: .kinds([.result]), drawsRandomNumbers: true
  ) { call throws(Failure) in
    let method = call.method()
    let networks = call.networks("nets")
    let outcome = try method.make().search(
      SearchTask(networks: networks, data: call.dataIfGiven(), random: call.random))
    return [
      .result(
        ResultValue(
          method: method, networksBefore: networks, data: call.dataIfGiven(),
          random: call.random, start: nil, outcome: outcome, seconds: 0))
    ]
  }
}

/// Leaves everything as it is.
struct StillMethod: SearchPlugin {
  static let card = MethodCard(
    id: "still", summary: "leaves everything in place", description: "Does nothing.",
    parameters: [
      Parameter("steps", .integer(1...1_000_000), default: "100", help: "how many"),
      Parameter("heat", .real(0...10), words: ["auto"], default: "auto", help: "how hot"),
      Parameter(
        "start", .start, words: ["identity", "random"], default: "identity",
        help: "where to begin"),
    ], needsData: false, drawsRandomNumbers: false)

  let steps: Int
  let heat: Double?
  let start: Setting?

  init(_ settings: Settings) throws(Failure) {
    steps = settings.integer("steps")
    heat = settings.realIfGiven("heat")
    start = settings["start"]
  }

  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    SearchOutcome(
      permutations: task.networks.map { NetworkPermutation(identityFor: $0.graph) },
      cost: heat ?? -1, steps: steps)
  }
}

/// Turns the networks at random; needs data.
struct TurnMethod: SearchPlugin {
  static let card = MethodCard(
    id: "turn", summary: "random permutations", description: "Draws permutations.",
    needsData: true, drawsRandomNumbers: true, networkCount: 2...3)

  init(_ settings: Settings) throws(Failure) {}

  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    SearchOutcome(
      permutations: task.networks.enumerated().map { index, network in
        NetworkPermutation(randomFor: network.graph, from: task.random.child("turn", index))
      })
  }
}
