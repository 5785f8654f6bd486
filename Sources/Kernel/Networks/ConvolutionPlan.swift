internal import CDNN

/// What oneDNN keeps for one direction of a convolution of a block of samples: a kernel, and how its
/// arguments are laid out for it.
///
/// Machine code is made once in a process for the same sizes and shared. Belongs to one task.
final class ConvolutionPlan {
  enum Direction: Hashable {
    case forward
    /// The gradient of the input.
    case data
    /// The gradient of the weight.
    case weights
  }

  private let plan: UnsafeMutablePointer<basin_dnn_plan>
  /// The numbers that the area must hold in which laid-out arguments lie.
  let areaCount: Int

  /// Nothing where oneDNN has no kernel of its own for the direction and sizes.
  ///
  /// - Parameter isWinograd: Whether Winograd's products are taken where there are such.
  init?(_ place: PlacedConvolution, _ direction: Direction, samples: Int, level: ConvolutionLevel) {
    func make(winograd: Bool) -> UnsafeMutablePointer<basin_dnn_plan>? {
      var sizes = basin_dnn_sizes(place, samples: samples)
      sizes.winograd = winograd ? 1 : 0
      sizes.vector_level = Int32(level.vectorLevel)
      return basin_dnn_make(&sizes, direction.flag)
    }
    // With fewer windows than this its products are so narrow that direct sums are faster.
    let leastWindows = 1024
    let isWinograd =
      level.method == .winograd && place.suitsWinograd && direction != .weights
      && samples * place.output[1] * place.output[2] >= leastWindows
    guard let plan = (isWinograd ? make(winograd: true) : nil) ?? make(winograd: false) else {
      return nil
    }
    self.plan = plan
    areaCount = (plan.pointee.bytes + MemoryLayout<Float>.stride - 1) / MemoryLayout<Float>.stride
  }

  deinit { basin_dnn_free(plan) }

  /// - Parameter weight: Nothing where the last call with this area laid it out.
  func forward(
    weight: UnsafePointer<Float>?, _ input: UnsafePointer<Float>, bias: UnsafePointer<Float>?,
    into output: UnsafeMutablePointer<Float>, area: UnsafeMutablePointer<Float>
  ) {
    check(basin_dnn_forward(plan, area, weight, input, bias, output))
  }

  /// - Parameter weight: Nothing where the last call with this area laid it out.
  func backwardData(
    weight: UnsafePointer<Float>?, _ outputGradient: UnsafePointer<Float>, adds: Bool,
    into gradient: UnsafeMutablePointer<Float>, area: UnsafeMutablePointer<Float>
  ) {
    check(basin_dnn_backward_data(plan, area, weight, outputGradient, gradient, adds ? 1 : 0))
  }

  /// Adds a block to the sum that stands in the area.
  ///
  /// - Parameters:
  ///   - begins: Whether the sum begins with this block.
  ///   - gradient: Where it goes after the last one, added to the share `keep` of what is there.
  func backwardWeights(
    _ input: UnsafePointer<Float>, _ outputGradient: UnsafePointer<Float>, begins: Bool,
    keep: Float, into gradient: UnsafeMutablePointer<Float>?, area: UnsafeMutablePointer<Float>
  ) {
    check(
      basin_dnn_backward_weights(
        plan, area, begins ? 1 : 0, input, outputGradient, keep, gradient))
  }

  private func check(_ status: Int32) {
    // A plan that was made runs; what it needs is lent to it.
    precondition(status != 0, "oneDNN did not run a plan that it had made")
  }
}

extension ConvolutionPlan.Direction {
  fileprivate var flag: basin_dnn_direction {
    switch self {
    case .forward: basin_dnn_forward_direction
    case .data: basin_dnn_data_direction
    case .weights: basin_dnn_weights_direction
    }
  }
}

extension PlacedConvolution {
  /// Winograd's products are for windows of 3×3, one apart.
  var suitsWinograd: Bool {
    convolution.kernel == 3 && convolution.stride == 1 && convolution.groups == 1
  }
}

extension basin_dnn_sizes {
  fileprivate init(_ place: PlacedConvolution, samples: Int) {
    self.init()
    let convolution = place.convolution
    self.samples = Int64(samples)
    groups = Int64(convolution.groups)
    channels = Int64(place.input[0])
    height = Int64(place.input[1])
    width = Int64(place.input[2])
    outputs = Int64(place.output[0])
    out_height = Int64(place.output[1])
    out_width = Int64(place.output[2])
    kernel = Int64(convolution.kernel)
    stride = Int64(convolution.stride)
    padding = Int64(convolution.padding)
    has_bias = place.hasBias ? 1 : 0
    rectifies = place.rectifies ? 1 : 0
  }
}

extension NumericLevel {
  /// The library of convolutions, with the version that runs.
  public static var convolutionDescription: String {
    var (major, minor, patch): (Int32, Int32, Int32) = (0, 0, 0)
    basin_dnn_version(&major, &minor, &patch)
    return "oneDNN \(major).\(minor).\(patch)"
  }
}
