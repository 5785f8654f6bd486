import Foundation
import Glibc
import Kernel
import Synchronization

/// A folder that only this user may look into, removed with the value.
///
/// It is locked as long as the value lives, so that those of programs that were killed can be told
/// and removed: memory would be taken for ever.
final class PrivateFolder: Sendable {
  let path: String
  private let lock: Int32
  /// How many bytes were written from here.
  private let written = Atomic<Int>(0)

  /// Makes a folder in memory where there is room, else where temporary files are.
  ///
  /// - Parameter bytes: How much will be written there.
  init(for bytes: Int = 0) throws(Failure) {
    _ = Self.sweeping
    let (memory, disk) = (Self.memory, Self.disk)
    // Twice: what is written, and what comes back.
    let first = Self.room(memory) > 2 * bytes + Self.reserve ? [memory, disk] : [disk]
    for place in first {
      var template = Array("\(place)/\(Self.prefix)XXXXXX".utf8CString)
      guard mkdtemp(&template) != nil else { continue }
      path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
      lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      flock(lock, LOCK_SH | LOCK_NB)
      RunningPrograms.add(folder: path)
      return
    }
    throw Failure(
      .writeFailed,
      "no folder can be made in `\(disk)`: \(String(cString: strerror(errno)).lowercased())",
      notes: ["set TMPDIR to a folder that can be written to"])
  }

  deinit {
    remove()
    close(lock)
  }

  private static let prefix = "basin-plugin-"
  private static let memory = "/dev/shm"
  private static let disk: String = {
    let path = NSTemporaryDirectory()
    return path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
  }()

  /// 16 MiB that others may want.
  private static let reserve = 16 << 20

  private static func room(_ place: String) -> Int {
    var status = statvfs()
    guard access(place, W_OK) == 0, statvfs(place, &status) == 0 else { return 0 }
    return Int(status.f_bavail) * Int(status.f_frsize)
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// How many bytes others have written here.
  var foreignBytes: Int {
    var total = 0
    guard let names = FileManager.default.enumerator(atPath: path) else { return 0 }
    for case let name as String in names {
      var status = stat()
      if lstat(file(name), &status) == 0 { total += Int(status.st_blocks) * Self.blockSize }
    }
    return max(total - written.load(ordering: .relaxed), 0)
  }

  /// What `st_blocks` counts.
  private static let blockSize = 512

  func remove() {
    try? FileManager.default.removeItem(atPath: path)
    RunningPrograms.remove(folder: path)
  }

  // MARK: - What others left

  /// Done once, before the first folder is made.
  private static let sweeping: Void = {
    for place in [memory, disk] { sweep(place) }
  }()

  /// Removes folders that nobody holds, of programs that were killed with their plugins.
  static func sweep(_ place: String, olderThan age: TimeInterval = 60) {
    for name in (try? FileManager.default.contentsOfDirectory(atPath: place)) ?? []
    where name.hasPrefix(prefix) {
      let path = place + "/" + name
      var status = stat()
      // A moment passes between the making of a folder and its lock.
      guard stat(path, &status) == 0, status.st_uid == getuid(),
        Date().timeIntervalSince1970 - Double(status.st_mtim.tv_sec) >= age
      else { continue }
      let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard lock >= 0 else { continue }
      defer { close(lock) }
      if flock(lock, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
    }
  }

  // MARK: - Arrays

  /// Writes a tensor as an npy file of 32-bit reals.
  func write(_ tensor: Tensor, to name: String) throws(Failure) {
    let header = NPY.header(shape: tensor.shape, type: .f32)
    try check(tensor.withBuffer { write(header, UnsafeRawBufferPointer($0), to: name) }, name)
  }

  /// Writes bytes as an npy file with one axis.
  func write(_ bytes: [UInt8], to name: String) throws(Failure) {
    let header = NPY.header(shape: [bytes.count], type: .u8)
    try check(bytes.withUnsafeBytes { write(header, $0, to: name) }, name)
  }

  private func check(_ problem: Int32, _ name: String) throws(Failure) {
    guard problem != 0 else { return }
    throw Failure(
      .writeFailed,
      "`\(file(name))` cannot be written: \(String(cString: strerror(problem)).lowercased())",
      notes: ["arrays go to a plugin's program through this folder"])
  }

  /// 0, or the system's number for what went wrong.
  private func write(
    _ header: [UInt8], _ elements: UnsafeRawBufferPointer, to name: String
  ) -> Int32 {
    let descriptor = open(file(name), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return errno }
    defer { close(descriptor) }
    written.add(header.count + elements.count, ordering: .relaxed)
    let problem = header.withUnsafeBytes { Self.write($0, to: descriptor) }
    return problem != 0 ? problem : Self.write(elements, to: descriptor)
  }

  private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
    var done = 0
    while done < bytes.count, let base = bytes.baseAddress {
      let count = Glibc.write(descriptor, base + done, bytes.count - done)
      if count > 0 { done += count } else if count == 0 || errno != EINTR { return errno }
    }
    return 0
  }
}
