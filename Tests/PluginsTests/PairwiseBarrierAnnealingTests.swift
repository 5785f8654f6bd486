import Contract
import Kernel
import TestSupport
import Testing

@testable import Plugins

@Suite struct PairwiseBarrierAnnealingTests {
  private let data = smallProblem(samples: 900, features: 9, classes: 5)

  /// Methods.md: for two networks, errors and α = ½ both annealings are one chain.
  @Test(arguments: [("identity", "auto"), ("random", "auto"), ("random", "given")])
  func isTheChainOfSa2ForTwoNetworksAndTheMiddle(start: String, temperatures: String) throws {
    // At zero sa1 ends, and sa2 does not.
    let data = hardProblem()
    let networks = try trainedNetworks(2, hidden: [16], on: data, epochs: 60)
    var given: [String: Setting] = ["steps": .integer(3_000)]
    if temperatures == "given" {
      given["t_max"] = .real(0.02)
      given["t_min"] = .real(0.001)
    }
    let graph = networks[0].graph
    let begin = [
      NetworkPermutation(identityFor: graph),
      start == "random"
        ? NetworkPermutation(randomFor: graph, from: RandomStream(seed: 3, name: "start"))
        : NetworkPermutation(identityFor: graph),
    ]
    let task = SearchTask(
      networks: networks, data: data, random: RandomStream(seed: 2, name: "chain"), start: begin)
    let one = try PairwiseBarrierAnnealing(
      Settings(defaultsOf: PairwiseBarrierAnnealing.card, given)
    ).search(task)
    let two = try SharedAverageAnnealing(
      Settings(defaultsOf: SharedAverageAnnealing.card, given)
    ).search(task)
    try #require(one.cost ?? 0 > 0)
    #expect(one.permutations == two.permutations)
    #expect(one.figure("accepted moves") == two.figure("accepted moves"))
    #expect(one.figure("t_max") == two.figure("t_max"))
    #expect(one.figure("t_min") == two.figure("t_min"))
    #expect(one.steps == two.steps)
    #expect(one.trace.map(\.step) == two.trace.map(\.step))
    // The costs differ by the mean of the ends, which never moves.
    let ends = try networks.map { try $0.score(on: data).error }
    let line = (ends[0] + ends[1]) / 2
    for (a, b) in zip(one.trace, two.trace) { #expect(abs(a.cost + line - b.cost) < 1e-12) }
  }

  /// All 120 orders of five units, each barrier measured from a curve: nothing is below the best.
  @Test(arguments: Metric.allCases, [3, 5])
  func findsTheBestOfAllOrdersOfFiveUnits(metric: Metric, points: Int) throws {
    let networks = try trainedNetworks(2, hidden: [5], on: data, epochs: 2)
    let alphas = try Curve.grid(points: points)
    var best = Double.infinity
    for order in orders(of: 5) {
      let permuted = networks[1].permuted(by: NetworkPermutation(groups: [order]))
      let curve = try Curve.measuredPlainly(
        from: networks[0], to: permuted, on: data, alphas: alphas)
      best = min(best, curve.barrier(metric).height)
    }
    let outcome = try search(
      networks,
      ["steps": .integer(4_000), "metric": .word(metric.rawValue), "points": .integer(points)])
    let cost = try #require(outcome.cost)
    // Losses that differ in their last digits are one.
    #expect(abs(cost - best) <= (metric == .error ? 1e-12 : 1e-6))
  }

  /// Trap 4: end points overwritten while candidates are scored.
  @Test(arguments: Metric.allCases)
  func lowersTheBarriersOfThreeNetworksAndSaysWhatCurvesSay(metric: Metric) throws {
    let networks = try trainedNetworks(3, hidden: [10], on: data)
    let weights = networks.map(\.parameters)
    let outcome = try search(
      networks,
      ["steps": .integer(2_000), "metric": .word(metric.rawValue), "samples": .integer(500)])
    let permutations = try #require(outcome.permutations)
    #expect(permutations[0].isIdentity)
    // The samples that it scored on are those that its cost is of.
    var stream = RandomStream(seed: 1, name: "sa1").child("samples")
    let samples = try data.subset(stream.nextOrder(count: 900).prefix(500).sorted())
    let expected = try meanBarrier(networks, permutations, metric, on: samples)
    #expect(outcome.cost == expected)
    let before = try meanBarrier(
      networks, networks.map { .init(identityFor: $0.graph) }, metric, on: samples)
    #expect(abs(try #require(outcome.startCost) - before) <= 1.0 / 500)
    #expect(expected < before)
    // End points overwritten while candidates are scored.
    #expect(networks.map(\.parameters) == weights)
  }

  // Sa2 with more than two networks does not lower pairwise barriers; sa1 does.
  @Test func lowersPairwiseBarriersFurtherThanSa2() throws {
    let data = hardProblem()
    let networks = try trainedNetworks(4, hidden: [16], on: data, epochs: 60)
    let task = SearchTask(
      networks: networks, data: data, random: RandomStream(seed: 1, name: "four"))
    let given: [String: Setting] = ["steps": .integer(8_000)]
    let one = try PairwiseBarrierAnnealing(
      Settings(defaultsOf: PairwiseBarrierAnnealing.card, given)
    ).search(task)
    let two = try SharedAverageAnnealing(
      Settings(defaultsOf: SharedAverageAnnealing.card, given)
    ).search(task)
    let ofTwo = try meanBarrier(networks, try #require(two.permutations), .error, on: data)
    #expect(try #require(one.cost) < ofTwo)
  }

  @Test func isTheChainOfSa2OnDeepNetworksToo() throws {
    let data = hardProblem()
    let networks = try trainedNetworks(2, hidden: [10, 10], on: data, epochs: 60)
    let given: [String: Setting] = [
      "steps": .integer(150), "t_max": .real(0.02), "t_min": .real(0.002),
    ]
    let task = SearchTask(
      networks: networks, data: data, random: RandomStream(seed: 1, name: "deep"))
    let one = try PairwiseBarrierAnnealing(
      Settings(defaultsOf: PairwiseBarrierAnnealing.card, given)
    ).search(task)
    let two = try SharedAverageAnnealing(
      Settings(defaultsOf: SharedAverageAnnealing.card, given)
    ).search(task)
    try #require(one.cost ?? 0 > 0)
    #expect(one.permutations == two.permutations)
  }

  // The most that all pairs together can cost is a whole number, below what no cost reaches: with
  // 129 networks it overflowed where a search went on, with 65 it was above.
  @Test(arguments: [65, 130]) func manyNetworksHaveALargestLoss(count: Int) throws {
    let data = smallProblem(samples: 30, features: 3, classes: 3)
    let graph = Graph.mlp(inputShape: [3], hidden: [2], classes: 3)
    let networks = (0..<count).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "network \($0)"))
    }
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let evaluator = try PairwiseBarrierEvaluator(
      networks, permutations: start, data: data,
      measure: PairwiseBarrierEvaluator.Measure(metric: .loss), evaluation: .full)
    #expect(evaluator.mostUnits < Acceptance.noLimit)
    #expect((0...evaluator.mostUnits).contains(evaluator.units))
    // So that a limit from any cost and any allowance is a whole number, too.
    let limit = Acceptance.metropolis.limit(
      now: evaluator.mostUnits, unitsPerCost: evaluator.unitsPerCost, temperature: 1e6,
      draw: .leastNonzeroMagnitude)
    #expect(limit > evaluator.mostUnits)
  }

  @Test func refusesAnEvenGrid() {
    let failure = #expect(throws: Failure.self) {
      try PairwiseBarrierAnnealing(
        Settings(defaultsOf: PairwiseBarrierAnnealing.card, ["points": .integer(4)]))
    }
    #expect(failure?.message.contains("odd") == true)
  }

  // MARK: - Helpers

  private func search(
    _ networks: [Network], _ given: [String: Setting]
  ) throws -> SearchOutcome {
    try PairwiseBarrierAnnealing(
      Settings(defaultsOf: PairwiseBarrierAnnealing.card, given)
    ).search(
      SearchTask(networks: networks, data: data, random: RandomStream(seed: 1, name: "sa1")))
  }

  private func meanBarrier(
    _ networks: [Network], _ permutations: [NetworkPermutation], _ metric: Metric, on data: DataSet
  ) throws -> Double {
    let permuted = zip(networks, permutations).map { $0.permuted(by: $1) }
    var heights: [Double] = []
    for (first, a) in permuted.enumerated() {
      for b in permuted[(first + 1)...] {
        let curve = try Curve.measure(from: a, to: b, on: data, alphas: [0, 0.5, 1])
        heights.append(curve.barrier(metric).height)
      }
    }
    return heights.reduce(0, +) / Double(heights.count)
  }

  /// Every order of `count` units.
  private func orders(of count: Int) -> [Permutation] {
    func all(_ rest: [Int]) -> [[Int]] {
      guard !rest.isEmpty else { return [[]] }
      return rest.flatMap { first in all(rest.filter { $0 != first }).map { [first] + $0 } }
    }
    return all(Array(0..<count)).compactMap { Permutation($0) }
  }
}
