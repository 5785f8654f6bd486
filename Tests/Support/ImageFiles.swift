/// Small files of images as they are distributed, made for tests: records of CIFAR, tar archives, MAT
/// files, and what packs them.
public enum ImageFiles {
  // MARK: - CIFAR

  /// Records of CIFAR-10, or of CIFAR-100 where there are two labels: the pixels of each image count
  /// on from its number.
  public static func records(_ labels: [[UInt8]], first: Int = 0) -> [UInt8] {
    labels.enumerated().flatMap { image, labels in
      labels + (0..<3072).map { UInt8(truncatingIfNeeded: first + image + $0 / 7) }
    }
  }

  /// The six files of CIFAR-10, with an image or two in each.
  public static let cifar10: [(name: String, content: [UInt8])] =
    (1...5).map { batch in
      let labels = batch == 5 ? [[9], [0]] : [[UInt8(batch)]]
      return ("data_batch_\(batch).bin", records(labels, first: 10 * batch))
    } + [("test_batch.bin", records([[3], [8], [8]], first: 90))]

  /// The two files of CIFAR-100.
  public static let cifar100: [(name: String, content: [UInt8])] = [
    ("train.bin", records([[11, 19], [15, 29], [0, 99]])), ("test.bin", records([[10, 49]])),
  ]

  // MARK: - tar

  /// A header; `kind` tells what the entry is, `size` stands as it is given.
  public static func tarHeader(
    _ name: String, size: String, kind: Character = "0", prefix: String = ""
  ) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) {
      for (offset, byte) in text.utf8.enumerated() { header[place + offset] = byte }
    }
    put(name, at: 0)
    put("0000644\0", at: 100)
    put(size, at: 124)
    put(String(kind), at: 156)
    put("ustar\u{0}00", at: 257)
    put(prefix, at: 345)
    return sealed(header)
  }

  /// A header with the checksum that it should have.
  public static func sealed(_ header: [UInt8]) -> [UInt8] {
    var header = header
    for place in 148..<156 { header[place] = 0x20 }
    let digits = String(header.prefix(512).reduce(0) { $0 + Int($1) }, radix: 8)
    let text = String(repeating: "0", count: 6 - digits.count) + digits + "\0 "
    for (offset, byte) in text.utf8.enumerated() { header[148 + offset] = byte }
    return header
  }

  /// A header and its content, filled up to whole blocks.
  public static func tarEntry(
    _ name: String, _ content: [UInt8], kind: Character = "0", prefix: String = ""
  ) -> [UInt8] {
    let size = String(content.count, radix: 8)
    let digits = String(repeating: "0", count: 11 - size.count) + size + "\0"
    return tarHeader(name, size: digits, kind: kind, prefix: prefix) + content
      + [UInt8](repeating: 0, count: -content.count & 511)
  }

  /// An archive of these files in a folder, and the two blocks of zeros that end it.
  public static func tar(
    _ files: [(name: String, content: [UInt8])], folder: String = "cifar-10-batches-bin/"
  ) -> [UInt8] {
    tarEntry(folder, [], kind: "5") + files.flatMap { tarEntry(folder + $0.name, $0.content) }
      + [UInt8](repeating: 0, count: 1024)
  }

  // MARK: - Packing

  /// A gzip file of some bytes, stored as they are.
  public static func gzip(_ content: [UInt8]) -> [UInt8] {
    gzipHeader + stored(content) + little(crc32(content)) + little(UInt32(content.count))
  }

  /// A zlib stream of some bytes, stored as they are.
  public static func zlib(_ content: [UInt8]) -> [UInt8] {
    [0x78, 0x01] + stored(content) + little(adler32(content)).reversed()
  }

  /// A gzip file of some bytes and very many zeros after them, without its trailer.
  public static func gzip(_ content: [UInt8], zeros: Int) -> [UInt8] {
    var blocks = stored(content)
    // The first of a stored block's bytes says that it is the last.
    blocks[(content.count - 1) / 65535 * 65540] = 0
    return gzipHeader + blocks + packedZeros(zeros)
  }

  private static let gzipHeader: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]

  /// Blocks of deflate that hold bytes as they are.
  private static func stored(_ content: [UInt8]) -> [UInt8] {
    var blocks: [UInt8] = []
    var rest = content[...]
    repeat {
      let part = rest.prefix(65535)
      rest = rest.dropFirst(65535)
      let size = UInt16(part.count)
      blocks.append(rest.isEmpty ? 1 : 0)
      blocks += little(size) + little(~size)
      blocks += part
    } while !rest.isEmpty
    return blocks
  }

  /// A last block with deflate's fixed codes: a zero, and repetitions of 258.
  private static func packedZeros(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    var (pending, used) = (0, 0)
    func put(_ code: String) {
      for bit in code {
        pending |= (bit == "1" ? 1 : 0) << used
        used += 1
        if used == 8 {
          bytes.append(UInt8(pending))
          (pending, used) = (0, 0)
        }
      }
    }
    put("110" + "00110000")
    for _ in 0..<count / 258 { put("11000101" + "00000") }
    put("0000000" + "0000000")
    return bytes
  }

  private static let table: [UInt32] = (0..<256).map { start in
    (0..<8).reduce(start) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ sum >> 1 : sum >> 1 }
  }

  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in table[Int(UInt8(truncatingIfNeeded: sum) ^ byte)] ^ sum >> 8 }
  }

  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (a, b) = (1 as UInt32, 0 as UInt32)
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }

  private static func little(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }
}
