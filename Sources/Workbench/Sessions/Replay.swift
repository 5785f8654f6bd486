import Foundation
import Kernel

/// Runs a saved session again and compares what its lines give with their receipts.
struct Replay {
  let source: Source
  let options: Options
  let host: any Host
  let lexicon: Lexicon
  let settings: SessionSettings
  let script: Script
  let pins: [SessionPin]
  /// The statements that run, by their places.
  private let chosen: ReplayChoice
  var report = ReplayReport()

  struct Options: Sendable {
    /// Looks at the inputs and runs nothing.
    var checksInputsOnly = false
    /// Runs everything twice and compares.
    var runsTwice = false
    /// The numbers of threads to run under, one after the other; empty for the session's.
    var threads: [Int] = []
    /// The lines whose receipts are compared; the lines before them run all the same.
    var from: Int?
    /// The last line that runs.
    var until: Int?
    /// The names and lines that are compared, with nothing run but what they depend on; empty for
    /// all.
    var only: [String] = []
    /// Whether the numeric level that the file states is taken where the processor has it.
    var takesRecordedLevel = true
    /// Writes the receipts anew.
    var updates = false
  }

  /// - Throws: Where the script cannot be run as it is.
  init(
    _ source: Source, _ options: Options, host: any Host, lexicon: Lexicon,
    settings: SessionSettings
  ) throws(Diagnostic) {
    self.source = source
    self.options = options
    self.host = host
    self.lexicon = lexicon
    self.settings = settings
    let checked = Session(host: ReplayHost(host), lexicon: lexicon).check(source)
    for diagnostic in checked.diagnostics.dropFirst() { host.report(diagnostic) }
    if let first = checked.diagnostics.first { throw first }
    script = checked.script
    pins = script.pins.compactMap(SessionPin.init)
    for comment in script.pins where SessionPin(comment) == nil {
      report.notes.append("not understood: #@\(comment.text)")
    }
    do throws(Failure) {
      chosen = try ReplayChoice(script.statements, options, source: source, lexicon: lexicon)
    } catch { throw Diagnostic(error, in: source) }
  }

  /// The values of one statement, with what it says in the script.
  private struct Step {
    var statement: Statement
    var isCompared: Bool
    var receipts: [Receipt]
    var values: [Value]
  }

  // MARK: - Running

  /// Does what the options say.
  mutating func run() throws(Diagnostic) {
    let clock = ContinuousClock()
    let start = clock.now
    try checkInputs()
    let here = NumericLevel.current
    takeRecordedLevel()
    defer { _ = here.take() }
    noteVersions()
    if !options.checksInputsOnly {
      let threads = options.threads.isEmpty ? [settings.threads] : options.threads
      var runs = threads.map { (threads: $0, turn: 1) }
      if options.runsTwice { runs += threads.map { (threads: $0, turn: 2) } }
      defer { WorkPool.configureShared(threadCount: settings.threads) }
      var first: [Step] = []
      for (index, run) in runs.enumerated() {
        WorkPool.configureShared(threadCount: run.threads)
        let (steps, failure) = try runOnce()
        if index == 0 {
          first = steps
          compareWithReceipts(steps)
        } else {
          compare(steps, with: first, run.turn == 2 ? "the second time" : "\(run.threads) threads")
        }
        // What was found before a line failed is told all the same.
        if let failure { throw failure }
      }
      if options.updates { try update(first) }
      if report.lines.isEmpty {
        report.notes.append("nothing was compared: no receipt stands there")
      }
      if let note = chosen.note { report.notes.append(note) }
    }
    report.seconds = (clock.now - start).inSeconds
  }

  /// Runs the statements once, in a session of their own.
  ///
  /// - Returns: What the statements gave, and what ended them before the last.
  private mutating func runOnce() throws(Diagnostic) -> (steps: [Step], failure: Diagnostic?) {
    var own = settings
    own.seed = recordedSeed ?? settings.seed
    own.continuesOnFailure = true
    let session = Session(host: ReplayHost(host), lexicon: lexicon, settings: own)
    session.runningFiles = [URL(fileURLWithPath: source.name).standardizedFileURL.path]
    var interpreter = Interpreter(session: session, source: source)
    var steps: [Step] = []
    var failure: Diagnostic?
    for (place, statement) in script.statements.enumerated() where chosen.runs.contains(place) {
      let before = session.sessionRecord.entries.count
      do throws(Diagnostic) { try interpreter.run([statement]) } catch {
        failure = error
        break
      }
      let entries = session.sessionRecord.entries
      steps.append(
        Step(
          statement: statement, isCompared: chosen.compared.contains(place),
          receipts: try receipts(of: statement),
          values: entries.count > before ? entries[before].values : []))
      if session.wantsToQuit { break }
    }
    report.expectations = session.expectationCount
    report.failedExpectations = session.failedExpectationCount
    return (steps, failure)
  }

  private func receipts(of statement: Statement) throws(Diagnostic) -> [Receipt] {
    do throws(Receipt.BadReceipt) { return try Receipt.parse(statement.receipts) } catch {
      throw Diagnostic(
        Failure(
          .unexpectedToken, "this receipt cannot be read",
          notes: ["a receipt is `#= SUMMARY | sha256:HASH | exact`, `close 1e-6` or `shape`"]),
        in: source, at: error.comment.span)
    }
  }

  private func line(of statement: Statement) -> Int { source.line(at: statement.span.lower) }

  // MARK: - Comparing

  private mutating func compareWithReceipts(_ steps: [Step]) {
    for step in steps where step.isCompared {
      let line = line(of: step.statement)
      guard !step.receipts.isEmpty else {
        report.unrecorded += step.values.count
        continue
      }
      guard step.receipts.count == step.values.count else {
        let then = Content.counted(step.receipts.count, "value")
        let now = Content.counted(step.values.count, "value")
        report.lines.append(
          .init(
            line: line, name: step.statement.replayName(0), verdict: .different,
            detail: "\(then) -> \(now)"))
        continue
      }
      for (index, (receipt, value)) in zip(step.receipts, step.values).enumerated() {
        let comparison = ReceiptComparison(receipt, value, isSameLevel: isSameLevel)
        report.lines.append(
          .init(
            line: line, name: step.statement.replayName(index), verdict: comparison.verdict,
            detail: comparison.detail))
      }
    }
  }

  /// Compares two runs, whose values must be the same to the last bit.
  private mutating func compare(_ steps: [Step], with first: [Step], _ label: String) {
    let before = report.lines.count
    for (step, other) in zip(steps, first) {
      for (index, (now, then)) in zip(step.values, other.values).enumerated() {
        guard now.content.receiptHash != then.content.receiptHash,
          !now.provenance.dependsOnTheClock
        else { continue }
        let detail = ReceiptComparison(Receipt(then), now, isSameLevel: true).detail
        report.lines.append(
          .init(
            line: line(of: step.statement), name: step.statement.replayName(index),
            verdict: .different, detail: "\(label): \(detail)"))
      }
    }
    if report.lines.count == before { report.notes.append("\(label): the same") }
  }

  // MARK: - Writing receipts anew

  private func update(_ steps: [Step]) throws(Diagnostic) {
    let text = ReceiptUpdate(
      source, steps.filter(\.isCompared).map { ($0.statement, $0.values) }
    ).text
    do throws(Failure) { try SafeWrite.text(text, to: source.name) } catch {
      throw Diagnostic(error, in: source, at: Span(0, 0))
    }
  }
}

extension Statement {
  /// How a report names one of its values: the name it is bound to, or what its line begins with.
  func replayName(_ index: Int) -> String {
    let names = boundNames
    if names.indices.contains(index) { return names[index] }
    if names.count == 1 { return names[0] }
    return canonical.split(separator: " ").first.map(String.init) ?? ""
  }
}

/// A script whose receipts are those of a run.
struct ReceiptUpdate {
  let text: String

  init(_ source: Source, _ steps: [(statement: Statement, values: [Value])]) {
    var dropped: Set<Int> = []
    var added: [Int: [String]] = [:]
    for step in steps {
      for comment in step.statement.receipts { dropped.insert(source.line(at: comment.span.lower)) }
      let line = source.line(at: max(step.statement.span.upper - 1, 0))
      added[line, default: []] += step.values.flatMap { Receipt($0).lines }
    }
    var lines: [String] = []
    for line in 1...source.lineStarts.count {
      if !dropped.contains(line) { lines.append(source.text(of: source.span(ofLine: line))) }
      lines += added[line] ?? []
    }
    text = lines.joined(separator: "\n")
  }
}
