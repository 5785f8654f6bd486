import Foundation
import Kernel

/// A plugin that is a SwiftPM package: one static library product, whose first target declares
/// `public let plugin`.
struct SwiftPackage {
  let path: String
  /// Where the package is built, kept so that a changed file is all that compiles again.
  let scratch: String
  let modules: SwiftModules
  let compiler: SwiftCompiler
  let isStopped: () -> Bool

  /// Builds the package and ties it to Basin.
  ///
  /// - Throws: `pluginDoesNotCompile` with what the compiler printed, among others.
  func build(to library: String, in work: String, named module: String) throws(Failure) {
    let product = try staticProduct()
    let build = try compiler.run(
      [
        "build", "-c", "release", "--package-path", path, "--scratch-path", scratch, "--product",
        product.name, "-Xswiftc", "-diagnostic-style", "-Xswiftc", "llvm",
      ] + modules.folders.flatMap { ["-Xswiftc", "-I", "-Xswiftc", $0] },
      tool: compiler.packageTool, in: work, isStopped: isStopped)
    guard build.status == 0 else { throw Failure(.pluginDoesNotCompile, build.output) }
    let entry = "\(work)/basin_entry.swift"
    try SafeWrite.text(SwiftLibrary.entry(importing: product.module), to: entry)
    let release = "\(scratch)/release"
    let link = try compiler.run(
      SwiftPlugin.arguments(module: module, modules) + [
        entry, "-I", "\(release)/Modules",
      ] + cModules.flatMap { ["-I", $0] } + [
        "-o", library, "-Xlinker", "--whole-archive",
        "\(release)/lib\(product.name).a", "-Xlinker", "--no-whole-archive",
      ], in: work, isStopped: isStopped)
    guard link.status == 0 else { throw Failure(.pluginDoesNotCompile, link.output) }
  }

  /// Folders with the maps of C modules that the package and its dependencies import.
  private var cModules: [String] {
    let folders = [path + "/Sources", scratch + "/checkouts", scratch + "/release"]
    return folders.flatMap { folder in
      (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).filter {
        ($0 as NSString).lastPathComponent == "module.modulemap"
      }.sorted().map { "\(folder)/\(($0 as NSString).deletingLastPathComponent)" }
    }
  }

  /// The product that is the plugin, and the module of its first target.
  private func staticProduct() throws(Failure) -> (name: String, module: String) {
    let run = try compiler.run(
      ["package", "--package-path", path, "--scratch-path", scratch, "dump-package"],
      tool: compiler.packageTool, in: NSTemporaryDirectory(), isStopped: isStopped)
    guard run.status == 0 else { throw Failure(.pluginDoesNotCompile, run.output) }
    // Notices of the tool may stand before the object.
    let text = run.output.firstIndex(of: "{").map { String(run.output[$0...]) } ?? ""
    let package = try JSON.read(Array(text.utf8), source: "\(path)/Package.swift")
    let products = package["products"]?.elements ?? []
    for product in products {
      let kinds = product["type"]?["library"]?.elements ?? []
      guard kinds.contains(.text("static")), let name = product["name"]?.text,
        let target = product["targets"]?.elements?.first?.text
      else { continue }
      return (name, target.map { $0.isLetter || $0.isNumber ? String($0) : "_" }.joined())
    }
    throw Failure(
      .pluginMisbehaved, "the package `\(path)` has no static library as a product",
      notes: [
        "as in `.library(name: \"MyMatcher\", type: .static, targets: [\"MyMatcher\"])`",
        "its target declares `public let plugin = Plugin(methods: [MyMatcher.self])`",
      ])
  }
}
