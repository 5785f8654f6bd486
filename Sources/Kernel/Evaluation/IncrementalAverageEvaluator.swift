internal import CVector

/// The average of n networks with one hidden layer, kept so that a swap costs a few column reads.
///
/// The average may be a weighted one, such as the blend of two networks at α; the weights are 1/n
/// otherwise.
/// The average's pre-activation of hidden unit u is Σ_i Z_i[:, π_i(u)] with Z_i = (X W_iᵀ + b_i)/n,
/// computed once. A swap in one network changes two hidden units, and with them each logit by four
/// products; the input size no longer matters. Hidden columns are always summed anew from Z_i, and
/// the logits are rebuilt every 1 024 accepted moves, so that rounding cannot add up.
///
/// With `isLazy` a question is answered only as far as the limit needs: blocks of samples whose
/// margins the swap cannot overcome are skipped, and the count stops once it must exceed the limit.
/// The decision "more than limit or not" is always the same as the full count's.
public final class IncrementalAverageEvaluator: AverageErrorEvaluator {
  public let sampleCount: Int
  public internal(set) var errorCount = 0
  /// Whether questions are answered only as far as their limit needs.
  public var isLazy: Bool

  let shape: Shape
  public var pool: WorkPool
  /// Networks × units × slots: Z_i, unit by unit.
  let columns: FloatBuffer
  /// Networks × units × `peakStride`: the largest value of each block of a column.
  let peaks: FloatBuffer
  /// Networks × units × `groupPeakStride`: the largest value of each group of a column.
  let groupPeaks: FloatBuffer
  var logits: FloatBuffer
  let known: KnownBlocks
  var layout: SampleLayout
  let labels: [UInt8]
  /// Networks × units × classes: each network's output weights times its share of the average.
  let outputs: [Float]
  /// The average's output bias.
  let outputBias: [Float]
  /// For each network the unit at each position.
  var orders: [[Int]]
  /// The largest rectified value of each column, networks × units: what bounds activations.
  var columnPeaks: [Float] = []
  /// No logit of any order of the units is larger: the scale of rounding.
  var largestLogit: Float = 0
  /// Moves since the logits were last computed from scratch.
  private(set) var movesSinceRebuild = 0
  /// The margin below which samples count as near the decision; see `orderSamples`.
  var nearBorder: Float = 0
  /// Work of lazy questions since the samples were last put in order; see `reorderIfItPays`.
  var orderEffort = OrderEffort()

  /// How often the logits are computed from scratch.
  ///
  /// In float32 3 000 accepted swaps drift by 6e-5.
  public static let rebuildInterval = 1024

  /// The sizes that everything is laid out by.
  struct Shape {
    var networks: Int
    var units: Int
    var classes: Int
    var slots: Int
    var peakStride: Int
    var groupPeakStride: Int
  }

  /// Whether the incremental way exists for networks of a graph: one hidden layer with a rectifier,
  /// at most 64 networks and 256 classes.
  public static func fits(_ graph: Graph, networkCount: Int) -> Bool {
    let layers = graph.nodes.dropFirst().map(\.layer).filter {
      if case .dropout = $0 { false } else { $0 != .flatten }
    }
    guard layers.count == 3, case .linear = layers[0], layers[1] == .relu, case .linear = layers[2]
    else { return false }
    return graph.classCount <= Int(BASIN_MOST_CLASSES) && networkCount <= Int(BASIN_MOST_NETS)
  }

  /// The bytes that an evaluator takes.
  public static func memory(networks: Int, units: Int, classes: Int, samples: Int) -> Int {
    let slots = samples + 16 * classes
    return 4 * (slots + slots / 16) * (networks * units + 3 * classes)
  }

  /// - Parameters:
  ///   - weights: The share of each network in the average; 1/n each where none are given.
  ///   - activations: X W_iᵀ + b_i of the same networks on the same data, where they are known.
  public convenience init(
    _ networks: [Network], permutations: [NetworkPermutation], weights: [Double]? = nil,
    data: DataSet, isLazy: Bool = true, memoryLimit: Int = Memory.limit, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) throws(Failure) {
    try self.init(
      networks, permutations: permutations, weights: weights, activations: nil, data: data,
      isLazy: isLazy, memoryLimit: memoryLimit, pool: pool, stop: stop)
  }

  init(
    _ networks: [Network], permutations: [NetworkPermutation], weights: [Double]?,
    activations: [HiddenColumns]?, data: DataSet, isLazy: Bool,
    memoryLimit: Int = Memory.limit, pool: WorkPool, stop: StopSignal
  ) throws(Failure) {
    try Network.checkAlike(networks)
    for network in networks {
      try network.checkTakes(data)
      try network.checkFinite()
    }
    let graph = networks[0].graph
    precondition(
      Self.fits(graph, networkCount: networks.count),
      "the incremental evaluator is for one hidden layer and at most 64 networks")
    let units = graph.axisGroups[0].count
    let needed = Self.memory(
      networks: networks.count, units: units, classes: graph.classCount, samples: data.count)
    try Memory.check(
      needed, limit: memoryLimit,
      for: "the activations of \(networks.count) networks with \(units) hidden units on "
        + "\(data.count) samples",
      advice: "search on fewer samples with samples=N")
    sampleCount = data.count
    self.isLazy = isLazy
    self.pool = pool
    labels = data.labels
    layout = SampleLayout(labels: data.labels, classCount: graph.classCount)
    // Rows of peaks are filled up to a multiple of 16, so that each begins a cache line.
    shape = Shape(
      networks: networks.count, units: units, classes: graph.classCount, slots: layout.slotCount,
      peakStride: (layout.blockCount + 15) / 16 * 16,
      groupPeakStride: layout.blockCount * SampleLayout.blockLength)
    columns = FloatBuffer(count: networks.count * units * shape.slots)
    peaks = FloatBuffer(count: networks.count * units * shape.peakStride)
    groupPeaks = FloatBuffer(count: networks.count * units * shape.groupPeakStride)
    logits = FloatBuffer(count: shape.slots * shape.classes)
    known = KnownBlocks(count: layout.blockCount)
    let scales = Self.scales(of: networks.count, weights: weights)
    outputs = Self.scaledOutputs(of: networks, scales: scales)
    outputBias = Self.averageBias(of: networks, scales: scales)
    orders = permutations.map { $0.groups[0].sources }
    if let activations {
      fillColumns(from: activations, scales: scales)
    } else {
      try HiddenColumns.fill(
        columns, networks, scales: scales, data: data, layout: layout, pool: pool, stop: stop)
    }
    let owner = UnsafeSendable(self)
    pool.run(count: shape.networks * shape.units) { owner.value.notePeaks(ofColumn: $0) }
    try noteBounds(on: data)
    if stop.isRaised {
      throw Failure(.stopped, "stopped before the logits on \(data.name) were there")
    }
    rebuild()
    if isLazy { orderSamples() }
  }

  /// An evaluator of its own that stands where another one does.
  init(copying other: IncrementalAverageEvaluator, pool: WorkPool) {
    sampleCount = other.sampleCount
    isLazy = other.isLazy
    self.pool = pool
    shape = other.shape
    labels = other.labels
    layout = other.layout
    columns = other.columns.copy()
    peaks = other.peaks.copy()
    groupPeaks = other.groupPeaks.copy()
    logits = other.logits.copy()
    known = KnownBlocks(count: other.layout.blockCount)
    outputs = other.outputs
    outputBias = other.outputBias
    orders = other.orders
    columnPeaks = other.columnPeaks
    largestLogit = other.largestLogit
    movesSinceRebuild = other.movesSinceRebuild
    nearBorder = other.nearBorder
    orderEffort = other.orderEffort
    noteBlocks()
  }

  public func copy(pool: WorkPool) -> (any AverageErrorEvaluator)? {
    IncrementalAverageEvaluator(copying: self, pool: pool)
  }

  public var permutations: [NetworkPermutation] {
    orders.map { order in
      guard let permutation = Permutation(order) else {
        preconditionFailure("swaps keep an order an order")
      }
      return NetworkPermutation(groups: [permutation])
    }
  }

  public func errors(after swaps: [Swap], limit: Int) -> Int? {
    if swaps.count == 1 { return errors(after: swaps[0], limit: limit) }
    return changeErrors(after: swaps, limit: limit)
  }

  public func errors(after swap: Swap, limit: Int) -> Int? {
    isLazy ? lazyErrors(after: swap, limit: limit) : fullErrors(after: swap)
  }

  public func commit(_ swaps: [Swap]) {
    if swaps.count == 1 { return commit(swaps[0]) }
    commitChange(swaps)
    noteCommit()
  }

  public func commit(_ swap: Swap) {
    write(prepared(swap))
    orders[swap.network].swapAt(swap.a, swap.b)
    noteCommit()
  }

  private func noteCommit() {
    movesSinceRebuild += 1
    orderEffort.accepted += 1
    if movesSinceRebuild == Self.rebuildInterval { rebuild() }
    if isLazy { reorderIfItPays() }
  }

  public func restart(from permutations: [NetworkPermutation]) {
    orders = permutations.map { $0.groups[0].sources }
    rebuild()
    if isLazy { orderSamples() }
  }

  /// Computes the logits of the average from scratch and counts what is wrong.
  func rebuild() {
    let columns = UnsafeSendable(columnPointers())
    let weights = averageOutputs()
    let bias = outputBias
    let shape = shape
    let parts = partCount
    withState { state, layout in
      let state = UnsafeSendable(state)
      let layout = UnsafeSendable(layout)
      pool.run(count: parts) { part in
        columns.value.withUnsafeBufferPointer { columns in
          basin_logits_rebuild(
            columns.baseAddress, shape.networks, shape.units, weights, bias, layout.value,
            state.value, part, parts)
        }
      }
    }
    movesSinceRebuild = 0
    noteBlocks()
  }

  /// Counts the wrong samples of every block and their margins, changing nothing: a swap whose
  /// weights are zero.
  func noteBlocks() {
    var idle = basin_swap()
    idle.networks = shape.networks
    idle.moving = 0
    setColumns(&idle, a: 0, b: 0)
    write(idle)
  }

  private func write(_ swap: basin_swap) { errorCount = wrongSamples(after: swap, writes: true) }

  private func fullErrors(after swap: Swap) -> Int {
    wrongSamples(after: prepared(swap), writes: false)
  }

  /// How many samples are wrong after a swap, every block looked at.
  ///
  /// - Parameter writes: Whether the swap is made, and not only counted.
  private func wrongSamples(after swap: basin_swap, writes: Bool) -> Int {
    let parts = partCount
    let counts = FixedSums(count: parts)
    withState { state, layout in
      let state = UnsafeSendable(state)
      let layout = UnsafeSendable(layout)
      withUnsafePointer(to: swap) { swap in
        let swap = UnsafeSendable(swap)
        pool.run(count: parts) { part in
          let wrong =
            writes
            ? basin_swap_commit(swap.value, layout.value, state.value, part, parts)
            : basin_swap_count(swap.value, layout.value, state.value, part, parts)
          counts.set(part, wrong)
        }
      }
    }
    return counts.total
  }

  private func lazyErrors(after swap: Swap, limit: Int) -> Int? {
    let prepared = prepared(swap)
    let now = errorCount
    let slack = slack(of: swap, prepared)
    var parts = 1
    var isDecided = false
    withState { state, layout in
      let state = UnsafeSendable(state)
      let layout = UnsafeSendable(layout)
      withUnsafePointer(to: prepared) { swap in
        let swap = UnsafeSendable(swap)
        let marked = basin_swap_mark(swap.value, layout.value, state.value, slack, known.flags)
        if marked >= Self.blocksWorthSharing { parts = partCount }
        basin_swap_bounds(layout.value, state.value, known.flags, parts, known.bounds)
        isDecided = known.leastChange(parts: parts) + now > limit
        if isDecided { return }
        let known = UnsafeSendable(known)
        let parts = parts
        pool.run(count: parts) { part in
          basin_swap_lazy(
            swap.value, layout.value, state.value, part, parts, now, limit, slack,
            known.value.flags, known.value.bounds, known.value.result(part))
        }
      }
    }
    if isDecided { return nil }
    let outcome = known.outcome(parts: parts)
    orderEffort.visited += outcome.visited
    guard outcome.isComplete, now + outcome.change <= limit else { return nil }
    return now + outcome.change
  }

  /// With fewer marked blocks one thread is through before a second one has begun.
  private static let blocksWorthSharing = 24

  /// Lends the logits and what is known of them to C.
  func withState(
    _ body: (UnsafeMutablePointer<basin_logits>, UnsafePointer<basin_layout>) -> Void
  ) {
    var state = basin_logits(
      logits: logits.start, block: known.blocks, group: known.groups)
    layout.withLayout { layout in body(&state, layout) }
  }

  /// A lazy or full pass is cut in as many parts as there are threads; counts of samples add up to
  /// the same number however they are cut.
  var partCount: Int {
    max(1, min(pool.threadCount, layout.blockCount / 8, KnownBlocks.mostParts))
  }
}
