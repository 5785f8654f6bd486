internal import CVector

// What rounding can do to a lazy decision.
//
// A question compares two logits x = L + p₁ + p₂ + p₃ + p₄, each computed in 8 roundings of at most
// u = 2⁻²⁴ of their result: |error| ≤ u(4|L| + 5Σ|pⱼ|). Two of them, and the margin that is known
// of them, are off by at most 10u(|L| + Σ|pⱼ|) = 6e-7(|L| + Σ|pⱼ|). The products may be far larger
// than what they do to a margin: output weights that are alike for all classes cancel in it.
// Activations are sums in a fixed order, and rounding keeps order, so peaks bound them exactly.
extension IncrementalAverageEvaluator {
  /// How far rounding may move a margin in a swap, to be on the safe side.
  func slack(of swap: Swap, _ prepared: basin_swap) -> Float {
    let (atA, atB) = (peak(at: swap.a), peak(at: swap.b))
    let moving = orders[swap.network]
    let change = ownPeak(swap.network, moving[swap.b]) - ownPeak(swap.network, moving[swap.a])
    let (high, low) = (prepared.highest, prepared.lowest)
    let products =
      (atA + change) * max(abs(high.0), abs(low.0)) + (atB - change) * max(abs(high.1), abs(low.1))
      + atA * max(abs(high.2), abs(low.2)) + atB * max(abs(high.3), abs(low.3))
    // Half as much again as can be, for the rounding of these bounds and of the logits' own sums.
    return 1e-6 * (largestLogit + products) + Float.leastNormalMagnitude
  }

  /// The largest activation that unit `position` of the average can have.
  private func peak(at position: Int) -> Float {
    var sum: Float = 0
    for network in 0..<shape.networks { sum += ownPeak(network, orders[network][position]) }
    return sum
  }

  private func ownPeak(_ network: Int, _ unit: Int) -> Float {
    columnPeaks[network * shape.units + unit]
  }

  /// Notes bounds of activations and logits that hold for every order of the units.
  ///
  /// A logit is at most |b| + Σ_u A_u W_u, where A_u is the sum over the networks of the peaks of
  /// the units that stand at u, and W_u that of their largest output weights; by Cauchy and
  /// Schwarz that is at most |b| + (Σ_i ‖A_i‖)(Σ_i ‖W_i‖), in whatever order they stand.
  ///
  /// - Throws: `notFinite` where some order might overflow: no comparison could be trusted then.
  func noteBounds(on data: DataSet) throws(Failure) {
    columnPeaks = (0..<shape.networks * shape.units).map { column in
      let blocks = UnsafeBufferPointer(
        start: peaks.start + column * shape.peakStride, count: layout.blockCount)
      return max(0, blocks.max() ?? 0)
    }
    var (activations, weights) = (0.0, 0.0)
    for network in 0..<shape.networks {
      let units = network * shape.units..<(network + 1) * shape.units
      activations += length(units.map { columnPeaks[$0] })
      weights += length(
        units.map { unit in
          let own = outputs[unit * shape.classes..<(unit + 1) * shape.classes]
          return own.reduce(0) { max($0, abs($1)) }
        })
    }
    let bound = activations * weights + Double(outputBias.reduce(0) { max($0, abs($1)) })
    // A tenth of a float's range: sums of a few such numbers stay within it, and below the mark of
    // groups that hold no sample.
    guard bound < 1e37 else { throw .averageTooLarge(on: data) }
    largestLogit = Float(bound)
  }

  private func length(_ values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}

extension Failure {
  /// The activations or logits of an average are too large for numbers of 32 bits.
  static func averageTooLarge(on data: DataSet) -> Failure {
    Failure(
      .notFinite,
      "the average of these networks, in some order of their units, is not finite on \(data.name)",
      notes: ["their weights or the inputs are too large"])
  }
}
