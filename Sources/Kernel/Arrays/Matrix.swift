/// A matrix of 64-bit floats, row-major.
///
/// For covariances, distances and other sums that must not lose digits. Weights and samples are
/// tensors.
public struct Matrix: Hashable, Sendable {
  public let rows: Int
  public let columns: Int
  /// The elements, row by row.
  public var values: [Double]

  /// The given elements, row by row; zeros where none are given.
  public init(rows: Int, columns: Int, values: [Double]? = nil) {
    self.rows = rows
    self.columns = columns
    self.values = values ?? [Double](repeating: 0, count: rows * columns)
    precondition(
      self.values.count == rows * columns,
      "\(self.values.count) values for \(rows) rows and \(columns) columns")
  }

  /// One element.
  public subscript(row: Int, column: Int) -> Double {
    get { values[row * columns + column] }
    set { values[row * columns + column] = newValue }
  }
}
