/// How the units of two networks vary together over a data set: E[a bᵀ], and each unit's mean and
/// variance.
///
/// Of an image every position counts as a sample of its own, and the units are the channels. Sums are
/// in 64 bits, about the mean of the first block, with products of 32-bit floats only over
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

  /// That of some neighbouring units of both networks.
  public func part(_ units: Range<Int>) -> CrossMoment {
    guard units != 0..<products.rows else { return self }
    func part(_ own: Units) -> Units {
      Units(means: Array(own.means[units]), variances: Array(own.variances[units]))
    }
    return CrossMoment(
      products: Matrix(
        rows: units.count, columns: units.count,
        values: units.flatMap { row in
          let start = row * products.columns
          return products.values[start + units.lowerBound..<start + units.upperBound]
        }),
      first: part(first), second: part(second))
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
  /// The node at which the units of a layer are active: its rectifier, where it has one, behind a
  /// normalization, where it has one.
  public func activation(after node: Int) -> Int {
    for next in nodes.indices.dropFirst(node + 1) where nodes[next].inputs == [node] {
      switch nodes[next].layer {
      case .relu, .gelu: return next
      case .dropout, .batchNorm, .layerNorm, .groupNorm: return activation(after: next)
      case .input, .flatten, .linear, .convolution, .maxPool, .averagePool, .globalAveragePool,
        .add:
        break
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
    let chunk = min(CrossSums.blocksPerChunk * graph.scoringBlock, samples?.count ?? data.count)
    try Memory.check(
      nodes.reduce(0) { sum, node in
        let units = graph.unitCount(of: node)
        return sum + 8 * units * units + 8 * chunk * graph.featureCount(of: node)
      },
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
  /// Blocks of the forward pass in a chunk, to be shared among threads.
  static let blocksPerChunk = 8
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
  /// Samples of a forward pass.
  private let block: Int

  init(_ networks: [Network], nodes: [Int], data: DataSet, samples: [Int]?, stop: StopSignal) {
    let graph = networks[0].graph
    self.graph = graph
    self.data = data
    self.samples = samples
    self.stop = stop
    weights = networks.map { SharedWeights($0) }
    sampleCount = samples?.count ?? data.count
    block = graph.scoringBlock
    let capacity = min(block, sampleCount)
    let features = graph.featureCount(of: 0)
    scratch = ScratchPool { Workspace(graph: graph, capacity: capacity, stop: stop) }
    gathered = ScratchPool { FloatBuffer(count: capacity * features) }
    let chunk = min(Self.blocksPerChunk * block, sampleCount)
    self.nodes = nodes.map { node in
      let units = graph.unitCount(of: node)
      return NodeSums(
        node: node, units: units, positions: graph.featureCount(of: node) / units, capacity: chunk)
    }
    forEachValue(first: 0, count: capacity) { side, index, values in
      self.nodes[index].sides[side].setShift(values, count: capacity)
    }
  }

  mutating func addChunk(pool: WorkPool) {
    let first = next
    let count = min(Self.blocksPerChunk * block, sampleCount - first)
    let copy = self
    pool.run(count: (count + block - 1) / block) { number in
      if copy.stop.isRaised { return }
      let offset = number * copy.block
      let size = min(copy.block, count - offset)
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
  /// How many numbers a unit gives for a sample.
  let positions: Int
  let sides: [SideSums]
  private let products: DoubleBuffer

  init(node: Int, units: Int, positions: Int, capacity: Int) {
    self.node = node
    self.units = units
    self.positions = positions
    sides = (0..<2).map { _ in SideSums(units: units, positions: positions, capacity: capacity) }
    products = DoubleBuffer(count: units * units)
  }

  func addProducts(fromRow row: Int, samples: Int, stop: StopSignal) {
    let rows = min(CrossSums.panelSize, units - row)
    let panel = FloatBuffer(count: rows * units)
    let rowCount = samples * positions
    for first in stride(from: 0, to: rowCount, by: CrossSums.runSize) {
      if stop.isRaised { return }
      let a = sides[0].centered.start + first * units + row
      let b = sides[1].centered.start + first * units
      Products.multiply(
        rows: rows, columns: units, inner: min(CrossSums.runSize, rowCount - first),
        a, .transposed, strideA: units, b, strideB: units, into: panel.start, strideC: units)
      let to = products.start + row * units
      for place in 0..<rows * units { to[place] += Double(panel.start[place]) }
    }
  }

  /// E[ab] with a = s + e: E[e_a e_b] + s_a E[e_b] + E[e_a] s_b + s_a s_b.
  func moment(sampleCount: Int, pool: WorkPool, stop: StopSignal) -> CrossMoment {
    let scale = 1 / Double(sampleCount * positions)
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
  let positions: Int
  /// The samples of the chunk, relative to the shift: a row for each position.
  let centered: FloatBuffer
  private let shift: FloatBuffer
  private let sums: DoubleBuffer
  private let squares: DoubleBuffer

  init(units: Int, positions: Int, capacity: Int) {
    self.units = units
    self.positions = positions
    centered = FloatBuffer(count: units * positions * capacity)
    shift = FloatBuffer(count: units)
    sums = DoubleBuffer(count: units)
    squares = DoubleBuffer(count: units)
  }

  var shifts: [Double] { (0..<units).map { Double(shift.start[$0]) } }

  func setShift(_ values: UnsafePointer<Float>, count: Int) {
    for unit in 0..<units {
      var sum = 0.0
      for sample in 0..<count {
        let own = values + (sample * units + unit) * positions
        for position in 0..<positions { sum += Double(own[position]) }
      }
      shift.start[unit] = Float(sum / Double(count * positions))
    }
  }

  func center(_ values: UnsafePointer<Float>, at offset: Int, count: Int) {
    for sample in 0..<count {
      let from = values + sample * units * positions
      let to = centered.start + (offset + sample) * units * positions
      for position in 0..<positions {
        for unit in 0..<units {
          to[position &* units &+ unit] = from[unit &* positions &+ position] - shift.start[unit]
        }
      }
    }
  }

  func addSums(samples: Int) {
    for number in 0..<samples * positions {
      let row = centered.start + number * units
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
