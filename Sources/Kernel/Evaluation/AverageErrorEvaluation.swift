/// How the error of an average is evaluated move by move.
public enum AverageErrorEvaluation: String, CaseIterable, Sendable {
  /// From what a move changes, and only as far as the decision needs.
  case lazy
  /// From what a move changes.
  case full
  /// By permuting, averaging and an ordinary forward pass.
  case plain

  /// An evaluator; the plain one where no incremental way exists for these networks.
  ///
  /// - Throws: `stopped` where `stop` is raised before it is ready; `outOfMemory` where what it keeps
  ///   does not fit: how a search runs may not depend on the machine.
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
    if self != .plain, LayeredAverageEvaluator.fits(networks[0].graph) {
      do throws(Failure) {
        return try LayeredAverageEvaluator(
          networks, permutations: permutations, data: data, isLazy: self == .lazy, pool: pool,
          stop: stop)
      } catch {
        // Where some order of the units might overflow, each is looked at by itself.
        guard error.code == .notFinite else { throw error }
      }
    }
    return try PlainAverageEvaluator(
      networks, permutations: permutations, data: data, pool: pool, stop: stop)
  }
}
