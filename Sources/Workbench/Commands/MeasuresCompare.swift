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
      already can stand among the results. A search of what another of the results left stands as \
      `subspace after fd`, with the time of both. `intervals=yes` adds the ends of 95% intervals of \
      the mean by Student's t, over sets of networks and not over pairs, since pairs that share a \
      network are not independent; it takes two disjoint sets or more. `show=diff` shows only what \
      differs: one column for each setting in which methods that have it differ, and no column \
      that says the same in every row. `recalibrate=` puts every point between networks right \
      before it is scored, and the average, as the command of that name does; columns whose name \
      ends in `_before` have the numbers without it.
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
      .recalibrate, .calibrate, .intervals,
      Parameter(
        "show", .word(["all", "diff"]), default: "all",
        help: "every column, or only what differs between the rows"),
      .format,
    ],
    results: .kinds([.table]),
    examples: [
      "compare p q data=test", "compare p q data=test sort=error as=md",
      "t = compare p q data=test points=11", "compare p q data=test show=diff",
      "compare p q data=test points=3 recalibrate=repair calibrate=train",
    ],
    examplePreparation: Examples.result + ["q = search fd a b data=train"],
    seeAlso: ["barrier", "ensemble", "search", "recalibrate", "plot", "export"]
  ) { call throws(Failure) in
    var comparison = try Comparison(call)
    return [.table(try comparison.table())]
  }
}

/// Collects what is compared, row by row.
private struct Comparison {
  private let call: Invocation
  private let data: DataSet
  private let points: Int
  private let baseline: BarrierBaseline
  private let asked: AskedRecalibration?
  private let chains: SearchChains
  private var names: MethodRows
  private var rows: [Row] = []
  /// The networks as they were given, all sets together.
  private var given = Row()

  /// The numbers of one row.
  private struct Row {
    var errors = SetFigures()
    var losses = SetFigures()
    var accuracies = SetFigures()
    var times = SetFigures()
    /// The numbers before recalibration, where there is one.
    var errorsBefore = SetFigures()
    var lossesBefore = SetFigures()
    var accuraciesBefore = SetFigures()

    /// Adds the barriers of one set's pairs.
    mutating func add(_ barrier: BarrierValue) {
      if let before = barrier.before {
        errorsBefore.append(
          before.pairs.map(\.barrier.error.height), unit: before.pairs[0].barrier.errorUnit)
        lossesBefore.append(before.pairs.map(\.barrier.loss.height))
      }
      errors.append(
        barrier.pairs.map(\.barrier.error.height), unit: barrier.pairs[0].barrier.errorUnit)
      losses.append(barrier.pairs.map(\.barrier.loss.height))
    }
  }

  init(_ call: Invocation) throws(Failure) {
    self.call = call
    data = call.data()
    points = call.integer("points")
    baseline = BarrierBaseline(rawValue: call.text("baseline")) ?? .line
    asked = try AskedRecalibration(call, measured: data)
    chains = SearchChains(call.rest.flatMap(Self.results))
    names = MethodRows(chains)
    var number = 0
    for value in call.rest { try add(value, &number) }
    for set in chains.givenSets { try measure(set, as: Network.average(of: set), into: &given) }
  }

  private static func results(in value: Value) -> [ResultValue] {
    switch value.content {
    case .result(let result): [result]
    case .list(let values): values.flatMap(results)
    default: []
    }
  }

  /// - Parameter number: How many results there were before, in the order of `results(in:)`.
  private mutating func add(_ value: Value, _ number: inout Int) throws(Failure) {
    switch value.content {
    case .result(let result):
      let index = names.row(of: number)
      if index == rows.count { rows.append(Row()) }
      try measure(result.networks, as: result.averageAsLeft, into: &rows[index])
      rows[index].times.append([chains.seconds(of: number)])
      number += 1
    case .barrier(let barrier): try add(barrier, named: value.boundName ?? "barrier")
    case .list(let values): for value in values { try add(value, &number) }
    default:
      throw Failure(
        .wrongKind, "`compare` takes results and barriers; got \(value.content.described)")
    }
  }

  private mutating func add(_ barrier: BarrierValue, named name: String) throws(Failure) {
    guard barrier.dataName == data.name else {
      throw Failure(
        .incompatible, "a barrier on \(barrier.dataName) cannot be compared on \(data.name)",
        notes: ["measure it on the same data"])
    }
    names.add(named: name)
    var row = Row()
    row.add(barrier)
    rows.append(row)
  }

  private func measure(
    _ networks: [Network], as average: Network, into row: inout Row
  ) throws(Failure) {
    row.add(
      try BarrierValue(
        between: networks, on: data, points: points, baseline: baseline, recalibration: asked,
        call: call))
    func accuracy(_ network: Network) throws(Failure) -> [Double] {
      [try network.score(on: data, pool: call.pool, stop: call.stop).accuracy]
    }
    guard let asked else {
      return row.accuracies.append(try accuracy(average), unit: data.count)
    }
    row.accuracies.append(try accuracy(asked.average(of: networks)), unit: data.count)
    row.accuraciesBefore.append(try accuracy(average), unit: data.count)
  }

  mutating func table() throws(Failure) -> Table {
    guard !rows.isEmpty else { throw Failure(.missingArgument, "there is nothing to compare") }
    let hasGiven = !chains.results.isEmpty
    let all = rows + (hasGiven ? [given] : [])
    let labels = names.labels + (hasGiven ? ["(as trained)"] : [])
    let judged =
      call.flag("intervals")
      ? try IntervalNotes.judge(
        labels, names.sets + (hasGiven ? [chains.givenSets] : []), stop: call.stop) : nil
    let pairCount = all.map(\.errors.all.count).max() ?? 1
    func columns(
      _ column: Table.Column, spread: Bool = true, _ figures: (Row) -> SetFigures
    ) -> [Table.Part] {
      Table.columns(
        of: column, all.map(figures), spread: spread && pairCount > 1, intervals: judged?.has)
    }
    let group = "barrier, \(data.name)"
    var parts: [Table.Part] = [(.init("method", .text), labels.map { .text($0) })]
    parts += columns(.init("error", .points, group: group, best: .lowest), \.errors)
    parts += columns(.init("loss", .real, group: group, best: .lowest), \.losses)
    parts += columns(
      .init("accuracy", .share, group: "of average", best: .highest), spread: false, \.accuracies)
    if let asked {
      let group = "before \(asked.method.rawValue)"
      parts += columns(.init("error_before", .points, group: group), spread: false, \.errorsBefore)
      parts += columns(.init("loss_before", .real, group: group), spread: false, \.lossesBefore)
      parts += columns(
        .init("accuracy_before", .share, group: group), spread: false, \.accuraciesBefore)
    }
    parts.append((.init("time", .seconds, best: .lowest), all.map(\.times.mean)))
    var table = Table(
      parts,
      notes: [
        "\(points) points",
        pairCount == 1 ? "1 pair" : "up to \(pairCount) pairs, mean and spread",
      ])
    if hasGiven { table.baselineRows = [all.count - 1] }
    if let asked { table.notes.append("recalibrated: \(asked.words)") }
    if baseline == .mean { table.notes.append("over the mean of the ends") }
    let setCounts = names.sets.map(\.count).filter { $0 > 0 }
    if let least = setCounts.min(), let most = setCounts.max(), least < most {
      table.notes.append(
        "rows are of \(least) to \(most) sets of networks: their means are not of the same pairs")
    }
    table.notes += judged?.notes ?? []
    // What does not differ is left out of a table in the order of the methods; a column that is left
    // out orders nothing.
    let whole = table
    if call.text("show") == "diff" { table = table.showingDifferences(of: names) }
    if let name = call.textIfGiven("sort") {
      if table.column(named: name) != nil {
        try table.sortBestFirst(by: name)
      } else if whole.column(named: name) == nil {
        throw Content.unknownMember(name, of: .table, names: table.columns.map(\.name))
      }
    }
    return table
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
