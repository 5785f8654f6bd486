import Contract
import Kernel

/// What a command knows of values that a journal kept, after a crash.
struct Recovery: Sendable {
  /// What `resume` calls to go on with a value that was stopped.
  typealias GoOn = @Sendable (Invocation) throws(Failure) -> [Content]

  /// Makes, from the arguments of the call, what goes on from the state that it is given.
  let goOn: @Sendable (Invocation) throws(Failure) -> GoOn?
  /// Gives the result of a search what only its call knows.
  let result: @Sendable (Invocation, KeptReader.KeptResult) throws(Failure) -> ResultValue

  init(
    result: @escaping @Sendable (Invocation, KeptReader.KeptResult) throws(Failure) -> ResultValue =
      { _, _ throws(Failure) in throw JSON.notKept },
    goOn: @escaping @Sendable (Invocation) throws(Failure) -> GoOn?
  ) {
    self.goOn = goOn
    self.result = result
  }
}

/// A call of a statement that is recorded or brought back.
struct JournaledCall {
  let ledger: CallLedger
  let slot: CallLedger.Slot

  /// What was kept of the call when it ran before.
  var kept: KeptCall? { slot.kept }

  /// The file for its state; while values are brought back nothing is written.
  var stateFile: StateFile {
    let path = ledger.statePath(slot)
    let source = FileContent.exists(path) ? path : nil
    return ledger.isRestoring
      ? StateFile(path: nil, source: nil) : StateFile(path: path, source: source)
  }

  /// The values that were kept, or `nil` where the command has to run.
  func broughtBack(_ call: Invocation) throws(Failure) -> [Content]? {
    guard let kept else {
      // What was written stands in its file; it is not written again.
      return ledger.isRestoring && !call.command.writes.isEmpty ? [] : nil
    }
    if kept.partial != nil, !takesPartial(kept, call) { return nil }
    let contents: [Content]
    do throws(Failure) {
      var networks: [Network] = []
      if let name = kept.networks {
        networks = try NetworkFile.read("\(ledger.place.values)/\(name)")
      }
      let reader = KeptReader(networks: networks) { result throws(Failure) in
        guard let recovery = call.command.recovery else { throw JSON.notKept }
        return try recovery.result(call, result)
      }
      contents = try kept.contents.map { json throws(Failure) in try reader.content(json) }
    } catch {
      // A whole value comes out the same when it is made again.
      guard kept.partial != nil else { return nil }
      throw error
    }
    call.report.method = kept.method
    call.report.files = kept.files
    call.report.innerMethods = kept.innerMethods
    call.report.plugged = kept.plugged
    call.report.dependsOnTheClock = kept.dependsOnTheClock
    if let stop = kept.partial {
      call.report.partial = try partial(stop, kept.state, call)
    }
    return contents
  }

  /// Whether what there was when the call was stopped is what it is to give now.
  ///
  /// Where a script is run again a call goes on that was stopped from outside, and not one whose
  /// own time was up.
  private func takesPartial(_ kept: KeptCall, _ call: Invocation) -> Bool {
    ledger.isRestoring || kept.partial?.reason == "budget" && call.isGiven("budget")
  }

  private func partial(
    _ stop: KeptCall.Stop, _ state: String?, _ call: Invocation
  ) throws(Failure) -> Partial {
    let goOn = try call.command.recovery?.goOn(call)
    let source = state.map { "\(ledger.place.checkpoints)/\($0)" }
    var resume: Recovery.GoOn?
    if let goOn {
      resume = { (call) throws(Failure) in
        // A state that is being written now is newer than the one it was stopped with.
        guard let source, call.state?.source == nil else { return try goOn(call) }
        return try goOn(call.takingUp(from: source))
      }
    }
    return Partial(
      share: stop.share, reason: stop.reason, checkpoint: stop.checkpoint, resume: resume)
  }

  /// The call has ended well.
  ///
  /// - Parameter isToKeep: Whether its values are to be kept; they are not where they were before.
  func end(
    _ contents: [Content], _ report: CallReport, seconds: Double, isOfSession: Bool, isToKeep: Bool
  ) {
    if isOfSession { ledger.countCall() }
    if isToKeep { ledger.keep(contents, report, seconds: seconds, slot) }
  }

  /// The call has failed.
  func fail() { ledger.discard(slot) }
}

extension Interpreter {
  /// The place of a call in the journal; `nil` where nothing is recorded.
  ///
  /// - Throws: What the call failed with, where its statement is brought back up to there.
  func journaled(
    _ recipe: Recipe, seed: UInt64?, _ call: Call, _ resolved: ResolvedCall
  ) throws(Diagnostic) -> JournaledCall? {
    guard let ledger = session.ledger else { return nil }
    // What another content of a plugin made is not taken for what this one makes.
    let plugins = pluginsUsed(in: call, resolved).map { ":\($0.hex)" }.joined()
    let key = recipe.hex + (seed.map { ":\($0)" } ?? "") + plugins
    return JournaledCall(
      ledger: ledger,
      slot: try placed(at: call.span) { () throws(Failure) in try ledger.begin(key: key) })
  }
}

extension Interpreter {
  /// The contents of the plugins that a call may use: those whose words stand in it, and those that its
  /// methods come from.
  private func pluginsUsed(in call: Call, _ resolved: ResolvedCall) -> [ContentHash] {
    guard !lexicon.plugins.isEmpty else { return [] }
    let text = source.text(of: call.span)
    let words = Set(text.split { !$0.isLetter && !$0.isNumber && $0 != "_" }.map(String.init))
    var methods = resolved.method.map { [$0] } ?? []
    let values = Array(resolved.arguments.values) + resolved.rest + resolved.sweepValues
    methods += values.flatMap(\.content.methodsInside)
    let origins = Set(methods.flatMap(\.origins))
    return lexicon.plugins.filter { plugin in
      !words.isDisjoint(with: plugin.ids) || origins.contains(plugin.origin)
    }.map(\.origin.hash)
  }
}

extension Content {
  /// The methods that a value holds.
  fileprivate var methodsInside: [ConfiguredMethod] {
    switch self {
    case .method(let method): [method]
    case .list(let values): values.flatMap(\.content.methodsInside)
    default: []
    }
  }
}

// MARK: - Statements

extension Session {
  /// A statement that is being recorded.
  struct Journaling {
    let ledger: CallLedger
    let start: ContinuousClock.Instant
  }

  /// Records that a statement begins, unless it stands in another one or only looks; an expectation
  /// is kept in the session, whatever stands in it.
  func beginJournaling(_ statement: Statement, override: Value?) -> Journaling? {
    guard let journal, sessionRecord.isOutermost else { return nil }
    let words = WordCollector(statement, lexicon: lexicon)
    guard words.isRecorded || !words.names.isEmpty || statement.isExpectation else { return nil }
    guard
      let ledger = journal.begin(
        statement.canonical, override: override?.content.sourceText, host: host)
    else { return nil }
    self.ledger = ledger
    return Journaling(ledger: ledger, start: .now)
  }

  /// Records that it ended well.
  func endJournaling(_ journaling: Journaling?, names: [String]) {
    guard let journaling else { return }
    var ending = JournalEnding(
      status: .done, calls: journaling.ledger.count,
      seconds: (.now - journaling.start).inSeconds)
    ending.values = hashes(of: names)
    end(journaling, ending)
  }

  /// Records that it failed.
  func endJournaling(_ journaling: Journaling?, failure: Failure) {
    guard let journaling else { return }
    end(
      journaling,
      JournalEnding(
        status: .failed, calls: journaling.ledger.count,
        seconds: (.now - journaling.start).inSeconds, failure: failure))
  }

  private func end(_ journaling: Journaling, _ ending: JournalEnding) {
    ledger = nil
    journal?.end(journaling.ledger, ending, host: host)
  }

  /// The hashes of what names stand for.
  func hashes(of names: [String]) -> [JournalEnding.NamedHash] {
    names.compactMap { name in
      value(named: name).map { value in
        JournalEnding.NamedHash(
          name: name, kind: value.kind.rawValue,
          hash: String(value.content.receiptHash.hex.prefix(Receipt.hashLength)))
      }
    }
  }
}
