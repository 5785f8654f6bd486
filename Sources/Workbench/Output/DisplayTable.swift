/// A table as it is shown: typed columns, and one cell per column in each row.
///
/// Cells hold the numbers themselves. Whether 0.062 stands as 6.2% or as 6.2 pt is said by the
/// column, so that the two never mix in one.
struct DisplayTable: Hashable, Sendable {
  var columns: [Column]
  /// One cell per column in each row.
  var rows: [[Cell]]
  /// Facts under the table, such as `25 points`; they stand in one line where they fit.
  var notes: [String]
  /// Rows that do not take part in the search for the best, such as the networks as trained.
  var baselineRows: [Int]

  init(columns: [Column], rows: [[Cell]], notes: [String] = [], baselineRows: [Int] = []) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row of another length")
    self.columns = columns
    self.rows = rows
    self.notes = notes
    self.baselineRows = baselineRows
  }

  /// A column: its heading, what it holds and how it is read.
  struct Column: Hashable, Sendable {
    var name: String
    var kind: Kind
    /// A heading over neighbouring columns that share it, such as `barrier, test`.
    var group: String?
    /// The unit of whole and real numbers, shown after the name.
    var unit: String?
    /// Which end is the better one; the best cells are marked `*` where this is said.
    var best: Best?

    init(
      _ name: String, _ kind: Kind, group: String? = nil, unit: String? = nil, best: Best? = nil
    ) {
      self.name = name
      self.kind = kind
      self.group = group
      self.unit = unit
      self.best = best
    }
  }

  /// What the cells of a column hold.
  enum Kind: String, Hashable, Sendable, CaseIterable {
    case text, integer, real
    /// A share of one, shown in percent.
    case share
    /// A difference of shares, shown in points.
    case points
    /// A length of time in seconds.
    case seconds
    /// An amount of memory in bytes.
    case bytes
    case yesNo
  }

  /// Which end of a column is the better one.
  enum Best: String, Hashable, Sendable {
    case lowest, highest
  }

  /// What stands in one place.
  enum Cell: Hashable, Sendable {
    /// Nothing is known here.
    case empty
    case text(String)
    case integer(Int)
    case real(Double)
    case yesNo(Bool)

    /// The number, where it is one.
    var number: Double? {
      switch self {
      case .integer(let value): Double(value)
      case .real(let value): value
      default: nil
      }
    }
  }

  /// For each column the rows that hold its best value; none where fewer than two rows compete or
  /// all are equal, since a mark would then say nothing.
  var bestRows: [Set<Int>] {
    columns.indices.map { column in
      guard let best = columns[column].best else { return [] }
      let contestants = rows.indices.filter { row in
        !baselineRows.contains(row) && rows[row][column].number.map { !$0.isNaN } == true
      }
      let numbers = contestants.compactMap { rows[$0][column].number }
      guard let low = numbers.min(), let high = numbers.max(), low < high else { return [] }
      let target = best == .lowest ? low : high
      return Set(contestants.filter { rows[$0][column].number == target })
    }
  }
}
