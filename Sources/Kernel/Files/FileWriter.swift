internal import CVector
import Glibc

/// An open file that is being written; bytes are gathered and handed over in large pieces.
///
/// It exists only inside `SafeWrite`, which makes the file appear under its name when all of it
/// is on the disk.
public struct FileWriter: ~Copyable {
  let descriptor: Int32
  let path: String
  /// Ends the writing between two pieces.
  let stop: StopSignal?
  private var pending: [UInt8] = []
  /// How many bytes have been written so far.
  public private(set) var offset = 0

  /// 1 MiB: large enough that the number of system calls does not matter.
  private static let pieceSize = 1 << 20
  /// 4 MiB: what a slow disk takes in less than a tenth of a second.
  private static let diskPiece = 4 << 20

  init(descriptor: Int32, path: String, stop: StopSignal? = nil) {
    self.descriptor = descriptor
    self.path = path
    self.stop = stop
    pending.reserveCapacity(Self.pieceSize)
  }

  /// Appends bytes.
  public mutating func write(_ bytes: [UInt8]) throws(Failure) {
    var problem: Failure?
    bytes.withUnsafeBytes { buffer in
      do throws(Failure) { try write(buffer) } catch { problem = error }
    }
    if let problem { throw problem }
  }

  /// Appends the bytes of a text in UTF-8.
  public mutating func write(_ text: String) throws(Failure) {
    try write(Array(text.utf8))
  }

  /// Appends bytes.
  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    offset += bytes.count
    if bytes.count >= Self.pieceSize {
      try flush()
      try handOver(bytes)
    } else {
      pending.append(contentsOf: bytes)
      if pending.count >= Self.pieceSize { try flush() }
    }
  }

  /// Throws `stopped` where the signal is raised.
  func checkStop() throws(Failure) {
    guard let stop, stop.isRaised else { return }
    throw Failure(
      .stopped, "writing `\(path)` was stopped",
      notes: [FileContent.exists(path) ? "the old file is as it was" : "nothing was left behind"])
  }

  /// Waits until what was written is on the disk, a piece at a time, so that the synchronization of
  /// the whole file that follows has little left to wait for, and can be given up before it.
  func waitForDisk() throws(Failure) {
    for start in stride(from: 0, to: offset, by: Self.diskPiece) {
      try checkStop()
      // A file system that cannot do this does all of it in the synchronization.
      guard basin_wait_for_disk(descriptor, start, Self.diskPiece) == 0 else { break }
    }
    try checkStop()
  }

  mutating func flush() throws(Failure) {
    var problem: Failure?
    pending.withUnsafeBytes { buffer in
      do throws(Failure) { try handOver(buffer) } catch { problem = error }
    }
    pending.removeAll(keepingCapacity: true)
    if let problem { throw problem }
  }

  private func handOver(_ bytes: UnsafeRawBufferPointer) throws(Failure) {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      try checkStop()
      let count = Glibc.write(
        descriptor, base + done, min(bytes.count - done, Self.diskPiece))
      if count >= 0 {
        done += count
      } else if errno != EINTR {
        throw SafeWrite.cannotWrite(path, reason: errno)
      }
    }
  }
}
