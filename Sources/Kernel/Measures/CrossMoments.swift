/// How the units of two networks vary together over a data set: E[a bᵀ], and each unit's mean and
/// variance.
///
/// Sums are in 64 bits, about the mean of the first block, with products of 32-bit floats only over
/// 256 samples; samples are added in chunks of a fixed size, so the bits are the same at any number
/// of threads.
public struct CrossMoment: Hashable, Sendable {
  /// Units of the first × units of the second: the mean of the products.
  public var products: Matrix
  public var first: Units
  public var second: Units

  /// Mean and variance of each unit of one network.
  public struct Units: Hashable, Sendable {
    public var means: [Double]
    public var variances: [Double]

    /// The standard deviation of each unit; `nil` for one that hardly ever changes, of which it is
    /// nothing but rounding.
    ///
    /// A millionth of what the unit gives is hardly a change, however large or small that is.
    public var deviations: [Double?] {
      zip(means, variances).map { mean, variance in
        variance > 1e-12 * (mean * mean + variance) ? variance.squareRoot() : nil
      }
    }
  }

  /// Cov(a, b).
  public var covariance: Matrix {
    makeCovariance()
  }

  /// As `covariance`, shared among threads; of no use once `stop` is raised.
  public func makeCovariance(pool: WorkPool = .shared, stop: StopSignal? = nil) -> Matrix {
    var result = products
    result.fillRows(pool: pool, stop: stop) { row, values in
      let mean = first.means[row]
      for column in values.indices { values[column] -= mean * second.means[column] }
    }
    return result
  }
}

extension Graph {
  /// The node at which the units of a linear layer are active: its rectifier, where it has one.
  public func activation(after node: Int) -> Int {
    for next in nodes.indices.dropFirst(node + 1) where nodes[next].inputs == [node] {
      switch nodes[next].layer {
      case .relu: return next
      case .dropout: return activation(after: next)
      case .input, .flatten, .linear: break
      }
    }
    return node
  }
}

extension Network {
  /// How the units at some nodes of this network vary together with those of another one.
  ///
  /// One forward pass of each over the data, without dropout. Throws where the data do not fit, an
  /// activation is not finite, or `stop` is raised.
  ///
  /// - Parameters:
  ///   - nodes: Nodes of the graph, which both networks share.
  ///   - samples: Which samples to use, all where none are named.
  public func crossMoments(
    with other: Network, at nodes: [Int], on data: DataSet, samples: [Int]? = nil,
    pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> [CrossMoment] {
    try Network.checkAlike([self, other])
    try checkTakes(data)
    let widths = nodes.map { graph.featureCount(of: $0) }
    let chunk = min(CrossSums.chunkSize, samples?.count ?? data.count)
    try Memory.check(
      widths.reduce(0) { $0 + 8 * $1 * $1 + 8 * chunk * $1 },
      for: "the activations of two networks and their products",
      advice: "take fewer samples with samples=N, or match narrower networks")
    var sums = CrossSums([self, other], nodes: nodes, data: data, samples: samples, stop: stop)
    while sums.next < sums.sampleCount {
      sums.addChunk(pool: pool)
      if stop.isRaised {
        throw Failure(.stopped, "stopped while the activations on \(data.name) were compared")
      }
    }
    let moments = nodes.indices.map { sums.moment($0, pool: pool) }
    if stop.isRaised {
      throw Failure(.stopped, "stopped while the activations on \(data.name) were compared")
    }
    guard moments.allSatisfy({ $0.products.values.allSatisfy(\.isFinite) }) else {
      try checkFinite()
      try other.checkFinite()
      throw Failure(.notFinite, "an activation on \(data.name) is not a finite number")
    }
    return moments
  }
}

/// The sums over the samples so far.
private struct CrossSums {
  /// Samples per chunk: eight blocks of the forward pass, to be shared among threads.
  static let chunkSize = 8 * scoringBlock
  /// Samples that are multiplied in 32 bits.
  static let runSize = 256
  /// Rows of a panel of products: enough for full speed.
  static let panelSize = 128

  let graph: Graph
  let weights: [SharedWeights]
  let data: DataSet
  let samples: [Int]?
  let sampleCount: Int
  private(set) var next = 0
  /// Once it is raised the sums are of no use, and nothing more is added.
  private let stop: StopSignal
  private let nodes: [NodeSums]
  private let scratch: ScratchPool<Workspace>
  private let gathered: ScratchPool<FloatBuffer>

  init(_ networks: [Network], nodes: [Int], data: DataSet, samples: [Int]?, stop: StopSignal) {
    let graph = networks[0].graph
    self.graph = graph
    self.data = data
    self.samples = samples
    self.stop = stop
    weights = networks.map { SharedWeights($0) }
    sampleCount = samples?.count ?? data.count
    let capacity = min(scoringBlock, sampleCount)
    let features = graph.featureCount(of: 0)
    scratch = ScratchPool { Workspace(graph: graph, capacity: capacity, stop: stop) }
    gathered = ScratchPool { FloatBuffer(count: capacity * features) }
    let chunk = min(Self.chunkSize, sampleCount)
    self.nodes = nodes.map {
      NodeSums(node: $0, units: graph.featureCount(of: $0), capacity: chunk)
    }
    forEachValue(first: 0, count: capacity) { side, index, values in
      self.nodes[index].sides[side].setShift(values, count: capacity)
    }
  }

  mutating func addChunk(pool: WorkPool) {
    let first = next
    let count = min(Self.chunkSize, sampleCount - first)
    let copy = self
    pool.run(count: (count + scoringBlock - 1) / scoringBlock) { block in
      if copy.stop.isRaised { return }
      let offset = block * scoringBlock
      let size = min(scoringBlock, count - offset)
      copy.forEachValue(first: first + offset, count: size) { side, index, values in
        copy.nodes[index].sides[side].center(values, at: offset, count: size)
      }
    }
    let work = nodes.indices.flatMap { node in
      stride(from: 0, to: nodes[node].units, by: Self.panelSize).map { (node, $0) }
    }
    pool.run(count: work.count) { item in
      if copy.stop.isRaised { return }
      let (node, row) = work[item]
      copy.nodes[node].addProducts(fromRow: row, samples: count, stop: copy.stop)
    }
    pool.run(count: 2 * nodes.count) { item in
      if copy.stop.isRaised { return }
      copy.nodes[item / 2].sides[item % 2].addSums(samples: count)
    }
    next += count
  }

  func moment(_ index: Int, pool: WorkPool) -> CrossMoment {
    nodes[index].moment(sampleCount: sampleCount, pool: pool, stop: stop)
  }

  /// Hands over what both networks give at each node for some samples: count × units.
  private func forEachValue(
    first: Int, count: Int, _ body: (Int, Int, UnsafePointer<Float>) -> Void
  ) {
    let features = graph.featureCount(of: 0)
    func run(_ input: UnsafePointer<Float>) {
      for (side, weights) in weights.enumerated() {
        scratch.use { workspace in
          _ = workspace.forward(weights.buffer, input: input, count: count)
          for (index, node) in nodes.enumerated() {
            body(side, index, workspace.value(of: node.node))
          }
        }
      }
    }
    data.inputs.withBuffer { buffer in
      guard let inputs = buffer.baseAddress else { return }
      guard let samples else { return run(inputs + first * features) }
      gathered.use { piece in
        for place in 0..<count {
          (piece.start + place * features).update(
            from: inputs + samples[first + place] * features, count: features)
        }
        run(UnsafePointer(piece.start))
      }
    }
  }
}

/// The sums at one node.
///
/// Panels, blocks and sides write apart from each other, which is why the memory may be shared
/// between threads.
private struct NodeSums: @unchecked Sendable {
  let node: Int
  let units: Int
  let sides: [SideSums]
  private let products: DoubleBuffer

  init(node: Int, units: Int, capacity: Int) {
    self.node = node
    self.units = units
    sides = (0..<2).map { _ in SideSums(units: units, capacity: capacity) }
    products = DoubleBuffer(count: units * units)
  }

  func addProducts(fromRow row: Int, samples: Int, stop: StopSignal) {
    let rows = min(CrossSums.panelSize, units - row)
    let panel = FloatBuffer(count: rows * units)
    for first in stride(from: 0, to: samples, by: CrossSums.runSize) {
      if stop.isRaised { return }
      let a = sides[0].centered.start + first * units + row
      let b = sides[1].centered.start + first * units
      Products.multiply(
        rows: rows, columns: units, inner: min(CrossSums.runSize, samples - first),
        a, .transposed, strideA: units, b, strideB: units, into: panel.start, strideC: units)
      let to = products.start + row * units
      for place in 0..<rows * units { to[place] += Double(panel.start[place]) }
    }
  }

  /// E[ab] with a = s + e: E[e_a e_b] + s_a E[e_b] + E[e_a] s_b + s_a s_b.
  func moment(sampleCount: Int, pool: WorkPool, stop: StopSignal) -> CrossMoment {
    let scale = 1 / Double(sampleCount)
    let (a, b) = (sides[0].moments(scale), sides[1].moments(scale))
    let (shiftA, shiftB) = (sides[0].shifts, sides[1].shifts)
    var matrix = Matrix(rows: units, columns: units)
    matrix.fillRows(pool: pool, stop: stop) { row, values in
      let from = products.start + row * units
      let offsetA = a.means[row] - shiftA[row]
      for column in 0..<units {
        let offsetB = b.means[column] - shiftB[column]
        values[column] =
          from[column] * scale
          + (shiftA[row] * offsetB + offsetA * shiftB[column]) + shiftA[row] * shiftB[column]
      }
    }
    return CrossMoment(products: matrix, first: a, second: b)
  }
}

/// The sums of one network's units.
private struct SideSums: @unchecked Sendable {
  let units: Int
  /// The samples of the chunk, relative to the shift.
  let centered: FloatBuffer
  private let shift: FloatBuffer
  private let sums: DoubleBuffer
  private let squares: DoubleBuffer

  init(units: Int, capacity: Int) {
    self.units = units
    centered = FloatBuffer(count: units * capacity)
    shift = FloatBuffer(count: units)
    sums = DoubleBuffer(count: units)
    squares = DoubleBuffer(count: units)
  }

  var shifts: [Double] { (0..<units).map { Double(shift.start[$0]) } }

  func setShift(_ values: UnsafePointer<Float>, count: Int) {
    for unit in 0..<units {
      var sum = 0.0
      for sample in 0..<count { sum += Double(values[sample * units + unit]) }
      shift.start[unit] = Float(sum / Double(count))
    }
  }

  func center(_ values: UnsafePointer<Float>, at offset: Int, count: Int) {
    for sample in 0..<count {
      let from = values + sample * units
      let to = centered.start + (offset + sample) * units
      for unit in 0..<units { to[unit] = from[unit] - shift.start[unit] }
    }
  }

  func addSums(samples: Int) {
    for sample in 0..<samples {
      let row = centered.start + sample * units
      for unit in 0..<units {
        let value = Double(row[unit])
        sums.start[unit] += value
        squares.start[unit] += value * value
      }
    }
  }

  func moments(_ scale: Double) -> CrossMoment.Units {
    let offsets = (0..<units).map { sums.start[$0] * scale }
    return CrossMoment.Units(
      means: offsets.indices.map { Double(shift.start[$0]) + offsets[$0] },
      variances: offsets.indices.map { unit in
        max(0, squares.start[unit] * scale - offsets[unit] * offsets[unit])
      })
  }
}

/// Memory for 64-bit sums, zero at first.
private final class DoubleBuffer {
  let start: UnsafeMutablePointer<Double>

  private let memory: AlignedFloats

  init(count: Int) {
    memory = AlignedFloats(count: 2 * max(count, 1))
    start = UnsafeMutableRawPointer(memory.start).bindMemory(
      to: Double.self, capacity: max(count, 1))
  }
}
