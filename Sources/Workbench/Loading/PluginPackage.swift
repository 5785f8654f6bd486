import Foundation
import Kernel

/// The files of a Swift package, and of the packages beside it that it is built from.
struct PluginPackage {
  private let folder: String

  init(_ folder: String) { self.folder = folder.resolvedPath }

  /// A hash over the names and contents of all files but hidden ones, as those of `.build` are.
  func hash() throws(Failure) -> ContentHash {
    var lines: [String] = []
    var seen: Set<String> = []
    try add(folder, &seen, &lines)
    return ContentHash(of: Array(lines.joined(separator: "\n").utf8))
  }

  private func add(
    _ folder: String, _ seen: inout Set<String>, _ lines: inout [String]
  ) throws(Failure) {
    guard seen.insert(folder).inserted else { return }
    let all = FileManager.default.enumerator(
      at: URL(fileURLWithPath: folder), includingPropertiesForKeys: nil,
      options: [.skipsHiddenFiles])
    let files = (all?.compactMap { ($0 as? URL)?.resolvingSymlinksInPath().path } ?? []).filter {
      // What the package manager writes down of dependencies comes with the first build.
      FileContent.exists($0) && !FileContent.isFolder($0) && !$0.hasSuffix("/Package.resolved")
    }
    for file in files.sorted() {
      // Where the package lies is no part of what it is.
      let name = file.hasPrefix(folder) ? String(file.dropFirst(folder.count)) : file
      lines.append("\(name) \(try ContentHash(ofFileAt: file).hex)")
    }
    for path in localDependencies(of: folder) where FileContent.isFolder(path) {
      try add(path, &seen, &lines)
    }
  }

  /// The folders that the manifest names in `.package(path: "…")`.
  ///
  /// Read from its text: asking the package manager takes half a second each time it is loaded.
  private func localDependencies(of folder: String) -> [String] {
    guard let bytes = FileManager.default.contents(atPath: folder + "/Package.swift") else {
      return []
    }
    return String(decoding: bytes, as: UTF8.self)
      .matches(of: /\.package\([^)]*path:\s*"([^"]+)"/)
      .map { match in
        let path = String(match.1)
        return (path.hasPrefix("/") ? path : folder + "/" + path).resolvedPath
      }
  }
}
