import Contract
import Kernel

/// The finished cells of a sweep in a file, so that a program that was killed goes on from them.
struct SweepState {
  var cells: [Int: SweepJob.Cell]
  /// The files that the cells read.
  var files: [CallRecord.FilePin]

  init(cells: [Int: SweepJob.Cell], files: [CallRecord.FilePin]) {
    self.cells = cells
    self.files = files
  }

  private static let kind = "sweep state 1"

  /// Replaces the file; it is whole at every moment.
  func write(to path: String) throws(Failure) {
    let rows = cells.sorted { $0.key < $1.key }.compactMap { number, cell -> JSON? in
      var columns: [JSON] = []
      for column in cell.columns {
        // A method stands in the table by its name, and so it does here.
        var content = column.content
        if case .method(let method) = content { content = .text(method.fullLabel) }
        guard let kept = KeptContent([content])?.json.first else { return nil }
        columns.append(.array([.text(column.name), .boolean(column.dependsOnTheClock), kept]))
      }
      var members: [JSON.Member] = [
        .init("cell", .integer(number)), .init("seconds", .bits(cell.seconds)),
        .init("columns", .array(columns)),
      ]
      if let failure = cell.failure {
        members += [
          .init("error", .integer(failure.code.rawValue)), .init("message", .text(failure.message)),
        ]
      }
      return .object(members)
    }
    let pins = files.map(\.kept)
    let file = ArrayFile(metadata: [
      "basin": Self.kind, "cells": JSON.array(rows).compact, "files": JSON.array(pins).compact,
    ])
    try SavePath.makeFolder(for: path)
    try file.write(to: path, format: .safetensors)
  }

  /// - Throws: `fileMalformed` where the file is no state of a sweep with so many cells.
  init(reading path: String, cellCount: Int) throws(Failure) {
    let file = try ArrayFile.read(path)
    guard file.metadata["basin"] == Self.kind, let text = file.metadata["cells"],
      let pins = file.metadata["files"]
    else { throw JSON.notKept }
    let reader = KeptReader(networks: []) { _ throws(Failure) in throw JSON.notKept }
    cells = [:]
    for row in try JSON.read(Array(text.utf8), source: path).elements ?? [] {
      guard let number = row["cell"]?.integer, (0..<cellCount).contains(number) else {
        throw JSON.notKept
      }
      var columns: [SweepCell.Column] = []
      for column in row["columns"]?.elements ?? [] {
        guard let parts = column.elements, parts.count == 3, let name = parts[0].text,
          case .boolean(let dependsOnTheClock) = parts[1]
        else { throw JSON.notKept }
        columns.append(
          .init(
            name: name, content: try reader.content(parts[2]),
            dependsOnTheClock: dependsOnTheClock))
      }
      let failure = row["error"]?.integer.map {
        Failure(FailureCode(rawValue: $0), row["message"]?.text ?? "")
      }
      cells[number] = SweepJob.Cell(
        columns: columns, failure: failure, seconds: row["seconds"]?.bits ?? 0)
    }
    let list = try JSON.read(Array(pins.utf8), source: path).elements ?? []
    files = try list.map { json throws(Failure) in try CallRecord.FilePin(kept: json) }
  }
}
