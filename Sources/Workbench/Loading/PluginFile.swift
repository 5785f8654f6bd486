import Contract
import Foundation
import Kernel
import Synchronization

/// A file or folder that holds a plugin.
struct PluginFile {
  let path: String
  let kind: Kind
  /// The SHA-256 of the file, or of the names and contents of a package's files.
  ///
  /// Of a program it covers its own file alone, and not what that imports.
  let hash: ContentHash

  enum Kind: Hashable, Sendable {
    /// A Swift file.
    case source
    /// The folder of a Swift package.
    case package
    /// What was compiled from one of these.
    case library
    /// Whatever speaks the plugin protocol, Python scripts among them.
    case program
  }

  /// Looks at what is there.
  ///
  /// - Throws: `fileNotFound`, or `unsupportedFormat` where it is no plugin of any kind.
  init(_ path: String) throws(Failure) {
    let path = path.withHome
    self.path = path
    if FileContent.isFolder(path) {
      guard FileContent.exists(path + "/Package.swift") else {
        throw Failure(
          .unsupportedFormat, "the folder `\(path)` is no plugin: it has no Package.swift",
          notes: ["a plugin is a Swift file, a Swift package, a Python file or another program"])
      }
      kind = .package
      hash = try PluginPackage(path).hash()
      return
    }
    guard FileContent.exists(path) else {
      throw Failure(
        .fileNotFound, "there is no plugin `\(path)`",
        notes: [
          "put the file there, or name its place; `plugin new NAME` writes one to begin with"
        ])
    }
    if path.hasSuffix(".swift") {
      kind = .source
    } else if path.hasSuffix(".so") {
      kind = .library
    } else if path.hasSuffix(".py") || access(path, X_OK) == 0 {
      kind = .program
    } else {
      throw Failure(
        .unsupportedFormat, "`\(path)` is no plugin",
        notes: ["a plugin ends in .swift or .py, is a Swift package, or a program that can be run"])
    }
    hash = try ContentHash(ofFileAt: path)
  }

  var name: String { URL(fileURLWithPath: path).lastPathComponent }

  /// The one path of the file, whatever links and folders it was named by.
  var resolvedPath: String { path.resolvedPath }

  /// What the hash was made of.
  ///
  /// - Throws: `hashDiffers` where the file was changed since.
  func content() throws(Failure) -> [UInt8] {
    let bytes = try FileContent.read(path)
    guard ContentHash(of: bytes) == hash else { throw changed }
    return bytes
  }

  /// Throws where it is not what it was when it was hashed.
  func checkUnchanged() throws(Failure) {
    guard try PluginFile(path).hash == hash else { throw changed }
  }

  private var changed: Failure {
    Failure(
      .hashDiffers, "`\(path)` was changed while it was loaded", notes: ["load it again"])
  }
}

extension String {
  /// The path without links, `.` and `..`.
  var resolvedPath: String {
    URL(fileURLWithPath: self).resolvingSymlinksInPath().standardizedFileURL.path
  }

  /// The path with the person's folder in place of `~`.
  fileprivate var withHome: String {
    guard self == "~" || hasPrefix("~/"), let home = ProcessInfo.processInfo.environment["HOME"]
    else { return self }
    return home + dropFirst()
  }
}

/// Loads the plugins of lines that are checked before they run.
///
/// It may be sent elsewhere with the checker that holds it, and is called on the session's thread.
final class PluginLoader: @unchecked Sendable {
  private let host: any Host

  init(_ host: any Host) { self.host = host }

  func load(_ path: String, limits: ProgramLimits) throws(LoadingFailure) -> LoadedPlugin {
    let file: PluginFile
    do throws(Failure) { file = try PluginFile(path) } catch { throw LoadingFailure(error) }
    return try load(file, limits: limits)
  }

  func load(
    _ file: PluginFile, limits: ProgramLimits = ProgramLimits()
  ) throws(LoadingFailure) -> LoadedPlugin {
    try PluginLibrary.load(
      file, limits: limits, willCompile: { host.note("compiling \($0)") },
      isStopped: { host.isAskedToStop })
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
    _ file: PluginFile, limits: ProgramLimits = ProgramLimits(),
    willCompile: (_ name: String) -> Void = { _ in }, isStopped: () -> Bool = { false }
  ) throws(LoadingFailure) -> LoadedPlugin {
    let key = Key(path: file.resolvedPath, hash: file.hash, limits: limits)
    if let known = loaded.withLock({ $0[key] }) { return known }
    let plugin = try load(file, limits, willCompile, isStopped)
    let origin = PluginOrigin(path: file.path, name: file.name, hash: file.hash)
    let result = LoadedPlugin(plugin, origin: origin)
    loaded.withLock { $0[key] = result }
    return result
  }

  private static func load(
    _ file: PluginFile, _ limits: ProgramLimits, _ willCompile: (String) -> Void,
    _ isStopped: () -> Bool
  ) throws(LoadingFailure) -> Plugin {
    guard file.kind == .program else {
      return try withoutActuallyEscaping(isStopped) { isStopped throws(LoadingFailure) in
        try withoutActuallyEscaping(willCompile) { willCompile throws(LoadingFailure) in
          try SwiftPlugin(
            file: file, willCompile: { willCompile(file.name) }, isStopped: isStopped
          ).load().blamed(as: file.name)
        }
      }
    }
    do throws(Failure) {
      return try ProgramPlugin.load(
        file.path, hash: file.hash, limits: limits, isStopped: isStopped)
    } catch { throw LoadingFailure(error) }
  }
}
