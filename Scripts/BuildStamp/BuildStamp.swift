import Foundation
import PackagePlugin

/// Writes the stamp of a build into a source file: the compiler's version, and a hash over the
/// sources that Swift plugins are compiled against.
///
/// Function bodies are inlined into plugins, so that a plugin and a program of different sources
/// must not meet.
@main
struct BuildStamp: BuildToolPlugin {
  func createBuildCommands(context: PluginContext, target: Target) throws -> [Command] {
    let sources = context.package.directoryURL.appending(path: "Sources")
    let folders = ["Kernel", "Plugins"].map { sources.appending(path: $0) }
    let inputs = try folders.flatMap(Self.files).sorted { $0.path < $1.path }
    let script = context.package.directoryURL.appending(path: "Scripts/write-build-stamp")
    let output = context.pluginWorkDirectoryURL.appending(path: "BuildStamp+Values.swift")
    return [
      .buildCommand(
        displayName: "Stamping the build", executable: URL(filePath: "/bin/bash"),
        arguments: [script.path, output.path] + folders.map(\.path),
        inputFiles: inputs + [script], outputFiles: [output])
    ]
  }

  private static func files(in folder: URL) throws -> [URL] {
    let all = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    let urls = all?.compactMap { $0 as? URL } ?? []
    return urls.filter { ["swift", "c", "h", "modulemap"].contains($0.pathExtension) }
  }
}
