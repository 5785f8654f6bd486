import Contract
import Kernel

extension AnnealingSearch {
  /// What there is where somebody asked to stop before the first move.
  func stoppedEarly(_ resumed: AnnealingStates?) throws(Failure) -> SearchOutcome {
    let best = try resumed.flatMap { $0.chains[$0.bestNumber] }.map { state throws(Failure) in
      try AnnealingState.permutations(from: state.best, for: graph, count: task.networks.count)
    }
    return SearchOutcome(
      permutations: best ?? start,
      status: .partial(task.checkpoint?.share ?? 0, task.stop.reasonWord),
      checkpoint: task.checkpoint)
  }

  /// What is returned where no layer has two units: nothing can be swapped.
  func unmoved() throws(Failure) -> SearchOutcome {
    let cost = try objective.measured(
      task.networks, permutedBy: start, on: data, pool: task.pool)
    return SearchOutcome(
      permutations: start, cost: cost, startCost: cost,
      status: .finished("no layer has two units to swap"))
  }

  /// The best state of all chains, its cost counted anew by ordinary forward passes once all is
  /// done.
  func outcome(
    of states: AnnealingStates, cost: any AnnealingCost, isWhole: Bool
  ) throws(Failure) -> SearchOutcome {
    guard let first = states.chains[0], let winner = states.chains[states.bestNumber] else {
      return try stoppedEarly(states)
    }
    let best = try AnnealingState.permutations(
      from: winner.best, for: graph, count: task.networks.count)
    let unitsPerCost = max(cost.unitsPerCost, 1)
    let counted = states.counted.compactMap(\.self)
    let measured =
      isWhole
      ? try objective.measured(task.networks, permutedBy: best, on: data, pool: task.pool) : nil
    let status: SearchStatus =
      isWhole
      ? .finished(
        winner.bestUnits > 0
          ? "all steps made" : measured == 0 ? "cost zero" : "cost zero as counted move by move")
      : .partial(states.share(steps: settings.steps), task.stop.reasonWord)
    return SearchOutcome(
      permutations: best,
      cost: measured ?? Double(winner.bestUnits) / unitsPerCost,
      startCost: Double(first.startUnits) / unitsPerCost,
      trace: trace(of: counted), status: status, steps: counted.reduce(0) { $0 + $1.step },
      notes: notes(winner, first, measured: measured),
      figures: figures(of: states, winner: winner, counted: counted, unitsPerCost: unitsPerCost),
      checkpoint: isWhole
        ? nil : try states.checkpoint(method: identity, steps: settings.steps))
  }

  private func notes(
    _ winner: AnnealingState, _ first: AnnealingState, measured: Double?
  ) -> [String] {
    var notes: [String] = []
    if winner.bestUnits == 0, let measured, measured != 0 {
      notes.append(
        "counted move by move the cost is zero, and by ordinary forward passes it is "
          + "\(measured): sums in 32 bits differ in their last digits")
    }
    // There is nothing better than zero, and who made no move has not looked.
    if winner.bestUnits >= first.startUnits, first.startUnits > 0, first.step > 0 {
      notes.append("found nothing that is better than the start")
    }
    if settings.evaluation != .plain, !graph.isPerceptron {
      notes.append(
        "every move was evaluated by a forward pass: evaluation from what a move changes is for "
          + "chains of linear layers")
    }
    let all = task.data?.count ?? data.count
    if data.count < all { notes.append(SearchOutcome.noteOfSamples(data.count, of: all)) }
    return notes
  }

  private func figures(
    of states: AnnealingStates, winner: AnnealingState, counted: [AnnealingState],
    unitsPerCost: Double
  ) -> [SearchOutcome.Figure] {
    var figures: [SearchOutcome.Figure] = [
      .init("accepted moves", Double(counted.reduce(0) { $0 + $1.accepted }))
    ]
    // Temperatures that were not found yet, or that nothing hangs on, are none.
    if settings.acceptance == .metropolis, !winner.isTrialCut, winner.startUnits > 0 {
      let temperatures = states.exchanges?.temperatures ?? winner.temperatures
      figures += [.init("t_max", temperatures.highest), .init("t_min", temperatures.lowest)]
    }
    let trialMoves = counted.reduce(0) { $0 + $1.trialMoves }
    if trialMoves > 0 {
      figures += [
        .init("trial moves", Double(trialMoves)),
        .init("trial seconds", counted.reduce(0) { $0 + $1.trialSeconds }),
      ]
    }
    // Of the moves alone, whichever of the chains ran side by side.
    figures.append(.init("search seconds", counted.reduce(0) { $0 + $1.seconds }))
    if settings.restarts > 1 {
      let costs = counted.map { Double($0.bestUnits) / unitsPerCost }
      figures += [
        .init("restarts", Double(counted.count)),
        .init("best restart", Double(states.bestNumber + 1)),
        .init("mean cost of restarts", costs.reduce(0, +) / Double(costs.count)),
        .init("worst cost of restarts", costs.max() ?? 0),
      ]
    }
    if let exchanges = states.exchanges {
      let rates = exchanges.rates
      figures.append(.init("chains", Double(counted.count)))
      if !rates.isEmpty {
        figures += [
          .init("mean exchange rate", rates.reduce(0, +) / Double(rates.count)),
          .init("least exchange rate", rates.min() ?? 0),
        ]
      }
    }
    return figures
  }

  /// The best of all chains against the steps of each, as if they ran in step.
  private func trace(of chains: [AnnealingState]) -> [TracePoint] {
    var points = chains.flatMap(\.trace).map {
      TracePoint(step: Int($0[0]), seconds: $0[1], cost: $0[2])
    }
    guard chains.count > 1 else { return points }
    // Sorted by all that is in a point but the seconds, which no run repeats.
    points.sort { ($0.step, $0.cost) < ($1.step, $1.cost) }
    var trace: [TracePoint] = []
    for point in points {
      let last = trace.last
      let isBetter = point.cost < last?.cost ?? .infinity
      guard isBetter || point == points.last else { continue }
      trace.append(
        TracePoint(
          step: point.step, seconds: max(point.seconds, last?.seconds ?? 0),
          cost: min(point.cost, last?.cost ?? .infinity)))
    }
    return trace
  }
}
