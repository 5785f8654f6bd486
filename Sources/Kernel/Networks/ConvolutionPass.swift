internal import CVector

/// A convolution of images of one size, as matrix products over windows laid out as columns (im2col).
///
/// For each group, with the windows of some samples side by side,
///
///     y = W X,   dW = dy Xᵀ,   dX = Wᵀ dy,
///
/// where X has a row for each weight of an output channel and a column for each window. How many
/// samples are laid out at once, or which part of the windows of one, depends on the sizes alone:
/// memory is bounded, and the bits are the same with any number of threads. The plain reference,
/// loops over every sum, is in the tests.
struct ConvolutionPass: ConvolutionKernel {
  let convolution: Convolution
  let channels: Int
  /// Windows of one sample.
  let positions: Int
  /// Samples that are laid out at once.
  let block: Int
  /// Lines and windows of a line that are laid out at once.
  private let tileSize: (height: Int, width: Int)
  private let rectifies: Bool
  private let windows: basin_windows
  /// Rows of X, of one group.
  private let inner: Int
  private let inputSize: Int

  /// A rectangle of windows that stand one after the other in an output.
  struct Tile {
    fileprivate(set) var rectangle: basin_window_tile
    /// The place of its first window among all of a sample.
    var offset: Int
    var count: Int { rectangle.height * rectangle.width }
  }

  /// As many columns as a product needs to run at full speed; images with more of them are laid out
  /// one by one.
  private static let usualColumns = 256
  /// 32 MiB of columns: the most that is laid out at once, if a single column is not longer.
  static let mostNumbers = 1 << 23

  /// - Parameter mostNumbers: The most numbers of columns that are laid out at once.
  init(_ place: PlacedConvolution, mostNumbers: Int = Self.mostNumbers) {
    convolution = place.convolution
    rectifies = place.rectifies
    let (input, output) = (place.input, place.output)
    channels = input[0]
    inputSize = input.reduce(1, *)
    positions = output[1] * output[2]
    inner = convolution.weightShape(channels: channels).dropFirst().reduce(1, *)
    windows = basin_windows(
      height: input[1], width: input[2], out_height: output[1], out_width: output[2],
      size: convolution.kernel, stride: convolution.stride, padding: convolution.padding)
    let wanted = (Self.usualColumns + positions - 1) / positions
    block = max(1, min(wanted, mostNumbers / inner / positions))
    let (height, width) = (output[1], output[2])
    let most = max(1, mostNumbers / inner)
    tileSize = (max(1, min(height, most / width)), min(width, most))
  }

  /// The parts that a sample's windows are laid out in: all of them, some lines, or pieces of a line.
  var tiles: some Sequence<Tile> {
    let (height, width, size) = (windows.out_height, windows.out_width, tileSize)
    return stride(from: 0, to: height, by: size.height).lazy.flatMap { row in
      stride(from: 0, to: width, by: size.width).lazy.map { column in
        Tile(
          rectangle: basin_window_tile(
            row: row, column: column, height: min(size.height, height - row),
            width: min(size.width, width - column)),
          offset: row * width + column)
      }
    }
  }

  func scratchCount(samples: Int, training: Bool) -> Int {
    let samples = max(1, min(block, samples))
    return columnCount(samples: samples)
      + (samples > 1 ? convolution.outputs * positions * samples : 0)
  }

  private func columnCount(samples: Int) -> Int {
    inner * tileSize.height * tileSize.width * samples
  }

  func forward(
    _ operands: ConvolutionOperands, bias: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, scratch: ConvolutionScratch, stop: StopSignal?
  ) -> Bool {
    let outputs = convolution.outputs
    let rows = outputs / convolution.groups
    return forEachBlock(operands, scratch) { first, samples, columns, gathered in
      let target = output + first * outputs * positions
      let product = samples > 1 ? gathered : target
      let stride = samples * positions
      for group in 0..<convolution.groups {
        for tile in tiles {
          let width = samples * tile.count
          layOut(operands.input + first * inputSize, samples, group, tile, columns)
          let isWhole = Products.multiply(
            rows: rows, columns: width, inner: inner,
            operands.weight + group * rows * inner, strideA: inner, columns, strideB: width,
            into: product + group * rows * stride + tile.offset, strideC: stride, stop: stop)
          guard isWhole else { return false }
        }
      }
      basin_channel_bias(target, product, bias, samples, outputs, positions, rectifies ? 1 : 0)
      return true
    }
  }

  func backward(
    _ operands: ConvolutionOperands, outputGradient: UnsafePointer<Float>,
    into gradients: ConvolutionGradients, scratch: ConvolutionScratch, stop: StopSignal?
  ) -> Bool {
    let outputs = convolution.outputs
    let (groups, rows) = (convolution.groups, outputs / convolution.groups)
    if let bias = gradients.bias {
      basin_channel_sums(
        bias, gradients.keep, outputGradient, operands.count, outputs, positions)
    }
    if let input = gradients.input, !gradients.addsToInput {
      input.update(repeating: 0, count: operands.count * inputSize)
    }
    return forEachBlock(operands, scratch) { first, samples, columns, gathered in
      var dy = outputGradient + first * outputs * positions
      if samples > 1 {
        basin_channels_first(gathered, dy, samples, outputs, positions)
        dy = UnsafePointer(gathered)
      }
      let stride = samples * positions
      for group in 0..<groups {
        for (place, tile) in tiles.enumerated() {
          let width = samples * tile.count
          let own = dy + group * rows * stride + tile.offset
          layOut(operands.input + first * inputSize, samples, group, tile, columns)
          let isWhole = Products.multiply(
            rows: rows, columns: inner, inner: width,
            own, strideA: stride, columns, .transposed, strideB: width,
            keep: first + place == 0 ? gradients.keep : 1,
            into: gradients.weight + group * rows * inner, strideC: inner, stop: stop)
          guard isWhole else { return false }
          guard let input = gradients.input else { continue }
          // The columns have been used: their place is that of their gradients.
          let isPassedOn = Products.multiply(
            rows: inner, columns: width, inner: rows,
            operands.weight + group * rows * inner, .transposed, strideA: inner,
            own, strideB: stride, into: columns, strideC: width, stop: stop)
          guard isPassedOn else { return false }
          addBack(columns, input + first * inputSize, samples, group, tile)
        }
      }
      return true
    }
  }

  /// Runs `body` with the first sample of every block, how many it has, and the scratch for columns and
  /// for outputs with their channels first, until it returns false; whether all were run.
  private func forEachBlock(
    _ operands: ConvolutionOperands, _ scratch: ConvolutionScratch,
    _ body: (Int, Int, UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>) -> Bool
  ) -> Bool {
    let columns = scratch.numbers(scratchCount(samples: operands.count, training: true))
    let gathered = columns + columnCount(samples: max(1, min(block, operands.count)))
    for first in stride(from: 0, to: operands.count, by: block) {
      guard body(first, min(block, operands.count - first), columns, gathered) else {
        return false
      }
    }
    return true
  }

  private func layOut(
    _ input: UnsafePointer<Float>, _ samples: Int, _ group: Int, _ tile: Tile,
    _ columns: UnsafeMutablePointer<Float>
  ) {
    forEachImage(samples, group, tile) { sample, offset, own, windows, rectangle in
      basin_window_columns(
        input + offset, windows, rectangle, own, columns + sample * tile.count,
        samples * tile.count)
    }
  }

  private func addBack(
    _ columns: UnsafePointer<Float>, _ gradient: UnsafeMutablePointer<Float>, _ samples: Int,
    _ group: Int, _ tile: Tile
  ) {
    forEachImage(samples, group, tile) { sample, offset, own, windows, rectangle in
      basin_window_columns_add(
        columns + sample * tile.count, samples * tile.count, windows, rectangle, own,
        gradient + offset)
    }
  }

  /// Where each sample's channels of a group begin, and how many they are.
  private func forEachImage(
    _ samples: Int, _ group: Int, _ tile: Tile,
    _ body: (Int, Int, Int, UnsafePointer<basin_windows>, UnsafePointer<basin_window_tile>) -> Void
  ) {
    let own = channels / convolution.groups
    withUnsafePointer(to: windows) { windows in
      withUnsafePointer(to: tile.rectangle) { rectangle in
        for sample in 0..<samples {
          let offset =
            sample * inputSize + group * own * windows.pointee.height * windows.pointee.width
          body(sample, offset, own, windows, rectangle)
        }
      }
    }
  }
}
