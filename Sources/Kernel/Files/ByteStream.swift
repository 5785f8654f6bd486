/// Bytes that are read once from front to end: a file's, or what is packed in another stream.
///
/// Only a piece of them is in memory at a time. What a file claims is compared with `most` before
/// room is made for it.
final class ByteStream {
  /// What the bytes are, for messages: usually the file's path.
  let source: String
  /// The most bytes that can still come; exactly as many where a file's size tells.
  private(set) var most: Int
  private var piece: [UInt8] = []
  private var place = 0
  private let next: () throws(Failure) -> [UInt8]

  /// - Parameters:
  ///   - most: The most bytes that come; what is beyond them is not asked for.
  ///   - next: The next bytes; none at the end.
  init(source: String, most: Int, next: @escaping () throws(Failure) -> [UInt8]) {
    self.source = source
    self.most = most
    self.next = next
  }

  /// The bytes of the file at `path`.
  ///
  /// - Throws: `fileNotFound`.
  convenience init(file path: String, stop: StopSignal? = nil) throws(Failure) {
    let (size, next) = try FileContent.pieces(of: path, stop: stop)
    self.init(source: path, most: size, next: next)
  }

  /// The next `count` bytes of this stream as a stream of their own; they are used up as it is
  /// read.
  func prefix(_ count: Int) -> ByteStream {
    var left = count
    return ByteStream(source: source, most: min(count, most)) { () throws(Failure) in
      let bytes = Array(try self.some(left))
      left -= bytes.count
      return bytes
    }
  }

  /// The next bytes, as many as lie ready, and `count` at most; none at the end.
  func some(_ count: Int) throws(Failure) -> ArraySlice<UInt8> {
    if place == piece.count, count > 0, most > 0 {
      piece = try next()
      place = 0
    }
    let taken = min(count, piece.count - place, most)
    defer {
      place += taken
      most -= taken
    }
    return piece[place..<place + taken]
  }

  /// The next bytes, which still come: as many as lie ready, and `count` at most.
  func peek(_ count: Int) throws(Failure) -> [UInt8] {
    let bytes = try some(count)
    place -= bytes.count
    most += bytes.count
    return Array(bytes)
  }

  /// Appends the next `count` bytes to an array, which grows only as they come.
  func append(_ count: Int, to array: inout [UInt8], _ what: String) throws(Failure) {
    var left = count
    while left > 0 {
      let bytes = try some(left)
      guard !bytes.isEmpty else {
        throw malformed("\(what) needs \(count) bytes, and \(count - left) are left")
      }
      array += bytes
      left -= bytes.count
    }
  }

  /// The next `count` bytes.
  ///
  /// - Throws: `fileMalformed` where there are fewer.
  func read(_ count: Int, _ what: String) throws(Failure) -> [UInt8] {
    guard count <= most else {
      throw malformed("\(what) needs \(count) bytes, and at most \(most) are left")
    }
    var bytes: [UInt8] = []
    // 64 MiB at once; for more, room is made as bytes come.
    bytes.reserveCapacity(min(count, 64 << 20))
    try append(count, to: &bytes, what)
    return bytes
  }

  /// Passes over the next `count` bytes.
  func skip(_ count: Int, _ what: String) throws(Failure) {
    var left = count
    while left > 0 {
      let passed = try some(left).count
      guard passed > 0 else {
        throw malformed("\(what) needs \(count) bytes, and \(count - left) are left")
      }
      left -= passed
    }
  }

  /// Passes over all that is left, so that its checksums are compared, and tells how much that was.
  @discardableResult func skipRest() throws(Failure) -> Int {
    var passed = 0
    while true {
      let count = try some(.max).count
      if count == 0 { return passed }
      passed += count
    }
  }

  /// A failure that names the file.
  func malformed(_ fault: String) -> Failure {
    Failure(.fileMalformed, "`\(source)` is damaged or cut short: \(fault)")
  }
}
