/// How far the blend of two networks is from the blend of their functions.
///
/// |f_mix(x) − α f(x) − (1 − α) f'(x)|, what Theorem 3.1 of Entezari et al. (2022) bounds: over the
/// samples of a data set and all outputs.
public struct FunctionGap: Hashable, Sendable {
  public var alpha: Double
  public var mean: Double
  public var largest: Double

  /// The gaps at some points of the line, where α weighs the first network.
  ///
  /// - Throws: `incompatible` or `shapeMismatch` where networks and data do not fit, `stopped`.
  public static func measure(
    from first: Network, to second: Network, on data: DataSet, alphas: [Double],
    pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> [FunctionGap] {
    try Network.checkAlike([first, second])
    for network in [first, second] { try network.checkFinite() }
    let ends = [try first.logits(on: data, pool: pool), try second.logits(on: data, pool: pool)]
      .map(\.values)
    var result: [FunctionGap] = []
    for alpha in alphas {
      guard !stop.isRaised else {
        throw Failure(.stopped, "stopped before every point of the line was measured")
      }
      let mixed = try first.blended(with: second, at: alpha).logits(on: data, pool: pool).values
      var (sum, largest) = (0.0, 0.0)
      for place in mixed.indices {
        let line = alpha * Double(ends[0][place]) + (1 - alpha) * Double(ends[1][place])
        let gap = abs(Double(mixed[place]) - line)
        sum += gap
        largest = max(largest, gap)
      }
      result.append(
        FunctionGap(alpha: alpha, mean: sum / Double(max(mixed.count, 1)), largest: largest))
    }
    return result
  }
}
