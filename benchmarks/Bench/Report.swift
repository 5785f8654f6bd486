import Foundation
import Kernel

/// Measurements summed up: one entry for each row and tool.
struct Report {
  /// What one tool took for one row.
  struct Entry {
    var row: Row
    var variant: String
    var unit: String
    var time: Statistics
    /// The tool's median over ours; `nil` for ourselves and where we were not measured.
    var ratio: Double?
    /// Of the last run.
    var detail: String

    var isOurs: Bool { variant == "basin" }
    /// Whether the median is what is asked for.
    var isReached: Bool? { isOurs ? row.reach.map { time.median <= $0 } : nil }
  }

  /// In the order of the rows, ours first, then the peers as they were first measured.
  private(set) var entries: [Entry] = []

  init(_ measurements: [Measurement]) {
    for row in Row.all {
      let ofRow = measurements.filter { $0.task == row.name }
      var variants: [String] = []
      for measurement in ofRow where !variants.contains(measurement.variant) {
        variants.append(measurement.variant)
      }
      variants = variants.filter { $0 == "basin" } + variants.filter { $0 != "basin" }
      var ours: Double?
      for variant in variants {
        let runs = ofRow.filter { $0.variant == variant }
        let time = Statistics(runs.map(\.seconds))
        let ratio = ours.map { time.median / $0 }
        if variant == "basin" { ours = time.median }
        entries.append(
          Entry(
            row: row, variant: variant, unit: runs[0].unit, time: time, ratio: ratio,
            detail: runs[runs.count - 1].detail))
      }
    }
  }
}

extension Report {
  /// The table for a screen.
  var table: String {
    var lines: [[String]] = [["", "median", "least", "most", "ratio", "reach", ""]]
    var lastRow = ""
    for entry in entries {
      if entry.row.name != lastRow {
        lines.append(["\(entry.row.name): \(entry.row.title), per \(entry.unit)"])
        lastRow = entry.row.name
      }
      let verdict = entry.isReached.map { $0 ? "reached" : "missed" } ?? ""
      lines.append([
        "  " + entry.variant, durationText(entry.time.median), durationText(entry.time.least),
        durationText(entry.time.most), entry.ratio.map { text($0, digits: $0 < 10 ? 2 : 0) } ?? "",
        entry.isOurs ? entry.row.reach.map(durationText) ?? "" : "", verdict,
      ])
    }
    let columns = (0..<7).map { column in
      lines.filter { $0.count > 1 }.map { $0[column].count }.max() ?? 0
    }
    return lines.map { line in
      guard line.count > 1 else { return line[0] }
      let cells = line.enumerated().map { column, cell in
        let space = String(repeating: " ", count: columns[column] - cell.count)
        return column == 0 || column == 6 ? cell + space : space + cell
      }
      return cells.joined(separator: "  ").trimmedAtEnd
    }.joined(separator: "\n")
  }

  /// A length of time with three digits: `1.14 s`, `0.0199 ms`.
  private func durationText(_ seconds: Double) -> String {
    switch seconds {
    case 100...: "\(text(seconds, digits: 0)) s"
    case 1...: "\(text(seconds, digits: 2)) s"
    case 0.1...: "\(text(seconds, digits: 3)) s"
    case 1e-3...: "\(text(seconds * 1e3, digits: seconds < 0.01 ? 2 : 1)) ms"
    default: "\(text(seconds * 1e3, digits: 4)) ms"
    }
  }
}

extension Report {
  /// What stays the same for all lines of one run.
  struct Circumstances {
    var date: String
    var commit: String
    var machine: String
    var threads: Int
  }

  /// The names of the columns of a results file.
  static let header =
    "date,commit,machine,threads,row,tool,unit,runs,median_s,least_s,most_s,ratio,reach_s,detail"

  /// Appends the entries to a results file, which is begun where there is none.
  func append(to path: String, _ circumstances: Circumstances) throws(Failure) {
    var content = Self.header + "\n"
    if FileContent.exists(path) {
      content = String(decoding: try FileContent.read(path), as: UTF8.self)
      guard content.hasPrefix(Self.header + "\n") else {
        throw Failure(
          .fileMalformed, "`\(path)` has other columns than this version writes",
          notes: ["move it away"])
      }
    }
    for entry in entries {
      let cells = [
        circumstances.date, circumstances.commit, circumstances.machine,
        "\(circumstances.threads)", entry.row.name, entry.variant, entry.unit,
        "\(entry.time.count)", significant(entry.time.median), significant(entry.time.least),
        significant(entry.time.most), entry.ratio.map(significant) ?? "",
        entry.isOurs ? entry.row.reach.map(significant) ?? "" : "", entry.detail,
      ]
      content += cells.map(\.csvCell).joined(separator: ",") + "\n"
    }
    try SafeWrite.text(content, to: path)
  }

  private func significant(_ value: Double) -> String { String(format: "%.4g", value) }
}

extension String {
  /// Without blanks at its end.
  fileprivate var trimmedAtEnd: String {
    var result = self
    while result.last == " " { result.removeLast() }
    return result
  }

  /// In quotes where a comma or a quote would break the line.
  fileprivate var csvCell: String {
    contains { $0 == "," || $0 == "\"" || $0 == "\n" }
      ? "\"" + split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\"" : self
  }
}
