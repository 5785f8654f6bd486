internal import CVector

/// What a network scores on a data set.
public struct Score: Hashable, Sendable {
  /// Mean cross-entropy.
  public var loss: Double
  /// How many predictions are wrong; a prediction is the first of the largest logits.
  public var errorCount: Int
  /// How many samples were looked at.
  public var count: Int

  public init(loss: Double, errorCount: Int, count: Int) {
    self.loss = loss
    self.errorCount = errorCount
    self.count = count
  }

  /// The share of wrong predictions, 1 − top-1 accuracy.
  public var error: Double { Double(errorCount) / Double(max(count, 1)) }
  /// The share of right predictions, from the counts: 1 − error would be rounded twice.
  public var accuracy: Double { Double(count - errorCount) / Double(max(count, 1)) }

  /// The loss or the error.
  public func value(of metric: Metric) -> Double { metric == .loss ? loss : error }
}

/// What a barrier is measured in.
public enum Metric: String, Hashable, Sendable, CaseIterable {
  /// Mean cross-entropy.
  case loss
  /// 1 − top-1 accuracy, a share.
  case error
}

/// How many samples are computed at once: enough for a product to run at full speed, few enough for
/// the activations of wide layers to stay near the processor.
///
/// Fixed, so that sums over blocks have the same bits on every machine and at any number of
/// threads.
let scoringBlock = 512

extension Graph {
  /// How many samples are computed at once: fewer where each has the activations of images.
  ///
  /// It depends on the graph alone, for the same reason.
  var scoringBlock: Int {
    if isPerceptron { return Kernel.scoringBlock }
    // 4 MiB of activations, which stay near the processor; more where the weights are many, that are
    // laid out once for each block: four numbers for each of them, up to 256 MiB. A power of two.
    let features = max(WorkspaceLayout(self).featureCount, 1)
    let most = max(min(max(1 << 20, 4 * parameterCount), 1 << 26) / features, 1)
    return min(Kernel.scoringBlock, 1 << (Int.bitWidth - 1 - most.leadingZeroBitCount))
  }
}

extension Network {
  /// Loss and error on a data set.
  ///
  /// Blocks of samples are shared among the pool's threads and their sums added in block order.
  ///
  /// - Throws: `stopped` where `stop` was raised before every sample was seen.
  public func score(
    on data: DataSet, pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> Score {
    try checkTakes(data)
    // Rectifiers turn a NaN into a zero, so that the loss alone would not show one.
    try checkFinite(stop: stop)
    let partial = blocks(of: data, pool: pool, stop: stop) { _, logits, labels, count in
      var loss = 0.0
      var errors = 0
      basin_cross_entropy(logits, labels, count, graph.classCount, nil, 0, &loss, &errors)
      return (loss, errors)
    }
    guard !stop.isRaised else {
      throw Failure(.stopped, "stopped before every sample of \(data.name) was seen")
    }
    let loss = partial.reduce(0) { $0 + $1.0 } / Double(data.count)
    guard loss.isFinite else {
      throw Failure(.notFinite, "the loss on \(data.name) is not a finite number")
    }
    return Score(loss: loss, errorCount: partial.reduce(0) { $0 + $1.1 }, count: data.count)
  }

  /// The logits of every sample: samples × classes.
  ///
  /// - Throws: `shapeMismatch`, or `stopped` where `stop` was raised before every sample was seen.
  public func logits(
    on data: DataSet, pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> Tensor {
    try checkTakes(data)
    let logits = logits(of: data.inputs, pool: pool, stop: stop)
    guard !stop.isRaised else {
      throw Failure(.stopped, "stopped before every sample of \(data.name) was seen")
    }
    return logits
  }

  /// The logits of inputs of the graph's sample shape, samples × classes.
  ///
  /// Of no use once `stop` is raised.
  public func logits(
    of inputs: Tensor, pool: WorkPool = .shared, stop: StopSignal? = nil
  ) -> Tensor {
    let count = inputs.shape[0]
    let unlabelled = DataSet(
      name: "inputs", inputs: inputs, labels: [UInt8](repeating: 0, count: count), classCount: 1)
    let classes = graph.classCount
    var result = Tensor(shape: [count, classes])
    result.withMutableBuffer { buffer in
      guard let start = buffer.baseAddress else { return }
      // Each block writes rows of its own, so that the logits are held once.
      let target = SharedRows(start: start)
      _ = blocks(of: unlabelled, pool: pool, stop: stop) { first, logits, _, count in
        (target.start + first * classes).update(from: logits, count: count * classes)
      }
    }
    return result
  }

  /// Throws where the data have another shape or more classes than the network.
  public func checkTakes(_ data: DataSet) throws(Failure) {
    // The same numbers in another shape are the same to linear layers alone.
    guard
      graph.inputShape == data.sampleShape
        || graph.featureCount(of: 0) == data.sampleSize
          && (graph.isPerceptron || data.sampleShape.count == 1)
    else {
      throw Failure(
        .shapeMismatch,
        "the network takes samples of \(shapeText(graph.inputShape)), and \(data.name) has "
          + shapeText(data.sampleShape))
    }
    guard graph.classCount >= data.classCount else {
      throw Failure(
        .shapeMismatch,
        "the network has \(graph.classCount) classes, and \(data.name) has \(data.classCount)")
    }
    // Each thread computes a block.
    let samples = min(graph.scoringBlock, data.count)
    try Memory.check(
      WorkspaceLayout(graph).byteCount(samples: samples),
      for: "the activations of \(samples) samples", advice: "score a smaller network")
  }

  /// `body` of every block's first sample, logits, labels and count, in block order; of no use once
  /// `stop` is raised.
  private func blocks<Part: Sendable>(
    of data: DataSet, pool: WorkPool, stop: StopSignal? = nil,
    _ body: @Sendable (Int, UnsafePointer<Float>, UnsafePointer<UInt8>, Int) -> Part
  ) -> [Part] {
    let features = graph.featureCount(of: 0)
    let count = data.count
    let graph = graph
    let weights = SharedWeights(self)
    let length = graph.scoringBlock
    let scratch = ScratchPool {
      Workspace(graph: graph, capacity: min(length, count), stop: stop)
    }
    return pool.map(count: (count + length - 1) / length) { block in
      let first = block * length
      let size = min(length, count - first)
      return scratch.use { workspace in
        data.inputs.withBuffer { inputs in
          data.labels.withUnsafeBufferPointer { labels in
            guard let x = inputs.baseAddress, let y = labels.baseAddress else {
              preconditionFailure("an empty data set was not refused")
            }
            let logits = workspace.forward(
              weights.buffer, input: x + first * features, count: size)
            return body(first, logits, y + first, size)
          }
        }
      }
    }
  }
}

/// Weights that several threads read and nobody writes.
struct SharedWeights: @unchecked Sendable {
  let buffer: ParameterBuffer

  init(_ network: Network) { buffer = ParameterBuffer(reading: network) }
}

/// Where blocks write rows of their own.
private struct SharedRows: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>
}
