import Foundation

/// Completes names of files and folders.
struct FileCompletion: Sendable {
  /// The folder that relative paths begin in; the program's own where it is empty.
  var base = ""
  /// What `~` stands for.
  var home = ProcessInfo.processInfo.environment["HOME"] ?? ""

  /// The files whose paths begin with `partial`, folders ending in `/`, sorted by name.
  ///
  /// Names that could not be typed without quotes are offered only inside them, hidden files only
  /// after a dot.
  func complete(_ partial: String, isQuoted: Bool) -> [Completion] {
    let slash = partial.lastIndex(of: "/")
    let folderText = slash.map { String(partial[...$0]) } ?? ""
    let prefix = Array((slash.map { partial[partial.index(after: $0)...] } ?? partial[...]).utf8)
    return entries(inFolder: location(of: folderText), prefix: prefix)
      .filter { isQuoted || Self.isBare($0.name) }
      .map { entry in
        Completion(
          folderText + entry.name + (entry.isFolder ? "/" : ""),
          detail: entry.isFolder ? "folder" : "file", isWhole: !entry.isFolder)
      }
  }

  private func location(of folder: String) -> String {
    if folder.hasPrefix("~/"), !home.isEmpty { return home + folder.dropFirst() }
    if folder.hasPrefix("/") { return folder }
    let start = base.isEmpty ? "." : base
    return folder.isEmpty ? start : start + "/" + folder
  }

  private struct Entry {
    var name: String
    var isFolder: Bool
  }

  /// Reads the folder itself: a list made by the file manager costs more than the 30 ms there are
  /// for an answer where a folder has ten thousand files.
  private func entries(inFolder folder: String, prefix: [UInt8]) -> [Entry] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    var found: [(bytes: [UInt8], isFolder: Bool)] = []
    while let entry = readdir(stream) {
      let type = entry.pointee.d_type
      let bytes: [UInt8]? = withUnsafeBytes(of: &entry.pointee.d_name) { raw in
        let length = raw.firstIndex(of: 0) ?? raw.count
        let name = raw[..<length]
        let isHidden = name.first == UInt8(ascii: ".")
        guard name.starts(with: prefix), !isHidden || prefix.first == UInt8(ascii: ".") else {
          return nil
        }
        return Array(name)
      }
      guard let bytes, bytes != [UInt8(ascii: ".")], bytes != Array("..".utf8) else { continue }
      found.append((bytes, isFolder(type, folder: folder, name: bytes)))
    }
    found.sort { $0.bytes.lexicographicallyPrecedes($1.bytes) }
    return found.compactMap { entry in
      String(validating: entry.bytes, as: UTF8.self).map {
        Entry(name: $0, isFolder: entry.isFolder)
      }
    }
  }

  private func isFolder(_ type: UInt8, folder: String, name: [UInt8]) -> Bool {
    switch Int(type) {
    case Int(DT_DIR): return true
    case Int(DT_LNK), Int(DT_UNKNOWN):
      var status = stat()
      let path = folder + "/" + String(decoding: name, as: UTF8.self)
      return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    default: return false
    }
  }

  /// Whether the name can be typed as a path without quotes.
  private static func isBare(_ name: String) -> Bool {
    name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
        UInt8(ascii: "-"), 0x80...:
        true
      default: false
      }
    }
  }
}
