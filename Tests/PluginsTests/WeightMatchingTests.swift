import Contract
import Kernel
import Testing

@testable import Plugins

@Suite struct WeightMatchingTests {
  /// It was marked partial, and so was each `resume` of it.
  @Test func withoutAHiddenLayerItEnds() throws {
    let graph = Graph.mlp(inputShape: [6], hidden: [], classes: 4)
    let networks = (0..<2).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: UInt64($0), name: "bare"))
    }
    let outcome = try WeightMatching(Settings(defaultsOf: WeightMatching.card, [:])).search(
      SearchTask(networks: networks, random: RandomStream(seed: 1, name: "bare search")))
    #expect(!outcome.status.isPartial)
    #expect(outcome.permutations?.allSatisfy(\.isIdentity) == true)
  }

  private func network(_ hidden: [Int], _ number: Int, inputs: Int = 6) -> Network {
    Network(
      graph: .mlp(inputShape: [inputs], hidden: hidden, classes: 3), initial: .uniform,
      from: RandomStream(seed: 4, name: "weight matching").child("network", number))
  }

  private func permutation(_ graph: Graph, _ seed: UInt64) -> NetworkPermutation {
    NetworkPermutation(randomFor: graph, from: RandomStream(seed: seed, name: "planted"))
  }

  private func search(
    _ networks: [Network], restarts: Int = 1, seed: UInt64 = 1, threads: Int = 2,
    start: [NetworkPermutation]? = nil
  ) throws -> SearchOutcome {
    try WeightMatching(Settings(["restarts": .integer(restarts)])).search(
      SearchTask(
        networks: networks, random: RandomStream(seed: seed, name: "search"), start: start,
        pool: WorkPool(threadCount: threads)))
  }

  /// The squared distance of all weights, by permuting and subtracting.
  private func distance(_ a: Network, _ b: Network, _ permutation: NetworkPermutation) -> Double {
    var sum = 0.0
    for (left, right) in zip(a.parameters, b.permuted(by: permutation).parameters) {
      for (x, y) in zip(left.values, right.values) {
        let difference = Double(x) - Double(y)
        sum += difference * difference
      }
    }
    return sum
  }

  /// Every order of some numbers.
  private func orders(_ count: Int) -> [Permutation] {
    func extend(_ chosen: [Int]) -> [[Int]] {
      if chosen.count == count { return [chosen] }
      return (0..<count).filter { !chosen.contains($0) }.flatMap { extend(chosen + [$0]) }
    }
    return extend([]).compactMap { Permutation($0) }
  }

  // Stopping within an assignment must leave a state that goes on as if nothing had happened.
  @Test func aStopInTheMiddleOfAnAssignmentLosesNothing() throws {
    let networks = [network([300, 300], 1), network([300, 300], 2)]
    let method = try WeightMatching(Settings(["restarts": .integer(1)]))
    let whole = try search(networks)
    for milliseconds in stride(from: 1, to: 40, by: 3) {
      var task = SearchTask(
        networks: networks, random: RandomStream(seed: 1, name: "search"),
        stop: StopSignal(budget: .milliseconds(milliseconds)))
      var outcome = try method.search(task)
      for permutation in outcome.permutations ?? [] {
        #expect(permutation.fits(networks[0].graph))
      }
      task.stop = StopSignal()
      task.checkpoint = outcome.checkpoint
      if outcome.status.isPartial { outcome = try method.search(task) }
      #expect(outcome.permutations == whole.permutations && outcome.cost == whole.cost)
    }
  }

  // MARK: - Against trying them all

  @Test(arguments: 0..<10)
  func oneHiddenLayerOfFiveIsSolvedExactly(number: Int) throws {
    let (a, b) = (network([5], 2 * number), network([5], 2 * number + 1))
    let all = orders(5).map { NetworkPermutation(groups: [$0]) }
    let best = try #require(all.min { distance(a, b, $0) < distance(a, b, $1) })
    let outcome = try search([a, b])
    #expect(outcome.permutations?[1] == best)
    #expect(abs((outcome.cost ?? 0) - distance(a, b, best)) < 1e-9)
    #expect(outcome.permutations?[0].isIdentity == true)
  }

  @Test(arguments: 0..<5)
  func twoHiddenLayersWithRestartsReachTheBestOfAll(number: Int) throws {
    let (a, b) = (network([4, 4], 2 * number), network([4, 4], 2 * number + 1))
    let all = orders(4).flatMap { first in
      orders(4).map { NetworkPermutation(groups: [first, $0]) }
    }
    let best = try #require(all.map { distance(a, b, $0) }.min())
    let outcome = try search([a, b], restarts: 40)
    #expect(abs((outcome.cost ?? 0) - best) < 1e-9)
  }

  @Test func noGroupAloneCanImproveTheResult() throws {
    let (a, b) = (network([5, 5, 5], 0), network([5, 5, 5], 1))
    let outcome = try search([a, b])
    let found = try #require(outcome.permutations?[1])
    for group in 0..<3 {
      for order in orders(5) {
        var other = found
        other.groups[group] = order
        #expect(distance(a, b, other) >= (outcome.cost ?? 0) - 1e-9)
      }
    }
  }

  // MARK: - What must be found

  @Test(arguments: [[9], [12, 12], [10, 14, 10]], 0..<5 as Range<UInt64>)
  func findsAPlantedPermutation(hidden: [Int], seed: UInt64) throws {
    let original = network(hidden, 1)
    let planted = permutation(original.graph, seed)
    let outcome = try search([original, original.permuted(by: planted)])
    #expect(outcome.permutations?[1] == planted.inverse)
    #expect(outcome.cost == 0)
    #expect((outcome.startCost ?? 0) > 0)
  }

  @Test func findsAPlantedPermutationUnderNoise() throws {
    let original = network([40, 40], 1, inputs: 30)
    let planted = permutation(original.graph, 3)
    var stream = RandomStream(seed: 1, name: "noise")
    let noisy = original.with(
      parameters: original.parameters.map { tensor in
        Tensor(
          shape: tensor.shape,
          values: tensor.values.map { $0 + Float(0.02 * stream.nextNormalPair().0) })
      })
    let outcome = try search([original, noisy.permuted(by: planted)])
    #expect(outcome.permutations?[1] == planted.inverse)
  }

  /// Trap 9: the bias left out of the unit's vector.
  @Test func biasesBelongToTheUnit() throws {
    // All weights are equal: only the biases tell the units apart.
    let graph = Graph.mlp(inputShape: [3], hidden: [6], classes: 2)
    let network = try Network(
      graph: graph,
      parameters: [
        Tensor(shape: [6, 3], values: Array(repeating: 0.5, count: 18)),
        Tensor(shape: [6], values: [1, -2, 3, -4, 5, -6]),
        Tensor(shape: [2, 6], values: Array(repeating: 0.25, count: 12)),
        Tensor(shape: [2], values: [0, 0]),
      ])
    let planted = permutation(graph, 5)
    #expect(!planted.isIdentity)
    let outcome = try search([network, network.permuted(by: planted)])
    #expect(outcome.permutations?[1] == planted.inverse)
  }

  @Test func equalNetworksKeepTheirOrderEvenWithTwins() throws {
    // Units 0 and 1 are the same, and so are all dead ones: nothing may move for nothing.
    let graph = Graph.mlp(inputShape: [2], hidden: [4], classes: 2)
    let network = try Network(
      graph: graph,
      parameters: [
        Tensor(shape: [4, 2], values: [1, 2, 1, 2, 0, 0, 0, 0]),
        Tensor(shape: [4], values: [1, 1, 0, 0]),
        Tensor(shape: [2, 4], values: [3, 3, 0, 0, 4, 4, 0, 0]),
        Tensor(shape: [2], values: [0, 0]),
      ])
    let outcome = try search([network, network], restarts: 3)
    #expect(outcome.permutations?[1].isIdentity == true)
    #expect(outcome.cost == 0)
  }

  @Test func everyNetworkIsMatchedToTheFirst() throws {
    let original = network([8, 8], 1)
    let planted = (0..<3 as Range<UInt64>).map { permutation(original.graph, $0) }
    let outcome = try search([original] + planted.map { original.permuted(by: $0) })
    #expect(outcome.permutations?.dropFirst().map { $0 } == planted.map(\.inverse))
    #expect(outcome.permutations?[0].isIdentity == true)
  }

  @Test func beginsFromWhatItIsGiven() throws {
    // A local optimum stays where it is; network 1 keeps a permutation of its own.
    let (a, b) = (network([6, 6], 0), network([6, 6], 1))
    let found = try #require(try search([a, b], restarts: 10).permutations)
    let again = try search([a, b], start: found)
    #expect(again.permutations == found)
    #expect(again.cost == again.startCost)
    let moved = permutation(a.graph, 8)
    let other = try search([a, b], start: [moved, found[1]])
    #expect(other.permutations?[0] == moved)
  }

  // MARK: - How it goes about it

  /// Trap 11: sums in 32 bits in stop tests.
  @Test func stopTestsAreInSixtyFourBits() throws {
    // A large common part: in 32 bits the sums that decide whether a layer improved would be steps of
    // some thousands, and the search would circle on noise or stop on it.
    func shifted(_ network: Network) -> Network {
      network.with(
        parameters: network.parameters.map { tensor in
          Tensor(shape: tensor.shape, values: tensor.values.map { $0 + 4096 })
        })
    }
    let (a, b) = (shifted(network([20, 20], 0)), shifted(network([20, 20], 1)))
    let outcome = try search([a, b], restarts: 4)
    let permutation = try #require(outcome.permutations?[1])
    #expect(outcome.cost == distance(a, b, permutation))
    #expect((outcome.cost ?? 0) <= (outcome.startCost ?? 0))
    let costs = outcome.trace.map(\.cost)
    #expect(costs == costs.sorted(by: >))
  }

  @Test func moreRestartsAreNeverWorse() throws {
    let (a, b) = (network([10, 10, 10], 0), network([10, 10, 10], 1))
    let costs = try [1, 3, 9].map { try #require(try search([a, b], restarts: $0).cost) }
    #expect(costs == costs.sorted(by: >))
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    // 150 units: more than one panel of a product and one item of rows.
    let networks = (0..<3).map { network([150, 140], $0, inputs: 40) }
    let outcomes = try [1, 2, 3].map { try search(networks, restarts: 2, threads: $0) }
    for outcome in outcomes.dropFirst() {
      #expect(outcome.permutations == outcomes[0].permutations)
      #expect(outcome.cost == outcomes[0].cost)
      #expect(outcome.trace.map(\.cost) == outcomes[0].trace.map(\.cost))
    }
  }

  @Test func theTraceFallsFromTheStartToTheCost() throws {
    let outcome = try search((0..<3).map { network([9, 9], $0) }, restarts: 4)
    let costs = outcome.trace.map(\.cost)
    #expect(costs == costs.sorted(by: >))
    #expect(abs((costs.first ?? 0) - (outcome.startCost ?? 0)) < 1e-9)
    #expect(abs((costs.last ?? 0) - (outcome.cost ?? 0)) < 1e-9)
    #expect(outcome.status == .finished("no layer improves"))
  }

  @Test func refusesACheckpointOfAnotherSearch() throws {
    let networks = [network([5], 0), network([5], 1)]
    let search = try WeightMatching(Settings(["restarts": .integer(2)]))
    func resume(_ checkpoint: SearchCheckpoint) throws -> SearchOutcome {
      try search.search(
        SearchTask(
          networks: networks, random: RandomStream(seed: 1, name: "x"), checkpoint: checkpoint))
    }
    let cases = [
      SearchCheckpoint(method: "sa2 1", share: 0, bytes: []),
      SearchCheckpoint(method: "weight_match 1", share: 0, bytes: [1, 2, 3]),
      try WeightMatchingState(count: 3).checkpoint(method: "weight_match 1"),
    ]
    for checkpoint in cases { #expect(throws: Failure.self) { try resume(checkpoint) } }
    var wrong = WeightMatchingState(count: 2)
    wrong.runs[0] = .init(
      sources: [[0, 1, 2, 3, 3]], products: [1], seconds: [0], isStale: [true], streamPosition: 0)
    let failure = #expect(throws: Failure.self) {
      try resume(wrong.checkpoint(method: "weight_match 1"))
    }
    #expect(failure?.code == .fileMalformed)
  }

  @Test func refusesWeightsThatAreNotFinite() throws {
    let a = network([5], 0)
    var parameters = a.parameters
    parameters[2][1] = .nan
    let failure = #expect(throws: Failure.self) { try search([a, a.with(parameters: parameters)]) }
    #expect(failure?.message.contains("fc2.weight") == true)
  }
}

@Suite struct WeightAlignmentTests {
  private let pool = WorkPool(threadCount: 2)

  private func random(_ shape: [Int], _ name: String) -> Tensor {
    var stream = RandomStream(seed: 6, name: name)
    return Tensor(
      shape: shape,
      values: (0..<shape.reduce(1, *)).map { _ in Float(stream.nextNormalPair().0) })
  }

  /// Arrays as a network with a flatten, a kernel and a stream with itself would have them: nothing
  /// in matching knows layers, so nothing here has to be one.
  private let shapes = [[4, 3, 2], [4], [6, 8], [6, 6], [2, 6]]
  private let groups = [
    // Four channels; the third array reads each as a block of two columns.
    AxisGroup(
      name: "channels", count: 4,
      axes: [
        .init(parameter: 0, axis: 0), .init(parameter: 1, axis: 0),
        .init(parameter: 2, axis: 1, block: 2),
      ]),
    // Six units of a stream: the fourth array has them on both axes.
    AxisGroup(
      name: "stream", count: 6,
      axes: [
        .init(parameter: 2, axis: 0), .init(parameter: 3, axis: 0), .init(parameter: 3, axis: 1),
        .init(parameter: 4, axis: 1),
      ]),
  ]

  private func arrays(_ name: String) -> [Tensor] {
    shapes.enumerated().map { random($1, "\(name) \($0)") }
  }

  /// Σ ⟨A, πB⟩ by index arithmetic of its own.
  private func plainProduct(
    _ a: [Tensor], _ b: [Tensor], _ permutation: NetworkPermutation
  ) -> Double {
    let (channels, units) = (permutation.groups[0].sources, permutation.groups[1].sources)
    var sum = 0.0
    for channel in 0..<4 {
      for place in 0..<6 {
        sum += Double(a[0][channel * 6 + place]) * Double(b[0][channels[channel] * 6 + place])
      }
      sum += Double(a[1][channel]) * Double(b[1][channels[channel]])
    }
    for unit in 0..<6 {
      for column in 0..<8 {
        let source = channels[column / 2] * 2 + column % 2
        sum += Double(a[2][unit * 8 + column]) * Double(b[2][units[unit] * 8 + source])
      }
      for other in 0..<6 {
        sum += Double(a[3][unit * 6 + other]) * Double(b[3][units[unit] * 6 + units[other]])
      }
      for row in 0..<2 {
        sum += Double(a[4][row * 6 + unit]) * Double(b[4][row * 6 + units[unit]])
      }
    }
    return sum
  }

  private func permutation(_ seed: UInt64) -> NetworkPermutation {
    NetworkPermutation(
      groups: groups.enumerated().map { index, group in
        var stream = RandomStream(seed: seed, name: "alignment").child("group", index)
        return Permutation(random: group.count, from: &stream)
      })
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func productsAndGainsAgreeWithTheSumsWrittenOut(seed: UInt64) throws {
    let (a, b) = (arrays("a"), arrays("b"))
    let alignment = try WeightAlignment(groups: groups, first: a, second: b, pool: pool)
    let before = permutation(seed)
    #expect(
      abs(alignment.product(under: before, pool: pool) - plainProduct(a, b, before)) < 1e-9)
    for group in 0..<2 {
      var after = before
      after.groups[group] = permutation(seed + 100).groups[group]
      let gain = try alignment.gain(
        of: group, replacedBy: after.groups[group], in: before, pool: pool, stop: StopSignal())
      #expect(abs(gain - (plainProduct(a, b, after) - plainProduct(a, b, before))) < 1e-9)
    }
  }

  @Test(arguments: 0..<10 as Range<UInt64>)
  func costsGiveTheGainOfAGroupThatIsNotCoupledToItself(seed: UInt64) throws {
    let (a, b) = (arrays("a"), arrays("b"))
    let alignment = try WeightAlignment(groups: groups, first: a, second: b, pool: pool)
    let before = permutation(seed)
    let costs = try alignment.costs(of: 0, under: before, pool: pool, stop: StopSignal())
    let candidate = permutation(seed + 100).groups[0]
    func total(_ order: Permutation) -> Double {
      order.sources.enumerated().reduce(0) { $0 - Double(costs[$1.offset * 4 + $1.element]) }
    }
    let gain = try alignment.gain(
      of: 0, replacedBy: candidate, in: before, pool: pool, stop: StopSignal())
    #expect(abs(gain - (total(candidate) - total(before.groups[0]))) < 1e-4)
  }

  @Test func aRunOnCoupledArraysOnlyRises() throws {
    let (a, b) = (arrays("a"), arrays("b"))
    let alignment = try WeightAlignment(groups: groups, first: a, second: b, pool: pool)
    for seed in 0..<10 as Range<UInt64> {
      var run = WeightMatchingRun(
        alignment, start: permutation(seed), clock: SearchClock(), pool: pool, stop: StopSignal())
      var passes = 0
      let end = try run.run(scale: 100, stream: RandomStream(seed: seed, name: "order")) { _ in
        passes += 1
      }
      #expect(end.isFinished)
      #expect(end.products == end.products.sorted())
      #expect(end.products.count == passes + 1)
      #expect(abs(end.product - plainProduct(a, b, try end.permutation(of: groups))) < 1e-9)
    }
  }

  @Test func neighboursAreTheGroupsThatShareAnArray() throws {
    let alignment = try WeightAlignment(
      groups: groups, first: arrays("a"), second: arrays("b"), pool: pool)
    #expect(alignment.neighbours == [[1], [0, 1]])
  }
}
