// MATLAB's format of level 5: a header of 128 bytes, then elements. An element is a tag of type and
// size, and its bytes; a variable is an element of elements, usually packed by zlib. "MAT-File
// Format", The MathWorks, describes it.

/// Reads arrays of numbers from MAT files of version 5, by the names of variables.
struct MATReader {
  /// An array of numbers as it stands in the file.
  struct Variable {
    /// The extents in MATLAB's order: the first index varies fastest.
    let extents: [Int]
    let type: ElementType
    /// The elements, little-endian.
    var bytes: [UInt8]
  }

  /// What MATLAB allows for a name.
  private static let longestName = 63
  /// More axes than anything has that is read here.
  private static let mostAxes = 32

  private let stream: ByteStream
  private let isBigEndian: Bool
  private let wanted: Set<String>
  /// The most bytes that one variable may take.
  private let limit: Int
  private var found: [String: Variable] = [:]

  /// The variables of these names that the file has; everything else is passed over.
  ///
  /// - Throws: `fileMalformed` where the file is damaged or cut short, or a variable is no array of
  ///   real numbers, `unsupportedFormat` for the versions 4 and 7.3.
  static func read(
    _ stream: ByteStream, _ wanted: Set<String>,
    limit: Int = min(FileContent.sizeLimit, Memory.limit)
  ) throws(Failure) -> [String: Variable] {
    let header = try stream.read(min(MATHeader.size, stream.most), "the header of a MAT file")
    var reader = try MATReader(
      stream: stream, isBigEndian: MATHeader.isBigEndian(header, source: stream.source),
      wanted: wanted, limit: limit)
    while stream.most > 0 { try reader.element() }
    return reader.found
  }

  private init(stream: ByteStream, isBigEndian: Bool, wanted: Set<String>, limit: Int) {
    self.stream = stream
    self.isBigEndian = isBigEndian
    self.wanted = wanted
    self.limit = limit
  }

  // MARK: - Elements

  private enum Kind {
    static let (matrix, packed) = (14, 15)
    static let (i32, u32) = (5, 6)
  }

  /// What stands before the bytes of an element.
  private struct Tag {
    let kind: Int
    let size: Int
    /// How many bytes follow that belong to no element.
    let padding: Int
  }

  private func tag(_ stream: ByteStream, _ what: String) throws(Failure) -> Tag {
    let first = try number(stream, what)
    // Up to four bytes stand in the tag itself.
    if first >> 16 != 0 {
      let size = first >> 16
      guard size <= 4 else { throw stream.malformed("\(what) has \(size) bytes in a tag of 4") }
      return Tag(kind: first & 0xFFFF, size: size, padding: 4 - size)
    }
    let size = try number(stream, what)
    guard size <= stream.most else {
      throw stream.malformed("\(what) claims \(size) bytes, and at most \(stream.most) can follow")
    }
    return Tag(kind: first, size: size, padding: first == Kind.packed ? 0 : -size & 7)
  }

  private func number(_ stream: ByteStream, _ what: String) throws(Failure) -> Int {
    number(try stream.read(4, what))
  }

  private func number(_ bytes: some BidirectionalCollection<UInt8>) -> Int {
    isBigEndian
      ? bytes.reduce(0) { $0 << 8 | Int($1) } : bytes.reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  /// One element of the file itself.
  private mutating func element() throws(Failure) {
    let tag = try tag(stream, "an element")
    let content = stream.prefix(tag.size)
    switch tag.kind {
    case Kind.matrix where tag.size > 0: _ = try variable(content)
    case Kind.packed: try packed(content)
    default: break
    }
    try content.skip(content.most, "an element")
    // The last one need not be filled up.
    try stream.skip(min(tag.padding, stream.most), "an element")
  }

  /// An element in which one variable is packed.
  private mutating func packed(_ content: ByteStream) throws(Failure) {
    // 4 KiB are more than all that stands before the numbers.
    let unpacked = try ByteStream(unpacking: content, .zlib, limit: limit + 4096)
    let tag = try tag(unpacked, "a packed element")
    guard tag.kind == Kind.matrix else {
      throw stream.malformed("a packed element holds one of type \(tag.kind), and no variable")
    }
    guard try variable(unpacked.prefix(tag.size)) else { return }
    // Looking for more finds the end, which has the checksum.
    guard try unpacked.some(1).isEmpty else {
      throw stream.malformed("a packed element goes on after its variable")
    }
  }

  /// Reads the variable that an element holds where it is wanted; tells whether it was.
  private mutating func variable(_ body: ByteStream) throws(Failure) -> Bool {
    let flags = try part(body, Kind.u32, sizes: 8...8, "the flags of a variable")
    let kind = number(flags.prefix(4)) & 0xFF
    // Functions and objects of classes, which are laid out otherwise.
    guard kind <= 15 else { return false }
    let axes = try part(
      body, Kind.i32, sizes: 8...4 * Self.mostAxes, "the extents of a variable")
    let nameTag = try tag(body, "the name of a variable")
    guard nameTag.size <= Self.longestName else { return false }
    let name = String(decoding: try content(body, nameTag, "the name of a variable"), as: UTF8.self)
    guard wanted.contains(name) else { return false }

    let isComplex = number(flags.prefix(4)) & 0x800 != 0
    // 6: double; what is below are cells, structures, texts and sparse arrays.
    guard kind >= 6, !isComplex else {
      throw Failure(
        .fileMalformed, "`\(stream.source)`: `\(name)` is no array of real numbers")
    }
    guard found[name] == nil else {
      throw stream.malformed("it holds two variables named `\(name)`")
    }
    let extents = stride(from: 0, to: axes.count, by: 4).map {
      Int(Int32(truncatingIfNeeded: number(axes[$0..<min($0 + 4, axes.count)])))
    }
    found[name] = try numbers(body, extents, name)
    guard body.most == 0 else {
      throw stream.malformed("`\(name)` is followed by \(body.most) bytes that belong to nothing")
    }
    return true
  }

  /// The numbers of a variable, which may be stored as a smaller type than it has.
  private func numbers(
    _ body: ByteStream, _ extents: [Int], _ name: String
  ) throws(Failure) -> Variable {
    let tag = try tag(body, "`\(name)`")
    guard let type = Self.type(tag.kind) else {
      throw stream.malformed("`\(name)` holds elements of type \(tag.kind), which are no numbers")
    }
    guard type.byteCount(shape: extents) == tag.size else {
      throw stream.malformed(
        "`\(name)` is \(shapeText(extents)) of \(type.rawValue), and has \(tag.size) bytes")
    }
    try Memory.check(
      tag.size, limit: limit, for: "`\(name)` of `\(stream.source)`",
      advice: "cut the file into smaller ones")
    var bytes = try content(body, tag, "`\(name)`")
    if isBigEndian, type.size > 1 {
      for start in stride(from: 0, to: bytes.count, by: type.size) {
        bytes[start..<start + type.size].reverse()
      }
    }
    return Variable(extents: extents, type: type, bytes: bytes)
  }

  private static func type(_ kind: Int) -> ElementType? {
    switch kind {
    case 1: .i8
    case 2: .u8
    case 3: .i16
    case 4: .u16
    case 5: .i32
    case 6: .u32
    case 7: .f32
    case 9: .f64
    case 12: .i64
    case 13: .u64
    default: nil
    }
  }

  /// The bytes of an element within a variable, which has one of some types and sizes.
  private func part(
    _ body: ByteStream, _ kind: Int, sizes: ClosedRange<Int>, _ what: String
  ) throws(Failure) -> [UInt8] {
    let tag = try tag(body, what)
    guard tag.kind == kind, sizes.contains(tag.size), tag.size % 4 == 0 else {
      throw stream.malformed("\(what) are \(tag.size) bytes of type \(tag.kind)")
    }
    return try content(body, tag, what)
  }

  private func content(
    _ body: ByteStream, _ tag: Tag, _ what: String
  ) throws(Failure) -> [UInt8] {
    let bytes = try body.read(tag.size, what)
    try body.skip(min(tag.padding, body.most), what)
    return bytes
  }
}
