/// The entries of a zip file: read from its central directory, every number checked.
///
/// Stored and deflated entries are read, with and without zip64. Refused are encrypted entries,
/// archives in several parts, entries that lie over one another, and claims that no packed
/// content can fulfil (more than 1032 bytes from one).
struct ZipReader {
  /// One file in the archive.
  struct Entry: Hashable {
    let name: String
    let size: Int
    let packedSize: Int
    let checksum: UInt32
    let isDeflated: Bool
    /// Where its packed bytes begin in the archive.
    let start: Int
  }

  let source: String
  /// In the order of the central directory.
  let entries: [Entry]
  private let bytes: [UInt8]

  /// Whether these bytes begin as a zip file does (an empty archive included).
  static func isZip(_ bytes: [UInt8]) -> Bool {
    bytes.starts(with: [0x50, 0x4B, 3, 4]) || bytes.starts(with: [0x50, 0x4B, 5, 6])
  }

  init(_ bytes: [UInt8], source: String) throws(Failure) {
    self.bytes = bytes
    self.source = source
    let directory = try ZipDirectory(bytes, source: source)
    var entries: [Entry] = []
    var names: Set<String> = []
    var reader = ByteReader(bytes, source: source)
    try reader.seek(directory.start, "the directory of entries")
    for _ in 0..<directory.count {
      let entry = try Self.readEntry(&reader, archiveEnd: directory.start)
      guard names.insert(entry.name).inserted else {
        throw reader.malformed("it holds two entries named `\(entry.name)`")
      }
      entries.append(entry)
    }
    try Self.checkDisjoint(entries, reader)
    let total = entries.reduce(0) { $0 &+ $1.size }
    guard entries.allSatisfy({ $0.size <= FileContent.sizeLimit }), total <= FileContent.sizeLimit
    else {
      throw reader.malformed(
        "its entries claim \(total) bytes, and at most \(FileContent.sizeLimit) are read")
    }
    // Few bytes may unpack to very many.
    try Memory.check(
      total, for: "what `\(source)` unpacks to", advice: "write its arrays to several files")
    self.entries = entries
  }

  /// The content of an entry, its checksum compared; throws `stopped` where `stop` is raised before.
  func content(of entry: Entry, stop: StopSignal? = nil) throws(Failure) -> [UInt8] {
    let place = "\(source)` entry `\(entry.name)"
    let packed = bytes[entry.start..<entry.start + entry.packedSize]
    let content =
      entry.isDeflated
      ? try Inflate.raw(packed, size: entry.size, source: place, stop: stop) : Array(packed)
    let checksum = Inflate.checksum(content, stop: stop)
    if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(place)` was stopped") }
    guard checksum == entry.checksum else {
      throw Failure(
        .fileMalformed, "`\(place)` is damaged: its content does not have the checksum stated")
    }
    return content
  }

  /// Reads one entry of the central directory and the local header it points to.
  private static func readEntry(
    _ reader: inout ByteReader, archiveEnd: Int
  ) throws(Failure) -> Entry {
    guard try reader.number(UInt32.self, "an entry") == 0x0201_4B50 else {
      throw reader.malformed("an entry of its directory is none")
    }
    try reader.skip(4, "an entry's versions")
    let flags = try reader.number(UInt16.self, "an entry's flags")
    let method = try reader.number(UInt16.self, "an entry's method")
    try reader.skip(4, "an entry's time")
    let checksum = try reader.number(UInt32.self, "an entry's checksum")
    let packedSize = try reader.number(UInt32.self, "an entry's packed size")
    let size = try reader.number(UInt32.self, "an entry's size")
    let nameLength = Int(try reader.number(UInt16.self, "an entry's name"))
    let extraLength = Int(try reader.number(UInt16.self, "an entry's extra fields"))
    let commentLength = Int(try reader.number(UInt16.self, "an entry's comment"))
    try reader.skip(8, "an entry's attributes")
    let offset = try reader.number(UInt32.self, "an entry's place")
    let name = String(decoding: try reader.take(nameLength, "an entry's name"), as: UTF8.self)
    var wide = ZipWideNumbers(try reader.take(extraLength, "the extra fields of `\(name)`"))
    try reader.skip(commentLength, "the comment of `\(name)`")

    guard flags & 1 == 0 else {
      throw Failure(
        .unsupportedFormat, "`\(reader.source)` entry `\(name)` is encrypted")
    }
    guard method == 0 || method == 8 else {
      throw Failure(
        .unsupportedFormat,
        "`\(reader.source)` entry `\(name)` is packed by method \(method)",
        notes: ["entries may be stored (0) or deflated (8)"])
    }
    // The order is fixed: size, packed size, place.
    let fullSize = try wide.resolve(size, of: name, reader)
    let fullPackedSize = try wide.resolve(packedSize, of: name, reader)
    let place = try wide.resolve(offset, of: name, reader)
    let start = try contentStart(reader, localHeader: place, name: name)
    guard fullPackedSize <= archiveEnd - start else {
      throw reader.malformed(
        "entry `\(name)` claims \(fullPackedSize) bytes, and \(max(0, archiveEnd - start)) are "
          + "there")
    }
    let isPossible =
      method == 0
      ? fullSize == fullPackedSize : fullSize / Inflate.largestRatio <= fullPackedSize
    guard isPossible else {
      throw reader.malformed(
        "entry `\(name)` claims to hold \(fullSize) bytes in \(fullPackedSize)")
    }
    return Entry(
      name: name, size: fullSize, packedSize: fullPackedSize, checksum: checksum,
      isDeflated: method == 8, start: start)
  }

  /// Where the packed bytes begin: after the local header, whose lengths may differ from the
  /// directory's.
  private static func contentStart(
    _ directory: ByteReader, localHeader: Int, name: String
  ) throws(Failure) -> Int {
    var reader = ByteReader(directory.bytes, source: directory.source)
    try reader.seek(localHeader, "entry `\(name)`")
    guard try reader.number(UInt32.self, "entry `\(name)`") == 0x0403_4B50 else {
      throw reader.malformed("entry `\(name)` is not where the directory says")
    }
    try reader.skip(22, "the header of `\(name)`")
    let nameLength = Int(try reader.number(UInt16.self, "the header of `\(name)`"))
    let extraLength = Int(try reader.number(UInt16.self, "the header of `\(name)`"))
    try reader.skip(nameLength + extraLength, "the header of `\(name)`")
    return reader.position
  }

  /// Refuses archives in which few bytes serve many entries: small files that unpack without end.
  private static func checkDisjoint(_ entries: [Entry], _ reader: ByteReader) throws(Failure) {
    let sorted = entries.sorted { ($0.start, $0.packedSize) < ($1.start, $1.packedSize) }
    for (one, next) in zip(sorted, sorted.dropFirst())
    where next.start < one.start + one.packedSize {
      throw reader.malformed("entries `\(one.name)` and `\(next.name)` lie over one another")
    }
  }
}

/// Where the central directory lies and how many entries it has.
struct ZipDirectory {
  let start: Int
  let count: Int

  init(_ bytes: [UInt8], source: String) throws(Failure) {
    var reader = ByteReader(bytes, source: source)
    guard let end = Self.findEnd(bytes) else {
      throw reader.malformed("its directory of entries is missing")
    }
    try reader.seek(end + 4, "the end of the directory")
    let disks = try reader.number(UInt32.self, "the directory")
    var count = UInt64(try reader.number(UInt16.self, "the directory"))
    try reader.skip(2, "the directory")
    var size = UInt64(try reader.number(UInt32.self, "the directory"))
    var start = UInt64(try reader.number(UInt32.self, "the directory"))
    guard disks == 0 else {
      throw Failure(.unsupportedFormat, "`\(source)` is one part of a zip file in several parts")
    }
    var directoryEnd = end
    if count == 0xFFFF || size == 0xFFFF_FFFF || start == 0xFFFF_FFFF {
      let locator = end - 20
      guard locator >= 0 else { throw reader.malformed("its directory of entries is missing") }
      try reader.seek(locator, "the wide directory")
      guard try reader.number(UInt32.self, "the wide directory") == 0x0706_4B50 else {
        throw reader.malformed("its wide directory is missing")
      }
      try reader.skip(4, "the wide directory")
      let place = try reader.number(UInt64.self, "the wide directory")
      try reader.seek(Int(clamping: place), "the wide directory")
      directoryEnd = reader.position
      guard try reader.number(UInt32.self, "the wide directory") == 0x0606_4B50 else {
        throw reader.malformed("its wide directory is not where it should be")
      }
      try reader.skip(28, "the wide directory")
      count = try reader.number(UInt64.self, "the wide directory")
      size = try reader.number(UInt64.self, "the wide directory")
      start = try reader.number(UInt64.self, "the wide directory")
    }
    // 46: the least that an entry of the directory takes.
    guard start <= directoryEnd, size <= UInt64(directoryEnd) - start, count <= size / 46 else {
      throw reader.malformed(
        "its directory claims \(count) entries in \(size) bytes at byte \(start)")
    }
    self.start = Int(start)
    self.count = Int(count)
  }

  /// The last end-of-directory record whose comment reaches to the end of the file exactly.
  private static func findEnd(_ bytes: [UInt8]) -> Int? {
    let recordSize = 22
    var candidate = bytes.count - recordSize
    let first = max(0, candidate - Int(UInt16.max))
    while candidate >= first {
      if bytes[candidate] == 0x50, bytes[candidate + 1] == 0x4B, bytes[candidate + 2] == 5,
        bytes[candidate + 3] == 6
      {
        let comment = Int(bytes[candidate + 20]) | Int(bytes[candidate + 21]) << 8
        if candidate + recordSize + comment == bytes.count { return candidate }
      }
      candidate -= 1
    }
    return nil
  }
}

/// The 64-bit numbers of an entry's zip64 field, used in order where a 32-bit one is all ones.
private struct ZipWideNumbers {
  private var numbers: [UInt64] = []

  init(_ extra: ArraySlice<UInt8>) {
    var rest = extra
    while rest.count >= 4 {
      let header = Array(rest.prefix(4))
      let kind = Int(header[0]) | Int(header[1]) << 8
      let length = Int(header[2]) | Int(header[3]) << 8
      rest = rest.dropFirst(4)
      if kind == 1 {
        var field = rest.prefix(length)
        while field.count >= 8 {
          numbers.append(field.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
          field = field.dropFirst(8)
        }
      }
      rest = rest.dropFirst(length)
    }
  }

  mutating func resolve(
    _ narrow: UInt32, of name: String, _ reader: ByteReader
  ) throws(Failure) -> Int {
    guard narrow == UInt32.max else { return Int(narrow) }
    guard !numbers.isEmpty else { throw reader.malformed("entry `\(name)` lacks its wide numbers") }
    return Int(clamping: numbers.removeFirst())
  }
}
