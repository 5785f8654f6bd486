import Glibc

/// Reading whole files, with a sentence for each way that this can fail.
public enum FileContent {
  /// The most that one file may hold, packed or unpacked, unless the caller says otherwise.
  ///
  /// 16 GiB: more than any array file this program works on, less than what a hostile header
  /// can ask for.
  public static let sizeLimit = 16 << 30

  /// The bytes of the file at `path`.
  ///
  /// - Throws: `fileNotFound` where there is no such file or it may not be read,
  ///   `fileMalformed` where it is larger than `limit`, `stopped`.
  public static func read(
    _ path: String, limit: Int = sizeLimit, stop: StopSignal? = nil
  ) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotRead(path, reason: errno) }
    defer { close(descriptor) }
    let size = try regularSize(of: descriptor, path: path)
    guard size <= limit else {
      throw Failure(
        .fileMalformed, "`\(path)` is too large: \(size) bytes, and at most \(limit) are read")
    }
    return try bytes(of: descriptor, from: 0, count: size, path: path, stop: stop)
  }

  /// Everything that standard input holds.
  ///
  /// - Throws: `fileNotFound` where it is closed or a folder.
  public static func standardInput() throws(Failure) -> [UInt8] {
    var content: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(STDIN_FILENO, &piece, piece.count)
      if count > 0 { content += piece[..<count] }
      if count == 0 { return content }
      if count < 0, errno != EINTR {
        throw Failure(
          .fileNotFound, "standard input cannot be read: \(systemReason(errno))",
          notes: ["a script stands in a file, after -c, or comes through a pipe"])
      }
    }
  }

  /// The first bytes of the file at `path`, at most `count`.
  public static func beginning(of path: String, count: Int) throws(Failure) -> [UInt8] {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotRead(path, reason: errno) }
    defer { close(descriptor) }
    let size = try regularSize(of: descriptor, path: path)
    return try bytes(of: descriptor, from: 0, count: min(count, size), path: path)
  }

  /// Hands the bytes of the file at `path` to `body`, 1 MiB at a time, until `stop` is raised.
  static func forEachPiece(
    of path: String, stop: StopSignal? = nil, _ body: (UnsafeRawBufferPointer) -> Void
  ) throws(Failure) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotRead(path, reason: errno) }
    defer { close(descriptor) }
    let size = try regularSize(of: descriptor, path: path)
    var done = 0
    while done < size {
      if let stop, stop.isRaised { throw stopped(path) }
      let piece = try bytes(
        of: descriptor, from: done, count: min(1 << 20, size - done), path: path)
      guard !piece.isEmpty else { return }
      piece.withUnsafeBytes(body)
      done += piece.count
    }
  }

  /// The bytes of the file at `path`, 1 MiB at each call and none at its end, and their number.
  static func pieces(
    of path: String, stop: StopSignal? = nil
  ) throws(Failure) -> (size: Int, next: () throws(Failure) -> [UInt8]) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotRead(path, reason: errno) }
    let file = OpenFile(descriptor: descriptor)
    let size = try regularSize(of: descriptor, path: path)
    var done = 0
    return (
      size,
      { () throws(Failure) in
        if let stop, stop.isRaised { throw stopped(path) }
        let piece = try bytes(
          of: file.descriptor, from: done, count: min(1 << 20, size - done), path: path)
        done += piece.count
        return piece
      }
    )
  }

  /// The size of the file at `path` in bytes.
  public static func size(of path: String) throws(Failure) -> Int {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw cannotRead(path, reason: errno) }
    defer { close(descriptor) }
    return try regularSize(of: descriptor, path: path)
  }

  /// Whether there is a file (not a folder) at `path`.
  public static func exists(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
  }

  /// Whether there is a folder at `path`.
  public static func isFolder(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func regularSize(of descriptor: Int32, path: String) throws(Failure) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw cannotRead(path, reason: errno) }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw Failure(.fileNotFound, "`\(path)` is a folder, not a file")
    default: throw Failure(.fileNotFound, "`\(path)` is not an ordinary file")
    }
  }

  private static func bytes(
    of descriptor: Int32, from start: Int, count: Int, path: String, stop: StopSignal? = nil
  ) throws(Failure) -> [UInt8] {
    var problem: Int32 = 0
    var isStopped = false
    let content = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      while filled < count, let base = buffer.baseAddress {
        if let stop, stop.isRaised {
          isStopped = true
          return
        }
        // 4 MiB: a few milliseconds, from a slow disk some tens.
        let done = pread(
          descriptor, base + filled, min(count - filled, 4 << 20), off_t(start + filled))
        if done > 0 {
          filled += done
        } else if done == 0 {
          return
        } else if errno != EINTR {
          problem = errno
          return
        }
      }
    }
    guard problem == 0 else { throw cannotRead(path, reason: problem) }
    guard !isStopped else { throw stopped(path) }
    return content
  }

  private static func stopped(_ path: String) -> Failure {
    Failure(.stopped, "reading `\(path)` was stopped")
  }

  private static func cannotRead(_ path: String, reason: Int32) -> Failure {
    switch reason {
    case ENOENT, ENOTDIR:
      Failure(.fileNotFound, "there is no file `\(path)`")
    case EACCES, EPERM:
      Failure(.fileNotFound, "`\(path)` may not be read: \(systemReason(reason))")
    default:
      Failure(.fileNotFound, "`\(path)` cannot be read: \(systemReason(reason))")
    }
  }
}

/// A descriptor that is closed when nobody reads from it any more.
private final class OpenFile {
  let descriptor: Int32

  init(descriptor: Int32) { self.descriptor = descriptor }

  deinit { close(descriptor) }
}

/// What the system says about an error number, in lower case.
func systemReason(_ number: Int32) -> String {
  String(cString: strerror(number)).lowercased()
}
