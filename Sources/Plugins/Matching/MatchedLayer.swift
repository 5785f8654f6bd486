import Kernel

/// A layer that makes the units of a group, seen as one vector of weights per unit.
///
/// A convolution's unit has as many vectors of its input channels as its window has places.
struct MatchedLayer: Sendable {
  let node: Int
  let weight: Int
  let bias: Int
  /// The group that the layer's inputs belong to, if they can be permuted, and how many neighbouring
  /// inputs belong to one unit of it.
  let input: (group: Int, block: Int)?

  /// For each group of axes, in order, the layers that make its units.
  ///
  /// Throws where a layer's weights are neither a matrix nor windows over channels.
  static func all(of graph: Graph) throws(Failure) -> [[MatchedLayer]] {
    let groups = graph.axisGroups
    var inputs: [Int: (group: Int, block: Int)] = [:]
    for (index, group) in groups.enumerated() {
      for axis in group.axes where axis.axis == 1 {
        inputs[axis.parameter] = (index, axis.block)
      }
    }
    var result: [[MatchedLayer]] = []
    for group in groups {
      var layers: [MatchedLayer] = []
      for axis in group.axes
      where axis.axis == 0 && graph.parameters[axis.parameter].role == .weight {
        let parameter = graph.parameters[axis.parameter]
        guard [2, 4].contains(parameter.shape.count),
          let bias = graph.parameters.firstIndex(where: {
            $0.node == parameter.node && $0.role == .bias
          })
        else {
          throw Failure(
            .incompatible,
            "`\(parameter.name)` is \(shapeText(parameter.shape)), and units are matched in layers "
              + "of outputs x inputs and in convolutions, with a bias")
        }
        layers.append(
          MatchedLayer(
            node: parameter.node, weight: axis.parameter, bias: bias,
            input: inputs[axis.parameter], count: group.count,
            places: parameter.shape[2...].reduce(1, *)))
      }
      result.append(layers)
    }
    return result
  }

  /// How many units it makes.
  let count: Int
  /// The places of a window: 1 of a linear layer.
  let places: Int

  /// The layer that reads its units; throws where they are added to others first.
  func reader(in graph: Graph) throws(Failure) -> Int {
    var node = graph.activation(after: node)
    while let next = graph.nodes.firstIndex(where: { $0.inputs == [node] }) {
      switch graph.nodes[next].layer {
      case .linear, .convolution: return next
      default: node = next
      }
    }
    throw Failure(
      .incompatible,
      "the units of `\(graph.nodes[self.node].name)` are read by no layer of their own, but added to "
        + "others")
  }

  /// The order that a permutation puts the layer's inputs in, the 1 for the bias last; nothing where
  /// they stay.
  func inputOrder(_ permutation: NetworkPermutation) -> [Int]? {
    guard let input else { return nil }
    let sources = permutation.groups[input.group].sources
    let order = sources.flatMap { source in
      (0..<input.block).map { source * input.block + $0 }
    }
    return order + [order.count]
  }

  /// Weights and bias of each unit: units × (places · (inputs + 1)), the inputs in the given order.
  ///
  /// The bias counts once: at the middle of a window.
  func units(of network: Network, order: [Int]?) -> Matrix {
    let shape = network.graph.parameters[weight].shape
    let (units, inputs, places) = (shape[0], shape[1], places)
    let order = order ?? Array(0...inputs)
    var result = Matrix(rows: units, columns: places * (inputs + 1))
    network.parameters[weight].withBuffer { weights in
      network.parameters[bias].withBuffer { biases in
        result.values.withUnsafeMutableBufferPointer { to in
          for unit in 0..<units {
            for place in 0..<places {
              let start = (unit &* places &+ place) &* (inputs &+ 1)
              for input in 0..<inputs {
                to[start &+ input] = Double(
                  weights[(unit &* inputs &+ order[input]) &* places &+ place])
              }
              to[start &+ inputs] = place == places / 2 ? Double(biases[unit]) : 0
            }
          }
        }
      }
    }
    return result
  }
}

/// The distances of all pairs of units, d_ij = ½ s_ij ‖Fᵀ(w_i − w_j)‖², and the mapped units
/// themselves.
struct UnitDistances {
  private(set) var matrix: Matrix
  /// Fᵀw of both networks' units, one pair of matrices per layer.
  private var mapped: [(a: Matrix, b: Matrix, weights: Weights?)]

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
    mapped = [(left, right, weights)]
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

  /// The distances in which pairs of a dead unit and a live one, which cost nothing, come behind
  /// those of two dead ones, by a billionth of the largest: for who takes the cheapest pair first.
  var withDeadUnitsApart: Matrix {
    var result = matrix
    let least = 1e-9 * (matrix.values.max() ?? 0)
    for case .some(let weights) in mapped.map(\.weights)
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
    result.mapped += other.mapped
    return result
  }

  /// The sum of the distances of some pairs, each from its difference: the product above loses the
  /// digits of distances that are small beside the norms.
  func sum(_ columns: [Int]) -> Double {
    var total = 0.0
    for (a, b, weights) in mapped {
      for (row, column) in columns.enumerated() {
        let scale = weights.map { parallelSum($0.a[row], $0.b[column]) } ?? 1
        for place in 0..<a.columns {
          let difference =
            a.values[row * a.columns + place] - b.values[column * b.columns + place]
          total += 0.5 * scale * difference * difference
        }
      }
    }
    return total
  }
}

/// 1/(1/a + 1/b), and 0 where both are: two dead units cost nothing to merge.
func parallelSum(_ a: Double, _ b: Double) -> Double { a + b > 0 ? a * b / (a + b) : 0 }

extension InputMoment {
  /// The mean of what each unit below gives, where a unit gives several neighbours their mean.
  func unitMeans(_ units: Int) -> [Double] {
    let block = featureCount / units
    return (0..<units).map { unit in
      (0..<block).reduce(0) { sum, place in
        sum + matrix.values[(unit * block + place) * matrix.columns + featureCount]
      } / Double(block)
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
