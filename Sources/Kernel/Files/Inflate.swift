internal import CZlib

/// Unpacking what gzip and zip packed, within limits and with checksums compared.
enum Inflate {
  /// How many bytes one packed byte can stand for at most; deflate's format sets this bound.
  static let largestRatio = 1032

  /// Whether these bytes begin as a gzip file does.
  static func isGzip(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B
  }

  /// The content of a gzip file, of all its members in order.
  ///
  /// - Parameters:
  ///   - source: The file's path, for messages.
  ///   - limit: The most bytes that may come out.
  static func gunzip(
    _ packed: [UInt8], source: String, limit: Int = FileContent.sizeLimit
  ) throws(Failure) -> [UInt8] {
    var stream = z_stream()
    // 15: the largest window; 16 more ask for gzip's header and checksum.
    guard basin_inflate_init(&stream, 15 + 16) == Z_OK else {
      throw Failure(.outOfMemory, "there is no memory to unpack `\(source)`")
    }
    defer { inflateEnd(&stream) }
    return try run(
      &stream, over: packed[...], startingWith: min(statedSize(packed), limit) + 1, limit: limit,
      source: source, manyMembers: true)
  }

  /// The first bytes of what a gzip file holds; fewer where its own first bytes do not tell.
  static func beginning(ofGzip packed: [UInt8], count: Int) -> [UInt8] {
    var stream = z_stream()
    guard basin_inflate_init(&stream, 15 + 16) == Z_OK else { return [] }
    defer { inflateEnd(&stream) }
    var consumed = 0
    return [UInt8](unsafeUninitializedCapacity: count) { output, filled in
      packed.withUnsafeBufferPointer { input in
        _ = step(&stream, input, &consumed, output, &filled, nil)
      }
    }
  }

  /// The content of a raw deflate stream, such as a zip entry's.
  ///
  /// - Parameter size: The number of bytes that must come out, neither fewer nor more.
  static func raw(
    _ packed: ArraySlice<UInt8>, size: Int, source: String, stop: StopSignal? = nil
  ) throws(Failure) -> [UInt8] {
    guard size <= FileContent.sizeLimit, size / largestRatio <= packed.count else {
      throw Failure(
        .fileMalformed,
        "`\(source)` claims to hold \(size) bytes in \(packed.count), more than can be")
    }
    var stream = z_stream()
    guard basin_inflate_init(&stream, -15) == Z_OK else {
      throw Failure(.outOfMemory, "there is no memory to unpack `\(source)`")
    }
    defer { inflateEnd(&stream) }
    let content = try run(
      &stream, over: packed, startingWith: max(size, 1), limit: max(size, 1), source: source,
      manyMembers: false, stop: stop)
    guard content.count == size else {
      throw Failure(
        .fileMalformed, "`\(source)` holds \(content.count) bytes where \(size) are stated")
    }
    return content
  }

  /// The CRC-32 of some bytes, as gzip and zip use it, going on from `previous`; of no use once `stop` is
  /// raised.
  static func checksum(
    _ bytes: [UInt8], after previous: UInt32 = 0, stop: StopSignal? = nil
  ) -> UInt32 {
    bytes.withUnsafeBufferPointer { buffer in
      // zlib takes a null pointer for "begin anew".
      guard let base = buffer.baseAddress else { return previous }
      var sum = UInt(previous)
      // 4 MiB, a few milliseconds.
      let piece = 1 << 22
      for start in stride(from: 0, to: buffer.count, by: piece) {
        if let stop, stop.isRaised { break }
        sum = UInt(crc32_z(sum, base + start, min(piece, buffer.count - start)))
      }
      return UInt32(sum)
    }
  }

  /// What the gzip trailer says the size is: a first guess at the room needed, never believed.
  private static func statedSize(_ packed: [UInt8]) -> Int {
    let stated = packed.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    // 16: more than images pack; where it is exceeded, room is found as content comes.
    return min(stated, packed.count * 16)
  }

  static func tooLarge(_ source: String, _ limit: Int) -> Failure {
    Failure(.fileMalformed, "`\(source)` unpacks to more than \(limit) bytes")
  }

  /// Runs a prepared stream over all of `packed`.
  private static func run(
    _ stream: inout z_stream, over packed: ArraySlice<UInt8>, startingWith capacity: Int,
    limit: Int, source: String, manyMembers: Bool, stop: StopSignal? = nil
  ) throws(Failure) -> [UInt8] {
    var content: [UInt8] = []
    var consumed = 0
    var pieceSize = capacity
    var status = Z_OK
    while true {
      let piece = [UInt8](unsafeUninitializedCapacity: pieceSize) { output, filled in
        packed.withUnsafeBufferPointer { input in
          status = step(&stream, input, &consumed, output, &filled, stop)
        }
      }
      if let stop, stop.isRaised { throw Failure(.stopped, "unpacking `\(source)` was stopped") }
      if content.isEmpty { content = piece } else { content += piece }
      guard content.count <= limit else { throw tooLarge(source, limit) }
      if status == Z_STREAM_END {
        let rest = packed.dropFirst(consumed)
        guard manyMembers, rest.contains(where: { $0 != 0 }) else { break }
        guard isGzip(Array(rest.prefix(2))), inflateReset(&stream) == Z_OK else {
          throw Failure(
            .fileMalformed, "`\(source)` goes on after its end with \(rest.count) bytes more")
        }
      } else if status != Z_OK {
        throw broken(status, &stream, source)
      } else if piece.count < pieceSize {
        throw Failure(
          .fileMalformed, "`\(source)` is cut short: its packed content ends in the middle")
      }
      // The stated size was too small, or there are more members.
      pieceSize = min(max(content.count, 1 << 16), max(1, limit - content.count + 1))
    }
    return content
  }

  /// Inflates until the output is full, the input is used up, or the stream ends.
  private static func step(
    _ stream: inout z_stream, _ input: UnsafeBufferPointer<UInt8>, _ consumed: inout Int,
    _ output: UnsafeMutableBufferPointer<UInt8>, _ filled: inout Int, _ stop: StopSignal?
  ) -> Int32 {
    var status = Z_OK
    // 4 MiB, some ten milliseconds; zlib counts in 32 bits anyway.
    let part = 1 << 22
    while status == Z_OK, filled < output.count {
      if let stop, stop.isRaised { return status }
      let available = min(part, input.count - consumed)
      let room = min(part, output.count - filled)
      stream.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0 + consumed) }
      stream.avail_in = UInt32(available)
      stream.next_out = output.baseAddress.map { $0 + filled }
      stream.avail_out = UInt32(room)
      status = inflate(&stream, Z_NO_FLUSH)
      let used = available - Int(stream.avail_in)
      let made = room - Int(stream.avail_out)
      consumed += used
      filled += made
      if used == 0, made == 0 { return status == Z_BUF_ERROR ? Z_OK : status }
    }
    return status
  }

  static func broken(
    _ status: Int32, _ stream: inout z_stream, _ source: String
  ) -> Failure {
    guard status != Z_MEM_ERROR else {
      return Failure(.outOfMemory, "there is no memory to unpack `\(source)`")
    }
    let reason = stream.msg.map { String(cString: $0) } ?? "not a deflate stream"
    return Failure(.fileMalformed, "`\(source)` is damaged: \(reason)")
  }
}
