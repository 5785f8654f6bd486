/// The entries of a tar file in their order: ustar, GNU's and pax's, every number checked.
///
/// Nothing is kept and nothing is written: whoever wants an entry's content takes it from the
/// stream before the next entry is asked for.
struct TarReader {
  /// What stands before an entry's content.
  struct Entry: Hashable {
    let name: String
    /// How many bytes of content follow.
    let size: Int
    /// Whether it is an ordinary file: no folder, link or device.
    let isFile: Bool
  }

  /// Headers and content come in blocks of this size.
  static let blockSize = 512
  /// 64 KiB: the longest name or list of attributes that is read; the system takes names of 4 KiB.
  private static let longestText = 1 << 16

  private let stream: ByteStream
  /// Where the content of the last entry ends, told as what was left of the stream then.
  private var left: (content: Int, most: Int, padding: Int)
  private var place = 0

  init(_ stream: ByteStream) {
    self.stream = stream
    left = (0, stream.most, 0)
  }

  /// Whether these bytes begin as a tar file does: a header with the right checksum.
  static func isTar(_ bytes: [UInt8]) -> Bool {
    bytes.count >= blockSize && bytes[0] != 0 && hasChecksum(bytes.prefix(blockSize))
  }

  /// The next entry; nil at the end of the archive.
  ///
  /// - Throws: `fileMalformed` where a header is none, or claims more than can be there.
  mutating func next() throws(Failure) -> Entry? {
    var longName: String?
    var longSize: Int?
    while let header = try nextHeader() {
      let kind = header[156]
      let size = try number(header[124..<136], "the size")
      let name = longName ?? Self.name(header)
      switch kind {
      case UInt8(ascii: "L"):
        longName = Self.text(try text(size, "a long name")[...])
      case UInt8(ascii: "x"):
        let attributes = try PaxAttributes(try text(size, "attributes"), of: stream)
        longName = attributes["path"] ?? longName
        longSize = try attributes.size(of: stream) ?? longSize
      // Attributes for all entries, the names of links and of volumes.
      case UInt8(ascii: "g"), UInt8(ascii: "K"), UInt8(ascii: "V"):
        try begin(size, name)
      // Links, devices, folders and pipes have no content, whatever their size says.
      case UInt8(ascii: "1")...UInt8(ascii: "6"):
        return Entry(name: name, size: 0, isFile: false)
      default:
        let size = longSize ?? size
        try begin(size, name)
        // Old archives mark a folder by its name alone.
        let isFile = [0, UInt8(ascii: "0"), UInt8(ascii: "7")].contains(kind)
        return Entry(name: name, size: size, isFile: isFile && !name.hasSuffix("/"))
      }
    }
    return nil
  }

  /// Notes that content follows, after a look at whether it can.
  private mutating func begin(_ size: Int, _ name: String) throws(Failure) {
    guard size <= stream.most else {
      throw stream.malformed(
        "entry `\(name)` claims \(size) bytes, and at most \(stream.most) can follow")
    }
    left = (size, stream.most, -size & (Self.blockSize - 1))
  }

  /// The content of an entry that says something about the next one.
  private mutating func text(_ size: Int, _ what: String) throws(Failure) -> [UInt8] {
    guard size <= Self.longestText else {
      throw stream.malformed(
        "\(what) of \(size) bytes stands before an entry, and \(Self.longestText) are read")
    }
    try begin(size, what)
    return try stream.read(size, what)
  }

  /// The next header, after what is left of the last entry; nil where a block of zeros ends all.
  private mutating func nextHeader() throws(Failure) -> [UInt8]? {
    let taken = left.most - stream.most
    try stream.skip(left.content - taken + left.padding, "the content of an entry")
    left = (0, stream.most, 0)
    let header = try stream.read(Self.blockSize, "the header of an entry")
    left.most = stream.most
    place += 1
    if header.allSatisfy({ $0 == 0 }) { return nil }
    guard Self.hasChecksum(header[...]) else {
      throw stream.malformed("header \(place) of its archive does not have the checksum it states")
    }
    return header
  }

  // MARK: - Fields

  /// Whether the sum of the bytes, the checksum's own taken for blanks, is what is stated.
  private static func hasChecksum(_ header: ArraySlice<UInt8>) -> Bool {
    let field = header.startIndex + 148..<header.startIndex + 156
    let sum = header.reduce(0) { $0 + Int($1) } - header[field].reduce(0) { $0 + Int($1) } + 8 * 32
    return octal(header[field]) == sum
  }

  /// A number: octal digits between blanks and zeros, or, after a byte of 128, in base 256.
  private func number(_ field: ArraySlice<UInt8>, _ what: String) throws(Failure) -> Int {
    if let first = field.first, first & 0x80 != 0 {
      // 255 begins a negative number; 8 bytes are more than any size.
      let digits = field.dropFirst()
      guard first == 0x80, digits.dropLast(8).allSatisfy({ $0 == 0 }),
        let value = Int(exactly: digits.suffix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) })
      else { throw stream.malformed("\(what) in header \(place) of its archive is impossible") }
      return value
    }
    guard let value = Self.octal(field) else {
      throw stream.malformed(
        "\(what) in header \(place) of its archive is no octal number: "
          + "`\(Self.text(field))`")
    }
    return value
  }

  /// The octal number in a field, whose 12 digits overflow nothing; nil where it holds none.
  private static func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = field.drop { $0 == 0x20 }.prefix { (0x30...0x37).contains($0) }
    guard field[digits.endIndex...].allSatisfy({ $0 == 0x20 || $0 == 0 }) else { return nil }
    return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
  }

  private static func name(_ header: [UInt8]) -> String {
    let name = text(header[0..<100])
    // GNU's own format, with blanks after its mark, has other things in the place of the prefix.
    guard header[257..<263].elementsEqual(Array("ustar\0".utf8)), header[345] != 0 else {
      return name
    }
    return text(header[345..<500]) + "/" + name
  }

  private static func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// The attributes that pax writes before an entry: lines `length key=value`.
private struct PaxAttributes {
  private var values: [String: String] = [:]

  init(_ bytes: [UInt8], of stream: ByteStream) throws(Failure) {
    var rest = bytes[...]
    // Some writers fill up with zeros.
    while let first = rest.first, first != 0 {
      let digits = rest.prefix { (0x30...0x39).contains($0) }
      // 5 digits: more than the attributes may have together.
      guard (1...5).contains(digits.count),
        let length = Int(String(decoding: digits, as: UTF8.self)),
        length > digits.count + 1, length <= rest.count,
        case let line = rest.dropFirst(digits.count + 1).prefix(length - digits.count - 1),
        let mark = line.firstIndex(of: UInt8(ascii: "=")), line.last == UInt8(ascii: "\n")
      else { throw stream.malformed("the attributes before an entry are none") }
      let key = String(decoding: line[..<mark], as: UTF8.self)
      values[key] = String(decoding: line[(mark + 1)...].dropLast(), as: UTF8.self)
      rest = rest.dropFirst(length)
    }
  }

  subscript(key: String) -> String? { values[key] }

  /// The size that stands here because a header has no room for it.
  func size(of stream: ByteStream) throws(Failure) -> Int? {
    guard let text = values["size"] else { return nil }
    guard let size = Int(text), size >= 0 else {
      throw stream.malformed("the size before an entry is `\(text)`")
    }
    return size
  }
}
