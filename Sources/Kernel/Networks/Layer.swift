/// What one node of a network computes, with what its shape depends on.
///
/// Images are channels × height × width, one sample after the other (NCHW).
public enum Layer: Hashable, Sendable {
  /// The network's input: the shape of one sample.
  case input(shape: [Int])
  /// All axes of a sample in one.
  case flatten
  /// `y = x Wᵀ + b`; W is outputs × inputs, as in PyTorch.
  case linear(outputs: Int)
  /// Sums of products over windows of an image, with a bias for each output channel.
  case convolution(Convolution)
  /// max(x, 0).
  case relu
  /// x Φ(x), Φ the normal distribution's (Hendrycks and Gimpel 2016, arXiv:1606.08415).
  case gelu
  /// Zeroes a share of the units in training and scales the rest by 1/(1 − rate).
  case dropout(rate: Double)
  /// The largest number of each window, channel by channel.
  case maxPool(PoolingWindow)
  /// The mean of each window, channel by channel.
  case averagePool(PoolingWindow)
  /// The mean of each channel; leaves one axis.
  case globalAveragePool
  /// The sum of two nodes of one shape, as where a residual branch joins its stream.
  case add
  /// γ (x − mean) / √(variance + ε) + β, channel by channel: in training with the mean and variance of
  /// the batch, otherwise with running ones (Ioffe and Szegedy 2015, arXiv:1502.03167).
  case batchNorm(epsilon: Double = Layer.usualEpsilon)
  /// The same with the mean and variance of all of a sample; γ and β for each of its numbers (Ba et al.
  /// 2016, arXiv:1607.06450).
  case layerNorm(epsilon: Double = Layer.usualEpsilon)
  /// The same with the mean and variance of each group of neighbouring channels of a sample; γ and β
  /// for each channel (Wu and He 2018, arXiv:1803.08494).
  case groupNorm(groups: Int, epsilon: Double = Layer.usualEpsilon)

  /// What normalizations add to a variance unless something else is said, as in PyTorch.
  public static let usualEpsilon = 1e-5
  /// The share that a batch's statistics have in the running ones after it, as in PyTorch.
  public static let runningShare = 0.1

  /// Whether it is a normalization, whose arrays have one number for each unit or place.
  public var isNormalization: Bool {
    switch self {
    case .batchNorm, .layerNorm, .groupNorm: true
    default: false
    }
  }

  /// Whether the layer's output has units of its own and not its input's.
  public var makesUnits: Bool {
    switch self {
    case .linear, .convolution: true
    case .input, .flatten, .relu, .gelu, .dropout, .maxPool, .averagePool, .globalAveragePool, .add,
      .batchNorm, .layerNorm, .groupNorm:
      false
    }
  }

  /// How many nodes it reads.
  var inputCount: Int {
    switch self {
    case .input: 0
    case .add: 2
    case .flatten, .linear, .convolution, .relu, .gelu, .dropout, .maxPool, .averagePool,
      .globalAveragePool, .batchNorm, .layerNorm, .groupNorm:
      1
    }
  }

  /// The shape of a sample after the layer; nil where it cannot follow the given ones.
  func shape(after inputs: [[Int]]) -> [Int]? {
    guard inputs.count == inputCount else { return nil }
    switch self {
    case .input(let shape): return ElementType.f32.byteCount(shape: shape) == nil ? nil : shape
    case .flatten: return [inputs[0].reduce(1, *)]
    case .relu, .gelu, .dropout, .layerNorm: return inputs[0]
    case .batchNorm: return [1, 3].contains(inputs[0].count) ? inputs[0] : nil
    case .groupNorm(let groups, _):
      return groups > 0 && inputs[0].first.map { $0 % groups == 0 } == true ? inputs[0] : nil
    case .linear(let outputs):
      // A matrix that no memory could hold is refused before anyone asks for it.
      guard inputs[0].count == 1, ElementType.f32.byteCount(shape: [outputs, inputs[0][0]]) != nil
      else { return nil }
      return [outputs]
    case .convolution(let convolution): return convolution.shape(after: inputs[0])
    case .maxPool(let window), .averagePool(let window): return window.shape(after: inputs[0])
    case .globalAveragePool: return inputs[0].count == 3 ? [inputs[0][0]] : nil
    case .add: return inputs[0] == inputs[1] ? inputs[0] : nil
    }
  }

  /// The arrays of the layer after such inputs: what each does, and its shape.
  func parameters(
    after inputs: [[Int]]
  ) -> [(role: Graph.Parameter.Role, shape: [Int])] {
    switch self {
    case .input, .flatten, .relu, .gelu, .dropout, .maxPool, .averagePool, .globalAveragePool, .add:
      []
    case .linear(let outputs): [(.weight, [outputs, inputs[0][0]]), (.bias, [outputs])]
    case .convolution(let convolution):
      [(.weight, convolution.weightShape(channels: inputs[0][0]))]
        + (convolution.hasBias ? [(.bias, [convolution.outputs])] : [])
    case .batchNorm:
      [Graph.Parameter.Role.weight, .bias, .runningMean, .runningVariance].map {
        ($0, [inputs[0][0]])
      }
    case .layerNorm: [(.weight, inputs[0]), (.bias, inputs[0])]
    case .groupNorm: [(.weight, [inputs[0][0]]), (.bias, [inputs[0][0]])]
    }
  }
}

/// The sizes of a two-dimensional convolution with square kernels.
///
/// The weight is outputs × (input channels / groups) × kernel × kernel, and nothing is mirrored, as
/// in PyTorch. Outside the image stand zeros.
public struct Convolution: Hashable, Sendable {
  /// Output channels.
  public var outputs: Int
  /// The side of the window.
  public var kernel: Int
  /// How far neighbouring windows are apart.
  public var stride: Int
  /// How many zeros stand on each side of the image.
  public var padding: Int
  /// Into how many groups both channels are cut; outputs of a group read inputs of the same group.
  public var groups: Int
  /// Whether there is a bias: a normalization that follows would take it away again.
  public var hasBias: Bool

  public init(
    outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, groups: Int = 1,
    hasBias: Bool = true
  ) {
    self.outputs = outputs
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.hasBias = hasBias
  }

  /// No larger size is taken from a file: sums of these do not overflow.
  static let largestSize = 1 << 16

  /// The shape of the weight for images of so many channels.
  func weightShape(channels: Int) -> [Int] { [outputs, channels / groups, kernel, kernel] }

  fileprivate func shape(after image: [Int]) -> [Int]? {
    guard image.count == 3, groups > 0, image[0] % groups == 0, outputs % groups == 0,
      [kernel, stride].allSatisfy({ 1...Self.largestSize ~= $0 }),
      0...Self.largestSize ~= padding, outputs > 0,
      ElementType.f32.byteCount(shape: weightShape(channels: image[0])) != nil
    else { return nil }
    let sides = image[1...].map { windowCount(in: $0 + 2 * padding, size: kernel, stride) }
    guard sides.allSatisfy({ $0 > 0 }),
      ElementType.f32.byteCount(shape: [outputs] + sides) != nil
    else { return nil }
    return [outputs] + sides
  }
}

/// The sizes of a square window that pools.
public struct PoolingWindow: Hashable, Sendable {
  public var size: Int
  /// How far neighbouring windows are apart.
  public var stride: Int
  /// How many places stand on each side of the image, at most half of a window.
  ///
  /// They are no numbers where the largest is taken, and zeros where the mean is.
  public var padding: Int

  /// - Parameter stride: As far as a window is wide, where nothing is given.
  public init(size: Int, stride: Int? = nil, padding: Int = 0) {
    self.size = size
    self.stride = stride ?? size
    self.padding = padding
  }

  fileprivate func shape(after image: [Int]) -> [Int]? {
    guard image.count == 3, size > 0, stride > 0, 0...size / 2 ~= padding else { return nil }
    let sides = image[1...].map { windowCount(in: $0 + 2 * padding, size: size, stride) }
    guard sides.allSatisfy({ $0 > 0 }),
      ElementType.f32.byteCount(shape: [image[0]] + sides) != nil
    else { return nil }
    return [image[0]] + sides
  }
}

/// How many windows fit on a side; what is left over at the end is not looked at.
private func windowCount(in side: Int, size: Int, _ stride: Int) -> Int {
  side < size ? 0 : (side - size) / stride + 1
}
