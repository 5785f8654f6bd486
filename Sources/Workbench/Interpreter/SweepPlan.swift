import Contract
import Kernel

/// What a sweep goes through, the lines it runs, and the world it began in.
struct SweepPlan: Sendable {
  let variables: [Variable]
  let lines: [Line]
  let source: Source
  /// Whether the lines write files: such cells would see each other's, so one runs after the other.
  let writesFiles: Bool
  /// Whether cells may run at the same time.
  var isSideBySide = true
  /// The columns that `row` fills, in the order of the text.
  let columns: [String]
  var settings: SessionSettings
  /// What was bound when the sweep began, in the order of binding.
  let names: [(name: String, value: Value)]
  /// The results there were, for `_7`.
  let results: [Value?]

  /// One `variable in values`.
  struct Variable: Sendable {
    var name: String
    var values: [Value]
  }

  /// One statement of the body, with what it depends on.
  struct Line: Sendable {
    var statement: Statement
    /// The variables that it reads, itself or through what it reads, by their places.
    var variables: Set<Int>
    /// The names that it may bind, in the order of the text.
    var binds: [String]
  }

  /// How many cells there are.
  var cellCount: Int { variables.reduce(1) { $0 * $1.values.count } }

  /// Which value each variable has in a cell; the first variable changes slowest.
  func places(of cell: Int) -> [Int] {
    var rest = cell
    var places: [Int] = []
    for variable in variables.reversed() {
      places.append(rest % variable.values.count)
      rest /= variable.values.count
    }
    return places.reversed()
  }

  /// The values of the variables in a cell.
  func values(of cell: Int) -> [Value] {
    zip(variables, places(of: cell)).map { $0.values[$1] }
  }

  /// Names a line's run: cells with the same key share it.
  ///
  /// Values stand in it by their recipes, so that a value that is listed twice is worked on once;
  /// methods by what they are, since a recipe knows no budget.
  func key(ofLine line: Int, values: [Value]) -> LineKey {
    LineKey(
      line: line,
      values: lines[line].variables.sorted().map { place in
        let value = values[place]
        guard case .method = value.content else { return value.provenance.recipe.hex }
        return value.contentHash.hex
      })
  }

  /// A line with the values of the variables that it depends on.
  struct LineKey: Hashable, Sendable {
    var line: Int
    var values: [String]
  }
}

extension SweepPlan {
  /// Whether any line of a body writes a file or keeps its state in one.
  static func writesFiles(_ body: Block, lexicon: Lexicon) -> Bool {
    body.statements.contains { statement in
      let words = WordCollector(statement, lexicon: lexicon)
      return words.writesFiles || words.keepsFiles
    }
  }

  /// Finds what each statement of a body depends on.
  ///
  /// Any word that is bound to something counts as read, even where it turns out to be a choice
  /// or a column: at worst a line runs more often than it must.
  static func lines(
    of body: Block, variables: [String], lexicon: Lexicon
  ) -> [Line] {
    var dependence: [String: Set<Int>] = [:]
    for (place, name) in variables.enumerated() { dependence[name] = [place] }
    var before: Set<Int> = []
    let collected = body.statements.map { WordCollector($0, lexicon: lexicon) }
    // A file is one thing for all cells: where one line writes, every line that touches a file runs
    // in every cell, so that none finds what another cell left.
    let writesFiles = collected.contains(where: \.writesFiles)
    return zip(body.statements, collected).map { statement, words in
      var own = words.words.reduce(into: Set<Int>()) { $0.formUnion(dependence[$1] ?? []) }
      // The last result is that of any line before.
      if !words.history.isEmpty { own.formUnion(before) }
      if writesFiles, words.readsFiles || words.writesFiles { own.formUnion(variables.indices) }
      for name in words.names {
        // What stands in a block may not run, and leave the name as it was.
        let kept = statement.isPlain ? [] : dependence[name] ?? []
        dependence[name] = own.union(kept)
      }
      before.formUnion(own)
      return Line(statement: statement, variables: own, binds: words.names)
    }
  }
}

extension Statement {
  /// Whether it has no block, so that it binds all its names or fails.
  fileprivate var isPlain: Bool {
    if case .assignment = kind { true } else { false }
  }
}
