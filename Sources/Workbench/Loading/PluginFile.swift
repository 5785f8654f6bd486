import Contract
import Foundation
import Kernel
import Synchronization

/// A file or folder that holds a plugin.
struct PluginFile {
  let path: String
  let language: PluginLanguage
  /// The SHA-256 of the file, or of the names and contents of a package's files.
  let hash: ContentHash

  /// Looks at what is there.
  ///
  /// - Throws: `fileNotFound`, or `unsupportedFormat` where it is no plugin of any kind.
  init(_ path: String) throws(Failure) {
    self.path = path
    if FileContent.isFolder(path) {
      guard FileContent.exists(path + "/Package.swift") else {
        throw Failure(
          .unsupportedFormat, "the folder `\(path)` is no plugin: it has no Package.swift",
          notes: ["a plugin is a Swift file, a Swift package, a Python file or another program"])
      }
      language = .swift
      hash = try Self.hash(ofPackage: path)
      return
    }
    guard FileContent.exists(path) else {
      throw Failure(
        .fileNotFound, "there is no plugin `\(path)`",
        notes: ["`plugin new NAME` writes one to begin with"])
    }
    if path.hasSuffix(".swift") || path.hasSuffix(".so") {
      language = .swift
    } else if path.hasSuffix(".py") || access(path, X_OK) == 0 {
      language = .python
    } else {
      throw Failure(
        .unsupportedFormat, "`\(path)` is no plugin",
        notes: ["a plugin ends in .swift or .py, is a Swift package, or a program that can be run"])
    }
    hash = try ContentHash(ofFileAt: path)
  }

  /// All files but those that are hidden, as `.build` and `.git` are.
  private static func hash(ofPackage folder: String) throws(Failure) -> ContentHash {
    let root = URL(fileURLWithPath: folder)
    let all = FileManager.default.enumerator(
      at: root, includingPropertiesForKeys: nil, options: [.skipsHiddenFiles])
    let files = (all?.compactMap { ($0 as? URL)?.path } ?? []).filter {
      FileContent.exists($0) && !FileContent.isFolder($0)
    }
    var text = ""
    for file in files.sorted() {
      text += "\(file.dropFirst(root.path.count)) \(try ContentHash(ofFileAt: file).hex)\n"
    }
    return ContentHash(of: Array(text.utf8))
  }

  var name: String { URL(fileURLWithPath: path).lastPathComponent }
}

/// Loads the plugins of lines that are checked before they run.
///
/// It may be sent elsewhere with the checker that holds it, and is called on the session's thread.
final class PluginLoader: @unchecked Sendable {
  private let host: any Host

  init(_ host: any Host) { self.host = host }

  func load(_ path: String) throws(LoadingFailure) -> LoadedPlugin {
    try PluginLibrary.load(
      path, willCompile: { host.note("compiling \($0)") }, isStopped: { host.isAskedToStop })
  }
}

/// The plugins that this program has loaded, so that one that is loaded again is there at once.
enum PluginLibrary {
  private struct Key: Hashable {
    var path: String
    var hash: ContentHash
    var limits: ProgramLimits
  }

  private static let loaded = Mutex<[Key: LoadedPlugin]>([:])

  /// Loads a plugin, or gives the one that was loaded from the same content before.
  ///
  /// - Parameters:
  ///   - willCompile: Called before the compiler is, which takes a few seconds.
  ///   - isStopped: Looked at many times a second while it is compiled.
  static func load(
    _ path: String, limits: ProgramLimits = ProgramLimits(),
    willCompile: (_ name: String) -> Void = { _ in }, isStopped: () -> Bool = { false }
  ) throws(LoadingFailure) -> LoadedPlugin {
    let file: PluginFile
    do throws(Failure) { file = try PluginFile(path) } catch { throw LoadingFailure(error) }
    let key = Key(
      path: URL(fileURLWithPath: file.path).standardizedFileURL.path, hash: file.hash,
      limits: limits)
    if let known = loaded.withLock({ $0[key] }) { return known }
    let plugin: Plugin
    switch file.language {
    case .swift:
      plugin = try withoutActuallyEscaping(isStopped) { isStopped throws(LoadingFailure) in
        let swift = SwiftPlugin(path: file.path, hash: file.hash, isStopped: isStopped)
        if !swift.isCompiled { willCompile(file.name) }
        return try swift.load()
      }
    case .python:
      do throws(Failure) {
        plugin = try ProgramPlugin.load(
          file.path, hash: file.hash, limits: limits, isStopped: isStopped)
      } catch {
        throw LoadingFailure(error)
      }
    }
    let origin = PluginOrigin(path: file.path, name: file.name, hash: file.hash)
    let result = LoadedPlugin(plugin, origin: origin, language: file.language)
    loaded.withLock { $0[key] = result }
    return result
  }
}
