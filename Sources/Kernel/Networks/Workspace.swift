internal import CVector

/// Memory and order of work for running one graph on up to `capacity` samples at a time.
///
/// Node outputs are samples × features. A rectifier or dropout that alone reads a node works in that
/// node's memory, and a rectifier there is done in the same pass as the bias of a linear layer or a
/// convolution, or as a batch normalization; a flatten is another name for its input. Belongs to one
/// task.
final class Workspace {
  let graph: Graph
  let capacity: Int
  /// Where nodes lie in memory.
  private let layout: WorkspaceLayout
  private let outputs: [FloatBuffer?]
  private let gradients: [FloatBuffer?]
  private let masks: [FloatBuffer?]
  private let convolutions: [(any ConvolutionKernel)?]
  private let normalizations: [NormalizationPass?]
  private let scratch: ConvolutionScratch
  private var input: UnsafePointer<Float>?
  /// For each node that has memory, whether a reader has written its gradient in this pass.
  private var hasGradient: [Bool]
  /// Looked at between the layers and inside their products; where it is raised a pass ends there,
  /// and what it gives is no result.
  private let stop: StopSignal?
  /// Whether the last pass ended early.
  private(set) var wasCut = false

  /// What the passes of a workspace are for.
  enum Mode {
    /// Results: batch normalizations take their running statistics.
    case evaluation
    /// The statistics of a batch, which batch normalizations take, and no gradients.
    case statistics
    /// Gradients, with the statistics of the batch.
    case training
  }

  /// - Parameters:
  ///   - convolution: How convolutions are computed.
  ///   - keepsMean: The batch normalizations that change the variance alone.
  init(
    graph: Graph, capacity: Int, mode: Mode = .evaluation, stop: StopSignal? = nil,
    convolution: ConvolutionLevel = NumericLevel.current.convolution, keepsMean: Set<Int> = []
  ) {
    self.graph = graph
    self.stop = stop
    self.capacity = capacity
    let layout = WorkspaceLayout(graph, mode: mode, convolution: convolution)
    self.layout = layout
    func buffers(where wanted: (Int) -> Bool) -> [FloatBuffer?] {
      graph.nodes.indices.map { node in
        wanted(node) ? FloatBuffer(count: capacity * graph.featureCount(of: node)) : nil
      }
    }
    outputs = buffers { layout.ownsMemory($0) }
    if mode == .training {
      let (places, features) = layout.gradientPlaces()
      let pieces = features.map { FloatBuffer(count: capacity * $0) }
      gradients = places.map { place in place.map { pieces[$0] } }
      masks = buffers { if case .dropout = graph.nodes[$0].layer { true } else { false } }
    } else {
      (gradients, masks) = ([], [])
    }
    convolutions = layout.convolutions()
    normalizations = graph.nodes.enumerated().map { index, node in
      NormalizationPass(
        node.layer, shape: graph.shapes[index], capacity: capacity,
        usesOwnStatistics: mode != .evaluation, keepsMean: keepsMean.contains(index))
    }
    scratch = ConvolutionScratch(
      count: layout.scratchCount(of: convolutions, samples: capacity))
    hasGradient = [Bool](repeating: false, count: graph.nodes.count)
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
      let size = count * graph.featureCount(of: index)
      if layout.isCopy[index], let output = outputs[index] {
        output.start.update(from: value(of: node.inputs[0]), count: size)
      }
      switch node.layer {
      case .linear(let units):
        linear(parameters, node: index, units: units, count: count)
      case .convolution: convolution(parameters, node: index, count: count)
      case .relu:
        if !layout.isDone[index], let output = outputs[layout.home[index]] {
          basin_rectify(output.start, size)
        }
      case .gelu:
        guard let output = outputs[index] else { break }
        basin_gelu(output.start, value(of: node.inputs[0]), size)
      case .batchNorm, .layerNorm, .groupNorm:
        guard let output = outputs[layout.home[index]] else { break }
        normalizations[index]?.forward(
          arrays(of: index, in: parameters), input: value(of: node.inputs[0]), count: count,
          rectifies: layout.isRectified[index], into: output.start)
      case .dropout(let rate):
        if var drawing = stream, let output = outputs[layout.home[index]], let mask = masks[index] {
          fill(mask: mask, count: size, rate: rate, from: &drawing)
          basin_multiply(output.start, mask.start, size)
          stream = drawing
        }
      case .maxPool(let window):
        withWindows(window, node: index) {
          guard let output = outputs[index] else { return }
          basin_max_pool(output.start, value(of: node.inputs[0]), $0, count * $1)
        }
      case .averagePool(let window):
        withWindows(window, node: index) {
          guard let output = outputs[index] else { return }
          basin_average_pool(output.start, value(of: node.inputs[0]), $0, count * $1)
        }
      case .globalAveragePool:
        guard let output = outputs[index] else { break }
        let positions = count * graph.featureCount(of: node.inputs[0]) / max(size, 1)
        basin_channel_sums(output.start, 0, value(of: node.inputs[0]), 1, size, positions)
        for place in 0..<size { output.start[place] /= Float(positions) }
      case .add:
        guard let output = outputs[index] else { break }
        basin_sum(output.start, value(of: node.inputs[0]), value(of: node.inputs[1]), size)
      case .input, .flatten: break
      }
    }
    return value(of: graph.nodes.count - 1)
  }

  /// The output of a node after `forward`, count × features, after what works in its memory.
  func value(of node: Int) -> UnsafePointer<Float> {
    if let output = outputs[layout.home[node]] { return UnsafePointer(output.start) }
    guard let input else { preconditionFailure("a node was read before the forward pass") }
    return input
  }

  /// Adds this batch's gradient to `gradient`, which first keeps the share `keep` of what it held.
  ///
  /// With `keep` the momentum, `gradient` is the velocity of SGD and no separate pass over the
  /// weights is needed: V ← μV + dW is what the matrix product does anyway.
  /// Returns the sum of the samples' losses and the number of wrong ones.
  ///
  /// - Parameter batch: The samples that the loss is the mean of, where there are more than these.
  func backward(
    _ parameters: ParameterBuffer, labels: UnsafePointer<UInt8>, count: Int, of batch: Int? = nil,
    keep: Float, into gradient: ParameterBuffer, dropped: Bool = false
  ) -> (loss: Double, errors: Int) {
    let last = layout.home[graph.nodes.count - 1]
    guard let top = gradients[last] else {
      preconditionFailure("a backward pass in a workspace that is not for training")
    }
    var loss = 0.0
    var errors = 0
    basin_cross_entropy(
      value(of: last), labels, count, graph.classCount, top.start, 1 / Float(batch ?? count), &loss,
      &errors)
    for index in hasGradient.indices { hasGradient[index] = index == last }
    for index in graph.nodes.indices.reversed() {
      if cutsHere() { break }
      backward(
        parameters, node: index, count: count, keep: keep, into: gradient, dropped: dropped)
    }
    return (loss, errors)
  }

  /// One node's part of the backward pass.
  private func backward(
    _ parameters: ParameterBuffer, node index: Int, count: Int, keep: Float,
    into gradient: ParameterBuffer, dropped: Bool
  ) {
    let (node, home) = (graph.nodes[index], layout.home[index])
    guard let dy = gradients[home] else { return }
    let size = count * graph.featureCount(of: index)
    // What nobody reads has no part in the loss.
    if !hasGradient[home] { clear(home, count: count) }
    switch node.layer {
    case .linear(let units):
      linearBackward(
        parameters, node: index, units: units, count: count, keep: keep, into: gradient)
    case .convolution:
      convolutionBackward(parameters, node: index, count: count, keep: keep, into: gradient)
    case .dropout:
      if dropped, let mask = masks[index] { basin_multiply(dy.start, mask.start, size) }
    case .relu:
      if let y = outputs[home] { basin_rectify_backward(dy.start, y.start, size) }
    case .gelu:
      passBack(to: node.inputs[0]) { dx, adds in
        if let dx {
          basin_gelu_backward(dx, adds ? 1 : 0, dy.start, value(of: node.inputs[0]), size)
        }
      }
    case .batchNorm, .layerNorm, .groupNorm:
      passBack(to: node.inputs[0]) { dx, adds in
        normalizations[index]?.backward(
          arrays(of: index, in: parameters), input: value(of: node.inputs[0]),
          outputGradient: dy.start, count: count, keep: keep,
          gradients: arrays(of: index, in: gradient), inputGradient: dx, adds: adds)
      }
    case .maxPool(let window):
      withWindows(window, node: index) {
        guard let dx = gradientToAddTo(node.inputs[0], count: count) else { return }
        basin_max_pool_backward(dx, dy.start, value(of: node.inputs[0]), $0, count * $1)
      }
    case .averagePool(let window):
      withWindows(window, node: index) {
        guard let dx = gradientToAddTo(node.inputs[0], count: count) else { return }
        basin_average_pool_backward(dx, dy.start, $0, count * $1)
      }
    case .globalAveragePool:
      guard let dx = gradientToAddTo(node.inputs[0], count: count) else { break }
      let positions = count * graph.featureCount(of: node.inputs[0]) / max(size, 1)
      for place in 0..<size {
        let share = dy.start[place] / Float(positions)
        let own = dx + place * positions
        for position in 0..<positions { own[position] += share }
      }
    case .add: for source in node.inputs { add(dy, toGradientOf: source, count: count) }
    case .input, .flatten: break
    }
    if layout.isCopy[index] { add(dy, toGradientOf: node.inputs[0], count: count) }
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
    basin_add_bias(
      output.start, parameters[weight + 1], count, units, layout.isRectified[node] ? 1 : 0)
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
    let home = layout.home[source]
    guard let dx = gradients[home] else { return }
    let isPassedOn = Products.multiply(
      rows: count, columns: features, inner: units,
      dy.start, strideA: units,
      parameters[weight], strideB: features,
      keep: hasGradient[home] ? 1 : 0, into: dx.start, strideC: features, stop: stop)
    hasGradient[home] = true
    if !isPassedOn { wasCut = true }
  }

  /// The arrays of a normalization.
  private func arrays(of node: Int, in parameters: ParameterBuffer) -> NormalizationPass.Arrays {
    let first = graph.firstParameter(of: node)
    let isOfBatches = if case .batchNorm = graph.nodes[node].layer { true } else { false }
    return NormalizationPass.Arrays(
      gamma: parameters[first], beta: parameters[first + 1],
      running: isOfBatches ? (parameters[first + 2], parameters[first + 3]) : nil)
  }

  /// Moves the running statistics of batch normalizations towards those of the last batch.
  ///
  /// - Parameter share: How much the batch counts; 1 puts its own in their place.
  func updateRunningStatistics(_ parameters: ParameterBuffer, share: Double = Layer.runningShare) {
    for index in graph.nodes.indices {
      normalizations[index]?.updateRunning(arrays(of: index, in: parameters), share: share)
    }
  }

  /// The statistics of the last batch at a batch normalization that took them.
  func batchMoments(of node: Int) -> UnitMoments? { normalizations[node]?.measured }

  private func convolution(_ parameters: ParameterBuffer, node: Int, count: Int) {
    guard let output = outputs[node], let kernel = convolutions[node] else { return }
    let weight = graph.firstParameter(of: node)
    let isWhole = kernel.forward(
      ConvolutionOperands(
        weight: parameters[weight], input: value(of: graph.nodes[node].inputs[0]), count: count),
      bias: hasBias(node) ? parameters[weight + 1] : nil, into: output.start, scratch: scratch,
      stop: stop)
    if !isWhole { wasCut = true }
  }

  private func convolutionBackward(
    _ parameters: ParameterBuffer, node: Int, count: Int, keep: Float,
    into gradient: ParameterBuffer
  ) {
    guard let dy = gradients[node], let kernel = convolutions[node] else { return }
    let source = graph.nodes[node].inputs[0]
    let home = layout.home[source]
    let weight = graph.firstParameter(of: node)
    let isWhole = kernel.backward(
      ConvolutionOperands(weight: parameters[weight], input: value(of: source), count: count),
      outputGradient: dy.start,
      into: ConvolutionGradients(
        keep: keep, weight: gradient[weight], bias: hasBias(node) ? gradient[weight + 1] : nil,
        input: gradients[home]?.start, addsToInput: hasGradient[home]),
      scratch: scratch, stop: stop)
    hasGradient[home] = true
    if !isWhole { wasCut = true }
  }

  private func hasBias(_ node: Int) -> Bool {
    graph.parameterIndex(of: node, role: .bias) != nil
  }

  /// The windows of a pooling layer, and how many channels it has.
  private func withWindows(
    _ window: PoolingWindow, node: Int, _ body: (UnsafePointer<basin_windows>, Int) -> Void
  ) {
    let (input, output) = (graph.shapes[graph.nodes[node].inputs[0]], graph.shapes[node])
    let windows = basin_windows(
      height: input[1], width: input[2], out_height: output[1], out_width: output[2],
      size: window.size, stride: window.stride, padding: window.padding)
    withUnsafePointer(to: windows) { body($0, input[0]) }
  }

  // MARK: - Gradients of what several nodes read

  private func clear(_ home: Int, count: Int) {
    gradients[home]?.start.update(repeating: 0, count: count * graph.featureCount(of: home))
    hasGradient[home] = true
  }

  /// The gradient of a node, zero where nobody has written it; nothing for the network's input.
  private func gradientToAddTo(_ node: Int, count: Int) -> UnsafeMutablePointer<Float>? {
    let home = layout.home[node]
    guard let gradient = gradients[home] else { return nil }
    if !hasGradient[home] { clear(home, count: count) }
    return gradient.start
  }

  /// Hands over where the gradient of a node goes, and whether it is to be added to what is there.
  private func passBack(
    to node: Int, _ body: (_ gradient: UnsafeMutablePointer<Float>?, _ adds: Bool) -> Void
  ) {
    let home = layout.home[node]
    body(gradients[home]?.start, hasGradient[home])
    hasGradient[home] = true
  }

  private func add(_ dy: FloatBuffer, toGradientOf node: Int, count: Int) {
    let home = layout.home[node]
    guard let gradient = gradients[home] else { return }
    let size = count * graph.featureCount(of: home)
    if hasGradient[home] {
      basin_sum(gradient.start, gradient.start, dy.start, size)
    } else {
      gradient.start.update(from: dy.start, count: size)
      hasGradient[home] = true
    }
  }

  // MARK: - Dropout

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
