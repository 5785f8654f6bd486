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

  @Test func whatIsNormalizedHasThemThen() throws {
    // One batch: the network in evaluation is what it is with the batch's own statistics.
    let few = smallImages(samples: 200, shape: [4, 7, 6], classes: 3)
    let network = try network("batch norm of units").withRecomputedStatistics(on: few)
    let workspace = Workspace(graph: network.graph, capacity: 200, mode: .statistics)
    let logits = few.inputs.withBuffer { inputs in
      let start = workspace.forward(
        SharedWeights(network).buffer, input: inputs.baseAddress!, count: 200)
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
