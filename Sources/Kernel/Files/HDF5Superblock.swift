/// The first bytes of an HDF5 file, as far as we must mend them.
///
/// `H5Fget_file_image` takes back the mark "open for writing" in the copy that it gives, but not
/// the checksum over it (seen in 1.10.8), and nothing opens such a file. Recomputing the checksum
/// is right whether or not the library did so.
enum HDF5Superblock {
  /// The bytes that the checksum of a superblock of version 2 or 3 covers, with 8-byte addresses.
  private static let size = 44

  /// Writes the checksum of the superblock.
  ///
  /// - Returns: False where these are not the bytes of a file with such a superblock.
  static func seal(_ bytes: inout [UInt8]) -> Bool {
    guard bytes.count >= size + 4, bytes[8] == 2 || bytes[8] == 3, bytes[9] == 8, bytes[10] == 8
    else { return false }
    let sum = checksum(bytes.prefix(size))
    for byte in 0..<4 { bytes[size + byte] = UInt8(truncatingIfNeeded: sum >> (8 * UInt32(byte))) }
    return true
  }

  /// Jenkins' lookup3 hash of bytes whose number is 8 more than a multiple of 12.
  ///
  /// HDF5 uses it for all its checksums (Jenkins 2006, burtleburtle.net/bob/c/lookup3.c).
  static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
    precondition(bytes.count % 12 == 8, "a checksum of \(bytes.count) bytes")
    let words = stride(from: bytes.startIndex, to: bytes.endIndex, by: 4).map { start in
      bytes[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    }
    var a: UInt32 = 0xDEAD_BEEF &+ UInt32(bytes.count)
    var b = a
    var c = a
    var next = 0
    while words.count - next > 3 {
      a &+= words[next]
      b &+= words[next + 1]
      c &+= words[next + 2]
      mix(&a, &b, &c)
      next += 3
    }
    a &+= words[next]
    b &+= words[next + 1]
    return finish(a, b, c)
  }

  private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 {
    word << bits | word >> (32 - bits)
  }

  private static func mix(_ a: inout UInt32, _ b: inout UInt32, _ c: inout UInt32) {
    for (first, second) in [(4, 6), (16, 19)] as [(UInt32, UInt32)] {
      a = (a &- c) ^ rotated(c, first)
      c &+= b
      b = (b &- a) ^ rotated(a, second)
      a &+= c
      c = (c &- b) ^ rotated(b, first == 4 ? 8 : 4)
      b &+= a
    }
  }

  private static func finish(_ a: UInt32, _ b: UInt32, _ c: UInt32) -> UInt32 {
    var (a, b, c) = (a, b, c)
    c = (c ^ b) &- rotated(b, 14)
    a = (a ^ c) &- rotated(c, 11)
    b = (b ^ a) &- rotated(a, 25)
    c = (c ^ b) &- rotated(b, 16)
    a = (a ^ c) &- rotated(c, 4)
    b = (b ^ a) &- rotated(a, 14)
    return (c ^ b) &- rotated(b, 24)
  }
}
