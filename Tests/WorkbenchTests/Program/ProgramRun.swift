import Foundation
import TestSupport

/// One run of the program itself, in a folder of its own.
struct ProgramRun {
  let results: String
  let notes: String
  let status: Int32

  /// - Parameters:
  ///   - folder: Where it runs.
  ///   - input: What standard input holds.
  ///   - added: What it finds in its environment beside what is there.
  ///   - program: Which program, where it is not the one beside the tests.
  ///   - whileRunning: Called once it runs.
  init(
    _ arguments: [String], in folder: TestFolder, input: String? = nil,
    environment added: [String: String] = [:], program: URL = Self.executable,
    whileRunning: (Process) throws -> Void = { _ in }
  ) throws {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    var environment = ProcessInfo.processInfo.environment
    environment["LANG"] = "C.UTF-8"
    environment["HOME"] = folder.path
    // The person's own settings are none of the test's.
    for name in ["XDG_CACHE_HOME", "XDG_CONFIG_HOME", "BASIN_PLUGINS"] { environment[name] = nil }
    process.environment = environment.merging(added) { _, new in new }
    // Files and not pipes: a pipe that nobody empties would stop the program.
    let out = folder.file(".out")
    let err = folder.file(".err")
    for path in [out, err] { _ = FileManager.default.createFile(atPath: path, contents: nil) }
    process.standardOutput = FileHandle(forWritingAtPath: out)
    process.standardError = FileHandle(forWritingAtPath: err)
    if let input {
      let path = folder.file(".in")
      try Data(input.utf8).write(to: URL(fileURLWithPath: path))
      process.standardInput = FileHandle(forReadingAtPath: path)
    } else {
      process.standardInput = FileHandle.nullDevice
    }
    try process.run()
    // A test that fails must not leave its program running.
    defer { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    try whileRunning(process)
    process.waitUntilExit()
    status = process.terminationStatus
    results = String(decoding: FileManager.default.contents(atPath: out) ?? Data(), as: UTF8.self)
    notes = String(decoding: FileManager.default.contents(atPath: err) ?? Data(), as: UTF8.self)
  }

  /// The program that was built beside the tests.
  static var executable: URL {
    let bundle = CommandLine.arguments.first { $0.hasSuffix(".xctest") } ?? CommandLine.arguments[0]
    return URL(fileURLWithPath: bundle).deletingLastPathComponent().appendingPathComponent("basin")
  }
}
