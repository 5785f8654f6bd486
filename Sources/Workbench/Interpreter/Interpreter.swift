import Contract
import Kernel

/// Runs checked statements, one after the other, in a session.
struct Interpreter {
  let session: Session
  let source: Source
  /// Values for the script's parameters from outside.
  let overrides: [String: Value]
  /// Columns that row expressions see as names; outside of them empty.
  var row: TableRow?

  /// One row of a table, for row expressions.
  struct TableRow {
    var table: Table
    var index: Int
  }

  init(session: Session, source: Source, overrides: [String: Value] = [:]) {
    self.session = session
    self.source = source
    self.overrides = overrides
  }

  var lexicon: Lexicon { session.lexicon }

  /// Runs statements in order until one fails, somebody asks for an end, or `quit`.
  mutating func run(_ statements: [Statement]) throws(Diagnostic) {
    for (index, statement) in statements.enumerated() {
      if let probe = session.probe {
        runForCost(statement, probe)
        if session.wantsToQuit { return }
        continue
      }
      try run(statement)
      if session.wantsToQuit { return }
      let isLast = index == statements.count - 1
      if !isLast || !session.isInteractive || session.host.isAskedToEnd {
        try checkLimits(at: statement.span)
      }
    }
  }

  /// Runs a statement as far as its cost needs; what fails is noted, and the next one runs.
  private mutating func runForCost(_ statement: Statement, _ probe: CostProbe) {
    guard probe.begins(statement, in: source) else { return }
    do throws(Diagnostic) { try run(statement) } catch {
      probe.note(error, of: statement, in: source)
    }
  }

  /// Fails where the run has to end: by Ctrl-C, a signal or its own time limit.
  private func checkLimits(at span: Span) throws(Diagnostic) {
    guard let code = limitReached else { return }
    let event = code == .stopped ? "stopped" : "the time given is over"
    guard isLeaving else {
      throw diagnostic(code, "\(event) after this line; what it made is kept", at: span)
    }
    guard let partial = session.lastPartial else {
      throw diagnostic(code, "\(event) after this line", at: span)
    }
    guard let path = partial.checkpoint else {
      if let name = session.journal?.place.name {
        throw diagnostic(
          code, "\(event) in this line; its state is kept in session `\(name)`", at: span,
          notes: [
            session.isInteractive
              ? "`basin --session \(name)` brings it back, and `resume` goes on"
              : "`--session \(name)` with the same script goes on from there"
          ])
      }
      throw diagnostic(
        code, "\(event) in this line; what it made so far is lost", at: span,
        notes: [
          "with `--session NAME` a script that is run again goes on where it was",
          "with `checkpoint=FILE` a line that got far enough goes on from it when run again",
        ])
    }
    throw diagnostic(
      code, "\(event) in this line; its state is kept in `\(path)`", at: span,
      notes: ["run the same command again to go on from there"])
  }

  /// Why the run has to end now, if it has to.
  private var limitReached: FailureCode? {
    if session.isStopAsked || session.host.isAskedToStop { return .stopped }
    if let deadline = session.deadline, ContinuousClock.now >= deadline { return .budgetReached }
    return nil
  }

  /// Whether the program ends where the run does, and with it all that is only bound to names: a
  /// script's, and the prompt's after a signal.
  private var isLeaving: Bool { !session.isInteractive || session.host.isAskedToEnd }

  mutating func run(_ statement: Statement) throws(Diagnostic) {
    var override: Value?
    if case .parameter(let name, _, _, _) = statement.kind { override = overrides[name.text] }
    session.sessionRecord.begin(nextNumber: session.nextNumber)
    let watch = session.beginJournaling(statement, override: override)
    let failures = session.failedExpectationCount
    let values: [Value]?
    do throws(Diagnostic) { values = try execute(statement) } catch {
      session.sessionRecord.fail(statement, nextNumber: session.nextNumber) {
        session.value(named: $0) != nil
      }
      session.endJournaling(watch, failure: error.failure)
      throw error
    }
    let isRefuted = statement.isExpectation && wasRefuted(failuresBefore: failures)
    session.sessionRecord.end(
      statement, values: values, nextNumber: session.nextNumber, override: override,
      isRefuted: isRefuted)
    if isRefuted {
      session.endJournaling(
        watch, failure: Failure(.expectationFailed, "`\(statement.canonical)` does not hold"))
    } else {
      session.endJournaling(watch, names: statement.boundNames)
    }
  }

  /// Whether the expectation that was checked last failed and the lines after it run all the same.
  ///
  /// Where a session is brought back it is as it was found: what a line wrote is not written again,
  /// so that one that has to fail may not.
  private func wasRefuted(failuresBefore count: Int) -> Bool {
    if case .restoring(let ending)? = session.ledger?.purpose { return ending.status == .failed }
    return session.failedExpectationCount > count
  }

  /// Runs a statement; the values it gave, or `nil` where it only looked.
  private mutating func execute(_ statement: Statement) throws(Diagnostic) -> [Value]? {
    switch statement.kind {
    case .assignment(let targets, let pipeline):
      return try runAssignment(targets, pipeline, statement)
    case .loop(let variable, let over, let body): try runLoop(variable, over, body)
    case .expect(let condition, let tolerance, let label):
      try runExpectation(condition, tolerance, label, statement)
    case .expectFails(let code, let body): try runExpectedFailure(code, body, statement)
    case .parameter(let name, let value, let range, _):
      try runParameter(name, value, range)
    }
    return statement.boundNames.compactMap { session.value(named: $0) }
  }

  // MARK: - Assignments

  private mutating func runAssignment(
    _ targets: [Name], _ pipeline: Pipeline, _ statement: Statement
  ) throws(Diagnostic) -> [Value]? {
    let clock = ContinuousClock()
    let start = clock.now
    session.lastPartial = nil
    let outcome = try evaluate(pipeline, targets: targets)
    let seconds = (clock.now - start).inSeconds
    let text = statement.canonical
    guard outcome.isRecorded else {
      session.noteLook(text: text, seconds: seconds)
      return nil
    }
    var values = outcome.values
    if targets.count == 1, values.count > 1, let packed = packed(values, needsNetworks: true) {
      values = [packed]
    }
    guard targets.isEmpty || targets.count == values.count else {
      let first = targets[0].span
      throw diagnostic(
        .countMismatch,
        "\(Content.counted(targets.count, "name")) for "
          + (values.isEmpty ? "no value" : Content.counted(values.count, "value")),
        at: targets.reduce(first) { $0.joined(with: $1.span) })
    }
    session.lastPartial = values.lazy.compactMap(\.partial).first
    for (target, value) in zip(targets, values) { session.bind(target.text, to: value) }
    let isBare = outcome.verb.isEmpty && targets.isEmpty
    if isBare, let value = values.first {
      session.noteLook(text: text, seconds: seconds)
      session.host.show(.value(value, session.settings.format))
      return nil
    }
    session.record(packed(values, needsNetworks: false), text: text, seconds: seconds)
    guard !values.isEmpty else { return [] }
    session.host.show(
      .result(
        Output.Outcome(
          number: session.results.count, names: targets.map(\.text), values: values,
          verb: outcome.verb, seconds: seconds,
          format: outcome.format ?? session.settings.format,
          isLast: isLeaving && limitReached != nil)))
    return values
  }

  /// Several values as one: networks together, other values as a list.
  func packed(_ values: [Value], needsNetworks: Bool) -> Value? {
    guard values.count > 1 else { return values.first }
    let networks = values.compactMap { value -> Network? in
      if case .network(let network) = value.content { network } else { nil }
    }
    if networks.count == values.count {
      return Value(
        .networks(networks), .joined(values.map(\.provenance)), partial: values[0].partial)
    }
    return needsNetworks ? nil : Value(.list(values), .list(values.map(\.provenance)))
  }

  // MARK: - Loops and parameters

  private mutating func runLoop(
    _ variable: Name, _ over: Expression, _ body: Block
  ) throws(Diagnostic) {
    let rounds = try rounds(of: over, as: evaluate(over), for: "for")
    let outer = session.value(named: variable.text)
    defer {
      if let outer {
        session.bind(variable.text, to: outer)
      } else {
        session.forget(variable.text)
      }
    }
    if let probe = session.probe {
      try probe.sample(rounds.count) { round throws(Diagnostic) in
        session.bind(variable.text, to: rounds.value(round))
        try run(body.statements)
      }
      return
    }
    for round in 0..<rounds.count {
      session.bind(variable.text, to: rounds.value(round))
      try run(body.statements)
      if session.wantsToQuit { return }
      try checkLimits(at: body.span)
    }
  }

  /// What a loop goes through, each value made in its round: a million of them at once take long.
  private struct Rounds {
    var count: Int
    var value: (Int) -> Value
  }

  /// What a sweep goes through.
  func elements(
    of expression: Expression, as value: Value, for verb: String
  ) throws(Diagnostic) -> [Value] {
    let rounds = try rounds(of: expression, as: value, for: verb)
    return (0..<rounds.count).map { rounds.value($0) }
  }

  private func rounds(
    of expression: Expression, as value: Value, for verb: String
  ) throws(Diagnostic) -> Rounds {
    switch value.content {
    case .list(let values): return Rounds(count: values.count) { values[$0] }
    case .networks(let networks):
      return Rounds(count: networks.count) {
        Value(.network(networks[$0]), value.provenance.element($0))
      }
    case .range(let bounds):
      if let whole = bounds.integers {
        // 1 000 000: more rounds of a loop were never meant.
        guard whole.count <= 1_000_000 else {
          throw diagnostic(
            .outOfRange, "`\(verb)` makes at most 1000000 rounds; this is \(whole.count)",
            at: expression.span)
        }
        return Rounds(count: whole.count) {
          let number = whole.lowerBound + $0
          return Value(.integer(number), .typed(String(number)))
        }
      }
      throw diagnostic(
        .wrongKind, "`\(verb)` counts up through whole numbers; got \(value.content.brief)",
        at: expression.span)
    default:
      throw diagnostic(
        .wrongKind,
        "`\(verb)` goes through a list, networks or a range; this is \(value.kind.article)",
        at: expression.span)
    }
  }

  private mutating func runParameter(
    _ name: Name, _ standard: Expression, _ range: Expression?
  ) throws(Diagnostic) {
    let value: Value
    if let given = overrides[name.text] { value = given } else { value = try evaluate(standard) }
    if let range {
      let limits = try evaluate(range)
      if let failure = Checker.outside(limits.content, value.content, name: name.text) {
        throw Diagnostic(failure, in: source, at: standard.span)
      }
    }
    session.bind(name.text, to: value)
  }

  // MARK: - Failures

  func diagnostic(
    _ code: FailureCode, _ message: String, at span: Span, notes: [String] = []
  ) -> Diagnostic {
    Diagnostic(Failure(code, message, notes: notes), in: source, at: span)
  }

  /// Runs `body` and gives what it throws the place of `span`.
  func placed<Result>(
    at span: Span, _ body: () throws(Failure) -> Result
  ) throws(Diagnostic) -> Result {
    do throws(Failure) { return try body() } catch {
      throw Diagnostic(error, in: source, at: span)
    }
  }
}
