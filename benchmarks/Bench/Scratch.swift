import Foundation
import Kernel

/// A folder that is removed when nobody needs it any more.
final class Scratch: Sendable {
  let path: String

  init() throws(Failure) {
    var name = Array("/tmp/basin-bench-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else {
      throw Failure(.writeFailed, "no folder can be made in /tmp")
    }
    path = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// Writes a file and gives its path.
  func write(_ text: String, to name: String) throws(Failure) -> String {
    let file = "\(path)/\(name)"
    guard FileManager.default.createFile(atPath: file, contents: Data(text.utf8)) else {
      throw Failure(.writeFailed, "`\(file)` cannot be written")
    }
    return file
  }
}
