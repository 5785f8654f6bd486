// The format of MNIST's files: two zero bytes, a type, the number of axes, each extent in four
// bytes, the elements; every number big-endian. Usually packed by gzip.

/// Reads idx files.
public enum IDX {
  /// Whether these bytes begin as an unpacked idx file does.
  static func isIDX(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && elementType(bytes[2]) != nil
      && bytes[3] > 0
  }

  /// The array in an idx file, packed by gzip or not.
  ///
  /// - Throws: `fileNotFound`, or `fileMalformed` where the file is no idx file, is cut short or
  ///   goes on after its last element.
  public static func read(_ path: String) throws(Failure) -> NamedArray {
    let content = try FileContent.read(path)
    guard !content.isEmpty else { throw Failure(.fileMalformed, "`\(path)` is empty") }
    let bytes = Inflate.isGzip(content) ? try Inflate.gunzip(content, source: path) : content
    return try read(bytes, source: path)
  }

  /// The array in the bytes of an unpacked idx file.
  static func read(_ bytes: [UInt8], source: String) throws(Failure) -> NamedArray {
    guard bytes.count >= 4, isIDX(bytes), let type = elementType(bytes[2]) else {
      let seen = bytes.prefix(4).map {
        $0 < 16 ? "0" + String($0, radix: 16) : String($0, radix: 16)
      }
      throw Failure(
        .fileMalformed, "`\(source)` is no idx file: it begins with \(seen.joined(separator: " "))",
        notes: ["idx files begin with 00 00, a type from 08 to 0e and the number of axes"])
    }
    var reader = ByteReader(bytes, source: source)
    try reader.skip(4, "the idx header")
    var shape: [Int] = []
    for axis in 0..<Int(bytes[3]) {
      shape.append(Int(try reader.bigEndian(UInt32.self, "the length of axis \(axis)")))
    }
    guard let size = type.byteCount(shape: shape) else {
      throw reader.malformed("its header claims the impossible shape \(shape)")
    }
    guard reader.remaining >= size else {
      throw reader.malformed(
        "\(shapeText(shape)) elements need \(size) bytes, and \(reader.remaining) are there")
    }
    guard reader.remaining == size else {
      throw Failure(
        .fileMalformed,
        "`\(source)` goes on after its last element: \(reader.remaining - size) bytes too many",
        notes: ["its header says \(shapeText(shape))"])
    }
    var elements = Array(bytes[reader.position...])
    if type.size > 1 {
      for start in stride(from: 0, to: elements.count, by: type.size) {
        elements[start..<start + type.size].reverse()
      }
    }
    return NamedArray(name: "idx", checkedShape: shape, type: type, bytes: elements)
  }

  /// The bytes of an idx file that holds this array.
  ///
  /// - Returns: nil for types and ranks that the format does not have.
  static func bytes(of array: NamedArray) -> [UInt8]? {
    guard let code = (8...14).first(where: { elementType($0) == array.type }),
      (1...255).contains(array.shape.count),
      array.shape.allSatisfy({ $0 <= UInt32.max })
    else { return nil }
    var bytes: [UInt8] = [0, 0, code, UInt8(array.shape.count)]
    for extent in array.shape {
      withUnsafeBytes(of: UInt32(extent).bigEndian) { bytes.append(contentsOf: $0) }
    }
    for start in stride(from: 0, to: array.bytes.count, by: array.type.size) {
      bytes += array.bytes[start..<start + array.type.size].reversed()
    }
    return bytes
  }

  private static func elementType(_ code: UInt8) -> ElementType? {
    switch code {
    case 0x08: .u8
    case 0x09: .i8
    case 0x0B: .i16
    case 0x0C: .i32
    case 0x0D: .f32
    case 0x0E: .f64
    default: nil
    }
  }
}
