import Foundation
import Testing

/// Compares a text, whole, with the one kept in `Tests/Fixtures/Output`.
///
/// A missing or different text is an issue. `RECORD=1 swift test` writes what is there now.
public func expectSnapshot(
  _ text: String, _ name: String,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  // Tests/Support/Snapshot.swift stands two folders below the fixtures' parent.
  let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("Fixtures/Output")
  let file = folder.appendingPathComponent(name)
  if ProcessInfo.processInfo.environment["RECORD"] == "1" {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
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
