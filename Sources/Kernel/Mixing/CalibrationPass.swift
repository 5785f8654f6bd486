/// The mean and the variance of each unit of a layer.
struct UnitMoments: Hashable, Sendable {
  var means: [Double]
  var variances: [Double]

  var isFinite: Bool { means.allSatisfy(\.isFinite) && variances.allSatisfy(\.isFinite) }
}

/// One pass over a data set in batches, each of which is normalized by its own statistics.
///
/// What is kept is the mean of the batches' statistics, all batches alike, as a batch normalization
/// of PyTorch gathers it with `momentum=None`. Samples stand in a fixed random order, so that data
/// sorted by class do no harm, and are cut into batches that differ by one sample at most. Batches
/// are shared among threads and their statistics added in order in 64 bits: the same bits at any
/// number of threads. Dropout is off.
struct CalibrationPass: Sendable {
  let data: DataSet
  var pool: WorkPool
  var stop: StopSignal
  /// The places of the samples of each batch.
  let batches: [[Int]]

  /// - Parameters:
  ///   - graph: Decides how large batches are: about 256 samples, fewer where the activations of
  ///     images take more than 256 MiB, but 32 at least.
  ///   - samples: How many samples are looked at; all where nothing is given.
  /// - Throws: `badData` where that is none.
  init(
    over data: DataSet, for graph: Graph, samples: Int? = nil, pool: WorkPool, stop: StopSignal
  ) throws(Failure) {
    if let samples, samples < 2 {
      throw Failure(
        .badData, "\(samples) samples have no variance", notes: ["take 2 or more, or all"])
    }
    self.data = data
    self.pool = pool
    self.stop = stop
    let count = min(samples ?? data.count, data.count)
    var stream = RandomStream(seed: 1, name: "recalibration")
    let order = stream.nextOrder(count: data.count)
    let batchCount = Self.batchCount(of: count, size: Self.batchSize(for: graph))
    batches = (0..<batchCount).map {
      Array(order[$0 * count / batchCount..<($0 + 1) * count / batchCount])
    }
  }

  /// As many as come nearest to batches of that size.
  static func batchCount(of samples: Int, size: Int) -> Int {
    max((samples + size / 2) / size, 1)
  }

  static func batchSize(for graph: Graph) -> Int {
    var size = 256
    // By the activations alone: scratch may hang on the machine, and results must not.
    let features = WorkspaceLayout(graph, mode: .statistics).featureCount
    while size > 32, size * features > 1 << 26 { size /= 2 }
    return size
  }

  /// The moments of what each batch normalization of a network reads, by node.
  ///
  /// - Parameters:
  ///   - keepsMean: The batch normalizations that change the variance alone.
  ///   - progress: Takes the share of the pass.
  /// - Throws: `stopped`, or `notFinite` where a unit has no moments.
  func moments(
    of network: Network, keepsMean: Set<Int> = [], progress: (Double) -> Void = { _ in }
  ) throws(Failure) -> [Int: UnitMoments] {
    let graph = network.graph
    let nodes = graph.batchNormalizations
    let features = graph.featureCount(of: 0)
    let capacity = batches.map(\.count).max() ?? 0
    let batchCount = batches.count
    try Memory.check(
      Memory.bytes(
        min(pool.threadCount, batchCount),
        WorkspaceLayout(graph, mode: .statistics).byteCount(samples: capacity)
          + capacity * features * MemoryLayout<Float>.stride),
      for: "the activations of batches of \(capacity) samples",
      advice: "recalibrate with fewer threads, or a smaller network")
    let weights = SharedWeights(network)
    let (stop, data, batches) = (stop, data, batches)
    let scratch = ScratchPool {
      (
        workspace: Workspace(
          graph: graph, capacity: capacity, mode: .statistics, stop: stop, keepsMean: keepsMean),
        inputs: FloatBuffer(count: capacity * features)
      )
    }
    var sums = nodes.map { node in
      let none = [Double](repeating: 0, count: graph.shapes[node][0])
      return UnitMoments(means: none, variances: none)
    }
    // Some batches at a time, so that their statistics need not all be held.
    let wave = 4 * pool.threadCount
    for first in stride(from: 0, to: batchCount, by: wave) {
      let parts = pool.map(count: min(wave, batchCount - first)) { item -> [UnitMoments]? in
        if stop.isRaised { return nil }
        let samples = batches[first + item]
        return scratch.use { workspace, inputs in
          data.inputs.withBuffer { all in
            guard let base = all.baseAddress else { return }
            for (row, sample) in samples.enumerated() {
              (inputs.start + row * features).update(
                from: base + sample * features, count: features)
            }
          }
          _ = workspace.forward(weights.buffer, input: inputs.start, count: samples.count)
          return workspace.wasCut ? nil : nodes.compactMap { workspace.batchMoments(of: $0) }
        }
      }
      for part in parts {
        guard let part else {
          throw Failure(.stopped, "stopped before every sample of \(data.name) was seen")
        }
        for (place, moments) in part.enumerated() { sums[place].add(moments) }
      }
      progress(Double(min(first + wave, batchCount)) / Double(batchCount))
    }
    var result: [Int: UnitMoments] = [:]
    for (node, sum) in zip(nodes, sums) {
      let moments = sum.divided(by: Double(batchCount))
      guard moments.isFinite else {
        throw Failure(
          .notFinite, "what `\(graph.nodes[node].name)` reads on \(data.name) has no finite moments"
        )
      }
      result[node] = moments
    }
    return result
  }
}

extension UnitMoments {
  fileprivate mutating func add(_ other: UnitMoments) {
    for unit in means.indices {
      means[unit] += other.means[unit]
      variances[unit] += other.variances[unit]
    }
  }

  fileprivate func divided(by count: Double) -> UnitMoments {
    UnitMoments(means: means.map { $0 / count }, variances: variances.map { $0 / count })
  }
}

extension Graph {
  /// The nodes that are batch normalizations.
  var batchNormalizations: [Int] {
    nodes.indices.filter { if case .batchNorm = nodes[$0].layer { true } else { false } }
  }
}
