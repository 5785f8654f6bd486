/// The mean of x̃x̃ᵀ over a data set, where x̃ is what a layer reads with a 1 appended.
///
/// A convolution reads channels: the mean is over all positions of all images, and every place of its
/// windows is taken to see the same channels alike. For a linear layer and a quadratic cost this is the Hessian of every unit's weights and bias
/// (He, Liu, Tao 2018, arXiv:1805.09370): how much a change of weights changes the outputs.
///
/// Goals, in order: 1 the same bits for any number of threads (samples are added in chunks of a
/// fixed size, in order; threads share tiles of the result); 2 sums in 64 bits, with products of
/// 32-bit floats in between only over 256 samples and about a mean, where their rounding is below
/// 1e-6 of the variances; 3 speed: one product per chunk and tile.
public struct InputMoment: Hashable, Sendable {
  /// (features + 1) × (features + 1); the last row and column belong to the 1.
  public var matrix: Matrix

  public init(matrix: Matrix) { self.matrix = matrix }

  /// How many numbers the layer reads from a sample, the 1 not counted.
  public var featureCount: Int { matrix.rows - 1 }

  /// That of some neighbouring inputs alone, as one group of a convolution reads them, and the 1.
  public func part(_ features: Range<Int>) -> InputMoment {
    guard features != 0..<featureCount else { return self }
    let places = Array(features) + [featureCount]
    return InputMoment(
      matrix: Matrix(
        rows: places.count, columns: places.count,
        values: places.flatMap { row in places.map { matrix[row, $0] } }))
  }
}

extension Network {
  /// The input moments of some linear layers and convolutions, in the order asked for.
  ///
  /// One forward pass over the data; activations are those of scoring, without dropout. Throws where
  /// the data do not fit, an activation is not finite, or `stop` is raised.
  ///
  /// - Parameters:
  ///   - nodes: The graph's nodes, each of them a linear layer or a convolution.
  ///   - samples: Which samples to use, all where none are named.
  public func inputMoments(
    of nodes: [Int], on data: DataSet, samples: [Int]? = nil, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) throws(Failure) -> [InputMoment] {
    try checkTakes(data)
    let sources = nodes.map { MomentSource(of: $0, in: graph) }
    // The sums, the moments made of them, and the chunk of samples that is added.
    let bytes = sources.reduce(0) { sum, source in
      let features = source.features
      return sum + 16 * features * features
        + 4 * MomentSums.blocksPerChunk * graph.scoringBlock * source.positions * features
    }
    try Memory.check(
      bytes, for: "the moments of the layers' inputs",
      advice: "their size is the square of a layer's width: match narrower networks")
    var sums = MomentSums(network: self, sources: sources, data: data, samples: samples, stop: stop)
    while sums.next < sums.sampleCount {
      sums.addChunk(pool: pool)
      if stop.isRaised {
        throw Failure(.stopped, "stopped while the activations on \(data.name) were summed")
      }
    }
    let moments = sources.indices.map { sums.moment($0) }
    guard moments.allSatisfy({ $0.matrix.values.allSatisfy(\.isFinite) }) else {
      try checkFinite()
      throw Failure(.notFinite, "an activation on \(data.name) is not a finite number")
    }
    return moments
  }
}

/// What a layer reads: the node that gives it, and how that is cut into vectors.
struct MomentSource: Hashable, Sendable {
  let node: Int
  /// Numbers of a vector: all of a sample for a linear layer, its channels for a convolution.
  let features: Int
  /// Vectors of a sample.
  let positions: Int

  init(of reader: Int, in graph: Graph) {
    node = graph.nodes[reader].inputs[0]
    // A convolution in groups has fewer columns than there are channels.
    features =
      graph.shapes[node].count == 1 ? graph.featureCount(of: node) : graph.unitCount(of: node)
    positions = graph.featureCount(of: node) / features
  }
}

/// Sums over the samples so far.
private struct MomentSums {
  /// Blocks of the forward pass in a chunk, to be shared among threads.
  static let blocksPerChunk = 8
  /// Samples that are added in 32 bits: rounding of equal terms adds up in one direction, so few.
  static let runSize = 256
  /// Rows and columns of a tile, whose sums fit in a second-level cache.
  static let tileSize = 256

  let graph: Graph
  let weights: SharedWeights
  let data: DataSet
  let samples: [Int]?
  let sampleCount: Int
  /// The first sample that is not in the sums yet.
  private(set) var next = 0
  /// Once it is raised the sums are of no use, and nothing more is added.
  private let stop: StopSignal
  private var sources: [SourceSums] = []
  private let scratch: ScratchPool<Workspace>
  private let gathered: ScratchPool<FloatBuffer>
  private let tiles: ScratchPool<FloatBuffer>
  /// Samples of a forward pass.
  private let block: Int

  init(
    network: Network, sources: [MomentSource], data: DataSet, samples: [Int]?, stop: StopSignal
  ) {
    let graph = network.graph
    self.graph = graph
    self.data = data
    self.samples = samples
    self.stop = stop
    weights = SharedWeights(network)
    sampleCount = samples?.count ?? data.count
    block = graph.scoringBlock
    let capacity = min(block, sampleCount)
    let features = graph.featureCount(of: 0)
    scratch = ScratchPool { Workspace(graph: graph, capacity: capacity, stop: stop) }
    gathered = ScratchPool { FloatBuffer(count: capacity * features) }
    tiles = ScratchPool { FloatBuffer(count: Self.tileSize * Self.tileSize) }
    let chunk = min(Self.blocksPerChunk * block, sampleCount)
    self.sources = sources.map { SourceSums($0, capacity: chunk) }
    setShifts()
  }

  /// The mean of the first block, which every sample is taken relative to: then constant pixels
  /// give exact zeros, and the products have the size of variances.
  private mutating func setShifts() {
    let count = min(block, sampleCount)
    forEachValue(first: 0, count: count) { index, values in
      sources[index].setShift(values, count: count)
    }
  }

  /// Adds the next samples.
  mutating func addChunk(pool: WorkPool) {
    let first = next
    let count = min(Self.blocksPerChunk * block, sampleCount - first)
    let copy = self
    pool.run(count: (count + block - 1) / block) { number in
      if copy.stop.isRaised { return }
      let offset = number * copy.block
      let size = min(copy.block, count - offset)
      copy.forEachValue(first: first + offset, count: size) { index, values in
        copy.sources[index].center(values, at: offset, count: size)
      }
    }
    var work: [(source: Int, tile: Tile)] = []
    for (index, source) in sources.enumerated() {
      work += source.tiles.map { (index, $0) }
    }
    let items = work
    pool.run(count: items.count) { item in
      if copy.stop.isRaised { return }
      let (source, tile) = items[item]
      copy.tiles.use { copy.sources[source].add(tile, samples: count, scratch: $0.start) }
    }
    next += count
  }

  func moment(_ index: Int) -> InputMoment { sources[index].moment(sampleCount: sampleCount) }

  /// Hands over what each source node gives for some samples: count × features.
  private func forEachValue(
    first: Int, count: Int, _ body: (Int, UnsafePointer<Float>) -> Void
  ) {
    let features = graph.featureCount(of: 0)
    func run(_ input: UnsafePointer<Float>) {
      // Nothing need be computed where only the input itself is asked for.
      if sources.allSatisfy({ graph.readsInput($0.node) }) {
        for index in sources.indices { body(index, input) }
        return
      }
      scratch.use { workspace in
        _ = workspace.forward(weights.buffer, input: input, count: count)
        for (index, source) in sources.enumerated() {
          body(index, workspace.value(of: source.node))
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

extension Graph {
  /// Whether a node's output is the network's input, unchanged but for its shape.
  func readsInput(_ node: Int) -> Bool {
    switch nodes[node].layer {
    case .input: true
    case .flatten, .dropout: readsInput(nodes[node].inputs[0])
    case .linear, .convolution, .relu, .gelu, .maxPool, .averagePool, .globalAveragePool, .add,
      .batchNorm, .layerNorm, .groupNorm:
      false
    }
  }
}

/// A tile of the upper triangle.
private struct Tile: Sendable {
  var row: Int
  var column: Int
}

/// The sums of one source node.
///
/// Tiles and blocks write apart from each other, which is why the
/// memory may be shared between threads.
private struct SourceSums: @unchecked Sendable {
  private let source: MomentSource
  var node: Int { source.node }
  var features: Int { source.features }
  private var positions: Int { source.positions }
  private let memory: Memory
  let tiles: [Tile]

  private final class Memory {
    let shift: FloatBuffer
    /// The samples of the chunk, relative to the shift.
    let centered: FloatBuffer
    /// Σ (x − shift)(x − shift)ᵀ, upper triangle by tiles.
    var products: UnsafeMutablePointer<Double>
    /// Σ (x − shift).
    var sums: UnsafeMutablePointer<Double>

    init(features: Int, capacity: Int) {
      shift = FloatBuffer(count: features)
      centered = FloatBuffer(count: features * capacity)
      products = .allocate(capacity: features * features)
      products.initialize(repeating: 0, count: features * features)
      sums = .allocate(capacity: features)
      sums.initialize(repeating: 0, count: features)
    }

    deinit {
      products.deallocate()
      sums.deallocate()
    }
  }

  init(_ source: MomentSource, capacity: Int) {
    self.source = source
    let features = source.features
    memory = Memory(features: features, capacity: capacity * source.positions)
    let places = stride(from: 0, to: features, by: MomentSums.tileSize)
    tiles = places.flatMap { row in
      places.filter { $0 >= row }.map { Tile(row: row, column: $0) }
    }
  }

  func setShift(_ values: UnsafePointer<Float>, count: Int) {
    var sums = [Double](repeating: 0, count: features)
    for sample in 0..<count {
      let own = values + sample * features * positions
      for feature in 0..<features {
        for position in 0..<positions {
          sums[feature] += Double(own[feature * positions + position])
        }
      }
    }
    for feature in 0..<features {
      memory.shift.start[feature] = Float(sums[feature] / Double(count * positions))
    }
  }

  func center(_ values: UnsafePointer<Float>, at offset: Int, count: Int) {
    let shift = memory.shift.start
    for sample in 0..<count {
      let from = values + sample * features * positions
      let to = memory.centered.start + (offset + sample) * features * positions
      for position in 0..<positions {
        for feature in 0..<features {
          to[position &* features &+ feature] =
            from[feature &* positions &+ position] - shift[feature]
        }
      }
    }
  }

  /// Adds the chunk's products of one tile; the first tile of each row also the sums.
  func add(_ tile: Tile, samples: Int, scratch: UnsafeMutablePointer<Float>) {
    let width = MomentSums.tileSize
    let rows = min(width, features - tile.row)
    let columns = min(width, features - tile.column)
    let vectors = samples * positions
    for first in stride(from: 0, to: vectors, by: MomentSums.runSize) {
      let count = min(MomentSums.runSize, vectors - first)
      let x = memory.centered.start + first * features
      if tile.row == tile.column {
        Products.gram(
          rows: count, columns: rows, x + tile.row, strideX: features, into: scratch,
          strideC: width)
        addSums(x + tile.row, from: tile.row, columns: rows, samples: count)
      } else {
        Products.multiply(
          rows: rows, columns: columns, inner: count,
          x + tile.row, .transposed, strideA: features, x + tile.column, strideB: features,
          into: scratch, strideC: width)
      }
      for row in 0..<rows {
        let from = scratch + row * width
        let to = memory.products + (tile.row + row) * features + tile.column
        let start = tile.row == tile.column ? row : 0
        for column in start..<max(start, columns) { to[column] += Double(from[column]) }
      }
    }
  }

  private func addSums(
    _ x: UnsafePointer<Float>, from first: Int, columns: Int, samples: Int
  ) {
    let sums = memory.sums + first
    for sample in 0..<samples {
      let row = x + sample * features
      for column in 0..<columns { sums[column] += Double(row[column]) }
    }
  }

  /// E[x̃x̃ᵀ] with x = s + e: E[eeᵀ] + s E[e]ᵀ + E[e] sᵀ + s sᵀ, and the means beside it.
  func moment(sampleCount: Int) -> InputMoment {
    let size = features + 1
    let scale = 1 / Double(sampleCount * positions)
    let shift = (0..<features).map { Double(memory.shift.start[$0]) }
    let offset = (0..<features).map { memory.sums[$0] * scale }
    var matrix = Matrix(rows: size, columns: size)
    matrix.values.withUnsafeMutableBufferPointer { to in
      for row in 0..<features {
        for column in row..<features {
          let value =
            memory.products[row &* features &+ column] * scale
            + (shift[row] * offset[column] + offset[row] * shift[column])
            + shift[row] * shift[column]
          to[row &* size &+ column] = value
          to[column &* size &+ row] = value
        }
        to[row &* size &+ features] = shift[row] + offset[row]
        to[features &* size &+ row] = shift[row] + offset[row]
      }
      to[features * size + features] = 1
    }
    return InputMoment(matrix: matrix)
  }
}
