import Contract
import Kernel

/// A simulated annealing: one chain, restarts side by side, or tempered chains.
///
/// What `sa1` and `sa2` share; they differ in their objective.
struct AnnealingSearch: Sendable {
  let card: MethodCard
  let settings: AnnealingSettings
  let objective: any AnnealingObjective
  let task: SearchTask
  let data: DataSet
  let graph: Graph
  let start: [NetworkPermutation]

  /// Throws where there are no data.
  init(
    card: MethodCard, settings: AnnealingSettings, objective: any AnnealingObjective,
    task: SearchTask
  ) throws(Failure) {
    guard let all = task.data else {
      throw Failure(
        .incompatible, "\(card.id) needs data to score on", notes: ["give data=…"])
    }
    self.card = card
    self.settings = settings
    self.objective = objective
    self.task = task
    data = try Self.subset(of: all, count: settings.samples, from: task.random)
    let graph = task.networks[0].graph
    self.graph = graph
    start = task.start ?? task.networks.map { _ in NetworkPermutation(identityFor: graph) }
  }

  /// A fixed subset of the data, its samples in their order, or all of it.
  private static func subset(
    of data: DataSet, count: Int?, from stream: RandomStream
  ) throws(Failure) -> DataSet {
    guard let count, count < data.count else { return data }
    var stream = stream.child("samples")
    return try data.subset(stream.nextOrder(count: data.count).prefix(count).sorted())
  }

  func run() throws(Failure) -> SearchOutcome {
    let begin = ContinuousClock.now
    guard !moves(of: 0).isEmpty else { return try unmoved() }
    let count = max(settings.restarts, settings.chains)
    let resumed = try task.checkpoint.map { checkpoint throws(Failure) in
      try AnnealingStates(
        checkpoint, method: identity, count: count, steps: settings.steps)
    }
    try checkMemory()
    let cost: any AnnealingCost
    do throws(Failure) {
      cost = try makeCost(pool: task.pool)
    } catch {
      guard error.code == .stopped else { throw error }
      return try stoppedEarly(resumed)
    }
    try resumed?.check(
      networks: task.networks.count, cost: cost, steps: settings.steps, graph: graph)
    let board = AnnealingBoard(
      self, cost: cost, states: resumed ?? AnnealingStates(count: count), begin: begin)
    let isWhole =
      settings.chains > 1
      ? try temper(cost, on: board) : try restart(cost, on: board)
    return try outcome(of: board.states, cost: cost, isWhole: isWhole)
  }

  var identity: String { "\(card.id) \(card.version)" }

  // MARK: - Chains

  /// The stream of a chain; the first has the search's own.
  func stream(of number: Int) -> RandomStream {
    number == 0 ? task.random : task.random.child("chain", number + 1)
  }

  func moves(of number: Int) -> MoveSource { moves(from: stream(of: number).child("moves")) }

  private func moves(from stream: RandomStream) -> MoveSource {
    MoveSource(
      networks: Array((settings.movesAll ? 0 : 1)..<task.networks.count), graph: graph,
      size: settings.moveSize, stream: stream)
  }

  /// Where a chain begins: each at random of its own, if the search does.
  func start(of number: Int) -> [NetworkPermutation] {
    guard number > 0, task.startsAtRandom else { return start }
    return start.indices.map { index in
      index == 0
        ? start[0]
        : NetworkPermutation(randomFor: graph, from: stream(of: number).child("start", index))
    }
  }

  func makeCost(pool: WorkPool) throws(Failure) -> any AnnealingCost {
    try objective.cost(
      of: task.networks, permutedBy: start, on: data, pool: pool, stop: task.stop)
  }

  /// As many costs as chains run at once, each for one core; the first is the one that is there.
  ///
  /// `nil` where it was stopped before all were made.
  func costs(_ count: Int, first: any AnnealingCost) throws(Failure) -> [any AnnealingCost]? {
    guard count > 1 else { return [first] }
    let shared = Shared(first)
    let others: [Shared<any AnnealingCost>]
    do throws(Failure) {
      others = try task.pool.tryMap(count: count - 1) { _ throws(Failure) in
        let pool = WorkPool(threadCount: 1)
        if let copy = shared.value.copy(pool: pool) { return Shared(copy) }
        return Shared(try makeCost(pool: pool))
      }
    } catch {
      guard error.code == .stopped else { throw error }
      return nil
    }
    first.pool = WorkPool(threadCount: 1)
    return [first] + others.map(\.value)
  }

  /// A chain at its beginning, with the temperatures of a trial where none were given; or where it
  /// was, if it had begun; `nil` where it was stopped on the way to its start.
  ///
  /// - Parameters:
  ///   - cost: Anywhere.
  ///   - board: What has the clock.
  ///   - keep: Told of the state of the trial every few seconds.
  func chain(
    _ number: Int, _ cost: any AnnealingCost, from state: AnnealingState?,
    on board: AnnealingBoard, stop: StopSignal, progress: ProgressSink,
    keep: @escaping (AnnealingState) -> Void = { _ in }
  ) throws(Failure) -> AnnealingChain? {
    if let state, !state.isTrialCut {
      return try AnnealingChain(
        resuming: state, cost: cost, acceptance: settings.acceptance, steps: settings.steps,
        graph: graph, moves: moves(of: number), clock: board.clock)
    }
    let start = start(of: number)
    // The first begins with a cost that was made there; others may find what another chain left.
    if number > 0 {
      cost.restart(from: start)
      if cost.wasCut { return nil }
    }
    let startUnits = cost.units
    // What was stopped or killed while its temperatures were looked for goes on there.
    let found = findTemperatures(
      number, cost, start: start, from: state, stop: stop, progress: progress, keep: keep)
    var chain = AnnealingChain(
      cost: cost, acceptance: settings.acceptance, steps: settings.steps, graph: graph,
      moves: moves(of: number), temperatures: found.temperatures, clock: board.clock)
    chain.hasAdvised = found.hasAdvised
    chain.state.trialMoves = found.moves
    chain.state.trialSeconds = found.seconds
    chain.state.isTrialCut = stop.isRaised && found.needsTrial
    if chain.state.isTrialCut {
      // What the cost was last asked may have no answer.
      chain.state.startUnits = startUnits
      chain.state.bestUnits = startUnits
      chain.state.best = AnnealingState.sources(of: start)
      chain.state.trialAnswers = found.answers
    }
    return chain
  }

  /// What a trial found, or is known without one.
  private struct FoundTemperatures {
    var temperatures: Temperatures
    /// Whether they are to be found by a trial.
    var needsTrial = true
    /// Whether the trial told how long the search takes.
    var hasAdvised = false
    /// What the cost said in the trial.
    var answers: [Int]?
    /// Moves asked about, and how long that took.
    var moves = 0
    var seconds = 0.0
  }

  /// The temperatures given, or those of a trial; the cost is back at the start afterwards.
  ///
  /// - Parameter state: Of a trial that was cut.
  private func findTemperatures(
    _ number: Int, _ cost: any AnnealingCost, start: [NetworkPermutation],
    from state: AnnealingState?, stop: StopSignal, progress: ProgressSink,
    keep: @escaping (AnnealingState) -> Void
  ) -> FoundTemperatures {
    if let highest = settings.highest, let lowest = settings.lowest {
      return FoundTemperatures(
        temperatures: Temperatures(highest: highest, lowest: lowest), needsTrial: false)
    }
    let any = Temperatures(highest: 1, lowest: 1)
    // Who accepts what is better only, or is at zero, needs none.
    if settings.acceptance == .greedy || cost.units == 0 {
      return FoundTemperatures(temperatures: any, needsTrial: false)
    }
    // What is stopped before its trial makes no move: any temperatures do.
    let clock = SearchClock(secondsBefore: state?.trialSeconds ?? 0)
    var found = FoundTemperatures(
      temperatures: any, answers: state?.trialAnswers, moves: state?.trialMoves ?? 0,
      seconds: clock.seconds)
    guard !stop.isRaised else { return found }
    let ownUnits = cost.units
    let startUnits = cost.units + cost.unitsLeftOut
    let stream = stream(of: number).child("temperatures")
    // A start is aligned where it has less than half the errors of a random one.
    let random = start.indices.map { index in
      index == 0 && !settings.movesAll
        ? start[0] : NetworkPermutation(randomFor: graph, from: stream.child("network", index))
    }
    cost.restart(from: random)
    let isAligned = 2 * startUnits < cost.units + cost.unitsLeftOut
    cost.restart(from: start)
    // A comparison that was cut would send the trial another way.
    guard !stop.isRaised else { return found }
    let remembering = RememberingCost(cost, start: start, answers: found.answers) { answers in
      var state = AnnealingState(temperatures: any, units: ownUnits, permutations: start)
      state.isTrialCut = true
      state.trialAnswers = answers
      state.trialSeconds = clock.seconds
      keep(state)
    }
    var trial = TemperatureTrial(
      cost: remembering, moves: moves(from: stream.child("moves")), isAligned: isAligned)
    trial.stop = stop
    trial.progress = progress
    trial.steps = settings.steps
    found.temperatures = bounded(trial.run())
    cost.restart(from: start)
    found.hasAdvised = trial.hasAdvised
    found.answers = remembering.answers
    found.moves = trial.made
    found.seconds = clock.seconds
    return found
  }

  /// The temperatures of a trial beside one that was given.
  private func bounded(_ found: Temperatures) -> Temperatures {
    if let highest = settings.highest {
      return Temperatures(highest: highest, lowest: min(found.lowest, highest))
    }
    if let lowest = settings.lowest {
      return Temperatures(highest: max(found.highest, lowest), lowest: lowest)
    }
    return found
  }

  // MARK: - Memory

  /// How many chains can run at once: one per thread, and no more than fit in memory.
  func lanes(for count: Int) -> Int {
    let memory = objective.memory(for: task.networks, on: data)
    let fitting = memory > 0 ? max(Memory.limit / memory, 1) : count
    return min(count, task.pool.threadCount, fitting)
  }

  /// Tempered chains all live at once.
  private func checkMemory() throws(Failure) {
    guard settings.chains > 1 else { return }
    try Memory.check(
      settings.chains * objective.memory(for: task.networks, on: data),
      for: "the activations of \(settings.chains) chains on \(data.count) samples",
      advice: "search with fewer chains, or on fewer samples with samples=N")
  }
}

/// Hands something to a thread that alone uses it, or to several that only read it.
struct Shared<Value>: @unchecked Sendable {
  let value: Value

  init(_ value: Value) { self.value = value }
}
