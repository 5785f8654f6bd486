internal import CBLAS

// Factorizations of symmetric matrices through LAPACK inside OpenBLAS. A symmetric matrix is its
// own transpose, so LAPACK's columns are our rows; an upper triangle of theirs is a lower of ours.

/// A symmetric positive semidefinite matrix as L Lᵀ of its pivoted rows.
///
/// With `order` the pivots, A[order[i], order[j]] = Σ_k L[i, k] L[j, k], and L has as many columns as
/// A has independent rows: what a matrix with constant pixels or dead units needs, where an
/// ordinary Cholesky factorization fails.
public struct PivotedCholesky: Sendable {
  /// The row of A in each place, the most telling first.
  public let order: [Int]
  /// How many rows are independent, to the tolerance.
  public let rank: Int
  /// count × rank, lower triangular in its first rows, in the pivots' order.
  public let lower: Matrix

  /// Factors a symmetric matrix; both triangles are read.
  ///
  /// LAPACK's `dpstrf` (Lucas 2004): at each step the largest remaining diagonal element is the
  /// pivot, and the factorization ends when none is above `tolerance`.
  ///
  /// - Parameter tolerance: What counts as zero on the diagonal, in the matrix's unit.
  public init(_ matrix: Matrix, tolerance: Double) {
    precondition(matrix.rows == matrix.columns, "\(matrix.rows) rows, \(matrix.columns) columns")
    let count = matrix.rows
    guard count > 0 else {
      (order, rank, lower) = ([], 0, Matrix(rows: 0, columns: 0))
      return
    }
    _ = NumericLevel.current
    var factor = matrix.values
    var pivots = [Int32](repeating: 0, count: count)
    var found: Int32 = 0
    var status: Int32 = 0
    var size = Int32(count)
    var limit = tolerance
    var work = [Double](repeating: 0, count: 2 * count)
    dpstrf_("U", &size, &factor, &size, &pivots, &found, &limit, &work, &status)
    precondition(status >= 0, "dpstrf refused its argument \(-status)")
    // dpstrf takes its first pivot unseen where it is positive but below the tolerance.
    let largest = (0..<count).reduce(0) { max($0, matrix[$1, $1]) }
    let rank = largest > tolerance ? Int(found) : 0
    order = rank > 0 ? pivots.map { Int($0) - 1 } : Array(0..<count)
    self.rank = rank
    var lower = Matrix(rows: count, columns: rank)
    lower.values.withUnsafeMutableBufferPointer { to in
      factor.withUnsafeBufferPointer { from in
        for row in 0..<count {
          for column in 0..<min(row + 1, rank) {
            to[row &* rank &+ column] = from[row &* count &+ column]
          }
        }
      }
    }
    self.lower = lower
  }

  /// A square root of the matrix in its own order of rows: A = F Fᵀ, F count × rank.
  public var root: Matrix {
    var result = Matrix(rows: lower.rows, columns: rank)
    for (place, row) in order.enumerated() {
      result.values.replaceSubrange(
        row * rank..<(row + 1) * rank, with: lower.values[place * rank..<(place + 1) * rank])
    }
    return result
  }

  /// The symmetric M with B = F M Fᵀ, for a symmetric B that vanishes where A does.
  ///
  /// Of B only the pivoted rows are needed, M = L₁⁻¹ B₁ L₁⁻ᵀ: no pseudo-inverse is formed.
  public func inner(of matrix: Matrix) -> Matrix {
    precondition(matrix.rows == lower.rows && matrix.columns == lower.rows, "another size")
    var result = Matrix(rows: rank, columns: rank)
    guard rank > 0 else { return result }
    for row in 0..<rank {
      let from = order[row] * matrix.columns
      for column in 0..<rank {
        result.values[row * rank + column] = matrix.values[from + order[column]]
      }
    }
    var size = Int32(rank)
    var one = 1.0
    // B₁ is symmetric, so the first solution is X with X L₁ᵀ = B₁ read by columns, and the second
    // L₁ M = X.
    lower.values.withUnsafeBufferPointer { factor in
      dtrsm_(
        "R", "U", "N", "N", &size, &size, &one, factor.baseAddress, &size,
        &result.values, &size)
      dtrsm_(
        "L", "U", "T", "N", &size, &size, &one, factor.baseAddress, &size,
        &result.values, &size)
    }
    return result
  }
}
