/// Rows of cells under typed columns, one cell per column in each row.
///
/// Cells hold the numbers themselves. Whether 0.062 stands as 6.2% or as 6.2 pt is said by the
/// column, so that the two never mix in one.
struct Table: Hashable, Sendable {
  var columns: [Column]
  /// One cell per column in each row.
  var rows: [[Cell]]
  /// Facts under the table, such as `25 points`; they stand in one line where they fit.
  var notes: [String]
  /// Rows that do not take part in the search for the best, such as the networks as trained.
  var baselineRows: [Int]
  /// Whether rows are missing because the work was stopped.
  var isPartial = false

  init(columns: [Column], rows: [[Cell]] = [], notes: [String] = [], baselineRows: [Int] = []) {
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
    /// Whether this is what a sweep varied, and not what was measured.
    var isVariable: Bool

    init(
      _ name: String, _ kind: Kind, group: String? = nil, unit: String? = nil, best: Best? = nil,
      isVariable: Bool = false
    ) {
      self.isVariable = isVariable
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

    /// What differences and deviations of such numbers are.
    var ofDifferences: Kind { self == .share ? .points : self }
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
    /// In a column of another kind a plain number all the same, such as the count of its numbers.
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

  /// For each column the rows that hold its best value, those that are printed alike included; none
  /// where fewer than two rows compete or all look equal, since a mark would then say nothing.
  var bestRows: [Set<Int>] {
    columns.indices.map { column in
      guard let best = columns[column].best else { return [] }
      let contestants = rows.indices.filter { row in
        !baselineRows.contains(row) && rows[row][column].number.map { !$0.isNaN } == true
      }
      let numbers = contestants.compactMap { rows[$0][column].number }
      guard let target = best == .lowest ? numbers.min() : numbers.max(),
        let place = contestants.first(where: { rows[$0][column].number == target })
      else { return [] }
      // A difference that no digit shows is none to mark.
      let texts = ColumnText(columns[column], cells: rows.map { $0[column] }).cells
      let found = contestants.filter { texts[$0] == texts[place] }
      return found.count < contestants.count ? Set(found) : []
    }
  }

  /// How many columns at the left say what a row is: at least one, and never all.
  ///
  /// They are what a sweep varied, names, or, where there are neither, numbers such as the places of
  /// a pair.
  var keyCount: Int {
    func run(_ isKey: (Column) -> Bool) -> Int { columns.prefix(while: isKey).count }
    let variables = run(\.isVariable)
    let count =
      variables > 0
      ? run { $0.isVariable || $0.kind == .text }
      : max(run { $0.kind == .text }, run { $0.kind == .integer && $0.best == nil })
    return max(1, count < columns.count ? count : 1)
  }

  /// The place of a column.
  func column(named name: String) -> Int? { columns.firstIndex { $0.name == name } }
}

/// The name that the code of the screen uses.
typealias DisplayTable = Table

extension Table {
  /// A cell as a value of the language, with its column's measure.
  func content(row: Int, column: Int) -> Content {
    switch (rows[row][column], columns[column].kind) {
    case (.empty, _): .nothing
    case (.text(let text), _): .text(text)
    case (.integer(let number), _): .integer(number)
    case (.yesNo(let value), _): .yesNo(value)
    case (.real(let number), let kind): Self.content(of: number, as: kind)
    }
  }

  private static func content(of number: Double, as kind: Kind) -> Content {
    switch kind {
    case .share: .share(number)
    case .points: .points(number)
    case .seconds: .time(number)
    case .bytes: .real(number, .memory)
    case .text, .integer, .real, .yesNo: .real(number)
    }
  }

  /// A value as a cell, with the kind of column it asks for; `nil` for what no cell can hold.
  static func cell(for content: Content) -> (cell: Cell, kind: Kind)? {
    switch content {
    case .nothing: (.empty, .text)
    case .integer(let value): (.integer(value), .integer)
    case .real(let value, let measure):
      switch measure {
      case .plain: (.real(value), .real)
      case .memory: (.real(value), .bytes)
      case .share: (.real(value), .share)
      case .points: (.real(value), .points)
      }
    case .text(let text), .path(let text), .symbol(let text): (.text(text), .text)
    case .yesNo(let value): (.yesNo(value), .yesNo)
    case .time(let seconds): (.real(seconds), .seconds)
    case .method(let method): (.text(method.fullLabel), .text)
    default: nil
    }
  }
}
