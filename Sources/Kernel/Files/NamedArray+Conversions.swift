extension NamedArray {
  /// The elements as 32-bit reals, row-major.
  ///
  /// Types that 32 bits hold exactly (`f16`, `bf16`, `f32`, small integers) come out exactly;
  /// `f64` and large integers are rounded to nearest.
  public var floats: [Float] {
    switch type {
    case .bool, .u8: bytes.map(Float.init)
    case .i8: bytes.map { Float(Int8(bitPattern: $0)) }
    case .u16: elements(UInt16.self) { Float(UInt16(littleEndian: $0)) }
    case .i16: elements(Int16.self) { Float(Int16(littleEndian: $0)) }
    case .u32: elements(UInt32.self) { Float(UInt32(littleEndian: $0)) }
    case .i32: elements(Int32.self) { Float(Int32(littleEndian: $0)) }
    case .u64: elements(UInt64.self) { Float(UInt64(littleEndian: $0)) }
    case .i64: elements(Int64.self) { Float(Int64(littleEndian: $0)) }
    case .f16: elements(UInt16.self) { Float(Float16(bitPattern: UInt16(littleEndian: $0))) }
    case .bf16: elements(UInt16.self) { Float(brain: UInt16(littleEndian: $0)) }
    case .f32: elements(UInt32.self) { Float(bitPattern: UInt32(littleEndian: $0)) }
    case .f64: elements(UInt64.self) { Float(Double(bitPattern: UInt64(littleEndian: $0))) }
    }
  }

  /// The elements as 64-bit reals, row-major; 64-bit integers are rounded to nearest.
  public var doubles: [Double] {
    switch type {
    case .f64: elements(UInt64.self) { Double(bitPattern: UInt64(littleEndian: $0)) }
    case .u32: elements(UInt32.self) { Double(UInt32(littleEndian: $0)) }
    case .i32: elements(Int32.self) { Double(Int32(littleEndian: $0)) }
    case .u64: elements(UInt64.self) { Double(UInt64(littleEndian: $0)) }
    case .i64: elements(Int64.self) { Double(Int64(littleEndian: $0)) }
    default: floats.map(Double.init)
    }
  }

  /// The elements as whole numbers, row-major.
  ///
  /// - Throws: `badData` for the first element that is not whole or does not fit.
  public func integers() throws(Failure) -> [Int] {
    switch type {
    case .bool, .u8: return bytes.map(Int.init)
    case .i8: return bytes.map { Int(Int8(bitPattern: $0)) }
    case .u16: return elements(UInt16.self) { Int(UInt16(littleEndian: $0)) }
    case .i16: return elements(Int16.self) { Int(Int16(littleEndian: $0)) }
    case .u32: return elements(UInt32.self) { Int(UInt32(littleEndian: $0)) }
    case .i32: return elements(Int32.self) { Int(Int32(littleEndian: $0)) }
    case .i64: return elements(Int64.self) { Int(Int64(littleEndian: $0)) }
    case .u64:
      return try whole(elements(UInt64.self) { UInt64(littleEndian: $0) }, Int.init(exactly:))
    case .f16, .bf16, .f32, .f64: return try whole(doubles, Int.init(exactly:))
    }
  }

  /// The array under another name.
  public func renamed(_ name: String) -> NamedArray {
    var copy = self
    copy.name = name
    return copy
  }

  /// The same numbers as `f32`, for formats that have no `bf16`; exact.
  func widenedFromBrain() -> NamedArray {
    type == .bf16 ? NamedArray(name: name, shape: shape, floats: floats) : self
  }

  private func elements<Element: BitwiseCopyable, Result>(
    _: Element.Type, _ convert: (Element) -> Result
  ) -> [Result] {
    bytes.withUnsafeBytes { raw in
      // Bytes need not be aligned for their elements.
      [Result](unsafeUninitializedCapacity: count) { buffer, filled in
        for index in 0..<buffer.count {
          let element = raw.loadUnaligned(
            fromByteOffset: index &* MemoryLayout<Element>.size, as: Element.self)
          buffer.initializeElement(at: index, to: convert(element))
        }
        filled = buffer.count
      }
    }
  }

  private func whole<Number>(
    _ numbers: [Number], _ convert: (Number) -> Int?
  ) throws(Failure) -> [Int] {
    var result: [Int] = []
    result.reserveCapacity(numbers.count)
    for (index, number) in numbers.enumerated() {
      guard let integer = convert(number) else {
        throw Failure(
          .badData,
          "`\(name)` holds \(number) at position \(index), which is no whole number "
            + "of 64 bits")
      }
      result.append(integer)
    }
    return result
  }
}

extension Float {
  /// The number that the upper 16 bits of a 32-bit real stand for.
  init(brain bits: UInt16) { self.init(bitPattern: UInt32(bits) << 16) }
}
