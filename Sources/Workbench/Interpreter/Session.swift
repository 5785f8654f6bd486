import Contract
import Kernel

/// What a person works in: bindings, results by number, settings and the outside.
final class Session {
  /// Muted while values are brought back.
  var host: any Host
  /// Commands, methods, and what plugins brought; `plugin load` adds to it.
  var lexicon: Lexicon
  var settings: SessionSettings
  /// Whether lines are typed, so that a failed expectation only reports.
  let isInteractive: Bool
  /// The moment by which the whole run has to end.
  let deadline: ContinuousClock.Instant?
  /// Whether the last command was asked to end, so that the lines after it do not run.
  var isStopAsked = false
  /// What is missing in the values of the last statement, where it was stopped.
  var lastPartial: Partial?
  /// Set by `quit`.
  var wantsToQuit = false

  /// Bound names in the order in which they were first bound.
  private(set) var names: [String] = []
  private var bindings: [String: Value] = [:]
  /// By statement number from 1; `nil` for statements without a value.
  private(set) var results: [Value?] = []
  /// What was run, for `history`.
  private(set) var log: [LogEntry] = []
  /// What was run to its end, for saved sessions and replays.
  var sessionRecord: SessionRecord
  /// How many identical recipes were drawn from.
  var draws = DrawCounts()
  /// What `row` fills, where the lines of a sweep's cell run here.
  var cell: SweepCell?
  /// The threads for commands, where they are not everybody's.
  var pool: WorkPool?
  /// What ends every command here, beside its own limits.
  var enclosingStop: StopSignal?
  /// Expectations checked and failed so far.
  private(set) var expectationCount = 0
  private(set) var failedExpectationCount = 0
  /// How many blocks that are expected to fail are running, one in the other.
  var expectedFailures = 0
  /// Where files are written instead of their own places, in a replay.
  var filesApart: FilesApart?
  /// Whether `set threads=` is passed over, since a replay says how many there are.
  var hasFixedThreads = false
  /// What looks at the cost of lines, where they run for that alone.
  var probe: CostProbe?
  /// Where statements are recorded; `nil` for what nobody goes on with.
  var journal: SessionJournal?
  /// The calls of the statement that runs, where it is recorded or brought back.
  var ledger: CallLedger?
  /// The files that are being run, so that none runs itself.
  var runningFiles: [String] = []

  /// One statement that was run.
  struct LogEntry: Sendable {
    var number: Int
    var text: String
    var seconds: Double
    var isRecorded: Bool
  }

  init(
    host: any Host, lexicon: Lexicon = .standard, settings: SessionSettings = SessionSettings(),
    isInteractive: Bool = false, deadline: ContinuousClock.Instant? = nil
  ) {
    self.host = host
    self.lexicon = lexicon
    self.settings = settings
    sessionRecord = SessionRecord(seed: settings.seed)
    self.isInteractive = isInteractive
    self.deadline = deadline
  }

  /// The number that the next recorded statement gets, as the prompt shows it.
  var nextNumber: Int { results.count + 1 }

  // MARK: - Names

  /// The value bound to a name.
  func value(named name: String) -> Value? { bindings[name] }

  /// Binds a name; bound again, it keeps its place in the list.
  func bind(_ name: String, to value: Value) {
    sessionRecord.noteBinding(of: name)
    if bindings.updateValue(value, forKey: name) == nil { names.append(name) }
  }

  /// Forgets a name; what was made from its value stays.
  func forget(_ name: String) {
    if bindings.removeValue(forKey: name) != nil { names.removeAll { $0 == name } }
  }

  /// The last result, or the one of a number.
  func result(_ number: Int?) -> Value? {
    guard let number else { return results.last { $0 != nil } ?? nil }
    return results.indices.contains(number - 1) ? results[number - 1] : nil
  }

  // MARK: - What was run

  /// Gives a statement its number and keeps its value under it.
  func record(_ value: Value?, text: String, seconds: Double) {
    results.append(value)
    log.append(
      LogEntry(number: results.count, text: text, seconds: seconds, isRecorded: true))
  }

  /// Keeps a looking-only statement for `history`, without a number.
  func noteLook(text: String, seconds: Double) {
    log.append(LogEntry(number: 0, text: text, seconds: seconds, isRecorded: false))
  }

  /// How many runs with this recipe drew random numbers before.
  func recipeCount(_ recipe: String) -> Int { draws.count(of: recipe) }

  /// Counts a run that drew random numbers and gave its values.
  func noteRecipe(_ recipe: String) { draws.add(recipe) }

  /// Counts an expectation; one that stands in `expect fails` is a part of that one.
  func noteExpectation(holds: Bool) {
    guard expectedFailures == 0 else { return }
    expectationCount += 1
    if !holds { failedExpectationCount += 1 }
  }
}
