import Contract
import Kernel

/// What a pipeline gave.
struct PipelineOutcome {
  var values: [Value]
  /// Whether it takes a number and is kept in the session.
  var isRecorded: Bool
  /// The last command, or empty for a mere expression.
  var verb: String
  /// How it is to be written, where the command was told.
  var format: OutputFormat?
}

extension Interpreter {
  /// Runs the stages of a pipeline, handing each value on.
  ///
  /// - Parameter targets: The names that the values will be bound to.
  func evaluate(
    _ pipeline: Pipeline, targets: [Name]
  ) throws(Diagnostic) -> PipelineOutcome {
    let isLone = pipeline.rest.isEmpty
    var outcome: PipelineOutcome
    switch pipeline.first {
    case .call(let call):
      outcome = try evaluate(call, piped: nil, targets: isLone ? targets : [])
    case .expression(let expression):
      if case .name(let word) = expression.form, session.value(named: word) == nil,
        row == nil, lexicon.command(word) != nil
      {
        let call = Call(verb: Name(text: word, span: expression.span), span: expression.span)
        outcome = try evaluate(call, piped: nil, targets: isLone ? targets : [])
      } else {
        outcome = PipelineOutcome(
          values: [try evaluate(expression)], isRecorded: true, verb: "")
      }
    }
    for (index, call) in pipeline.rest.enumerated() {
      guard let value = packed(outcome.values, needsNetworks: false) else {
        throw diagnostic(
          .wrongKind, "there is no value to hand on to `\(call.verb.text)`", at: call.verb.span)
      }
      let isLast = index == pipeline.rest.count - 1
      outcome = try evaluate(call, piped: value, targets: isLast ? targets : [])
    }
    return outcome
  }

  /// Runs one command.
  func evaluate(
    _ call: Call, piped: Value?, targets: [Name]
  ) throws(Diagnostic) -> PipelineOutcome {
    // A bound name goes before a command of that name, as it does without parentheses.
    if call.arguments.isEmpty, piped == nil, let value = session.value(named: call.verb.text) {
      return PipelineOutcome(values: [value], isRecorded: true, verb: "")
    }
    guard let command = lexicon.command(call.verb.text) else {
      throw Diagnostic(lexicon.unknownCommand(call.verb.text), in: source, at: call.verb.span)
    }
    let matched = MatchedCall(call, of: command, isPiped: piped != nil)
    if let problem = matched.problems.first {
      throw Diagnostic(problem.failure, in: source, at: problem.span)
    }
    let resolved = try resolve(matched, piped: piped)
    let values = try run(resolved, call, targets: targets)
    return PipelineOutcome(
      values: values, isRecorded: command.isRecorded(call), verb: command.verb,
      format: resolved.arguments["as"]?.content.word.flatMap(OutputFormat.init))
  }

  /// Where a failure of a command stands: at the one argument that it names, else at the call.
  private func place(of failure: Failure, in call: Call) -> Span {
    let named = call.arguments.map(\.value.span).filter {
      failure.message.contains("`\(source.text(of: $0))`")
    }
    return named.count == 1 ? named[0] : call.span
  }

  private func run(
    _ resolved: ResolvedCall, _ call: Call, targets: [Name]
  ) throws(Diagnostic) -> [Value] {
    let command = resolved.command
    let base = Recipe(parts: resolved.recipeParts)
    let seed = resolved.arguments["seed"]?.content.number.map { UInt64($0) }
    let draws =
      command.drawsRandomNumbers && resolved.method?.card.drawsRandomNumbers ?? true
    // The cells of a sweep count for themselves.
    let isCounted = draws && seed == nil && resolved.sweep == nil
    let ordinal = isCounted ? session.recipeCount(base.hex) : 0
    let recipe = ordinal == 0 ? base : Recipe("again", base.hex, String(ordinal + 1))
    let report = CallReport()
    let stop = StopSignal(budget: budget(of: resolved), within: session.enclosingStop)
    let slot = try journaled(
      recipe, seed: draws ? seed ?? session.settings.seed : nil, call, resolved)
    let invocation = Invocation(
      command: command, arguments: setApart(resolved), rest: resolved.rest,
      extra: resolved.extra, rowExpressions: resolved.rowExpressions, given: resolved.given,
      sweep: resolved.sweep,
      random: RandomStream(seed: seed ?? session.settings.seed, name: recipe.hex),
      pool: session.pool ?? .shared, stop: stop,
      progress: session.host.beginCommand(
        command.verb, finishing: stepName(of: resolved), stop: stop),
      session: session, report: report, state: slot?.stateFile)
    let clock = ContinuousClock()
    let start = clock.now
    let contents: [Content]
    let wasKept: Bool
    let ending: CommandEnding
    do throws(Failure) {
      let kept = try slot?.broughtBack(invocation)
      wasKept = kept != nil
      if let kept { contents = kept } else { contents = try newContents(invocation, call) }
      ending = session.host.endCommand()
    } catch {
      slot?.fail()
      session.isStopAsked = session.host.endCommand().isStopped || session.isStopAsked
      // What was cut off by its budget says so, wherever it looked at the signal.
      let isOverTime = error.code == .stopped && stop.reason == .budget
      let failure =
        isOverTime ? Failure(.budgetReached, error.message, notes: error.notes) : error
      throw report.diagnostic ?? Diagnostic(failure, in: source, at: place(of: error, in: call))
    }
    if ending.isStopped { session.isStopAsked = true }
    if ending.isDiscarded {
      slot?.fail()
      throw diagnostic(.stopped, "stopped, and what there was is thrown away", at: call.span)
    }
    if isCounted { session.noteRecipe(base.hex) }
    let seconds = wasKept ? slot?.kept?.seconds ?? 0 : (clock.now - start).inSeconds
    slot?.end(
      contents, report, seconds: seconds, isOfSession: session.cell == nil,
      // What changes the session has to run again where that comes back.
      isToKeep: !wasKept && command.role != .ofSession)
    report.removeLeftovers(session.host)
    let whole = pinned(recipe, resolved, report, isPartial: false)
    let record = CallRecord(
      verb: command.verb,
      recipe: report.partial == nil ? whole : pinned(recipe, resolved, report, isPartial: true),
      names: targets.map(\.text), resultCount: contents.count,
      method: report.method ?? resolved.method?.version,
      innerMethods: report.innerMethods + resolved.methodsInside, plugged: report.plugged,
      parameters: resolved.settings, seed: draws ? invocation.random.seed : nil,
      files: report.files,
      written: command.writes.compactMap { resolved.arguments[$0]?.content.word },
      threads: invocation.pool.threadCount,
      seconds: seconds, number: session.nextNumber, ordinal: ordinal,
      countedRecipe: isCounted ? base.hex : nil,
      wholeRecipe: whole)
    session.sessionRecord.note(record)
    return values(contents, of: resolved, record, report)
  }

  private func newContents(_ invocation: Invocation, _ call: Call) throws(Failure) -> [Content] {
    guard let probe = session.probe else {
      if let whole = wholeByNow(invocation) { return whole }
      return try invocation.command.run(invocation)
    }
    return try probe.run(invocation, call, in: source)
  }

  /// What a replay is to go on with though it is whole: a faster machine does it all in the time that
  /// the line before it has.
  private func wholeByNow(_ invocation: Invocation) -> [Content]? {
    guard session.filesApart != nil, session.expectedFailures == 0,
      invocation.command.continues != nil
    else { return nil }
    let values = invocation.resumedValues
    guard !values.isEmpty, values.allSatisfy({ $0.partial == nil }) else { return nil }
    return values.map(\.content)
  }

  /// The arguments, with other places for files where a replay must not touch the real ones.
  private func setApart(_ resolved: ResolvedCall) -> [String: Value] {
    guard let apart = session.filesApart else { return resolved.arguments }
    let writes = Set(resolved.command.writes + ["checkpoint"])
    var arguments = resolved.arguments
    for name in writes.union(resolved.command.reads) {
      guard let value = arguments[name], case .path(let path) = value.content else { continue }
      let place = writes.contains(name) ? apart.place(toWrite: path) : apart.place(toRead: path)
      arguments[name] = Value(.path(place), value.provenance)
    }
    return arguments
  }

  /// What a call finishes before it stops: what goes on does it as when it began.
  private func stepName(of resolved: ResolvedCall) -> String {
    if let method = resolved.method { return method.card.stepName }
    guard let name = resolved.command.continues, let value = resolved.arguments[name] else {
      return resolved.command.stepName
    }
    if case .result(let result) = value.content { return result.method.card.stepName }
    let command = value.members.first?.provenance.call.flatMap { lexicon.command($0.verb) }
    return (command ?? resolved.command).stepName
  }

  /// The recipe with the hashes of the files that were read, or their paths where none was hashed,
  /// and with what ended the work early.
  private func pinned(
    _ recipe: Recipe, _ resolved: ResolvedCall, _ report: CallReport, isPartial: Bool
  ) -> Recipe {
    var marks =
      report.files.isEmpty ? resolved.paths : report.files.map(\.hash.hex).sorted()
    if isPartial { marks += ["partial"] + resolved.practicalParts }
    return marks.isEmpty ? recipe : Recipe(parts: [recipe.hex] + marks)
  }

  private func values(
    _ contents: [Content], of resolved: ResolvedCall, _ record: CallRecord, _ report: CallReport
  ) -> [Value] {
    let partial = report.partial
    let dependsOnTheClock = partial != nil || report.dependsOnTheClock
    if let name = resolved.command.continues, let first = resolved.arguments[name] {
      let before = ([first] + resolved.rest).flatMap(\.members)
      if contents.count == before.count {
        // What was stopped and gone on with is the same value, made by the same line.
        return zip(contents, before).map { content, before in
          let provenance =
            partial == nil
            ? before.provenance.whole(dependsOnTheClock: dependsOnTheClock) : before.provenance
          return Value(content, provenance, partial: partial)
        }
      }
    }
    let isOne = contents.count == 1
    return contents.enumerated().map { index, content in
      let provenance = Provenance(
        parts: resolved.parts,
        recipe: isOne ? record.recipe : .element(of: record.recipe, index), call: record,
        resultIndex: isOne ? nil : index, isPartial: dependsOnTheClock)
      return Value(content, provenance, partial: partial)
    }
  }

  /// The time that the call's own `budget` and the run's limit leave.
  private func budget(of resolved: ResolvedCall) -> Duration? {
    var limits: [Duration] = []
    if let seconds = resolved.arguments["budget"]?.content.number {
      limits.append(.seconds(seconds))
    }
    if let deadline = session.deadline {
      limits.append(max(.zero, deadline - ContinuousClock.now))
    }
    return limits.min()
  }
}
