import Kernel

/// In what one annealing differs from another: what it lowers.
protocol AnnealingObjective: Sendable {
  /// The cost at some permutations, ready for moves.
  func cost(
    of networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> any AnnealingCost

  /// The bytes that one such cost takes.
  func memory(for networks: [Network], on data: DataSet) -> Int

  /// The cost by ordinary forward passes: what is reported.
  func measured(
    _ networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool
  ) throws(Failure) -> Double
}

/// SA₂: the error of the average.
struct AverageErrorObjective: AnnealingObjective {
  let evaluation: AverageErrorEvaluation

  func cost(
    of networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> any AnnealingCost {
    AverageErrorCost(
      try evaluation.make(networks, permutations: permutations, data: data, pool: pool, stop: stop))
  }

  func memory(for networks: [Network], on data: DataSet) -> Int {
    let graph = networks[0].graph
    if evaluation == .plain { return 0 }
    if IncrementalAverageEvaluator.fits(graph, networkCount: networks.count) {
      return IncrementalAverageEvaluator.memory(
        networks: networks.count, units: graph.axisGroups[0].count, classes: graph.classCount,
        samples: data.count)
    }
    return LayeredAverageEvaluator.fits(graph)
      ? LayeredAverageEvaluator.memory(graph, networks: networks.count, samples: data.count) : 0
  }

  func measured(
    _ networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool
  ) throws(Failure) -> Double {
    let average = Network.average(of: networks, permutedBy: permutations)
    return try average.score(on: data, pool: pool).error
  }
}

/// SA₁: the mean pairwise barrier.
struct PairwiseBarrierObjective: AnnealingObjective {
  let evaluation: AverageErrorEvaluation
  let measure: PairwiseBarrierEvaluator.Measure

  func cost(
    of networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> any AnnealingCost {
    PairwiseBarrierCost(
      try PairwiseBarrierEvaluator(
        networks, permutations: permutations, data: data, measure: measure, evaluation: evaluation,
        pool: pool, stop: stop))
  }

  func memory(for networks: [Network], on data: DataSet) -> Int {
    let graph = networks[0].graph
    return PairwiseBarrierEvaluator.memory(
      graph, networks: networks.count, samples: data.count, measure: measure,
      evaluation: evaluation)
  }

  func measured(
    _ networks: [Network], permutedBy permutations: [NetworkPermutation], on data: DataSet,
    pool: WorkPool
  ) throws(Failure) -> Double {
    let alphas = try Curve.grid(points: measure.points)
    let permuted = zip(networks, permutations).map { $0.permuted(by: $1) }
    var (sum, count) = (0.0, 0)
    for first in permuted.indices {
      for second in permuted.indices where second > first {
        let curve = try Curve.measure(
          from: permuted[first], to: permuted[second], on: data, alphas: alphas, pool: pool)
        sum += curve.barrier(measure.metric, baseline: measure.baseline).height
        count += 1
      }
    }
    return sum / Double(count)
  }
}
