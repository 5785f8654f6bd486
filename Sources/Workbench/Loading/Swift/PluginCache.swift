import BuildStamp
import Foundation
import Glibc
import Kernel

/// Where compiled plugins are kept: `basin/plugins` in the person's cache.
///
/// Nobody else may be able to write there, for what lies there is loaded into the program.
struct PluginCache {
  let folder: String

  /// Makes the folder where it is not there.
  ///
  /// - Throws: `writeFailed` where it cannot be made, or belongs to somebody else.
  init() throws(Failure) {
    let environment = ProcessInfo.processInfo.environment
    // A relative path is to be passed over, as the XDG base directory specification says.
    let absolute = { (name: String) in environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil } }
    if let base = absolute("XDG_CACHE_HOME") ?? absolute("HOME").map({ $0 + "/.cache" }) {
      folder = base + "/basin/plugins"
    } else {
      folder = NSTemporaryDirectory() + "/basin-\(getuid())/plugins"
    }
    do {
      try FileManager.default.createDirectory(
        atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    } catch {
      throw Failure(
        .writeFailed, "the folder `\(folder)` for compiled plugins cannot be made",
        notes: ["XDG_CACHE_HOME names another place"])
    }
    // In a folder of everybody's the one above is to be ours, too.
    let above = (folder as NSString).deletingLastPathComponent
    for path in folder.hasPrefix(NSTemporaryDirectory()) ? [above, folder] : [folder] {
      try Self.takeForOneself(path)
    }
  }

  /// Takes the right to write from everybody else.
  private static func takeForOneself(_ path: String) throws(Failure) {
    var facts = stat()
    guard stat(path, &facts) == 0, facts.st_uid == geteuid(),
      facts.st_mode & 0o022 == 0 || chmod(path, 0o700) == 0
    else {
      throw Failure(
        .writeFailed, "the folder `\(path)` for compiled plugins belongs to somebody else",
        notes: ["XDG_CACHE_HOME names another place"])
    }
  }

  /// The library of a plugin: named by its content and by this build, so that another content or
  /// another build never finds it.
  func library(_ module: String, of hash: ContentHash) -> String {
    let key = ContentHash(of: Array("\(hash.hex) \(BuildStamp.line)".utf8)).hex.prefix(16)
    return "\(folder)/\(module)-\(key).so"
  }

  /// A new folder of its own for one compilation, removed afterwards.
  func withWorkFolder<Result>(
    _ body: (_ path: String) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    var name = Array("\(folder)/work-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else {
      throw SafeWrite.cannotWrite(folder + "/work", reason: errno)
    }
    let path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  /// Runs `body` while no other process builds in the same place.
  func locked<Result>(
    _ place: String, isStopped: () -> Bool, _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let lock = open(place + ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard lock >= 0 else { throw SafeWrite.cannotWrite(place + ".lock", reason: errno) }
    // Closing it gives the lock back.
    defer { close(lock) }
    while flock(lock, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR else {
        throw SafeWrite.cannotWrite(place + ".lock", reason: errno)
      }
      if isStopped() {
        throw Failure(.stopped, "stopped while another process built the plugin")
      }
      usleep(50_000)
    }
    return try body()
  }
}
