import Contract
import Kernel

extension Command {
  private static let mostNetworks = 1000

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
    // The networks' numbers may have gaps, such as after `where`.
    var places: [Int: Int] = [:]
    var seen: Set<[Int]> = []
    let barriers = try table.rows.enumerated().map { index, row throws(Failure) in
      guard let a = row[first].wholeNumber, let c = row[second].wholeNumber,
        let barrier = row[height].number, a != c
      else {
        throw Failure(
          .badData,
          "row \(index + 1) has no two networks in `first` and `second` and a number in `\(name)`",
          notes: ["`where` leaves rows out"])
      }
      guard seen.insert([min(a, c), max(a, c)]).inserted else {
        throw Failure(
          .badData, "row \(index + 1) has the pair \(a), \(c) again",
          notes: ["`where` takes the rows of one method"])
      }
      func place(_ network: Int) -> Int {
        if let known = places[network] { return known }
        places[network] = places.count + 1
        return places.count
      }
      return (first: place(a), second: place(c), height: barrier)
    }
    // Every pair has its row, so that so many networks have half a million.
    guard places.count <= Self.mostNetworks else {
      throw Failure(
        .outOfRange, "`indirect` is for at most \(Self.mostNetworks) networks; got \(places.count)")
    }
    guard let lowest = BarrierValue.indirect(barriers) else {
      throw Failure(
        .badData, "there is a pair without a way by a third network",
        notes: ["every pair of three networks or more must have its row"])
    }
    let own = table.columns[height]
    let column = Table.Column(
      "indirect_\(name)", own.kind, group: own.group, unit: own.unit, best: .lowest)
    // The pairs of a barrier have them already.
    if let known = table.column(named: column.name) {
      table.columns[known] = column
      for row in table.rows.indices { table.rows[row][known] = .real(lowest[row]) }
    } else {
      table.columns.append(column)
      for row in table.rows.indices { table.rows[row].append(.real(lowest[row])) }
    }
    return [.table(table)]
  }
}

extension Table.Cell {
  /// The number of a network.
  fileprivate var wholeNumber: Int? { number.flatMap { Int(exactly: $0) } }
}
