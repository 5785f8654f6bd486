internal import CVector

extension Curve {
  /// Measures the line between two networks at the given points.
  ///
  /// The first layer is linear in its input, X(αW + (1 − α)W′) = αXW + (1 − α)XW′, so two products
  /// per block of samples serve every α; the layers above run once per α while the block's
  /// activations are near. `measuredPlainly` is the reference: blend, then score, per α.
  ///
  /// - Parameter products: The first layer's products of both ends where they were kept from another
  ///   curve on the same data; the curve is the same to the bit.
  public static func measure(
    from a: Network, to b: Network, on data: DataSet, alphas: [Double],
    products: (FirstLayerProducts?, FirstLayerProducts?) = (nil, nil),
    pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> Curve {
    try Network.checkAlike([a, b])
    try a.checkTakes(data)
    try a.checkFinite(stop: stop)
    try b.checkFinite(stop: stop)
    let graph = a.graph
    guard let plan = SplitGraph(graph) else {
      return try measuredPlainly(from: a, to: b, on: data, alphas: alphas, pool: pool, stop: stop)
    }
    let ends = (SharedWeights(a), SharedWeights(b))
    // Weights of the layers above the first, blended once per α.
    let weights = pool.map(count: alphas.count) { point -> SharedWeights? in
      stop.isRaised ? nil : SharedWeights(a.blended(with: b, at: alphas[point], stop: stop))
    }
    let blended = weights.compactMap(\.self)
    guard blended.count == alphas.count, !stop.isRaised else { throw .stoppedCurve }
    let block = scoringBlock
    let count = data.count
    let scratch = ScratchPool { CurveScratch(plan, capacity: min(block, count), stop: stop) }
    let blocks = (count + block - 1) / block
    let parts = pool.map(count: blocks) { index -> [(loss: Double, errors: Int)] in
      if stop.isRaised { return [] }
      let first = index * block
      return scratch.use { scratch in
        scratch.measure(
          data, first: first, count: min(block, count - first), ends: ends, products: products,
          blended: blended, alphas: alphas)
      }
    }
    guard !parts.contains(where: \.isEmpty) else {
      throw .stoppedCurve
    }
    let scores = alphas.indices.map { point in
      Score(
        loss: parts.reduce(0) { $0 + $1[point].loss } / Double(count),
        errorCount: parts.reduce(0) { $0 + $1[point].errors }, count: count)
    }
    guard scores.allSatisfy({ $0.loss.isFinite }) else {
      throw Failure(.notFinite, "the loss between the networks is not a finite number")
    }
    return Curve(alphas: alphas, scores: scores, dataName: data.name)
  }

  /// The same the plain way: the reference that tests compare `measure` with.
  public static func measuredPlainly(
    from a: Network, to b: Network, on data: DataSet, alphas: [Double], pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> Curve {
    var scores: [Score] = []
    for alpha in alphas {
      scores.append(try a.blended(with: b, at: alpha).score(on: data, pool: pool, stop: stop))
    }
    return Curve(alphas: alphas, scores: scores, dataName: data.name)
  }
}

extension Failure {
  fileprivate static let stoppedCurve = Failure(
    .stopped, "the curve was stopped before every sample was seen")
}

/// A graph cut behind its first linear layer (with its rectifier), where that layer reads the
/// input itself.
struct SplitGraph: Sendable {
  let graph: Graph
  let firstWeight: Int
  let units: Int
  let isRectified: Bool
  /// What comes after, as a graph of its own whose input is the first layer's output.
  let upper: Graph
  /// The first parameter of the upper graph in the whole graph's list.
  let upperOffset: Int

  init?(_ graph: Graph) {
    guard
      let node = graph.nodes.firstIndex(where: { $0.layer.makesUnits }),
      case .linear(let units) = graph.nodes[node].layer, node < graph.nodes.count - 1,
      graph.readsInput(graph.nodes[node].inputs[0])
    else { return nil }
    self.graph = graph
    self.units = units
    firstWeight = graph.firstParameter(of: node)
    // Who reads the layer itself, too, wants it before its rectifier.
    isRectified =
      graph.nodes[node + 1].layer == .relu && graph.nodes[node + 1].inputs == [node]
      && graph.nodes.count { $0.inputs.contains(node) } == 1
    let last = isRectified ? node + 1 : node
    guard graph.nodes[(node + 1)...].allSatisfy({ $0.inputs.allSatisfy { $0 >= node } }) else {
      return nil
    }
    var nodes = [Graph.Node("input", .input(shape: [units]), inputs: [])]
    for old in graph.nodes[(last + 1)...] {
      nodes.append(Graph.Node(old.name, old.layer, inputs: old.inputs.map { max($0 - last, 0) }))
    }
    upper = Graph(nodes: nodes)
    upperOffset = firstWeight + 2
  }
}

/// One thread's memory for a block of samples.
private final class CurveScratch {
  private let plan: SplitGraph
  private let capacity: Int
  private let left: FloatBuffer
  private let right: FloatBuffer
  private let hidden: FloatBuffer
  private let upper: Workspace
  private let stop: StopSignal

  init(_ plan: SplitGraph, capacity: Int, stop: StopSignal) {
    self.stop = stop
    self.plan = plan
    self.capacity = capacity
    left = FloatBuffer(count: capacity * plan.units)
    right = FloatBuffer(count: capacity * plan.units)
    hidden = FloatBuffer(count: capacity * plan.units)
    upper = Workspace(graph: plan.upper, capacity: capacity, stop: stop)
  }

  func measure(
    _ data: DataSet, first: Int, count: Int, ends: (SharedWeights, SharedWeights),
    products: (FirstLayerProducts?, FirstLayerProducts?), blended: [SharedWeights], alphas: [Double]
  ) -> [(loss: Double, errors: Int)] {
    data.inputs.withBuffer { inputs in
      data.labels.withUnsafeBufferPointer { labels in
        guard let x = inputs.baseAddress, let y = labels.baseAddress else { return [] }
        let features = plan.graph.featureCount(of: 0)
        func values(
          _ end: SharedWeights, _ kept: FirstLayerProducts?, _ buffer: FloatBuffer
        ) -> UnsafePointer<Float> {
          if let kept { return kept.values(from: first) }
          plan.multiply(x + first * features, count: count, by: end, into: buffer.start, stop: stop)
          return UnsafePointer(buffer.start)
        }
        let inputs = (
          values(ends.0, products.0, left), values(ends.1, products.1, right)
        )
        var points: [(loss: Double, errors: Int)] = []
        for (alpha, weights) in zip(alphas, blended) {
          if stop.isRaised { return [] }
          points.append(point(alpha, inputs, weights.buffer, labels: y + first, count: count))
          if stop.isRaised { return [] }
        }
        return points
      }
    }
  }

  private func point(
    _ alpha: Double, _ inputs: (UnsafePointer<Float>, UnsafePointer<Float>),
    _ weights: ParameterBuffer, labels: UnsafePointer<UInt8>, count: Int
  ) -> (loss: Double, errors: Int) {
    basin_blend_bias(
      hidden.start, inputs.0, inputs.1, Float(alpha), weights[plan.firstWeight + 1], count,
      plan.units, plan.isRectified ? 1 : 0)
    let logits = upper.forward(
      weights.slice(from: plan.upperOffset), input: hidden.start, count: count)
    var loss = 0.0
    var errors = 0
    basin_cross_entropy(logits, labels, count, plan.graph.classCount, nil, 0, &loss, &errors)
    return (loss, errors)
  }
}
