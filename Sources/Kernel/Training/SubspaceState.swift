/// How a line or a simplex of networks is trained; see `SubspaceTrainer`.
public struct SubspaceSettings: Hashable, Sendable {
  /// Passes over the data.
  public var epochs = 3
  /// Samples per step; a smaller last batch is used too.
  public var batch = 64
  public var learningRate = 0.001
  public var momentum = 0.9
  /// λ, at every corner.
  public var weightDecay = 0.0
  /// What the squared cosine of two corners weighs beside the cross-entropy.
  public var beta = 1.0
  /// Where α is drawn from, for two corners.
  public var alpha: ClosedRange<Double> = 0...1

  public init() {}
}

/// Where the training of a subspace stands: enough to go on as if it had never stopped.
public struct SubspaceState: Hashable, Sendable {
  /// For each corner, one tensor per entry of `graph.parameters`.
  public var corners: [[Tensor]]
  public var velocities: [[Tensor]]
  /// Whole epochs done.
  public var epoch = 0
  /// Batches of the current epoch done.
  public var batch = 0
  /// Of the current epoch so far.
  public var lossSum = 0.0
  public var errorCount = 0
  /// Loss and error of the drawn points, epoch by epoch.
  public var history: [EpochRecord] = []
  /// The mean of the corners on the training data: at the start and after each epoch.
  public var centreScores: [Score] = []
  /// How long the training had taken, scoring included, when each of these was there; the first
  /// counts as the beginning.
  public var centreSeconds: [Double] = []
  /// How long the training has taken.
  public var seconds = 0.0

  /// The state before the first step.
  public init(corners: [Network]) {
    self.corners = corners.map(\.parameters)
    velocities = corners.map { $0.graph.parameters.map { Tensor(shape: $0.shape) } }
  }

  public init(corners: [[Tensor]], velocities: [[Tensor]]) {
    self.corners = corners
    self.velocities = velocities
  }

  /// The corners as networks; throws where they are for another architecture.
  public func networks(of graph: Graph) throws(Failure) -> [Network] {
    try corners.map { tensors throws(Failure) in
      try Network(graph: graph, parameters: tensors)
    }
  }

  /// How much of all epochs is done, 0...1.
  public func share(of settings: SubspaceSettings, samples: Int) -> Double {
    if epoch >= settings.epochs { return 1 }
    let batches = (samples + settings.batch - 1) / settings.batch
    return (Double(epoch) + Double(batch) / Double(max(batches, 1))) / Double(settings.epochs)
  }
}
