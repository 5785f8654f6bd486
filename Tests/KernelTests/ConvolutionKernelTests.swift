import Synchronization
import TestSupport
import Testing

@testable import Kernel

/// Every way to compute a convolution against loops over every product.
@Suite struct ConvolutionKernelTests {
  /// The levels that this processor has.
  static let levels: [ConvolutionLevel] = {
    let newest = NumericLevel.current.vectorLevel
    let older = newest > 3 ? [ConvolutionLevel(.direct, vectorLevel: 3)] : []
    return [
      .im2col, ConvolutionLevel(.direct, vectorLevel: newest),
      ConvolutionLevel(.winograd, vectorLevel: newest),
    ] + older
  }()

  static func place(
    _ channels: Int, _ outputs: Int, _ kernel: Int, _ stride: Int = 1, padding: Int = 0,
    groups: Int = 1, image: (Int, Int) = (9, 11), hasBias: Bool = true, rectifies: Bool = false
  ) -> PlacedConvolution {
    let convolution = Convolution(
      outputs: outputs, kernel: kernel, stride: stride, padding: padding, groups: groups)
    let input = [channels, image.0, image.1]
    guard let output = Layer.convolution(convolution).shape(after: [input]) else {
      preconditionFailure("sizes that do not fit")
    }
    return PlacedConvolution(
      convolution: convolution, input: input, output: output, hasBias: hasBias,
      rectifies: rectifies, passesGradient: true)
  }

  static let places: [PlacedConvolution] = [
    place(3, 17, 3, padding: 1, rectifies: true), place(17, 3, 3, padding: 1),
    place(16, 32, 3, padding: 1, hasBias: false, rectifies: true), place(5, 8, 5, 2, padding: 2),
    place(17, 16, 1, rectifies: true), place(16, 33, 1, 2), place(6, 7, 1, padding: 2),
    place(4, 7, 7, 3, padding: 3), place(3, 5, 2, 3, padding: 1, hasBias: false),
    // Windows that leave the last line unread.
    place(16, 16, 3, 2, image: (10, 12)), place(2, 4, 5, padding: 4, image: (2, 3)),
    // In groups, with and without kernels of oneDNN.
    place(32, 32, 3, padding: 1, groups: 2), place(6, 9, 3, padding: 1, groups: 3, rectifies: true),
    place(17, 17, 3, padding: 1, groups: 17), place(16, 16, 3, 2, padding: 1, groups: 16),
    place(4, 8, 3, groups: 4, hasBias: false), place(1, 16, 13, 2, padding: 1, image: (19, 17)),
    place(16, 16, 3, padding: 1, image: (1, 1)),
    // Enough windows for Winograd's products, with channels that no sixteen divides.
    place(17, 16, 3, padding: 1, image: (33, 32), rectifies: true),
  ]

  /// What a kernel makes of numbers that depend on the sizes alone.
  struct Outcome: Equatable {
    var output: [Float] = []
    var weight: [Float] = []
    var bias: [Float] = []
    var input: [Float] = []
  }

  struct Numbers {
    let weight, bias, input, slope, oldWeight, oldBias, oldInput: [Float]

    init(_ place: PlacedConvolution, count: Int) {
      var stream = RandomStream(seed: 7, name: "kernels")
      func draw(_ count: Int) -> [Float] { stream.nextNormals(count: count).map { Float($0) } }
      let weights = place.convolution.weightShape(channels: place.input[0]).reduce(1, *)
      let (inputs, outputs) = (place.input.reduce(1, *), place.output.reduce(1, *))
      (weight, oldWeight) = (draw(weights), draw(weights))
      (bias, oldBias) = (draw(place.output[0]), draw(place.output[0]))
      (input, oldInput) = (draw(count * inputs), draw(count * inputs))
      slope = draw(count * outputs)
    }
  }

  /// - Parameters:
  ///   - keep: The share of old gradients that is kept.
  ///   - adds: Whether the gradient of the input is added to an old one.
  static func run(
    _ kernel: any ConvolutionKernel, _ place: PlacedConvolution, count: Int, keep: Float = 0,
    adds: Bool = false, stop: StopSignal? = nil
  ) -> (outcome: Outcome, scratch: ConvolutionScratch, isWhole: [Bool]) {
    let numbers = Numbers(place, count: count)
    let scratch = ConvolutionScratch(
      count: kernel.scratchCount(samples: count, training: true))
    var outcome = Outcome(
      output: [Float](repeating: .nan, count: numbers.slope.count),
      // What is not kept may be anything.
      weight: keep == 0 ? numbers.oldWeight.map { _ in .nan } : numbers.oldWeight,
      bias: keep == 0 ? numbers.oldBias.map { _ in .nan } : numbers.oldBias,
      input: adds ? numbers.oldInput : numbers.oldInput.map { _ in .nan })
    var isWhole: [Bool] = []
    numbers.weight.withUnsafeBufferPointer { weight in
      numbers.input.withUnsafeBufferPointer { input in
        numbers.slope.withUnsafeBufferPointer { slope in
          guard let weight = weight.baseAddress, let input = input.baseAddress,
            let slope = slope.baseAddress
          else { return }
          let operands = ConvolutionOperands(weight: weight, input: input, count: count)
          numbers.bias.withUnsafeBufferPointer { bias in
            outcome.output.withUnsafeMutableBufferPointer { output in
              guard let output = output.baseAddress else { return }
              isWhole.append(
                kernel.forward(
                  operands, bias: place.hasBias ? bias.baseAddress : nil, into: output,
                  scratch: scratch, stop: stop))
            }
          }
          outcome.weight.withUnsafeMutableBufferPointer { weight in
            outcome.bias.withUnsafeMutableBufferPointer { bias in
              outcome.input.withUnsafeMutableBufferPointer { input in
                guard let weight = weight.baseAddress else { return }
                isWhole.append(
                  kernel.backward(
                    operands, outputGradient: slope,
                    into: ConvolutionGradients(
                      keep: keep, weight: weight, bias: place.hasBias ? bias.baseAddress : nil,
                      input: input.baseAddress, addsToInput: adds),
                    scratch: scratch, stop: stop))
              }
            }
          }
        }
      }
    }
    return (outcome, scratch, isWhole)
  }

  /// The largest difference, as a share of the largest number.
  static func distance(_ numbers: [Float], _ plain: [Double]) -> Double {
    let largest = plain.reduce(1e-30) { max($0, abs($1)) }
    // What is no number is no smaller than any bound.
    return zip(numbers, plain).reduce(0) {
      let difference = abs(Double($1.0) - $1.1)
      return difference <= $0 ? $0 : difference
    } / largest
  }

  @Test(arguments: places.indices) func agreesWithThePlainLoops(index: Int) {
    let place = Self.places[index]
    for count in [1, 3, 11] {
      let numbers = Numbers(place, count: count)
      let plain = PlainConvolution(
        place: place, weight: numbers.weight, bias: place.hasBias ? numbers.bias : nil)
      let forward = plain.forward(numbers.input, count: count)
      let backward = plain.backward(
        numbers.input, outputGradient: numbers.slope, count: count)
      func sum(_ new: [Double], _ old: [Float], _ share: Float) -> [Double] {
        share == 0 ? new : zip(new, old).map { $0 + Double(share * $1) }
      }
      for level in Self.levels {
        // Sums of a few hundred products; Winograd's products lose a digit and a half.
        let bound = level.method == .winograd ? 2e-5 : 2e-6
        for (keep, adds) in [(Float(0), false), (0.5, true)] {
          let (outcome, _, isWhole) = Self.run(
            place.kernel(at: level), place, count: count, keep: keep, adds: adds)
          let weight = sum(backward.weight, numbers.oldWeight, keep)
          let input = sum(backward.input, numbers.oldInput, adds ? 1 : 0)
          #expect(isWhole == [true, true])
          #expect(Self.distance(outcome.output, forward) < bound, "\(level)")
          #expect(Self.distance(outcome.weight, weight) < bound, "\(level)")
          #expect(Self.distance(outcome.input, input) < bound, "\(level)")
          if place.hasBias {
            let bias = sum(backward.bias, numbers.oldBias, keep)
            #expect(Self.distance(outcome.bias, bias) < bound, "\(level)")
          }
        }
      }
    }
  }

  /// Whole blocks and what is left: each sample's output is that of the sample alone, to rounding.
  @Test(arguments: levels) func blocksAndTheirRemainderAreOnePass(level: ConvolutionLevel) {
    let place = Self.place(16, 32, 3, padding: 1, image: (8, 8), rectifies: true)
    let block =
      (place.kernel(at: level) as? BlockedConvolution)?.block(for: .weights)
      ?? ConvolutionPass(place).block
    for count in [block - 1, block, block + 1, 2 * block + 3] {
      let numbers = Numbers(place, count: count)
      let plain = PlainConvolution(place: place, weight: numbers.weight, bias: numbers.bias)
      let (outcome, scratch, _) = Self.run(place.kernel(at: level), place, count: count)
      #expect(Self.distance(outcome.output, plain.forward(numbers.input, count: count)) < 2e-5)
      let backward = plain.backward(numbers.input, outputGradient: numbers.slope, count: count)
      #expect(Self.distance(outcome.weight, backward.weight) < 2e-5)
      #expect(Self.distance(outcome.input, backward.input) < 2e-5)
      // What was counted beforehand was enough.
      #expect(
        scratch.count == place.kernel(at: level).scratchCount(samples: count, training: true))
    }
  }

  @Test(arguments: levels) func sameBitsOnAnyThreadAndAgain(level: ConvolutionLevel) {
    for index in [0, 2, 11, 12, 13] {
      let place = Self.places[index]
      let first = Self.run(place.kernel(at: level), place, count: 37, keep: 0.5).outcome
      let kernel = place.kernel(at: level)
      let others = Mutex<[Outcome]>([])
      for _ in 0..<2 {
        // The same kernel and its plans once more.
        #expect(Self.run(kernel, place, count: 37, keep: 0.5).outcome == first)
      }
      WorkPool(threadCount: 2).run(count: 4) { _ in
        let outcome = Self.run(place.kernel(at: level), place, count: 37, keep: 0.5).outcome
        others.withLock { $0.append(outcome) }
      }
      #expect(others.withLock { $0.allSatisfy { $0 == first } && $0.count == 4 })
    }
  }

  /// A raised signal is seen before the next block.
  @Test(arguments: levels) func aPassEndsWhereItIsStopped(level: ConvolutionLevel) {
    let place = Self.place(64, 64, 3, padding: 1, image: (28, 28))
    let stop = StopSignal()
    stop.raise()
    #expect(
      Self.run(place.kernel(at: level), place, count: 4, stop: stop).isWhole == [false, false])
    // Some 20 GFLOP: the backward pass at the latest is cut.
    let later = StopSignal.raised(afterMicroseconds: 1000)
    #expect(
      Self.run(place.kernel(at: level), place, count: 64, stop: later).isWhole.last == false)
  }

  /// Convolutions in groups of three channels: oneDNN would multiply matrices, as we do.
  @Test func whatOneDNNHasNoKernelForIsLeftToProducts() {
    let place = Self.places[12]
    let level = ConvolutionLevel(.direct, vectorLevel: NumericLevel.current.vectorLevel)
    #expect(ConvolutionPlan(place, .forward, samples: 2, level: level) == nil)
    #expect(place.kernel(at: level) is BlockedConvolution)
    #expect(
      Self.run(place.kernel(at: level), place, count: 5).outcome
        == Self.run(ConvolutionPass(place), place, count: 5).outcome)
    // A sample that takes longer than a moment, and windows too wide to be made into machine code.
    let long = Self.place(512, 512, 3, padding: 1, image: (40, 40))
    #expect(long.kernel(at: level) is BlockedConvolution)
    #expect(Self.place(512, 512, 3, image: (72, 72)).kernel(at: level) is ConvolutionPass)
    #expect(Self.place(1, 1, 32, image: (40, 40)).kernel(at: level) is ConvolutionPass)
  }

  /// Winograd's products against sums in 64 bits, where there are many channels.
  @Test func winogradIsLessExact() {
    let place = Self.place(64, 64, 3, padding: 1, image: (12, 12))
    let count = 8
    let numbers = Numbers(place, count: count)
    let plain = PlainConvolution(place: place, weight: numbers.weight, bias: numbers.bias)
    let expected = plain.forward(numbers.input, count: count)
    let errors = [ConvolutionLevel.Method.direct, .winograd].map { method in
      let level = ConvolutionLevel(method, vectorLevel: NumericLevel.current.vectorLevel)
      return Self.distance(
        Self.run(place.kernel(at: level), place, count: count).outcome.output, expected)
    }
    #expect(errors[0] < 1e-6, "\(errors)")
    // And that it is less exact shows that it ran.
    #expect(errors[1] < 5e-6 && errors[1] > 2 * errors[0], "\(errors)")
  }

  // MARK: - Columns in tiles

  @Test(arguments: places.indices) func tilesOfColumnsAreTheWhole(index: Int) {
    let place = Self.places[index]
    let weights = place.convolution.weightShape(channels: place.input[0])
    let inner = weights.dropFirst().reduce(1, *)
    let whole = Self.run(ConvolutionPass(place), place, count: 2, keep: 0.5, adds: true).outcome
    // Some lines of windows, some windows of a line, a single window.
    for most in [2 * place.output[2] + 1, max(place.output[2] - 2, 1), 1] {
      let pass = ConvolutionPass(place, mostNumbers: most * inner)
      #expect(pass.scratchCount(samples: 2, training: true) <= most * inner)
      #expect(pass.tiles.reduce(0) { $0 + $1.count } == pass.positions)
      let cut = Self.run(pass, place, count: 2, keep: 0.5, adds: true).outcome
      #expect(Self.distance(cut.output, whole.output.map(Double.init)) < 1e-6)
      #expect(Self.distance(cut.weight, whole.weight.map(Double.init)) < 2e-6)
      #expect(Self.distance(cut.input, whole.input.map(Double.init)) < 1e-6)
      #expect(cut.bias == whole.bias)
    }
  }

  // A kernel of 600 × 600 over an image of 2000 × 2000 took 2 TB of columns.
  @Test func columnsOfLargeImagesAreBounded() {
    let place = Self.place(1, 2, 600, padding: 300, image: (2000, 2000))
    #expect(
      ConvolutionPass(place).scratchCount(samples: 64, training: true)
        <= ConvolutionPass.mostNumbers)
  }
}
