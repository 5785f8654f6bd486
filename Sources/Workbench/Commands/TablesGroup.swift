import Contract
import Kernel

extension Command {
  /// The means of rows that agree in some columns.
  static let group = Command(
    "group", .tables, "the means of the rows of a table that agree in some columns",
    details: """
      `group t width method` has a row for each width and method in `t`, in the order in which they \
      first come, with how many rows it stands for and the mean of each other column of numbers. \
      Beside each mean stands how much the rows differ: `spread=interval` is half of the 95 % \
      interval of the mean (Student's t), which holds where the rows are independent, such as \
      disjoint pairs of networks; `spread=deviation` is the sample standard deviation. Empty cells \
      and columns of other kinds are left out.
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

  /// Of numbers around their mean; `nil` where they are too few to tell.
  fileprivate func value(of numbers: [Double], mean: Double) -> Double? {
    guard numbers.count > 1 else { return nil }
    let count = Double(numbers.count)
    let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let deviation = (squares / (count - 1)).squareRoot()
    guard self == .interval else { return deviation }
    return StudentT.bound(of: 0.95, freedom: numbers.count - 1) * deviation / count.squareRoot()
  }
}

extension Table {
  /// A row for each combination of the cells in the columns `keys`, with means of the others.
  func grouped(by keys: [Int], spread: GroupSpread) throws(Failure) -> Table {
    let measured = columns.indices.filter {
      !keys.contains($0) && columns[$0].kind != .text && columns[$0].kind != .yesNo
    }
    guard !measured.isEmpty else {
      throw Failure(.wrongKind, "the table has no other column of numbers to take the mean of")
    }
    var order: [[Cell]] = []
    var members: [[Cell]: [Int]] = [:]
    for row in rows.indices {
      let key = keys.map { rows[row][$0] }
      if members[key] == nil { order.append(key) }
      members[key, default: []].append(row)
    }
    var headings = keys.map { columns[$0] } + [Column("rows", .integer)]
    for place in measured {
      var column = columns[place]
      if column.kind == .integer { column.kind = .real }
      headings.append(column)
      guard spread != .none else { continue }
      headings.append(
        Column(
          "\(column.name)_\(spread.ending)", column.kind == .share ? .points : column.kind,
          group: column.group, unit: column.unit))
    }
    var result = Table(columns: headings)
    result.isPartial = isPartial
    result.rows = order.map { key in
      let own = members[key] ?? []
      var cells = key + [.integer(own.count)]
      for place in measured {
        let numbers = own.compactMap { rows[$0][place].number }
        // From the first number on, so that the mean of equal numbers is that number.
        let mean = numbers.first.map { first in
          first + numbers.reduce(0) { $0 + ($1 - first) } / Double(numbers.count)
        }
        cells.append(mean.map { .real($0) } ?? .empty)
        guard spread != .none else { continue }
        cells.append(
          mean.flatMap { spread.value(of: numbers, mean: $0) }.map { .real($0) } ?? .empty)
      }
      return cells
    }
    switch spread {
    case .interval: result.notes = ["± half of the 95 % interval of the mean, of independent rows"]
    case .deviation: result.notes = ["spread is the sample standard deviation"]
    case .none: break
    }
    return result
  }
}
