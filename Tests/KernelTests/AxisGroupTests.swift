import Testing

@testable import Kernel

@Suite struct AxisGroupTests {
  @Test func anMLPHasAGroupForEachHiddenLayer() {
    let graph = Graph.mlp(inputShape: [1, 2, 2], hidden: [5, 3], classes: 2)
    #expect(
      graph.axisGroups == [
        AxisGroup(
          name: "fc1", count: 5,
          axes: [
            .init(parameter: 0, axis: 0), .init(parameter: 1, axis: 0),
            .init(parameter: 2, axis: 1),
          ]),
        AxisGroup(
          name: "fc2", count: 3,
          axes: [
            .init(parameter: 2, axis: 0), .init(parameter: 3, axis: 0),
            .init(parameter: 4, axis: 1),
          ]),
      ])
  }

  /// Trap 1: output classes permuted.
  @Test func inputAndOutputAxesAreInNoGroup() {
    let graph = Graph.mlp(inputShape: [4], hidden: [5], classes: 3)
    let axes = graph.axisGroups.flatMap(\.axes)
    #expect(!axes.contains { $0.parameter == 0 && $0.axis == 1 })
    #expect(!axes.contains { $0.parameter >= 2 && $0.axis == 0 })
  }

  @Test func dropoutChangesNoGroup() {
    let plain = Graph.mlp(inputShape: [4], hidden: [5, 6], classes: 3)
    let dropping = Graph.mlp(inputShape: [4], hidden: [5, 6], classes: 3, dropout: 0.5)
    #expect(plain.axisGroups == dropping.axisGroups)
  }

  @Test func aLinearClassifierHasNoGroup() {
    #expect(Graph.mlp(inputShape: [4], hidden: [], classes: 3).axisGroups.isEmpty)
  }

  /// Trap 6: what several layers read is one group, as a residual stream is.
  @Test func twoReadersOfOneLayerShareItsGroup() {
    // Both heads read the same units, so both must follow; the first head's own units go nowhere.
    let graph = Graph(nodes: [
      .init("input", .input(shape: [4]), inputs: []),
      .init("trunk", .linear(outputs: 6), inputs: [0]),
      .init("relu", .relu, inputs: [1]),
      .init("side", .linear(outputs: 2), inputs: [2]),
      .init("head", .linear(outputs: 3), inputs: [2]),
    ])
    let trunk = graph.axisGroups[0]
    #expect(trunk.name == "trunk")
    #expect(trunk.axes.contains(.init(parameter: 2, axis: 1)))
    #expect(trunk.axes.contains(.init(parameter: 4, axis: 1)))
  }
}

@Suite struct NetworkPermutationTests {
  private let graph = Graph.mlp(inputShape: [1, 3, 3], hidden: [6, 6, 5], classes: 4)

  private func network(_ seed: UInt64 = 1) -> Network {
    Network(graph: graph, initial: .uniform, from: RandomStream(seed: seed, name: "network"))
  }

  private func permutation(_ seed: UInt64) -> NetworkPermutation {
    NetworkPermutation(randomFor: graph, from: RandomStream(seed: seed, name: "permutation"))
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func inverseBringsTheWeightsBack(seed: UInt64) {
    let permuted = network().permuted(by: permutation(seed))
    #expect(permuted.parameters != network().parameters)
    #expect(permuted.permuted(by: permutation(seed).inverse).parameters == network().parameters)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func afterIsOneThenTheOther(seed: UInt64) {
    let (first, second) = (permutation(seed), permutation(seed + 50))
    #expect(
      network().permuted(by: second.after(first)).parameters
        == network().permuted(by: first).permuted(by: second).parameters)
  }

  @Test func groupsOfEqualWidthAreDrawnIndependently() {
    // One seed for all groups would give layers of equal width the same permutation.
    let equal = (0..<200 as Range<UInt64>).count {
      let groups = permutation($0).groups
      return groups[0] == groups[1]
    }
    // One in 720 by chance.
    #expect(equal < 5)
  }

  @Test func knowsWhetherItFits() {
    #expect(permutation(1).fits(graph))
    #expect(!permutation(1).fits(.mlp(inputShape: [9], hidden: [6, 6], classes: 4)))
    #expect(!permutation(1).fits(.mlp(inputShape: [9], hidden: [6, 5, 6], classes: 4)))
  }

  /// Trap 4: end points overwritten in place.
  @Test func permutingCopiesAndLeavesTheOriginal() {
    let original = network()
    let before = original.parameters.map { $0.values.map(\.bitPattern) }
    _ = original.permuted(by: permutation(3))
    #expect(original.parameters.map { $0.values.map(\.bitPattern) } == before)
  }

  /// Trap 2: P for its transpose, which a permutation made of swaps would not tell.
  @Test func aThreeCycleMovesRowsAndColumnsTheSameWay() throws {
    // Rows and bias gather by P, the next layer's columns by the same P: written out by hand.
    let graph = Graph.mlp(inputShape: [2], hidden: [3], classes: 2)
    let network = try Network(
      graph: graph,
      parameters: [
        Tensor(shape: [3, 2], values: [10, 11, 20, 21, 30, 31]),
        Tensor(shape: [3], values: [1, 2, 3]),
        Tensor(shape: [2, 3], values: [4, 5, 6, 7, 8, 9]),
        Tensor(shape: [2], values: [0, 1]),
      ])
    let cycle = try #require(Permutation([1, 2, 0]))
    let permuted = network.permuted(by: NetworkPermutation(groups: [cycle]))
    #expect(permuted.parameters[0].values == [20, 21, 30, 31, 10, 11])
    #expect(permuted.parameters[1].values == [2, 3, 1])
    #expect(permuted.parameters[2].values == [5, 6, 4, 8, 9, 7])
    #expect(permuted.parameters[3].values == [0, 1])
  }

  /// Trap 7: a flattened convolution.
  @Test func aFlattenedChannelMovesAsABlock() {
    // Three channels of two places each: columns move in pairs that stay together.
    let columns = Tensor(shape: [2, 6], values: [0, 1, 10, 11, 20, 21, 5, 6, 15, 16, 25, 26])
    #expect(
      columns.gathered(.init(parameter: 0, axis: 1, block: 2), from: [2, 0, 1]).values
        == [20, 21, 0, 1, 10, 11, 25, 26, 5, 6, 15, 16])
  }

  @Test func anAxisInTheMiddleIsGathered() {
    let tensor = Tensor(shape: [2, 3, 2], values: (0..<12).map { Float($0) })
    #expect(
      tensor.gathered(.init(parameter: 0, axis: 1), from: [1, 2, 0]).values
        == [2, 3, 4, 5, 0, 1, 8, 9, 10, 11, 6, 7])
  }
}
