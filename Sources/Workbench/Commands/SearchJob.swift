import Contract
import Kernel

/// One call of `search`: what it was given and where it stands.
///
/// The same job is run by the call itself and, when that was stopped, by `resume`.
struct SearchJob: Sendable {
  private let method: ConfiguredMethod
  private let networks: [Network]
  private let data: DataSet?
  private let random: RandomStream
  private let start: Start
  private let file: SearchCheckpointFile?
  /// What the average is put right by once the search has come to its end.
  private let recalibration: (method: RecalibrationMethod, data: DataSet)?
  /// Where the search goes on from, and what was spent before.
  private var checkpoint: SearchCheckpoint?
  private var startPermutations: [NetworkPermutation]?
  /// Where the search that finds the start goes on from.
  private var startCheckpoint: SearchCheckpoint?
  private var secondsBefore = 0.0
  /// What finding the start took of these, by a method here or by the search whose result it is.
  private var startSeconds = 0.0

  /// Where a search begins.
  private enum Start: Sendable {
    case identity
    case random
    /// A word of the method's own.
    case word(String)
    case permutations([NetworkPermutation])
    case method(ConfiguredMethod)
  }

  init(_ call: Invocation) throws(Failure) {
    // The method remembers its start, so that tables can tell two searches apart.
    method =
      if call.isGiven("start"), let start = call.value("start") {
        call.method().forSearch("start", start)
      } else { call.method() }
    networks = call.networks("nets")
    data = call.dataIfGiven()
    random = call.random
    try Self.check(networks, for: method.card)
    if let data { try networks[0].checkTakes(data) }
    recalibration = try Self.recalibration(call, data, networks[0])
    start = try Self.start(call, networks: networks, card: method.card)
    if case .result(let result)? = call.value("start")?.content {
      (secondsBefore, startSeconds) = (result.seconds, result.seconds)
    }
    // Settings that contradict each other are found before anything is computed.
    _ = try method.make()
    file =
      if let path = call.textIfGiven("checkpoint") {
        try SearchCheckpointFile(
          path: path, method: method, networks: networks, data: data, random: random,
          start: Self.identity(of: start))
      } else { nil }
    if let kept = try file?.load() {
      take(kept)
      call.note("goes on from `\(call.text("checkpoint"))`")
    }
  }

  /// Searches to the end or until somebody stops it.
  func run(_ call: Invocation) throws(Failure) -> [Content] {
    try takingUp(call.state).finish(call)
  }

  /// The job with the state that a killed program left, where it is there and whole.
  private func takingUp(_ state: StateFile?) -> SearchJob {
    guard let source = state?.source, let kept = try? stateFile(source).load() else { return self }
    var job = self
    job.take(kept)
    return job
  }

  /// Goes on from what a file holds.
  private mutating func take(_ kept: SearchCheckpointFile.Kept) {
    checkpoint = kept.isOfStart ? nil : kept.checkpoint
    startCheckpoint = kept.isOfStart ? kept.checkpoint : nil
    startPermutations = kept.isOfStart ? nil : kept.start
    secondsBefore = kept.seconds
    startSeconds = kept.startSeconds
  }

  private func stateFile(_ path: String) throws(Failure) -> SearchCheckpointFile {
    try SearchCheckpointFile(
      path: path, method: method, networks: networks, data: data, random: random,
      start: Self.identity(of: start))
  }

  private func finish(_ call: Invocation) throws(Failure) -> [Content] {
    let clock = ContinuousClock()
    let begin = clock.now
    call.record(method: method.card)
    let ownFile: SearchCheckpointFile?
    if let path = call.state?.path, file == nil {
      ownFile = try? stateFile(path)
    } else {
      ownFile = file
    }
    let startKeeper = ownFile.map {
      SearchCheckpointKeeper($0, start: nil, isOfStart: true, begin: begin, secondsBefore)
    }
    let from: [NetworkPermutation]?
    var startSeconds = startSeconds
    // Where the search for the start was cut off.
    var cutStart: SearchCheckpoint?
    if let startPermutations {
      from = startPermutations
    } else {
      (from, cutStart) = try findStart(call, keeper: startKeeper)
      if case .method = start { startSeconds = secondsBefore + (clock.now - begin).inSeconds }
    }
    // A start that was cut off is none to go on from: of it only its own state is kept.
    let wasStoppedEarly = call.stop.isRaised && checkpoint == nil
    if wasStoppedEarly, let cutStart { startKeeper?.keep(cutStart) }
    let keeper = (wasStoppedEarly ? nil : ownFile).map {
      SearchCheckpointKeeper(
        $0, start: from, begin: begin, secondsBefore, startSeconds: startSeconds)
    }
    let isRandom = if case .random = start { true } else { false }
    // A method that has no state to begin with finds the networks where the search begins.
    let isMoved = !method.card.takesStart && from != nil
    let given = isMoved ? zip(networks, from ?? []).map { $0.permuted(by: $1) } : networks
    let task = SearchTask(
      networks: given, data: data, random: random.child("search"), start: from,
      startsAtRandom: isRandom, startWord: startWord, pool: call.pool, stop: call.stop,
      progress: call.progress, checkpoint: checkpoint, keepCheckpoint: { keeper?.keep($0) })
    var outcome = try PluginCrash.blaming(
      method.method.origin?.name, session: call.session.journal?.place.name
    ) { () throws(Failure) in try method.make().search(task) }
    if isMoved, let from {
      outcome.permutations = outcome.permutations.map { found in
        zip(found, from).map { $0.after($1) }
      }
    }
    try gate(outcome, pool: call.pool)
    try recalibrate(&outcome, call)
    outcome.addMissingTrace(seconds: (clock.now - begin).inSeconds)
    for note in outcome.notes { call.note(note) }
    let seconds = secondsBefore + (clock.now - begin).inSeconds
    if startSeconds > 0 { outcome.figures.append(.init("start seconds", startSeconds)) }
    let problem = keeper?.finish(outcome) ?? startKeeper?.problem
    if let problem { call.note("the state was not kept: \(problem.message)") }
    if case .partial(let share, let reason) = outcome.status {
      var rest = goingOn(
        from: wasStoppedEarly ? nil : outcome.checkpoint, start: from, seconds: seconds,
        startSeconds: startSeconds)
      rest.startCheckpoint = cutStart
      if cutStart != nil { rest.secondsBefore = seconds }
      let hasState = wasStoppedEarly ? cutStart != nil : outcome.checkpoint != nil
      let isKept = ownFile != nil && problem == nil && hasState
      if let file, wasStoppedEarly, cutStart == nil {
        call.note(
          "stopped before the search itself began: nothing is kept in `\(file.path)`, and the same "
            + "command begins anew")
      }
      // Without a state the search would begin anew, which is no going on.
      let goesOn = hasState || method.card.canResume || wasStoppedEarly
      let goOn: @Sendable (Invocation) throws(Failure) -> [Content] = {
        [rest] (call) throws(Failure) in try rest.run(call)
      }
      call.markPartial(
        share: share, reason: reason, checkpoint: isKept ? file?.path : nil,
        resume: goesOn ? goOn : nil)
    }
    if let file, !outcome.status.isPartial { call.report.leftovers.append(file.path) }
    return [.result(result(.init(outcome: outcome, start: from, seconds: seconds)))]
  }

  // MARK: - Recalibration

  private static func recalibration(
    _ call: Invocation, _ data: DataSet?, _ network: Network
  ) throws(Failure) -> (method: RecalibrationMethod, data: DataSet)? {
    guard let method = RecalibrationMethod(rawValue: call.text("recalibrate")) else { return nil }
    guard let data = call.dataIfGiven("calibrate") ?? data else {
      throw Failure(
        .missingArgument, "`recalibrate=\(method.rawValue)` needs data to run networks over",
        notes: ["give data=DATA or calibrate=DATA: what the networks were trained on"])
    }
    try network.checkTakes(data)
    return (method, data)
  }

  /// Puts the average right and tells what it scores before and after.
  private func recalibrate(_ outcome: inout SearchOutcome, _ call: Invocation) throws(Failure) {
    guard let recalibration else { return }
    let asked = AskedRecalibration(recalibration.method, on: recalibration.data, call)
    if outcome.status.isPartial || call.stop.isRaised {
      outcome.notes.append("the average is not recalibrated before the search is at its end")
      return
    }
    let networks = try outcome.networks(from: self.networks, pool: call.pool)
    let before = outcome.average ?? Network.average(of: networks)
    do throws(Failure) {
      let after = try asked.average(of: networks)
      let scores = try [before, after].map { network throws(Failure) in
        try network.score(on: data ?? recalibration.data, pool: call.pool, stop: call.stop)
      }
      let word = recalibration.method.rawValue
      outcome.figures += [
        .init("average's error before \(word)", scores[0].error),
        .init("average's error after", scores[1].error),
        .init("average's loss before \(word)", scores[0].loss),
        .init("average's loss after", scores[1].loss),
      ]
      outcome.average = after
    } catch {
      // What the search found is not lost where somebody asks to stop behind its end.
      guard error.code == .stopped else { throw error }
      outcome.notes.append("stopped before the average was recalibrated: `recalibrate` does it")
    }
  }

  private var startWord: String? {
    if case .word(let word) = start { return word }
    return nil
  }

  /// The value of a search that ended so.
  func result(_ kept: KeptReader.KeptResult) -> ResultValue {
    ResultValue(
      method: method, networksBefore: networks, data: data, random: random, start: kept.start,
      outcome: kept.outcome, seconds: kept.seconds)
  }

  /// What remains; without a state it is the whole search again, from where it began.
  private func goingOn(
    from state: SearchCheckpoint?, start: [NetworkPermutation]?, seconds: Double,
    startSeconds: Double
  ) -> SearchJob {
    var job = self
    job.checkpoint = state
    job.startPermutations = state == nil ? nil : start
    if state != nil {
      (job.secondsBefore, job.startSeconds) = (seconds, startSeconds)
    } else if case .method = self.start {
      (job.secondsBefore, job.startSeconds) = (0, 0)
    } else {
      // What a result that it begins from took stays.
      (job.secondsBefore, job.startSeconds) = (startSeconds, startSeconds)
    }
    return job
  }

  // MARK: - Where it begins

  private static func start(
    _ call: Invocation, networks: [Network], card: MethodCard
  ) throws(Failure) -> Start {
    switch call.value("start")?.content {
    case .method(let method)?: return .method(method)
    case .permutations(let permutations, _)?:
      return .permutations(try fitting(permutations, networks))
    case .result(let result)?:
      guard let permutations = result.permutations else {
        throw Failure(
          .wrongKind, "`start` is a result of `\(result.method.id)`, which has no permutations",
          notes: ["search on its networks instead: `.networks`"])
      }
      return .permutations(try fitting(permutations, networks))
    case .symbol("random")?: return .random
    case .symbol(let word)? where card.startWords.contains(word): return .word(word)
    default: return .identity
    }
  }

  private static func fitting(
    _ permutations: [NetworkPermutation], _ networks: [Network]
  ) throws(Failure) -> [NetworkPermutation] {
    guard permutations.count == networks.count,
      permutations.allSatisfy({ $0.fits(networks[0].graph) })
    else {
      throw Failure(
        .incompatible, "`start` has permutations for other networks than these",
        notes: ["it must be made from networks of the same architecture, and as many"])
    }
    return permutations
  }

  /// Where the search begins, and the state of the search for it where that was cut off.
  private func findStart(
    _ call: Invocation, keeper: SearchCheckpointKeeper?
  ) throws(Failure) -> ([NetworkPermutation]?, cut: SearchCheckpoint?) {
    switch start {
    case .identity, .word: return (nil, nil)
    case .permutations(let permutations): return (permutations, nil)
    case .random:
      // Network 1 stays: moving all alike would change nothing.
      let drawn = networks.indices.map { index in
        index == 0
          ? NetworkPermutation(identityFor: networks[0].graph)
          : NetworkPermutation(
            randomFor: networks[0].graph, from: random.child("start", index))
      }
      return (drawn, nil)
    case .method(let first):
      var data = data
      if case .data(let own)? = first.searchArguments["data"]?.content { data = own }
      guard data != nil || !first.card.needsData else {
        throw .needsData(first.card, place: " in `start`")
      }
      let outcome = try first.make().search(
        SearchTask(
          networks: networks, data: data, random: random.child("start"), pool: call.pool,
          stop: call.stop, progress: call.progress, checkpoint: startCheckpoint,
          keepCheckpoint: { keeper?.keep($0) }))
      guard let permutations = outcome.permutations else {
        throw Failure(
          .wrongKind, "a search cannot start with `\(first.id)`: it gives no permutations")
      }
      try gate(outcome, pool: call.pool)
      return (permutations, outcome.status.isPartial ? outcome.checkpoint : nil)
    }
  }

  private static func identity(of start: Start) -> ContentHash {
    let content: Content =
      switch start {
      case .identity: .symbol("identity")
      case .random: .symbol("random")
      case .word(let word): .symbol(word)
      case .permutations(let permutations): .permutations(permutations, layers: [])
      case .method(let method): .method(method.definingResults)
      }
    return content.computeContentHash()
  }

  // MARK: - Checks

  private static func check(_ networks: [Network], for card: MethodCard) throws(Failure) {
    guard networks.count >= 2, card.networkCount.contains(networks.count) else {
      throw .networkCount(
        networks.count, expected: card.networkCount.clamped(to: 2...Int.max),
        owner: "`\(card.id)`")
    }
    try Network.checkAlike(networks)
    let graph = networks[0].graph
    if let most = card.mostInputs, graph.featureCount(of: 0) > most {
      throw Failure(
        .incompatible,
        "`\(card.id)` is for samples of at most \(most) numbers, and these networks take "
          + "\(graph.featureCount(of: 0))")
    }
    if let most = card.mostHiddenLayers, graph.axisGroups.count > most {
      throw Failure(
        .incompatible,
        "`\(card.id)` is for at most \(most) hidden layer\(most == 1 ? "" : "s"), and these "
          + "networks have \(graph.axisGroups.count)")
    }
    for (index, network) in networks.enumerated() {
      do throws(Failure) { try network.checkFinite() } catch {
        throw error.about("network \(index + 1)")
      }
      if let twin = networks[..<index].firstIndex(where: { $0.parameters == network.parameters }) {
        throw Failure(
          .givenTwice, "networks \(twin + 1) and \(index + 1) are the same network",
          notes: ["each network can take part once"])
      }
    }
  }

  /// Throws unless every permuted network computes the same function as before.
  private func gate(_ outcome: SearchOutcome, pool: WorkPool) throws(Failure) {
    if let cost = outcome.cost, !cost.isFinite {
      throw fault("`\(method.id)` gave the cost \(cost)")
    }
    if let learned = outcome.learnedNetworks {
      for network in learned { try network.checkFinite() }
      return
    }
    guard let permutations = outcome.permutations, permutations.count == networks.count else {
      throw fault(
        "`\(method.id)` gave \(Content.counted(outcome.permutations?.count ?? 0, "permutation")) "
          + "for \(networks.count) networks")
    }
    if let place = permutations.firstIndex(where: { !$0.fits(networks[0].graph) }) {
      throw fault("`\(method.id)` gave a permutation that does not fit network \(place + 1)")
    }
    let gate = FunctionGate(for: networks[0].graph)
    for (network, permutation) in zip(networks, permutations) {
      _ = try gate.permute(network, by: permutation, pool: pool)
    }
  }

  /// What a method must not give: the mistake of its author, or ours where it is built in.
  private func fault(_ sentence: String) -> Failure {
    guard let origin = method.method.origin else { return Failure(.internalFault, sentence) }
    return Failure(
      .pluginMisbehaved, sentence,
      notes: ["`plugin check \(method.id)` runs every check on what `\(origin.name)` brings"])
  }
}

extension SearchOutcome {
  /// Gives the outcome of a method that keeps no trace its two ends, so that it can be drawn beside
  /// others.
  fileprivate mutating func addMissingTrace(seconds: Double) {
    guard trace.isEmpty, let cost, let startCost, cost.isFinite, startCost.isFinite else { return }
    trace = [
      TracePoint(step: 0, seconds: 0, cost: startCost),
      TracePoint(step: max(steps, 1), seconds: seconds, cost: cost),
    ]
  }
}
