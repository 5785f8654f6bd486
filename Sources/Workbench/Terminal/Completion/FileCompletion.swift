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
    let prefix = String(slash.map { partial[partial.index(after: $0)...] } ?? partial[...])
    var completions: [Completion] = []
    for name in names(inFolder: location(of: folderText), prefix: prefix)
    where isQuoted || Self.isBare(name) {
      let isFolder = name.hasSuffix("/")
      completions.append(
        Completion(
          folderText + name, detail: isFolder ? "folder" : "file", isWhole: !isFolder))
    }
    return completions
  }

  private func location(of folder: String) -> String {
    if folder.hasPrefix("~/"), !home.isEmpty { return home + folder.dropFirst() }
    if folder.hasPrefix("/") { return folder }
    let start = base.isEmpty ? "." : base
    return folder.isEmpty ? start : start + "/" + folder
  }

  /// Reads the folder itself: a list made by the file manager costs more than the 30 ms there are
  /// for an answer where a folder has ten thousand files.
  private func names(inFolder folder: String, prefix: String) -> [String] {
    guard let stream = opendir(folder) else { return [] }
    defer { closedir(stream) }
    let length = prefix.utf8.count
    let showsHidden = prefix.hasPrefix(".")
    var found: [String] = []
    while let entry = readdir(stream) {
      let name = UnsafeRawPointer(entry).advanced(by: Self.nameOffset)
        .assumingMemoryBound(to: CChar.self)
      guard strncmp(name, prefix, length) == 0, showsHidden || name[0] != Self.dot,
        strcmp(name, ".") != 0, strcmp(name, "..") != 0,
        let text = String(validatingCString: name)
      else { continue }
      found.append(isFolder(Int(entry.pointee.d_type), path: folder, text) ? text + "/" : text)
    }
    return found.sorted()
  }

  private static let dot = CChar(UInt8(ascii: "."))
  /// Where the name stands in an entry.
  private static let nameOffset = MemoryLayout<dirent>.offset(of: \.d_name) ?? 0

  private func isFolder(_ type: Int, path folder: String, _ name: String) -> Bool {
    switch type {
    case Int(DT_DIR): return true
    case Int(DT_LNK), Int(DT_UNKNOWN):
      var status = stat()
      return stat(folder + "/" + name, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    default: return false
    }
  }

  /// Whether the name can be typed as a path without quotes.
  private static func isBare(_ name: String) -> Bool {
    let bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-/"
    guard strspn(name, bare) < strlen(name) else { return true }
    return name.utf8.allSatisfy { $0 >= 0x80 || bare.utf8.contains($0) }
  }
}
