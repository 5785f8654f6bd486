import Kernel

/// The eigenvalues of a symmetric matrix, rising, and an eigenvector for each: a reference.
public struct EigenDecomposition {
  public let values: [Double]
  /// Row i is the eigenvector of `values[i]`, of length 1.
  public let vectors: Matrix

  /// Decomposes a symmetric matrix by turns in two rows at a time (Jacobi 1846).
  public init(_ matrix: Matrix) {
    let count = matrix.rows
    precondition(matrix.columns == count && matrix.values.allSatisfy(\.isFinite))
    var rest = matrix
    var vectors = Matrix(rows: count, columns: count)
    for index in 0..<count { vectors[index, index] = 1 }
    // What stands beside the diagonal is squared by each of the last rounds; ten are enough here.
    for _ in 0..<20 {
      for p in 0..<count {
        for q in p + 1..<max(count, p + 1) where rest[p, q] != 0 {
          let theta = (rest[q, q] - rest[p, p]) / (2 * rest[p, q])
          let size = 1 / (theta.magnitude + (theta * theta + 1).squareRoot())
          let tangent = theta < 0 ? -size : size
          let cosine = 1 / (tangent * tangent + 1).squareRoot()
          let turn = (cosine, tangent * cosine)
          for k in 0..<count { (rest[k, p], rest[k, q]) = turned(rest[k, p], rest[k, q], turn) }
          for k in 0..<count { (rest[p, k], rest[q, k]) = turned(rest[p, k], rest[q, k], turn) }
          for k in 0..<count {
            (vectors[p, k], vectors[q, k]) = turned(vectors[p, k], vectors[q, k], turn)
          }
          (rest[p, q], rest[q, p]) = (0, 0)
        }
      }
    }
    let order = (0..<count).sorted { rest[$0, $0] < rest[$1, $1] }
    values = order.map { rest[$0, $0] }
    var sorted = Matrix(rows: count, columns: count)
    for (row, from) in order.enumerated() {
      for column in 0..<count { sorted[row, column] = vectors[from, column] }
    }
    self.vectors = sorted
  }
}

private func turned(
  _ a: Double, _ b: Double, _ turn: (cosine: Double, sine: Double)
) -> (Double, Double) {
  (turn.cosine * a - turn.sine * b, turn.sine * a + turn.cosine * b)
}
