import Foundation
import Kernel

/// Runs a saved session again and compares what its lines give with their receipts.
struct Replay {
  let source: Source
  let options: Options
  let host: any Host
  let lexicon: Lexicon
  let settings: SessionSettings
  /// The moment by which the whole of it has to end.
  let deadline: ContinuousClock.Instant?
  let script: Script
  let pins: [SessionPin]
  /// What each statement of the script says that it gave.
  private let receipts: [[Receipt]]
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
    settings: SessionSettings, deadline: ContinuousClock.Instant? = nil
  ) throws(Diagnostic) {
    self.source = source
    self.deadline = deadline
    self.options = options
    self.host = host
    self.settings = settings
    let checked = Session(host: ReplayHost(host), lexicon: lexicon).check(source)
    for diagnostic in checked.diagnostics.dropFirst() { host.report(diagnostic) }
    if let first = checked.diagnostics.first { throw first }
    script = checked.script
    // With the words of the plugins that it loads.
    self.lexicon = checked.lexicon
    pins = script.pins.compactMap(SessionPin.init)
    // All of them now: hours later is too late to find one that cannot be read.
    receipts = try script.statements.map { statement throws(Diagnostic) in
      try Self.receipts(of: statement, in: source)
    }
    if options.updates { try ReceiptUpdate.check(script, in: source) }
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
    /// What the line failed with; nothing ran after it.
    var failure: Diagnostic?
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
        let steps = try runOnce(threads: run.threads)
        if index == 0 {
          first = steps
          compareWithReceipts(steps)
        } else {
          compare(steps, with: first, run.turn == 2 ? "the second time" : "\(run.threads) threads")
        }
        if let stop = steps.last?.failure, stop.failure.isStop {
          stopped = stop
          break
        }
      }
      if options.updates, stopped == nil { try update(first) }
      if report.lines.isEmpty {
        report.notes.append("nothing was compared: no receipt stands there")
      }
      if let note = chosen.note { report.notes.append(note) }
    }
    report.seconds = (clock.now - start).inSeconds
  }

  /// What ended the replay before its time; the report says what was compared until then.
  private(set) var stopped: Diagnostic?

  /// Runs the statements once, in a session of their own, until one fails.
  private mutating func runOnce(threads: Int) throws(Diagnostic) -> [Step] {
    var own = settings
    own.seed = recordedSeed ?? settings.seed
    own.threads = threads
    own.continuesOnFailure = true
    let session = Session(
      host: ReplayHost(host), lexicon: lexicon, settings: own, deadline: deadline)
    session.runningFiles = [URL(fileURLWithPath: source.name).standardizedFileURL.path]
    session.filesApart = FilesApart()
    session.hasFixedThreads = !options.threads.isEmpty
    var interpreter = Interpreter(session: session, source: source)
    var steps: [Step] = []
    for (place, statement) in script.statements.enumerated() where chosen.runs.contains(place) {
      let before = session.sessionRecord.entries.count
      var step = Step(
        statement: statement, isCompared: chosen.compared.contains(place),
        receipts: receipts[place], values: [])
      do throws(Diagnostic) { try interpreter.run([statement]) } catch { step.failure = error }
      let entries = session.sessionRecord.entries
      if entries.count > before { step.values = entries[before].values }
      steps.append(step)
      if session.wantsToQuit || step.failure != nil { break }
    }
    // Those of one run, the worst one.
    report.expectations = max(report.expectations, session.expectationCount)
    report.failedExpectations = max(report.failedExpectations, session.failedExpectationCount)
    return steps
  }

  private static func receipts(
    of statement: Statement, in source: Source
  ) throws(Diagnostic) -> [Receipt] {
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
      if let failure = step.failure {
        // What was stopped from outside is no difference.
        if !failure.failure.isStop {
          report.lines.append(
            .init(
              line: line, name: step.statement.replayName(0), verdict: .different,
              detail: "failed: \(failure.failure.message)"))
        }
        continue
      }
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
      if step.failure?.failure.isStop == true { return }
      guard step.values.count == other.values.count else {
        let then = Content.counted(other.values.count, "value")
        report.lines.append(
          .init(
            line: line(of: step.statement), name: step.statement.replayName(0),
            verdict: .different,
            detail: "\(label): \(then) -> \(Content.counted(step.values.count, "value"))"))
        continue
      }
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

  private mutating func update(_ steps: [Step]) throws(Diagnostic) {
    guard steps.last?.failure == nil else {
      report.notes.append("not all lines ran, so the receipts stay as they are")
      return
    }
    let text = ReceiptUpdate(
      source, script,
      steps.filter(\.isCompared).map { ($0.statement, $0.receipts, $0.values) }, lexicon
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
