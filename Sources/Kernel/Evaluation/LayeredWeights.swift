/// The weights of n networks and of their average in the order that their permutations give.
///
/// Layer 0 is what reads the input; the average's weights are kept from layer 1 on. Every row and
/// column of the average is summed over the networks in order whenever it changes, so that it has
/// the same bits as if it were computed from scratch.
struct LayeredWeights: @unchecked Sendable {
  /// For each network the unit at each position of each hidden layer.
  private(set) var orders: [[[Int]]]
  /// The width of each hidden layer, and then the number of classes.
  let widths: [Int]
  /// For each network and layer from 1 its weights times its share of the average, outputs × inputs.
  private let own: [[[Float]]]
  private let ownBias: [[[Float]]]
  /// For each layer from 1 the average's weights, outputs × inputs, and biases.
  private(set) var average: [[Float]]
  private(set) var averageBias: [[Float]]

  /// - Parameter scales: The share of each network in the average.
  init(_ networks: [Network], permutations: [NetworkPermutation], scales: [Float]) {
    let layers = networks[0].graph.parameters.count / 2
    widths = Array(networks[0].graph.widths.dropFirst())
    own = zip(networks, scales).map { network, scale in
      (1..<layers).map { network.parameters[2 * $0].values.map { $0 * scale } }
    }
    ownBias = zip(networks, scales).map { network, scale in
      (1..<layers).map { network.parameters[2 * $0 + 1].values.map { $0 * scale } }
    }
    orders = []
    average = (1..<layers).map { networks[0].parameters[2 * $0].values }
    averageBias = (1..<layers).map { networks[0].parameters[2 * $0 + 1].values }
    set(permutations)
  }

  /// Goes to other permutations.
  mutating func set(_ permutations: [NetworkPermutation]) {
    orders = permutations.map { $0.groups.map(\.sources) }
    for layer in 1..<widths.count {
      for row in 0..<widths[layer] { sumRow(row, of: layer) }
    }
  }

  var permutations: [NetworkPermutation] {
    orders.map { groups in
      NetworkPermutation(
        groups: groups.map { order in
          guard let permutation = Permutation(order) else {
            preconditionFailure("swaps keep an order an order")
          }
          return permutation
        })
    }
  }

  /// Makes a move; made twice, everything is as it was.
  mutating func make(_ swaps: [Swap]) {
    for swap in swaps { orders[swap.network][swap.group].swapAt(swap.a, swap.b) }
    for swap in swaps {
      for position in [swap.a, swap.b] {
        if swap.group > 0 { sumRow(position, of: swap.group) }
        let column = sumColumn(position, of: swap.group + 1)
        let inputs = widths[swap.group]
        for (row, value) in column.enumerated() {
          average[swap.group][row * inputs + position] = value
        }
      }
    }
  }

  /// What unit `position` of hidden layer `layer` - 1 gives to each unit of `layer` in the average;
  /// with network `swapped`'s part from `other` instead.
  func sumColumn(
    _ position: Int, of layer: Int, swapping swapped: Int = -1, with other: Int = 0
  ) -> [Float] {
    let (outputs, inputs) = (widths[layer], widths[layer - 1])
    var result = [Float](repeating: 0, count: outputs)
    for network in orders.indices {
      let source = orders[network][layer - 1][network == swapped ? other : position]
      let values = own[network][layer - 1]
      if layer == widths.count - 1 {
        for row in 0..<outputs { result[row] += values[row * inputs + source] }
      } else {
        let rows = orders[network][layer]
        for row in 0..<outputs { result[row] += values[rows[row] * inputs + source] }
      }
    }
    return result
  }

  /// (W̃_i[b] − W̃_i[a])/n of a swap above layer 0, by the inputs' positions, and likewise the bias.
  func difference(of swap: Swap) -> (weights: [Float], bias: Float) {
    let inputs = widths[swap.group - 1]
    let values = own[swap.network][swap.group - 1]
    let order = orders[swap.network][swap.group]
    let (a, b) = (order[swap.a] * inputs, order[swap.b] * inputs)
    let bias = ownBias[swap.network][swap.group - 1]
    return (
      orders[swap.network][swap.group - 1].map { values[b + $0] - values[a + $0] },
      bias[order[swap.b]] - bias[order[swap.a]]
    )
  }

  private mutating func sumRow(_ row: Int, of layer: Int) {
    let inputs = widths[layer - 1]
    var (sum, bias) = ([Float](repeating: 0, count: inputs), Float(0))
    for network in orders.indices {
      let source = layer == widths.count - 1 ? row : orders[network][layer][row]
      let columns = orders[network][layer - 1]
      own[network][layer - 1].withUnsafeBufferPointer { values in
        for column in 0..<inputs { sum[column] += values[source * inputs + columns[column]] }
      }
      bias += ownBias[network][layer - 1][source]
    }
    for column in 0..<inputs { average[layer - 1][row * inputs + column] = sum[column] }
    averageBias[layer - 1][row] = bias
  }

  /// No number of any order of the units in a layer after one whose activations have at most this
  /// length is larger than what is returned: by Cauchy and Schwarz, layer by layer.
  func bound(ofActivations length: Double) -> Double {
    var bound = length
    for layer in 1..<widths.count {
      var (weights, bias) = (0.0, 0.0)
      for network in orders.indices {
        weights += Self.length(of: own[network][layer - 1])
        bias += Self.length(of: ownBias[network][layer - 1])
      }
      bound = max(bound, bound * weights + bias)
    }
    return bound
  }

  static func length(of values: [Float]) -> Double {
    values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
  }
}

/// What a swap changes in the layer above it, and in its own where that is not the first.
struct PreparedSwap: Sendable {
  let swap: Swap
  /// For each unit of the next layer what multiplies new a, new b, old a and old b.
  let next: [Float]
  /// (W̃_i[b] − W̃_i[a])/n and the same of the bias; empty in layer 0.
  let difference: [Float]
  let shift: Float

  init(_ swap: Swap, _ weights: LayeredWeights) {
    self.swap = swap
    let layer = swap.group + 1
    let columns = [
      weights.sumColumn(swap.a, of: layer, swapping: swap.network, with: swap.b),
      weights.sumColumn(swap.b, of: layer, swapping: swap.network, with: swap.a),
      weights.sumColumn(swap.a, of: layer).map { -$0 },
      weights.sumColumn(swap.b, of: layer).map { -$0 },
    ]
    next = (0..<weights.widths[layer]).flatMap { row in columns.map { $0[row] } }
    (difference, shift) = swap.group > 0 ? weights.difference(of: swap) : ([], 0)
  }
}
