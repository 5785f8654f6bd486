import Contract
import Kernel
import Synchronization

extension AnnealingSearch {
  /// Runs every chain to its end, as many at once as there are cores; false where it was stopped.
  ///
  /// Chain k is the search that stream k alone would give, so which core runs it changes nothing.
  /// Once one is at zero, those after it are left where they are: none can win.
  func restart(_ cost: any AnnealingCost, on board: AnnealingBoard) throws(Failure) -> Bool {
    let count = settings.restarts
    guard count > 1 else {
      try runChain(0, cost, on: board, stop: task.stop, movesAfter: 0)
      return board.states.chains[0]?.isOver(steps: settings.steps) ?? false
    }
    let lanes = lanes(for: count)
    guard let all = try costs(lanes, first: cost) else { return false }
    let costs = Shared(all)
    // Raised for a chain when an earlier one is at zero.
    let stops = (0..<count).map { _ in StopSignal(within: task.stop) }
    let next = Atomic<Int>(0)
    _ = try task.pool.tryMap(count: lanes) { lane throws(Failure) in
      while true {
        let number = next.add(1, ordering: .relaxed).oldValue
        guard number < count else { return }
        // The first always says where it begins.
        if number > 0, stops[number].isRaised { continue }
        let waves = (count - number - 1) / lanes
        try runChain(
          number, costs.value[lane], on: board, stop: stops[number],
          movesAfter: waves * settings.steps)
        if let state = board.states.chains[number], state.bestUnits == 0, !state.isTrialCut {
          for later in stops[(number + 1)...] { later.raise() }
        }
      }
    }
    return board.states.counted.allSatisfy { $0?.isOver(steps: settings.steps) ?? false }
  }

  private func runChain(
    _ number: Int, _ cost: any AnnealingCost, on board: AnnealingBoard, stop: StopSignal,
    movesAfter: Int
  ) throws(Failure) {
    let known = board.states.chains[number]
    if let known, known.isOver(steps: settings.steps), settings.restarts > 1 { return }
    let progress = board.sink(of: number)
    let begun = try chain(number, cost, from: known, on: board, stop: stop, progress: progress) {
      state in
      // A state that cannot be written is no reason to end the search.
      try? board.keep(number, state)
    }
    guard var chain = begun else { return }
    chain.movesAfter = movesAfter
    chain.watcher = { board.note(number, step: $0, best: $1) }
    _ = try chain.run(stop: stop, progress: progress) { state throws(Failure) in
      try board.keep(number, state)
    }
    board.set(number, chain.state)
  }
}
