/// An array as it stands in a file: a name, a shape, a type and little-endian bytes, row-major.
///
/// Reading and writing move bytes unchanged; numbers are converted only when asked for.
public struct NamedArray: Hashable, Sendable {
  /// The name in the file; groups are separated by `/`.
  public var name: String
  /// The extents, outermost first; empty for a single number.
  public let shape: [Int]
  /// The type of the elements.
  public let type: ElementType
  /// The elements, little-endian and row-major.
  public let bytes: [UInt8]

  /// The array with these bytes; nil unless there are as many as shape and type call for.
  public init?(name: String, shape: [Int], type: ElementType, bytes: [UInt8]) {
    guard type.byteCount(shape: shape) == bytes.count else { return nil }
    self.init(name: name, checkedShape: shape, type: type, bytes: bytes)
  }

  init(name: String, checkedShape shape: [Int], type: ElementType, bytes: [UInt8]) {
    assert(type.byteCount(shape: shape) == bytes.count)
    self.name = name
    self.shape = shape
    self.type = type
    self.bytes = bytes
  }

  /// The number of elements.
  public var count: Int { bytes.count / type.size }
}

// MARK: - From numbers

extension NamedArray {
  /// An array of 32-bit reals.
  ///
  /// - Parameter floats: As many as `shape` says, row-major.
  public init(name: String, shape: [Int], floats: [Float]) {
    self.init(name: name, shape: shape, type: .f32, elements: floats)
  }

  /// An array of 32-bit reals, copied from memory.
  public init(name: String, shape: [Int], floats: UnsafeBufferPointer<Float>) {
    self.init(name: name, shape: shape, type: .f32, elements: floats)
  }

  /// An array of 64-bit reals.
  public init(name: String, shape: [Int], doubles: [Double]) {
    self.init(name: name, shape: shape, type: .f64, elements: doubles)
  }

  /// An array of 64-bit integers.
  public init(name: String, shape: [Int], integers: [Int]) {
    self.init(name: name, shape: shape, type: .i64, elements: integers)
  }

  /// An array of 32-bit integers.
  public init(name: String, shape: [Int], integers: [Int32]) {
    self.init(name: name, shape: shape, type: .i32, elements: integers)
  }

  /// An array of bytes.
  public init(name: String, shape: [Int], octets: [UInt8]) {
    self.init(name: name, shape: shape, type: .u8, elements: octets)
  }

  private init(
    name: String, shape: [Int], type: ElementType, elements: some Collection
  ) {
    precondition(
      type.byteCount(shape: shape) == elements.count * type.size,
      "\(elements.count) elements in shape \(shape)")
    let copied = elements.withContiguousStorageIfAvailable {
      [UInt8](UnsafeRawBufferPointer($0))
    }
    guard let copied else { preconditionFailure("elements must lie side by side") }
    self.init(name: name, checkedShape: shape, type: type, bytes: copied)
  }
}
