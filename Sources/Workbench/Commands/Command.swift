import Contract
import Kernel

/// A command: what it is called, what it takes, what it gives, and how it is run.
///
/// One table (`CommandTable.all`) drives parsing, checking, help, completion, the journal and the
/// documentation.
struct Command: Sendable {
  /// The first word of a stage.
  let verb: String
  let group: Group
  /// One line: what the command does, without a full stop.
  let summary: String
  /// A few sentences for the help page.
  let details: String
  /// The arguments without a name, in order; what `|>` brings is the first of them.
  let positional: [Parameter]
  /// What stands any number of times after them, such as the networks of a search.
  let rest: Rest?
  /// The arguments written `name=value`; positional ones may be written so, too.
  let keywords: [Parameter]
  /// Defaults that hold beside a word that is given, by that word and the name of the parameter.
  let defaultsBeside: [String: [String: String]]
  /// Which other `name=value` there can be.
  let extraKeywords: ExtraKeywords
  let results: Results
  /// The path parameters that name files the command reads: their files are looked for before a
  /// script runs, except those that an earlier line writes.
  let reads: [String]
  /// The path parameters that name files the command writes.
  let writes: [String]
  /// Looks at what can be known before the run, such as whether the file to read is there or two
  /// arguments exclude each other.
  let precheck: (@Sendable (StaticCall) throws(Failure) -> Void)?
  /// The parameter whose unfinished value the command completes: the result is the same value, made
  /// by the same line, only whole.
  let continues: String?
  /// What it finishes before it stops, such as `batch`; a method's own word goes before.
  let stepName: String
  /// Whether it takes a number and is kept in the session; looking-only commands are not.
  private let isRecorded: Bool
  /// The words as first argument with which it only looks.
  private let onlyLooks: [String]
  /// How its values are put together again from what a journal kept, where that takes more than
  /// reading them.
  let recovery: Recovery?
  /// Whether it takes random numbers, from a stream named by its recipe.
  let drawsRandomNumbers: Bool
  /// Lines that work as they stand, after the lines of `examplePreparation`.
  let examples: [String]
  /// Lines that make what the examples use.
  let examplePreparation: [String]
  /// Other verbs and topics.
  let seeAlso: [String]
  /// Whether it takes a block, or stands in one.
  let role: Role
  let run: @Sendable (Invocation) throws(Failure) -> [Content]

  /// - Parameters:
  ///   - isRecorded: By default whatever is not in the group `look`.
  ///   - role: By default `ofSession` in the group `sessions`, `plain` in all others.
  init(
    _ verb: String, _ group: Group, _ summary: String, details: String = "",
    positional: [Parameter] = [], rest: Rest? = nil, keywords: [Parameter] = [],
    defaultsBeside: [String: [String: String]] = [:], extraKeywords: ExtraKeywords = .none,
    results: Results, reads: [String] = [],
    writes: [String] = [], precheck: (@Sendable (StaticCall) throws(Failure) -> Void)? = nil,
    continues: String? = nil, stepName: String = "step", isRecorded: Bool? = nil,
    onlyLooks: [String] = [],
    drawsRandomNumbers: Bool = false, recovery: Recovery? = nil, examples: [String] = [],
    examplePreparation: [String] = [], seeAlso: [String] = [], role: Role? = nil,
    run: @escaping @Sendable (Invocation) throws(Failure) -> [Content]
  ) {
    self.verb = verb
    self.group = group
    self.summary = summary
    self.details = details
    self.positional = positional
    self.rest = rest
    self.keywords = keywords
    self.defaultsBeside = defaultsBeside
    self.extraKeywords = extraKeywords
    self.results = results
    self.reads = reads
    self.writes = writes
    self.precheck = precheck
    self.continues = continues
    self.stepName = stepName
    self.isRecorded = isRecorded ?? (group != .look)
    self.onlyLooks = onlyLooks
    self.drawsRandomNumbers = drawsRandomNumbers
    self.recovery = recovery
    self.examples = examples
    self.examplePreparation = examplePreparation
    self.seeAlso = seeAlso
    self.role = role ?? (group == .sessions ? .ofSession : .plain)
    self.run = run
  }

  /// Where help lists a command.
  enum Group: String, Hashable, Sendable, CaseIterable {
    case look = "Find out"
    case files = "Bring in, put out"
    case networks = "Networks"
    case permutations = "Permutations"
    case search = "Search"
    case measure = "Measure"
    case tables = "Tables and pictures"
    case sessions = "Sessions"
  }

  /// What a command has to do with the block of a sweep.
  enum Role: Hashable, Sendable {
    case plain
    /// Takes variables and a block: `sweep`.
    case sweep
    /// Fills a row of the sweep it stands in: `row`.
    case row
    /// Changes what holds for the lines after it, so that it cannot stand in a sweep, where which
    /// lines come after depends on what was made before.
    case ofSession
  }

  /// Arguments of one kind that stand any number of times.
  struct Rest: Sendable {
    var parameter: Parameter
    /// How many there must be, lists of networks counted by their members where that is known.
    var count: ClosedRange<Int>
    /// Whether the same value may not stand twice.
    var isDistinct: Bool

    init(_ parameter: Parameter, count: ClosedRange<Int> = 1...Int.max, isDistinct: Bool = false) {
      self.parameter = parameter
      self.count = count
      self.isDistinct = isDistinct
    }
  }

  /// Names of arguments that are not in the command's own table.
  enum ExtraKeywords: Sendable {
    case none
    /// Those of the method that the positional parameter of this name names.
    case ofMethod(String)
    /// Any name, each taking this.
    case any(Parameter)
  }

  /// What a command gives, as far as it is known before it runs.
  enum Results: Sendable {
    /// No value.
    case nothing
    /// Always these.
    case kinds([ValueKind])
    /// As many as the parameter says; under one name they are `networks`.
    case counted(by: String, ValueKind)
    /// One value of the same kind as the argument.
    case same(as: String)
    /// Found from the arguments that are written out; `nil` where it cannot be known.
    case computed(@Sendable (StaticCall) -> [ValueKind?]?)
    /// Only known when it has run.
    case unknown
  }

  /// Whether a call of it takes a number and is kept in the session.
  func isRecorded(_ call: Call) -> Bool {
    guard isRecorded, !onlyLooks.isEmpty, let first = call.arguments.first else {
      return isRecorded
    }
    if case .name(let word) = first.value.form { return !onlyLooks.contains(word) }
    return true
  }

  /// Every parameter of its own table, in the order of help.
  var parameters: [Parameter] { positional + (rest.map { [$0.parameter] } ?? []) + keywords }

  /// One of its own parameters.
  func parameter(named name: String) -> Parameter? { parameters.first { $0.name == name } }

  /// A parameter with the default that it has beside some words.
  func standing(_ parameter: Parameter, beside words: some Sequence<String>) -> Parameter {
    var result = parameter
    for word in words {
      if let text = defaultsBeside[word]?[parameter.name] { result.defaultText = text }
    }
    return result
  }

  /// The line of help that says how it is written: `barrier NETS… data=… [points=25]`.
  var usage: String {
    var words = [verb] + (role == .sweep ? ["NAME in VALUES, …"] : [])
    for parameter in positional {
      let name = parameter.name.uppercased()
      words.append(parameter.isRequired ? name : "[\(name)]")
    }
    if let rest { words.append(rest.parameter.name.uppercased() + "…") }
    for parameter in keywords {
      let text = "\(parameter.name)=\(parameter.defaultText ?? "…")"
      words.append(parameter.isRequired ? text : "[\(text)]")
    }
    switch extraKeywords {
    case .none: break
    case .ofMethod: words.append("[the method's own parameters]")
    case .any: words.append("NAME=VALUE…")
    }
    if role == .sweep { words.append("{ … row NAME=VALUE… }") }
    return words.joined(separator: " ")
  }
}

/// What is known of a call before it runs: the arguments that are written out.
struct StaticCall: Sendable {
  /// Numbers, texts, paths and words by parameter; what is only known later is missing.
  var texts: [String: String]
  /// Kinds of the arguments by parameter, where they are known.
  var kinds: [String: ValueKind]
  /// The names of parameters that are written in the call.
  var given: Set<String> = []
  /// The names of the columns of tables that are there already, by parameter.
  var columns: [String: [String]] = [:]

  /// A whole number that is written out, or the parameter's default.
  func integer(_ name: String) -> Int? { texts[name].flatMap { Int($0) } }
}
