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
  static var plugins: [String] {
    all.flatMap { folder in
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      return names.sorted().filter { !$0.hasPrefix(".") }.map { "\(folder)/\($0)" }
    }.filter { (try? PluginFile($0)) != nil }
  }
}

extension Program {
  /// Loads the plugins of the person's folders; one that cannot be loaded is told and passed over.
  func loadPluginFolders() {
    for path in PluginFolders.plugins {
      let host = session.host
      do throws(LoadingFailure) {
        let loaded = try PluginLibrary.load(
          path, willCompile: { host.note("compiling \($0)") },
          isStopped: { host.isAskedToStop })
        do throws(Failure) { session.lexicon = try session.lexicon.adding(loaded) } catch {
          throw LoadingFailure(error)
        }
      } catch {
        for detail in error.details { host.report(detail) }
        host.note("`\(path)` was not loaded: \(error.failure.message)")
      }
    }
  }
}
