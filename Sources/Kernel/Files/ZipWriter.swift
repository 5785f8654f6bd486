/// Writes a zip file of stored entries, as numpy's `savez` does.
///
/// The same entries give the same bytes: every entry's time is the first that zip can express.
struct ZipWriter {
  private struct Written {
    let name: [UInt8]
    let size: Int
    let checksum: UInt32
    let offset: Int
  }

  private var written: [Written] = []

  /// Where entries' content begins: a multiple of this, so that arrays can be mapped.
  private static let alignment = 64
  private static let storedVersion: UInt16 = 20
  private static let wideVersion: UInt16 = 45
  /// 1 January 1980, the beginning of zip's calendar.
  private static let date: UInt16 = 0x21
  /// Says that names are UTF-8.
  private static let flags: UInt16 = 0x800

  /// Appends an entry whose content is `parts`, one after another.
  mutating func add(
    _ name: String, _ parts: [[UInt8]], to writer: inout FileWriter
  ) throws(Failure) {
    let name = Array(name.utf8)
    let size = parts.reduce(0) { $0 + $1.count }
    var checksum: UInt32 = 0
    for part in parts {
      checksum = Inflate.checksum(part, after: checksum, stop: writer.stop)
    }
    try writer.checkStop()
    let entry = Written(name: name, size: size, checksum: checksum, offset: writer.offset)
    let isWide = size >= UInt32.max
    var extra = isWide ? Self.wideField([size, size]) : []
    extra += Self.padding(after: writer.offset + 30 + name.count + extra.count)

    var header = LittleEndianBytes()
    header.put(0x0403_4B50 as UInt32)
    header.put(isWide ? Self.wideVersion : Self.storedVersion)
    header.put(Self.flags)
    header.put(0 as UInt16)
    header.put(0 as UInt16)
    header.put(Self.date)
    header.put(checksum)
    header.put(Self.narrow(size))
    header.put(Self.narrow(size))
    header.put(UInt16(clamping: name.count))
    header.put(UInt16(clamping: extra.count))
    try writer.write(header.bytes + name + extra)
    for part in parts { try writer.write(part) }
    written.append(entry)
  }

  /// Appends the directory; nothing may be added after it.
  func finish(_ writer: inout FileWriter) throws(Failure) {
    let start = writer.offset
    for entry in written { try writer.write(Self.directoryEntry(entry)) }
    let size = writer.offset - start
    let isWide = start >= UInt32.max || size >= UInt32.max || written.count >= UInt16.max
    var end = LittleEndianBytes()
    if isWide {
      let wideStart = writer.offset
      end.put(0x0606_4B50 as UInt32)
      end.put(44 as UInt64)
      end.put(Self.wideVersion)
      end.put(Self.wideVersion)
      end.put(0 as UInt64)
      end.put(UInt64(written.count))
      end.put(UInt64(written.count))
      end.put(UInt64(size))
      end.put(UInt64(start))
      end.put(0x0706_4B50 as UInt32)
      end.put(0 as UInt32)
      end.put(UInt64(wideStart))
      end.put(1 as UInt32)
    }
    end.put(0x0605_4B50 as UInt32)
    end.put(0 as UInt32)
    end.put(UInt16(clamping: written.count))
    end.put(UInt16(clamping: written.count))
    end.put(Self.narrow(size))
    end.put(Self.narrow(start))
    end.put(0 as UInt16)
    try writer.write(end.bytes)
  }

  private static func directoryEntry(_ entry: Written) -> [UInt8] {
    var wide: [Int] = []
    if entry.size >= UInt32.max { wide += [entry.size, entry.size] }
    if entry.offset >= UInt32.max { wide.append(entry.offset) }
    let extra = wide.isEmpty ? [] : wideField(wide)
    var header = LittleEndianBytes()
    header.put(0x0201_4B50 as UInt32)
    header.put(wideVersion)
    header.put(wide.isEmpty ? storedVersion : wideVersion)
    header.put(flags)
    header.put(0 as UInt16)
    header.put(0 as UInt16)
    header.put(date)
    header.put(entry.checksum)
    header.put(narrow(entry.size))
    header.put(narrow(entry.size))
    header.put(UInt16(clamping: entry.name.count))
    header.put(UInt16(clamping: extra.count))
    // No comment, the first disk, no attributes.
    header.put(0 as UInt16)
    header.put(0 as UInt64)
    header.put(narrow(entry.offset))
    return header.bytes + entry.name + extra
  }

  private static func narrow(_ number: Int) -> UInt32 { UInt32(clamping: number) }

  private static func wideField(_ numbers: [Int]) -> [UInt8] {
    var field = LittleEndianBytes()
    field.put(1 as UInt16)
    field.put(UInt16(clamping: numbers.count * 8))
    for number in numbers { field.put(UInt64(number)) }
    return field.bytes
  }

  /// An extra field of zeros that moves what follows to a multiple of the alignment.
  private static func padding(after position: Int) -> [UInt8] {
    let fieldHeader = 4
    let missing = (alignment - (position + fieldHeader) % alignment) % alignment
    var field = LittleEndianBytes()
    // 0xD935: the kind that Android's archives use for alignment; readers skip what they do not
    // know.
    field.put(0xD935 as UInt16)
    field.put(UInt16(clamping: missing))
    return field.bytes + [UInt8](repeating: 0, count: missing)
  }
}

/// Bytes that grow by little-endian numbers.
struct LittleEndianBytes {
  private(set) var bytes: [UInt8] = []

  mutating func put(_ number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func put(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }
}
