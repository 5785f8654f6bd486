import Kernel

/// An expression over the columns of a table, evaluated once per row.
struct RowExpression {
  private let evaluate: (Table, Int) throws(Failure) -> Content

  init(_ evaluate: @escaping (Table, Int) throws(Failure) -> Content) { self.evaluate = evaluate }

  /// The value for one row.
  func value(of table: Table, row: Int) throws(Failure) -> Content { try evaluate(table, row) }
}
