import TestSupport
import Testing

@testable import Kernel

@Suite struct LayeredEvaluatorTests {
  /// A case of the comparison with the plain evaluator.
  struct Setting: Sendable, CustomTestStringConvertible {
    var networks: Int
    var hidden: [Int]
    var classes = 4
    var testDescription: String { "\(networks) networks of \(hidden)" }
  }

  static let settings = [
    Setting(networks: 2, hidden: [14, 11]), Setting(networks: 3, hidden: [9, 16, 12]),
    Setting(networks: 5, hidden: [8, 8], classes: 10), Setting(networks: 2, hidden: [6, 1, 5, 7]),
  ]

  /// Every move asked of the lazy, the full and the plain evaluator, some of them made: one swap or
  /// several at once.
  @Test(arguments: settings, [false, true])
  func fastAndPlainAgreeMoveByMove(setting: Setting, several: Bool) throws {
    let data = smallProblem(samples: 1_111, features: 9, classes: setting.classes)
    let networks = try trainedNetworks(setting.networks, hidden: setting.hidden, on: data)
    let start = randomStart(networks)
    let lazy = try LayeredAverageEvaluator(networks, permutations: start, data: data)
    let full = try LayeredAverageEvaluator(
      networks, permutations: start, data: data, isLazy: false)
    let plain = try PlainAverageEvaluator(networks, permutations: start, data: data)
    #expect(lazy.errorCount == full.errorCount)
    var stream = RandomStream(seed: 4, name: "moves")
    for step in 0..<120 {
      let move = randomMove(networks, several: several, &stream)
      let exact = try #require(full.errors(after: move, limit: .max))
      let limit = full.errorCount + stream.nextInt(below: 9) - 4
      #expect(lazy.errors(after: move, limit: limit) == (exact <= limit ? exact : nil))
      let reference = try #require(plain.errors(after: move, limit: .max))
      // One sample in ten thousand may be decided by rounding; of 1 111 at most one.
      #expect(abs(reference - exact) <= 1, "step \(step)")
      guard exact <= limit || step % 4 == 0 else { continue }
      for evaluator in [lazy, full, plain] as [any AverageErrorEvaluator] { evaluator.commit(move) }
      #expect(lazy.errorCount == exact && full.errorCount == exact)
      #expect(lazy.permutations == plain.permutations)
      try expectNearPlain(full, networks, data)
    }
    #expect(lazy.movesSinceRebuild > 10)
  }

  /// Samples on which the evaluator and an ordinary forward pass differ must be near the decision.
  private func expectNearPlain(
    _ evaluator: LayeredAverageEvaluator, _ networks: [Network], _ data: DataSet
  ) throws {
    let average = Network.average(of: networks, permutedBy: evaluator.permutations)
    let expected = try average.logits(on: data).values
    let found = logits(of: evaluator)
    let classes = data.classCount
    for sample in 0..<data.count {
      let places = sample * classes..<(sample + 1) * classes
      let first = places.max { found[$0] < found[$1] }
      guard first != places.max(by: { expected[$0] < expected[$1] }) else { continue }
      let sorted = expected[places].sorted(by: >)
      #expect(sorted[0] - sorted[1] < 1e-4, "sample \(sample)")
    }
  }

  @Test(arguments: [[16, 12], [10, 14, 9]])
  func logitsDoNotDriftOverThousandsOfMoves(hidden: [Int]) throws {
    let data = smallProblem(samples: 400, features: 9, classes: 5)
    let networks = try trainedNetworks(2, hidden: hidden, on: data)
    let fast = try LayeredAverageEvaluator(
      networks, permutations: networks.map { NetworkPermutation(identityFor: $0.graph) },
      data: data)
    var stream = RandomStream(seed: 5, name: "drift")
    var worst: Float = 0
    for step in 1...2_100 {
      fast.commit(randomMove(networks, several: step % 10 == 0, &stream))
      guard step == 1_023 || step == 1_024 || step == 2_047 || step == 2_100 else { continue }
      #expect(fast.movesSinceRebuild == step % 1024)
      let average = Network.average(of: networks, permutedBy: fast.permutations)
      let expected = try average.logits(on: data).values
      worst = max(worst, zip(logits(of: fast), expected).map { abs($0 - $1) }.max() ?? 0)
    }
    #expect(worst < 1e-4)
  }

  @Test func sameBitsAtAnyNumberOfThreads() throws {
    let data = smallProblem(samples: 3_000, features: 6, classes: 4)
    let networks = try trainedNetworks(2, hidden: [12, 40, 10], on: data)
    let evaluators = try [1, 2, 3].map { threads in
      try LayeredAverageEvaluator(
        networks, permutations: randomStart(networks), data: data,
        pool: WorkPool(threadCount: threads))
    }
    var stream = RandomStream(seed: 6, name: "threads")
    for step in 0..<150 {
      let move = randomMove(networks, several: step % 3 == 0, &stream)
      let limit = evaluators[0].errorCount + stream.nextInt(below: 60) - 20
      let answers = evaluators.map { $0.errors(after: move, limit: limit) }
      #expect(Set(answers).count == 1)
      if answers[0] != nil { for evaluator in evaluators { evaluator.commit(move) } }
    }
    #expect(Set(evaluators.map { logits(of: $0) }).count == 1)
  }

  /// The permutations at the last rebuild and the moves since are all that a state needs.
  @Test func aReplayedEvaluatorHasTheSameBits() throws {
    let data = smallProblem(samples: 700)
    let networks = try trainedNetworks(3, hidden: [10, 9], on: data)
    let start = randomStart(networks)
    let unbroken = try LayeredAverageEvaluator(networks, permutations: start, data: data)
    var stream = RandomStream(seed: 8, name: "replay")
    var base = start
    var moves: [[Swap]] = []
    for step in 1...1_100 {
      let move = randomMove(networks, several: step % 4 == 0, &stream)
      _ = unbroken.errors(after: move, limit: unbroken.errorCount)
      unbroken.commit(move)
      moves.append(move)
      if unbroken.movesSinceRebuild == 0 { (base, moves) = (unbroken.permutations, []) }
    }
    #expect(moves.count == 1_100 - 1_024)
    let resumed = try LayeredAverageEvaluator(networks, permutations: start, data: data)
    resumed.restart(from: base, then: moves)
    #expect(resumed.permutations == unbroken.permutations)
    #expect(logits(of: resumed) == logits(of: unbroken))
    #expect(resumed.errorCount == unbroken.errorCount)
  }

  /// A question that is given up has no answer and leaves everything as it was.
  @Test(arguments: [false, true]) func aStopInAMoveLeavesItUnmade(several: Bool) throws {
    let data = smallProblem(samples: 2_000)
    let networks = try trainedNetworks(2, hidden: [12, 10], on: smallProblem(samples: 300))
    let stop = StopSignal()
    let evaluator = try LayeredAverageEvaluator(
      networks, permutations: randomStart(networks), data: data, stop: stop)
    let before = (logits(of: evaluator), evaluator.permutations, evaluator.errorCount)
    var stream = RandomStream(seed: 2, name: "stop")
    let move = randomMove(networks, several: several, &stream)
    stop.raise()
    #expect(evaluator.errors(after: move, limit: .max) == nil)
    #expect(evaluator.wasCut)
    #expect(logits(of: evaluator) == before.0)
    #expect(evaluator.permutations == before.1 && evaluator.errorCount == before.2)
    let failure = #expect(throws: Failure.self) {
      try LayeredAverageEvaluator(
        networks, permutations: randomStart(networks), data: data, stop: stop)
    }
    #expect(failure?.code == .stopped)
  }

  @Test func tiesGoToTheLowerClassAsInTheForwardPass() throws {
    let data = smallProblem(samples: 300, features: 4, classes: 3)
    let graph = Graph.mlp(inputShape: [4], hidden: [5, 6], classes: 3)
    let network = try Network(
      graph: graph, parameters: graph.parameters.map { Tensor(shape: $0.shape) })
    let start = [NetworkPermutation(identityFor: graph), NetworkPermutation(identityFor: graph)]
    let evaluator = try LayeredAverageEvaluator(
      [network, network], permutations: start, data: data)
    #expect(evaluator.errorCount == data.labels.filter { $0 != 0 }.count)
  }

  @Test func fitsChainsOfLinearLayersOnly() {
    func mlp(_ hidden: [Int]) -> Graph {
      .mlp(inputShape: [2, 2], hidden: hidden, classes: 3, dropout: 0.5)
    }
    #expect(!LayeredAverageEvaluator.fits(mlp([])) && !LayeredAverageEvaluator.fits(mlp([4])))
    #expect(
      LayeredAverageEvaluator.fits(mlp([4, 4])) && LayeredAverageEvaluator.fits(mlp([4, 5, 6])))
    // Two linear layers without a rectifier between them.
    let bare = Graph(nodes: [
      .init("input", .input(shape: [4]), inputs: []), .init("a", .linear(outputs: 5), inputs: [0]),
      .init("r", .relu, inputs: [1]), .init("b", .linear(outputs: 5), inputs: [2]),
      .init("c", .linear(outputs: 3), inputs: [3]),
    ])
    #expect(!LayeredAverageEvaluator.fits(bare))
  }

  @Test func refusesMoreMemoryThanAllowedAndNumbersThatOverflow() throws {
    let data = smallProblem()
    let networks = try trainedNetworks(2, hidden: [16, 8], on: data, epochs: 1)
    let start = networks.map { NetworkPermutation(identityFor: $0.graph) }
    let failure = #expect(throws: Failure.self) {
      try LayeredAverageEvaluator(networks, permutations: start, data: data, memoryLimit: 10_000)
    }
    #expect(failure?.code == .outOfMemory)
    let large = try networks.map { network in
      var parameters = network.parameters
      for index in 0..<parameters[0].count { parameters[0][index] *= 1e20 }
      for index in 0..<parameters[2].count { parameters[2][index] *= 1e18 }
      return try Network(graph: network.graph, parameters: parameters)
    }
    let overflow = #expect(throws: Failure.self) {
      try LayeredAverageEvaluator(large, permutations: start, data: data)
    }
    #expect(overflow?.code == .notFinite)
  }

  // MARK: - Helpers

  private func randomStart(_ networks: [Network]) -> [NetworkPermutation] {
    networks.indices.map {
      NetworkPermutation(
        randomFor: networks[0].graph, from: RandomStream(seed: 3, name: "start \($0)"))
    }
  }

  /// A swap in one layer of one network, or one in every layer of every network.
  private func randomMove(
    _ networks: [Network], several: Bool, _ stream: inout RandomStream
  ) -> [Swap] {
    let groups = networks[0].graph.axisGroups.enumerated().filter { $0.element.count > 1 }
    func swap(_ network: Int, _ group: (offset: Int, element: AxisGroup)) -> Swap {
      let a = stream.nextInt(below: group.element.count)
      let other = stream.nextInt(below: group.element.count - 1)
      return Swap(
        network: network, group: group.offset, a: a, b: other >= a ? other + 1 : other)
    }
    if several {
      return networks.indices.flatMap { network in groups.map { swap(network, $0) } }
    }
    return [
      swap(stream.nextInt(below: networks.count), groups[stream.nextInt(below: groups.count)])
    ]
  }

  /// The evaluator's logits, samples × classes in the order of the data.
  private func logits(of evaluator: LayeredAverageEvaluator) -> [Float] {
    let classes = evaluator.widths[evaluator.widths.count - 1]
    var result = [Float](repeating: 0, count: evaluator.sampleCount * classes)
    for (slot, sample) in evaluator.samples.enumerated() where sample >= 0 {
      let column =
        evaluator.values(of: evaluator.widths.count - 1, in: slot / evaluator.length)
        + slot % evaluator.length
      for label in 0..<classes {
        result[Int(sample) * classes + label] = column[label * evaluator.length]
      }
    }
    return result
  }
}
