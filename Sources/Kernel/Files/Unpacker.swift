internal import CZlib

extension ByteStream {
  /// How bytes are packed.
  enum Packing: Int32 {
    /// One zlib stream.
    case zlib = 15
    /// The members of a gzip file, one after another; 16 asks for their headers.
    case gzip = 31
  }

  /// What is packed in another stream, its checksums compared where it ends.
  ///
  /// - Parameter limit: The most bytes that may come out.
  convenience init(
    unpacking packed: ByteStream, _ packing: Packing, limit: Int
  ) throws(Failure) {
    let (possible, overflow) = packed.most.multipliedReportingOverflow(by: Inflate.largestRatio)
    let unpacker = try Unpacker(packed, packing, limit: limit)
    // One more, so that what is beyond the limit is asked for and refused.
    self.init(source: packed.source, most: (overflow ? limit : min(limit, possible)) + 1) {
      () throws(Failure) in try unpacker.next()
    }
  }
}

/// Inflates a stream a piece at a time.
private final class Unpacker {
  /// 256 KiB: stays in the processor's cache until it is read.
  private static let pieceSize = 1 << 18

  /// On the heap, since zlib keeps its address.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let packed: ByteStream
  private let packing: ByteStream.Packing
  private let limit: Int
  private var input: ArraySlice<UInt8> = []
  private var made = 0
  private var hasEnded = false

  init(_ packed: ByteStream, _ packing: ByteStream.Packing, limit: Int) throws(Failure) {
    self.packed = packed
    self.packing = packing
    self.limit = limit
    stream.initialize(to: z_stream())
    guard basin_inflate_init(stream, packing.rawValue) == Z_OK else {
      throw Failure(.outOfMemory, "there is no memory to unpack `\(packed.source)`")
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
  }

  /// The next bytes; none at the end.
  func next() throws(Failure) -> [UInt8] {
    while !hasEnded {
      if input.isEmpty { input = try packed.some(.max) }
      guard !input.isEmpty else {
        throw Failure(
          .fileMalformed,
          "`\(packed.source)` is cut short: its packed content ends in the middle")
      }
      let (piece, status) = step()
      guard status == Z_OK || status == Z_STREAM_END else {
        throw Inflate.broken(status, &stream.pointee, packed.source)
      }
      if status == Z_STREAM_END { try endMember() }
      made += piece.count
      guard made <= limit else { throw Inflate.tooLarge(packed.source, limit) }
      if !piece.isEmpty { return piece }
    }
    return []
  }

  /// Inflates until a piece is full or the input is used up.
  private func step() -> (piece: [UInt8], status: Int32) {
    var status = Z_OK
    var used = 0
    let piece = [UInt8](unsafeUninitializedCapacity: Self.pieceSize) { output, filled in
      input.withUnsafeBufferPointer { input in
        stream.pointee.next_in = input.baseAddress.map { UnsafeMutablePointer(mutating: $0) }
        // Pieces have 1 MiB at most.
        stream.pointee.avail_in = UInt32(input.count)
        stream.pointee.next_out = output.baseAddress
        stream.pointee.avail_out = UInt32(output.count)
        status = inflate(stream, Z_NO_FLUSH)
        used = input.count - Int(stream.pointee.avail_in)
        filled = output.count - Int(stream.pointee.avail_out)
      }
    }
    input = input.dropFirst(used)
    return (piece, status)
  }

  /// Looks for another member, past the zeros that tapes pad with.
  private func endMember() throws(Failure) {
    hasEnded = true
    guard packing == .gzip else { return }
    while true {
      if input.isEmpty { input = try packed.some(.max) }
      if input.isEmpty { return }
      input = input.drop { $0 == 0 }
      if !input.isEmpty { break }
    }
    guard input.first == 0x1F, inflateReset(stream) == Z_OK else {
      throw Failure(
        .fileMalformed, "`\(packed.source)` goes on after its end with what is no gzip member")
    }
    hasEnded = false
  }
}
