import TestSupport
import Testing

@testable import Kernel

@Suite struct PairwiseBarrierEvaluatorTests {
  /// What is kept move by move, and the networks it is kept of.
  struct Case: CustomTestStringConvertible {
    var networks: Int
    var metric: Metric
    var points: Int
    var baseline = BarrierBaseline.line

    var measure: PairwiseBarrierEvaluator.Measure {
      .init(metric: metric, points: points, baseline: baseline)
    }

    var testDescription: String { "\(networks) \(metric) \(points) \(baseline)" }
  }

  static let cases =
    [2, 3].flatMap { networks in
      Metric.allCases.flatMap { metric in
        [3, 5].map { Case(networks: networks, metric: metric, points: $0) }
      }
    } + Metric.allCases.map { Case(networks: 3, metric: $0, points: 5, baseline: .mean) }

  // Hundreds of pairs were made, or brought to a place, without a look at the signal.
  @Test func aStopIsHeardBetweenTwoPairs() throws {
    let data = smallProblem(samples: 200, features: 5, classes: 3)
    let graph = Graph.mlp(inputShape: [5], hidden: [40], classes: 3)
    let networks = (0..<30).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "network \($0)"))
    }
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let stop = StopSignal()
    func make(_ stop: StopSignal) throws -> PairwiseBarrierEvaluator {
      try PairwiseBarrierEvaluator(networks, permutations: start, data: data, stop: stop)
    }
    let clock = ContinuousClock()
    let whole = try clock.measure { _ = try make(StopSignal()) }
    let cut = clock.measure {
      let failure = #expect(throws: Failure.self) {
        try make(StopSignal(budget: whole / 8))
      }
      #expect(failure?.code == .stopped)
    }
    #expect(cut < whole / 2)
    let evaluator = try make(stop)
    #expect(!evaluator.wasCut)
    stop.raise()
    evaluator.restart(from: start)
    #expect(evaluator.wasCut)
    #expect(evaluator.copy(pool: WorkPool(threadCount: 1)) == nil)
  }

  /// Every move asked of the lazy, the full and the plain evaluator, some of them made.
  @Test(arguments: cases)
  func fastAndPlainAgreeMoveByMove(_ item: Case) throws {
    let bench = try Bench(item)
    let lazy = try bench.evaluator(.lazy)
    let full = try bench.evaluator(.full)
    let plain = try bench.evaluator(.plain)
    var stream = RandomStream(seed: 4, name: "moves")
    // Of 701 samples one may be decided by rounding, in each pair; a loss by its last digits.
    let sample = lazy.unitsPerCost / 701
    let tolerance = item.metric == .error ? sample : 1e-5 * lazy.unitsPerCost
    #expect(lazy.units == full.units)
    #expect(abs(Double(plain.units - full.units)) <= tolerance)
    #expect(lazy.endUnits == plain.endUnits)
    for step in 0..<150 {
      // Every fifth move is one of several swaps.
      let move = step % 5 == 4 ? bench.randomMove(&stream) : [bench.randomSwap(&stream)]
      let exact = try #require(full.units(after: move, limit: 1 << 60))
      let reference = try #require(plain.units(after: move, limit: 1 << 60))
      #expect(abs(Double(reference - exact)) <= tolerance, "step \(step)")
      let limit = full.units + Int(Double(stream.nextInt(below: 9) - 4) * sample)
      let answer = lazy.units(after: move, limit: limit)
      #expect(answer == (exact <= limit ? exact : nil), "step \(step)")
      guard answer != nil else { continue }
      for evaluator in [lazy, full, plain] { evaluator.commit(move) }
      #expect(lazy.units == exact && full.units == exact, "step \(step)")
      #expect(lazy.permutations == plain.permutations)
    }
  }

  /// Against the definition: curves between the permuted networks, and their barriers.
  @Test(arguments: cases)
  func isTheMeanOfTheBarriersOfAllPairs(_ item: Case) throws {
    let bench = try Bench(item)
    let evaluator = try bench.evaluator(.lazy)
    var stream = RandomStream(seed: 5, name: "definition")
    for _ in 0..<8 {
      let expected = try bench.meanBarrier(evaluator.permutations)
      let tolerance = item.metric == .error ? 1.0 / 701 : 1e-5
      #expect(abs(Double(evaluator.units) / evaluator.unitsPerCost - expected) <= tolerance)
      for _ in 0..<5 { evaluator.commit([bench.randomSwap(&stream)]) }
    }
  }

  // The blends of a pair see fewer swaps than the search makes: each would start its logits anew
  // at a time of its own, and no checkpoint could say when.
  @Test(arguments: Metric.allCases)
  func goesOnFromTheLastRebuildToTheSameBits(metric: Metric) throws {
    let bench = try Bench(Case(networks: 3, metric: metric, points: 3))
    let unbroken = try bench.evaluator(.lazy)
    var stream = RandomStream(seed: 6, name: "rebuild")
    for _ in 0..<IncrementalAverageEvaluator.rebuildInterval {
      unbroken.commit([bench.randomSwap(&stream)])
    }
    let base = unbroken.permutations
    let swaps = (0..<700).map { _ in bench.randomSwap(&stream) }
    for swap in swaps { unbroken.commit([swap]) }
    let other = try bench.evaluator(.lazy)
    other.restart(from: base, then: swaps.map { [$0] })
    #expect(other.units == unbroken.units && other.permutations == unbroken.permutations)
    for _ in 0..<400 {
      let swap = bench.randomSwap(&stream)
      #expect(
        other.units(after: [swap], limit: 1 << 60) == unbroken.units(after: [swap], limit: 1 << 60))
      other.commit([swap])
      unbroken.commit([swap])
      #expect(other.units == unbroken.units)
    }
  }

  @Test(arguments: Metric.allCases)
  func aCopyGoesItsOwnWay(metric: Metric) throws {
    let bench = try Bench(Case(networks: 3, metric: metric, points: 3))
    let evaluator = try bench.evaluator(.lazy)
    var stream = RandomStream(seed: 7, name: "copy")
    for _ in 0..<30 { evaluator.commit([bench.randomSwap(&stream)]) }
    let copy = try #require(evaluator.copy(pool: WorkPool(threadCount: 1)))
    let before = (evaluator.units, evaluator.permutations)
    #expect(copy.units == before.0)
    let swaps = (0..<40).map { _ in bench.randomSwap(&stream) }
    for swap in swaps { copy.commit([swap]) }
    #expect(evaluator.units == before.0 && evaluator.permutations == before.1)
    for swap in swaps { evaluator.commit([swap]) }
    #expect(copy.units == evaluator.units)
  }

  @Test(arguments: Metric.allCases)
  func sameBitsAtAnyNumberOfThreads(metric: Metric) throws {
    let bench = try Bench(Case(networks: 3, metric: metric, points: 5), samples: 6_000)
    let evaluators = try [1, 2, 3].map { threads in
      try bench.evaluator(.lazy, pool: WorkPool(threadCount: threads))
    }
    var stream = RandomStream(seed: 8, name: "threads")
    for _ in 0..<60 {
      let swap = bench.randomSwap(&stream)
      #expect(Set(evaluators.map { $0.units(after: [swap], limit: 1 << 60) }).count == 1)
      for evaluator in evaluators { evaluator.commit([swap]) }
    }
  }

  /// The losses of the C loop against an ordinary forward pass and its cross-entropy.
  @Test(arguments: [(2, 10), (3, 3), (2, 20)])
  func lossesAreThoseOfAForwardPass(networks count: Int, classes: Int) throws {
    let data = smallProblem(samples: 777, features: 9, classes: classes)
    let networks = try trainedNetworks(count, hidden: [14], on: data)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let evaluator = try IncrementalAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    var stream = RandomStream(seed: 2, name: "losses")
    for _ in 0..<20 {
      let average = Network.average(of: networks, permutedBy: evaluator.permutations)
      let expected = try average.score(on: data).loss
      #expect(abs(evaluator.loss - expected) < 2e-6 * max(expected, 1))
      let a = stream.nextInt(below: 14)
      let swap = Swap(
        network: stream.nextInt(below: count), group: 0, a: a, b: (a + 1) % 14)
      let after = evaluator.loss(after: [swap])
      evaluator.commit([swap])
      #expect(evaluator.loss == after)
    }
  }

  // A midpoint loss called a barrier: between equal networks there is none, however bad they are.
  @Test(arguments: cases)
  func equalNetworksHaveNoBarrierHoweverBadTheyAre(_ item: Case) throws {
    var bench = try Bench(item, isTrained: false)
    bench.networks = Array(repeating: bench.networks[0], count: item.networks)
    bench.start = bench.networks.map { NetworkPermutation(identityFor: $0.graph) }
    let evaluator = try bench.evaluator(.full)
    #expect(evaluator.endUnits > 0)
    // A loss may differ from its line by what rounding does.
    #expect(Double(evaluator.units) <= (item.metric == .error ? 0 : 1e-5 * evaluator.unitsPerCost))
  }

  @Test func refusesMoreMemoryThanAllowedAndEvenGrids() throws {
    let bench = try Bench(Case(networks: 3, metric: .error, points: 5))
    let memory = PairwiseBarrierEvaluator.memory(
      bench.networks[0].graph, networks: 3, samples: 701, measure: bench.measure,
      evaluation: .lazy)
    let failure = #expect(throws: Failure.self) {
      try PairwiseBarrierEvaluator(
        bench.networks, permutations: bench.start, data: bench.data, measure: bench.measure,
        memoryLimit: memory - 1)
    }
    #expect(failure?.code == .outOfMemory)
    _ = try PairwiseBarrierEvaluator(
      bench.networks, permutations: bench.start, data: bench.data, measure: bench.measure,
      memoryLimit: memory)
    #expect(throws: Failure.self) {
      try PairwiseBarrierEvaluator(
        bench.networks, permutations: bench.start, data: bench.data,
        measure: .init(points: 4))
    }
  }

  /// Networks at random orders, on data that they were trained on.
  private struct Bench {
    var networks: [Network]
    var start: [NetworkPermutation]
    let data: DataSet
    let measure: PairwiseBarrierEvaluator.Measure

    init(_ item: Case, samples: Int = 701, isTrained: Bool = true) throws {
      data = smallProblem(samples: samples, features: 9, classes: 4)
      let trained = try trainedNetworks(item.networks, hidden: [10], on: data)
      let graph = trained[0].graph
      networks =
        isTrained
        ? trained
        : (0..<item.networks).map {
          Network(
            graph: graph, initial: .uniform, from: RandomStream(seed: 1, name: "untrained \($0)"))
        }
      start = (0..<item.networks).map {
        NetworkPermutation(randomFor: graph, from: RandomStream(seed: 3, name: "start \($0)"))
      }
      measure = item.measure
    }

    func evaluator(
      _ evaluation: AverageErrorEvaluation, pool: WorkPool = .shared
    ) throws -> PairwiseBarrierEvaluator {
      try PairwiseBarrierEvaluator(
        networks, permutations: start, data: data, measure: measure, evaluation: evaluation,
        pool: pool)
    }

    /// A swap in every network but the first.
    func randomMove(_ stream: inout RandomStream) -> [Swap] {
      networks.indices.dropFirst().map { network in
        var swap = randomSwap(&stream)
        swap.network = network
        return swap
      }
    }

    func randomSwap(_ stream: inout RandomStream) -> Swap {
      let a = stream.nextInt(below: 10)
      let other = stream.nextInt(below: 9)
      return Swap(
        network: stream.nextInt(below: networks.count), group: 0, a: a,
        b: other >= a ? other + 1 : other)
    }

    func meanBarrier(_ permutations: [NetworkPermutation]) throws -> Double {
      let permuted = zip(networks, permutations).map { $0.permuted(by: $1) }
      var heights: [Double] = []
      for (first, a) in permuted.enumerated() {
        for b in permuted[(first + 1)...] {
          let curve = try Curve.measuredPlainly(
            from: a, to: b, on: data, alphas: Curve.grid(points: measure.points))
          heights.append(curve.barrier(measure.metric, baseline: measure.baseline).height)
        }
      }
      return heights.reduce(0, +) / Double(heights.count)
    }
  }
}
