extension Matrix {
  /// The product of two matrices, each read as stored or transposed.
  ///
  /// Rows of the result are shared among the pool's threads in panels of a fixed size, so its bits
  /// do not depend on their number; of no use once `stop` is raised.
  public static func product(
    _ a: Matrix, _ formA: Products.Form, _ b: Matrix, _ formB: Products.Form,
    pool: WorkPool = .shared, stop: StopSignal? = nil
  ) -> Matrix {
    let (rows, inner) = formA == .asStored ? (a.rows, a.columns) : (a.columns, a.rows)
    let (innerB, columns) = formB == .asStored ? (b.rows, b.columns) : (b.columns, b.rows)
    precondition(inner == innerB, "a product over \(inner) and \(innerB) terms")
    var result = Matrix(rows: rows, columns: columns)
    guard rows > 0, columns > 0, inner > 0 else { return result }
    // 128 rows: enough for full speed, few enough for two panels per thread at 512 rows.
    let panel = 128
    a.values.withUnsafeBufferPointer { a in
      b.values.withUnsafeBufferPointer { b in
        result.values.withUnsafeMutableBufferPointer { c in
          guard let a = a.baseAddress, let b = b.baseAddress, let c = c.baseAddress else { return }
          let pointers = SharedPointers(a: a, b: b, c: c)
          pool.run(count: (rows + panel - 1) / panel) { item in
            let first = item * panel
            let strideA = formA == .asStored ? inner : rows
            Products.multiply(
              rows: min(panel, rows - first), columns: columns, inner: inner,
              pointers.a + first * (formA == .asStored ? inner : 1), formA, strideA: strideA,
              pointers.b, formB, strideB: formB == .asStored ? columns : inner,
              into: pointers.c + first * columns, strideC: columns, stop: stop)
          }
        }
      }
    }
    return result
  }

  /// The product of two matrices as they are stored.
  public static func product(
    _ a: Matrix, _ b: Matrix, pool: WorkPool = .shared, stop: StopSignal? = nil
  ) -> Matrix {
    product(a, .asStored, b, .asStored, pool: pool, stop: stop)
  }

  /// The rows and columns in another order: element (i, j) is the old (`sources[i]`, `sources[j]`).
  public func reordered(by sources: [Int]) -> Matrix {
    precondition(rows == columns && sources.count == rows, "\(sources.count) places, \(rows) rows")
    var result = Matrix(rows: rows, columns: columns)
    values.withUnsafeBufferPointer { from in
      result.values.withUnsafeMutableBufferPointer { to in
        for (row, source) in sources.enumerated() {
          for (column, place) in sources.enumerated() {
            to[row &* columns &+ column] = from[source &* columns &+ place]
          }
        }
      }
    }
    return result
  }
}

/// Each item of a product writes rows of its own and reads what nobody writes.
private struct SharedPointers: @unchecked Sendable {
  let a: UnsafePointer<Double>
  let b: UnsafePointer<Double>
  let c: UnsafeMutablePointer<Double>
}
