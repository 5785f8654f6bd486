/// An array of 32-bit floats with a shape, row-major, copied when written to while shared.
///
/// The storage is aligned to 64 bytes, one cache line and one AVX-512 register. A tensor does no
/// arithmetic by itself: products are in `Products.swift`, loops where they belong.
public struct Tensor: Sendable {
  /// The length of each axis, the last one contiguous.
  public let shape: [Int]
  private var storage: TensorStorage

  /// The number of elements.
  public var count: Int { storage.count }

  /// Zeros.
  public init(shape: [Int]) {
    self.shape = shape
    storage = TensorStorage(count: shape.reduce(1, *))
  }

  /// The given values, which must be as many as the shape says.
  public init(shape: [Int], values: [Float]) {
    self.init(shape: shape)
    precondition(values.count == count, "\(values.count) values for the shape \(shape)")
    values.withUnsafeBufferPointer { values in
      withMutableBuffer { _ = $0.update(fromContentsOf: values) }
    }
  }

  /// The elements in order.
  public var values: [Float] { withBuffer { Array($0) } }

  /// The same elements under another shape of the same count.
  public func reshaped(_ shape: [Int]) -> Tensor {
    precondition(shape.reduce(1, *) == count, "\(count) elements cannot have the shape \(shape)")
    return Tensor(shape: shape, storage: storage)
  }

  private init(shape: [Int], storage: TensorStorage) {
    self.shape = shape
    self.storage = storage
  }

  /// Reads the elements.
  @inline(__always)
  public func withBuffer<Result, Problem: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    try body(UnsafeBufferPointer(storage.elements))
  }

  /// Changes the elements.
  @inline(__always)
  public mutating func withMutableBuffer<Result, Problem: Error>(
    _ body: (UnsafeMutableBufferPointer<Float>) throws(Problem) -> Result
  ) throws(Problem) -> Result {
    if !isKnownUniquelyReferenced(&storage) { storage = TensorStorage(copying: storage) }
    return try body(storage.elements)
  }

  /// One element, by its place in row-major order.
  ///
  /// For tests and small arrays.
  public subscript(index: Int) -> Float {
    get { storage.elements[index] }
    set { withMutableBuffer { $0[index] = newValue } }
  }

  /// Whether every element is a finite number.
  public var isFinite: Bool {
    withBuffer { buffer in
      // 0 · x is 0 for finite x and NaN otherwise; a sum of these vectorizes, a branch does not.
      var witness = SIMD16<Float>.zero
      var index = 0
      let base = buffer.baseAddress
      while index &+ 16 <= buffer.count, let base {
        witness += UnsafeRawPointer(base + index).loadUnaligned(as: SIMD16<Float>.self) * 0
        index &+= 16
      }
      var rest: Float = 0
      while index < buffer.count { rest += buffer[index] * 0; index &+= 1 }
      return (witness.sum() + rest).isFinite
    }
  }
}

extension Tensor: Hashable {
  /// Equal shapes and equal bits: a NaN equals itself, 0 and -0 differ.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    guard a.shape == b.shape else { return false }
    if a.storage === b.storage { return true }
    return a.withBuffer { left in
      b.withBuffer { right in
        UnsafeRawBufferPointer(left).elementsEqual(UnsafeRawBufferPointer(right))
      }
    }
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    withBuffer { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

/// The memory of a tensor.
///
/// Never changed while shared, hence safe to send.
private final class TensorStorage: @unchecked Sendable {
  private let memory: AlignedFloats
  let elements: UnsafeMutableBufferPointer<Float>
  var count: Int { elements.count }

  init(count: Int) {
    memory = AlignedFloats(count: count)
    elements = UnsafeMutableBufferPointer(start: memory.start, count: count)
  }

  convenience init(copying other: TensorStorage) {
    self.init(count: other.count)
    _ = elements.update(fromContentsOf: other.elements)
  }
}
