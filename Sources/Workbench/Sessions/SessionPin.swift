import Contract
import Foundation
import Kernel

/// A line of a saved session's head.
enum SessionPin: Hashable, Sendable {
  case program(version: String, level: String, seed: UInt64)
  /// A file that was read, with its SHA-256.
  case input(path: String, hash: String)
  /// A file of a known data set, wherever that lies, with its SHA-256.
  case data(set: String, file: String, hash: String)
  /// A plugin that was loaded, with its SHA-256.
  case plugin(path: String, hash: String)
  /// A method and its version.
  case method(String)
  /// A plugin's metric or reader, and its version.
  case plugged(PluggedPart)

  var line: String {
    switch self {
    case .program(let version, let level, let seed):
      "#@ basin \(version) | \(level) | seed \(seed)"
    case .input(let path, let hash): "#@ input \(path) | sha256:\(hash)"
    case .data(let set, let file, let hash): "#@ data \(set) \(file) | sha256:\(hash)"
    case .plugin(let path, let hash): "#@ plugin \(path) | sha256:\(hash)"
    case .method(let method): "#@ method \(method)"
    case .plugged(let part): "#@ \(part.text)"
    }
  }

  /// The pin of a file that was read.
  init(_ file: CallRecord.FilePin) {
    if let set = file.dataSet {
      let name = URL(fileURLWithPath: file.path).lastPathComponent
      self = .data(set: set.name, file: name, hash: file.hash.hex)
    } else if file.isPlugin {
      self = .plugin(path: file.path, hash: file.hash.hex)
    } else {
      self = .input(path: file.path, hash: file.hash.hex)
    }
  }

  /// The pin of a plugin.
  init(_ origin: PluginOrigin) { self = .plugin(path: origin.path, hash: origin.hash.hex) }

  /// The pin in a comment; `nil` where it is none.
  init?(_ comment: Comment) {
    let text = comment.text.trimmingBlanks
    // A path may hold anything, so its hash is looked for from the end.
    let isPlugin = text.hasPrefix("plugin ")
    if isPlugin || text.hasPrefix("input "),
      let mark = text.range(of: " | sha256:", options: .backwards)
    {
      let path = String(text[..<mark.lowerBound].drop { $0 != " " }).trimmingBlanks
      let hash = text[mark.upperBound...].lowercased()
      self = isPlugin ? .plugin(path: path, hash: hash) : .input(path: path, hash: hash)
      return
    }
    let parts = text.components(separatedBy: " | ").map(\.trimmingBlanks)
    if parts.count == 3, parts[0].hasPrefix("basin "), parts[2].hasPrefix("seed "),
      let seed = UInt64(parts[2].dropFirst(5))
    {
      self = .program(version: String(parts[0].dropFirst(6)), level: parts[1], seed: seed)
    } else if parts.count == 2, parts[0].hasPrefix("data "), parts[1].hasPrefix("sha256:"),
      case let words = parts[0].split(separator: " "), words.count == 3
    {
      self = .data(
        set: String(words[1]), file: String(words[2]),
        hash: String(parts[1].dropFirst(7)).lowercased())
    } else if parts.count == 1, text.hasPrefix("method ") {
      self = .method(String(text.dropFirst(7)))
    } else if parts.count == 1, let part = PluggedPart(text) {
      self = .plugged(part)
    } else {
      return nil
    }
  }
}
