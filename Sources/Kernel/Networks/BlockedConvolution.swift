internal import CVector

/// A convolution through oneDNN, in blocks of a few samples.
///
/// oneDNN's kernels want channels in groups of sixteen beside each other. A block is laid out so and
/// back again while it is near the processor, which costs a twentieth of the time; weights are laid
/// out once in a pass. How many samples a block has depends on the sizes alone, and every block runs
/// on the calling thread: the bits are the same with any number of threads. What oneDNN has no kernel
/// for is left to `reference`.
final class BlockedConvolution: ConvolutionKernel {
  private let place: PlacedConvolution
  private let level: ConvolutionLevel
  private let reference: ConvolutionPass
  private let positions: Int
  private let inputSize: Int
  private let outputSize: Int
  private var plans: [Key: ConvolutionPlan?] = [:]

  private struct Key: Hashable {
    var direction: ConvolutionPlan.Direction
    var samples: Int
  }

  /// Neighbouring blocks of one size, with their plan.
  private struct Run {
    var samples: Range<Int>
    var block: Int
    var plan: ConvolutionPlan
  }

  init(_ place: PlacedConvolution, level: ConvolutionLevel, reference: ConvolutionPass) {
    self.place = place
    self.level = level
    self.reference = reference
    positions = place.output[1] * place.output[2]
    inputSize = place.input.reduce(1, *)
    outputSize = place.output.reduce(1, *)
  }

  /// How many samples a block has, a power of two.
  ///
  /// As few as keep a block in the second cache, but enough windows that reading all weights for each
  /// block does not count; a gradient of the weights is added up after each block, and Winograd's
  /// products are as wide as there are windows, so that these want more. Measured for 64 channels of
  /// 32×32 to 512 of 4×4.
  func block(for direction: ConvolutionPlan.Direction) -> Int {
    // 20 ms at 100 GFLOP/s: between blocks the signal is looked at.
    let mostWork = 1 << 30
    let windows =
      direction == .weights ? 2048 : level.method == .winograd && place.suitsWinograd ? 4096 : 512
    var block = 1
    while block * positions < windows, 2 * block * place.work <= mostWork { block *= 2 }
    return block
  }

  /// The runs for so many samples: whole blocks, and what is left; nothing where a plan cannot be made.
  private func runs(_ direction: ConvolutionPlan.Direction, count: Int) -> [Run]? {
    let block = min(block(for: direction), count)
    let whole = count / max(block, 1) * block
    var runs: [Run] = []
    for (samples, size) in [(0..<whole, block), (whole..<count, count - whole)]
    where !samples.isEmpty {
      guard let plan = plan(direction, samples: size) else { return nil }
      runs.append(Run(samples: samples, block: size, plan: plan))
    }
    return runs
  }

  private func plan(_ direction: ConvolutionPlan.Direction, samples: Int) -> ConvolutionPlan? {
    let key = Key(direction: direction, samples: samples)
    if let known = plans[key] { return known }
    let made = ConvolutionPlan(place, direction, samples: samples, level: level)
    plans[key] = .some(made)
    return made
  }

  func scratchCount(samples: Int, training: Bool) -> Int {
    var directions: [ConvolutionPlan.Direction] = [.forward]
    if training { directions += place.passesGradient ? [.data, .weights] : [.weights] }
    return directions.reduce(0) { most, direction in
      let own =
        runs(direction, count: samples)?.reduce(0) { max($0, $1.plan.areaCount) }
        ?? reference.scratchCount(samples: samples, training: training)
      return max(most, own)
    }
  }

  func forward(
    _ operands: ConvolutionOperands, bias: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, scratch: ConvolutionScratch, stop: StopSignal?
  ) -> Bool {
    guard let runs = runs(.forward, count: operands.count) else {
      return reference.forward(operands, bias: bias, into: output, scratch: scratch, stop: stop)
    }
    return forEachBlock(of: runs, scratch, stop) { run, first, area in
      run.plan.forward(
        weight: first == run.samples.lowerBound ? operands.weight : nil,
        operands.input + first * inputSize, bias: bias, into: output + first * outputSize,
        area: area)
    }
  }

  func backward(
    _ operands: ConvolutionOperands, outputGradient: UnsafePointer<Float>,
    into gradients: ConvolutionGradients, scratch: ConvolutionScratch, stop: StopSignal?
  ) -> Bool {
    let dataRuns = gradients.input == nil ? [] : runs(.data, count: operands.count)
    guard let dataRuns, let weightRuns = runs(.weights, count: operands.count) else {
      return reference.backward(
        operands, outputGradient: outputGradient, into: gradients, scratch: scratch, stop: stop)
    }
    let isSummed = forEachBlock(of: weightRuns, scratch, stop) { run, first, area in
      let isLast = first + run.block == run.samples.upperBound
      run.plan.backwardWeights(
        operands.input + first * inputSize, outputGradient + first * outputSize,
        begins: first == run.samples.lowerBound,
        keep: run.samples.lowerBound == 0 ? gradients.keep : 1,
        into: isLast ? gradients.weight : nil, area: area)
    }
    guard isSummed else { return false }
    if let bias = gradients.bias {
      basin_channel_sums(
        bias, gradients.keep, outputGradient, operands.count, place.output[0], positions)
    }
    guard let inputGradient = gradients.input else { return true }
    return forEachBlock(of: dataRuns, scratch, stop) { run, first, area in
      run.plan.backwardData(
        weight: first == run.samples.lowerBound ? operands.weight : nil,
        outputGradient + first * outputSize, adds: gradients.addsToInput,
        into: inputGradient + first * inputSize, area: area)
    }
  }

  /// Runs `body` with the first sample of every block until the signal is raised; whether all were run.
  private func forEachBlock(
    of runs: [Run], _ scratch: ConvolutionScratch, _ stop: StopSignal?,
    _ body: (Run, Int, UnsafeMutablePointer<Float>) -> Void
  ) -> Bool {
    for run in runs {
      let area = scratch.numbers(run.plan.areaCount)
      for first in stride(from: run.samples.lowerBound, to: run.samples.upperBound, by: run.block) {
        if let stop, stop.isRaised { return false }
        body(run, first, area)
      }
    }
    return true
  }
}
