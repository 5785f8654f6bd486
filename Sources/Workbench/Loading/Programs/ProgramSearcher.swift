import Contract
import Kernel

/// A search by a plugin's program.
struct ProgramSearcher: Searcher {
  let pool: ProgramPool
  let card: MethodCard
  let settings: Settings

  private var identity: String { "\(card.id) \(card.version)" }

  func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    if let checkpoint = task.checkpoint, checkpoint.method != identity {
      throw Failure(
        .incompatible, "the checkpoint is of \(checkpoint.method), and this is \(identity)")
    }
    return try pool.use(isStopped: { task.stop.isRaised }) { process throws(Failure) in
      let id = process.nextRequest()
      let request = try ProgramSearchRequest(
        id: id, method: card.id, settings: settings, task: task)
      var hearing = ProgramSearchHearing(
        task: task, identity: identity, canResume: card.canResume, process: process,
        folder: request.folder)
      let outcome = try process.answer(
        to: request.json, id: id, folder: request.folder, isStopped: { task.stop.isRaised },
        limits: pool.limits,
        onGraceOver: { failure throws(Failure) in try hearing.best(instead: failure) },
        take: { message throws(Failure) in try hearing.take(message) })
      // What it printed is told and is no part of the result: it may come late.
      let share = if case .partial(let share, _) = outcome.status { share } else { 1.0 }
      for line in process.lastLines.suffix(5) {
        task.progress.report(ProgressReport(share: share, advice: "\(process.name) wrote: \(line)"))
      }
      return outcome
    }
  }
}

/// What is heard from a program while it searches.
private struct ProgramSearchHearing {
  let task: SearchTask
  let identity: String
  let canResume: Bool
  let process: ProgramProcess
  let folder: PrivateFolder
  private var notes: [String] = []
  /// Whether it was told of the stop in place of an answer.
  private var wasCut = false
  private var share = 0.0
  private var checkpoint: SearchCheckpoint?
  private var lastKept = ContinuousClock.now
  /// More sentences than these nobody reads.
  private static let mostNotes = 20
  /// As many as a table of them has room for.
  private static let mostFigures = 200
  /// A curve with more points looks no different.
  private static let mostTracePoints = 100_000
  /// The best permutations that it reported on the way.
  private var best: (permutations: [NetworkPermutation], cost: Double?)?

  init(
    task: SearchTask, identity: String, canResume: Bool, process: ProgramProcess,
    folder: PrivateFolder
  ) {
    self.task = task
    self.identity = identity
    self.canResume = canResume
    self.process = process
    self.folder = folder
  }

  /// What the program says; the outcome once it has one.
  mutating func take(_ message: ProgramMessage) throws(Failure) -> SearchOutcome? {
    let fields = message.fields
    switch message.kind {
    case .progress: try progress(fields)
    case .checkpoint:
      let checkpoint = try keep(fields, state: fields["state"])
      // A program may report one at every step; each that is kept is written to disk.
      guard lastKept.duration(to: .now) > .betweenCheckpoints else { break }
      lastKept = .now
      task.keepCheckpoint(checkpoint)
    case .note:
      if notes.count < Self.mostNotes { notes.append(try fields.requiredText("text")) }
    case .ask:
      let answer = try ProgramService(task: task, name: process.name).answer(message)
      if answer["stopped"] != nil { wasCut = true }
      process.send(answer)
    case .result: return try outcome(fields)
    case .card, .value, .data, .error: throw message.unexpected(from: process.name)
    }
    return nil
  }

  private mutating func progress(_ fields: ProgramFields) throws(Failure) {
    share = try fields.share()
    var facts: [ProgressReport.Fact] = []
    if let json = fields["facts"] {
      guard let members = json.members else { throw fields.fault("has `facts` that are no object") }
      for member in members.prefix(8) {
        // 40: what a progress line has room for.
        let text = member.value.text ?? member.value.compact
        facts.append(.init(member.name.asOneLine(40), text.asOneLine(40)))
      }
    }
    if let json = fields["best"] {
      best = (
        try ProgramPermutations.read(json, for: task.networks, what: fields.what),
        try fields.real("cost")
      )
    }
    task.progress.report(
      ProgressReport(share: share, facts: facts, advice: try fields.text("advice")))
  }

  private mutating func keep(
    _ fields: ProgramFields, state: JSON?
  ) throws(Failure) -> SearchCheckpoint {
    guard let state else { throw fields.fault("has no `state`") }
    if let json = fields["share"], let told = json.real { share = min(max(told, 0), 1) }
    let kept = SearchCheckpoint(method: identity, share: share, bytes: Array(state.compact.utf8))
    checkpoint = kept
    return kept
  }

  private mutating func outcome(_ fields: ProgramFields) throws(Failure) -> SearchOutcome {
    var outcome = SearchOutcome(permutations: nil)
    if let json = fields["permutations"] {
      outcome.permutations = try ProgramPermutations.read(
        json, for: task.networks, what: fields.what)
    } else {
      outcome.learnedNetworks = try ProgramLearnedNetworks.read(
        fields, for: task.networks, folder: folder)
    }
    outcome.cost = try fields.real("cost")
    outcome.startCost = try fields.real("start_cost")
    outcome.steps = try fields.integer("steps") ?? 0
    guard outcome.steps >= 0 else { throw fields.fault("has \(outcome.steps) `steps`") }
    outcome.trace = try trace(fields)
    outcome.notes = Array((notes + (try fields.texts("notes") ?? [])).prefix(Self.mostNotes))
    outcome.figures = try figures(fields)
    if let state = fields["checkpoint"] {
      outcome.checkpoint = try keep(fields, state: state)
    } else if canResume {
      // The last one that it kept on the way.
      outcome.checkpoint = checkpoint
    }
    outcome.status = try status(fields)
    if wasCut, !outcome.status.isPartial {
      // It may not have seen the stop itself; what it asked for was not counted.
      outcome.status = .partial(share, task.stop.reasonWord)
    }
    if !outcome.status.isPartial { outcome.checkpoint = nil }
    return outcome
  }

  private func status(_ fields: ProgramFields) throws(Failure) -> SearchStatus {
    let reason = try fields.text("reason")
    switch try fields.text("status") {
    case "finished", nil: return .finished(reason ?? "done")
    case "partial":
      let share = fields["share"] == nil ? share : try fields.share()
      return .partial(share, task.stop.reason?.word ?? reason ?? "stopped")
    case let other?:
      throw fields.fault("has the `status` `\(other)`, which is neither finished nor partial")
    }
  }

  /// `{"runs": 3}`.
  private func figures(_ fields: ProgramFields) throws(Failure) -> [SearchOutcome.Figure] {
    guard let json = fields["figures"] else { return [] }
    guard let members = json.members else { throw fields.fault("has `figures` that are no object") }
    guard members.count <= Self.mostFigures else {
      throw fields.fault("has \(members.count) figures; \(Self.mostFigures) are the most")
    }
    var figures: [SearchOutcome.Figure] = []
    for member in members {
      // 80: a name for a column.
      let name = member.name.asOneLine(80)
      guard let value = member.value.real else {
        throw fields.fault("has a figure `\(name)` that is no number")
      }
      figures.append(.init(name, value))
    }
    return figures
  }

  /// `[[step, seconds, cost], …]`, thinned out where there are very many.
  private func trace(_ fields: ProgramFields) throws(Failure) -> [TracePoint] {
    var points: [TracePoint] = []
    let all = try fields.list("trace") ?? []
    let stride = max((all.count + Self.mostTracePoints - 1) / Self.mostTracePoints, 1)
    for (place, json) in all.enumerated() where place % stride == 0 || place == all.count - 1 {
      guard let point = json.elements, point.count == 3, let step = point[0].integer, step >= 0,
        let seconds = point[1].real, seconds >= 0, let cost = point[2].real
      else { throw fields.fault("has a point in its `trace` that is not [step, seconds, cost]") }
      points.append(TracePoint(step: step, seconds: seconds, cost: cost))
    }
    return points
  }

  /// The best that was reported, for a program that would not stop.
  func best(instead failure: Failure) throws(Failure) -> SearchOutcome {
    guard let best else { throw failure }
    return SearchOutcome(
      permutations: best.permutations, cost: best.cost,
      status: .partial(share, task.stop.reasonWord),
      notes: notes + ["\(failure.message); this is the best that it had reported"],
      checkpoint: checkpoint)
  }
}
