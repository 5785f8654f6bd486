// What a hash covers. The bytes are specified in Documentation/formats.md, "Canonical bytes";
// a change here changes every hash and receipt ever written, so the first line names a version.

/// A value with canonical bytes, and so with a hash that depends on its content alone.
///
/// Fields are written in a fixed order and never include what does not change what the value is:
/// not its name, not how it came to be, not the file it was read from.
public protocol CanonicalValue {
  /// The kind's name in the canonical bytes, such as `permutation`; it never changes.
  static var canonicalKind: String { get }
  /// Raised when the fields of the kind change, so that old and new hashes cannot be confused.
  static var canonicalVersion: Int { get }
  /// Writes the fields in their fixed order.
  func encodeFields(into encoder: inout CanonicalEncoder)
}

extension CanonicalValue {
  public static var canonicalVersion: Int { 1 }

  /// The SHA-256 of the canonical bytes, computed anew at each call.
  public func computeContentHash() -> ContentHash {
    var encoder = CanonicalEncoder()
    encoder.value(self)
    return encoder.finish()
  }
}

/// Turns values into canonical bytes and those into a hash, as they come.
///
/// Each value stands as a tag byte and what the tag calls for, so no two different values have
/// the same bytes. Numbers are little-endian. All NaN are one NaN; 0 and −0 differ.
public struct CanonicalEncoder: ~Copyable {
  /// The bytes that every canonical text begins with.
  public static let prologue = "basin canonical bytes 1\n"

  private let hasher = ContentHasher()
  /// The bytes so far, for tests; empty unless asked for.
  private(set) var recorded: [UInt8] = []
  private let isRecording: Bool

  public init() { self.init(recording: false) }

  init(recording: Bool) {
    isRecording = recording
    put(Array(Self.prologue.utf8))
  }

  /// The hash of everything written; the encoder is used up.
  public consuming func finish() -> ContentHash { hasher.finish() }

  // MARK: - Fields of a record

  /// Writes a field's name; its value must follow.
  public mutating func field(_ name: String) { text(name) }

  /// Writes a field that holds a number.
  public mutating func field(_ name: String, _ value: Int) {
    field(name)
    integer(value)
  }

  /// Writes a field that holds a real number.
  public mutating func field(_ name: String, _ value: Double) {
    field(name)
    real(value)
  }

  /// Writes a field that holds a truth value.
  public mutating func field(_ name: String, _ value: Bool) {
    field(name)
    truth(value)
  }

  /// Writes a field that holds a text.
  public mutating func field(_ name: String, _ value: String) {
    field(name)
    text(value)
  }

  /// Writes a field that holds another value's hash.
  public mutating func field(_ name: String, _ value: ContentHash) {
    field(name)
    hash(value)
  }

  /// Writes a field that holds a nested value, or none.
  public mutating func field(_ name: String, _ value: (some CanonicalValue)?) {
    field(name)
    if let value { self.value(value) } else { nothing() }
  }

  /// Writes a field that holds a list of nested values.
  public mutating func field(_ name: String, _ values: [some CanonicalValue]) {
    field(name)
    list(values.count)
    for value in values { self.value(value) }
  }

  /// Writes a field that holds whole numbers as an array of 64-bit integers.
  public mutating func field(_ name: String, _ values: [Int]) {
    field(name)
    array(shape: [values.count], integers: values)
  }

  /// Writes a field that holds an array of reals.
  ///
  /// - Parameter values: As many as `shape` says, row-major.
  public mutating func field(_ name: String, shape: [Int], _ values: [Float]) {
    field(name)
    values.withUnsafeBufferPointer { array(shape: shape, floats: $0) }
  }

  // MARK: - Values

  /// Writes a record: its kind, version, fields and end.
  public mutating func value(_ value: some CanonicalValue) {
    record(kind: type(of: value).canonicalKind, version: type(of: value).canonicalVersion) {
      value.encodeFields(into: &$0)
    }
  }

  /// Writes a record whose fields `body` writes.
  public mutating func record(
    kind: String, version: Int = 1, _ body: (inout CanonicalEncoder) -> Void
  ) {
    put(Tag.record)
    text(kind)
    integer(version)
    body(&self)
    put(Tag.end)
  }

  /// Writes the value that stands for there being none.
  public mutating func nothing() { put(Tag.nothing) }

  /// Writes a truth value.
  public mutating func truth(_ value: Bool) { put([Tag.truth, value ? 1 : 0]) }

  /// Writes a whole number.
  public mutating func integer(_ value: Int) {
    put(Tag.integer)
    put(UInt64(bitPattern: Int64(value)))
  }

  /// Writes a real number.
  public mutating func real(_ value: Double) {
    put(Tag.real)
    put(value.isNaN ? Self.canonicalNaN64 : value.bitPattern)
  }

  /// Writes a text: its length and its UTF-8 bytes.
  public mutating func text(_ value: String) {
    let bytes = Array(value.utf8)
    put(Tag.text)
    put(UInt64(bytes.count))
    put(bytes)
  }

  /// Writes a hash.
  public mutating func hash(_ value: ContentHash) {
    put(Tag.hash)
    put(value.bytes)
  }

  /// Writes the beginning of a list; `count` values must follow.
  public mutating func list(_ count: Int) {
    put(Tag.list)
    put(UInt64(count))
  }

  /// Writes an array of 32-bit reals, row-major.
  public mutating func array(shape: [Int], floats: UnsafeBufferPointer<Float>) {
    header(shape: shape, type: .f32, count: floats.count)
    // A piece at a time, so that data with NaN need no copy of the whole.
    let pieceSize = 1 << 16
    for start in stride(from: 0, to: floats.count, by: pieceSize) {
      let piece = floats[start..<min(start + pieceSize, floats.count)]
      if Self.holdsNaN(UnsafeBufferPointer(rebasing: piece)) {
        let bits = piece.map { $0.isNaN ? Self.canonicalNaN32 : $0.bitPattern.littleEndian }
        bits.withUnsafeBytes { put($0) }
      } else {
        put(UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: piece)))
      }
    }
  }

  /// Writes an array of bytes.
  public mutating func array(shape: [Int], bytes: [UInt8]) {
    header(shape: shape, type: .u8, count: bytes.count)
    bytes.withUnsafeBytes { put($0) }
  }

  /// Writes an array of 32-bit integers.
  public mutating func array(shape: [Int], integers: [Int32]) {
    header(shape: shape, type: .i32, count: integers.count)
    integers.map(\.littleEndian).withUnsafeBytes { put($0) }
  }

  /// Writes an array of 64-bit integers.
  public mutating func array(shape: [Int], integers: [Int]) {
    header(shape: shape, type: .i64, count: integers.count)
    integers.map { Int64($0).littleEndian }.withUnsafeBytes { put($0) }
  }

  // MARK: - Bytes

  private enum Tag {
    static let nothing = UInt8(ascii: "N")
    static let truth = UInt8(ascii: "B")
    static let integer = UInt8(ascii: "I")
    static let real = UInt8(ascii: "R")
    static let text = UInt8(ascii: "T")
    static let hash = UInt8(ascii: "H")
    static let array = UInt8(ascii: "A")
    static let list = UInt8(ascii: "L")
    static let record = UInt8(ascii: "M")
    static let end = UInt8(ascii: "E")
  }

  private static let canonicalNaN32: UInt32 = 0x7FC0_0000
  private static let canonicalNaN64: UInt64 = 0x7FF8_0000_0000_0000

  private mutating func header(shape: [Int], type: ElementType, count: Int) {
    precondition(
      shape.reduce(1, *) == count, "canonical bytes of \(count) elements in shape \(shape)")
    put(Tag.array)
    text(type.rawValue)
    put(UInt64(shape.count))
    for extent in shape { put(UInt64(extent)) }
  }

  private static func holdsNaN(_ values: UnsafeBufferPointer<Float>) -> Bool {
    // Without a branch per element this becomes vector code: NaN is what differs from itself.
    var found: UInt32 = 0
    for value in values { found |= value == value ? 0 : 1 }
    return found != 0
  }

  private mutating func put(_ byte: UInt8) { put([byte]) }

  private mutating func put(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { put($0) }
  }

  private mutating func put(_ bytes: [UInt8]) { bytes.withUnsafeBytes { put($0) } }

  private mutating func put(_ bytes: UnsafeRawBufferPointer) {
    hasher.update(bytes)
    if isRecording { recorded.append(contentsOf: bytes) }
  }
}
