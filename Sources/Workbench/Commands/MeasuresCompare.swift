import Contract
import Kernel

extension Command {
  /// Results side by side on one data set.
  static let compare = Command(
    "compare", .measure, "results of searches side by side on one data set",
    details: """
      One row for each method: the barrier that is left, the accuracy of the average of the \
      networks, and the time of the search; the last row has the networks as they were given. A \
      method's results on several sets of networks share a row: means, with their standard \
      deviation over all pairs. The best of each column is marked. Barriers that were measured \
      already can stand among the results.
      """,
    rest: Rest(
      Parameter(
        "results", .value([.result, .barrier, .list]), help: "results of searches, or barriers")),
    keywords: [
      .data, .points,
      Parameter(
        "baseline", .word(BarrierBaseline.allCases.map(\.rawValue)), default: "line",
        help: "what is subtracted: the line between the ends, or their mean"),
      Parameter(
        "sort", .column, isOptional: true,
        help: "order the rows by this column, the best first; otherwise as given"),
      .format,
    ],
    results: .kinds([.table]),
    examples: [
      "compare p q data=test", "compare p q data=test sort=error as=md",
      "t = compare p q data=test points=11",
    ],
    examplePreparation: Examples.result + ["q = search fd a b data=train"],
    seeAlso: ["barrier", "search", "export"]
  ) { call throws(Failure) in
    var comparison = Comparison(call)
    for value in call.rest { try comparison.add(value) }
    var table = try comparison.table()
    if let name = call.textIfGiven("sort") { try table.sortBestFirst(by: name) }
    return [.table(table)]
  }
}

/// Collects what is compared, row by row.
private struct Comparison {
  private let call: Invocation
  private let data: DataSet
  private let points: Int
  private let baseline: BarrierBaseline
  private var rows: [Row] = []
  /// The networks that searches began with, each set once.
  private var givenSets: [[Network]] = []
  private var given = Row(label: "(as trained)")

  /// What stands in one row, with everything that it is a mean of.
  private struct Row {
    var label: String
    /// The sets of networks whose results are in it.
    var sets: [[Network]] = []
    var errors: [Double] = []
    /// Of which inverse the errors are whole multiples.
    var errorUnit: Int?
    var losses: [Double] = []
    var accuracies: [Double] = []
    var times: [Double] = []
  }

  init(_ call: Invocation) {
    self.call = call
    data = call.data()
    points = call.integer("points")
    baseline = BarrierBaseline(rawValue: call.text("baseline")) ?? .line
  }

  mutating func add(_ value: Value) throws(Failure) {
    switch value.content {
    case .result(let result): try add(result)
    case .barrier(let barrier): try add(barrier, named: value.boundName ?? "barrier")
    case .list(let values): for value in values { try add(value) }
    default:
      throw Failure(
        .wrongKind, "`compare` takes results and barriers; got \(value.content.described)")
    }
  }

  private mutating func add(_ result: ResultValue) throws(Failure) {
    let index = row(for: result)
    rows[index].sets.append(result.networksBefore)
    try measure(result.networks, into: &rows[index])
    rows[index].times.append(result.seconds)
    if !givenSets.contains(where: { Self.areSame($0, result.networksBefore) }) {
      givenSets.append(result.networksBefore)
      try measure(result.networksBefore, into: &given)
    }
  }

  private mutating func add(_ barrier: BarrierValue, named name: String) throws(Failure) {
    guard barrier.dataName == data.name else {
      throw Failure(
        .incompatible, "a barrier on \(barrier.dataName) cannot be compared on \(data.name)",
        notes: ["measure it on the same data"])
    }
    var row = Row(label: name)
    row.errors = barrier.pairs.map(\.barrier.error.height)
    row.errorUnit = barrier.pairs[0].barrier.errorUnit
    row.losses = barrier.pairs.map(\.barrier.loss.height)
    rows.append(row)
  }

  /// The row of the same method that has no result on these networks yet, or a new one.
  private mutating func row(for result: ResultValue) -> Int {
    let label = result.method.labelWithStart
    let same = rows.indices.filter {
      rows[$0].label == label || rows[$0].label.hasPrefix(label + " #")
    }
    if let free = same.first(where: { index in
      !rows[index].sets.contains { Self.areSame($0, result.networksBefore) }
    }) {
      return free
    }
    if same.count == 1 { rows[same[0]].label = label + " #1" }
    rows.append(Row(label: same.isEmpty ? label : "\(label) #\(same.count + 1)"))
    return rows.count - 1
  }

  private func measure(_ networks: [Network], into row: inout Row) throws(Failure) {
    let barrier = try BarrierValue(
      between: networks, on: data, points: points, baseline: baseline, call: call)
    row.errors += barrier.pairs.map(\.barrier.error.height)
    row.errorUnit = barrier.pairs[0].barrier.errorUnit
    row.losses += barrier.pairs.map(\.barrier.loss.height)
    row.accuracies.append(
      try Network.average(of: networks)
        .score(on: data, pool: call.pool, stop: call.stop).accuracy)
  }

  private static func areSame(_ a: [Network], _ b: [Network]) -> Bool {
    a.map(\.parameters) == b.map(\.parameters)
  }

  func table() throws(Failure) -> Table {
    guard !rows.isEmpty else { throw Failure(.missingArgument, "there is nothing to compare") }
    let all = rows + (givenSets.isEmpty ? [] : [given])
    let pairCount = all.map(\.errors.count).max() ?? 1
    let hasSpread = pairCount > 1
    let group = "barrier, \(data.name)"
    var columns: [Table.Column] = [
      .init("method", .text), .init("error", .points, group: group, best: .lowest),
    ]
    if hasSpread { columns.append(.init("error_spread", .points, group: group)) }
    columns.append(.init("loss", .real, group: group, best: .lowest))
    if hasSpread { columns.append(.init("loss_spread", .real, group: group)) }
    columns += [
      .init("accuracy", .share, group: "of average", best: .highest),
      .init("time", .seconds, best: .lowest),
    ]
    var table = Table(columns: columns)
    table.rows = all.map { row in
      var cells: [Table.Cell] = [.text(row.label), Self.mean(row.errors, row.errorUnit)]
      if hasSpread { cells.append(Self.spread(row.errors, row.errorUnit)) }
      cells.append(Self.mean(row.losses))
      if hasSpread { cells.append(Self.spread(row.losses)) }
      return cells + [Self.mean(row.accuracies, data.count), Self.mean(row.times)]
    }
    if !givenSets.isEmpty { table.baselineRows = [all.count - 1] }
    table.notes = [
      "\(points) points", pairCount == 1 ? "1 pair" : "up to \(pairCount) pairs, mean and spread",
    ]
    if baseline == .mean { table.notes.append("over the mean of the ends") }
    return table
  }

  private static func mean(_ values: [Double], _ unit: Int? = nil) -> Table.Cell {
    values.isEmpty ? .empty : .real(Workbench.mean(values, unit: unit))
  }

  /// The standard deviation over the pairs; pairs that share a network are not independent.
  private static func spread(_ values: [Double], _ unit: Int? = nil) -> Table.Cell {
    guard values.count > 1 else { return .empty }
    let mean = Workbench.mean(values, unit: unit)
    let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return .real((squares / Double(values.count - 1)).squareRoot())
  }
}

extension Table {
  /// Orders the rows by a column, its better end first; rows without a number come last, and after
  /// them the rows that take no part in what is best.
  mutating func sortBestFirst(by name: String) throws(Failure) {
    guard let column = column(named: name) else {
      throw Content.unknownMember(name, of: .table, names: columns.map(\.name))
    }
    let isFalling = columns[column].best == .highest
    let ordered = rows.enumerated().filter { !baselineRows.contains($0.offset) }.sorted {
      left, right in
      switch (left.element[column], right.element[column]) {
      case (.text(let a), .text(let b)) where a != b: return a < b
      default: break
      }
      guard let a = left.element[column].number else {
        return right.element[column].number == nil && left.offset < right.offset
      }
      guard let b = right.element[column].number else { return true }
      if a == b { return left.offset < right.offset }
      return isFalling ? a > b : a < b
    }
    rows = ordered.map(\.element) + baselineRows.map { rows[$0] }
    baselineRows = Array(ordered.count..<rows.count)
  }
}

extension Value {
  /// The name that the value was first bound to.
  var boundName: String? {
    guard let call = provenance.call else { return nil }
    let index = provenance.resultIndex ?? 0
    return call.names.indices.contains(index) ? call.names[index] : nil
  }
}
