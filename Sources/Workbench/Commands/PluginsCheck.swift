import Contract
import Kernel

extension Invocation {
  /// Runs the conformance suite on a method, or the checks of a metric or a reader.
  func checkPlugin() throws(Failure) {
    let id = text("what")
    let lexicon = session.lexicon
    let checks: [PluginCheck]
    if let method = lexicon.method(id) {
      checks = PluginCheck.checks(of: method)
    } else if let metric = lexicon.metric(id) {
      checks = PluginCheck.checks(of: metric)
    } else if let reader = lexicon.reader(id) {
      checks = PluginCheck.checks(of: reader)
    } else {
      throw lexicon.nothingToCheck(id)
    }
    var failed = 0
    var rows: [[Table.Cell]] = []
    var sentences: [String] = []
    for (place, check) in checks.enumerated() {
      progress.report(
        ProgressReport(
          share: Double(place) / Double(checks.count), facts: [.init("check", check.name)]))
      let complaints = stop.isRaised ? [] : check.complaints(stop)
      guard !stop.isRaised else {
        show(PluginCheck.table(rows))
        throw Failure(.stopped, "stopped after \(place) of \(checks.count) checks of `\(id)`")
      }
      if !complaints.isEmpty { failed += 1 }
      rows.append([.text(check.name), .text(complaints.isEmpty ? "ok" : "FAILED")])
      sentences += complaints.map { "\(check.name): \($0)" }
    }
    show(PluginCheck.table(rows))
    guard failed == 0 else {
      // Not in the table: a screen is too narrow for sentences in a column.
      for sentence in sentences { note(sentence) }
      throw Failure(
        .pluginMisbehaved, "`\(id)` fails \(failed) of \(Content.counted(checks.count, "check"))",
        notes: ["Documentation/contract.md says what each of them asks for"])
    }
    session.host.show(.text("`\(id)` passes \(Content.counted(checks.count, "check"))"))
  }
}

/// One thing that a plugin must do.
private struct PluginCheck {
  let name: String
  /// What is wrong, a sentence each.
  let complaints: (StopSignal) -> [String]

  static func checks(of method: SearchMethod) -> [PluginCheck] {
    Conformance.checks.map { check in
      PluginCheck(name: check.name) { check.complaints(about: method, stop: $0) }
    }
  }

  static func checks(of metric: PredictionMetric) -> [PluginCheck] {
    Conformance.metricChecks.map { check in
      PluginCheck(name: check.name) { check.complaints(about: metric, stop: $0) }
    }
  }

  /// What a reader reads is only known where a file is: `load` checks that.
  static func checks(of reader: DataReader) -> [PluginCheck] {
    [PluginCheck(name: "describes itself") { _ in Conformance.complaints(aboutCardOf: reader) }]
  }

  static func table(_ rows: [[Table.Cell]]) -> Table {
    Table(columns: [.init("check", .text), .init("verdict", .text)], rows: rows)
  }
}

extension Lexicon {
  /// There is no method, metric or reader of that name.
  fileprivate func nothingToCheck(_ word: String) -> Failure {
    let all = methods.map(\.id) + metrics.map(\.id) + readers.map(\.id)
    let near = nearest(word, among: all).map { "did you mean `\($0)`?" }
    return Failure(
      .unknownMethod, "there is no method, metric or reader `\(word)`",
      notes: [near ?? "load its file first: `plugin load FILE`"])
  }
}
