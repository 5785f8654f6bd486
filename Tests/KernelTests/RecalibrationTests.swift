import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct RecalibrationTests {
  private let images = smallImages(samples: 500, shape: [4, 7, 6], classes: 3)

  private func largestDifference(_ a: Network, _ b: Network, on data: DataSet) throws -> Float {
    let (a, b) = (try a.logits(on: data).values, try b.logits(on: data).values)
    return zip(a, b).map { abs($0 - $1) }.max() ?? 0
  }

  /// The mean and the standard deviation of each unit of a node of a network without normalization.
  private func moments(
    of network: Network, node name: String, on data: DataSet
  ) throws -> (means: [Double], deviations: [Double]) {
    let plan = try RepairPlan(network.graph)
    let ones = plan.sites.map {
      [Double](repeating: 1, count: network.graph.unitCount(of: $0.node))
    }
    // One batch, so that its statistics are those of the data.
    let observed = plan.observed.network(
      network, scales: ones, shifts: ones, epsilons: ones.map { _ in 1e-5 })
    let workspace = Workspace(graph: observed.graph, capacity: data.count, mode: .statistics)
    try data.inputs.withBuffer { inputs in
      _ = workspace.forward(
        SharedWeights(observed).buffer, input: try #require(inputs.baseAddress), count: data.count)
    }
    let place = try #require(
      plan.sites.firstIndex { network.graph.nodes[$0.node].name == name })
    let moments = try #require(workspace.batchMoments(of: plan.observed.nodes[place]))
    return (moments.means, moments.variances.map { $0.squareRoot() })
  }

  // MARK: - What changes nothing

  @Test(arguments: imageGraphs.map(\.name), [RecalibrationMethod.repair, .rescale])
  func theAverageOfANetworkWithItselfStays(name: String, method: RecalibrationMethod) throws {
    let graph = try #require(imageGraphs.first { $0.name == name }).graph
    let data = smallImages(samples: 300, shape: graph.inputShape, classes: 3)
    let network = Network(
      graph: graph, initial: .he, from: RandomStream(seed: 3, name: "weights")
    )
    .withRandomStatistics()
    let before = network
    let recalibration = Recalibration(method, on: data)
    let end = try recalibration.end(network)
    let average = Network.average(of: [network, network])
    let result = try recalibration.recalibrated(
      average, between: [end, end], weights: [0.5, 0.5])
    #expect(network == before)
    // A network without batch normalization stays to the bit, the others up to its statistics.
    if !graph.usesBatchStatistics { #expect(end.network == network && result == network) }
    #expect(try largestDifference(result, end.network, on: data) < 1e-4)
    // A permuted copy that was put back is that network.
    let permutation = NetworkPermutation(
      randomFor: graph, from: RandomStream(seed: 4, name: "order"))
    let copy = network.permuted(by: permutation).permuted(by: permutation.inverse)
    let third = try recalibration.recalibrated(
      Network.average(of: [network, copy]), between: [end, try recalibration.end(copy)],
      weights: [0.3, 0.7])
    #expect(try largestDifference(third, end.network, on: data) < 1e-4)
  }

  // MARK: - What it gives

  @Test func unitsHaveTheInterpolatedMomentsOfTheEnds() throws {
    let data = smallProblem(samples: 250, features: 10, classes: 4)
    let ends = try trainedNetworks(2, hidden: [14, 9], on: data, epochs: 8)
    let average = ends[0].blended(with: ends[1], at: 0.3)
    for method in [RecalibrationMethod.repair, .rescale] {
      let recalibration = Recalibration(method, on: data)
      let measured = try ends.map { end throws in try recalibration.end(end) }
      let result = try recalibration.recalibrated(
        average, between: measured, weights: [0.3, 0.7])
      #expect(result.graph == average.graph)
      for layer in ["fc1", "fc2"] {
        let (a, b, now, plain) = (
          try moments(of: ends[0], node: layer, on: data),
          try moments(of: ends[1], node: layer, on: data),
          try moments(of: result, node: layer, on: data),
          try moments(of: average, node: layer, on: data)
        )
        for unit in now.means.indices {
          let deviation = 0.3 * a.deviations[unit] + 0.7 * b.deviations[unit]
          #expect(abs(now.deviations[unit] / deviation - 1) < 5e-3)
          let mean = 0.3 * a.means[unit] + 0.7 * b.means[unit]
          if method == .repair { #expect(abs(now.means[unit] - mean) < 5e-3 * deviation) }
          // Means are left; those of the second layer follow from the first.
          if method == .rescale, layer == "fc1" {
            #expect(abs(now.means[unit] - plain.means[unit]) < 1e-4)
          }
        }
      }
      // The logits are nobody's business.
      #expect(result.parameter(named: "fc3.weight") == average.parameter(named: "fc3.weight"))
    }
  }

  @Test func aUnitThatNeverVariesStaysAndNothingIsNotANumber() throws {
    let data = smallProblem(samples: 200)
    var ends = try trainedNetworks(2, hidden: [8, 6], on: data)
    for place in ends.indices {
      // Unit 3 of the first layer is dead in both, the whole second layer in one.
      let weight = ends[place].parameters[0]
      ends[place].parameters[0] = Tensor(
        shape: weight.shape,
        values: weight.values.enumerated().map { $0 / weight.shape[1] == 3 ? 0 : $1 })
    }
    ends[1].parameters[2] = Tensor(shape: ends[1].parameters[2].shape)
    for method in [RecalibrationMethod.repair, .rescale] {
      let recalibration = Recalibration(method, on: data)
      let measured = try ends.map { end throws in try recalibration.end(end) }
      for weights in [[0.5, 0.5], [0, 1], [1, 0]] {
        let average = ends[0].blended(with: ends[1], at: weights[0])
        let result = try recalibration.recalibrated(average, between: measured, weights: weights)
        try result.checkFinite()
        #expect(
          result.parameters[0].values[36..<48].allSatisfy { $0 == 0 }
            && result.parameters[0] != result.parameters[2])
        if weights != [0.5, 0.5] { #expect(result == average) }
      }
    }
  }

  /// Deep networks that were not even matched: their average hardly tells one sample from another.
  @Test func theBarrierIsLowerAfterRepair() throws {
    let data = smallProblem(samples: 900, features: 16, classes: 6)
    let networks = try trainedNetworks(2, hidden: [64, 64, 64, 64, 64], on: data, epochs: 8)
    let recalibration = Recalibration(.repair, on: data)
    let ends = try networks.map { end throws in try recalibration.end(end) }
    let alphas = try Curve.grid(points: 5)
    let plain = try Curve.measure(from: networks[0], to: networks[1], on: data, alphas: alphas)
    let curve = try plain.recalibrated(
      by: recalibration, between: (networks[0], networks[1]), (ends[0], ends[1]), on: data)
    #expect(curve.before == plain)
    #expect(curve.first == plain.first && curve.second == plain.second)
    let (after, before) = (Barrier(curve: curve), Barrier(curve: plain))
    #expect(after.before == before)
    #expect(before.loss.height > 0.3)
    #expect(after.loss.height < 0.7 * before.loss.height)
    // Its variance alone is another network.
    let rescaling = Recalibration(.rescale, on: data)
    let rescaled = try rescaling.recalibrated(
      Network.average(of: networks),
      between: networks.map { end throws in try rescaling.end(end) }, weights: [0.5, 0.5])
    #expect(try rescaled.score(on: data).loss < plain.midpoint.loss)
    #expect(try rescaled.score(on: data).loss != curve.midpoint.loss)
  }

  @Test func batchNormalizationsAreInterpolatedAndMeasured() throws {
    let graph = try #require(imageGraphs.first { $0.name == "batch norm" }).graph
    let networks = (0..<2).map {
      Network(graph: graph, initial: .he, from: RandomStream(seed: 5, name: "weights \($0)"))
        .withRandomStatistics(seed: UInt64($0))
    }
    let recalibration = Recalibration(.repair, on: images)
    let ends = try networks.map { end throws in try recalibration.end(end) }
    for (end, network) in zip(ends, networks) {
      #expect(try end.network == network.withRecomputedStatistics(on: images))
    }
    let average = Network.average(of: networks)
    let result = try recalibration.recalibrated(average, between: ends, weights: [0.5, 0.5])
    // Scales are all positive here, so that nothing but the statistics changes.
    #expect(
      try largestDifference(result, average.withRecomputedStatistics(on: images), on: images) < 1e-4
    )
    // Interpolated statistics are far from those of the average, and worse for it.
    let name = "node2.running_var"
    let (old, new) = (
      try #require(average.parameter(named: name)), try #require(result.parameter(named: name))
    )
    #expect(zip(old.values, new.values).contains { abs($0 / $1 - 1) > 0.3 })
  }

  // MARK: - Promises

  @Test func sameBitsAtAnyNumberOfThreadsAndEndsUntouched() throws {
    let networks = try trainedShallowCNNs(2, on: smallImages(samples: 600))
    let data = smallImages(samples: 600)
    let before = networks
    let results = try [1, 2, 3].map { threads in
      let recalibration = Recalibration(.repair, on: data, pool: WorkPool(threadCount: threads))
      return try recalibration.recalibrated(
        Network.average(of: networks),
        between: networks.map { end throws in try recalibration.end(end) }, weights: [0.5, 0.5])
    }
    #expect(results[0] == results[1] && results[0] == results[2])
    #expect(results[0] != Network.average(of: networks) && networks == before)
  }

  @Test func aStopEndsItInTheMiddle() throws {
    let networks = try trainedShallowCNNs(2, on: smallImages(samples: 600))
    let data = smallImages(samples: 600)
    let stop = StopSignal()
    let recalibration = Recalibration(
      .repair, on: data, pool: WorkPool(threadCount: 1), stop: stop)
    let end = try recalibration.end(networks[0])
    let failure = #expect(throws: Failure.self) {
      _ = try recalibration.end(networks[1]) { if $0 > 0.3 { stop.raise() } }
    }
    #expect(failure?.code == .stopped)
    #expect(throws: Failure.self) {
      _ = try recalibration.recalibrated(networks[0], between: [end], weights: [1])
    }
  }

  @Test func unitsThatCannotBeShiftedAreRefused() throws {
    let graph = Graph(nodes: [
      .init("input", .input(shape: [4, 7, 6]), inputs: []),
      .init(
        "stem", .convolution(Convolution(outputs: 4, kernel: 3, hasBias: false)), inputs: [0]),
      .init("relu", .relu, inputs: [1]),
      .init("mean", .globalAveragePool, inputs: [2]),
      .init("fc", .linear(outputs: 3), inputs: [3]),
    ])
    let network = Network(graph: graph, initial: .he, from: RandomStream(seed: 5, name: "x"))
    let failure = #expect(throws: Failure.self) {
      _ = try Recalibration(.repair, on: images).end(network)
    }
    #expect(failure?.code == .incompatible && failure?.message.contains("`stem`") == true)
    #expect(try Recalibration(.statistics, on: images).end(network).network == network)
    #expect(!Recalibration(.statistics, on: images).changes(graph))
  }
}
