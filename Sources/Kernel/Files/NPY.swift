// numpy's format for one array: a magic number, a version, a header that is a Python dictionary,
// and the elements. NEP 1 describes it; versions 1.0, 2.0 and 3.0 differ in the header's length
// and encoding only.

/// Reads and writes numpy's `.npy`.
public enum NPY {
  /// How the elements of an array are laid out in a file.
  enum Order: Sendable {
    /// The last index varies fastest.
    case rowMajor
    /// The first index varies fastest; "Fortran order".
    case columnMajor
  }

  private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  /// Whether these bytes begin as an npy file does.
  static func isNPY(_ bytes: [UInt8]) -> Bool { bytes.starts(with: magic) }

  // MARK: - Reading

  /// The array in the bytes of an npy file, row-major and little-endian whatever the file has.
  static func read(
    _ bytes: [UInt8], name: String, source: String
  ) throws(Failure) -> NamedArray {
    var reader = ByteReader(bytes, source: source)
    guard isNPY(bytes) else { throw Failure(.fileMalformed, "`\(source)` is no npy file") }
    try reader.skip(magic.count, "the npy header")
    let major = try reader.number(UInt8.self, "the npy version")
    try reader.skip(1, "the npy version")
    guard (1...3).contains(major) else {
      throw Failure(
        .unsupportedFormat, "`\(source)` is an npy file of version \(major)",
        notes: ["versions 1 to 3 are read"])
    }
    let length =
      major == 1
      ? Int(try reader.number(UInt16.self, "the npy header"))
      : Int(try reader.number(UInt32.self, "the npy header"))
    let text = try reader.take(length, "the npy header")
    let header = try NPYHeader(text, source: source)
    guard let size = header.type.byteCount(shape: header.shape) else {
      throw reader.malformed("its header claims the impossible shape \(header.shape)")
    }
    guard size == reader.remaining else {
      throw reader.malformed(
        "shape \(header.shape) of \(header.type.rawValue) needs \(size) bytes, and "
          + "\(reader.remaining) are there")
    }
    var elements = Array(try reader.take(size, "the array"))
    if header.isBigEndian { reverse(&elements, size: header.type.size) }
    if header.order == .columnMajor {
      elements = transposed(elements, shape: header.shape.reversed(), size: header.type.size)
    }
    return NamedArray(name: name, checkedShape: header.shape, type: header.type, bytes: elements)
  }

  // MARK: - Writing

  /// The header and the elements of an npy file, to be written one after the other.
  static func parts(of array: NamedArray, order: Order = .rowMajor) -> [[UInt8]] {
    let array = array.widenedFromBrain()
    let elements =
      order == .columnMajor
      ? transposed(array.bytes, shape: array.shape, size: array.type.size) : array.bytes
    return [header(shape: array.shape, type: array.type, order: order), elements]
  }

  /// What stands before the row-major elements in an npy file; a multiple of 64 bytes.
  public static func header(shape: [Int], type: ElementType) -> [UInt8] {
    header(shape: shape, type: type, order: .rowMajor)
  }

  private static func header(shape: [Int], type: ElementType, order: Order) -> [UInt8] {
    let extents = shape.map { "\($0)," }.joined(separator: " ")
    // numpy writes (3,) and (3, 4): the last comma only where there is one extent.
    let tuple = shape.count > 1 ? String(extents.dropLast()) : extents
    let isFortran = order == .columnMajor ? "True" : "False"
    return header(
      "{'descr': '\(NPYHeader.code(of: type))', 'fortran_order': \(isFortran), "
        + "'shape': (\(tuple)), }")
  }

  /// The header of version 1, or 2 where it is too long for 1, padded to a multiple of 64 bytes.
  private static func header(_ text: String) -> [UInt8] {
    let alignment = 64
    func padded(_ prefix: Int) -> Int {
      let length = prefix + text.utf8.count + 1
      return (length + alignment - 1) / alignment * alignment - prefix
    }
    let isLong = padded(10) > Int(UInt16.max)
    let length = padded(isLong ? 12 : 10)
    var bytes = LittleEndianBytes()
    bytes.put(magic)
    bytes.put([isLong ? 2 : 1, 0])
    if isLong { bytes.put(UInt32(length)) } else { bytes.put(UInt16(length)) }
    bytes.put(text.utf8)
    bytes.put(repeatElement(UInt8(ascii: " "), count: length - text.utf8.count - 1))
    bytes.put(UInt8(ascii: "\n"))
    return bytes.bytes
  }

  // MARK: - Layout

  private static func reverse(_ bytes: inout [UInt8], size: Int) {
    for start in stride(from: 0, to: bytes.count, by: size) {
      bytes[start..<start + size].reverse()
    }
  }

  /// The elements of a row-major array of shape `shape` in the order of its transpose.
  static func transposed(_ bytes: [UInt8], shape: [Int], size: Int) -> [UInt8] {
    guard shape.count > 1, !bytes.isEmpty else { return bytes }
    var strides = [Int](repeating: size, count: shape.count)
    for axis in (0..<shape.count - 1).reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    // Positions run through the source with its first axis fastest.
    var index = [Int](repeating: 0, count: shape.count)
    var place = 0
    return [UInt8](unsafeUninitializedCapacity: bytes.count) { buffer, filled in
      while filled < buffer.count {
        for byte in 0..<size {
          buffer.initializeElement(at: filled + byte, to: bytes[place + byte])
        }
        filled += size
        for axis in 0..<shape.count {
          index[axis] += 1
          place += strides[axis]
          guard index[axis] == shape[axis] else { break }
          place -= shape[axis] * strides[axis]
          index[axis] = 0
        }
      }
    }
  }
}
