import Glibc

/// The records in which another process passes on what it read, in memory shared with it.
///
/// Every field is nil where the bytes end before it does.
final class HDF5Records {
  private let bytes: UnsafeRawBufferPointer
  private var position = 0

  /// The records behind a descriptor, which is closed; nil where they cannot be had.
  init?(owning descriptor: Int32) {
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    guard status.st_size > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, status.st_size, PROT_READ, MAP_SHARED, descriptor, 0)
    guard let start, start != MAP_FAILED else { return nil }
    bytes = UnsafeRawBufferPointer(start: start, count: status.st_size)
  }

  deinit {
    guard let start = bytes.baseAddress else { return }
    munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
  }

  /// The letter with which the next record begins.
  func letter() -> Character? {
    take(1).map { Character(Unicode.Scalar($0[$0.startIndex])) }
  }

  /// The next number.
  func number() -> UInt64? {
    take(8).map { field in
      UInt64(littleEndian: UnsafeRawBufferPointer(rebasing: field).loadUnaligned(as: UInt64.self))
    }
  }

  /// The next run of bytes.
  func octets() -> [UInt8]? {
    number().flatMap(Int.init(exactly:)).flatMap(take).map(Array.init)
  }

  /// The next text.
  func text() -> String? {
    number().flatMap(Int.init(exactly:)).flatMap(take).map { String(decoding: $0, as: UTF8.self) }
  }

  private func take(_ count: Int) -> Slice<UnsafeRawBufferPointer>? {
    guard count >= 0, count <= bytes.count - position else { return nil }
    defer { position += count }
    return bytes[position..<position + count]
  }
}
