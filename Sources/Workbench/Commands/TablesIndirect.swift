import Contract
import Kernel

extension Command {
  /// Indirect barriers of a table of pairs.
  static let indirect = Command(
    "indirect", .tables, "the lowest barrier by way of a third network, for each pair of a table",
    details: """
      The table has a row for each pair of networks: their numbers in the columns `first` and \
      `second`, and a barrier in the column that `of` names. What is added is, for networks A and \
      C, the least over all others B of the higher of the barriers A-B and B-C (Entezari et al. \
      2022, Appendix E.3). After a search that matches each pair by itself this is the barrier to a \
      renumbering of C: a barrier stays as it is when both networks are renumbered alike.
      """,
    positional: [Parameter("table", .value([.table]), help: "a table of pairs")],
    keywords: [Parameter("of", .column, help: "the column with the barriers")],
    results: .kinds([.table]),
    examples: [
      "t = barrier a b c data=test\nindirect t.pairs of=error"
    ],
    examplePreparation: Examples.data + ["a, b, c = train mlp width=8 data=train epochs=2 count=3"],
    seeAlso: ["barrier", "pairs", "sweep", "stats"]
  ) { call throws(Failure) in
    var table = call.table("table")
    let name = call.text("of")
    let (first, second) = (try table.place(of: "first"), try table.place(of: "second"))
    let height = try table.place(of: name)
    let barriers = try table.rows.enumerated().map { index, row throws(Failure) in
      guard let a = row[first].count, let c = row[second].count,
        let barrier = row[height].number, a != c
      else {
        throw Failure(
          .badData,
          "row \(index + 1) has no two networks in `first` and `second` and a number in `\(name)`",
          notes: ["networks are counted from 1; `where` leaves rows out"])
      }
      return (first: a, second: c, height: barrier)
    }
    guard barriers.count <= 1_000_000, let lowest = BarrierValue.indirect(barriers) else {
      throw Failure(
        .badData, "there is a pair without a way by a third network",
        notes: ["every pair of three networks or more must have its row"])
    }
    let own = table.columns[height]
    table.columns.append(
      .init("indirect_\(name)", own.kind, group: own.group, unit: own.unit, best: .lowest))
    for row in table.rows.indices { table.rows[row].append(.real(lowest[row])) }
    return [.table(table)]
  }
}

extension Table.Cell {
  /// A number of a network, counted from 1.
  fileprivate var count: Int? {
    guard let number, number >= 1, number <= 10_000, number == number.rounded() else { return nil }
    return Int(number)
  }
}
