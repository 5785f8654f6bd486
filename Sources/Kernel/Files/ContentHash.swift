internal import CCrypto

/// The SHA-256 of some content: 32 bytes.
///
/// Two values of the same kind have the same hash exactly when they have the same content; what
/// is hashed are canonical bytes (`CanonicalEncoder`), never a file's own metadata.
public struct ContentHash: Hashable, Sendable, Comparable, CustomStringConvertible {
  /// The number of bytes of a hash.
  public static let byteCount = 32

  /// The 32 bytes.
  public let bytes: [UInt8]

  /// The hash with these bytes; nil unless there are 32.
  public init?(bytes: [UInt8]) {
    guard bytes.count == Self.byteCount else { return nil }
    self.bytes = bytes
  }

  /// The hash written as 64 hexadecimal digits of either case.
  public init?(hex: String) {
    let digits = hex.utf8.map { UInt8(Character(UnicodeScalar($0)).hexDigitValue ?? 255) }
    guard digits.count == 2 * Self.byteCount, !digits.contains(255) else { return nil }
    bytes = (0..<Self.byteCount).map { digits[2 * $0] << 4 | digits[2 * $0 + 1] }
  }

  /// The hash of some bytes, such as a file's.
  public init(of content: [UInt8]) {
    self = content.withUnsafeBytes { buffer in
      let hasher = ContentHasher()
      hasher.update(buffer)
      return hasher.finish()
    }
  }

  /// The hash of the bytes of the file at `path`, read in pieces until `stop` is raised.
  public init(ofFileAt path: String, stop: StopSignal? = nil) throws(Failure) {
    let hasher = ContentHasher()
    try FileContent.forEachPiece(of: path, stop: stop) { hasher.update($0) }
    self = hasher.finish()
  }

  /// The 64 hexadecimal digits.
  public var hex: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(
      decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  /// The first and last four digits, for people: `51d0…88b2`.
  public var short: String { hex.prefix(4) + "…" + hex.suffix(4) }

  public var description: String { hex }

  public static func < (a: Self, b: Self) -> Bool {
    a.bytes.lexicographicallyPrecedes(b.bytes)
  }
}

/// SHA-256 over bytes that come in pieces.
final class ContentHasher {
  private let context: OpaquePointer

  init() {
    guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
      fatalError("SHA-256 is not to be had from libcrypto")
    }
    self.context = context
  }

  deinit { EVP_MD_CTX_free(context) }

  /// Adds bytes.
  func update(_ bytes: UnsafeRawBufferPointer) {
    let result = EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    precondition(result == 1, "libcrypto refused to go on with a digest")
  }

  /// Adds bytes.
  func update(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { update($0) }
  }

  /// The hash of all bytes added; the hasher is used up.
  func finish() -> ContentHash {
    var digest = [UInt8](repeating: 0, count: ContentHash.byteCount)
    let result = EVP_DigestFinal_ex(context, &digest, nil)
    guard result == 1, let hash = ContentHash(bytes: digest) else {
      preconditionFailure("libcrypto gave no digest")
    }
    return hash
  }
}
