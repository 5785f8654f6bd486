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
  public static func multiply(
    rows: Int, columns: Int, inner: Int, scale: Float = 1,
    _ a: UnsafePointer<Float>, _ formA: Form = .asStored, strideA: Int,
    _ b: UnsafePointer<Float>, _ formB: Form = .asStored, strideB: Int,
    keep: Float = 0, into c: UnsafeMutablePointer<Float>, strideC: Int
  ) {
    _ = NumericLevel.current
    cblas_sgemm(
      CblasRowMajor, formA.flag, formB.flag, Int32(rows), Int32(columns), Int32(inner), scale,
      a, Int32(strideA), b, Int32(strideB), keep, c, Int32(strideC))
  }

  /// The same in 64-bit floats.
  public static func multiply(
    rows: Int, columns: Int, inner: Int, scale: Double = 1,
    _ a: UnsafePointer<Double>, _ formA: Form = .asStored, strideA: Int,
    _ b: UnsafePointer<Double>, _ formB: Form = .asStored, strideB: Int,
    keep: Double = 0, into c: UnsafeMutablePointer<Double>, strideC: Int
  ) {
    _ = NumericLevel.current
    cblas_dgemm(
      CblasRowMajor, formA.flag, formB.flag, Int32(rows), Int32(columns), Int32(inner), scale,
      a, Int32(strideA), b, Int32(strideB), keep, c, Int32(strideC))
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
