/// One statement that was run, with what came of it.
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
  /// What a block or a file bound before it failed or was stopped in its middle; `nil` for what was
  /// run to its end.
  ///
  /// No line of a script gives these values again.
  var namesLeft: [String]?
  /// Whether its values were stopped and gone on with.
  var isResumed = false
  /// Whether it only looked, and is here for the turns that it took of random streams.
  var isLook = false

  /// The names that it bound.
  var names: [String] { namesLeft ?? statement.boundNames }

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
  /// What ran in statements that are not kept: they only looked, or failed further on.
  private var callsAside: [CallRecord] = []
  /// The seed that held when the session began.
  private(set) var seed: UInt64
  /// How many statements are open, one in the other.
  private var depth = 0
  private var calls: [CallRecord] = []
  private var firstNumber = 1
  /// What was bound since the outermost statement began, in order.
  private var bound: [String] = []

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
    bound = []
    firstNumber = nextNumber
  }

  /// A name was bound.
  mutating func noteBinding(of name: String) {
    if depth > 0, !bound.contains(name) { bound.append(name) }
  }

  /// A command was run.
  mutating func note(_ call: CallRecord) { calls.append(call) }

  /// A statement ended well.
  ///
  /// - Parameters:
  ///   - values: `nil` where it only looked, which is not kept unless later lines may draw after it.
  ///   - isRefuted: Whether it says what does not hold, which is not kept, either.
  mutating func end(
    _ statement: Statement, values: [Value]?, nextNumber: Int, override: Value? = nil,
    isRefuted: Bool = false
  ) {
    depth -= 1
    guard depth == 0 else { return }
    guard let values else {
      guard calls.contains(where: { $0.countedRecipe != nil }) else {
        callsAside += calls
        return
      }
      entries.append(
        SessionEntry(statement: statement, numbers: nil, values: [], calls: calls, isLook: true))
      return
    }
    guard !isRefuted else {
      callsAside += calls
      return
    }
    entries.append(
      SessionEntry(
        statement: statement,
        numbers: nextNumber > firstNumber ? firstNumber...nextNumber - 1 : nil,
        values: values, calls: calls, override: override))
  }

  /// A statement failed: it is not kept, and what it left bound cannot be made again.
  ///
  /// - Parameter isBound: Whether a name is bound still; a loop takes its variable back.
  mutating func fail(
    _ statement: Statement, nextNumber: Int, isBound: (String) -> Bool
  ) {
    depth -= 1
    guard depth == 0 else { return }
    callsAside += calls
    let names = bound.filter(isBound)
    guard !names.isEmpty || nextNumber > firstNumber else { return }
    entries.append(
      SessionEntry(
        statement: statement,
        numbers: nextNumber > firstNumber ? firstNumber...nextNumber - 1 : nil, values: [],
        calls: [], namesLeft: names))
  }

  /// Every run of a command, in statements that are kept and in others.
  var allCalls: [CallRecord] { entries.flatMap(\.calls) + callsAside }
}

extension Statement {
  /// Whether it says what is expected, and gives no value.
  var isExpectation: Bool {
    switch kind {
    case .expect, .expectFails: true
    case .assignment, .loop, .parameter: false
    }
  }
}
