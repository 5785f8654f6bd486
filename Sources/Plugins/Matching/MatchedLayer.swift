import Kernel

/// A layer that makes the units of a group, seen as one vector of weights per unit.
///
/// A convolution's unit has as many vectors of its input channels as its window has places.
struct MatchedLayer: Sendable {
  let node: Int
  private let weight: Int
  /// The rows of the weight that make the group's units.
  let rows: Range<Int>
  /// What the rows read of the node below: the channels of their own group, in a convolution in
  /// groups.
  let columns: Range<Int>
  /// The places of a window: 1 of a linear layer.
  let places: Int
  /// Whether each unit reads the one channel that it belongs to itself.
  let isDepthwise: Bool
  /// The groups that the columns belong to, where they can be permuted.
  let inputs: [Input]
  /// The normalization that reads the layer, where one does.
  private let norm: Int?

  /// Neighbouring columns that belong to the units of a group.
  struct Input: Sendable {
    var group: Int
    /// How many neighbours belong to one unit.
    var block: Int
    var start: Int
  }

  /// The number of units that it makes.
  var count: Int { rows.count }

  /// For each group of axes, in order, the layers that make its units.
  ///
  /// Throws where a layer's weights are neither a matrix nor windows over channels.
  static func all(of graph: Graph) throws(Failure) -> [[MatchedLayer]] {
    let groups = graph.axisGroups
    var result: [[MatchedLayer]] = []
    for group in groups {
      var layers: [MatchedLayer] = []
      for axis in group.axes
      where axis.axis == 0 && graph.parameters[axis.parameter].role == .weight {
        let parameter = graph.parameters[axis.parameter]
        guard graph.nodes[parameter.node].layer.makesUnits else { continue }
        guard [2, 4].contains(parameter.shape.count) else {
          throw Failure(
            .incompatible,
            "`\(parameter.name)` is \(shapeText(parameter.shape)), and units are matched in layers "
              + "of outputs x inputs and in convolutions")
        }
        layers.append(
          MatchedLayer(axis.parameter, axis.entries(units: group.count), graph, groups))
      }
      result.append(layers)
    }
    return result
  }

  private init(_ weight: Int, _ rows: Range<Int>, _ graph: Graph, _ groups: [AxisGroup]) {
    let parameter = graph.parameters[weight]
    self.weight = weight
    self.rows = rows
    node = parameter.node
    places = parameter.shape[2...].reduce(1, *)
    norm = graph.nodes.firstIndex {
      $0.inputs == [parameter.node] && $0.layer.isNormalization
    }
    var inputs: [Input] = []
    for (index, group) in groups.enumerated() {
      for axis in group.axes where axis.parameter == weight && axis.axis == 1 {
        guard axis.rows?.contains(rows.lowerBound) ?? true else { continue }
        inputs.append(Input(group: index, block: axis.block, start: axis.start))
      }
    }
    self.inputs = inputs
    let count = parameter.shape[1]
    if case .convolution(let convolution) = graph.nodes[node].layer {
      let group = rows.lowerBound / (convolution.outputs / convolution.groups)
      columns = group * count..<(group + 1) * count
      isDepthwise =
        convolution.groups > 1 && convolution.groups == convolution.outputs && count == 1
    } else {
      (columns, isDepthwise) = (0..<count, false)
    }
  }

  /// Whether everything that it reads is matched, or never moves.
  func isReady(_ isMatched: [Bool]) -> Bool { inputs.allSatisfy { isMatched[$0.group] } }

  /// The first layer that reads its units, be it behind a sum with others.
  func reader(in graph: Graph) throws(Failure) -> Int {
    var carriers: Set<Int> = [node]
    for next in graph.nodes.indices.dropFirst(node + 1)
    where graph.nodes[next].inputs.contains(where: carriers.contains) {
      if graph.nodes[next].layer.makesUnits { return next }
      carriers.insert(next)
    }
    throw Failure(
      .incompatible, "no layer reads the units of `\(graph.nodes[node].name)`")
  }

  /// The order that a permutation puts the layer's inputs in, the 1 for the bias last; nothing where
  /// they stay.
  func inputOrder(_ permutation: NetworkPermutation) -> [Int]? {
    guard !inputs.isEmpty else { return nil }
    var order = Array(0...columns.count)
    for input in inputs {
      order.reorder(
        by: permutation.groups[input.group].sources, block: input.block, start: input.start)
    }
    return order
  }

  /// Weights and bias of each unit: units × (places · (inputs + 1)), the inputs in the given order.
  ///
  /// The bias counts once: at the middle of a window.
  func units(of network: Network, order: [Int]?) -> Matrix {
    let (inputs, places) = (columns.count, places)
    let order = order ?? Array(0...inputs)
    let (scale, bias) = folded(network)
    var result = Matrix(rows: count, columns: places * (inputs + 1))
    network.parameters[weight].withBuffer { weights in
      result.values.withUnsafeMutableBufferPointer { to in
        for (unit, row) in rows.enumerated() {
          for place in 0..<places {
            let start = (unit &* places &+ place) &* (inputs &+ 1)
            for input in 0..<inputs {
              to[start &+ input] =
                scale[unit]
                * Double(weights[(row &* inputs &+ order[input]) &* places &+ place])
            }
            to[start &+ inputs] = place == places / 2 ? bias[unit] : 0
          }
        }
      }
    }
    return result
  }

  /// What multiplies each unit's weights, and its bias, when a normalization that follows is part of
  /// the layer: γ/√(σ² + ε) and (b − μ) γ/√(σ² + ε) + β.
  ///
  /// Of layer and group norms γ and β alone: their means and variances are those of each sample. Where
  /// a unit has several of them, their mean.
  private func folded(_ network: Network) -> (scale: [Double], bias: [Double]) {
    let graph = network.graph
    func values(_ node: Int, _ role: Graph.Parameter.Role) -> [Double]? {
      guard let index = graph.parameterIndex(of: node, role: role) else { return nil }
      let tensor = network.parameters[index]
      let block = tensor.count / graph.unitCount(of: node)
      return tensor.withBuffer { buffer in
        rows.map { unit in
          (unit * block..<(unit + 1) * block).reduce(0) { $0 + Double(buffer[$1]) }
            / Double(block)
        }
      }
    }
    let zeros = [Double](repeating: 0, count: count)
    let ones = [Double](repeating: 1, count: count)
    let bias = values(node, .bias) ?? zeros
    guard let norm else { return (ones, bias) }
    var scale = values(norm, .weight) ?? ones
    if case .batchNorm(let epsilon) = graph.nodes[norm].layer {
      let variances = values(norm, .runningVariance) ?? ones
      scale = zip(scale, variances).map { $0 / ($1 + epsilon).squareRoot() }
    }
    let (means, shifts) = (values(norm, .runningMean) ?? zeros, values(norm, .bias) ?? zeros)
    return (
      scale,
      (0..<count).map { (bias[$0] - means[$0]) * scale[$0] + shifts[$0] }
    )
  }
}

/// The distances of all pairs of units, d_ij = ½ s_ij ‖Fᵀ(w_i − w_j)‖², and the mapped units
/// themselves.
struct UnitDistances {
  private(set) var matrix: Matrix
  private var parts: [Part]

  /// What one layer gives to the distances.
  private enum Part {
    /// Both networks' mapped units.
    case mapped(a: Matrix, b: Matrix, weights: Weights?)
    /// The distances themselves, each from its difference.
    case pairs(Matrix)
  }

  /// Two numbers per pair of units, whose parallel sum is s_ij; without them it is 1.
  typealias Weights = (a: [Double], b: [Double])

  /// - Parameter root: F: (inputs + 1) × rank, where F Fᵀ is the metric; of a convolution that of
  ///   every place of its window.
  init(_ a: Matrix, _ b: Matrix, root: Matrix, pool: WorkPool, stop: StopSignal? = nil) {
    func mapped(_ units: Matrix) -> Matrix {
      let vectors = units.reshaped(rows: units.values.count / root.rows)
      return Matrix.product(vectors, root, pool: pool, stop: stop).reshaped(rows: units.rows)
    }
    self.init(mapped(a), mapped(b), pool: pool, stop: stop)
  }

  /// Of units that are mapped already; of no use once `stop` is raised.
  init(
    _ left: Matrix, _ right: Matrix, weights: Weights? = nil, pool: WorkPool,
    stop: StopSignal? = nil
  ) {
    parts = [.mapped(a: left, b: right, weights: weights)]
    // ½ ‖x‖² + ½ ‖y‖² − x·y: one product and the norms.
    matrix = Matrix.product(left, .asStored, right, .transposed, pool: pool, stop: stop)
    let (normsA, normsB) = (left.halfSquaredNorms, right.halfSquaredNorms)
    matrix.fillRows(pool: pool, stop: stop) { row, values in
      for column in values.indices {
        let distance = max(0, normsA[row] + normsB[column] - values[column])
        values[column] =
          weights.map { distance * parallelSum($0.a[row], $0.b[column]) } ?? distance
      }
    }
  }

  /// Of a depthwise convolution, where each pair of units has a metric of its own: that of the one
  /// channel that each reads.
  ///
  /// - Parameters:
  ///   - a: Units × (places · 2), the bias beside the weight of each place; `b` likewise.
  ///   - moments: Of what both networks' layers read.
  ///   - isDiagonal: Whether the moment's mean counts as 0.
  init(
    depthwise a: Matrix, _ b: Matrix, moments: (a: InputMoment, b: InputMoment),
    isDiagonal: Bool, pool: WorkPool, stop: StopSignal? = nil
  ) {
    func channels(_ moment: InputMoment) -> [ChannelMoment] {
      (0..<moment.featureCount).map { channel in
        ChannelMoment(
          square: moment.matrix[channel, channel],
          mean: isDiagonal ? 0 : moment.matrix[channel, moment.featureCount])
      }
    }
    let (first, second) = (channels(moments.a), channels(moments.b))
    var distances = Matrix(rows: a.rows, columns: b.rows)
    distances.fillRows(pool: pool, stop: stop) { row, values in
      for column in values.indices {
        let metric = first[row].parallelSum(with: second[column])
        var sum = 0.0
        for place in stride(from: 0, to: a.columns, by: 2) {
          let weight = a[row, place] - b[column, place]
          let bias = a[row, place + 1] - b[column, place + 1]
          sum +=
            metric.square * weight * weight + 2 * metric.mean * weight * bias
            + metric.one * bias * bias
        }
        values[column] = max(0, sum / 2)
      }
    }
    parts = [.pairs(distances)]
    matrix = distances
  }

  /// The distances in which pairs of a dead unit and a live one, which cost nothing, come behind
  /// those of two dead ones, by a billionth of the largest: for who takes the cheapest pair first.
  var withDeadUnitsApart: Matrix {
    var result = matrix
    let least = 1e-9 * (matrix.values.max() ?? 0)
    for case .mapped(_, _, let weights?) in parts
    where weights.a.contains(0) && weights.b.contains(0) {
      for row in 0..<matrix.rows {
        for column in 0..<matrix.columns where (weights.a[row] == 0) != (weights.b[column] == 0) {
          result.values[row * matrix.columns + column] += least
        }
      }
    }
    return result
  }

  /// The distances of two layers together, where both make the units of one group.
  func adding(_ other: UnitDistances) -> UnitDistances {
    var result = self
    for index in matrix.values.indices { result.matrix.values[index] += other.matrix.values[index] }
    result.parts += other.parts
    return result
  }

  /// The sum of the distances of some pairs, each from its difference: the product above loses the
  /// digits of distances that are small beside the norms.
  func sum(_ columns: [Int]) -> Double {
    var total = 0.0
    for part in parts {
      switch part {
      case .pairs(let distances):
        for (row, column) in columns.enumerated() { total += distances[row, column] }
      case .mapped(let a, let b, let weights):
        for (row, column) in columns.enumerated() {
          let scale = weights.map { parallelSum($0.a[row], $0.b[column]) } ?? 1
          for place in 0..<a.columns {
            let difference =
              a.values[row * a.columns + place] - b.values[column * b.columns + place]
            total += 0.5 * scale * difference * difference
          }
        }
      }
    }
    return total
  }
}

/// [[square, mean], [mean, one]]: the moments of one channel with a 1 appended.
private struct ChannelMoment {
  var square: Double
  var mean: Double
  var one = 1.0

  /// A (A + B)⁺ B, as `Matrix.parallelSumRoot` takes it: what is below its tolerance counts as zero.
  func parallelSum(with other: ChannelMoment) -> ChannelMoment {
    let (square, one) = (square + other.square, one + other.one)
    let mean = mean + other.mean
    // A constant zero has no weight that matters.
    guard square > 0 else {
      return ChannelMoment(square: 0, mean: 0, one: self.one * other.one / one)
    }
    let determinant = square * one - mean * mean
    guard determinant > 4e-6 * square * one else {
      // Both are multiples of one vector's square.
      let share = self.one / one * (1 - self.one / one)
      return ChannelMoment(square: share * square, mean: share * mean, one: share * one)
    }
    // The inverse of the sum times B.
    let columns = (
      (one * other.square - mean * other.mean, square * other.mean - mean * other.square),
      (one * other.mean - mean * other.one, square * other.one - mean * other.mean)
    )
    return ChannelMoment(
      square: (self.square * columns.0.0 + self.mean * columns.0.1) / determinant,
      mean: (self.square * columns.1.0 + self.mean * columns.1.1) / determinant,
      one: (self.mean * columns.1.0 + self.one * columns.1.1) / determinant)
  }
}

/// 1/(1/a + 1/b), and 0 where both are: two dead units cost nothing to merge.
func parallelSum(_ a: Double, _ b: Double) -> Double { a + b > 0 ? a * b / (a + b) : 0 }

extension InputMoment {
  /// The size of the mean of what each of so many units below gives, its neighbours together.
  ///
  /// Of a unit that may be negative, too: what stands for a matrix of moments is no less than 0.
  func unitMeans(_ units: Int) -> [Double] {
    let block = featureCount / units
    return (0..<units).map { unit in
      let sum = (0..<block).reduce(0) { sum, place in
        sum + matrix.values[(unit * block + place) * matrix.columns + featureCount]
      }
      return abs(sum) / Double(block)
    }
  }
}

extension Matrix {
  /// What stands on the diagonal.
  var diagonal: [Double] { (0..<rows).map { values[$0 * columns + $0] } }

  /// Each column times a number; where there are more columns, the numbers begin anew.
  func scaled(columns factors: [Double]) -> Matrix {
    var result = self
    for place in result.values.indices { result.values[place] *= factors[place % factors.count] }
    return result
  }

  /// The same numbers in so many rows.
  fileprivate func reshaped(rows: Int) -> Matrix {
    Matrix(rows: rows, columns: values.count / max(rows, 1), values: values)
  }

  /// Half the squared length of each row.
  fileprivate var halfSquaredNorms: [Double] {
    (0..<rows).map { row in
      values[row * columns..<(row + 1) * columns].reduce(0) { $0 + $1 * $1 } / 2
    }
  }
}
