import Kernel

/// What a replay found, line by line.
struct ReplayReport: Sendable {
  /// One value that was compared.
  struct Line: Sendable {
    /// The line of the script, from 1.
    var line: Int
    /// The name it was bound to, or the command.
    var name: String
    var verdict: ReceiptComparison.Verdict
    var detail: String
  }

  var lines: [Line] = []
  /// Values without a receipt.
  var unrecorded = 0
  /// Facts about the whole, such as another numeric level.
  var notes: [String] = []
  var expectations = 0
  var failedExpectations = 0
  var seconds = 0.0
  /// False where only the inputs were looked at.
  var hasRun = true

  func count(_ verdict: ReceiptComparison.Verdict) -> Int {
    lines.filter { $0.verdict == verdict }.count
  }

  /// Whether everything came out as recorded.
  var isSame: Bool { count(.different) == 0 && failedExpectations == 0 }

  // MARK: - As text

  var text: String {
    let numberWidth = lines.map { String($0.line).count }.max() ?? 1
    let nameWidth = min(lines.map(\.name.count).max() ?? 1, 24)
    let rows = lines.map { line in
      let number = String(line.line)
      let pad = String(repeating: " ", count: numberWidth - number.count)
      let width = max(nameWidth, line.name.count)
      let name = line.name.padding(toLength: width, withPad: " ", startingAt: 0)
      let verdict =
        line.verdict == .different
        ? "DIFFERENT" : line.verdict.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0)
      let text = "line \(pad)\(number)  \(name)  \(verdict)"
      return line.detail.isEmpty ? text.trimmingRight : "\(text)  \(line.detail)"
    }
    return (rows + notes + (hasRun ? [summary] : [])).joined(separator: "\n")
  }

  /// The last line: how many of each.
  var summary: String {
    var parts = ["\(count(.same)) same"]
    for verdict in [ReceiptComparison.Verdict.close, .shape] where count(verdict) > 0 {
      parts.append("\(count(verdict)) \(verdict.rawValue)")
    }
    parts.append("\(count(.different)) different")
    if unrecorded > 0 { parts.append("\(unrecorded) without a receipt") }
    if expectations > 0 {
      let good = Content.counted(expectations - failedExpectations, "expectation")
      parts.append("\(good) ok" + (failedExpectations > 0 ? ", \(failedExpectations) failed" : ""))
    }
    return "replay: \(parts.joined(separator: ", "))  \(Content.brief(seconds: seconds))"
  }

  // MARK: - As JSON

  var json: JSON {
    .object([
      .init("kind", .text("replay")),
      .init("same", .number(Double(count(.same)))),
      .init("close", .number(Double(count(.close)))),
      .init("shape", .number(Double(count(.shape)))),
      .init("different", .number(Double(count(.different)))),
      .init("without_receipt", .number(Double(unrecorded))),
      .init("expectations", .number(Double(expectations))),
      .init("failed_expectations", .number(Double(failedExpectations))),
      .init("seconds", .number(seconds)),
      .init("notes", .array(notes.map { .text($0) })),
      .init(
        "lines",
        .array(
          lines.map { line in
            .object([
              .init("line", .number(Double(line.line))), .init("name", .text(line.name)),
              .init("verdict", .text(line.verdict.rawValue)), .init("detail", .text(line.detail)),
            ])
          })),
    ])
  }
}

extension String {
  fileprivate var trimmingRight: String {
    var text = Substring(self)
    while text.last == " " { text.removeLast() }
    return String(text)
  }
}
