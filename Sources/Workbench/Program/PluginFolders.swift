import Foundation
import Kernel

/// The folders whose plugins are loaded when the prompt begins.
enum PluginFolders {
  /// `~/.config/basin/plugins`, and the folders that BASIN_PLUGINS names, parted by colons.
  static var all: [String] {
    let environment = ProcessInfo.processInfo.environment
    let named = (environment["BASIN_PLUGINS"] ?? "").split(separator: ":").map(String.init)
    return [ProgramSettings.configFolder.map { $0 + "/plugins" }].compactMap(\.self) + named
  }

  /// The plugins in them, by name; what is hidden or none is passed over.
  static var plugins: [PluginFile] {
    all.flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.sorted().filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
    }.compactMap { try? PluginFile($0) }
  }
}

extension Program {
  /// Loads the plugins of the person's folders; one that cannot be loaded is told and passed over.
  func loadPluginFolders() {
    for file in PluginFolders.plugins {
      do throws(LoadingFailure) { try loadOfFolder(file) } catch {
        for detail in error.details { session.host.report(detail) }
        let why = ([error.failure.message] + error.failure.notes.prefix(1)).joined(separator: "; ")
        session.host.note("`\(file.path)` was not loaded: \(why)")
      }
    }
  }

  private func loadOfFolder(_ file: PluginFile) throws(LoadingFailure) {
    let attempt: LoadingAttempt?
    do throws(Failure) {
      // A program cannot end this one.
      attempt = file.kind == .program ? nil : try LoadingAttempt(file)
    } catch { throw LoadingFailure(error) }
    // Whatever comes of it, this program is there still.
    defer { attempt?.end() }
    var loaded = try PluginLoader(session.host).load(file)
    loaded.isOfFolder = true
    do throws(Failure) { session.lexicon = try session.lexicon.adding(loaded) } catch {
      throw LoadingFailure(error)
    }
  }
}

/// Marks that a plugin of a folder is being loaded, so that one that ends the program does so once and
/// not at every start.
private struct LoadingAttempt {
  private let mark: String

  /// - Throws: Where the same content ended the program when it was loaded before.
  init(_ file: PluginFile) throws(Failure) {
    mark = try PluginCache().folder + "/loading-\(file.hash.hex.prefix(16))"
    if let bytes = FileManager.default.contents(atPath: mark),
      let process = pid_t(String(decoding: bytes, as: UTF8.self)), kill(process, 0) != 0
    {
      throw Failure(
        .pluginEnded, "it ended the program when it was loaded last",
        notes: ["mend it, or try again with `plugin load`"])
    }
    // Without the mark it is loaded all the same.
    try? SafeWrite.text("\(getpid())", to: mark)
  }

  /// It has not ended the program.
  func end() { unlink(mark) }
}
