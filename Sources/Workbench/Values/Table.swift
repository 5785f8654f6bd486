/// Rows of cells under typed columns.
///
/// A cell holds the number itself; the column says what it measures and so how it is shown:
/// an error of 0.062 stands in a `share` column and is shown as 6.2%.
struct Table: Hashable, Sendable {
  var columns: [Column]
  /// One cell per column in each row.
  var rows: [[Cell]]
  /// Lines under the table: what the marks mean, the grid, the number of pairs.
  var notes: [String] = []
  /// Whether rows are missing because the work was stopped.
  var isPartial = false

  /// A column: its name, what it holds and how it is read.
  struct Column: Hashable, Sendable {
    /// The word that row expressions and `sort` use.
    var name: String
    var kind: Kind
    /// A heading over neighbouring columns that share it, such as `barrier, test`.
    var group: String?
    /// Which end is the better one; the best cell is marked where this is said.
    var best: Best?

    init(_ name: String, _ kind: Kind, group: String? = nil, best: Best? = nil) {
      self.name = name
      self.kind = kind
      self.group = group
      self.best = best
    }

    /// Which end of a column is the better one.
    enum Best: String, Hashable, Sendable {
      case lowest, highest
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
    case yesNo
  }

  /// What stands in one place of a table.
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

  init(columns: [Column], rows: [[Cell]] = [], notes: [String] = []) {
    precondition(rows.allSatisfy { $0.count == columns.count }, "a row of another length")
    self.columns = columns
    self.rows = rows
    self.notes = notes
  }

  /// The place of a column.
  func column(named name: String) -> Int? { columns.firstIndex { $0.name == name } }

  /// The rows that hold the best cells of a column; empty where the column has no better end.
  func bestRows(ofColumn column: Int) -> [Int] {
    guard let best = columns[column].best else { return [] }
    let numbers = rows.map { $0[column].number }.map { $0.flatMap { $0.isNaN ? nil : $0 } }
    let known = numbers.compactMap { $0 }
    guard let target = best == .lowest ? known.min() : known.max() else { return [] }
    return rows.indices.filter { numbers[$0] == target }
  }
}

extension Table {
  /// A cell as a value of the language, with its column's measure.
  func content(row: Int, column: Int) -> Content {
    switch (rows[row][column], columns[column].kind) {
    case (.empty, _): .nothing
    case (.text(let text), _): .text(text)
    case (.integer(let number), .integer), (.integer(let number), .text): .integer(number)
    case (.yesNo(let value), _): .yesNo(value)
    case (.integer(let number), let kind): Self.content(of: Double(number), as: kind)
    case (.real(let number), let kind): Self.content(of: number, as: kind)
    }
  }

  private static func content(of number: Double, as kind: Kind) -> Content {
    switch kind {
    case .share: .share(number)
    case .points: .points(number)
    case .seconds: .time(number)
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
      case .plain, .memory: (.real(value), .real)
      case .share: (.real(value), .share)
      case .points: (.real(value), .points)
      }
    case .text(let text), .path(let text), .symbol(let text): (.text(text), .text)
    case .yesNo(let value): (.yesNo(value), .yesNo)
    case .time(let seconds): (.real(seconds), .seconds)
    case .method(let method): (.text(method.label), .text)
    default: nil
    }
  }
}
