import TestSupport
import Testing

@testable import Kernel

@Suite struct ConvolutionGroupTests {
  private func network(_ graph: Graph, _ seed: UInt64 = 5) -> Network {
    Network(graph: graph, initial: .uniform, from: RandomStream(seed: seed, name: "channels"))
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

  @Test func channelsAroundOtherGroupsStay() throws {
    // Inputs and outputs of the convolution in groups; the one behind it makes units again.
    #expect(try graph("two groups").axisGroups.map(\.name) == ["node3"])
    #expect(try graph("two of a channel").axisGroups.map(\.name) == ["node3"])
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
      #expect(permuted.renumberingKey == network.renumberingKey)
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
