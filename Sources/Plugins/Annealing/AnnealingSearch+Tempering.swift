import Contract
import Kernel

extension AnnealingSearch {
  /// Parallel tempering: replicas at fixed temperatures, run round by round, the temperatures of
  /// neighbours exchanged between rounds; false where it was stopped.
  ///
  /// Within a round replicas know nothing of each other, so they run side by side and a stopped one
  /// goes on alone to the round's end.
  func temper(_ cost: any AnnealingCost, on board: AnnealingBoard) throws(Failure) -> Bool {
    let count = settings.chains
    guard let (replicas, begun) = try makeReplicas(cost, on: board) else { return false }
    var exchanges = begun
    let stream = task.random.child("exchanges")
    let clock = ContinuousClock()
    let begin = clock.now
    let firstRound = exchanges.rounds
    var (lastReport, lastKept, hasAdvised) = (begin, begin, false)
    while true {
      for (place, replica) in exchanges.replicas.enumerated() {
        let temperature = exchanges.temperature(at: place)
        replicas[replica].chain.state.temperatures = Temperatures(
          highest: temperature, lowest: temperature)
      }
      board.set(replicas.map(\.chain.state), exchanges)
      let now = clock.now
      if now - lastKept > .betweenCheckpoints {
        try board.keep()
        lastKept = now
      }
      // What was stopped within a round ends it first: an unbroken search looks for a zero only
      // where all are through.
      if isWhole(replicas, rounds: exchanges.rounds) {
        if replicas.contains(where: { $0.chain.state.bestUnits == 0 }) { return true }
        guard exchanges.rounds * Exchanges.interval < settings.steps else { return true }
      }
      // By the clock for people, and now and then so that even a short search is heard of.
      let rounds = exchanges.rounds
      if now - lastReport > .milliseconds(50) || rounds & (rounds - 1) == 0, rounds > firstRound {
        let done = rounds * Exchanges.interval
        let advice =
          hasAdvised || now - begin < AnnealingChain.timeOfFirstMoves
          ? nil
          : AnnealingChain.advice(
            seconds: (now - begin).inSeconds, moves: done - firstRound * Exchanges.interval,
            left: settings.steps - done, samples: data.count)
        hasAdvised = hasAdvised || now - begin >= AnnealingChain.timeOfFirstMoves
        for (number, replica) in replicas.enumerated() {
          board.note(number, step: replica.chain.state.step, best: replica.chain.state.bestUnits)
        }
        board.sink(of: exchanges.replicas[0]).report(ProgressReport(share: 0, advice: advice))
        lastReport = now
      }
      let goal = min((rounds + 1) * Exchanges.interval, settings.steps)
      // The hottest first: they accept most and take longest.
      let order = Array(exchanges.replicas.reversed())
      _ = try task.pool.tryMap(count: count) { item throws(Failure) in
        try replicas[order[item]].run(until: goal, stop: task.stop, board: board)
      }
      let isCut = replicas.contains {
        $0.chain.state.step < goal && $0.chain.state.bestUnits > 0
      }
      if isCut {
        board.set(replicas.map(\.chain.state), exchanges)
        return false
      }
      let costs = replicas.map { Double($0.chain.cost.units) / $0.chain.cost.unitsPerCost }
      exchanges.exchange(costs: costs, from: stream)
    }
  }

  /// Whether all replicas are at the end of so many rounds, or were at zero before it.
  private func isWhole(_ replicas: [Replica], rounds: Int) -> Bool {
    let end = min(rounds * Exchanges.interval, settings.steps)
    return replicas.allSatisfy { replica in
      let state = replica.chain.state
      return state.step == end || state.step < end && state.bestUnits == 0
    }
  }

  /// The replicas where they begin or were; `nil` where it was stopped before there were any.
  private func makeReplicas(
    _ cost: any AnnealingCost, on board: AnnealingBoard
  ) throws(Failure) -> ([Replica], Exchanges)? {
    let count = settings.chains
    let states = board.states
    if let exchanges = states.exchanges {
      guard let costs = try costs(count, first: cost) else { return nil }
      var replicas: [Replica] = []
      for (number, cost) in costs.enumerated() {
        guard let state = states.chains[number] else { throw AnnealingState.damaged }
        guard
          let chain = try chain(
            number, cost, from: state, on: board, stop: task.stop, progress: .none)
        else { return nil }
        replicas.append(Replica(number, chain))
      }
      // A cost that was stopped on its way to where it was says nothing.
      return task.stop.isRaised ? nil : (replicas, exchanges)
    }
    let chain = try chain(
      0, cost, from: states.chains[0], on: board, stop: task.stop, progress: board.sink(of: 0)
    ) { state in
      // A state that cannot be written is no reason to end the search.
      try? board.keep(0, state)
    }
    guard let chain else { return nil }
    let replicas = try beginReplicas(
      cost, temperatures: chain.state.temperatures, clock: board.clock)
    guard let replicas, !task.stop.isRaised else {
      var state = chain.state
      // Its moves have not begun: they do when the trial is over and all replicas are there.
      state.isTrialCut = true
      board.set(0, state)
      return nil
    }
    // The trial was for all of them.
    replicas[0].chain.state.trialMoves = chain.state.trialMoves
    replicas[0].chain.state.trialSeconds = chain.state.trialSeconds
    return (replicas, Exchanges(temperatures: chain.state.temperatures, count: count))
  }

  /// All replicas at their starts; `nil` where it was stopped before they were there.
  private func beginReplicas(
    _ cost: any AnnealingCost, temperatures: Temperatures, clock: SearchClock
  ) throws(Failure) -> [Replica]? {
    let count = settings.chains
    guard !task.stop.isRaised, let all = try costs(count, first: cost) else { return nil }
    let costs = Shared(all)
    return try task.pool.tryMap(count: count) { number throws(Failure) in
      let cost = costs.value[number]
      let start = start(of: number)
      if cost.permutations != start { cost.restart(from: start) }
      return Replica(
        number,
        AnnealingChain(
          cost: cost, acceptance: settings.acceptance, steps: settings.steps, graph: graph,
          moves: moves(of: number), temperatures: temperatures, clock: clock))
    }
  }

  /// A chain that one thread at a time runs.
  private final class Replica: @unchecked Sendable {
    let number: Int
    var chain: AnnealingChain

    init(_ number: Int, _ chain: AnnealingChain) {
      self.number = number
      self.chain = chain
      // The tempering tells for all how long it takes.
      self.chain.hasAdvised = true
    }

    func run(until goal: Int, stop: StopSignal, board: AnnealingBoard) throws(Failure) {
      chain.watcher = { [number] in board.note(number, step: $0, best: $1) }
      _ = try chain.run(until: goal, stop: stop, progress: board.sink(of: number)) {
        [number] state throws(Failure) in
        try board.keep(number, state)
      }
    }
  }
}
