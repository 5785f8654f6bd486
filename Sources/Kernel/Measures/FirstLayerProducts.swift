/// X Wᵀ of a network's first layer over a whole data set, kept for many curves.
///
/// Every pair of n networks needs the products of its two ends: kept, they are n and not n(n − 1).
public final class FirstLayerProducts: @unchecked Sendable {
  /// Samples × units; written once, before anybody else sees it.
  private let buffer: FloatBuffer
  private let units: Int

  /// What they take for one network, in bytes; `nil` for networks whose first layer does not read
  /// the input, which have none.
  public static func bytes(of network: Network, on data: DataSet) -> Int? {
    SplitGraph(network.graph).map { 4 * $0.units * data.count }
  }

  /// Computes them; `nil` where there are none, or `stop` was raised.
  public init?(
    of network: Network, on data: DataSet, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) {
    guard let plan = SplitGraph(network.graph) else { return nil }
    units = plan.units
    buffer = FloatBuffer(count: data.count * plan.units)
    let weights = SharedWeights(network)
    let target = Target(start: buffer.start)
    let features = network.graph.featureCount(of: 0)
    // The blocks of a curve: products of other blocks may differ in their last bits.
    pool.run(count: (data.count + scoringBlock - 1) / scoringBlock) { block in
      if stop.isRaised { return }
      let first = block * scoringBlock
      data.inputs.withBuffer { inputs in
        guard let x = inputs.baseAddress else { return }
        plan.multiply(
          x + first * features, count: min(scoringBlock, data.count - first), by: weights,
          into: target.start + first * plan.units)
      }
    }
    if stop.isRaised { return nil }
  }

  /// The products of the samples from one on.
  func values(from first: Int) -> UnsafePointer<Float> {
    UnsafePointer(buffer.start + first * units)
  }

  /// Where blocks write rows of their own.
  private struct Target: @unchecked Sendable {
    let start: UnsafeMutablePointer<Float>
  }
}

extension SplitGraph {
  /// The first layer's products of some samples: count × units.
  func multiply(
    _ inputs: UnsafePointer<Float>, count: Int, by weights: SharedWeights,
    into target: UnsafeMutablePointer<Float>
  ) {
    let features = graph.featureCount(of: 0)
    Products.multiply(
      rows: count, columns: units, inner: features, inputs, strideA: features,
      weights.buffer[firstWeight], .transposed, strideB: features, into: target, strideC: units)
  }
}
