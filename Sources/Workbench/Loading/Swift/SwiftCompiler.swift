import BuildStamp
import Foundation
import Kernel

/// The Swift compiler that plugins are compiled with.
struct SwiftCompiler {
  /// The path of `swiftc`.
  let path: String

  /// What a run of a tool printed, and how it ended.
  struct Run {
    var status: Int32
    var output: String
  }

  /// Finds the compiler: the one that BASIN_SWIFTC names, otherwise the first `swiftc` in PATH.
  ///
  /// - Throws: `noCompiler` where there is none, or one of another version than built this program.
  init() throws(Failure) {
    let environment = ProcessInfo.processInfo.environment
    if let named = environment["BASIN_SWIFTC"], !named.isEmpty {
      guard FileManager.default.isExecutableFile(atPath: named) else {
        throw Failure(.noCompiler, "BASIN_SWIFTC names `\(named)`, which is no program")
      }
      path = named
    } else {
      let folders = (environment["PATH"] ?? "").split(separator: ":").map(String.init)
      guard
        let found = folders.lazy.map({ $0 + "/swiftc" }).first(where: {
          FileManager.default.isExecutableFile(atPath: $0)
        })
      else {
        throw Failure(
          .noCompiler, "a Swift plugin needs the Swift compiler, and there is no `swiftc` in PATH",
          notes: [
            "install Swift \(BuildStamp.compiler), or name its compiler in BASIN_SWIFTC",
            "a Python plugin needs none",
          ])
      }
      path = found
    }
    try checkVersion()
  }

  /// Swift reads modules of its own version only.
  private func checkVersion() throws(Failure) {
    let text = try run(["--version"], in: NSTemporaryDirectory()).output
    guard let version = text.firstMatch(of: /Swift version ([^ \n]+)/)?.1 else {
      throw Failure(.noCompiler, "`\(path)` is no Swift compiler")
    }
    guard version != "\(BuildStamp.compiler)" else { return }
    throw Failure(
      .noCompiler,
      "`\(path)` is Swift \(version), and this program was built by Swift \(BuildStamp.compiler)",
      notes: ["name the right compiler in BASIN_SWIFTC, or build Basin with this one"])
  }

  /// The tool beside the compiler that builds packages.
  var packageTool: String { (path as NSString).deletingLastPathComponent + "/swift" }

  /// Runs the compiler, or a tool beside it, until it ends or `isStopped`.
  ///
  /// - Throws: `stopped`, with the tool ended, and `noCompiler` where it cannot be started.
  func run(
    _ arguments: [String], tool: String? = nil, in folder: String,
    isStopped: () -> Bool = { false }
  ) throws(Failure) -> Run {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: tool ?? path)
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder)
    process.standardInput = FileHandle.nullDevice
    // Into a file: a pipe that nobody empties would hold the compiler up.
    let log = "\(NSTemporaryDirectory())/basin-\(UUID().uuidString).log"
    guard FileManager.default.createFile(atPath: log, contents: nil),
      let handle = FileHandle(forWritingAtPath: log)
    else { throw SafeWrite.cannotWrite(log, reason: errno) }
    defer { try? FileManager.default.removeItem(atPath: log) }
    process.standardOutput = handle
    process.standardError = handle
    do { try process.run() } catch {
      throw Failure(.noCompiler, "`\(tool ?? path)` cannot be run: \(error.localizedDescription)")
    }
    while process.isRunning {
      if isStopped() {
        // The driver's own processes, too, where it has a group of its own.
        if kill(-process.processIdentifier, SIGTERM) != 0 { process.terminate() }
        process.waitUntilExit()
        throw Failure(.stopped, "stopped while the plugin was compiled")
      }
      // 10 ms: soon enough for a person, seldom enough for the compiler.
      usleep(10_000)
    }
    process.waitUntilExit()
    let output = FileManager.default.contents(atPath: log) ?? Data()
    return Run(status: process.terminationStatus, output: String(decoding: output, as: UTF8.self))
  }
}
