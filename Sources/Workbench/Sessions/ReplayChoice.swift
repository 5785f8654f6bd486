import Kernel

/// Which statements of a script a replay runs, and which of them it compares.
struct ReplayChoice {
  /// The places of the statements that run.
  private(set) var runs: Set<Int>
  /// The places of those whose receipts are compared.
  private(set) var compared: Set<Int>
  /// What is said where not everything ran.
  private(set) var note: String?

  /// - Throws: Where a name or a line of `only=` is none of the script's.
  init(
    _ statements: [Statement], _ options: Replay.Options, source: Source, lexicon: Lexicon
  ) throws(Failure) {
    let lines = statements.map { source.line(at: $0.span.lower) }
    let reached = statements.indices.filter { place in
      options.until.map { lines[place] <= $0 } ?? true
    }
    runs = Set(reached)
    compared = Set(reached.filter { place in options.from.map { lines[place] >= $0 } ?? true })
    guard !options.only.isEmpty else { return }
    var asked: Set<Int> = []
    for word in options.only {
      if let number = Int(word) {
        asked.insert(try Self.place(ofLine: number, statements, reached, source))
      } else {
        asked.formUnion(try Self.places(of: word, statements, reached, source))
      }
    }
    compared.formIntersection(asked)
    runs = ScriptSlice(Array(statements[..<reached.count]), asked: asked, lexicon: lexicon).kept
    note =
      "ran \(runs.count) of \(Content.counted(statements.count, "statement")): "
      + "what was asked for, and what it depends on"
  }

  /// The statement that stands in a line, its receipts included.
  private static func place(
    ofLine number: Int, _ statements: [Statement], _ reached: [Int], _ source: Source
  ) throws(Failure) -> Int {
    let found = reached.first { place in
      let statement = statements[place]
      let ends = [statement.span.upper] + statement.receipts.map(\.span.upper)
      let last = source.line(at: max((ends.max() ?? 0) - 1, statement.span.lower))
      return (source.line(at: statement.span.lower)...last).contains(number)
    }
    if let found { return found }
    throw Failure(
      .outOfRange, "no statement that runs stands in line \(number) of `\(source.name)`",
      notes: ["the report of a replay shows the line of each value"])
  }

  /// The statements that give a value of that name.
  private static func places(
    of name: String, _ statements: [Statement], _ reached: [Int], _ source: Source
  ) throws(Failure) -> [Int] {
    let found = reached.filter { place in
      statements[place].boundNames.contains(name) || statements[place].replayName(0) == name
    }
    if !found.isEmpty { return found }
    let near = nearest(name, among: reached.flatMap { statements[$0].boundNames })
    throw Failure(
      .unknownValue, "`\(source.name)` makes no value `\(name)`",
      notes: [near.map { "did you mean `\($0)`?" } ?? "only= takes names, and numbers of lines"])
  }
}
