/// The type of the elements of an array in a file.
///
/// The raw value is the name used in canonical bytes and in messages.
public enum ElementType: String, CaseIterable, Sendable {
  case bool, u8, u16, u32, u64, i8, i16, i32, i64, f16, bf16, f32, f64

  /// The size of an element in bytes.
  public var size: Int {
    switch self {
    case .bool, .u8, .i8: 1
    case .u16, .i16, .f16, .bf16: 2
    case .u32, .i32, .f32: 4
    case .u64, .i64, .f64: 8
    }
  }

  /// Whether the elements are real numbers.
  public var isReal: Bool {
    switch self {
    case .f16, .bf16, .f32, .f64: true
    default: false
    }
  }

  /// The number of bytes that an array of this type and shape takes; nil where it is none that
  /// could exist: a negative extent, or more than the address space.
  public func byteCount(shape: [Int]) -> Int? {
    // The strides of an empty array must be possible, too.
    var span = size
    for extent in shape {
      guard extent >= 0 else { return nil }
      let (product, overflow) = span.multipliedReportingOverflow(by: max(extent, 1))
      guard !overflow else { return nil }
      span = product
    }
    return shape.contains(0) ? 0 : span
  }
}
