/// How the error of an average is evaluated move by move.
public enum AverageErrorEvaluation: String, CaseIterable, Sendable {
  /// From what a swap changes, and only as far as the decision needs.
  case lazy
  /// From what a swap changes.
  case full
  /// By permuting, averaging and an ordinary forward pass.
  case plain

  /// An evaluator; the plain one where the incremental way does not exist for these networks.
  ///
  /// - Throws: `stopped` where `stop` is raised before it is ready.
  public func make(
    _ networks: [Network], permutations: [NetworkPermutation], data: DataSet, pool: WorkPool,
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> any AverageErrorEvaluator {
    if self != .plain,
      IncrementalAverageEvaluator.fits(networks[0].graph, networkCount: networks.count)
    {
      return try IncrementalAverageEvaluator(
        networks, permutations: permutations, data: data, isLazy: self == .lazy, pool: pool,
        stop: stop)
    }
    return try PlainAverageEvaluator(
      networks, permutations: permutations, data: data, pool: pool, stop: stop)
  }
}
