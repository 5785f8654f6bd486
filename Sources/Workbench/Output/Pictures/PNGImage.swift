import Foundation
import Kernel

/// Pictures in pixels, made from SVG by `rsvg-convert` where that is installed.
enum PNGImage {
  /// The picture as a PNG file, `zoom` pixels for each unit of the SVG.
  ///
  /// - Throws: `unsupportedFormat` where the converter is not installed, `writeFailed` where it
  ///   fails.
  static func data(
    svg: String, zoom: Double = 2, searchPath: String? = nil
  ) throws(Failure) -> Data {
    guard let converter = find("rsvg-convert", searchPath: searchPath) else {
      throw Failure(
        .unsupportedFormat, "PNG pictures are made by `rsvg-convert`, which is not installed",
        notes: [
          "install it (Debian: apt-get install librsvg2-bin), or export to a file ending in .svg"
        ])
    }
    do {
      return try run(converter, zoom: zoom, input: Data(svg.utf8))
    } catch let failure as Failure {
      throw failure
    } catch {
      throw Failure(
        .writeFailed, "\(converter) could not be started: \(error.localizedDescription)")
    }
  }

  /// Whether pictures can be written as PNG here.
  static var isAvailable: Bool { find("rsvg-convert", searchPath: nil) != nil }

  private static func find(_ program: String, searchPath: String?) -> String? {
    let path = searchPath ?? ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
    return path.split(separator: ":").map { "\($0)/\(program)" }
      .first { FileManager.default.isExecutableFile(atPath: $0) }
  }

  /// Runs the converter between two files: with pipes, a picture larger than a pipe's buffer would
  /// need a thread for each end.
  private static func run(_ converter: String, zoom: Double, input: Data) throws -> Data {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("basin-png-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (source, target) = (folder.appending(path: "in.svg"), folder.appending(path: "out.png"))
    try input.write(to: source)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: converter)
    process.arguments = ["--zoom", "\(zoom)", "--format=png", "-o", target.path, source.path]
    let errors = Pipe()
    process.standardError = errors
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let words = String(decoding: said, as: UTF8.self)
      throw Failure(
        .writeFailed, "rsvg-convert could not make the picture",
        notes: [TextLayout.harmless(words.trimmingCharacters(in: .whitespacesAndNewlines))])
    }
    return try Data(contentsOf: target)
  }
}
