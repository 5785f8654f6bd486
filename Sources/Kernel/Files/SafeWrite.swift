// A file appears under its name only when all of it is on the disk: it is written beside its
// place, synchronized, renamed over the old one, and the folder is synchronized. Whoever reads
// during the write sees the old file; a full disk or a stop in between leaves the old file whole.

import Glibc
import Synchronization

/// Writing files so that the old one stays whole until the new one is.
public enum SafeWrite {
  /// Numbers temporary files, so that two writers in one process never share one.
  private static let counter = Atomic<UInt64>(0)

  /// Writes `bytes` to `path`.
  public static func bytes(
    _ bytes: [UInt8], to path: String, stop: StopSignal? = nil
  ) throws(Failure) {
    try file(at: path, stop: stop) { (writer) throws(Failure) in try writer.write(bytes) }
  }

  /// Writes `text` to `path` in UTF-8.
  public static func text(_ text: String, to path: String) throws(Failure) {
    try bytes(Array(text.utf8), to: path)
  }

  /// Writes a file in pieces: what `body` writes stands at `path` once `body` has returned.
  ///
  /// - Parameter stop: When raised before the file stands at its place, ends the writing with `stopped`.
  /// - Throws: `writeFailed` with the path and the system's reason, or what `body` throws. The
  ///   temporary file is gone then, and the old file is as it was.
  public static func file(
    at path: String, stop: StopSignal? = nil, _ body: (inout FileWriter) throws(Failure) -> Void
  ) throws(Failure) {
    try throughTemporary(path) { (temporary, target) throws(Failure) in
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
      guard descriptor >= 0 else { throw cannotWrite(path, reason: errno) }
      do throws(Failure) {
        var writer = FileWriter(descriptor: descriptor, path: path, stop: stop)
        try body(&writer)
        try writer.flush()
        try writer.waitForDisk()
        try finish(descriptor, like: target, path: path)
      } catch {
        close(descriptor)
        throw error
      }
      // Network file systems report a full disk only here.
      guard close(descriptor) == 0 else { throw cannotWrite(path, reason: errno) }
    }
  }

  /// Writes a file through something that wants a path: what `body` leaves at the temporary path
  /// that it is given stands at `path` once `body` has returned.
  ///
  /// - Throws: As `file(at:_:)`.
  public static func path(
    _ path: String, _ body: (_ temporary: String) throws(Failure) -> Void
  ) throws(Failure) {
    try throughTemporary(path) { (temporary, target) throws(Failure) in
      try body(temporary)
      let descriptor = open(temporary, O_RDWR | O_CLOEXEC)
      guard descriptor >= 0 else { throw cannotWrite(path, reason: errno) }
      defer { close(descriptor) }
      try finish(descriptor, like: target, path: path)
    }
  }

  /// The failure that says that `path` could not be written and why.
  public static func cannotWrite(_ path: String, reason: Int32) -> Failure {
    let old = FileContent.exists(path) ? "the old file is as it was" : "nothing was left behind"
    let sentence =
      switch reason {
      case ENOSPC, EDQUOT: "the disk is full"
      case ENOENT, ENOTDIR: "there is no folder `\(folder(of: path))`"
      case EISDIR: "it is a folder"
      default: systemReason(reason)
      }
    return Failure(.writeFailed, "`\(path)` could not be written: \(sentence)", notes: [old])
  }

  private static func throughTemporary(
    _ path: String, _ body: (_ temporary: String, _ target: String) throws(Failure) -> Void
  ) throws(Failure) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw Failure(.writeFailed, "`\(path)` is no name of a file")
    }
    guard !FileContent.isFolder(path) else { throw cannotWrite(path, reason: EISDIR) }
    let target = resolved(path)
    let number = counter.add(1, ordering: .relaxed).newValue
    let temporary = folder(of: target) + "/.\(lastName(of: target)).\(getpid()).\(number).part"
    do throws(Failure) {
      try body(temporary, target)
      guard rename(temporary, target) == 0 else { throw cannotWrite(path, reason: errno) }
    } catch {
      unlink(temporary)
      throw error
    }
    try synchronizeFolder(of: target, path: path)
  }

  /// Gives the new file the old one's permissions and waits until it is on the disk.
  private static func finish(
    _ descriptor: Int32, like target: String, path: String
  ) throws(Failure) {
    var old = stat()
    if stat(target, &old) == 0 {
      // A file system without permissions refuses this; the file's content is not concerned.
      _ = fchmod(descriptor, old.st_mode & 0o7777)
    }
    guard fsync(descriptor) == 0 else { throw cannotWrite(path, reason: errno) }
  }

  private static func synchronizeFolder(of target: String, path: String) throws(Failure) {
    let descriptor = open(folder(of: target), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // A folder that may be written but not read cannot be synchronized; the file is in place.
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 || errno == EINVAL else {
      throw Failure(
        .writeFailed, "`\(path)` is written, but its folder could not be synchronized",
        notes: [systemReason(errno)])
    }
  }

  /// Where a symbolic link leads, so that the link stays and its target is replaced.
  private static func resolved(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  private static func folder(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
  }

  private static func lastName(of path: String) -> String {
    guard let slash = path.lastIndex(of: "/") else { return path }
    return String(path[path.index(after: slash)...])
  }
}
