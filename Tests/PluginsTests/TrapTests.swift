import Kernel
import TestSupport
import Testing

@testable import Contract
@testable import Plugins

/// Mistakes of published code that concern searches; the others stand beside what they concern.
///
/// `grep 'Trap [0-9]'` lists them all.
@Suite struct TrapTests {
  private let data = hardProblem()

  /// Trap 10: the cost and the reported metric on different samples without saying so.
  @Test(arguments: ["sa1", "sa2", "activation_match"])
  func aCostOverFewerSamplesSaysSo(id: String) throws {
    let networks = try trainedNetworks(2, hidden: [6], on: data)
    var given: [String: Setting] = ["samples": .integer(100)]
    if id != "activation_match" { given["steps"] = .integer(50) }
    let note = "the cost is over 100 of 300 samples"
    #expect(try search(id, networks, given).notes.contains(note))
    given["samples"] = .integer(300)
    #expect(try !search(id, networks, given).notes.contains { $0.contains("samples") })
    given["samples"] = .integer(5000)
    #expect(try !search(id, networks, given).notes.contains { $0.contains("samples") })
  }

  /// Trap 16: dropout on while scoring.
  ///
  /// The graph has dropout, and no evaluator does anything of it.
  @Test(arguments: [[10], [8, 8]]) func noEvaluatorDropsUnits(hidden: [Int]) throws {
    let graph = Graph.mlp(
      inputShape: data.sampleShape, hidden: hidden, classes: data.classCount, dropout: 0.5)
    let plainNetworks = try trainedNetworks(2, hidden: hidden, on: data, epochs: 20)
    let networks = try plainNetworks.map { try Network(graph: graph, parameters: $0.parameters) }
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let evaluators = try AverageErrorEvaluation.allCases.map {
      try $0.make(networks, permutations: start, data: data, pool: .shared)
    }
    #expect(
      hidden.count == 1
        ? evaluators[0] is IncrementalAverageEvaluator : evaluators[0] is LayeredAverageEvaluator)
    let pairwise = try AverageErrorEvaluation.allCases.map {
      try PairwiseBarrierEvaluator(networks, permutations: start, data: data, evaluation: $0)
    }
    var stream = RandomStream(seed: 1, name: "moves")
    for _ in 0..<20 {
      let a = stream.nextInt(below: hidden[0] - 1)
      let swap = Swap(network: 1, group: 0, a: a, b: a + 1)
      for evaluator in evaluators { evaluator.commit(swap) }
      for evaluator in pairwise { evaluator.commit([swap]) }
      let permutations = evaluators[0].permutations
      let average = Network.average(of: plainNetworks, permutedBy: permutations)
      let errors = try average.score(on: data).errorCount
      // A sample whose logits are all but equal may count either way; half of the units make more.
      #expect(evaluators.allSatisfy { abs($0.errorCount - errors) <= 1 })
      let permuted = zip(plainNetworks, permutations).map { $0.permuted(by: $1) }
      let curve = try Curve.measure(
        from: permuted[0], to: permuted[1], on: data, alphas: [0, 0.5, 1])
      let height = curve.barrier(.error).height
      #expect(
        pairwise.allSatisfy { abs(Double($0.units) / $0.unitsPerCost - height) <= 1.001 / 300 })
    }
  }

  /// Trap 18: narrow networks really have barriers, and what found nothing says so.
  @Test(arguments: ["sa1", "sa2"]) func whatFoundNothingSaysSo(id: String) throws {
    let networks = try trainedNetworks(2, hidden: [4], on: data, epochs: 40)
    let best = try search("brute_force", networks, [:])
    try #require(best.cost ?? 0 > 0)
    // Nothing is better than the best of all orders, whatever is tried.
    let from = try search(id, networks, ["steps": .integer(200)], start: best.permutations)
    #expect(from.notes == ["found nothing that is better than the start"])
    #expect(from.cost == from.startCost)
    // At zero that goes without saying.
    let problem = Conformance.Problem(equal: 2, hidden: [4])
    let atZero = try search(id, problem.networks, ["steps": .integer(200)], on: problem.data)
    #expect(atZero.cost == 0 && atZero.notes == [])
  }

  private func search(
    _ id: String, _ networks: [Network], _ given: [String: Setting],
    start: [NetworkPermutation]? = nil, on other: DataSet? = nil
  ) throws -> SearchOutcome {
    let method = try #require(Registry.method(id))
    return try method.make(Settings(defaultsOf: method.card, given)).search(
      SearchTask(
        networks: networks, data: other ?? data, random: RandomStream(seed: 1, name: "trap"),
        start: start))
  }
}
