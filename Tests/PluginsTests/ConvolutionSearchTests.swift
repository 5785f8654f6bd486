import Contract
import Kernel
import TestSupport
import Testing

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

  @Test(arguments: ["depthwise", "residual"], [0, 1, 6])
  func plantedChannelsOfOtherGraphsAreFound(name: String, matcher: Int) throws {
    let (plugin, given) = Self.matchers[matcher]
    let graph = try #require(imageGraphs.first { $0.name == name }?.graph)
    let network = Network(
      graph: graph, initial: .uniform, from: RandomStream(seed: 2, name: "planted"))
    let planted = planted(in: network)
    let outcome = try plugin.init(try settings(plugin.card, given)).search(
      task(
        [network, network.permuted(by: planted)], smallImages(shape: graph.inputShape, classes: 3)))
    #expect(outcome.permutations?[1] == planted.inverse, "\(plugin.card.id)")
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

  @Test func whatHasNoUnitsOfTheLayerBelowIsRefused() throws {
    for (name, hessian, word) in [
      ("depthwise", "full", "groups"), ("residual", "scalar", "added"),
    ] {
      let graph = try #require(imageGraphs.first { $0.name == name }?.graph)
      let networks = (0..<2 as Range<UInt64>).map {
        Network(graph: graph, initial: .uniform, from: RandomStream(seed: $0, name: name))
      }
      let failure = #expect(throws: Failure.self) {
        try FunctionalDifference(
          try settings(FunctionalDifference.card, ["hessian": .word(hessian)])
        ).search(task(networks, smallImages(shape: graph.inputShape, classes: 3)))
      }
      #expect(failure?.code == .incompatible)
      #expect(failure?.message.contains(word) == true)
    }
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
