/// One way to compute one convolution of a graph, for images of one size.
///
/// `ConvolutionPass` lays windows out as columns for OpenBLAS; `BlockedConvolution` calls oneDNN.
/// Everything outside is samples × channels × height × width.
protocol ConvolutionKernel {
  /// The numbers of scratch that passes over up to so many samples take.
  func scratchCount(samples: Int, training: Bool) -> Int

  /// y = w ∗ x + b, rectified where a rectifier is done in the same pass.
  ///
  /// - Parameters:
  ///   - bias: One for each output channel, where there are any.
  ///   - output: count × outputs × positions.
  /// - Returns: Whether all of it was computed.
  func forward(
    _ operands: ConvolutionOperands, bias: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, scratch: ConvolutionScratch, stop: StopSignal?
  ) -> Bool

  /// The gradients of weight, bias and input.
  ///
  /// - Parameter outputGradient: count × outputs × positions.
  /// - Returns: Whether all of it was computed.
  func backward(
    _ operands: ConvolutionOperands, outputGradient: UnsafePointer<Float>,
    into gradients: ConvolutionGradients, scratch: ConvolutionScratch, stop: StopSignal?
  ) -> Bool
}

/// The weights of a convolution and what they are applied to.
struct ConvolutionOperands {
  var weight: UnsafePointer<Float>
  var input: UnsafePointer<Float>
  /// How many samples there are.
  var count: Int
}

/// Where the gradients of a convolution go.
struct ConvolutionGradients {
  /// Those of weight and bias are added to this share of what was there.
  var keep: Float
  var weight: UnsafeMutablePointer<Float>
  var bias: UnsafeMutablePointer<Float>?
  /// Nothing where it is not wanted.
  var input: UnsafeMutablePointer<Float>?
  /// Whether that of the input is added to what is there.
  var addsToInput: Bool
}

/// Memory that the convolutions of a workspace share, one after the other.
final class ConvolutionScratch {
  private var buffer: FloatBuffer
  var count: Int { buffer.count }

  /// - Parameter count: What is known to be needed.
  init(count: Int) { buffer = FloatBuffer(count: count) }

  /// So many numbers, aligned to 64 bytes, of no particular value.
  ///
  /// What kernels need for the blocks that they were asked about is there; it grows only where a
  /// smaller block at the end needs more than a whole one.
  func numbers(_ count: Int) -> UnsafeMutablePointer<Float> {
    if count > buffer.count { buffer = FloatBuffer(count: count) }
    return buffer.start
  }
}

/// A convolution at its place in a graph.
struct PlacedConvolution {
  var convolution: Convolution
  /// Channels × height × width of a sample before and after.
  var input: [Int]
  var output: [Int]
  /// Whether a bias is added.
  var hasBias: Bool
  /// Whether a rectifier is done in the same pass.
  var rectifies: Bool
  /// Whether what it reads wants a gradient.
  var passesGradient: Bool

  /// The kernel for a level: the one place where it is chosen.
  func kernel(at level: ConvolutionLevel) -> any ConvolutionKernel {
    let pass = ConvolutionPass(self)
    guard level.method != .im2col, suitsPlans else { return pass }
    return BlockedConvolution(self, level: level, reference: pass)
  }

  /// Multiply-adds of one sample.
  var work: Int {
    convolution.weightShape(channels: input[0]).reduce(1, *) * output[1] * output[2]
  }

  /// Whether oneDNN is asked at all.
  ///
  /// A plan runs through without looking at the stop signal: a sample that takes longer than 50 ms or
  /// so is left to products, which do. Machine code is made for each place of a window, and places in
  /// memory are counted in 32 bits.
  private var suitsPlans: Bool {
    let (mostWork, largestKernel, mostNumbers) = (1 << 32, 31, 1 << 28)
    return work <= mostWork && convolution.kernel <= largestKernel
      && [input, output, convolution.weightShape(channels: input[0])].allSatisfy {
        $0.reduce(1, *) <= mostNumbers
      }
  }
}
