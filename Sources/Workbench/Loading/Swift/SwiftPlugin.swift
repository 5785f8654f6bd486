import BuildStamp
import Contract
import Foundation
import Kernel

/// A plugin in Swift: a file, a package, or a library that was compiled from one of these.
struct SwiftPlugin {
  /// The file or the package's folder.
  let path: String
  /// Hash of the file, or of all files of the package.
  let hash: ContentHash
  /// Looked at many times a second while it compiles.
  let isStopped: () -> Bool

  /// The plugin, compiled first unless that was done before.
  func load() throws(LoadingFailure) -> Plugin {
    let name = (path as NSString).lastPathComponent
    do throws(Failure) {
      if path.hasSuffix(".so") { return try SwiftLibrary.load(absolutePath, name: name) }
      let library = kept
      if !FileContent.exists(library) { try Self.makeFolder(folder) }
    } catch { throw LoadingFailure(error) }
    if !FileContent.exists(kept) { try compile() }
    do throws(Failure) { return try SwiftLibrary.load(kept, name: name) } catch {
      throw LoadingFailure(error)
    }
  }

  /// Whether it was compiled before, so that loading it is quick.
  var isCompiled: Bool { path.hasSuffix(".so") || FileContent.exists(kept) }

  // MARK: - What is kept

  /// The library: named by the plugin's content and by this build, so that another content or
  /// another build never finds it.
  private var kept: String { "\(folder)/\(moduleName).so" }

  private var folder: String {
    let key = ContentHash(of: Array("\(hash.hex) \(BuildStamp.line)".utf8)).hex.prefix(16)
    return "\(Self.cache)/\(stem)-\(key)"
  }

  /// Where compiled plugins are kept.
  private static var cache: String {
    let environment = ProcessInfo.processInfo.environment
    let home =
      environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? environment["HOME"].map { $0 + "/.cache" } ?? NSTemporaryDirectory()
    return home + "/basin/plugins"
  }

  private static func makeFolder(_ path: String) throws(Failure) {
    do {
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    } catch {
      throw Failure(
        .writeFailed, "the folder `\(path)` for compiled plugins cannot be made",
        notes: ["XDG_CACHE_HOME names another place"])
    }
  }

  private var absolutePath: String { URL(fileURLWithPath: path).standardizedFileURL.path }

  /// The name without its ending, as an identifier.
  private var stem: String {
    let name = ((path as NSString).lastPathComponent as NSString).deletingPathExtension
    let letters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return String(letters.first?.isLetter == true ? letters : ["p", "_"] + letters)
  }

  /// Another content is another module: two versions of one plugin can be in the program at once.
  private var moduleName: String { "\(stem)_\(hash.hex.prefix(12))" }

  // MARK: - Compiling

  private func compile() throws(LoadingFailure) {
    let work = "\(folder)/work-\(getpid())"
    defer {
      try? FileManager.default.removeItem(atPath: work)
      // Goes where nothing was made.
      rmdir(folder)
    }
    let library = "\(work)/\(moduleName).so"
    do throws(Failure) {
      try Self.makeFolder(work)
      let modules = try SwiftModules()
      let compiler = try SwiftCompiler()
      if FileContent.isFolder(path) {
        let package = SwiftPackage(
          path: absolutePath, scratch: "\(Self.cache)/packages/\(stem)", modules: modules,
          compiler: compiler, isStopped: isStopped)
        try package.build(to: library, in: work, named: moduleName)
      } else {
        try SafeWrite.text(SwiftLibrary.entry(), to: "\(work)/basin_entry.swift")
        let run = try compiler.run(
          Self.arguments(module: moduleName, modules) + [
            absolutePath, "\(work)/basin_entry.swift", "-o", library,
          ], in: work, isStopped: isStopped)
        guard run.status == 0 else { throw Failure(.pluginDoesNotCompile, run.output) }
      }
      // Whoever compiled the same at the same time made the same.
      guard rename(library, kept) == 0 else {
        throw SafeWrite.cannotWrite(kept, reason: errno)
      }
    } catch {
      guard error.code == .pluginDoesNotCompile else { throw LoadingFailure(error) }
      throw failure(ofCompiling: error.message)
    }
  }

  /// How one file, or what ties a package to Basin, is compiled.
  static func arguments(module: String, _ modules: SwiftModules) -> [String] {
    [
      "-O", "-swift-version", "6", "-parse-as-library", "-emit-library", "-module-name", module,
      "-diagnostic-style", "llvm", "-no-color-diagnostics",
    ] + modules.arguments
  }

  private func failure(ofCompiling output: String) -> LoadingFailure {
    let name = (path as NSString).lastPathComponent
    let own = absolutePath
    let messages = CompilerMessages(output) { file in
      if file == own { return path }
      // A package's files are shown by their place in it.
      return file.hasPrefix(own + "/") ? path + file.dropFirst(own.count) : nil
    }
    if messages.diagnostics.isEmpty, output.contains("cannot find 'plugin' in scope") {
      return LoadingFailure(
        Failure(
          .pluginDoesNotCompile, "`\(name)` declares no `plugin`",
          notes: ["as in `let plugin = Plugin(methods: [MyMatcher.self])`"]))
    }
    guard messages.diagnostics.isEmpty else {
      return LoadingFailure(
        Failure(
          .pluginDoesNotCompile,
          "`\(name)` does not compile: \(Content.counted(messages.diagnostics.count, "error"))"),
        details: messages.diagnostics)
    }
    let lines = output.split(separator: "\n")
    let said = lines.first { $0.contains("error:") } ?? lines.last ?? "it said nothing"
    return LoadingFailure(
      Failure(
        .pluginDoesNotCompile, "`\(name)` was not compiled", notes: ["the compiler: \(said)"]))
  }
}
