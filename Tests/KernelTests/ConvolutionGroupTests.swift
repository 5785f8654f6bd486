import TestSupport
import Testing

@testable import Kernel

@Suite struct ConvolutionGroupTests {
  private func network(_ graph: Graph, _ seed: UInt64 = 5) -> Network {
    Network(graph: graph, initial: .uniform, from: RandomStream(seed: seed, name: "channels"))
      .withRandomStatistics(seed: seed)
  }

  private func graph(_ name: String) throws -> Graph {
    try #require(imageGraphs.first { $0.name == name }?.graph)
  }

  @Test func channelsAreRowsOfOneKernelAndColumnsOfTheNext() {
    let graph = Graph.shallowCNN(inputShape: [1, 8, 8], width: 5, depth: 2, classes: 3)
    #expect(
      graph.axisGroups == [
        AxisGroup(
          name: "conv1", count: 5,
          axes: [
            .init(parameter: 0, axis: 0), .init(parameter: 1, axis: 0),
            .init(parameter: 2, axis: 1),
          ]),
        // Trap 7: after the flatten a channel is a block of its 2×2 places.
        AxisGroup(
          name: "conv2", count: 5,
          axes: [
            .init(parameter: 2, axis: 0), .init(parameter: 3, axis: 0),
            .init(parameter: 4, axis: 1, block: 4),
          ]),
      ])
  }

  /// Trap 6: one group for each residual stream.
  @Test func aResidualStreamIsOneGroup() throws {
    let groups = try graph("residual").axisGroups
    #expect(groups.map(\.name) == ["stem", "inner"])
    #expect(
      Set(groups[0].axes)
        == [
          .init(parameter: 0, axis: 0), .init(parameter: 1, axis: 0),
          .init(parameter: 2, axis: 1), .init(parameter: 4, axis: 0),
          .init(parameter: 5, axis: 0), .init(parameter: 6, axis: 0),
          .init(parameter: 6, axis: 1), .init(parameter: 7, axis: 0),
          .init(parameter: 8, axis: 1),
        ])
  }

  @Test func aDepthwiseChannelIsThatOfItsInput() throws {
    let groups = try graph("depthwise").axisGroups
    #expect(groups.map(\.count) == [5, 4])
    #expect(groups[0].axes.contains(.init(parameter: 2, axis: 0)))
    #expect(!groups[0].axes.contains(.init(parameter: 2, axis: 1)))
  }

  /// An output channel stays in its group, and an input channel is a column of that group's rows.
  @Test func channelsMoveWithinTheGroupsOfAConvolution() throws {
    let groups = try graph("two groups").axisGroups
    #expect(
      groups == [
        AxisGroup(
          name: "node1[0..2]", count: 3,
          axes: [
            .init(parameter: 0, axis: 0), .init(parameter: 1, axis: 0),
            .init(parameter: 2, axis: 1),
          ]),
        AxisGroup(
          name: "node1[3..5]", count: 3,
          axes: [
            .init(parameter: 0, axis: 0, start: 3), .init(parameter: 1, axis: 0, start: 3),
            .init(parameter: 2, axis: 1, start: 3),
          ]),
        AxisGroup(
          name: "node3", count: 5,
          axes: [
            .init(parameter: 2, axis: 0), .init(parameter: 3, axis: 0),
            .init(parameter: 4, axis: 1, block: 42),
          ]),
      ])
    #expect(
      try graph("two of a channel").axisGroups.map(\.name)
        == ["node1[0..1]", "node1[2..3]", "node1[4..5]", "node1[6..7]", "node3"])
  }

  /// 12 channels cut into 4 and, behind a depthwise convolution, into 2 and into 3: bounds at 0, 3, 4,
  /// 6, 8 and 9, and channels 3 and 8 are alone.
  @Test func cutsOfOneStreamAreTakenTogether() throws {
    let groups = try graph("groups that cut each other").axisGroups
    #expect(
      groups.map(\.name) == [
        "node1[0..2]", "node1[3..5]", "node1[6..8]", "node1[9..11]", "node3[0..2]",
        "node3[4..5]", "node3[6..7]", "node3[9..11]", "node7[0..2]", "node7[3..5]", "node7[6..8]",
      ])
    // The convolution that cuts into 3 has channels 4 and 5 as the first two of its second group.
    #expect(
      groups[5].axes.last
        == .init(parameter: 8, axis: 1, start: 0, rows: 3..<6))
    #expect(
      groups[1].axes.last == .init(parameter: 2, axis: 1, start: 0, rows: 3..<6))
  }

  @Test func unitsThatSpanTwoGroupsStay() {
    // Five channels of two places, flattened, in two groups of five numbers: channel 2 is in both.
    let graph = Graph(nodes: [
      .init("input", .input(shape: [1, 1, 2]), inputs: []),
      .init("conv", .convolution(Convolution(outputs: 5, kernel: 1)), inputs: [0]),
      .init("flat", .flatten, inputs: [1]),
      .init("norm", .groupNorm(groups: 2), inputs: [2]),
      .init("fc", .linear(outputs: 3), inputs: [3]),
    ])
    #expect(graph.axisGroups.map(\.name) == ["conv[0..1]", "conv[3..4]"])
  }

  @Test func unitsOfDifferentSizeThatAreAddedStay() {
    let graph = Graph(nodes: [
      .init("input", .input(shape: [1, 2, 2]), inputs: []),
      .init("conv", .convolution(Convolution(outputs: 2, kernel: 1)), inputs: [0]),
      .init("flat", .flatten, inputs: [1]),
      .init("pixels", .flatten, inputs: [0]),
      .init("fc1", .linear(outputs: 8), inputs: [3]),
      .init("sum", .add, inputs: [2, 4]),
      .init("fc2", .linear(outputs: 3), inputs: [5]),
    ])
    #expect(graph.axisGroups.isEmpty)
  }

  /// Trap 2: P for its transpose, which a permutation made of swaps would not tell.
  @Test(arguments: imageGraphs.indices)
  func aThreeCycleKeepsTheFunction(place: Int) throws {
    let graph = imageGraphs[place].graph
    let network = network(graph)
    let gate = FunctionGate(for: graph)
    for (index, group) in graph.axisGroups.enumerated() where group.count >= 3 {
      var permutation = NetworkPermutation(identityFor: graph)
      permutation.groups[index] = try #require(
        Permutation([1, 2, 0] + Array(3..<group.count)))
      let permuted = try gate.permute(network, by: permutation)
      #expect(permuted.parameters != network.parameters)
      #expect(permuted.renumberingKey() == network.renumberingKey())
      // One axis moved back the wrong way is another function.
      for axis in group.axes {
        var parameters = permuted.parameters
        parameters[axis.parameter] = parameters[axis.parameter].gathered(
          axis, from: permutation.groups[index].sources)
        #expect(throws: Failure.self) {
          try gate.check(network.with(parameters: parameters), computes: network)
        }
      }
    }
    let random = NetworkPermutation(
      randomFor: graph, from: RandomStream(seed: 2, name: "channels"))
    #expect(try gate.permute(network, by: random).permuted(by: random.inverse) == network)
  }

  @Test func balancingKeepsTheFunctionOfAShallowNetwork() throws {
    let data = smallImages(samples: 100)
    let network = try trainedShallowCNNs(1, depth: 4, on: data)[0]
    let balanced = try network.balanced().network
    #expect(balanced.parameters != network.parameters)
    try FunctionGate(for: network.graph).check(balanced, computes: network)
    for (name, word) in [("depthwise", "groups"), ("residual", "rectifier")] {
      let other = self.network(try graph(name))
      let failure = #expect(throws: Failure.self) { try other.balanced() }
      #expect(failure?.message.contains(word) == true)
    }
  }
}
