import Foundation

/// How a network is trained: SGD with momentum on cross-entropy.
///
/// One step is V ← μV + ∇L + λw, w ← w − ηV, as PyTorch writes it.
public struct TrainingSettings: Hashable, Sendable {
  /// Passes over the data.
  public var epochs = 10
  /// Samples per step; a smaller last batch is used too.
  public var batch = 64
  public var learningRate = 0.01
  public var schedule = Schedule.fixed
  public var momentum = 0.9
  public var weightDecay = 0.0
  /// Stop after an epoch whose mean loss is at most this.
  public var stopLoss: Double?
  /// The share of labels drawn anew before training, uniformly over all classes.
  public var labelNoise = 0.0

  public init() {}

  /// How the learning rate changes.
  public enum Schedule: String, Hashable, Sendable, CaseIterable {
    case fixed
    /// Half a cosine from the full rate to zero over all steps (Loshchilov and Hutter 2017).
    case cosine
  }

  /// The learning rate of one step out of all.
  func rate(step: Int, of steps: Int) -> Float {
    switch schedule {
    case .fixed: Float(learningRate)
    case .cosine: Float(learningRate * 0.5 * (1 + cos(.pi * Double(step) / Double(max(steps, 1)))))
    }
  }
}

/// What one epoch of training measured, over the batches as they passed.
public struct EpochRecord: Hashable, Sendable, Codable {
  public var epoch: Int
  /// Mean cross-entropy.
  public var loss: Double
  /// Share of wrong predictions.
  public var error: Double
  public var seconds: Double

  public init(epoch: Int, loss: Double, error: Double, seconds: Double) {
    self.epoch = epoch
    self.loss = loss
    self.error = error
    self.seconds = seconds
  }
}

/// Where the training of one network stands: enough to go on as if it had never stopped.
public struct TrainingState: Hashable, Sendable {
  public var parameters: [Tensor]
  public var velocity: [Tensor]
  /// Whole epochs done.
  public var epoch = 0
  /// Batches of the current epoch done.
  public var batch = 0
  /// Of the current epoch so far.
  public var lossSum = 0.0
  public var errorCount = 0
  public var history: [EpochRecord] = []
  /// Whether the epochs are done or the loss was low enough.
  public var isFinished = false

  /// The state before the first step.
  public init(start: Network) {
    parameters = start.parameters
    velocity = start.graph.parameters.map { Tensor(shape: $0.shape) }
  }

  public init(parameters: [Tensor], velocity: [Tensor]) {
    self.parameters = parameters
    self.velocity = velocity
  }
}
