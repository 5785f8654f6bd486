extension Matrix {
  /// A square root of the parallel sum of two symmetric positive semidefinite matrices.
  ///
  /// Returns F with F Fᵀ = A (A + B)⁺ B, which is (A⁻¹ + B⁻¹)⁻¹ where both have inverses (Anderson
  /// and Duffin 1969). That form is defined for singular matrices too, such as those of dead units
  /// and constant pixels; a pseudo-inverse of a sum of pseudo-inverses is another matrix.
  ///
  /// With A + B = C Cᵀ, C of full column rank, and A = C M Cᵀ, B is C (I − M) Cᵀ and
  ///
  ///     A (A + B)⁺ B = C M (I − M) Cᵀ = C R Rᵀ Cᵀ,   F = C R.
  ///
  /// So nothing is inverted, and F Fᵀ cannot have a negative direction. For A = B, M is I/2 and F is
  /// a root of A/2. Rows and columns are scaled to a unit diagonal of A + B first, so that
  /// `tolerance` is a share of each direction's own variance; what is below it counts as zero.
  ///
  /// - Parameter tolerance: Above the rounding of moments, 1e-6; what is left out changes a squared
  ///   length by no more than this share of it.
  public static func parallelSumRoot(
    _ a: Matrix, _ b: Matrix, tolerance: Double = 4e-6, pool: WorkPool = .shared
  ) -> Matrix {
    precondition(a.rows == b.rows && a.columns == a.rows && b.columns == b.rows, "other sizes")
    let count = a.rows
    let isSame = a.values == b.values
    let deviations = (0..<count).map { (a[$0, $0] + b[$0, $0]).squareRoot() }
    let scaledA = a.scaled(by: deviations)
    let scaledB = isSame ? scaledA : b.scaled(by: deviations)
    let sum = PivotedCholesky(
      Matrix(rows: count, columns: count, values: zip(scaledA.values, scaledB.values).map(+)),
      tolerance: tolerance)
    var root = sum.root
    if isSame {
      // A + A = C Cᵀ, and A/2 is a quarter of it.
      for index in root.values.indices { root.values[index] *= 0.5 }
    } else {
      var inner = sum.inner(of: scaledA)
      let square = product(inner, inner, pool: pool)
      for index in inner.values.indices { inner.values[index] -= square.values[index] }
      root = product(
        root, PivotedCholesky(inner.symmetrized, tolerance: tolerance).root, pool: pool)
    }
    for row in 0..<count {
      for column in 0..<root.columns { root.values[row * root.columns + column] *= deviations[row] }
    }
    return root
  }

  /// Each element over the product of its row's and its column's deviation; zero where one is zero.
  private func scaled(by deviations: [Double]) -> Matrix {
    let factors = deviations.map { $0 > 0 ? 1 / $0 : 0 }
    var result = self
    result.values.withUnsafeMutableBufferPointer { values in
      for row in 0..<rows {
        for column in 0..<columns {
          values[row &* columns &+ column] *= factors[row] * factors[column]
        }
      }
    }
    return result
  }

  /// The mean of the matrix and its transpose.
  private var symmetrized: Matrix {
    var result = self
    for row in 0..<rows {
      for column in 0..<row {
        let mean = (self[row, column] + self[column, row]) / 2
        result[row, column] = mean
        result[column, row] = mean
      }
    }
    return result
  }
}
