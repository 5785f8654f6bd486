import Testing

@testable import Kernel

@Suite struct FunctionGateTests {
  private let graph = Graph.mlp(inputShape: [1, 3, 3], hidden: [6, 5], classes: 4)

  private var network: Network {
    Network(graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "gate test"))
  }

  /// The network with one hidden layer's rows gathered by P and the columns that read it by Q.
  private func halves(_ rows: Permutation, _ columns: Permutation) -> Network {
    var parameters = network.parameters
    parameters[0] = parameters[0].gathered(.init(parameter: 0, axis: 0), from: rows.sources)
    parameters[1] = parameters[1].gathered(.init(parameter: 0, axis: 0), from: rows.sources)
    parameters[2] = parameters[2].gathered(.init(parameter: 0, axis: 1), from: columns.sources)
    return network.with(parameters: parameters)
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func letsPermutedNetworksPass(seed: UInt64) throws {
    let permutation = NetworkPermutation(
      randomFor: graph, from: RandomStream(seed: seed, name: "gate"))
    let permuted = try FunctionGate(for: graph).permute(network, by: permutation)
    #expect(permuted == network.permuted(by: permutation))
  }

  /// Trap 2: P for its transpose.
  @Test func stopsPInPlaceOfItsTranspose() throws {
    // Every test made of swaps passes here, since a swap is its own inverse.
    let swap = Permutation(identity: 6).swapping(1, 4)
    try FunctionGate(for: graph).check(halves(swap, swap.inverse), computes: network)
    let cycle = try #require(Permutation([1, 2, 0, 3, 4, 5]))
    let failure = #expect(throws: Failure.self) {
      try FunctionGate(for: graph).check(halves(cycle, cycle.inverse), computes: network)
    }
    #expect(failure?.code == .functionNotPreserved)
    try FunctionGate(for: graph).check(halves(cycle, cycle), computes: network)
  }

  @Test func stopsAForgottenBias() throws {
    let cycle = try #require(Permutation([1, 2, 0, 3, 4, 5]))
    var parameters = halves(cycle, cycle).parameters
    parameters[1] = network.parameters[1]
    let broken = network.with(parameters: parameters)
    #expect(throws: Failure.self) {
      try FunctionGate(for: graph).check(broken, computes: network)
    }
  }

  /// Trap 1: output classes permuted.
  @Test func stopsPermutedClasses() throws {
    var parameters = network.parameters
    parameters[4] = parameters[4].gathered(.init(parameter: 0, axis: 0), from: [1, 0, 2, 3])
    parameters[5] = parameters[5].gathered(.init(parameter: 0, axis: 0), from: [1, 0, 2, 3])
    let broken = network.with(parameters: parameters)
    #expect(throws: Failure.self) {
      try FunctionGate(for: graph).check(broken, computes: network)
    }
  }

  /// Trap 16: dropout on while a network is looked at.
  @Test func dropsNothingWhileItLooks() throws {
    // With training's dropout two passes of one network would differ.
    let dropping = Graph.mlp(inputShape: [1, 3, 3], hidden: [6, 5], classes: 4, dropout: 0.5)
    let trained = try Network(graph: dropping, parameters: network.parameters)
    let permutation = NetworkPermutation(
      randomFor: dropping, from: RandomStream(seed: 1, name: "gate"))
    _ = try FunctionGate(for: dropping).permute(trained, by: permutation)
  }

  @Test func refusesPermutationsOfAnotherArchitecture() {
    let other = NetworkPermutation(
      identityFor: .mlp(inputShape: [9], hidden: [6], classes: 4))
    let failure = #expect(throws: Failure.self) {
      try FunctionGate(for: graph).permute(network, by: other)
    }
    #expect(failure?.code == .incompatible)
    #expect(failure?.message.contains("groups of 6 units") == true)
  }

  @Test func saysWhereLogitsAreNotFinite() {
    var parameters = network.parameters
    parameters[5][0] = .nan
    let broken = network.with(parameters: parameters)
    let failure = #expect(throws: Failure.self) {
      try FunctionGate(for: graph).check(broken, computes: broken)
    }
    #expect(failure?.code == .notFinite)
  }
}
