internal import CVector

/// A convolution of images of one size, as matrix products over windows laid out as columns (im2col).
///
/// For each group, with the windows of some samples side by side,
///
///     y = W X,   dW = dy Xᵀ,   dX = Wᵀ dy,
///
/// where X has a row for each weight of an output channel and a column for each window. How many
/// samples are laid out at once depends on the sizes alone: memory is bounded, and the bits are the
/// same with any number of threads. The plain reference, loops over every sum, is in the tests.
struct ConvolutionPass {
  let convolution: Convolution
  let channels: Int
  /// Windows of one sample.
  let positions: Int
  /// Samples that are laid out at once.
  let block: Int
  private let windows: basin_windows
  /// Rows of X, of one group.
  private let inner: Int
  private let inputSize: Int

  /// As many columns as a product needs to run at full speed; images with more of them are laid out
  /// one by one.
  private static let usualColumns = 256
  /// 32 MiB of columns: the most that several samples may take together.
  private static let mostNumbers = 1 << 23

  init(_ convolution: Convolution, input: [Int], output: [Int]) {
    self.convolution = convolution
    channels = input[0]
    inputSize = input.reduce(1, *)
    positions = output[1] * output[2]
    inner = convolution.weightShape(channels: channels).dropFirst().reduce(1, *)
    windows = basin_windows(
      height: input[1], width: input[2], out_height: output[1], out_width: output[2],
      size: convolution.kernel, stride: convolution.stride, padding: convolution.padding)
    let wanted = (Self.usualColumns + positions - 1) / positions
    block = max(1, min(wanted, Self.mostNumbers / (inner * positions)))
  }

  /// The numbers of scratch that columns take, and outputs with their channels first.
  func scratchCounts(samples: Int) -> (columns: Int, outputs: Int) {
    let samples = min(block, samples)
    return (
      inner * positions * samples, samples > 1 ? convolution.outputs * positions * samples : 0
    )
  }

  /// Memory that convolutions share, one after the other.
  struct Scratch {
    let columns: FloatBuffer
    let outputs: FloatBuffer
  }

  /// The weights and what they are applied to.
  struct Operands {
    var weight: UnsafeMutablePointer<Float>
    var input: UnsafePointer<Float>
    /// How many samples there are.
    var count: Int
  }

  /// y = w ∗ x + b, rectified where asked for; without the bias where there is none.
  ///
  /// - Parameter output: count × outputs × positions.
  /// - Returns: Whether all of it was computed.
  func forward(
    _ operands: Operands, bias: UnsafePointer<Float>?, rectifies: Bool,
    into output: UnsafeMutablePointer<Float>, scratch: Scratch, stop: StopSignal?
  ) -> Bool {
    let outputs = convolution.outputs
    let rows = outputs / convolution.groups
    for first in stride(from: 0, to: operands.count, by: block) {
      let samples = min(block, operands.count - first)
      let width = samples * positions
      let target = output + first * outputs * positions
      let product = samples > 1 ? scratch.outputs.start : target
      for group in 0..<convolution.groups {
        layOut(operands.input + first * inputSize, samples, group, scratch.columns.start)
        let isWhole = Products.multiply(
          rows: rows, columns: width, inner: inner,
          operands.weight + group * rows * inner, strideA: inner,
          scratch.columns.start, strideB: width,
          into: product + group * rows * width, strideC: width, stop: stop)
        guard isWhole else { return false }
      }
      basin_channel_bias(target, product, bias, samples, outputs, positions, rectifies ? 1 : 0)
    }
    return true
  }

  /// The gradients of weight and bias, added to the share `keep` of what they held, and that of the
  /// input, which is added to.
  ///
  /// - Parameter inputGradient: Nothing where it is not wanted.
  /// - Returns: Whether all of it was computed.
  func backward(
    _ operands: Operands, outputGradient: UnsafePointer<Float>, keep: Float,
    weightGradient: UnsafeMutablePointer<Float>, biasGradient: UnsafeMutablePointer<Float>?,
    inputGradient: UnsafeMutablePointer<Float>?, scratch: Scratch, stop: StopSignal?
  ) -> Bool {
    let outputs = convolution.outputs
    let (groups, rows) = (convolution.groups, outputs / convolution.groups)
    for first in stride(from: 0, to: operands.count, by: block) {
      let samples = min(block, operands.count - first)
      let width = samples * positions
      var dy = outputGradient + first * outputs * positions
      if samples > 1 {
        basin_channels_first(scratch.outputs.start, dy, samples, outputs, positions)
        dy = UnsafePointer(scratch.outputs.start)
      }
      for group in 0..<groups {
        let own = dy + group * rows * width
        layOut(operands.input + first * inputSize, samples, group, scratch.columns.start)
        let isWhole = Products.multiply(
          rows: rows, columns: inner, inner: width,
          own, strideA: width, scratch.columns.start, .transposed, strideB: width,
          keep: first == 0 ? keep : 1, into: weightGradient + group * rows * inner,
          strideC: inner, stop: stop)
        guard isWhole else { return false }
        guard let inputGradient else { continue }
        // The columns have been used: their place is that of their gradients.
        let isPassedOn = Products.multiply(
          rows: inner, columns: width, inner: rows,
          operands.weight + group * rows * inner, .transposed, strideA: inner,
          own, strideB: width, into: scratch.columns.start, strideC: width, stop: stop)
        guard isPassedOn else { return false }
        addBack(scratch.columns.start, inputGradient + first * inputSize, samples, group)
      }
    }
    if let biasGradient {
      basin_channel_sums(
        biasGradient, keep, outputGradient, operands.count, outputs, positions)
    }
    return true
  }

  private func layOut(
    _ input: UnsafePointer<Float>, _ samples: Int, _ group: Int,
    _ columns: UnsafeMutablePointer<Float>
  ) {
    forEachImage(samples, group) { sample, offset, own in
      withUnsafePointer(to: windows) {
        basin_window_columns(
          input + offset, $0, own, columns + sample * positions, samples * positions)
      }
    }
  }

  private func addBack(
    _ columns: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, _ samples: Int,
    _ group: Int
  ) {
    forEachImage(samples, group) { sample, offset, own in
      withUnsafePointer(to: windows) {
        basin_window_columns_add(
          columns + sample * positions, samples * positions, $0, own, gradient + offset)
      }
    }
  }

  /// Where each sample's channels of a group begin, and how many they are.
  private func forEachImage(_ samples: Int, _ group: Int, _ body: (Int, Int, Int) -> Void) {
    let own = channels / convolution.groups
    for sample in 0..<samples {
      body(sample, sample * inputSize + group * own * windows.height * windows.width, own)
    }
  }
}
