import Contract
import Kernel

extension Parameter {
  fileprivate static let table = Parameter("table", .value([.table]), help: "the table")
  fileprivate static let numbers = Parameter(
    "values", .value([.list, .table, .range]),
    help: "a list of numbers, such as a column `t.error`, or a table")
  fileprivate static let ofColumn = Parameter(
    "column", .column, isOptional: true, help: "the column, where the values are a table")
}

/// What the examples of the table commands work on: a made-up curve's pairs are not needed for it.
private let exampleTable = ["t = stats [1, 2, 5]"]

extension Command {
  /// The rows for which a condition holds.
  static let filter = Command(
    "where", .tables, "the rows of a table for which a condition holds",
    details: "Columns stand as names in the condition: `where t (error < 5% and width > 32)`.",
    positional: [
      .table, Parameter("condition", .rowExpression, help: "a condition over the columns"),
    ],
    results: .same(as: "table"), examples: ["where t (value > 2)"],
    examplePreparation: exampleTable, seeAlso: ["sort", "select", "tables"]
  ) { call throws(Failure) in
    var table = call.table("table")
    let condition = call.rowExpression("condition")
    var kept: [Int] = []
    for row in table.rows.indices {
      let value = try condition.value(of: table, row: row)
      // An empty cell is neither larger nor smaller than anything.
      if case .nothing = value { continue }
      if try value.truth(of: "where") { kept.append(row) }
    }
    table.takeRows(kept)
    return [.table(table)]
  }

  /// The rows in the order of a column.
  static let sort = Command(
    "sort", .tables, "the rows of a table in the order of a column",
    positional: [.table, .by],
    keywords: [
      Parameter(
        "order", .word(["rising", "falling"]), default: "rising", help: "which end comes first")
    ],
    results: .same(as: "table"), examples: ["sort t value order=falling"],
    examplePreparation: exampleTable, seeAlso: ["where", "select"]
  ) { call throws(Failure) in
    var table = call.table("table")
    let column = try table.place(of: call.text("by"))
    let isFalling = call.text("order") == "falling"
    let ordered = table.rows.enumerated().sorted { left, right in
      let (a, b) = (left.element[column], right.element[column])
      if a.isEmpty || b.isEmpty { return !a.isEmpty || (b.isEmpty && left.offset < right.offset) }
      if a.precedes(b) { return !isFalling }
      if b.precedes(a) { return isFalling }
      return left.offset < right.offset
    }
    table.takeRows(ordered.map(\.offset))
    return [.table(table)]
  }

  /// Some of the columns.
  static let select = Command(
    "select", .tables, "some of the columns of a table, in the order given",
    positional: [.table],
    rest: Rest(Parameter("columns", .column, help: "the columns to keep")),
    results: .kinds([.table]), examples: ["select t value"], examplePreparation: exampleTable,
    seeAlso: ["where", "sort"]
  ) { call throws(Failure) in
    let table = call.table("table")
    var places: [Int] = []
    for name in call.rest.compactMap(\.content.word) { places.append(try table.place(of: name)) }
    var result = Table(
      columns: places.map { table.columns[$0] },
      rows: table.rows.map { row in places.map { row[$0] } }, notes: table.notes)
    result.isPartial = table.isPartial
    return [.table(result)]
  }

  /// Count, mean, spread and ends.
  static let stats = Command(
    "stats", .tables, "count, mean, standard deviation, least and largest value",
    details: "Of a table, one column for each of its columns of numbers.",
    positional: [.numbers], results: .kinds([.table]), examples: ["stats [1, 2, 5]"],
    seeAlso: ["mean", "min", "max"]
  ) { call throws(Failure) in
    guard let value = call.value("values") else { return [] }
    var columns: [(column: Table.Column, numbers: [Double])] = []
    if case .table(let table) = value.content {
      for (place, column) in table.columns.enumerated() where column.kind.isNumber {
        var column = column
        column.best = nil
        if column.kind == .integer { column.kind = .real }
        columns.append((column, table.rows.compactMap { $0[place].number }))
      }
    } else {
      let numbers = try Numbers(call)
      columns = [(Table.Column("value", numbers.columnKind), numbers.values)]
    }
    guard !columns.isEmpty else {
      throw Failure(.wrongKind, "the table has no column of numbers")
    }
    let names = ["mean", "deviation", "min", "max"]
    let figures = columns.map { statistics($0.numbers) }
    // Whole: a count has not the measure of what it counts.
    let counts: [Table.Cell] = columns.map { .integer($0.numbers.count) }
    return [
      .table(
        Table(
          columns: [.init("statistic", .text)] + columns.map(\.column),
          rows: [[.text("count")] + counts]
            + names.indices.map { row in
              [.text(names[row])]
                + figures.map { figure in figure[row].map { .real($0) } ?? .empty }
            },
          notes: ["deviation is the sample standard deviation"]))
    ]
  }

  /// The least value.
  static let minimum = extreme("min", "the least of some numbers") { $0.min() }
  /// The largest value.
  static let maximum = extreme("max", "the largest of some numbers") { $0.max() }
  /// The mean.
  static let mean = extreme("mean", "the mean of some numbers") {
    $0.isEmpty ? nil : Statistics.mean($0)
  }

  /// How many there are.
  static let count = Command(
    "count", .tables, "how many rows, values or networks there are",
    positional: [
      Parameter(
        "values", .value([.list, .table, .networks, .network, .range, .permutations]),
        help: "what to count")
    ],
    results: .kinds([.integer]), examples: ["count [1, 2, 5]"], seeAlso: ["stats"]
  ) { call throws(Failure) in
    switch call.value("values")?.content {
    case .list(let values)?: return [.integer(values.count)]
    case .table(let table)?: return [.integer(table.rows.count)]
    case .networks(let networks)?: return [.integer(networks.count)]
    case .range(let bounds)?: return [.integer(bounds.integers?.count ?? 0)]
    case .permutations(let permutations, _)?: return [.integer(permutations.count)]
    default: return [.integer(1)]
    }
  }

  private static func extreme(
    _ verb: String, _ summary: String, _ choose: @escaping @Sendable ([Double]) -> Double?
  ) -> Command {
    Command(
      verb, .tables, summary, positional: [.numbers, .ofColumn], results: .computed { _ in [nil] },
      examples: ["\(verb) [1, 2, 5]", "\(verb) t value"], examplePreparation: exampleTable,
      seeAlso: ["stats", "where"]
    ) { call throws(Failure) in
      let numbers = try Numbers(call)
      guard let value = choose(numbers.values) else {
        throw Failure(.badData, "there is no number to take the \(verb) of")
      }
      return [numbers.content(value)]
    }
  }
}

/// Mean, standard deviation, least and largest; `nil` where there are too few numbers.
private func statistics(_ numbers: [Double]) -> [Double?] {
  guard !numbers.isEmpty else { return [nil, nil, nil, nil] }
  return [
    Statistics.mean(numbers), Statistics.deviation(numbers), numbers.min(), numbers.max(),
  ]
}

/// Numbers out of a list, a range or a column, with what they measure.
private struct Numbers {
  var values: [Double] = []
  private var sample: Content?

  init(_ call: Invocation) throws(Failure) {
    switch call.value("values")?.content {
    case .list(let elements)?:
      for element in elements { try append(element.content) }
    case .range(let bounds)?:
      values = bounds.integers.map { $0.map(Double.init) } ?? [bounds.lower, bounds.upper]
      sample = .integer(0)
    case .table(let table)?:
      guard let name = call.textIfGiven("column") else {
        throw Failure(
          .missingArgument, "of a table, `\(call.command.verb)` needs a column",
          notes: ["columns: " + table.columns.map(\.name).joined(separator: " ")])
      }
      let column = try table.place(of: name)
      for row in table.rows.indices { try append(table.content(row: row, column: column)) }
    default: break
    }
  }

  private mutating func append(_ content: Content) throws(Failure) {
    if case .nothing = content { return }
    guard let number = content.number else {
      throw Failure(.wrongKind, "these are no numbers: there is \(content.described) among them")
    }
    values.append(number)
    if sample == nil { sample = content }
    if case .integer = sample, case .real = content { sample = content }
  }

  /// A number that measures what these do.
  func content(_ value: Double) -> Content {
    switch sample {
    case .real(_, let measure)?: return .real(value, measure)
    case .time?: return .time(value)
    default: return Int(exactly: value).map { .integer($0) } ?? .real(value)
    }
  }

  /// The kind of a column that holds these.
  var columnKind: Table.Kind {
    switch sample {
    case .real(_, .share)?: .share
    case .real(_, .points)?: .points
    case .time?: .seconds
    default: .real
    }
  }
}

extension Table {
  /// Keeps these rows, in this order, and which of them take no part in what is best.
  fileprivate mutating func takeRows(_ places: [Int]) {
    rows = places.map { rows[$0] }
    baselineRows = places.indices.filter { baselineRows.contains(places[$0]) }
  }

  /// The place of a column, or a failure that names what is near.
  func place(of name: String) throws(Failure) -> Int {
    if let place = column(named: name) { return place }
    throw .noColumn(name, among: columns.map(\.name))
  }
}

extension Table.Kind {
  /// Whether its cells are numbers.
  var isNumber: Bool { self != .text && self != .yesNo }
}

extension Table.Cell {
  fileprivate var isEmpty: Bool { self == .empty }

  /// The order of cells in a sorted column: numbers by size, texts by letters.
  fileprivate func precedes(_ other: Table.Cell) -> Bool {
    switch (self, other) {
    case (.text(let a), .text(let b)): a < b
    case (.yesNo(let a), .yesNo(let b)): !a && b
    default: (number ?? .infinity) < (other.number ?? .infinity)
    }
  }
}
