import Contract
import Kernel
import TestSupport
import Testing

@testable import Plugins

@Suite struct SubspaceLearningTests {
  private let data = smallProblem(samples: 400)

  private func search(
    _ networks: [Network], _ given: [String: Setting] = [:], startWord: String? = nil,
    start: [NetworkPermutation]? = nil
  ) throws -> SearchOutcome {
    try SubspaceLearning(Settings(defaultsOf: SubspaceLearning.card, given)).search(
      SearchTask(
        networks: networks, data: data, random: RandomStream(seed: 1, name: "search"),
        start: start, startWord: startWord, pool: WorkPool(threadCount: 2)))
  }

  @Test func theMidpointGetsBetterAndIsWhatTheCostSays() throws {
    let networks = try trainedNetworks(2, hidden: [24], on: data)
    let outcome = try search(networks, ["epochs": .integer(6), "lr": .real(0.02)])
    let learned = try #require(outcome.learnedNetworks)
    #expect(outcome.permutations == nil && outcome.trace.count == 7)
    #expect(outcome.cost == (try Network.average(of: learned).score(on: data).error))
    #expect(outcome.startCost == (try Network.average(of: networks).score(on: data).error))
    #expect(try #require(outcome.cost) < #require(outcome.startCost))
    // The angle opens: that is what beta is for.
    let free = try search(networks, ["epochs": .integer(6), "lr": .real(0.02), "beta": .real(0)])
    func cosine(_ outcome: SearchOutcome) throws -> Double {
      try #require(outcome.figure("cosine"))
    }
    #expect(try cosine(outcome) < cosine(free))
  }

  // Statistics of an average are not the average of statistics, and training moves none of them.
  @Test func batchNormalizationsAreMeasuredAnew() throws {
    let data = smallImages(samples: 300, shape: [2, 6, 5], classes: 3)
    let graph = try #require(imageGraphs.first { $0.name == "residual with batch norm" }).graph
    let networks = (0..<2).map {
      Network(graph: graph, initial: .uniform, from: RandomStream(seed: 3, name: "given \($0)"))
    }
    func search(_ checkpoint: SearchCheckpoint?, stopAt share: Double) throws -> SearchOutcome {
      let stop = StopSignal()
      return try SubspaceLearning(
        Settings(
          defaultsOf: SubspaceLearning.card, ["epochs": .integer(4), "lr": .real(0.05)])
      ).search(
        SearchTask(
          networks: networks, data: data, random: RandomStream(seed: 1, name: "norms"),
          pool: WorkPool(threadCount: 2), stop: stop,
          progress: ProgressSink { if $0.share > share { stop.raise() } }, checkpoint: checkpoint))
    }
    let outcome = try search(nil, stopAt: 2)
    let corners = try #require(outcome.learnedNetworks)
    let centre = try #require(outcome.average)
    #expect(outcome.cost == (try centre.score(on: data).error))
    #expect(try #require(outcome.cost) < #require(outcome.startCost))
    #expect(try centre == Network.average(of: corners).withRecomputedStatistics(on: data))
    for corner in corners { #expect(try corner.withRecomputedStatistics(on: data) == corner) }
    // Means of statistics are another network, and a worse one.
    let interpolated = try Network.average(of: corners).score(on: data)
    #expect(try centre.score(on: data).loss < interpolated.loss)
    // A state holds the statistics, too.
    let state = SubspaceState(corners: networks)
    #expect(
      try SubspaceState(
        state.checkpoint(method: "m", share: 0), method: "m", graph: graph, corners: 2) == state)
  }

  @Test func freshNetworksHaveNothingOfTheGivenOnes() throws {
    let graph = Graph.mlp(inputShape: data.sampleShape, hidden: [16], classes: data.classCount)
    let pairs = try (0..<2).map { number in
      try search(
        (0..<2).map {
          Network(
            graph: graph, initial: .he,
            from: RandomStream(seed: 3, name: "given \(number) \($0)"))
        }, startWord: "fresh")
    }
    #expect(
      pairs[0].learnedNetworks?.map(\.parameters) == pairs[1].learnedNetworks?.map(\.parameters))
    #expect(pairs[0].cost == pairs[1].cost && pairs[0].figures.contains(.init("epochs", 15)))
  }

  @Test func itBeginsWhereStartPermutesTo() throws {
    let networks = try trainedNetworks(2, hidden: [12], on: data)
    let start = [
      NetworkPermutation(identityFor: networks[0].graph),
      NetworkPermutation(randomFor: networks[0].graph, from: RandomStream(seed: 5, name: "x")),
    ]
    let moved = zip(networks, start).map { $0.permuted(by: $1) }
    let one = try search(networks, start: start)
    let other = try search(moved)
    #expect(one.learnedNetworks?.map(\.parameters) == other.learnedNetworks?.map(\.parameters))
    #expect(one.startCost == other.startCost)
  }

  // A batch that no data have ended the program, and a stop set the trace's clock back.
  @Test func aStateIsCheckedAndKeepsItsClock() throws {
    let networks = try trainedNetworks(2, hidden: [12], on: data, epochs: 1)
    func run(
      _ checkpoint: SearchCheckpoint?, stoppedAt share: Double = 1
    ) throws -> SearchOutcome {
      let stop = StopSignal()
      return try SubspaceLearning(
        Settings(defaultsOf: SubspaceLearning.card, ["epochs": .integer(20), "batch": .integer(8)])
      ).search(
        SearchTask(
          networks: networks, data: data, random: RandomStream(seed: 1, name: "state"), stop: stop,
          progress: ProgressSink { if $0.share > share { stop.raise() } }, checkpoint: checkpoint))
    }
    let stopped = try run(nil, stoppedAt: 0.5)
    let checkpoint = try #require(stopped.checkpoint)
    let before = try #require(stopped.trace.last)
    let resumed = try run(checkpoint)
    #expect(resumed.trace.starts(with: stopped.trace))
    #expect(resumed.trace.map(\.seconds) == resumed.trace.map(\.seconds).sorted())
    #expect(try #require(resumed.trace.last).seconds > before.seconds)
    let graph = networks[0].graph
    var state = try SubspaceState(checkpoint, method: "subspace 1", graph: graph, corners: 2)
    for edit in ["batch", "errors", "seconds"] {
      var edited = state
      switch edit {
      case "batch": edited.batch = .max
      case "errors": edited.errorCount = .max
      default: edited.seconds = -1
      }
      #expect(throws: Failure.self, "\(edit)") {
        try run(edited.checkpoint(method: "subspace 1", share: 0.5))
      }
    }
    state.batch = 0
    #expect(try !run(state.checkpoint(method: "subspace 1", share: 0.5)).trace.isEmpty)
  }

  @Test func anIntervalIsForTwoNetworks() throws {
    let networks = try trainedNetworks(3, hidden: [6], on: data, epochs: 1)
    let failure = #expect(throws: Failure.self) {
      try search(networks, ["alpha": .interval(0.4, 0.6)])
    }
    #expect(failure?.message.contains("there are 3") == true)
    #expect(try search(networks).learnedNetworks?.count == 3)
  }

  @Test func aDamagedCheckpointIsRefused() throws {
    let networks = try trainedNetworks(2, hidden: [6], on: data, epochs: 1)
    let graph = networks[0].graph
    let whole = SubspaceState(corners: networks).checkpoint(method: "subspace 1", share: 0)
    func read(_ checkpoint: SearchCheckpoint, corners: Int = 2) throws -> SubspaceState {
      try SubspaceState(checkpoint, method: "subspace 1", graph: graph, corners: corners)
    }
    #expect(try read(whole) == SubspaceState(corners: networks))
    for count in [0, 7, 8, 20, whole.bytes.count - 1] {
      var cut = whole
      cut.bytes = Array(cut.bytes.prefix(count))
      #expect(throws: Failure.self) { try read(cut) }
    }
    #expect(throws: Failure.self) { try read(whole, corners: 3) }
  }
}
