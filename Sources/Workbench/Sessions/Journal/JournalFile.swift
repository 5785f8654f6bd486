import Glibc
import Kernel
import Synchronization

/// The file of a journal: records are added to its end, and are on the disk before a call returns.
///
/// One program at a time has it open: the lock goes with the process, however that ends.
final class JournalFile: Sendable {
  let path: String
  private let descriptor: Int32
  private let state = Mutex(State())

  private struct State {
    /// Whether the last write may have left half a line.
    var isLineOpen = false
    /// What kept the last record from being written.
    var failure: Failure?
  }

  /// Opens the file, which is made where there is none, and locks it.
  ///
  /// - Throws: `writeFailed`, or `incompatible` where another program has it open.
  init(_ path: String) throws(Failure) {
    self.path = path
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw SafeWrite.cannotWrite(path, reason: errno) }
    // A process that was begun beside this one may hold the lock until it has become another program.
    var isLocked = false
    for attempt in 0..<20 where !isLocked {
      if attempt > 0 { usleep(25_000) }
      isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0
    }
    guard isLocked else {
      close(descriptor)
      throw Failure(.incompatible, "`\(path)` is open in another program")
    }
    // What a program that was killed wrote last may be half a line.
    var last: UInt8 = UInt8(ascii: "\n")
    let size = lseek(descriptor, 0, SEEK_END)
    if size > 0 { _ = pread(descriptor, &last, 1, size - 1) }
    let isOpen = last != UInt8(ascii: "\n")
    state.withLock { $0.isLineOpen = isOpen }
  }

  deinit { close(descriptor) }

  /// Adds a record and waits until it is on the disk.
  ///
  /// - Returns: Whether it is there; what went wrong can be asked for with `takeFailure`.
  @discardableResult
  func append(_ record: JournalRecord) -> Bool {
    let line = record.json.compact + "\n"
    return state.withLock { state in
      let bytes = Array(((state.isLineOpen ? "\n" : "") + line).utf8)
      state.isLineOpen = true
      var written = 0
      while written < bytes.count {
        let count = bytes[written...].withUnsafeBytes {
          write(descriptor, $0.baseAddress, $0.count)
        }
        if count < 0, errno == EINTR { continue }
        guard count > 0 else {
          state.failure = SafeWrite.cannotWrite(path, reason: count == 0 ? ENOSPC : errno)
          return false
        }
        written += count
      }
      state.isLineOpen = false
      guard fdatasync(descriptor) == 0 else {
        state.failure = SafeWrite.cannotWrite(path, reason: errno)
        return false
      }
      return true
    }
  }

  /// What kept a record from being written since this was last asked.
  func takeFailure() -> Failure? {
    state.withLock { state in
      defer { state.failure = nil }
      return state.failure
    }
  }

  /// Notes that something that belongs to a record could not be written.
  func note(_ failure: Failure) { state.withLock { $0.failure = failure } }

  /// Whether a program has the journal open now.
  static func isLocked(_ path: String) -> Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return true }
    return false
  }
}
