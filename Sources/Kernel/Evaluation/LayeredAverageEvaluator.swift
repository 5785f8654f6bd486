import Synchronization

/// The average of n networks with two or more hidden layers, kept so that a swap costs what it
/// changes.
///
/// Layer 1 is as in `IncrementalAverageEvaluator`: its pre-activation of unit u is
/// Σ_i Z_i[:, π_i(u)] with Z_i = (X W_iᵀ + b_i)/n, computed once. A swap of units a and b in layer
/// l ≥ 2 moves the change g = h_{l−1} · (W̃_i[b] − W̃_i[a])/n from b to a, one matrix-vector product.
/// The next layer loses two activations and gains two; the layers above run forward. Samples are
/// worked on in blocks that stay near the processor, and nothing is written for a question: a move
/// that is accepted is computed once more and kept. Every 1 024 accepted moves all is computed from
/// scratch, so that rounding cannot add up.
///
/// A move of several swaps runs forward from the lowest layer that it changes.
public final class LayeredAverageEvaluator: AverageErrorEvaluator {
  public let sampleCount: Int
  public internal(set) var errorCount = 0
  public internal(set) var wasCut = false
  /// Whether a question ends as soon as its answer must be above its limit.
  public var isLazy: Bool

  public var pool: WorkPool
  let stop: StopSignal
  /// The width of each hidden layer, and then the number of classes.
  let widths: [Int]
  let networkCount: Int
  /// Samples in a block; a multiple of 32.
  let length: Int
  let blockCount: Int
  /// Blocks × networks × units × samples: Z_i.
  let own: FloatBuffer
  /// For each layer blocks × units × samples: the average's pre-activations, and last its logits.
  let layers: [FloatBuffer]
  var weights: LayeredWeights
  /// The sample in each slot, and its label; a slot past the last sample has −1.
  var samples: [Int32]
  var labels: [UInt8]
  /// Blocks by falling number of wrong samples at the last rebuild: a question ends the sooner.
  var visits: [Int]
  let scratch: ScratchPool<Scratch>
  /// Moves since everything was last computed from scratch.
  private(set) var movesSinceRebuild = 0

  /// How often everything is computed from scratch.
  static let rebuildInterval = IncrementalAverageEvaluator.rebuildInterval

  /// What one thread needs for one block.
  struct Scratch {
    /// Old and new pre-activations of the four units that a swap touches: 4 × samples.
    let units: FloatBuffer
    /// Activations of two layers, in turn.
    let one: FloatBuffer
    let other: FloatBuffer
  }

  /// Whether networks of a graph can be evaluated this way: a chain of at least three linear layers
  /// with rectifiers between them.
  public static func fits(_ graph: Graph) -> Bool {
    guard graph.nodes.indices.dropFirst().allSatisfy({ graph.nodes[$0].inputs == [$0 - 1] })
    else { return false }
    let layers = graph.nodes.dropFirst().map(\.layer).filter {
      if case .dropout = $0 { false } else { $0 != .flatten }
    }
    guard layers.count >= 5, layers.count % 2 == 1 else { return false }
    return layers.enumerated().allSatisfy { index, layer in
      if case .linear = layer { index % 2 == 0 } else { layer == .relu && index % 2 == 1 }
    }
  }

  /// The bytes that an evaluator takes.
  public static func memory(_ graph: Graph, networks: Int, samples: Int) -> Int {
    let widths = Array(graph.widths.dropFirst())
    let slots = (samples + 127) / 128 * 128
    return 4 * (slots * (networks * widths[0] + widths.reduce(0, +)))
      + 4 * (networks + 1) * graph.parameterCount
  }

  /// - Parameter weights: The share of each network in the average; 1/n each where none are given.
  /// - Throws: `outOfMemory`; `notFinite` where the numbers of some order of the units might
  ///   overflow; `stopped`.
  public init(
    _ networks: [Network], permutations: [NetworkPermutation], weights: [Double]? = nil,
    data: DataSet, isLazy: Bool = true, memoryLimit: Int = Memory.limit, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) throws(Failure) {
    try Network.checkAlike(networks)
    for network in networks {
      try network.checkTakes(data)
      try network.checkFinite()
    }
    let graph = networks[0].graph
    precondition(Self.fits(graph), "the layered evaluator is for chains of linear layers")
    try Memory.check(
      Self.memory(graph, networks: networks.count, samples: data.count), limit: memoryLimit,
      for: "the activations of \(networks.count) networks on \(data.count) samples",
      advice: "search on fewer samples with samples=N")
    sampleCount = data.count
    self.isLazy = isLazy
    self.pool = pool
    self.stop = stop
    networkCount = networks.count
    widths = Array(graph.widths.dropFirst())
    // By the size of the layers alone: a block's largest product takes a few milliseconds.
    let largest = zip(widths, widths.dropFirst()).reduce(0) { max($0, $1.0 * $1.1) }
    length = largest > 4 << 20 ? 32 : largest > 1 << 20 ? 64 : 128
    blockCount = (data.count + length - 1) / length
    own = FloatBuffer(count: blockCount * length * networks.count * widths[0])
    let slots = blockCount * length
    layers = widths.map { FloatBuffer(count: slots * $0) }
    let scales = IncrementalAverageEvaluator.scales(of: networks.count, weights: weights)
    self.weights = LayeredWeights(networks, permutations: permutations, scales: scales)
    samples = (0..<slots).map { $0 < data.count ? Int32($0) : -1 }
    labels = data.labels + [UInt8](repeating: 0, count: slots - data.count)
    visits = Array(0..<blockCount)
    let (length, widest) = (length, widths.max() ?? 1)
    scratch = ScratchPool {
      Scratch(
        units: FloatBuffer(count: 4 * length), one: FloatBuffer(count: widest * length),
        other: FloatBuffer(count: widest * length))
    }
    try fillOwn(networks, scales: scales, data: data)
    guard bound < 1e37 else { throw .averageTooLarge(on: data) }
    rebuild()
    if !wasCut {
      orderSamples()
      rebuild()
    }
    guard !wasCut else {
      throw Failure(.stopped, "stopped before the activations on \(data.name) were there")
    }
  }

  public var permutations: [NetworkPermutation] { weights.permutations }

  public func errors(after swaps: [Swap], limit: Int) -> Int? {
    let limit = isLazy ? limit : .max
    if swaps.count == 1 {
      return wrongSamples(after: PreparedSwap(swaps[0], weights), limit: limit, writes: false)
    }
    weights.make(swaps)
    defer { weights.make(swaps) }
    return wrongSamples(after: Set(swaps), limit: limit, writes: false)
  }

  public func commit(_ swaps: [Swap]) {
    let errors: Int?
    if swaps.count == 1 {
      errors = wrongSamples(after: PreparedSwap(swaps[0], weights), limit: .max, writes: true)
      weights.make(swaps)
    } else {
      weights.make(swaps)
      errors = wrongSamples(after: Set(swaps), limit: .max, writes: true)
    }
    errorCount = errors ?? errorCount
    movesSinceRebuild += 1
    if movesSinceRebuild == Self.rebuildInterval, !wasCut { rebuild() }
  }

  public func restart(from permutations: [NetworkPermutation]) {
    weights.set(permutations)
    rebuild()
  }

  /// Computes everything but Z_i from scratch and counts what is wrong.
  func rebuild() {
    movesSinceRebuild = 0
    let counts = FixedSums(count: blockCount)
    guard
      let errors = wrongSamples(
        limit: .max,
        { evaluator, block, scratch in
          let wrong = evaluator.rebuild(block, scratch)
          counts.set(block, wrong)
          return wrong
        })
    else { return }
    errorCount = errors
    let wrong = (0..<blockCount).map(counts.value)
    visits = wrong.indices.sorted { (wrong[$1], $0) < (wrong[$0], $1) }
  }

  private func wrongSamples(after swap: PreparedSwap, limit: Int, writes: Bool) -> Int? {
    wrongSamples(limit: limit) { evaluator, block, scratch in
      evaluator.make(swap, in: block, writes: writes, scratch)
    }
  }

  private func wrongSamples(after swaps: Set<Swap>, limit: Int, writes: Bool) -> Int? {
    let lowest = swaps.map(\.group).min() ?? 0
    let changed =
      lowest > 0 ? [] : Set(swaps.filter { $0.group == 0 }.flatMap { [$0.a, $0.b] }).sorted()
    return wrongSamples(limit: limit) { evaluator, block, scratch in
      evaluator.forward(
        from: lowest, changed: changed, in: block, writes: writes, scratch)
    }
  }

  /// The wrong samples of all blocks, or `nil` where they are more than `limit` or where somebody
  /// asked to stop, which `wasCut` tells.
  ///
  /// Blocks are given out in the order of `visits`. They share nothing but the count, and which of
  /// them are left out once it is above the limit changes no answer.
  private func wrongSamples(
    limit: Int, _ body: @Sendable (LayeredAverageEvaluator, Int, Scratch) -> Int
  ) -> Int? {
    let total = Atomic<Int>(0)
    let isCut = Atomic<Bool>(false)
    let owner = UnsafeSendable(self)
    pool.run(count: blockCount) { item in
      let evaluator = owner.value
      if total.load(ordering: .relaxed) > limit { return }
      if evaluator.stop.isRaised { return isCut.store(true, ordering: .relaxed) }
      let wrong = evaluator.scratch.use { body(evaluator, evaluator.visits[item], $0) }
      total.add(wrong, ordering: .relaxed)
    }
    let wrong = total.load(ordering: .relaxed)
    if wrong > limit { return nil }
    if isCut.load(ordering: .relaxed) {
      wasCut = true
      return nil
    }
    return wrong
  }
}
