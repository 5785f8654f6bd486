import Kernel

/// In what two values of one kind, or two saved sessions, differ.
struct Difference {
  /// What was compared: a kind of value, or `session`.
  var kind: String
  /// Whether both are the same to the last bit.
  var isSame: Bool
  /// One line: whether they are the same, and if not how far they are apart.
  var headline: String
  /// Where they differ; nothing where the headline says it all.
  var table: Table?

  /// - Throws: Where they are not of one kind, or cannot be laid side by side.
  init(_ first: Content, _ second: Content) throws(Failure) {
    guard first.kind == second.kind || (first.number != nil && second.number != nil) else {
      throw Failure(
        .wrongKind,
        "`diff` compares two of a kind; these are \(first.kind.article) and "
          + second.kind.article,
        notes: ["parts have names: `describe` lists those of a value, such as p.average"])
    }
    kind = first.kind.rawValue
    isSame = first.computeContentHash() == second.computeContentHash()
    headline = ""
    if isSame {
      headline = "the same bits: \(first.summary)"
      return
    }
    switch (first, second) {
    case (.network(let one), .network(let other)): try compare(one, other)
    case (.networks(let some), .networks(let others)): try compare(some, others)
    case (.result(let one), .result(let other)): try compare(one, other)
    case (.permutations(let some, let layers), .permutations(let others, _)):
      try compare(some, others, layers)
    case (.data(let one), .data(let other)): compare(one, other)
    case (.list(let some), .list(let others)): compare(some, others)
    default:
      if let one = first.fullTable, let other = second.fullTable {
        compare(one, other)
      } else {
        compareBrief(first, second)
      }
    }
  }

  /// - Parameter headline: Begins with `the same` where they are.
  init(kind: String, isSame: Bool, headline: String, table: Table? = nil) {
    self.kind = kind
    self.isSame = isSame
    self.headline = headline
    self.table = table
  }

  private mutating func compareBrief(_ first: Content, _ second: Content) {
    headline =
      "different: \(first.plainText ?? first.brief) -> "
      + (second.plainText ?? second.brief)
    if let a = first.number, let b = second.number {
      headline += ", |difference| \(Content.significant(abs(a - b)))"
    }
  }

  /// A list value by value.
  private mutating func compare(_ some: [Value], _ others: [Value]) {
    let rows = zip(some, others).enumerated().compactMap { index, pair -> [Table.Cell]? in
      let (a, b) = (pair.0.content, pair.1.content)
      guard a.computeContentHash() != b.computeContentHash() else { return nil }
      return [.integer(index + 1), .text(a.brief), .text(b.brief)]
    }
    headline = "different: \(rows.count) of \(min(some.count, others.count)) values"
    if some.count != others.count {
      headline += "; \(Content.counted(some.count, "value")) -> \(others.count)"
    }
    table = Table(
      columns: [.init("number", .integer), .init("first", .text), .init("second", .text)],
      rows: rows)
  }

  /// For programs.
  var json: JSON {
    .object([
      .init("kind", .text("difference")), .init("of", .text(kind)),
      .init("same", .boolean(isSame)), .init("summary", .text(headline)),
      .init("table", table?.json ?? .null),
    ])
  }
}
