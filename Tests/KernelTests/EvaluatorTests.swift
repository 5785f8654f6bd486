import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct EvaluatorTests {
  /// Every move asked of the lazy, the full and the plain evaluator, some of them made.
  @Test(arguments: [(2, 10), (2, 4), (3, 3), (5, 10)])
  func fastAndPlainAgreeMoveByMove(networks count: Int, classes: Int) throws {
    let data = smallProblem(samples: 1_111, features: 9, classes: classes)
    let networks = try trainedNetworks(count, hidden: [14], on: data, epochs: 4)
    let graph = networks[0].graph
    let start = (0..<count).map {
      NetworkPermutation(randomFor: graph, from: RandomStream(seed: 3, name: "start \($0)"))
    }
    let lazy = try IncrementalAverageEvaluator(networks, permutations: start, data: data)
    let full = try IncrementalAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    let plain = try PlainAverageEvaluator(networks, permutations: start, data: data)
    #expect(lazy.errorCount == full.errorCount)
    var stream = RandomStream(seed: 4, name: "moves")
    // One sample in ten thousand may be decided by rounding; of 1 111 at most one.
    var differing = 0
    for step in 0..<300 {
      let swap = randomSwap(count, units: 14, &stream)
      let exact = try #require(full.errors(after: swap, limit: .max))
      let limit = full.errorCount + stream.nextInt(below: 9) - 4
      let answer = lazy.errors(after: swap, limit: limit)
      #expect(answer == (exact <= limit ? exact : nil), "step \(step)")
      let reference = try #require(plain.errors(after: swap, limit: .max))
      differing += abs(reference - exact)
      #expect(abs(reference - exact) <= 1, "step \(step)")
      if exact <= limit {
        lazy.commit(swap)
        full.commit(swap)
        plain.commit(swap)
        if step % 7 == 0 { lazy.orderSamples(all: false) }
        #expect(lazy.errorCount == exact)
        #expect(full.errorCount == exact)
        #expect(lazy.permutations == plain.permutations)
      }
    }
    #expect(differing <= 3)
  }

  /// The same for moves of several swaps, a pair in every network that moves.
  @Test(arguments: [(2, 10, 0), (2, 4, 1), (3, 3, 0), (5, 10, 0), (5, 10, 1)])
  func movesOfSeveralSwapsAgreeWithPlain(networks count: Int, classes: Int, first: Int) throws {
    let data = smallProblem(samples: 1_111, features: 9, classes: classes)
    let networks = try trainedNetworks(count, hidden: [14], on: data, epochs: 4)
    let start = (0..<count).map {
      NetworkPermutation(
        randomFor: networks[0].graph, from: RandomStream(seed: 3, name: "start \($0)"))
    }
    let pools = [1, 2, 3].map { WorkPool(threadCount: $0) }
    let lazy = try pools.map {
      try IncrementalAverageEvaluator(networks, permutations: start, data: data, pool: $0)
    }
    let full = try IncrementalAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    let plain = try PlainAverageEvaluator(networks, permutations: start, data: data)
    var stream = RandomStream(seed: 4, name: "several")
    var made = 0
    for step in 0..<200 {
      let move = (first..<count).map { network in
        var swap = randomSwap(count, units: 14, &stream)
        swap.network = network
        return swap
      }
      let exact = try #require(full.errors(after: move, limit: .max))
      let limit = full.errorCount + stream.nextInt(below: 9) - 4
      for evaluator in lazy {
        #expect(
          evaluator.errors(after: move, limit: limit) == (exact <= limit ? exact : nil),
          "step \(step)")
      }
      let reference = try #require(plain.errors(after: move, limit: .max))
      #expect(abs(reference - exact) <= 1, "step \(step)")
      guard exact <= limit || step % 5 == 0 else { continue }
      made += 1
      for evaluator in lazy + [full, plain] as [any AverageErrorEvaluator] {
        evaluator.commit(move)
      }
      #expect(full.errorCount == exact)
      #expect(Set(lazy.map { logits(of: $0) } + [logits(of: full)]).count == 1)
      #expect(full.permutations == plain.permutations)
      if step % 7 == 0 { for evaluator in lazy { evaluator.orderSamples(all: false) } }
    }
    #expect(made > 20)
    // Single swaps go on from there: what is known of the blocks is up to date.
    for _ in 0..<50 {
      let swap = randomSwap(count, units: 14, &stream)
      let exact = try #require(full.errors(after: swap, limit: .max))
      #expect(lazy[0].errors(after: swap, limit: .max) == exact)
    }
    let average = Network.average(of: networks, permutedBy: full.permutations)
    let expected = try average.logits(on: data).values
    #expect(zip(logits(of: full), expected).allSatisfy { abs($0 - $1) < 1e-4 })
  }

  // What rounding may do was taken from the largest logit of the last rebuild: units whose output
  // weights are large and alike for all classes cancel there, and not after a swap.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func lazyAgreesWhereLargeOutputWeightsCancel(seed: UInt64) throws {
    let data = smallProblem(samples: 3_000, features: 9, classes: 4, seed: seed)
    let networks = try trainedNetworks(2, hidden: [16], on: data).map(withCancellingUnits)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let lazy = try IncrementalAverageEvaluator(networks, permutations: start, data: data)
    let full = try IncrementalAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    var stream = RandomStream(seed: seed, name: "cancelling")
    for step in 0..<200 {
      // Among the cancelling units, whose weights say nothing for or against a class.
      let a = 8 + stream.nextInt(below: 8)
      let b = 8 + (a - 8 + 1 + stream.nextInt(below: 7)) % 8
      let swap = Swap(network: 1, group: 0, a: a, b: b)
      let exact = try #require(full.errors(after: swap, limit: .max))
      #expect(lazy.errors(after: swap, limit: .max) == exact, "step \(step)")
      if step % 5 == 0 {
        lazy.commit(swap)
        full.commit(swap)
        #expect(lazy.errorCount == full.errorCount, "step \(step)")
      }
    }
  }

  /// The network with its units 8 to 15 in pairs that cancel: alike but for the sign of their
  /// output weight, which is large and the same for every class.
  private func withCancellingUnits(_ network: Network) throws -> Network {
    var parameters = network.parameters
    for unit in stride(from: 8, to: 16, by: 2) {
      for feature in 0..<9 {
        parameters[0][(unit + 1) * 9 + feature] = parameters[0][unit * 9 + feature]
      }
      parameters[1][unit + 1] = parameters[1][unit]
      for label in 0..<4 {
        parameters[2][label * 16 + unit] = 1e4
        parameters[2][label * 16 + unit + 1] = -1e4
      }
    }
    return try Network(graph: network.graph, parameters: parameters)
  }

  @Test func logitsDoNotDriftOverThousandsOfSwaps() throws {
    let data = smallProblem(samples: 900, features: 9, classes: 5)
    let networks = try trainedNetworks(2, hidden: [32], on: data)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let fast = try IncrementalAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    var stream = RandomStream(seed: 5, name: "drift")
    for _ in 0..<1_000 { fast.commit(randomSwap(2, units: 32, &stream)) }
    #expect(fast.movesSinceRebuild == 1_000)
    let before = logits(of: fast)
    let average = Network.average(of: zip(networks, fast.permutations).map { $0.permuted(by: $1) })
    let expected = try average.logits(on: data).values
    let drift = zip(before, expected).map { abs($0 - $1) }.max() ?? 0
    // 3 000 swaps drift by 6e-5 on logits of size ten (methods.md, section 3).
    #expect(drift < 1e-4)
    fast.commit(randomSwap(2, units: 32, &stream))
    for _ in 0..<23 { fast.commit(randomSwap(2, units: 32, &stream)) }
    #expect(fast.movesSinceRebuild == 0, "1 024 moves rebuild the logits")
  }

  @Test func orderingTheSamplesChangesNoLogit() throws {
    let data = smallProblem(samples: 1_003, features: 9, classes: 3)
    let networks = try trainedNetworks(2, hidden: [10], on: data)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let evaluator = try IncrementalAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    let before = logits(of: evaluator)
    let errors = evaluator.errorCount
    evaluator.orderSamples()
    #expect(logits(of: evaluator) == before)
    #expect(evaluator.errorCount == errors)
    var stream = RandomStream(seed: 9, name: "order")
    for _ in 0..<40 {
      evaluator.commit(randomSwap(2, units: 10, &stream))
      let moved = logits(of: evaluator)
      let samples = evaluator.layout.samples
      evaluator.orderSamples(all: false)
      #expect(logits(of: evaluator) == moved)
      #expect(evaluator.layout.samples.sorted() == samples.sorted())
    }
  }

  @Test func sameAnswersAtAnyNumberOfThreads() throws {
    let data = smallProblem(samples: 9_000, features: 6, classes: 4)
    let networks = try trainedNetworks(2, hidden: [12], on: data)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let evaluators = try [1, 2, 3].map { threads in
      try IncrementalAverageEvaluator(
        networks, permutations: start, data: data, pool: WorkPool(threadCount: threads))
    }
    var stream = RandomStream(seed: 6, name: "threads")
    for _ in 0..<400 {
      let swap = randomSwap(2, units: 12, &stream)
      let limit = evaluators[0].errorCount + stream.nextInt(below: 60) - 20
      let answers = evaluators.map { $0.errors(after: swap, limit: limit) }
      #expect(Set(answers).count == 1)
      if answers[0] != nil { for evaluator in evaluators { evaluator.commit(swap) } }
    }
    #expect(Set(evaluators.map { logits(of: $0) }).count == 1)
  }

  @Test func tiesGoToTheLowerClassAsInTheForwardPass() throws {
    // All logits equal: the prediction is class 0, so only samples of class 0 are right.
    let data = smallProblem(samples: 300, features: 4, classes: 3)
    let graph = Graph.mlp(inputShape: [4], hidden: [5], classes: 3)
    let zeros = graph.parameters.map { Tensor(shape: $0.shape) }
    let network = try Network(graph: graph, parameters: zeros)
    let start = [NetworkPermutation(identityFor: graph), NetworkPermutation(identityFor: graph)]
    let evaluator = try IncrementalAverageEvaluator(
      [network, network], permutations: start, data: data)
    let expected = data.labels.filter { $0 != 0 }.count
    #expect(evaluator.errorCount == expected)
    #expect(try network.score(on: data).errorCount == expected)
  }

  // With 70 networks the evaluator wrote past the end of a C array and crashed.
  @Test func isForAtMost64Networks() {
    let graph = Graph.mlp(inputShape: [4], hidden: [5], classes: 3)
    #expect(IncrementalAverageEvaluator.fits(graph, networkCount: 64))
    #expect(!IncrementalAverageEvaluator.fits(graph, networkCount: 65))
    let deep = Graph.mlp(inputShape: [4], hidden: [5, 5], classes: 3)
    #expect(!IncrementalAverageEvaluator.fits(deep, networkCount: 2))
  }

  // Finite weights with infinite products ended the program, or passed for right answers.
  @Test(arguments: [(1e20, 1e20), (1e30, 1), (2e38, 1e-30), (1e19, 1e18)] as [(Float, Float)])
  func refusesWeightsWhoseProductsOverflow(first: Float, second: Float) throws {
    let data = smallProblem(samples: 200)
    let networks = try trainedNetworks(2, hidden: [8], on: data, epochs: 1).map { network in
      var parameters = network.parameters
      for index in 0..<parameters[0].count {
        parameters[0][index] = parameters[0][index] < 0 ? -first : first
      }
      for index in 0..<parameters[2].count { parameters[2][index] *= second }
      return try Network(graph: network.graph, parameters: parameters)
    }
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let make = { try IncrementalAverageEvaluator(networks, permutations: start, data: data) }
    if first == 1e30 {
      // Large and far from the end of a float's range.
      _ = try make()
    } else {
      #expect(#expect(throws: Failure.self) { try make() }?.code == .notFinite)
    }
  }

  @Test func whatIsNoNumberHasAPlaceInTheOrder() {
    var layout = SampleLayout(labels: [UInt8](repeating: 0, count: 40), classCount: 1)
    var margins = (0..<40).map { Float($0) / 10 }
    (margins[20], margins[21], margins[22]) = (.nan, .infinity, -.infinity)
    layout.reorder([0, 1, 2], labels: [UInt8](repeating: 0, count: 40), margins: margins)
    let placed = layout.samples.filter { $0 >= 0 }
    #expect(placed.sorted() == Array(0..<40))
    #expect(placed.prefix(2) == [20, 22] && placed.last == 21)
  }

  @Test func refusesMoreMemoryThanAllowed() throws {
    let data = smallProblem()
    let networks = try trainedNetworks(2, hidden: [16], on: data, epochs: 1)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let failure = #expect(throws: Failure.self) {
      try IncrementalAverageEvaluator(
        networks, permutations: start, data: data, memoryLimit: 10_000)
    }
    #expect(failure?.code == .outOfMemory)
  }

  private func randomSwap(_ networks: Int, units: Int, _ stream: inout RandomStream) -> Swap {
    let a = stream.nextInt(below: units)
    let other = stream.nextInt(below: units - 1)
    return Swap(
      network: stream.nextInt(below: networks), group: 0, a: a, b: other >= a ? other + 1 : other)
  }

  /// The evaluator's logits, samples × classes in the order of the data.
  private func logits(of evaluator: IncrementalAverageEvaluator) -> [Float] {
    let (classes, length) = (evaluator.shape.classes, SampleLayout.groupLength)
    var result = [Float](repeating: 0, count: evaluator.sampleCount * classes)
    for (slot, sample) in evaluator.layout.samples.enumerated() where sample >= 0 {
      let truth = Int(evaluator.layout.groupClass[slot / length])
      let rows = evaluator.logits.start + slot / length * classes * length + slot % length
      for row in 0..<classes {
        let label = row == 0 ? truth : row <= truth ? row - 1 : row
        result[Int(sample) * classes + label] = rows[row * length]
      }
    }
    return result
  }
}
