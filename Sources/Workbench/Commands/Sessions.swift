import Contract
import Foundation
import Kernel

extension Parameter {
  fileprivate static let script = Parameter("file", .path, help: "the script, a file of lines")
}

extension Command {
  /// Runs a file in this session.
  static let run = Command(
    "run", .sessions, "runs the lines of a file in this session",
    details: """
      The file is checked whole before its first line runs. Values for its `param` lines are given \
      as `run job.basin steps=50k`. Names that it binds stay bound.
      """,
    positional: [.script],
    extraKeywords: .any(Parameter("value", .any, help: "a value for a parameter of the script")),
    results: .nothing, reads: ["file"], precheck: checkScriptExists,
    stepName: "line", isRecorded: true,
    examples: ["run half.basin x=10"], seeAlso: ["check", "files"]
  ) { call throws(Failure) in
    let session = call.session
    let path = call.text("file")
    let name = URL(fileURLWithPath: path).standardizedFileURL.path
    guard !session.runningFiles.contains(name) else {
      throw Failure(.incompatible, "`\(path)` is running already: a script cannot run itself")
    }
    let source = try Source(readingFileAt: path)
    call.pin(file: path, hash: ContentHash(of: source.bytes))
    session.runningFiles.append(name)
    defer { session.runningFiles.removeLast() }
    let report = session.attempt(source, overrides: call.scriptValues)
    guard let first = report.diagnostics.first else { return [] }
    for diagnostic in report.diagnostics.dropLast() { session.host.report(diagnostic) }
    call.report.diagnostic = report.diagnostics.last ?? first
    throw first.failure
  }

  /// Finds the mistakes of a file without running it.
  static let check = Command(
    "check", .sessions, "finds the mistakes of a script without running it",
    details: """
      Lists every error, and the parameters that can be given from outside: `check job.basin \
      steps=50k` checks it with that value. `cost=yes` also tells how long the script will take: a \
      little of each line runs, long commands for a third of a second, and of loops and sweeps some \
      rounds. It writes nothing, and takes about as long as `budget` says.
      """,
    positional: [.script],
    keywords: [
      Parameter("cost", .yesNo, default: "no", help: "estimate how long the script takes"),
      Parameter(
        "budget", .duration, default: "10s", unit: "s",
        help: "how long the estimate may take; what it has not seen then, it says"),
    ],
    extraKeywords: .any(Parameter("value", .any, help: "a value for a parameter of the script")),
    results: .nothing, reads: ["file"], precheck: checkScriptExists, stepName: "line",
    isRecorded: false, examples: ["check half.basin", "check half.basin cost=yes x=10"],
    seeAlso: ["run", "files"]
  ) { call throws(Failure) in
    let host = call.session.host
    let source = try Source(readingFileAt: call.text("file"))
    let checked = Session(host: host, lexicon: call.session.lexicon)
      .check(source, overrides: call.scriptValues)
    for diagnostic in checked.diagnostics { host.report(diagnostic) }
    host.show(.text(checked.script.checkSummary(errors: checked.diagnostics.count)))
    guard call.flag("cost"), checked.diagnostics.isEmpty else { return [] }
    let probe = CostProbe(
      time: .seconds(call.real("budget")), stop: call.stop, lexicon: call.session.lexicon)
    probe.look(at: checked.script, in: source, overrides: checked.overrides, for: call)
    let report = CostReport(probe, script: source)
    host.show(.text(report.headline(threads: call.pool.threadCount)))
    if !report.table.rows.isEmpty { call.show(report.table) }
    return []
  }

  /// Changes what holds for the lines that follow.
  static let set = Command(
    "set", .sessions, "changes what holds for the lines that follow",
    details: "Alone it shows what is set.",
    keywords: [
      Parameter(
        "seed", .integer(0...Int.max), isOptional: true, help: "the seed of all random numbers"),
      Parameter(
        "threads", .integer(1...1024), isOptional: true,
        help: "how many threads compute; results do not depend on it"),
      Parameter(
        "format", .word(OutputFormat.allCases.map(\.rawValue)), isOptional: true,
        help: "how values are written"),
      Parameter(
        "on_fail", .word(["stop", "continue"]), isOptional: true,
        help: "what a script does after a failed expectation"),
      Parameter(
        "color", .word(SessionSettings.ColorChoice.allCases.map(\.rawValue)), isOptional: true,
        help: "when colour is used"),
      Parameter(
        "pager", .yesNo, isOptional: true,
        help: "whether long texts are shown a screen at a time, by $PAGER or less"),
      Parameter(
        "points", .integer(3...1001), isOptional: true,
        help: "how many points curves and barriers have where nothing else is said"),
    ],
    results: .nothing, examples: ["set seed=7 format=csv", "set"], seeAlso: ["seeds"]
  ) { call throws(Failure) in
    guard !call.given.isEmpty else {
      call.show(call.session.settings.table)
      return []
    }
    var settings = call.session.settings
    if let seed = call.integerIfGiven("seed") { settings.seed = UInt64(seed) }
    if let threads = call.integerIfGiven("threads"), !call.session.hasFixedThreads {
      settings.threads = threads
      WorkPool.configureShared(threadCount: threads)
    }
    if let format = call.textIfGiven("format").flatMap(OutputFormat.init) {
      settings.format = format
    }
    if let choice = call.textIfGiven("on_fail") {
      settings.continuesOnFailure = choice == "continue"
    }
    if let color = call.textIfGiven("color").flatMap(SessionSettings.ColorChoice.init) {
      settings.color = color
    }
    if call.isGiven("pager") { settings.pages = call.flag("pager") }
    if let points = call.integerIfGiven("points") {
      settings.defaults["points"] = .integer(points)
    }
    call.session.settings = settings
    call.session.host.adopt(settings)
    return []
  }

  /// Leaves.
  static let quit = Command(
    "quit", .sessions, "leaves the program", results: .nothing, isRecorded: false,
    examples: ["quit"]
  ) { call throws(Failure) in
    call.session.wantsToQuit = true
    return []
  }

  /// A method with its settings as a value.
  static let method = Command(
    "method", .search, "a method with its settings, as a value",
    details: """
      The value stands wherever a method's word can: `m = method sa2 steps=20k`, then `search m a \
      b`. It can also hold arguments of the search itself, such as data or budget.
      """,
    positional: [Parameter("method", .method, help: "the method, such as `sa2`")],
    extraKeywords: .ofMethod("method"), results: .kinds([.method]),
    examples: ["m = method identity"], seeAlso: ["search", "compare"]
  ) { call throws(Failure) in
    let method = call.method()
    // Settings that contradict each other are found now and not at the first search.
    _ = try method.make()
    return [.method(method)]
  }

  private static let checkScriptExists: @Sendable (StaticCall) throws(Failure) -> Void = {
    call throws(Failure) in
    guard let path = call.texts["file"] else { return }
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue
    else {
      throw Failure(.fileNotFound, "there is no script `\(path)`")
    }
  }
}

extension Invocation {
  /// What was given beyond the command's own arguments, as values for a script's parameters.
  fileprivate var scriptValues: [ParameterOverride] {
    extra.map { ParameterOverride(name: $0.name, text: $0.value.content.plainText ?? "") }
  }
}

extension Source {
  /// The text of a script file.
  init(readingFileAt path: String) throws(Failure) {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw Failure(
        .fileNotFound, "`\(path)` cannot be read",
        notes: ["it is not there, is a folder, or may not be read"])
    }
    try self.init(name: path, checkedBytes: Array(bytes))
  }

  /// A text that came from outside.
  ///
  /// - Throws: `unsupportedFormat`, saying what it is instead, where it is no text.
  init(name: String, checkedBytes bytes: [UInt8]) throws(Failure) {
    if let kind = Self.binaryKind(of: bytes) {
      throw Failure(
        .unsupportedFormat, "`\(name)` is \(kind), not a script",
        notes: ["`load` brings in data, networks and permutations, and `peek` looks at a file"])
    }
    self.init(name: name, bytes: bytes)
  }

  /// What bytes that are no text are, by the first of them.
  private static func binaryKind(of bytes: [UInt8]) -> String? {
    switch ArrayFile.Format(beginning: bytes) {
    case .hdf5?: return "an HDF5 file"
    case .npz?, .pt?: return "a zip file, as npz is"
    case .npy?: return "an npy file"
    case .safetensors?: return "a safetensors file"
    case nil: break
    }
    if bytes.starts(with: [0x1F, 0x8B]) { return "a gzip file" }
    return bytes.contains(0) ? "a file of binary data" : nil
  }
}

extension Script {
  /// What `check` says of a script: how many errors, and its parameters.
  func checkSummary(errors: Int) -> String {
    var lines = [
      errors == 0
        ? "ok: \(Content.counted(statements.count, "statement"))"
        : Content.counted(errors, "error")
    ]
    for statement in statements {
      guard case .parameter(let name, let value, let range, let help) = statement.kind else {
        continue
      }
      var line = "  param \(name.text) = \(value.canonical)"
      if let range { line += " in \(range.canonical)" }
      if case .string(let parts)? = help?.form, case .text(let text)? = parts.first {
        line += "  \(text)"
      }
      lines.append(line)
    }
    return lines.joined(separator: "\n")
  }
}

extension SessionSettings {
  /// What is set, as `set` alone shows it.
  var table: Table {
    var rows: [[Table.Cell]] = [
      [.text("seed"), .text(String(seed))],
      [.text("threads"), .text(String(threads))],
      [.text("format"), .text(format.rawValue)],
      [.text("on_fail"), .text(continuesOnFailure ? "continue" : "stop")],
      [.text("color"), .text(color.rawValue)],
      [.text("pager"), .text(pages ? "yes" : "no")],
    ]
    for name in defaults.keys.sorted() {
      rows.append([.text(name), .text(defaults[name]?.sourceText ?? "")])
    }
    return Table(columns: [.init("setting", .text), .init("value", .text)], rows: rows)
  }
}
