import BuildStamp
import Contract
import Foundation
import Kernel

/// A plugin in Swift: a file, a package, or a library that was compiled from one of these.
struct SwiftPlugin {
  let file: PluginFile
  /// Called before the compiler is, which takes a few seconds.
  let willCompile: () -> Void
  /// Looked at many times a second while it compiles.
  let isStopped: () -> Bool

  /// The plugin, compiled first unless that was done before.
  func load() throws(LoadingFailure) -> Plugin {
    do throws(Failure) {
      let cache = try PluginCache()
      let kept = cache.library(moduleName, of: file.hash)
      if FileContent.exists(kept) {
        // One that cannot be loaded is made anew: a full disk may have cut it off.
        if let plugin = try? SwiftLibrary.load(kept, name: file.name) { return plugin }
        unlink(kept)
      }
      if file.kind == .library {
        // A copy: of a path that is open already the system gives what was there before.
        try SafeWrite.bytes(try file.content(), to: kept)
        return try SwiftLibrary.load(kept, name: file.name)
      }
      willCompile()
      return try cache.withWorkFolder { work throws(Failure) in
        let library = "\(work)/\(moduleName).so"
        try compile(to: library, in: work, cache)
        // Kept only if it belongs to this build.
        let plugin = try SwiftLibrary.load(library, name: file.name)
        // Whoever compiled the same at the same time made the same.
        guard rename(library, kept) == 0 else { throw SafeWrite.cannotWrite(kept, reason: errno) }
        return plugin
      }
    } catch {
      guard error.code == .pluginDoesNotCompile else { throw LoadingFailure(error) }
      throw CompilerComplaint(error.message, file: file).failure
    }
  }

  /// The name without its ending, as an identifier.
  private var stem: String {
    let name = (file.name as NSString).deletingPathExtension
    let letters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return String(letters.first?.isLetter == true ? letters : ["p", "_"] + letters)
  }

  /// Another content is another module: two versions of one plugin can be in the program at once.
  private var moduleName: String { "\(stem)_\(file.hash.hex.prefix(12))" }

  // MARK: - Compiling

  private func compile(
    to library: String, in work: String, _ cache: PluginCache
  ) throws(Failure) {
    let modules = try SwiftModules()
    let compiler = try SwiftCompiler()
    if file.kind == .package {
      let path = file.resolvedPath
      let place =
        "\(cache.folder)/build-\(stem)-\(ContentHash(of: Array(path.utf8)).hex.prefix(12))"
      try cache.locked(place, isStopped: isStopped) { () throws(Failure) in
        let package = SwiftPackage(
          path: path, scratch: place, modules: modules, compiler: compiler, isStopped: isStopped)
        try package.build(to: library, in: work, named: moduleName)
        // What was saved while it was built is in it, or not: nobody knows.
        try file.checkUnchanged()
      }
      return
    }
    // A copy, so that what is compiled is what was hashed.
    let copy = "\(work)/\(file.name)"
    try SafeWrite.bytes(try file.content(), to: copy)
    let entry = "\(work)/\(moduleName)_entry.swift"
    try SafeWrite.text(SwiftLibrary.entry(), to: entry)
    let run = try compiler.run(
      Self.arguments(module: moduleName, modules) + [
        copy, entry, "-o", library,
      ], in: work, isStopped: isStopped)
    guard run.status == 0 else { throw Failure(.pluginDoesNotCompile, run.output) }
  }

  /// How one file, or what ties a package to Basin, is compiled; with lines, for a crash's report.
  static func arguments(module: String, _ modules: SwiftModules) -> [String] {
    [
      "-O", "-gline-tables-only", "-swift-version", "6", "-parse-as-library", "-emit-library",
      "-module-name", module, "-diagnostic-style", "llvm", "-no-color-diagnostics",
    ] + modules.arguments
  }
}
