import Contract
import Kernel

extension Command {
  /// The means of rows that agree in some columns.
  static let group = Command(
    "group", .tables, "the means of the rows of a table that agree in some columns",
    details: """
      `group t width method` has a row for each width and method in `t`, in the order in which they \
      first come, with how many rows it stands for and the mean of each other column of numbers, \
      what a sweep varied left out. Rows of a sweep that failed do not count; where other cells are \
      empty, `NAME_rows` says of how many rows the mean is. Beside each mean stands how much the \
      rows differ: `spread=interval` is half of the 95 % interval of the mean (Student's t), which \
      holds where the rows are independent, such as disjoint pairs of networks; `spread=deviation` \
      is the sample standard deviation.
      """,
    positional: [Parameter("table", .value([.table]), help: "the table")],
    rest: Rest(Parameter("columns", .column, help: "the columns in which rows agree")),
    keywords: [
      Parameter(
        "spread", .word(GroupSpread.allCases.map(\.rawValue)), default: "interval",
        help: "what stands beside each mean")
    ],
    results: .kinds([.table]),
    examples: ["group t status", "group t n spread=deviation |> sort n"],
    examplePreparation: ["t = sweep n in [1, 2], k in 1..3 { row half=(n / 2) product=(n * k) }"],
    seeAlso: ["stats", "sweep", "where"]
  ) { call throws(Failure) in
    let table = call.table("table")
    var keys: [Int] = []
    for name in call.rest.compactMap(\.content.word) { keys.append(try table.place(of: name)) }
    let spread = GroupSpread(rawValue: call.text("spread")) ?? .interval
    return [.table(try table.grouped(by: keys, spread: spread))]
  }
}

/// What stands beside the mean of a group.
enum GroupSpread: String, CaseIterable, Sendable {
  case interval, deviation, none

  /// The end of the column's name.
  fileprivate var ending: String { self == .interval ? "interval" : "spread" }

  /// The names of the columns that `group` puts beside its means.
  static func columnsBesideMeans(in names: [String]) -> Set<String> {
    let endings = ["_rows"] + allCases.filter { $0 != .none }.map { "_\($0.ending)" }
    return Set(
      names.filter { name in
        name == "rows"
          || endings.contains {
            name.hasSuffix($0) && names.contains(String(name.dropLast($0.count)))
          }
      })
  }

  /// Of numbers around their mean; `nil` where they are too few to tell.
  fileprivate func value(of numbers: [Double]) -> Double? {
    self == .interval ? Statistics.interval(numbers) : Statistics.deviation(numbers)
  }
}

extension Table {
  /// A row for each combination of the cells in the columns `keys`, with means of the others.
  func grouped(by keys: [Int], spread: GroupSpread) throws(Failure) -> Table {
    let measured = columns.indices.filter {
      !keys.contains($0) && !columns[$0].isVariable && columns[$0].kind.isNumber
    }
    guard !measured.isEmpty else {
      throw Failure(.wrongKind, "the table has no other column of numbers to take the mean of")
    }
    var order: [[Cell]] = []
    var members: [[Cell]: [Int]] = [:]
    var failureCount = 0
    for row in rows.indices {
      let key = keys.map { rows[row][$0] }
      if members[key] == nil {
        order.append(key)
        members[key] = []
      }
      if isFailure(row, measured, keys) { failureCount += 1 } else { members[key]?.append(row) }
    }
    let groups = order.map { members[$0] ?? [] }
    var parts: [Part] = keys.enumerated().map { place, key in
      (columns[key], order.map { $0[place] })
    }
    parts.append((Column("rows", .integer), groups.map { .integer($0.count) }))
    for place in measured { parts += means(of: place, in: groups, spread) }
    try Self.refuseTwice(parts.map(\.column.name))
    var notes = columns.contains(where: \.isVariable) ? self.notes : []
    if failureCount > 0 {
      notes.append(
        failureCount == 1
          ? "1 row that failed is left out" : "\(failureCount) rows that failed are left out")
    }
    switch spread {
    case .interval: notes.append("± half of the 95 % interval of the mean, of independent rows")
    case .deviation: notes.append("spread is the sample standard deviation")
    case .none: break
    }
    var result = Table(parts, notes: notes)
    result.isPartial = isPartial
    return result
  }

  /// Whether a row is a cell of a sweep that failed.
  ///
  /// Its status says so or, where that column was left out, nothing was measured in it.
  private func isFailure(_ row: Int, _ measured: [Int], _ keys: [Int]) -> Bool {
    guard columns.contains(where: \.isVariable) else { return false }
    let status = column(named: SweepTable.ownColumns[0])
    if let status, keys.contains(status) { return false }
    if let status, case .text(let word) = rows[row][status] { return word != SweepTable.well }
    let time = column(named: SweepTable.ownColumns[1])
    return measured.allSatisfy { $0 == time || rows[row][$0] == .empty }
      && measured.contains { $0 != time }
  }

  /// The means of a column in groups of rows, how many rows they are of where not all have a
  /// number, and their spread.
  private func means(of place: Int, in groups: [[Int]], _ spread: GroupSpread) -> [Part] {
    var column = columns[place]
    if column.kind == .integer { column.kind = .real }
    let numbers = groups.map { $0.compactMap { rows[$0][place].number } }
    let means = numbers.map { $0.isEmpty ? nil : Statistics.mean($0) }
    var parts: [Part] = [(column, means.map { $0.map { .real($0) } ?? .empty })]
    if zip(numbers, groups).contains(where: { $0.count < $1.count }) {
      parts.append(
        (
          Column("\(column.name)_rows", .integer, group: column.group),
          numbers.map { .integer($0.count) }
        ))
    }
    guard spread != .none else { return parts }
    let heading = Column(
      "\(column.name)_\(spread.ending)", column.kind.ofDifferences,
      group: column.group, unit: column.unit)
    parts.append((heading, numbers.map { spread.value(of: $0).map { .real($0) } ?? .empty }))
    return parts
  }

  /// A table with two columns of one name could be read by neither.
  private static func refuseTwice(_ names: [String]) throws(Failure) {
    var seen: Set<String> = []
    guard let name = names.first(where: { !seen.insert($0).inserted }) else { return }
    throw Failure(
      .givenTwice, "`group` would make two columns `\(name)`",
      notes: [
        "give it another name in `row`, or `select` the columns to group without it",
        "`spread=none` adds no columns beside the means",
      ])
  }
}
