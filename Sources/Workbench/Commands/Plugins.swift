import Contract
import Foundation
import Kernel

extension Command {
  /// Methods, metrics and readers of others.
  static let plugin = Command(
    "plugin", .sessions, "methods, metrics and readers of others: load, new, check, list",
    details: """
      `plugin load FILE` takes a Swift file, the folder of a Swift package, a Python file or \
      another program that speaks the plugin protocol. What it brings then stands in `search`, \
      `compare`, `eval` and `load` as if it were built in, with a page of help. A Swift file is \
      compiled when its content is new; after a change, load it again. `plugin new NAME` writes a \
      method to begin with, and a script that tries it. `plugin check NAME` runs the checks that \
      built-in methods pass, too. At the prompt, plugins in ~/.config/basin/plugins and in the \
      folders that BASIN_PLUGINS names are loaded by themselves.
      """,
    positional: [
      Parameter("action", .word(PluginAction.allCases.map(\.rawValue)), help: "what to do"),
      Parameter(
        "what", .path, isOptional: true,
        help: "the file to load, the name of the new one, or the method to check"),
    ],
    keywords: [
      Parameter(
        "language", .word(PluginLanguage.allCases.map(\.rawValue)), default: "swift",
        help: "what a new plugin is written in"),
      Parameter(
        "patience", .duration, isOptional: true, unit: "s",
        help: "how long a program may say nothing before it is taken to hang"),
      Parameter(
        "memory", .memory, isOptional: true, unit: "bytes",
        help: "how much memory a program may take"),
    ],
    results: .nothing, reads: ["what"], precheck: checkPlugin, stepName: "check",
    onlyLooks: [
      PluginAction.list.rawValue, PluginAction.new.rawValue, PluginAction.check.rawValue,
    ],
    examples: ["plugin list", "plugin check weight_match"],
    seeAlso: ["plugins", "search", "compare"]
  ) { call throws(Failure) in
    switch PluginAction(rawValue: call.text("action")) {
    case .load?: try call.loadPlugin()
    case .new?: try call.writeNewPlugin()
    case .check?: try call.checkPlugin()
    case .list?, nil: call.show(call.session.lexicon.pluginTable)
    }
    return []
  }

  private static let checkPlugin: @Sendable (StaticCall) throws(Failure) -> Void = {
    call throws(Failure) in
    guard let action = call.texts["action"].flatMap(PluginAction.init) else { return }
    let isGiven = call.given.contains("what")
    guard isGiven || action == .list else {
      throw Failure(
        .missingArgument, "`plugin \(action)` needs \(action.object)",
        notes: ["as in `plugin \(action) \(action.example)`"])
    }
    if isGiven, action == .list {
      throw Failure(.tooManyArguments, "`plugin list` takes no name")
    }
    if action == .load, let path = call.texts["what"] { _ = try PluginFile(path) }
  }
}

/// What `plugin` does.
enum PluginAction: String, Hashable, Sendable, CaseIterable {
  case load, new, check, list

  /// What it is done to.
  fileprivate var object: String {
    switch self {
    case .load: "a file"
    case .new: "a name"
    case .check, .list: "the name of a method or a metric"
    }
  }

  fileprivate var example: String {
    switch self {
    case .load: "my_matcher.swift"
    case .new, .check, .list: "my_matcher"
    }
  }
}

extension ProgramLimits {
  /// What a program may use, as a line says that is not run yet.
  init(_ call: StaticCall) {
    self.init()
    if call.given.contains("patience"), let seconds = call.texts["patience"].flatMap(Double.init) {
      patience = .seconds(seconds)
    }
    if call.given.contains("memory"), let bytes = call.texts["memory"].flatMap(Double.init) {
      memory = Int(bytes)
    }
  }
}

extension Invocation {
  /// What a program may use, as the call says.
  fileprivate var programLimits: ProgramLimits {
    var limits = ProgramLimits()
    if let seconds = realIfGiven("patience") { limits.patience = .seconds(seconds) }
    if let bytes = realIfGiven("memory") { limits.memory = Int(bytes) }
    return limits
  }

  fileprivate func loadPlugin() throws(Failure) {
    let clock = ContinuousClock()
    let start = clock.now
    var isCompiled = false
    let file = try PluginFile(text("what"))
    let loaded: LoadedPlugin
    do throws(LoadingFailure) {
      loaded = try PluginLibrary.load(
        file, limits: programLimits,
        willCompile: { name in
          isCompiled = true
          progress.report(ProgressReport(share: 0, facts: [.init("compiling", name)]))
        }, isStopped: { stop.isRaised })
    } catch {
      for detail in error.details { session.host.report(detail) }
      throw error.failure
    }
    session.lexicon = try session.lexicon.adding(loaded) { session.value(named: $0) != nil }
    let origin = loaded.origin
    report.files.append(.init(path: origin.path, hash: origin.hash, isPlugin: true))
    let seconds = (clock.now - start).inSeconds
    note(
      "\(origin.name) brings \(loaded.contents)"
        + (isCompiled ? ", compiled in \(Content.brief(seconds: seconds))" : ""))
  }
}

extension LoadedPlugin {
  /// What it brings, as `method my_matcher, metric brier`.
  var contents: String {
    let kinds = [
      ("method", plugin.methods.map(\.id)), ("metric", plugin.metrics.map(\.id)),
      ("reader", plugin.readers.map(\.id)),
    ]
    return kinds.filter { !$0.1.isEmpty }.map { kind, ids in
      (ids.count == 1 ? kind : kind + "s") + " " + ids.joined(separator: " ")
    }.joined(separator: ", ")
  }
}

extension Lexicon {
  /// The plugins that are loaded, a row for each thing that they bring.
  fileprivate var pluginTable: Table {
    var rows: [[Table.Cell]] = []
    for loaded in plugins {
      func add(_ kind: String, _ id: String, _ version: String) {
        rows.append([
          .text(id), .text(kind), .text(version), .text(loaded.origin.path),
          .text(String(loaded.origin.hash.hex.prefix(16))),
        ])
      }
      for method in loaded.plugin.methods { add("method", method.id, method.card.version) }
      for metric in loaded.plugin.metrics { add("metric", metric.id, metric.card.version) }
      for reader in loaded.plugin.readers { add("reader", reader.id, reader.card.version) }
    }
    var table = Table(
      columns: [
        .init("name", .text), .init("kind", .text), .init("version", .text), .init("file", .text),
        .init("sha256", .text),
      ], rows: rows)
    if rows.isEmpty {
      table.notes = ["no plugin is loaded: `help plugins` says how one is written"]
    }
    return table
  }
}
