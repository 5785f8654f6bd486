import Kernel
import TestSupport
import Testing

@testable import Contract
@testable import Plugins

/// Methods on networks with residual sums, where no order of the layers lets each be matched once.
@Suite struct ResidualMatchingTests {
  /// Two blocks on a stream, then a downsampling block on a second one.
  private static let graph: Graph = {
    func convolution(
      _ name: String, _ outputs: Int, _ kernel: Int, _ stride: Int = 1, from input: Int
    ) -> Graph.Node {
      Graph.Node(
        name,
        .convolution(
          Convolution(outputs: outputs, kernel: kernel, stride: stride, padding: kernel / 2)),
        inputs: [input])
    }
    return Graph(nodes: [
      .init("input", .input(shape: [2, 8, 8]), inputs: []),
      convolution("stem", 6, 3, from: 0), .init("relu1", .relu, inputs: [1]),
      convolution("a1", 6, 3, from: 2), .init("relu2", .relu, inputs: [3]),
      convolution("a2", 6, 3, from: 4), .init("sum1", .add, inputs: [5, 2]),
      .init("relu3", .relu, inputs: [6]),
      convolution("b1", 6, 3, from: 7), .init("relu4", .relu, inputs: [8]),
      convolution("b2", 6, 3, from: 9), .init("sum2", .add, inputs: [10, 7]),
      .init("relu5", .relu, inputs: [11]),
      convolution("c1", 8, 3, 2, from: 12), .init("relu6", .relu, inputs: [13]),
      convolution("c2", 8, 3, from: 14), convolution("shortcut", 8, 1, 2, from: 12),
      .init("sum3", .add, inputs: [15, 16]), .init("relu7", .relu, inputs: [17]),
      .init("mean", .globalAveragePool, inputs: [18]),
      .init("fc", .linear(outputs: 4), inputs: [19]),
    ])
  }()

  private static let data = smallImages(samples: 400)
  private static let trained: [Network]? = try? trainedNetworks(
    4, of: graph, on: data, epochs: 20, learningRate: 0.02)

  private func search(
    _ plugin: any SearchPlugin.Type, _ given: [String: Setting] = [:], _ networks: [Network],
    threads: Int = 2
  ) throws -> SearchOutcome {
    try plugin.init(try Settings(defaultsOf: plugin.card, given)).search(
      SearchTask(
        networks: networks, data: Self.data, random: RandomStream(seed: 1, name: "residual"),
        pool: WorkPool(threadCount: threads)))
  }

  private func barrier(_ outcome: SearchOutcome, _ networks: [Network]) throws -> Double {
    let moved = try outcome.networks(from: networks)
    let middle = Network.average(
      of: networks, permutedBy: try #require(outcome.permutations))
    let ends = try moved.map { try $0.score(on: Self.data).loss }
    return try middle.score(on: Self.data).loss - (ends[0] + ends[1]) / 2
  }

  @Test func aStreamHasOneGroupAndItsLayersReadLaterOnes() throws {
    let layers = try MatchedLayer.all(of: Self.graph)
    #expect(Self.graph.axisGroups.map(\.name) == ["stem", "a1", "b1", "c1", "c2"])
    #expect(layers.map(\.count) == [3, 1, 1, 1, 2])
    #expect(LayerwiseMatch.isCyclic(layers))
    let chain = Graph.shallowCNN(inputShape: [2, 8, 8], width: 4, depth: 4, classes: 4)
    #expect(try !LayerwiseMatch.isCyclic(MatchedLayer.all(of: chain)))
  }

  /// Barriers fall, and sweeps never raise the cost.
  @Test(arguments: ["greedy", "optimal"])
  func independentNetworksComeNearer(match: String) throws {
    let networks = try #require(Self.trained)
    var (found, naive) = (0.0, 0.0)
    for pair in [0, 2] {
      let two = Array(networks[pair...pair + 1])
      let outcomes = try [1, 10].map {
        try search(
          FunctionalDifference.self, ["match": .word(match), "sweeps": .integer($0)], two)
      }
      let costs = try outcomes.map { try #require($0.cost) }
      #expect(costs[1] <= costs[0])
      found += try barrier(outcomes[1], two)
      naive += try barrier(try search(IdentityBaseline.self, [:], two), two)
    }
    #expect(found < naive)
  }

  /// A stem with noise alone mistakes units; with what the blocks add to the stream more are found.
  @Test func whatBlocksAddCorrectsTheStem() throws {
    let network = try #require(Self.trained?.first)
    var found: [Float: [Int]] = [:]
    for noise: Float in [0.6, 1, 1.6] {
      for seed in 0..<12 as Range<UInt64> {
        let planted = NetworkPermutation(
          randomFor: Self.graph, from: RandomStream(seed: seed, name: "planted"))
        var noisy = network
        var stream = RandomStream(seed: seed, name: "noise")
        noisy.parameters[0] = Tensor(
          shape: network.parameters[0].shape,
          values: network.parameters[0].values.map {
            $0 + noise * Float(stream.nextNormalPair().0)
          })
        for (place, sweeps) in [1, 10].enumerated() {
          let outcome = try search(
            FunctionalDifference.self, ["match": .word("optimal"), "sweeps": .integer(sweeps)],
            [network, noisy.permuted(by: planted)])
          let groups = try #require(outcome.permutations?[1].groups)
          for (group, order) in groups.enumerated() {
            found[noise, default: [0, 0]][place] +=
              order.after(planted.groups[group]).fixedPointCount
          }
        }
      }
    }
    #expect(found.values.allSatisfy { $0[1] > $0[0] }, "\(found)")
  }

  /// One permutation of a trained network is found by every method that promises it, and the barrier
  /// is gone.
  @Test(arguments: ["weight_match", "merge_many", "fd", "activation_match"])
  func aPlantedPermutationOfATrainedNetworkIsFound(id: String) throws {
    let network = try #require(Self.trained?.first)
    let method = try #require(Registry.method(id))
    for seed in 0..<3 as Range<UInt64> {
      let planted = NetworkPermutation(
        randomFor: Self.graph, from: RandomStream(seed: seed, name: "planted"))
      let networks = [network, network.permuted(by: planted)]
      let restarts: [String: Setting] =
        id == "weight_match" || id == "merge_many" ? ["restarts": .integer(8)] : [:]
      let outcome = try method.make(Settings(defaultsOf: method.card, restarts)).search(
        SearchTask(
          networks: networks, data: Self.data, random: RandomStream(seed: 1, name: "residual"),
          pool: WorkPool(threadCount: 2)))
      #expect(outcome.permutations?[1] == planted.inverse, "\(id), seed \(seed)")
      #expect(try abs(barrier(outcome, networks)) < 1e-6)
    }
  }

  /// Every method runs, and gives the same bits at any number of threads.
  @Test(arguments: Registry.all.map { $0.card.id }.filter { $0 != "grid_match" })
  func everyMethodGivesTheSameBits(id: String) throws {
    let method = try #require(Registry.method(id))
    // Of 3! orders of each of two layers all are tried.
    let graph =
      id == "brute_force"
      ? Graph(nodes: [
        .init("input", .input(shape: [2, 8, 8]), inputs: []),
        .init("stem", .convolution(Convolution(outputs: 3, kernel: 1)), inputs: [0]),
        .init("relu", .relu, inputs: [1]),
        .init("inner", .convolution(Convolution(outputs: 3, kernel: 1)), inputs: [2]),
        .init("relu2", .relu, inputs: [3]),
        .init("outer", .convolution(Convolution(outputs: 3, kernel: 1)), inputs: [4]),
        .init("sum", .add, inputs: [2, 5]), .init("mean", .globalAveragePool, inputs: [6]),
        .init("fc", .linear(outputs: 4), inputs: [7]),
      ]) : Self.graph
    let networks = (0..<2 as Range<UInt64>).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: $0, name: "bits"))
    }
    let given: [String: Setting] = [
      "steps": .integer(40), "restarts": .integer(2), "epochs": .integer(1),
    ].filter { name, _ in method.card.parameters.contains { $0.name == name } }
    let data = smallImages(samples: 60)
    let outcomes = try [1, 2, 3].map { threads in
      try method.make(Settings(defaultsOf: method.card, given)).search(
        SearchTask(
          networks: networks, data: data, random: RandomStream(seed: 1, name: "bits"),
          pool: WorkPool(threadCount: threads)))
    }
    for outcome in outcomes.dropFirst() {
      #expect(Conformance.difference(outcomes[0], outcome) == nil)
    }
    _ = try outcomes[0].networks(from: networks, pool: WorkPool(threadCount: 1))
  }
}
