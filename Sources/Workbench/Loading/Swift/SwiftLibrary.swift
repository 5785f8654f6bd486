import BuildStamp
import Contract
import Glibc
import Kernel

/// A compiled plugin: a shared library with three entries that `SwiftPlugin` compiled into it.
enum SwiftLibrary {
  /// What every plugin's library is compiled with, beside the author's text.
  ///
  /// - Parameter module: The module that declares `plugin`, where it is not the same one.
  static func entry(importing module: String? = nil) -> String {
    let imports = ["BuildStamp", "Contract"] + [module].compactMap(\.self)
    return imports.map { "import \($0)\n" }.joined() + """

      @_cdecl("\(compilerEntry)") public func basinPluginCompiler() -> UnsafePointer<UInt8> {
        BuildStamp.compiler.utf8Start
      }

      @_cdecl("\(sourcesEntry)") public func basinPluginSources() -> UnsafePointer<UInt8> {
        BuildStamp.sources.utf8Start
      }

      @_cdecl("\(pluginEntry)") public func basinPlugin() -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(PluginBox(plugin)).toOpaque()
      }

      """
  }

  /// What is inlined into every plugin: a hash over the sources that it was compiled against.
  static var stamp: String { "\(BuildStamp.sources)" }

  private static let compilerEntry = "basin_plugin_compiler"
  private static let sourcesEntry = "basin_plugin_sources"
  private static let pluginEntry = "basin_plugin"

  /// Loads a library for as long as the program runs: what it gave may live that long.
  ///
  /// - Throws: `pluginOfAnotherBuild` where it was compiled against other modules than this program
  ///   is made of; nothing of it has been called then but what gives its stamp.
  static func load(_ path: String, name: String) throws(Failure) -> Plugin {
    try checkWhole(path, name: name)
    let opened = PluginCrash.blaming(name) { dlopen(path, RTLD_NOW | RTLD_LOCAL) }
    guard let handle = opened else {
      let reason = dlerror().map { String(cString: $0) } ?? "for an unknown reason"
      // What this program does not have, another build had.
      if reason.contains("undefined symbol") { throw anotherBuild(name, notes: [reason]) }
      throw Failure(.pluginMisbehaved, "`\(name)` cannot be loaded: \(reason)")
    }
    typealias Stamp = @convention(c) () -> UnsafePointer<UInt8>
    typealias Entry = @convention(c) () -> UnsafeMutableRawPointer
    guard let compiler = dlsym(handle, compilerEntry), let sources = dlsym(handle, sourcesEntry),
      let plugin = dlsym(handle, pluginEntry)
    else {
      throw Failure(
        .pluginMisbehaved, "`\(name)` is a shared library, but no plugin of Basin's",
        notes: ["load the plugin's source, or the library that Basin compiled from it"])
    }
    let stamp = [compiler, sources].map {
      String(cString: unsafeBitCast($0, to: Stamp.self)())
    }
    guard stamp == ["\(BuildStamp.compiler)", Self.stamp] else {
      throw anotherBuild(
        name,
        notes: ["it: swift \(stamp[0]), sources \(stamp[1]); this program: \(BuildStamp.line)"])
    }
    let box = PluginCrash.blaming(name) { unsafeBitCast(plugin, to: Entry.self)() }
    return Unmanaged<PluginBox>.fromOpaque(box).takeRetainedValue().plugin
  }

  /// Throws where the file is no library or was cut off: the loader reads past its end and dies.
  ///
  /// ELF, 64 bits, little-endian: the table of sections stands at the end of the file.
  private static func checkWhole(_ path: String, name: String) throws(Failure) {
    let header = try FileContent.beginning(of: path, count: 64)
    func number(_ place: Int, bytes: Int) -> Int? {
      guard header.count == 64 else { return nil }
      let value = header[place..<place + bytes].reversed().reduce(UInt64(0)) {
        $0 << 8 | UInt64($1)
      }
      return Int(exactly: value)
    }
    guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
      throw Failure(.unsupportedFormat, "`\(name)` is no shared library")
    }
    let table = number(0x28, bytes: 8)?.addingReportingOverflow(
      (number(0x3A, bytes: 2) ?? 0) * (number(0x3C, bytes: 2) ?? 0))
    guard let table, !table.overflow, try FileContent.size(of: path) >= table.partialValue else {
      throw Failure(.fileMalformed, "the library `\(name)` is cut off")
    }
  }

  private static func anotherBuild(_ name: String, notes: [String]) -> Failure {
    Failure(
      .pluginOfAnotherBuild, "`\(name)` was compiled against another build of Basin",
      notes: notes + ["load its source, which compiles it anew"])
  }
}
