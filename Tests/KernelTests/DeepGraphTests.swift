import Foundation
import Kernel
import TestSupport
import Testing

@Suite struct DeepGraphTests {
  @Test(arguments: [
    (11, Graph.NormKind.none, 132_863_336), (13, .none, 133_047_848), (16, .batch, 138_365_992),
    (19, .none, 143_667_240),
  ])
  func largeVGGHasAsManyWeightsAsPyTorchSays(
    depth: Int, norm: Graph.NormKind, weights: Int
  ) throws {
    let graph = try Graph.vgg(
      depth: depth, norm: norm, form: .imagenet, inputShape: [3, 224, 224], classes: 1000)
    #expect(graph.parameterCount == weights)
  }

  @Test(arguments: [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032)])
  func largeResNetHasAsManyWeightsAsPyTorchSays(depth: Int, weights: Int) throws {
    let graph = try Graph.resnet(
      depth: depth, norm: .batch, form: .imagenet, inputShape: [3, 224, 224], classes: 1000)
    #expect(graph.parameterCount == weights)
  }

  @Test func arraysHaveTheNamesOfPyTorch() throws {
    let plain = try Graph.vgg(
      depth: 11, norm: .none, form: .cifar, inputShape: [3, 32, 32], width: 4, classes: 10)
    let numbers = [0, 3, 6, 8, 11, 13, 16, 18].flatMap {
      ["features.\($0).weight", "features.\($0).bias"]
    }
    #expect(plain.parameters.map(\.name) == numbers + ["classifier.weight", "classifier.bias"])
    let normed = try Graph.vgg(
      depth: 11, norm: .batch, form: .imagenet, inputShape: [3, 224, 224], width: 1, classes: 10)
    let names = normed.parameters.map(\.name)
    #expect(
      names.suffix(12) == [
        "features.25.weight", "features.25.bias", "features.26.weight", "features.26.bias",
        "features.26.running_mean", "features.26.running_var", "classifier.0.weight",
        "classifier.0.bias", "classifier.3.weight", "classifier.3.bias", "classifier.6.weight",
        "classifier.6.bias",
      ])
    let residual = try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: [3, 32, 32], width: 4, classes: 10)
    let second = residual.parameters.map(\.name).filter { $0.hasPrefix("layer2.0") }
    let statistics = ["weight", "bias", "running_mean", "running_var"]
    #expect(
      second
        == ["layer2.0.conv1.weight"] + statistics.map { "layer2.0.bn1.\($0)" }
        + ["layer2.0.conv2.weight"] + statistics.map { "layer2.0.bn2.\($0)" }
        + ["layer2.0.downsample.0.weight"] + statistics.map { "layer2.0.downsample.1.\($0)" })
    #expect(Set(residual.nodes.map(\.name)).count == residual.nodes.count)
  }

  @Test func groupsLeaveTwoChannelsEach() {
    #expect(
      [1, 2, 4, 7, 8, 12, 64, 96, 512].map(Graph.NormKind.groupCount(channels:)) == [
        1, 1, 2, 1, 4, 6, 32, 32, 32,
      ])
  }

  @Test func imagesOfOtherSizesAreRefused() {
    #expect(throws: Failure.self) {
      try Graph.vgg(
        depth: 11, norm: .none, form: .cifar, inputShape: [1, 28, 28], classes: 10)
    }
    #expect(throws: Failure.self) {
      try Graph.vgg(
        depth: 11, norm: .none, form: .imagenet, inputShape: [3, 256, 256], classes: 10)
    }
    #expect(throws: Failure.self) {
      try Graph.resnet(depth: 18, norm: .none, form: .cifar, inputShape: [784], classes: 10)
    }
    #expect(throws: Failure.self) {
      try Graph.resnet(depth: 101, norm: .none, form: .cifar, inputShape: [3, 8, 8], classes: 10)
    }
  }

  @Test func streamsShareOnePermutation() throws {
    // A stage has one group for its stream and one for each block's inside.
    let graph = try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: [3, 8, 8], width: 4, classes: 3)
    #expect(graph.axisGroups.count == 4 + 8)
  }

  @Test(arguments: Graph.Family.allCases.filter(\.isDeep))
  func aFamilyIsKnownByItsNodes(family: Graph.Family) throws {
    for norm in Graph.NormKind.allCases {
      for form in Graph.ImageForm.allCases {
        let design = Graph.DeepDesign(
          family: family, norm: norm, form: form, width: 3,
          dropout: family.usualNorm == .none ? 0.25 : 0)
        let graph = try design.graph(
          inputShape: form == .cifar ? [3, 32, 40] : [3, 224, 224], classes: 7)
        #expect(graph.deepDesign == design)
        #expect(graph.family == family)
        var nodes = graph.nodes
        nodes[5].name += "x"
        #expect(Graph(nodes: nodes).family == nil)
      }
    }
  }

  /// Traps 2, 6, 7 and 8: P for its transpose, streams, flattening, group norm.
  @Test(arguments: Graph.Family.allCases.filter(\.isDeep))
  func renumberedUnitsKeepTheFunction(family: Graph.Family) throws {
    for norm in Graph.NormKind.allCases {
      let graph = try Graph.DeepDesign(family: family, norm: norm, form: .cifar, width: 6)
        .graph(inputShape: [3, 32, 32], classes: 4)
      let network = Network(
        graph: graph, initial: .he, from: RandomStream(seed: 4, name: "deep")
      ).withRandomStatistics()
      let gate = FunctionGate(for: graph)
      // A cycle through all units of every group: no permutation undoes itself.
      let cycle = NetworkPermutation(
        groups: try graph.axisGroups.map { group in
          try #require(Permutation(Array(1..<group.count) + [0]))
        })
      let permuted = try gate.permute(network, by: cycle)
      #expect(permuted.parameters != network.parameters)
      // Where one array is left as it was, it is another function.
      for group in graph.axisGroups {
        guard let axis = group.axes.last else { continue }
        var parameters = permuted.parameters
        parameters[axis.parameter] = network.parameters[axis.parameter]
        #expect(throws: Failure.self) {
          try gate.check(network.with(parameters: parameters), computes: network)
        }
      }
    }
  }

  @Test func fewWordsSayWhatADeepNetworkIs() throws {
    func text(_ family: Graph.Family, _ norm: Graph.NormKind, width: Int = 64) throws -> String {
      try Graph.DeepDesign(family: family, norm: norm, form: .cifar, width: width)
        .graph(inputShape: [3, 32, 32], classes: 10).architectureText
    }
    #expect(try text(.resnet18, .batch) == "resnet18 width 64, 3×32×32 → 10")
    #expect(try text(.vgg16, .batch, width: 8) == "vgg16 width 8 norm=batch, 3×32×32 → 10")
    let deep = Graph.mlp(inputShape: [9], hidden: [Int](repeating: 5, count: 30), classes: 2)
    #expect(deep.architectureText == "mlp 9-5-5-5-…-5-2 (31 layers)")
    #expect(deep.briefText == "9-5-5-5-…-5-2 (31 layers)")
  }

  @Test func everyNodeIsInTheGroupOfItsUnits() throws {
    let graph = try Graph.resnet(
      depth: 18, norm: .batch, form: .cifar, inputShape: [3, 8, 8], width: 4, classes: 3)
    let groups = graph.axisGroups
    for (place, group) in groups.enumerated() {
      let members = graph.nodes.indices.filter { graph.axisGroupsOfNode[$0] == place..<place + 1 }
      #expect(members.allSatisfy { graph.unitCount(of: $0) == group.count })
      #expect(members.first.map { graph.nodes[$0].name } == group.name)
    }
    #expect(graph.axisGroupsOfNode[0].isEmpty && graph.axisGroupsOfNode.last?.isEmpty == true)
    let cut = try #require(imageGraphs.first { $0.name == "groups that cut each other" }?.graph)
    #expect(cut.axisGroupsOfNode.map(\.count) == [0, 4, 4, 4, 4, 4, 4, 3, 3, 3, 0])
  }
}
