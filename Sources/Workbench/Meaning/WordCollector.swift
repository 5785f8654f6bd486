/// Collects the words of a statement that may stand for values, and what it does to names and files.
///
/// A bare word may turn out to be a choice or a method; where no value has that name, it does not
/// matter.
struct WordCollector: WordMapper {
  let lexicon: Lexicon
  private(set) var words: Set<String> = []
  /// What stands as source text.
  private(set) var paths: Set<String> = []
  /// The results that it speaks of; `nil` for `_`, the last one.
  private(set) var history: Set<Int?> = []
  /// The names that it may bind, in the order of the text.
  private(set) var names: [String] = []
  private(set) var readsFiles = false
  private(set) var writesFiles = false
  /// Whether one of its commands is kept in the session.
  private(set) var isRecorded = false
  /// The files that it names; `nil` among them for one that is only known when it runs.
  private(set) var filesRead: Set<String?> = []
  private(set) var filesWritten: Set<String?> = []
  /// The commands in it, in the order of the text.
  private(set) var calls: [PlacedCall] = []
  /// Where the bodies of sweeps are.
  private var sweepBodies: [Span] = []

  /// A command as it stands in a statement.
  struct PlacedCall {
    var call: Call
    var isPiped: Bool
    /// Whether it stands in the body of a sweep, whose cells count their draws for themselves.
    var isInSweep: Bool
  }
  /// Whether a command keeps something in a file beside its work, such as its state.
  private(set) var keepsFiles = false

  init(_ statement: Statement, lexicon: Lexicon) {
    self.lexicon = lexicon
    _ = map(statement)
  }

  mutating func word(_ word: String) -> String? {
    words.insert(word)
    return nil
  }

  mutating func history(_ number: Int?) -> String? {
    history.insert(number)
    return nil
  }

  mutating func bound(_ names: [String]) {
    self.names += names.filter { !self.names.contains($0) }
  }

  mutating func call(_ call: Call, isPiped: Bool) {
    let isInSweep = sweepBodies.contains {
      $0.lower <= call.span.lower && call.span.upper <= $0.upper
    }
    calls.append(PlacedCall(call: call, isPiped: isPiped, isInSweep: isInSweep))
    if let body = call.block { sweepBodies.append(body.span) }
    guard let command = lexicon.command(call.verb.text) else { return }
    if command.isRecorded(call) { isRecorded = true }
    if !command.reads.isEmpty { readsFiles = true }
    if !command.writes.isEmpty { writesFiles = true }
    let matched = MatchedCall(call, of: command, isPiped: isPiped)
    func files(_ names: [String]) -> [String?] {
      names.compactMap { name in matched.source(of: name).map(\.writtenText) }
    }
    filesRead.formUnion(files(command.reads))
    filesWritten.formUnion(files(command.writes))
    let isKept = command.parameters.contains { parameter in
      parameter.kind == .path && !command.reads.contains(parameter.name)
        && matched.source(of: parameter.name) != nil
    }
    // What was stopped may go on in a file that its own call named.
    if isKept || command.continues != nil { keepsFiles = true }
  }

  mutating func path(_ text: String) { paths.insert(text) }
}

extension MatchedCall.Source {
  /// The text of a path or of a string without values in it.
  fileprivate var writtenText: String? {
    guard case .written(let expression) = self else { return nil }
    switch expression.form {
    case .path(let text): return text
    case .string(let parts):
      guard parts.count == 1, case .text(let text) = parts[0] else { return nil }
      return text
    default: return nil
    }
  }
}
