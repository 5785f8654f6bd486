import Kernel

extension Row {
  static let convolutionRows = [
    convolution("conv3x3_64", .direct, reach: 0.05),
    convolution("conv3x3_64_winograd", .winograd),
    convolution("conv3x3_64_im2col", .im2col),
  ]

  /// A forward pass of one convolution, with as little after it as a score needs.
  private static func convolution(
    _ name: String, _ method: ConvolutionLevel.Method, reach: Double? = nil
  ) -> Row {
    Row(
      name, "forward 3×3, 64 → 64 channels, 28×28, 256 samples, \(method.rawValue)",
      unit: "pass", reach: reach, warmsUp: true
    ) { _ throws(Failure) in
      let graph = Graph(nodes: [
        .init("input", .input(shape: [64, 28, 28]), inputs: []),
        .init("conv", .convolution(Convolution(outputs: 64, kernel: 3, padding: 1)), inputs: [0]),
        .init("relu", .relu, inputs: [1]), .init("mean", .globalAveragePool, inputs: [2]),
        .init("fc", .linear(outputs: 10), inputs: [3]),
      ])
      var stream = RandomStream(seed: 1, name: "benchmark/convolution")
      let values = stream.nextNormals(count: 256 * 64 * 28 * 28).map { Float($0) }
      let data = DataSet(
        name: "normal numbers", inputs: Tensor(shape: [256, 64, 28, 28], values: values),
        labels: (0..<256).map { UInt8($0 % 10) }, classCount: 10)
      let network = Network(graph: graph, initial: .uniform, from: stream.child("network"))
      return { () throws(Failure) in
        let own = NumericLevel.current
        var level = own
        level.convolution = ConvolutionLevel(method, vectorLevel: own.vectorLevel)
        guard level.take() else { throw Failure(.incompatible, "\(level) cannot be taken") }
        defer { _ = own.take() }
        let (seconds, score) = try timed { () throws(Failure) in try network.score(on: data) }
        // Two operations for each weight, window and sample.
        let rate = 2 * Double(64 * 64 * 9 * 784 * 256) / seconds / 1e9
        return Timing(
          seconds: seconds,
          detail: "\(text(rate, digits: 0)) GFLOP/s, mean loss \(text(score.loss, digits: 3))")
      }
    }
  }
}
