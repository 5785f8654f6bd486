/// A position in the bytes of a file, from which numbers are read with every bound checked.
///
/// No offset or length that a file states is believed before it was compared with what is there.
struct ByteReader {
  let bytes: [UInt8]
  /// What the bytes are, for messages: usually the file's path.
  let source: String
  /// One past the last byte that may be read.
  let end: Int
  private(set) var position: Int

  init(_ bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
    position = 0
    end = bytes.count
  }

  var remaining: Int { end - position }

  /// Goes to an absolute position.
  mutating func seek(_ target: Int, _ what: String) throws(Failure) {
    guard target >= 0, target <= end else {
      throw malformed("\(what) should be at byte \(target), but the file has \(end)")
    }
    position = target
  }

  /// Moves over bytes that are of no interest.
  mutating func skip(_ count: Int, _ what: String) throws(Failure) {
    try need(count, what)
    position += count
  }

  /// The next `count` bytes.
  mutating func take(_ count: Int, _ what: String) throws(Failure) -> ArraySlice<UInt8> {
    try need(count, what)
    defer { position += count }
    return bytes[position..<position + count]
  }

  /// The next little-endian number.
  mutating func number<Number: FixedWidthInteger>(
    _: Number.Type, _ what: String
  ) throws(Failure) -> Number {
    try take(MemoryLayout<Number>.size, what).reversed().reduce(0) { $0 << 8 | Number($1) }
  }

  /// The next big-endian number.
  mutating func bigEndian<Number: FixedWidthInteger>(
    _: Number.Type, _ what: String
  ) throws(Failure) -> Number {
    try number(Number.self, what).byteSwapped
  }

  /// A failure that names the file.
  func malformed(_ fault: String) -> Failure {
    Failure(.fileMalformed, "`\(source)` is damaged or cut short: \(fault)")
  }

  private func need(_ count: Int, _ what: String) throws(Failure) {
    guard count >= 0, count <= remaining else {
      throw malformed("\(what) needs \(count) bytes, and \(remaining) are left")
    }
  }
}
