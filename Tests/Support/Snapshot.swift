import Foundation
import Testing

/// Tests/Support/Snapshot.swift stands two folders below the fixtures' parent.
private let snapshotFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().appendingPathComponent("Fixtures/Output")

private var isRecording: Bool { ProcessInfo.processInfo.environment["RECORD"] == "1" }

/// Compares the screen of a program, whole, with the one kept in `Tests/Fixtures/Output`, as soon
/// as the program shows it.
///
/// - Parameters:
///   - text: What the screen must hold before it is looked at.
///   - made: Takes out of a screen what is not the same each time.
public func expectScreen(
  _ terminal: PseudoTerminal, _ name: String, showing text: String = "", seconds: Double = 20,
  normalized made: (String) -> String = { $0 },
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  if !text.isEmpty { try terminal.wait(for: text, seconds: seconds) }
  let file = snapshotFolder.appendingPathComponent(name)
  if !isRecording, let data = try? Data(contentsOf: file) {
    let expected = String(decoding: data, as: UTF8.self)
    // Where it never comes, the comparison below tells the difference.
    _ = try? terminal.wait(seconds: seconds) { made($0) + "\n" == expected }
    try expectSnapshot(made(terminal.screen) + "\n", name, sourceLocation: sourceLocation)
    return
  }
  try expectSnapshot(
    made(terminal.waitUntilStill()) + "\n", name, sourceLocation: sourceLocation)
}

/// Compares a text, whole, with the one kept in `Tests/Fixtures/Output`.
///
/// A missing or different text is an issue. `RECORD=1 swift test` writes what is there now.
public func expectSnapshot(
  _ text: String, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let file = snapshotFolder.appendingPathComponent(name)
  if isRecording {
    try FileManager.default.createDirectory(
      at: snapshotFolder, withIntermediateDirectories: true)
    try Data(text.utf8).write(to: file)
    return
  }
  guard FileManager.default.fileExists(atPath: file.path) else {
    Issue.record(
      "\(file.path) is missing; RECORD=1 writes it. The text is:\n\(text)",
      sourceLocation: sourceLocation)
    return
  }
  let expected = String(decoding: try Data(contentsOf: file), as: UTF8.self)
  guard text != expected else { return }
  let pairs = zip(
    text.split(separator: "\n", omittingEmptySubsequences: false),
    expected.split(separator: "\n", omittingEmptySubsequences: false))
  let first = pairs.enumerated().first { $0.element.0 != $0.element.1 }
  let place = first.map {
    "first difference in line \($0.offset + 1):\n-\($0.element.1)\n+\($0.element.0)"
  }
  Issue.record(
    "differs from \(name); \(place ?? "one is longer")\nThe text is:\n\(text)",
    sourceLocation: sourceLocation)
}
