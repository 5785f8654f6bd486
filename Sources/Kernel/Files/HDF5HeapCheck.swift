import Glibc

/// Looks through the heaps of variable-length texts in an HDF5 file before the library does.
///
/// These heaps ("global heap collections") have no checksum, and the library believes the sizes in
/// them: a size of 0 makes it run forever, a large one makes it read past its memory (1.10.8).
enum HDF5HeapCheck {
  private static let signature = Array("GCOL".utf8)
  /// Signature, version, reserved bytes, size.
  private static let headerSize = 16
  /// Number, references, reserved bytes, size.
  private static let objectHeaderSize = 16

  /// Throws where a heap in the file at `path` does not add up.
  static func check(_ path: String) throws(Failure) {
    let bytes = try FileContent.read(path)
    var start = 0
    while let place = next(in: bytes, from: start) {
      guard isSound(bytes, at: place) else {
        throw Failure(
          .fileMalformed, "`\(path)` is damaged: its heap of texts at byte \(place) does not add up"
        )
      }
      start = place + signature.count
    }
  }

  /// The next place where a heap may begin.
  private static func next(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { buffer -> Int? in
      guard let base = buffer.baseAddress else { return nil }
      var place = start
      while buffer.count - place >= signature.count,
        let found = memchr(base + place, Int32(signature[0]), buffer.count - place)
      {
        place = UnsafeRawPointer(found) - base
        if buffer[place...].starts(with: signature) { return place }
        place += 1
      }
      return nil
    }
  }

  /// Whether the objects of the heap fill it exactly.
  private static func isSound(_ bytes: [UInt8], at place: Int) -> Bool {
    func number(_ offset: Int, _ size: Int) -> UInt64 {
      bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
    guard bytes.count - place >= headerSize else { return false }
    let size = number(place + 8, 8)
    guard size >= headerSize, size <= UInt64(bytes.count - place) else { return false }
    let end = place + Int(size)
    var position = place + headerSize
    // What is too small for an object is free.
    while end - position >= objectHeaderSize {
      let length = number(position + 8, 8)
      guard length <= UInt64(end - position) else { return false }
      let isFree = number(position, 2) == 0
      let step = isFree ? Int(length) : objectHeaderSize + (Int(length) + 7) / 8 * 8
      guard step >= objectHeaderSize, step <= end - position else { return false }
      position += step
    }
    return true
  }
}
