import TestSupport
import Testing

@testable import Kernel

@Suite struct FactorizationTests {
  private func random(_ rows: Int, _ columns: Int, seed: UInt64) -> Matrix {
    var stream = RandomStream(seed: seed, name: "factorization test")
    return Matrix(
      rows: rows, columns: columns,
      values: (0..<rows * columns).map { _ in stream.nextNormalPair().0 })
  }

  /// A random symmetric matrix of a given rank, without a negative direction.
  private func semidefinite(_ count: Int, rank: Int, seed: UInt64) -> Matrix {
    let root = random(count, rank, seed: seed)
    return plainProduct(root, root, transposed: true)
  }

  /// The product written out, with B transposed if asked.
  private func plainProduct(_ a: Matrix, _ b: Matrix, transposed: Bool = false) -> Matrix {
    let columns = transposed ? b.rows : b.columns
    var result = Matrix(rows: a.rows, columns: columns)
    for row in 0..<a.rows {
      for column in 0..<columns {
        for place in 0..<a.columns {
          result[row, column] += a[row, place] * (transposed ? b[column, place] : b[place, column])
        }
      }
    }
    return result
  }

  /// The Moore–Penrose inverse from eigenvectors: another way than any in the library.
  private func pseudoInverse(_ matrix: Matrix) -> Matrix {
    let eigen = EigenDecomposition(matrix)
    let limit = 1e-9 * (eigen.values.last ?? 0)
    var result = Matrix(rows: matrix.rows, columns: matrix.rows)
    for (index, value) in eigen.values.enumerated() where value > limit {
      for row in 0..<matrix.rows {
        for column in 0..<matrix.rows {
          result[row, column] += eigen.vectors[index, row] * eigen.vectors[index, column] / value
        }
      }
    }
    return result
  }

  private func largestDifference(_ a: Matrix, _ b: Matrix) -> Double {
    #expect(a.rows == b.rows && a.columns == b.columns)
    return zip(a.values, b.values).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  @Test(arguments: [(1, 1), (5, 5), (9, 4), (40, 40), (70, 33), (6, 0)])
  func pivotedCholeskyRebuildsItsMatrix(count: Int, rank: Int) {
    let matrix = semidefinite(count, rank: rank, seed: 1)
    let factor = PivotedCholesky(matrix, tolerance: 1e-10)
    #expect(factor.rank == rank)
    #expect(Permutation(factor.order) != nil)
    let rebuilt = plainProduct(factor.root, factor.root, transposed: true)
    #expect(largestDifference(rebuilt, matrix) < 1e-9)
  }

  @Test func innerFindsWhatLiesBetween() {
    let matrix = semidefinite(12, rank: 7, seed: 2)
    let factor = PivotedCholesky(matrix, tolerance: 1e-10)
    let middle = semidefinite(7, rank: 7, seed: 3)
    let root = factor.root
    let outer = plainProduct(plainProduct(root, middle), root, transposed: true)
    #expect(largestDifference(factor.inner(of: outer), middle) < 1e-7)
  }

  @Test func eigenvectorsRebuildTheMatrix() {
    var matrix = random(30, 30, seed: 4)
    for row in 0..<30 { for column in 0..<row { matrix[row, column] = matrix[column, row] } }
    let eigen = EigenDecomposition(matrix)
    #expect(eigen.values == eigen.values.sorted())
    var rebuilt = Matrix(rows: 30, columns: 30)
    for (index, value) in eigen.values.enumerated() {
      for row in 0..<30 {
        for column in 0..<30 {
          rebuilt[row, column] += value * eigen.vectors[index, row] * eigen.vectors[index, column]
        }
      }
    }
    #expect(largestDifference(rebuilt, matrix) < 1e-12)
  }

  @Test func productsAgreeWithTheSumsWrittenOut() {
    let (a, b) = (random(300, 41, seed: 5), random(41, 17, seed: 6))
    let pool = WorkPool(threadCount: 2)
    #expect(largestDifference(Matrix.product(a, b, pool: pool), plainProduct(a, b)) < 1e-12)
    let c = random(9, 41, seed: 7)
    #expect(
      largestDifference(
        Matrix.product(a, .asStored, c, .transposed, pool: pool),
        plainProduct(a, c, transposed: true)) < 1e-12)
    #expect(
      Matrix.product(a, b, pool: pool) == Matrix.product(a, b, pool: WorkPool(threadCount: 1)))
  }

  // MARK: - The parallel sum

  @Test(arguments: [(8, 8, 8), (12, 7, 9), (12, 3, 4), (10, 10, 2), (5, 0, 3)])
  func parallelSumIsAFormulaOfPseudoInverses(count: Int, rankA: Int, rankB: Int) {
    let (a, b) = (
      semidefinite(count, rank: rankA, seed: 8), semidefinite(count, rank: rankB, seed: 9)
    )
    let root = Matrix.parallelSumRoot(a, b, tolerance: 1e-11)
    let found = plainProduct(root, root, transposed: true)
    let sum = Matrix(rows: count, columns: count, values: zip(a.values, b.values).map(+))
    let expected = plainProduct(plainProduct(a, pseudoInverse(sum)), b)
    #expect(largestDifference(found, expected) < 1e-6)
  }

  /// Trap 13: pinv of sums of pinv.
  @Test func pseudoInverseOfPseudoInversesIsAnotherMatrix() {
    // Directions that only one side knows cost nothing to merge; pinv(pinv + pinv) charges for them.
    let a = Matrix(rows: 2, columns: 2, values: [1, 0, 0, 0])
    let b = Matrix(rows: 2, columns: 2, values: [0, 0, 0, 1])
    let root = Matrix.parallelSumRoot(a, b)
    #expect(plainProduct(root, root, transposed: true).values.allSatisfy { abs($0) < 1e-12 })
    let inverses = Matrix(
      rows: 2, columns: 2,
      values: zip(pseudoInverse(a).values, pseudoInverse(b).values).map(+))
    #expect(pseudoInverse(inverses).values == [1, 0, 0, 1])
  }

  @Test func parallelSumOfEqualMatricesIsHalfOfThem() {
    let matrix = semidefinite(20, rank: 13, seed: 10)
    let root = Matrix.parallelSumRoot(matrix, matrix, tolerance: 1e-11)
    let half = Matrix(rows: 20, columns: 20, values: matrix.values.map { $0 / 2 })
    #expect(largestDifference(plainProduct(root, root, transposed: true), half) < 1e-9)
    // The way of unequal matrices gives the same where they are equal but for rounding.
    let nearly = Matrix(rows: 20, columns: 20, values: matrix.values.map { $0 * (1 + 1e-13) })
    let general = Matrix.parallelSumRoot(matrix, nearly, tolerance: 1e-11)
    #expect(largestDifference(plainProduct(general, general, transposed: true), half) < 1e-9)
  }

  @Test func greedyPairingTakesTheCheapestThatIsLeft() throws {
    for seed in 0..<20 as Range<UInt64> {
      var stream = RandomStream(seed: seed, name: "greedy")
      let count = 30
      let costs = Matrix(
        rows: count, columns: count,
        values: (0..<count * count).map { _ in Double(stream.nextInt(below: 200)) })
      // Every pair in order of cost, row and column; taken where both are free.
      var expected = [Int](repeating: -1, count: count)
      var taken = Set<Int>()
      let pairs = (0..<count * count).sorted { (costs.values[$0], $0) < (costs.values[$1], $1) }
      for pair in pairs where expected[pair / count] < 0 && !taken.contains(pair % count) {
        expected[pair / count] = pair % count
        taken.insert(pair % count)
      }
      #expect(try greedyPairing(costs) == expected)
    }
    #expect(try greedyPairing(Matrix(rows: 0, columns: 0)) == [])
  }

  @Test func greedyPairingRefusesNaN() {
    let failure = #expect(throws: Failure.self) {
      try greedyPairing(Matrix(rows: 2, columns: 2, values: [0, 1, .nan, 0]))
    }
    #expect(failure?.code == .notFinite)
  }
}
