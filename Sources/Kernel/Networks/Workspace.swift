internal import CVector

/// Memory and order of work for running one graph on up to `capacity` samples at a time.
///
/// Node outputs are samples × features. A rectifier that alone reads a linear layer shares its
/// memory and is done in the same pass as the bias; a flatten is another name for its input.
/// Belongs to one task.
final class Workspace {
  let graph: Graph
  let capacity: Int
  /// What each node's output is called in memory: its own number, or that of the node it shares.
  private let home: [Int]
  /// For each linear node, whether its rectifier is fused into it.
  private let rectified: [Bool]
  private let outputs: [FloatBuffer?]
  private let gradients: [FloatBuffer?]
  private let masks: [FloatBuffer?]
  private var input: UnsafePointer<Float>?
  /// Looked at between the layers and inside their products; where it is raised a pass ends there,
  /// and what it gives is no result.
  private let stop: StopSignal?
  /// Whether the last pass ended early.
  private(set) var wasCut = false

  init(graph: Graph, capacity: Int, training: Bool = false, stop: StopSignal? = nil) {
    self.graph = graph
    self.stop = stop
    self.capacity = capacity
    var home = Array(graph.nodes.indices)
    var rectified = [Bool](repeating: false, count: graph.nodes.count)
    for (index, node) in graph.nodes.enumerated() {
      switch node.layer {
      case .flatten, .dropout: home[index] = home[node.inputs[0]]
      case .relu:
        home[index] = home[node.inputs[0]]
        rectified[home[index]] = true
      case .input, .linear: break
      }
    }
    self.home = home
    self.rectified = rectified
    func buffers(where wanted: (Int) -> Bool) -> [FloatBuffer?] {
      graph.nodes.indices.map { node in
        wanted(node) ? FloatBuffer(count: capacity * graph.featureCount(of: node)) : nil
      }
    }
    outputs = buffers { home[$0] == $0 && $0 > 0 }
    gradients = training ? buffers { home[$0] == $0 && $0 > 0 } : []
    masks =
      training
      ? buffers { if case .dropout = graph.nodes[$0].layer { true } else { false } } : []
  }

  /// The logits of `count` samples: count × classes, valid until the next call.
  ///
  /// - Parameters:
  ///   - input: count × features; must stay valid until `backward`.
  ///   - dropout: A stream for the masks, in training; without one dropout does nothing.
  func forward(
    _ parameters: ParameterBuffer, input: UnsafePointer<Float>, count: Int,
    dropout: RandomStream? = nil
  ) -> UnsafePointer<Float> {
    precondition(count <= capacity, "\(count) samples in a workspace for \(capacity)")
    self.input = input
    wasCut = false
    var stream = dropout
    for (index, node) in graph.nodes.enumerated() {
      if cutsHere() { break }
      switch node.layer {
      case .linear(let units):
        linear(parameters, node: index, units: units, count: count)
      case .dropout(let rate):
        if var drawing = stream, let output = outputs[home[index]], let mask = masks[index] {
          let size = count * graph.featureCount(of: index)
          fill(mask: mask, count: size, rate: rate, from: &drawing)
          basin_multiply(output.start, mask.start, size)
          stream = drawing
        }
      case .input, .flatten, .relu: break
      }
    }
    return value(of: graph.nodes.count - 1)
  }

  /// The output of a node after `forward`, count × features, after its fused rectifier.
  func value(of node: Int) -> UnsafePointer<Float> {
    if let output = outputs[home[node]] { return UnsafePointer(output.start) }
    guard let input else { preconditionFailure("a node was read before the forward pass") }
    return input
  }

  /// Adds this batch's gradient to `gradient`, which first keeps the share `keep` of what it held.
  ///
  /// With `keep` the momentum, `gradient` is the velocity of SGD and no separate pass over the
  /// weights is needed: V ← μV + dW is what the matrix product does anyway.
  /// Returns the sum of the samples' losses and the number of wrong ones.
  func backward(
    _ parameters: ParameterBuffer, labels: UnsafePointer<UInt8>, count: Int,
    keep: Float, into gradient: ParameterBuffer, dropped: Bool = false
  ) -> (loss: Double, errors: Int) {
    let last = home[graph.nodes.count - 1]
    guard let top = gradients[last] else {
      preconditionFailure("a backward pass in a workspace that is not for training")
    }
    var loss = 0.0
    var errors = 0
    basin_cross_entropy(
      value(of: last), labels, count, graph.classCount, top.start, 1 / Float(count), &loss, &errors)
    for index in graph.nodes.indices.reversed() {
      if cutsHere() { break }
      let node = graph.nodes[index]
      switch node.layer {
      case .linear(let units):
        linearBackward(
          parameters, node: index, units: units, count: count, keep: keep, into: gradient)
      case .dropout:
        if dropped, let dy = gradients[home[index]], let mask = masks[index] {
          basin_multiply(dy.start, mask.start, count * graph.featureCount(of: index))
        }
      case .relu:
        if let dy = gradients[home[index]], let y = outputs[home[index]] {
          basin_rectify_backward(dy.start, y.start, count * graph.featureCount(of: index))
        }
      case .input, .flatten: break
      }
    }
    return (loss, errors)
  }

  /// Whether the pass ends before the next layer; notes it.
  private func cutsHere() -> Bool {
    if let stop, stop.isRaised { wasCut = true }
    return wasCut
  }

  // MARK: - Layers

  /// y = x Wᵀ + b, rectified where a rectifier follows.
  private func linear(_ parameters: ParameterBuffer, node: Int, units: Int, count: Int) {
    guard let output = outputs[node] else { return }
    let source = graph.nodes[node].inputs[0]
    let features = graph.featureCount(of: source)
    let weight = graph.firstParameter(of: node)
    let isWhole = Products.multiply(
      rows: count, columns: units, inner: features,
      value(of: source), strideA: features,
      parameters[weight], .transposed, strideB: features,
      into: output.start, strideC: units, stop: stop)
    guard isWhole else {
      wasCut = true
      return
    }
    basin_add_bias(output.start, parameters[weight + 1], count, units, rectified[node] ? 1 : 0)
  }

  /// dW = dyᵀ x, db = Σ dy, dx = dy W.
  private func linearBackward(
    _ parameters: ParameterBuffer, node: Int, units: Int, count: Int, keep: Float,
    into gradient: ParameterBuffer
  ) {
    guard let dy = gradients[node] else { return }
    let source = graph.nodes[node].inputs[0]
    let features = graph.featureCount(of: source)
    let weight = graph.firstParameter(of: node)
    let isWhole = Products.multiply(
      rows: units, columns: features, inner: count,
      dy.start, .transposed, strideA: units,
      value(of: source), strideB: features,
      keep: keep, into: gradient[weight], strideC: features, stop: stop)
    guard isWhole else {
      wasCut = true
      return
    }
    basin_column_sums(gradient[weight + 1], keep, dy.start, count, units)
    // No gradient is wanted for the network's input.
    guard home[source] > 0, let dx = gradients[home[source]] else { return }
    let isPassedOn = Products.multiply(
      rows: count, columns: features, inner: units,
      dy.start, strideA: units,
      parameters[weight], strideB: features,
      into: dx.start, strideC: features, stop: stop)
    if !isPassedOn { wasCut = true }
  }

  /// A mask of 0 with the given rate and 1/(1 − rate) otherwise.
  private func fill(mask: FloatBuffer, count: Int, rate: Double, from stream: inout RandomStream) {
    let kept = Float(1 / (1 - rate))
    // Two 32-bit draws from each word.
    let threshold = UInt32(rate * 0x1p32)
    for pair in 0..<(count + 1) / 2 {
      let word = stream.next()
      mask.start[2 * pair] = UInt32(truncatingIfNeeded: word) < threshold ? 0 : kept
      if 2 * pair + 1 < count {
        mask.start[2 * pair + 1] = UInt32(truncatingIfNeeded: word >> 32) < threshold ? 0 : kept
      }
    }
  }
}
