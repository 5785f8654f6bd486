import Contract
import Kernel

/// Checks a whole script before its first line runs: commands, methods, arguments, names, kinds,
/// ranges and the files it reads.
///
/// Reports every error. What cannot be known before a script runs is left to the run, which
/// applies the same rules; a checker never refuses what could be right.
struct Checker {
  /// The words that are known; lines that load plugins add to them.
  private(set) var lexicon: Lexicon
  let source: Source
  /// What is known of each name.
  private(set) var names: [String: StaticValue]
  /// What is known of the last result; `nil` where there is none yet.
  private(set) var lastResult: StaticValue?
  /// How many results there are before the script.
  let resultCount: Int
  /// Whether a name that is nowhere bound may come from a statement that could not be read.
  let toleratesUnknownNames: Bool
  /// Whether files are looked into; without that, what they hold is unknown.
  var readsFiles = true
  /// Loads the plugin that a line loads, so that the lines after it can be checked; without it the
  /// methods that it brings are unknown.
  var pluginLoader: PluginLoader?
  /// Whether words may come from a plugin that is not loaded yet or has mistakes.
  private(set) var toleratesUnknownWords = false
  private(set) var diagnostics: [Diagnostic] = []
  /// Files that an earlier line writes.
  private(set) var written: Set<String> = []
  /// Counts what is made, so that values get identities.
  private var made = 0
  /// Whether the lines stand in a sweep.
  private(set) var isInSweep = false
  /// How many scripts run one another down to this one.
  private var depth = 0

  init(
    lexicon: Lexicon, source: Source, names: [String: StaticValue] = [:],
    lastResult: StaticValue? = nil, resultCount: Int = 0, toleratesUnknownNames: Bool = false,
    isInSweep: Bool = false
  ) {
    self.lexicon = lexicon
    self.source = source
    self.names = names
    self.lastResult = lastResult
    self.resultCount = resultCount
    self.toleratesUnknownNames = toleratesUnknownNames
    self.isInSweep = isInSweep
  }

  /// Checks statements in order; the errors, in the order of the text, are in `diagnostics`.
  mutating func check(_ statements: [Statement]) {
    for statement in statements { check(statement) }
    let ordered = diagnostics.enumerated().sorted {
      (place(of: $0.element), $0.offset) < (place(of: $1.element), $1.offset)
    }
    diagnostics = ordered.map(\.element)
  }

  /// Where an error stands in this text; those of files that it runs come last.
  private func place(of diagnostic: Diagnostic) -> Int {
    diagnostic.source.name == source.name ? diagnostic.span?.lower ?? 0 : Int.max
  }

  // MARK: - Statements

  mutating func check(_ statement: Statement) {
    switch statement.kind {
    case .assignment(let targets, let pipeline): checkAssignment(targets, pipeline)
    case .loop(let variable, let over, let body): checkLoop(variable, over, body)
    case .expect(let condition, let tolerance, let label):
      let truth = infer(condition)
      if let kind = truth.kind, kind != .yesNo {
        report(
          .wrongKind, "`expect` needs a condition; this is \(kind.article)", at: condition.span,
          notes: ["as in `expect b.error < 1%`"])
      }
      if let tolerance { requireNumber(infer(tolerance), "`within`", tolerance.span) }
      if let label { _ = infer(label) }
    case .expectFails: break  // Whatever stands there is meant to fail; it is checked when it runs.
    case .parameter(let name, let value, let range, let help):
      checkBindable(name)
      let known = infer(value)
      if let range { checkRange(infer(range), of: known, name, value) }
      if let help { _ = infer(help) }
      bind(name, known)
    }
  }

  private mutating func checkAssignment(_ targets: [Name], _ pipeline: Pipeline) {
    for (index, target) in targets.enumerated() {
      checkBindable(target)
      if targets[..<index].contains(where: { $0.text == target.text }) {
        report(.givenTwice, "`\(target.text)` is bound twice here", at: target.span)
      }
    }
    let values = infer(pipeline)
    guard !targets.isEmpty else {
      if let values, let last = Self.packed(values) { lastResult = last }
      if values == nil { lastResult = .unknown }
      return
    }
    guard let values else {
      for target in targets { bind(target, .unknown) }
      lastResult = .unknown
      return
    }
    if targets.count == 1, let only = Self.packed(values), values.count == 1 || only.count != nil {
      bind(targets[0], only)
      lastResult = only
      return
    }
    if targets.count != values.count {
      let first = targets[0].span
      let span = targets.dropFirst().reduce(first) { $0.joined(with: $1.span) }
      let names = Content.counted(targets.count, "name")
      report(
        Failure(
          .countMismatch,
          "\(names) for \(values.isEmpty ? "no value" : Content.counted(values.count, "value"))",
          notes: values.isEmpty
            ? ["the command gives nothing to bind"]
            : targets.count == 1 ? ["name each of them, as in `a, b = …`"] : []), at: span)
    }
    for (index, target) in targets.enumerated() {
      bind(target, targets.count == values.count ? values[index] : .unknown)
    }
    if targets.count == values.count { lastResult = Self.packed(values) }
  }

  /// Several values as one: networks under one name, a list otherwise.
  static func packed(_ values: [StaticValue]) -> StaticValue? {
    guard values.count > 1 else { return values.first }
    if values.allSatisfy({ $0.kind == .network }) {
      return StaticValue(kind: .networks, elementKind: .network, count: values.count)
    }
    return StaticValue(kind: .list)
  }

  private mutating func checkLoop(_ variable: Name, _ over: Expression, _ body: Block) {
    checkBindable(variable)
    let element = checkElements(of: over, for: "for")
    let outer = names[variable.text]
    // What the body binds has, in its second round, whatever kind the first one gave it.
    for name in body.boundNames where names[name] != nil { names[name] = .unknown }
    names[variable.text] = element
    for statement in body.statements { check(statement) }
    names[variable.text] = outer
  }

  /// What is known of each value that a loop or a sweep goes through.
  mutating func checkElements(of over: Expression, for verb: String) -> StaticValue {
    let values = infer(over)
    switch values.kind {
    case nil, .list?: return StaticValue(kind: values.elementKind)
    case .networks?: return StaticValue(kind: .network)
    case .range?:
      if case .range(let bounds)? = values.content, !bounds.isWhole {
        report(
          .wrongKind, "`\(verb)` counts through whole numbers; this range has others",
          at: over.span)
      }
      return StaticValue(kind: .integer)
    case let kind?:
      report(
        .wrongKind, "`\(verb)` goes through a list, networks or a range; this is \(kind.article)",
        at: over.span)
      return .unknown
    }
  }

  /// Checks the lines of a sweep; what they bind stays inside.
  mutating func checkBody(_ body: Block, variables: [(name: Name, value: StaticValue)]) {
    let outer = (names, lastResult, isInSweep)
    for (name, value) in variables { bind(name, value) }
    isInSweep = true
    for statement in body.statements { check(statement) }
    (names, lastResult, isInSweep) = outer
  }

  private mutating func checkRange(
    _ range: StaticValue, of value: StaticValue, _ name: Name, _ expression: Expression
  ) {
    guard let limits = range.content, let content = value.content else { return }
    if let failure = Self.outside(limits, content, name: name.text) {
      report(failure, at: expression.span)
    }
  }

  /// The failure of a script's parameter that is not in its range or list.
  static func outside(_ limits: Content, _ value: Content, name: String) -> Failure? {
    switch limits {
    case .range(let bounds):
      if let number = value.number, number >= bounds.lower, number <= bounds.upper { return nil }
      return Failure(
        .outOfRange, "`\(name)` must be in \(limits.brief); got \(value.described)")
    case .list(let values):
      if values.contains(where: { $0.content.plainText == value.plainText }) { return nil }
      return Failure(
        .badChoice, "`\(name)` must be one of \(limits.brief); got \(value.described)")
    default:
      return Failure(.wrongKind, "after `in` stands a range or a list; got \(limits.described)")
    }
  }

  // MARK: - Names

  mutating func checkBindable(_ name: Name) {
    if let failure = Self.unbindable(name.text, lexicon: lexicon) {
      report(failure, at: name.span)
    }
  }

  /// The failure of a word that cannot be bound; `nil` for all others.
  static func unbindable(_ word: String, lexicon: Lexicon) -> Failure? {
    let kind: String
    if lexicon.method(word) != nil {
      kind = "method"
    } else if lexicon.metric(word) != nil {
      kind = "metric"
    } else if lexicon.reader(word) != nil {
      kind = "reader"
    } else {
      return nil
    }
    return Failure(
      .reservedName, "`\(word)` is a \(kind) and cannot be a name",
      notes: ["choose another, such as `\(word)_result`"])
  }

  mutating func bind(_ name: Name, _ value: StaticValue) {
    var value = value
    if value.identity == nil { value.identity = newIdentity() }
    names[name.text] = value
  }

  private mutating func newIdentity() -> String {
    made += 1
    return "value \(made)"
  }

  /// Words that do something in shells and other programs.
  private static let wordsOfOthers = [
    "exit": "`quit` leaves", "bye": "`quit` leaves", "logout": "`quit` leaves",
    "ls": "`list` shows what there is", "who": "`list` shows what there is",
    "clear": "Ctrl-L clears the screen; `forget NAME` forgets a value",
    "import": "`run FILE` runs a file of lines, `load` reads data and networks",
    "man": "`help WORD` explains a word",
  ]

  /// The failure of a name that stands for nothing.
  func unknownValue(_ word: String) -> Failure {
    var notes: [String] = []
    if let near = nearest(word, among: names.keys.sorted()) {
      notes.append("did you mean `\(near)`?")
    } else if lexicon.method(word) != nil {
      notes.append("`\(word)` is a method; `method \(word)` makes a value of it")
    } else if lexicon.command(word) != nil {
      notes.append("a command inside a line stands in parentheses: `(\(word) …)`")
    } else if let known = Self.wordsOfOthers[word] {
      notes.append(known)
    }
    return Failure(.unknownValue, "there is no value `\(word)`", notes: notes)
  }

  // MARK: - Reports

  mutating func report(_ failure: Failure, at span: Span) {
    if failure.code == .unknownValue, toleratesUnknownNames { return }
    if Self.ofPlugins.contains(failure.code), toleratesUnknownWords { return }
    diagnostics.append(Diagnostic(failure, in: source, at: span))
  }

  mutating func report(
    _ code: FailureCode, _ message: String, at span: Span, notes: [String] = []
  ) {
    report(Failure(code, message, notes: notes), at: span)
  }

  mutating func requireNumber(_ value: StaticValue, _ owner: String, _ span: Span) {
    if value.isNumber == false, let kind = value.kind {
      report(.wrongKind, "\(owner) needs a number; this is \(kind.article)", at: span)
    }
  }

  mutating func noteWritten(_ path: String) { written.insert(path.standardPath) }

  /// Whether an earlier line writes the file.
  func isWritten(_ path: String) -> Bool { written.contains(path.standardPath) }

  /// Checks a script that a line runs, as if its lines stood there; names it binds stay bound.
  mutating func checkFile(_ path: String) {
    // 20: scripts that run one another deeper than this run themselves.
    guard !isWritten(path), depth < 20 else { return }
    let file: Source
    do throws(Failure) { file = try Source(readingFileAt: path) } catch {
      return  // That it is not there was reported at the line that runs it.
    }
    let parsed = Parser.parse(file, vocabulary: lexicon)
    var inner = Checker(
      lexicon: lexicon, source: file, names: names, lastResult: lastResult,
      resultCount: resultCount, toleratesUnknownNames: !parsed.diagnostics.isEmpty)
    inner.depth = depth + 1
    inner.written = written
    inner.pluginLoader = pluginLoader
    inner.toleratesUnknownWords = toleratesUnknownWords
    inner.check(parsed.script.statements)
    diagnostics += parsed.diagnostics + inner.diagnostics
    names = inner.names
    lastResult = inner.lastResult
    written = inner.written
    lexicon = inner.lexicon
    toleratesUnknownWords = inner.toleratesUnknownWords
  }

  // MARK: - Plugins

  /// What is told of words that a plugin may bring.
  private static let ofPlugins: Set<FailureCode> = [
    .unknownMethod, .unknownMetric, .unknownReader, .unknownMember,
  ]

  /// Takes what a plugin brings for the lines after the one that loads it.
  mutating func checkPlugin(_ facts: StaticCall, isSound: Bool, at span: Span) {
    guard let path = facts.texts["what"],
      let action = facts.texts["action"].flatMap(PluginAction.init)
    else { return }
    switch action {
    case .new:
      let language = facts.texts["language"].flatMap(PluginLanguage.init) ?? .swift
      for ending in [language.ending, ".basin"] { noteWritten(path + ending) }
    case .load:
      guard isSound, let pluginLoader, !isWritten(path) else {
        toleratesUnknownWords = true
        return
      }
      loadPlugin(path, ProgramLimits(facts), by: pluginLoader, at: span)
    case .check, .list: break
    }
  }

  private mutating func loadPlugin(
    _ path: String, _ limits: ProgramLimits, by loader: PluginLoader, at span: Span
  ) {
    let loaded: LoadedPlugin
    do throws(LoadingFailure) { loaded = try loader.load(path, limits: limits) } catch {
      toleratesUnknownWords = true
      diagnostics += error.details
      return report(error.failure, at: span)
    }
    do throws(Failure) {
      lexicon = try lexicon.adding(loaded) { [names] in names[$0] != nil }
    } catch { report(error, at: span) }
  }
}

extension Block {
  /// Every name that a statement in the block binds, blocks inside included.
  var boundNames: Set<String> {
    var names: Set<String> = []
    for statement in statements {
      switch statement.kind {
      case .assignment(let targets, _): names.formUnion(targets.map(\.text))
      case .loop(_, _, let body): names.formUnion(body.boundNames)
      case .expect, .expectFails, .parameter: break
      }
    }
    return names
  }
}
