internal import CBLAS

/// Matrix products through OpenBLAS.
///
/// With `Factorizations.swift` the only users of BLAS.
///
/// OpenBLAS runs on the calling thread; parallelism is ours, over independent pieces of work.
public enum Products {
  /// Whether a factor is read as it is stored or transposed.
  public enum Form: Sendable {
    case asStored, transposed

    fileprivate var flag: CBLAS_TRANSPOSE { self == .asStored ? CblasNoTrans : CblasTrans }
  }

  /// C ← scale · op(A) op(B) + keep · C, all row-major.
  ///
  /// - Parameters:
  ///   - rows: The rows of C and op(A).
  ///   - columns: The columns of C and op(B).
  ///   - inner: The columns of op(A) and rows of op(B).
  ///   - strideA: The length of a stored row of A; likewise for B and C.
  ///   - stop: Looked at between blocks of the result; once it is raised C is of no use.
  /// - Returns: Whether all of C was computed.
  @discardableResult
  public static func multiply(
    rows: Int, columns: Int, inner: Int, scale: Float = 1,
    _ a: UnsafePointer<Float>, _ formA: Form = .asStored, strideA: Int,
    _ b: UnsafePointer<Float>, _ formB: Form = .asStored, strideB: Int,
    keep: Float = 0, into c: UnsafeMutablePointer<Float>, strideC: Int, stop: StopSignal? = nil
  ) -> Bool {
    _ = NumericLevel.current
    return ProductBlocks(rows: rows, columns: columns, inner: inner).run(stop) { block in
      cblas_sgemm(
        CblasRowMajor, formA.flag, formB.flag, Int32(block.rows.count),
        Int32(block.columns.count), Int32(inner), scale,
        a + block.offsetA(formA, strideA), Int32(strideA),
        b + block.offsetB(formB, strideB), Int32(strideB), keep,
        c + block.rows.lowerBound * strideC + block.columns.lowerBound, Int32(strideC))
    }
  }

  /// The same in 64-bit floats.
  @discardableResult
  public static func multiply(
    rows: Int, columns: Int, inner: Int, scale: Double = 1,
    _ a: UnsafePointer<Double>, _ formA: Form = .asStored, strideA: Int,
    _ b: UnsafePointer<Double>, _ formB: Form = .asStored, strideB: Int,
    keep: Double = 0, into c: UnsafeMutablePointer<Double>, strideC: Int, stop: StopSignal? = nil
  ) -> Bool {
    _ = NumericLevel.current
    // A product in 64 bits takes twice as long.
    return ProductBlocks(rows: rows, columns: columns, inner: 2 * inner).run(stop) { block in
      cblas_dgemm(
        CblasRowMajor, formA.flag, formB.flag, Int32(block.rows.count),
        Int32(block.columns.count), Int32(inner), scale,
        a + block.offsetA(formA, strideA), Int32(strideA),
        b + block.offsetB(formB, strideB), Int32(strideB), keep,
        c + block.rows.lowerBound * strideC + block.columns.lowerBound, Int32(strideC))
    }
  }

  /// C ← scale · Xᵀ X + keep · C, upper triangle only; X is rows × columns, row-major.
  public static func gram(
    rows: Int, columns: Int, scale: Float = 1, _ x: UnsafePointer<Float>, strideX: Int,
    keep: Float = 0, into c: UnsafeMutablePointer<Float>, strideC: Int
  ) {
    _ = NumericLevel.current
    cblas_ssyrk(
      CblasRowMajor, CblasUpper, CblasTrans, Int32(columns), Int32(rows), scale, x, Int32(strideX),
      keep, c, Int32(strideC))
  }

  /// y ← scale · op(A) x + keep · y; A is rows × columns as stored.
  public static func multiply(
    rows: Int, columns: Int, scale: Float = 1, _ a: UnsafePointer<Float>, _ form: Form = .asStored,
    strideA: Int, vector x: UnsafePointer<Float>, keep: Float = 0,
    into y: UnsafeMutablePointer<Float>
  ) {
    _ = NumericLevel.current
    cblas_sgemv(
      CblasRowMajor, form.flag, Int32(rows), Int32(columns), scale, a, Int32(strideA), x, 1, keep,
      y, 1)
  }
}

/// How a product is cut into blocks of rows and columns of its result, between which it can end.
///
/// The cut depends on the sizes alone, so a product has the same bits with a signal or without one and
/// at any number of threads. The inner dimension is never cut; but kernels sum the columns at the edge
/// of a block in an order of their own, so that the last bits are not those of one call.
struct ProductBlocks {
  let rows: Int
  let columns: Int
  /// Rows and columns of a block.
  let size: (rows: Int, columns: Int)

  /// Multiply-adds in a block: 15 ms at 70 GFLOP/s, 30 ms at half of that.
  ///
  /// Smaller blocks would pack their factors too often.
  static let work = 1 << 29
  /// Rows and columns are cut at multiples of this, which the tiles of most kernels divide.
  static let grain = 192
  /// As many rows as panels and blocks of samples have: they are cut first down to this.
  static let usualRows = 576

  /// - Parameter work: Multiply-adds in a block.
  init(rows: Int, columns: Int, inner: Int, work: Int = Self.work) {
    self.rows = rows
    self.columns = columns
    guard rows * columns * max(inner, 1) > work else {
      size = (max(rows, 1), max(columns, 1))
      return
    }
    func whole(_ count: Int) -> Int { max(Self.grain, count / Self.grain * Self.grain) }
    let height = min(rows, Self.usualRows, whole(work / (Self.grain * max(inner, 1))))
    size = (height, whole(work / (height * max(inner, 1))))
  }

  struct Block {
    var rows: Range<Int>
    var columns: Range<Int>

    /// Where the block's rows begin in A.
    func offsetA(_ form: Products.Form, _ stride: Int) -> Int {
      form == .asStored ? rows.lowerBound * stride : rows.lowerBound
    }

    /// Where the block's columns begin in B.
    func offsetB(_ form: Products.Form, _ stride: Int) -> Int {
      form == .asStored ? columns.lowerBound : columns.lowerBound * stride
    }
  }

  /// Every block, row by row.
  var blocks: [Block] {
    stride(from: 0, to: rows, by: size.rows).flatMap { row in
      stride(from: 0, to: columns, by: size.columns).map { column in
        Block(
          rows: row..<min(row + size.rows, rows),
          columns: column..<min(column + size.columns, columns))
      }
    }
  }

  /// Runs `body` for every block until `stop` is raised; whether all were run.
  func run(_ stop: StopSignal?, _ body: (Block) -> Void) -> Bool {
    // Most products are one block: no list is made for it.
    if size.rows >= rows, size.columns >= columns {
      if let stop, stop.isRaised { return false }
      body(Block(rows: 0..<rows, columns: 0..<columns))
      return true
    }
    for block in blocks {
      if let stop, stop.isRaised { return false }
      body(block)
    }
    return true
  }
}
