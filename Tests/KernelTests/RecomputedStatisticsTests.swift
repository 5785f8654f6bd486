import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct RecomputedStatisticsTests {
  private let data = smallImages(samples: 700, shape: [2, 6, 5], classes: 3)

  /// A network with every kind of branch, its statistics far from those of the data.
  private func network(_ name: String = "residual with batch norm") throws -> Network {
    let graph = try #require(imageGraphs.first { $0.name == name }).graph
    return Network(graph: graph, initial: .uniform, from: RandomStream(seed: 3, name: "weights"))
      .withRandomStatistics()
  }

  // In batches, one after the other, by the plain reference of the passes themselves.
  @Test func theyAreTheMeansOfTheBatchesStatistics() throws {
    let network = try network()
    let graph = network.graph
    let result = try network.withRecomputedStatistics(on: data)
    let pass = try CalibrationPass(
      over: data, for: graph, pool: WorkPool(threadCount: 1), stop: StopSignal())
    #expect(pass.batches.map(\.count) == [233, 233, 234])
    #expect(Set(pass.batches.joined()) == Set(0..<700))
    #expect(pass.batches[0].sorted() != Array(0..<233))
    // The first normalization reads a convolution, which is computed here in 64 bits.
    let weight = try #require(network.parameter(named: "stem.weight")).values.map(Double.init)
    let inputs = data.inputs.values.map(Double.init)
    func values(of channel: Int, sample: Int) -> [Double] {
      var values: [Double] = []
      for row in 0..<6 {
        for column in 0..<5 {
          var sum = 0.0
          for input in 0..<2 {
            for (dy, dx) in (0..<9).map({ ($0 / 3 - 1, $0 % 3 - 1) }) {
              let (y, x) = (row + dy, column + dx)
              guard 0..<6 ~= y, 0..<5 ~= x else { continue }
              sum +=
                weight[((channel * 2 + input) * 3 + dy + 1) * 3 + dx + 1]
                * inputs[((sample * 2 + input) * 6 + y) * 5 + x]
            }
          }
          values.append(sum)
        }
      }
      return values
    }
    let means = try #require(result.parameter(named: "norm1.running_mean")).values
    let variances = try #require(result.parameter(named: "norm1.running_var")).values
    for channel in 0..<4 {
      var (mean, variance) = (0.0, 0.0)
      for batch in pass.batches {
        let values = batch.flatMap { values(of: channel, sample: $0) }
        let own = values.reduce(0, +) / Double(values.count)
        mean += own / 3
        variance +=
          values.reduce(0) { $0 + ($1 - own) * ($1 - own) } / Double(values.count - 1) / 3
      }
      #expect(abs(Double(means[channel]) - mean) < 1e-5)
      #expect(abs(Double(variances[channel]) / variance - 1) < 1e-4)
    }
    // Nothing else is touched.
    for (index, parameter) in graph.parameters.enumerated() where parameter.role.isTrained {
      #expect(result.parameters[index] == network.parameters[index])
    }
  }

  // Made by Tests/Fixtures/make_statistics.py: weights and inputs are fractions, in batches of 300.
  @Test func theyAreThoseOfPyTorch() throws {
    let graph = Graph(nodes: [
      .init("input", .input(shape: [2, 4, 4]), inputs: []),
      .init(
        "conv1", .convolution(Convolution(outputs: 3, kernel: 3, padding: 1, hasBias: false)),
        inputs: [0]),
      .init("norm1", .batchNorm(), inputs: [1]), .init("relu1", .relu, inputs: [2]),
      .init("conv2", .convolution(Convolution(outputs: 4, kernel: 2)), inputs: [3]),
      .init("norm2", .batchNorm(epsilon: 1e-3), inputs: [4]), .init("relu2", .relu, inputs: [5]),
      .init("flatten", .flatten, inputs: [6]), .init("fc1", .linear(outputs: 5), inputs: [7]),
      .init("norm3", .batchNorm(), inputs: [8]), .init("relu3", .relu, inputs: [9]),
      .init("fc2", .linear(outputs: 2), inputs: [10]),
    ])
    func fractions(_ count: Int, _ scale: Float, _ seed: Int) -> [Float] {
      (0..<count).map { (Float(($0 * 37 + $0 * $0 % 101 * 11 + seed) % 257) / 128 - 1) * scale }
    }
    var network = Network(graph: graph, initial: .he, from: RandomStream(seed: 1, name: "any"))
    for (seed, place) in graph.parameters.indices.filter({ graph.parameters[$0].role.isTrained })
      .enumerated()
    {
      let shape = graph.parameters[place].shape
      network.parameters[place] = Tensor(
        shape: shape, values: fractions(shape.reduce(1, *), 0.5, seed))
    }
    let inputs = fractions(600 * 32, 1, 99)
    func data(_ inputs: [Float]) -> DataSet {
      DataSet(
        name: "fractions", inputs: Tensor(shape: [600, 2, 4, 4], values: inputs),
        labels: [UInt8](repeating: 0, count: 600), classCount: 2)
    }
    let pass = try CalibrationPass(
      over: data(inputs), for: graph, pool: WorkPool(threadCount: 1), stop: StopSignal())
    #expect(pass.batches.map(\.count) == [300, 300])
    // Samples stand where the pass finds them in the order of the fixture.
    var ordered = inputs
    for (place, sample) in pass.batches.joined().enumerated() {
      ordered.replaceSubrange(
        sample * 32..<(sample + 1) * 32, with: inputs[place * 32..<(place + 1) * 32])
    }
    let result = try network.withRecomputedStatistics(on: data(ordered))
    let expected: [(String, [Double])] = [
      (
        "norm1.running_mean", [-0.0015344618586823344, 0.0007837073062546551, -0.00318622263148427]
      ),
      ("norm1.running_var", [0.36763566732406616, 0.22395996749401093, 0.25468218326568604]),
      (
        "norm2.running_mean",
        [-0.5175461769104004, -0.33150333166122437, -0.0011290942784398794, 0.3859853446483612]
      ),
      (
        "norm2.running_var",
        [0.012120076455175877, 0.009657194837927818, 0.005405872128903866, 0.009773523546755314]
      ),
      (
        "norm3.running_mean",
        [
          -0.3620991110801697, -0.4562181234359741, 0.1054021418094635, 0.010166725143790245,
          -0.2134147584438324,
        ]
      ),
      (
        "norm3.running_var",
        [
          0.10747019946575165, 0.11922471225261688, 0.1470705270767212, 0.17680060863494873,
          0.060955218970775604,
        ]
      ),
    ]
    for (name, values) in expected {
      let own = try #require(result.parameter(named: name)).values
      for (a, b) in zip(own, values) {
        #expect(abs(Double(a) - b) < 2e-6 + 1e-4 * abs(b), "\(name): \(a) for \(b)")
      }
    }
  }

  @Test func whatIsNormalizedHasThemThen() throws {
    // One batch: the network in evaluation is what it is with the batch's own statistics.
    let few = smallImages(samples: 200, shape: [4, 7, 6], classes: 3)
    let network = try network("batch norm of units").withRecomputedStatistics(on: few)
    let workspace = Workspace(graph: network.graph, capacity: 200, mode: .statistics)
    let logits = try few.inputs.withBuffer { inputs in
      let start = workspace.forward(
        SharedWeights(network).buffer, input: try #require(inputs.baseAddress), count: 200)
      return Array(UnsafeBufferPointer(start: start, count: 200 * network.graph.classCount))
    }
    for (a, b) in zip(try network.logits(on: few).values, logits) { #expect(abs(a - b) < 0.02) }
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    let network = try network()
    let results = try [1, 2, 3].map {
      try network.withRecomputedStatistics(on: data, pool: WorkPool(threadCount: $0))
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    // Again gives the same: what is measured does not hang on the old statistics.
    #expect(try results[0].withRecomputedStatistics(on: data) == results[0])
    #expect(try network.withRecomputedStatistics(on: data, samples: 100) != results[0])
  }

  @Test func sortedDataDoNoHarm() throws {
    let network = try network()
    let sorted = try data.subset(data.labels.indices.sorted { data.labels[$0] < data.labels[$1] })
    let (a, b) = (
      try network.withRecomputedStatistics(on: data),
      try network.withRecomputedStatistics(on: sorted)
    )
    let name = "norm4.running_var"
    for (x, y) in zip(
      try #require(a.parameter(named: name)).values, try #require(b.parameter(named: name)).values)
    { #expect(abs(x / y - 1) < 0.05) }
  }

  @Test func aStopEndsItAndOtherNetworksStay() throws {
    let stop = StopSignal()
    stop.raise()
    let network = try network()
    let failure = #expect(throws: Failure.self) {
      try network.withRecomputedStatistics(on: data, stop: stop)
    }
    #expect(failure?.code == .stopped)
    let plain = try trainedShallowCNNs(1, on: smallImages(), epochs: 1)[0]
    #expect(try plain.withRecomputedStatistics(on: smallImages()) == plain)
    #expect(throws: Failure.self) { try network.withRecomputedStatistics(on: data, samples: 1) }
    #expect(throws: Failure.self) { try network.withRecomputedStatistics(on: smallImages()) }
  }
}
