/// How many runs with each recipe drew random numbers in a scope: a session, or one cell of a sweep.
struct DrawCounts: Sendable {
  private var counts: [String: Int] = [:]
  private var trace: Trace?

  /// What some lines asked of the counts and did to them.
  struct Trace: Sendable {
    /// The counts that the lines found, by recipe.
    var found: [String: Int] = [:]
    /// The draws that they added.
    var added: [String: Int] = [:]
  }

  /// How many runs with this recipe drew before.
  mutating func count(of recipe: String) -> Int {
    let count = counts[recipe, default: 0]
    if trace?.found[recipe] == nil { trace?.found[recipe] = count }
    return count
  }

  /// Counts a run that drew.
  mutating func add(_ recipe: String) {
    counts[recipe, default: 0] += 1
    trace?.added[recipe, default: 0] += 1
  }

  /// Begins to note what is asked and added.
  mutating func beginTrace() { trace = Trace() }

  /// What was asked and added since.
  mutating func endTrace() -> Trace {
    defer { trace = nil }
    return trace ?? Trace()
  }

  /// Whether the lines of a trace would find here what they found where they ran.
  func agrees(with trace: Trace) -> Bool {
    trace.found.allSatisfy { counts[$0.key, default: 0] == $0.value }
  }

  /// Adds what the lines of a trace added, as if they had run here.
  mutating func apply(_ trace: Trace) {
    for (recipe, count) in trace.added { counts[recipe, default: 0] += count }
  }
}
