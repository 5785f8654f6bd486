/// One statement that was run to its end, with what came of it.
struct SessionEntry {
  var statement: Statement
  /// The numbers of the results that it gave: one, or several for a block.
  var numbers: ClosedRange<Int>?
  /// The values: those of an assignment in order, for a block those that its names have after it.
  var values: [Value]
  /// Every run of a command in it.
  var calls: [CallRecord]
  /// The value that a `param` line took from outside.
  var override: Value?

  /// The names that it bound.
  var names: [String] { statement.boundNames }

  /// The command at the end of its pipeline; `nil` for blocks, expectations and mere expressions.
  var lastVerb: String? {
    guard case .assignment(_, let pipeline) = statement.kind else { return nil }
    if let last = pipeline.rest.last { return last.verb.text }
    switch pipeline.first {
    case .call(let call): return call.verb.text
    case .expression(let expression):
      if case .name(let word) = expression.form { return word }
      return nil
    }
  }
}

/// What a session remembers of its statements, for `save session` and `replay`.
struct SessionRecord {
  private(set) var entries: [SessionEntry] = []
  /// What ran in statements that failed further on.
  private var failedCalls: [CallRecord] = []
  /// The seed that held when the session began.
  private(set) var seed: UInt64
  /// How many statements are open, one in the other.
  private var depth = 0
  private var calls: [CallRecord] = []
  private var firstNumber = 1

  init(seed: UInt64) { self.seed = seed }

  /// Whether the statement that runs stands in no other.
  var isOutermost: Bool { depth == 1 }

  /// Takes the seed of a session that is gone on with; before anything was run.
  mutating func adopt(seed: UInt64) { self.seed = seed }

  /// A statement begins; only the outermost counts.
  mutating func begin(nextNumber: Int) {
    depth += 1
    guard depth == 1 else { return }
    calls = []
    firstNumber = nextNumber
  }

  /// A command was run.
  mutating func note(_ call: CallRecord) { calls.append(call) }

  /// A statement ended well.
  ///
  /// - Parameter values: `nil` where it only looked, which is not kept.
  mutating func end(
    _ statement: Statement, values: [Value]?, nextNumber: Int, override: Value? = nil
  ) {
    depth -= 1
    guard depth == 0, let values else { return }
    entries.append(
      SessionEntry(
        statement: statement,
        numbers: nextNumber > firstNumber ? firstNumber...nextNumber - 1 : nil,
        values: values, calls: calls, override: override))
  }

  /// A statement failed: it is not kept.
  mutating func fail() {
    depth -= 1
    if depth == 0 { failedCalls += calls }
  }

  /// Every run of a command in the statements that are kept, and in those that failed.
  var allCalls: [CallRecord] { entries.flatMap(\.calls) + failedCalls }
}
