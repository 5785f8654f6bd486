import Contract
import Kernel

/// A sweep and how far it is: the call itself runs it, and, when that was stopped, `resume`.
///
/// A cell gives what its lines give when they are typed one after the other in a new session where
/// the variables are bound. Where that is the same in two cells a line runs only once. Cells run in
/// order; since none sees anything of another, any other order, or several at a time, would give
/// the same table.
struct SweepJob: Sendable {
  let plan: SweepPlan
  /// The cells that are done, by number.
  private(set) var cells: [Int: Cell] = [:]
  /// What lines gave that cells to come may share.
  private var kept: [SweepPlan.LineKey: [LineRun]] = [:]
  /// How many cells to come ask for a line's run.
  private var pending: [SweepPlan.LineKey: Int] = [:]
  private var inputs = InputFiles()

  /// What came of one cell.
  struct Cell: Sendable {
    var columns: [SweepCell.Column]
    var failure: Failure?
    var seconds: Double
  }

  /// Everything that running one line did to the session of its cell.
  private struct LineRun: Sendable {
    var draws: DrawCounts.Trace
    var bound: [(name: String, value: Value)]
    var results: [Value?]
    var columns: [SweepCell.Column]
    var failure: Diagnostic?
  }

  init(_ plan: SweepPlan) {
    self.plan = plan
    for cell in 0..<plan.cellCount {
      let values = plan.values(of: cell)
      for line in plan.lines.indices {
        pending[plan.key(ofLine: line, values: values), default: 0] += 1
      }
    }
  }

  /// Runs the cells that are missing, to the end or until somebody stops it.
  mutating func run(_ call: Invocation) throws(Failure) -> [Content] {
    takeUp(call)
    var lastKept = ContinuousClock.now
    let host = SweepHost(call, done: cells.count, of: plan.cellCount)
    let deadline = Self.deadline(of: call)
    for cell in 0..<plan.cellCount where cells[cell] == nil {
      if host.stopReason != nil { break }
      let session = makeSession(call, host, deadline)
      guard let outcome = run(cell, in: session, host) else {
        // What its lines gave so far is kept for when the sweep goes on.
        pin(session, call)
        break
      }
      for _ in 0..<session.expectationCount - session.failedExpectationCount {
        call.session.noteExpectation(holds: true)
      }
      for _ in 0..<session.failedExpectationCount { call.session.noteExpectation(holds: false) }
      pin(session, call)
      if let failure = outcome.failure { call.note("\(title(of: cell)): \(failure.headline)") }
      cells[cell] = outcome
      release(cell)
      host.finishCell()
      if lastKept.duration(to: .now) > .betweenCheckpoints {
        keep(call)
        lastKept = .now
      }
    }
    return try finish(call, host)
  }

  /// Goes on from the cells that a program left that was killed.
  private mutating func takeUp(_ call: Invocation) {
    guard let source = call.state?.source,
      let state = try? SweepState(reading: source, cellCount: plan.cellCount)
    else { return }
    call.report.files += state.files
    for (cell, outcome) in state.cells where cells[cell] == nil {
      cells[cell] = outcome
      release(cell)
    }
  }

  /// Keeps the cells that are done, where the session is autosaved.
  private func keep(_ call: Invocation) {
    guard let path = call.state?.path else { return }
    // A full disk does not end the sweep: the journal says that nothing can be kept.
    try? SweepState(cells: cells, files: call.report.files).write(to: path)
  }

  private func finish(_ call: Invocation, _ host: SweepHost) throws(Failure) -> [Content] {
    if host.ending.isStopped { call.session.isStopAsked = true }
    if host.ending.isDiscarded {
      throw Failure(.stopped, "stopped, and what there was is thrown away")
    }
    if cells.count < plan.cellCount {
      keep(call)
      let rest = self
      call.markPartial(
        share: Double(cells.count) / Double(plan.cellCount),
        reason: host.stopReason == .budget ? "budget" : "stopped"
      ) { (call) throws(Failure) in
        var rest = rest
        return try rest.run(call)
      }
    }
    call.report.dependsOnTheClock = cells.values.contains { cell in
      cell.columns.contains(where: \.dependsOnTheClock)
    }
    return [.table(SweepTable(plan, cells).table)]
  }

  /// Tells what files the lines read, except those that they wrote themselves, and what methods ran.
  private mutating func pin(_ session: Session, _ call: Invocation) {
    for record in session.sessionRecord.allCalls {
      call.report.files += inputs.add(record)
      for method in record.allMethods where !call.report.innerMethods.contains(method) {
        call.report.innerMethods.append(method)
      }
    }
  }

  /// The moment by which the call's own budget and the run's limit end it.
  private static func deadline(of call: Invocation) -> ContinuousClock.Instant? {
    let own = call.realIfGiven("budget").map { ContinuousClock.now.advanced(by: .seconds($0)) }
    return [own, call.session.deadline].compactMap(\.self).min()
  }

  /// A session for one cell: the world as it was when the sweep began.
  private func makeSession(
    _ call: Invocation, _ host: SweepHost, _ deadline: ContinuousClock.Instant?
  ) -> Session {
    var settings = plan.settings
    settings.threads = call.session.settings.threads
    settings.format = call.session.settings.format
    let session = Session(
      host: host, lexicon: call.session.lexicon, settings: settings, deadline: deadline)
    session.ledger = call.session.ledger
    session.filesApart = call.session.filesApart
    for (name, value) in plan.names { session.bind(name, to: value) }
    for result in plan.results { session.record(result, text: "", seconds: 0) }
    return session
  }

  // MARK: - One cell

  /// What comes of a cell; `nil` where it was stopped.
  private mutating func run(_ cell: Int, in session: Session, _ host: SweepHost) -> Cell? {
    let clock = ContinuousClock()
    let start = clock.now
    let values = plan.values(of: cell)
    for (variable, value) in zip(plan.variables, values) { session.bind(variable.name, to: value) }
    let collected = SweepCell()
    session.cell = collected
    var failure: Failure?
    for line in plan.lines.indices {
      let key = plan.key(ofLine: line, values: values)
      if let run = kept[key]?.first(where: { session.draws.agrees(with: $0.draws) }) {
        repeatRun(run, in: session)
        failure = run.failure?.failure
      } else {
        if host.stopReason != nil { return nil }
        let run = run(plan.lines[line], in: session)
        // A line that was asked to end may hold what is not whole, however it was used: all of it
        // runs again when the sweep goes on.
        if host.stopReason != nil { return nil }
        kept[key, default: []].append(run)
        failure = run.failure?.failure
      }
      if failure != nil { break }
    }
    return Cell(
      columns: collected.columns, failure: failure, seconds: (clock.now - start).inSeconds)
  }

  private func run(_ line: SweepPlan.Line, in session: Session) -> LineRun {
    let columnCount = session.cell?.columns.count ?? 0
    let resultCount = session.results.count
    session.draws.beginTrace()
    var interpreter = Interpreter(session: session, source: plan.source)
    var failure: Diagnostic?
    do throws(Diagnostic) { try interpreter.run(line.statement) } catch { failure = error }
    return LineRun(
      draws: session.draws.endTrace(),
      bound: line.binds.compactMap { name in session.value(named: name).map { (name, $0) } },
      results: Array(session.results[resultCount...]),
      columns: Array(session.cell?.columns[columnCount...] ?? []), failure: failure)
  }

  /// Does to a session what a line did to the one that it ran in.
  private func repeatRun(_ run: LineRun, in session: Session) {
    session.draws.apply(run.draws)
    for (name, value) in run.bound { session.bind(name, to: value) }
    for result in run.results { session.record(result, text: "", seconds: 0) }
    session.cell?.columns += run.columns
  }

  /// Forgets what no cell to come asks for, so that networks do not pile up.
  private mutating func release(_ cell: Int) {
    let values = plan.values(of: cell)
    for line in plan.lines.indices {
      let key = plan.key(ofLine: line, values: values)
      pending[key, default: 1] -= 1
      if pending[key] == 0 { kept[key] = nil }
    }
  }

  /// How notes name a cell: `width=32 m=fd`.
  private func title(of cell: Int) -> String {
    zip(plan.variables, plan.values(of: cell)).map { variable, value in
      "\(variable.name)=\(value.cellText)"
    }.joined(separator: " ")
  }
}

extension Failure {
  /// The code and the sentence, without the notes.
  fileprivate var headline: String { "error[\(code)]: \(message)" }
}

extension Value {
  /// A value as a cell of a table names it, whatever it is.
  var cellText: String {
    if case .method(let method) = content { return method.labelWithStart }
    return content.word ?? content.sourceText ?? boundName ?? content.brief
  }
}
