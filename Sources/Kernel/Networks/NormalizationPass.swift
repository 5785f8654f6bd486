internal import CVector

/// A normalization of one node, with the statistics of its last pass, which its backward pass needs.
final class NormalizationPass {
  /// What the statistics are of.
  private enum Kind {
    /// Each channel, over samples and positions; of the batch, or running ones.
    case batch(usesOwnStatistics: Bool)
    /// Each sample, in groups of channels.
    case sample(groups: Int)
  }

  private let kind: Kind
  /// Whether the mean of the batch stays in the place of β.
  private let keepsMean: Bool
  private let epsilon: Double
  private let channels: Int
  private let positions: Int
  private let means: FloatBuffer
  /// 1 / √(variance + ε).
  private let inverses: FloatBuffer
  private let variances: FloatBuffer
  private let scale: FloatBuffer
  private let shift: FloatBuffer
  /// How many numbers each statistic of the last pass is of.
  private var measuredCount = 0

  /// - Parameters:
  ///   - shape: Of one sample.
  ///   - usesOwnStatistics: Whether a batch normalization takes the statistics of the batch.
  ///   - keepsMean: Whether it leaves the mean as it is and changes the variance alone.
  /// - Returns: Nothing where the layer is no normalization.
  init?(
    _ layer: Layer, shape: [Int], capacity: Int, usesOwnStatistics: Bool, keepsMean: Bool = false
  ) {
    self.keepsMean = keepsMean
    let size = shape.reduce(1, *)
    switch layer {
    case .batchNorm(let epsilon):
      kind = .batch(usesOwnStatistics: usesOwnStatistics)
      (self.epsilon, channels) = (epsilon, shape[0])
    case .layerNorm(let epsilon):
      kind = .sample(groups: 1)
      (self.epsilon, channels) = (epsilon, size)
    case .groupNorm(let groups, let epsilon):
      kind = .sample(groups: groups)
      (self.epsilon, channels) = (epsilon, shape[0])
    default: return nil
    }
    positions = size / channels
    let statistics = Self.statisticCount(layer, channels: channels, capacity: capacity)
    means = FloatBuffer(count: statistics)
    inverses = FloatBuffer(count: statistics)
    (variances, scale, shift) = (
      FloatBuffer(count: channels), FloatBuffer(count: channels), FloatBuffer(count: channels)
    )
  }

  private static func statisticCount(_ layer: Layer, channels: Int, capacity: Int) -> Int {
    switch layer {
    case .layerNorm: capacity
    case .groupNorm(let groups, _): capacity * groups
    default: channels
    }
  }

  /// The numbers that a pass keeps beside its results.
  static func numberCount(_ layer: Layer, shape: [Int], capacity: Int) -> Int {
    guard layer.isNormalization else { return 0 }
    let channels = if case .layerNorm = layer { shape.reduce(1, *) } else { shape[0] }
    return 2 * statisticCount(layer, channels: channels, capacity: capacity) + 3 * channels
  }

  /// The arrays of the layer.
  struct Arrays {
    var gamma: UnsafeMutablePointer<Float>
    var beta: UnsafeMutablePointer<Float>
    /// Of a batch normalization.
    var running: (mean: UnsafeMutablePointer<Float>, variance: UnsafeMutablePointer<Float>)?
  }

  /// - Parameters:
  ///   - output: May be the input, unless statistics are the batch's or the sample's own.
  ///   - rectifies: Whether max(y, 0) is taken; of batch normalizations alone.
  func forward(
    _ arrays: Arrays, input: UnsafePointer<Float>, count: Int, rectifies: Bool,
    into output: UnsafeMutablePointer<Float>
  ) {
    switch kind {
    case .sample(let groups):
      withSizes(groups: groups, count: count) {
        basin_group_norm(
          output, input, arrays.gamma, arrays.beta, Float(epsilon), $0, means.start,
          inverses.start)
      }
    case .batch(let usesOwnStatistics):
      if usesOwnStatistics {
        basin_channel_moments(input, count, channels, positions, means.start, variances.start)
        measuredCount = count * positions
      } else if let running = arrays.running {
        means.start.update(from: running.mean, count: channels)
        variances.start.update(from: running.variance, count: channels)
      }
      for channel in 0..<channels {
        let inverse = 1 / (Double(variances.start[channel]) + epsilon).squareRoot()
        let factor = Double(arrays.gamma[channel]) * inverse
        inverses.start[channel] = Float(inverse)
        scale.start[channel] = Float(factor)
        let mean = Double(means.start[channel])
        let target = keepsMean ? mean : Double(arrays.beta[channel])
        shift.start[channel] = Float(target - factor * mean)
      }
      basin_channel_affine(
        output, input, scale.start, shift.start, count, channels, positions, rectifies ? 1 : 0)
    }
  }

  /// The gradients of γ and β, added to the share `keep` of what they held, and that of the input.
  ///
  /// - Parameters:
  ///   - input: What the forward pass read.
  ///   - inputGradient: Nothing where it is not wanted.
  ///   - adds: Whether it is added to.
  func backward(
    _ arrays: Arrays, input: UnsafePointer<Float>, outputGradient: UnsafePointer<Float>,
    count: Int, keep: Float, gradients: Arrays, inputGradient: UnsafeMutablePointer<Float>?,
    adds: Bool
  ) {
    switch kind {
    case .sample(let groups):
      withSizes(groups: groups, count: count) {
        basin_group_norm_backward(
          inputGradient, adds ? 1 : 0, outputGradient, input, means.start, inverses.start,
          arrays.gamma, keep, gradients.gamma, gradients.beta, $0)
      }
    case .batch:
      basin_batch_norm_backward(
        inputGradient, adds ? 1 : 0, outputGradient, input, means.start, inverses.start,
        arrays.gamma, keep, gradients.gamma, gradients.beta, count, channels, positions)
    }
  }

  /// The statistics of the last pass of a batch normalization that takes those of the batch.
  ///
  /// As PyTorch has it: batches are normalized by their mean square, and what is kept estimates the
  /// variance of what they were drawn from.
  var measured: UnitMoments? {
    guard case .batch(usesOwnStatistics: true) = kind, measuredCount > 0 else { return nil }
    let correction = Double(measuredCount) / Double(max(measuredCount - 1, 1))
    return UnitMoments(
      means: (0..<channels).map { Double(means.start[$0]) },
      variances: (0..<channels).map { Double(variances.start[$0]) * correction })
  }

  /// Moves running statistics towards those of the last pass.
  ///
  /// - Parameter share: How much the last pass counts; 1 puts it in their place.
  func updateRunning(_ arrays: Arrays, share: Double) {
    guard let measured, let running = arrays.running else { return }
    for channel in 0..<channels {
      let (mean, variance) = (measured.means[channel], measured.variances[channel])
      running.mean[channel] += Float(share * (mean - Double(running.mean[channel])))
      running.variance[channel] += Float(share * (variance - Double(running.variance[channel])))
    }
  }

  private func withSizes(
    groups: Int, count: Int, _ body: (UnsafePointer<basin_norm_sizes>) -> Void
  ) {
    let sizes = basin_norm_sizes(
      samples: count, groups: groups, channels: channels, positions: positions)
    withUnsafePointer(to: sizes, body)
  }
}
