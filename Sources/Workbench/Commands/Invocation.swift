import Contract
import Glibc
import Kernel

/// One run of a command: its arguments, checked and with defaults filled in, and the world.
///
/// Asking for a parameter that is not in the command's own table, or as another kind than the
/// table says, is a mistake in the command and stops the program.
struct Invocation {
  let command: Command
  /// Values by parameter name: given ones, and defaults.
  let arguments: [String: Value]
  /// The values of the `rest` parameter, in order.
  let rest: [Value]
  /// `name=value` pairs beyond the table, in the order written, for commands that take any.
  let extra: [(name: String, value: Value)]
  /// Row expressions by parameter name.
  let rowExpressions: [String: RowExpression]
  /// The names of parameters that were given.
  let given: Set<String>
  /// The lines and variables of a sweep.
  let sweep: SweepPlan?

  /// Draws nothing that another call draws: named by the call's recipe.
  let random: RandomStream
  let pool: WorkPool
  /// Raised by Ctrl-C, by `budget=` and by the system.
  let stop: StopSignal
  var progress: ProgressSink
  /// Bindings, settings and the outside, for commands about the session itself.
  let session: Session
  /// What the command says about its run.
  let report: CallReport
  /// Where a long command keeps its state, in a session that is autosaved.
  var state: StateFile?

  /// Whether a parameter was written in the call.
  func isGiven(_ name: String) -> Bool { given.contains(name) }

  /// Tells the person a fact on standard error; it is kept in the log, not in the results.
  func note(_ sentence: String) { session.host.note(sentence) }

  /// Records a file that was read; its hash stands in the recipe in place of its path.
  func pin(file path: String, hash: ContentHash, of dataSet: KnownDataSet? = nil) {
    report.files.append(.init(path: path, hash: hash, dataSet: dataSet))
  }

  /// Marks all values of this run as incomplete.
  ///
  /// - Parameters:
  ///   - checkpoint: The file that holds the state, if one does.
  ///   - resume: Goes on as if the work had never stopped.
  func markPartial(
    share: Double, reason: String, checkpoint: String? = nil,
    resume: (@Sendable (Invocation) throws(Failure) -> [Content])? = nil
  ) {
    report.partial = Partial(
      share: share, reason: reason, checkpoint: checkpoint, resume: resume)
  }

  /// The same call, going on from the state in a file.
  func takingUp(from source: String) -> Invocation {
    var call = self
    call.state = StateFile(path: state?.path, source: source)
    return call
  }

  /// Records a plugin's metric or reader that took part, with its version.
  func record(_ part: PluggedPart) {
    if !report.plugged.contains(part) { report.plugged.append(part) }
  }

  /// Records the method that was run, with its version, for the provenance.
  func record(method card: MethodCard) { report.method = "\(card.id) \(card.version)" }
}

/// What a command says about its run while it runs.
final class CallReport {
  var files: [CallRecord.FilePin] = []
  var partial: Partial?
  /// Whether a whole value holds what there was somewhere when time was up.
  var dependsOnTheClock = false
  var method: String?
  /// Files that are of no use any more, to be removed once what the call gave is kept elsewhere.
  var leftovers: [String] = []
  /// Methods with their versions that ran in lines inside the command.
  var innerMethods: [String] = []
  /// Metrics and readers of plugins that took part, here and in lines inside the command.
  var plugged: [PluggedPart] = []
  /// The failure with a place of its own, where the command ran lines of another file.
  var diagnostic: Diagnostic?

  /// Takes the files away that are of no use any more.
  func removeLeftovers(_ host: any Host) {
    for path in leftovers where FileContent.exists(path) && unlink(path) != 0 {
      host.note("`\(path)` is no longer needed and could not be removed")
    }
    leftovers = []
  }
}

// MARK: - Arguments by kind

extension Invocation {
  /// A parameter's value, or `nil` where an optional one was left out.
  func value(_ name: String) -> Value? { arguments[name] }

  func integer(_ name: String) -> Int {
    integerIfGiven(name) ?? mistaken(name, "a whole number")
  }

  /// A whole number, or `nil` where nothing was given or a word stands instead.
  func integerIfGiven(_ name: String) -> Int? {
    if case .integer(let value)? = arguments[name]?.content { value } else { nil }
  }

  func real(_ name: String) -> Double { realIfGiven(name) ?? mistaken(name, "a real number") }

  /// A number, or `nil` where nothing was given or a word stands instead.
  func realIfGiven(_ name: String) -> Double? { arguments[name]?.content.number }

  func flag(_ name: String) -> Bool {
    guard case .yesNo(let value)? = arguments[name]?.content else {
      return mistaken(name, "yes or no")
    }
    return value
  }

  /// A choice, a text, a path, a column or a topic, as text.
  func text(_ name: String) -> String { textIfGiven(name) ?? mistaken(name, "text") }

  /// As `text`, or `nil` where nothing was given or the value is no text.
  func textIfGiven(_ name: String) -> String? {
    switch arguments[name]?.content {
    case .text(let text)?, .path(let text)?, .symbol(let text)?: text
    default: nil
    }
  }

  /// Two numbers `a..b`.
  func interval(_ name: String) -> (lower: Double, upper: Double) {
    guard case .range(let bounds)? = arguments[name]?.content else {
      return mistaken(name, "a range")
    }
    return (bounds.lower, bounds.upper)
  }

  func data(_ name: String = "data") -> DataSet {
    dataIfGiven(name) ?? mistaken(name, "data")
  }

  func dataIfGiven(_ name: String = "data") -> DataSet? {
    if case .data(let data)? = arguments[name]?.content { data } else { nil }
  }

  func table(_ name: String) -> Table {
    guard case .table(let table)? = arguments[name]?.content else {
      return mistaken(name, "a table")
    }
    return table
  }

  func method(_ name: String = "method") -> ConfiguredMethod {
    methodIfGiven(name) ?? mistaken(name, "a method")
  }

  func methodIfGiven(_ name: String = "method") -> ConfiguredMethod? {
    if case .method(let method)? = arguments[name]?.content { method } else { nil }
  }

  func result(_ name: String) -> ResultValue {
    guard case .result(let result)? = arguments[name]?.content else {
      return mistaken(name, "a result")
    }
    return result
  }

  /// An expression to evaluate once per row of a table.
  func rowExpression(_ name: String) -> RowExpression {
    rowExpressions[name] ?? mistaken(name, "an expression")
  }

  /// All networks in a parameter or in `rest`: single ones, lists, and those of results.
  func networks(_ name: String) -> [Network] {
    if command.rest?.parameter.name == name { return rest.flatMap(\.content.allNetworks) }
    return arguments[name]?.content.allNetworks ?? []
  }

  /// The one network of a parameter.
  func network(_ name: String) -> Network {
    networks(name).first ?? mistaken(name, "a network")
  }

  /// The permutations in a parameter: themselves, or those of a result.
  func permutationsIfGiven(_ name: String) -> [NetworkPermutation]? {
    switch arguments[name]?.content {
    case .permutations(let permutations, _)?: permutations
    case .result(let result)?: result.permutations
    default: nil
    }
  }

  private func mistaken<Result>(_ name: String, _ kind: String) -> Result {
    preconditionFailure(
      "`\(command.verb)` read its parameter `\(name)` as \(kind), which its table does not say")
  }
}

extension Content {
  /// The networks in a value, in order.
  var allNetworks: [Network] {
    switch self {
    case .network(let network): [network]
    case .networks(let networks): networks
    case .result(let result): result.networks
    case .list(let values): values.flatMap(\.content.allNetworks)
    default: []
    }
  }
}
