import Kernel

// What a receipt says of a value. Times are left out: no two runs take equally long.
extension Content {
  /// One line for people, without the bar that parts the fields of a receipt.
  var receiptSummary: String {
    brief.split(whereSeparator: \.isNewline).joined(separator: " ")
      .replacing("|", with: "/")
  }

  /// The hash of the canonical bytes, times left out.
  var receiptHash: ContentHash {
    switch self {
    case .table(let table): Content.table(table.withoutTimes).computeContentHash()
    case .time: Content.nothing.computeContentHash()
    default: computeContentHash()
    }
  }

  /// A small value as rows of text, a header first; empty for large ones and those without numbers.
  var receiptNumbers: [[String]] {
    guard let table = receiptTable, table.rows.count <= Self.mostReceiptRows else { return [] }
    let header = table.columns.map(\.name)
    return [header] + table.rows.map { row in row.map(Self.receiptText) }
  }

  /// 101: the points of a fine curve; more rows make a script that nobody reads.
  private static let mostReceiptRows = 101

  private var receiptTable: Table? {
    switch self {
    case .integer(let number):
      return Table(columns: [.init("value", .integer)], rows: [[.integer(number)]])
    case .real(let number, _):
      return Table(columns: [.init("value", .real)], rows: [[.real(number)]])
    case .score(let score):
      return Table(
        columns: [.init("error", .share), .init("loss", .real)]
          + score.metrics.map { $0.traits.column() },
        rows: [[.real(score.error), .real(score.loss)] + score.metrics.map { .real($0.value) }])
    case .barrier(let barrier):
      return Table(
        columns: [.init("error", .points), .init("loss", .real)]
          + barrier.metrics.map { $0.barrierColumn($0.id) }
          + (barrier.before == nil
            ? [] : [.init("error_before", .points), .init("loss_before", .real)]),
        rows: [
          [.real(barrier.error), .real(barrier.loss)]
            + barrier.metrics.map { .real(mean(barrier.heights(of: $0.id).map(\.height))) }
            + (barrier.before.map { [.real($0.error), .real($0.loss)] } ?? [])
        ])
    case .result(let result):
      guard let cost = result.outcome.cost else { return nil }
      return Table(columns: [.init("cost", .real)], rows: [[.real(cost)]])
    case .table(let table): return table.withoutTimes
    case .curve: return fullTable
    default: return nil
    }
  }

  static func receiptText(_ cell: Table.Cell) -> String {
    switch cell {
    case .empty: ""
    case .text(let text): text.split(whereSeparator: \.isNewline).joined(separator: " ")
    case .integer(let number): String(number)
    case .real(let number): digits(number)
    case .yesNo(let value): value ? "yes" : "no"
    }
  }
}

extension Table {
  /// The table without its columns of times.
  var withoutTimes: Table {
    let kept = columns.indices.filter { columns[$0].kind != .seconds }
    guard kept.count < columns.count else { return self }
    return Table(
      columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } },
      notes: notes, baselineRows: baselineRows)
  }
}
