import Kernel
import TestSupport
import Testing

@testable import Contract
@testable import Plugins

/// Every built-in method on networks with convolutions.
@Suite struct ConvolutionSearchTests {
  private func task(_ networks: [Network], _ data: DataSet?, threads: Int = 2) -> SearchTask {
    SearchTask(
      networks: networks, data: data, random: RandomStream(seed: 1, name: "convolutions"),
      pool: WorkPool(threadCount: threads))
  }

  private func settings(_ card: MethodCard, _ given: [String: Setting] = [:]) throws -> Settings {
    try Settings(defaultsOf: card, given)
  }

  private func planted(in network: Network) -> NetworkPermutation {
    NetworkPermutation(randomFor: network.graph, from: RandomStream(seed: 3, name: "planted"))
  }

  private static let matchers: [(any SearchPlugin.Type, [String: Setting])] = [
    (WeightMatching.self, ["restarts": .integer(8)]),
    (MergeMany.self, ["restarts": .integer(8)]),
    (FunctionalDifference.self, [:]),
    (FunctionalDifference.self, ["match": .word("optimal")]),
    (FunctionalDifference.self, ["hessian": .word("diagonal")]),
    (FunctionalDifference.self, ["hessian": .word("scalar")]),
    (ActivationMatching.self, [:]),
    (ActivationMatching.self, ["similarity": .word("covariance")]),
  ]

  @Test(arguments: matchers.indices, [2, 4])
  func plantedChannelsAreFound(matcher: Int, depth: Int) throws {
    let (plugin, given) = Self.matchers[matcher]
    let data = smallImages()
    let network = try trainedShallowCNNs(1, width: 7, depth: depth, on: data)[0]
    let planted = planted(in: network)
    let outcome = try plugin.init(try settings(plugin.card, given)).search(
      task([network, network.permuted(by: planted)], data))
    #expect(outcome.permutations?[1] == planted.inverse, "\(plugin.card.id)")
  }

  /// Convolutions in groups, sums and normalizations, the last with statistics as after training.
  @Test(
    arguments: [
      "depthwise", "residual", "two groups", "two of a channel", "groups that cut each other",
      "groups behind a flatten", "residual with groups", "residual with batch norm", "batch norm",
      "layer norm", "group norm",
    ], matchers.indices)
  func plantedChannelsOfOtherGraphsAreFound(name: String, matcher: Int) throws {
    let (plugin, given) = Self.matchers[matcher]
    let graph = try #require(imageGraphs.first { $0.name == name }?.graph)
    let network = Network(
      graph: graph, initial: .uniform, from: RandomStream(seed: 2, name: "planted")
    ).withRandomStatistics()
    let planted = planted(in: network)
    let networks = [network, network.permuted(by: planted)]
    let data = smallImages(shape: graph.inputShape, classes: 3)
    let outcomes = try [2, 1, 3].map {
      try plugin.init(try settings(plugin.card, given)).search(task(networks, data, threads: $0))
    }
    #expect(outcomes[0].permutations?[1] == planted.inverse, "\(plugin.card.id)")
    for other in outcomes.dropFirst() {
      #expect(Conformance.difference(outcomes[0], other) == nil, "\(plugin.card.id)")
    }
  }

  /// What a network has seen is no weight: it decides nothing.
  @Test func weightsAreMatchedWithoutStatistics() throws {
    let graph = try #require(imageGraphs.first { $0.name == "residual with batch norm" }?.graph)
    let networks = (0..<2 as Range<UInt64>).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: $0, name: "statistics"))
        .withRandomStatistics(seed: $0)
    }
    var other = networks[1]
    for (index, parameter) in graph.parameters.enumerated() where !parameter.role.isTrained {
      other.parameters[index] = Tensor(
        shape: parameter.shape, values: other.parameters[index].values.reversed())
    }
    #expect(other != networks[1])
    for plugin in [WeightMatching.self, MergeMany.self] as [any SearchPlugin.Type] {
      let outcomes = try [networks[1], other].map {
        try plugin.init(try settings(plugin.card)).search(task([networks[0], $0], nil))
      }
      #expect(Conformance.difference(outcomes[0], outcomes[1]) == nil, "\(plugin.card.id)")
    }
  }

  /// d_ij = ½ Σ_k v_kᵀ (H_A⁻¹ + H_B⁻¹)⁻¹ v_k over the places k of the window; of one data set both H
  /// are one at the first layer, and half of it is their parallel sum.
  @Test func theDifferenceIsSummedOverTheWindow() throws {
    let data = smallImages(samples: 80, shape: [2, 5, 6])
    let graph = Graph(nodes: [
      .init("input", .input(shape: [2, 5, 6]), inputs: []),
      .init("conv", .convolution(Convolution(outputs: 4, kernel: 3, padding: 1)), inputs: [0]),
      .init("relu", .relu, inputs: [1]), .init("flatten", .flatten, inputs: [2]),
      .init("fc", .linear(outputs: 4), inputs: [3]),
    ])
    let networks = (0..<2 as Range<UInt64>).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: $0, name: "window"))
    }
    let moment = try networks[0].inputMoments(of: [1], on: data)[0].matrix
    var expected = 0.0
    for unit in 0..<4 {
      for place in 0..<9 {
        var vector = (0..<2).map { channel in
          Double(networks[0].parameters[0][(unit * 2 + channel) * 9 + place])
            - Double(networks[1].parameters[0][(unit * 2 + channel) * 9 + place])
        }
        // The bias counts once.
        let bias = Double(networks[0].parameters[1][unit]) - Double(networks[1].parameters[1][unit])
        vector.append(place == 4 ? bias : 0)
        for row in 0..<3 {
          for column in 0..<3 {
            expected += 0.25 * vector[row] * moment[row, column] * vector[column]
          }
        }
      }
    }
    let outcome = try FunctionalDifference(
      try settings(FunctionalDifference.card), cache: InputMomentCache(byteLimit: 1 << 20)
    ).search(task(networks, data))
    #expect(abs((outcome.startCost ?? 0) - expected) < 1e-9 * expected)
  }

  @Test func annealingGoesByForwardPassesAndSaysSo() throws {
    let data = smallImages(samples: 60, shape: [1, 6, 6])
    let networks = try trainedShallowCNNs(2, width: 4, on: data)
    for plugin in [SharedAverageAnnealing.self, PairwiseBarrierAnnealing.self]
      as [any SearchPlugin.Type]
    {
      let given: [String: Setting] = ["steps": .integer(60)]
      let outcomes = try [1, 2, 3].map {
        try plugin.init(try settings(plugin.card, given))
          .search(task(networks, data, threads: $0))
      }
      #expect(outcomes[0].notes.contains { $0.contains("chains of linear layers") })
      #expect(outcomes[0].permutations == outcomes[1].permutations)
      #expect(outcomes[0].permutations == outcomes[2].permutations)
      let (cost, start) = (try #require(outcomes[0].cost), try #require(outcomes[0].startCost))
      #expect(cost <= start)
    }
  }

  @Test func everyOrderOfANarrowNetworkIsTried() throws {
    let data = smallImages(samples: 60, shape: [1, 4, 4])
    let networks = try trainedShallowCNNs(2, width: 3, on: data)
    let outcome = try BruteForce(try settings(BruteForce.card)).search(task(networks, data))
    // From the first of the 36 orders by as many exchanges as there are others.
    #expect(outcome.steps == 35)
    let permutations = try #require(outcome.permutations)
    let average = Network.average(of: networks, permutedBy: permutations)
    #expect(try average.score(on: data).error == outcome.cost)
  }

  @Test func subspacesAreLearned() throws {
    let data = smallImages()
    let networks = try trainedShallowCNNs(2, on: data)
    let outcomes = try [1, 3].map {
      try SubspaceLearning(try settings(SubspaceLearning.card, ["epochs": .integer(1)]))
        .search(task(networks, data, threads: $0))
    }
    #expect(outcomes[0].learnedNetworks?.count == 2)
    #expect(outcomes[0].learnedNetworks == outcomes[1].learnedNetworks)
    #expect(outcomes[0].learnedNetworks != networks)
  }
}
