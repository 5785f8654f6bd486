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

extension Matrix {
  /// Hands each row to `body` to be changed, 64 rows at a time on the pool's threads.
  ///
  /// Each row must depend on nothing but what it and things outside the matrix hold. Ends early
  /// where `stop` is raised.
  public mutating func fillRows(
    pool: WorkPool = .shared, stop: StopSignal? = nil,
    _ body: (_ row: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Void
  ) {
    let (rows, columns) = (rows, columns)
    values.withUnsafeMutableBufferPointer { buffer in
      guard let start = buffer.baseAddress else { return }
      withoutActuallyEscaping(body) { body in
        let filling = RowFilling(start: start, body: body)
        pool.run(count: (rows + 63) / 64) { item in
          for row in item * 64..<min(item * 64 + 64, rows) {
            if let stop, stop.isRaised { return }
            filling.body(
              row,
              UnsafeMutableBufferPointer(start: filling.start + row * columns, count: columns))
          }
        }
      }
    }
  }
}

/// Rows are written by one thread each, and what the body reads nobody writes.
private struct RowFilling: @unchecked Sendable {
  let start: UnsafeMutablePointer<Double>
  let body: (_ row: Int, _ values: UnsafeMutableBufferPointer<Double>) -> Void
}
