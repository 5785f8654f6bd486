import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Plugins

@Suite struct TemperatureTrialTests {
  // On deep networks a trial is 2 000 forward passes: none of them looked at the stop signal.
  @Test(arguments: [1, 30, 51, 130])
  func aTrialStopsAtTheNextMove(after count: Int) {
    let evaluator = CountingEvaluator()
    let stop = StopSignal()
    evaluator.atQuestion = { if $0 == count { stop.raise() } }
    var trial = TemperatureTrial(
      cost: AverageErrorCost(evaluator), moves: moves, isAligned: false)
    trial.stop = stop
    let found = trial.run()
    #expect(evaluator.questions == count)
    #expect(found.highest >= found.lowest && found.lowest > 0)
  }

  /// A trial that was cut asks on from there, and finds what an unbroken one finds.
  @Test(arguments: [1, 30, 51, 130, 400])
  func aTrialGoesOnWhereItWasCut(after count: Int) throws {
    func trial(
      _ evaluator: CountingEvaluator, _ answers: [Int]?, stop: StopSignal = StopSignal()
    ) -> (found: Temperatures, answers: [Int]) {
      let remembering = RememberingCost(
        AverageErrorCost(evaluator), start: evaluator.permutations, answers: answers
      ) { _ in }
      var trial = TemperatureTrial(cost: remembering, moves: moves, isAligned: false)
      trial.stop = stop
      return (trial.run(), remembering.answers)
    }
    let unbroken = CountingEvaluator()
    let expected = trial(unbroken, nil)
    let cut = CountingEvaluator()
    let stop = StopSignal()
    cut.atQuestion = { if $0 == count { stop.raise() } }
    let partial = trial(cut, nil, stop: stop)
    let rest = CountingEvaluator()
    let whole = trial(rest, partial.answers)
    #expect(whole.found == expected.found)
    #expect(whole.answers == expected.answers)
    // None is asked twice.
    #expect(cut.questions == count && cut.questions + rest.questions == unbroken.questions)
    #expect(rest.permutations == unbroken.permutations || rest.questions == 0)
    // What cannot be an answer is not believed.
    #expect(trial(CountingEvaluator(), [5, 1001]).found == expected.found)
  }

  @Test func aSlowTrialTellsHowFarItIs() throws {
    let evaluator = CountingEvaluator()
    evaluator.pause = .milliseconds(60)
    let stop = StopSignal()
    evaluator.atQuestion = { if $0 == 10 { stop.raise() } }
    let reports = Mutex<[ProgressReport]>([])
    var trial = TemperatureTrial(
      cost: AverageErrorCost(evaluator), moves: moves, isAligned: false)
    trial.stop = stop
    trial.progress = ProgressSink { report in reports.withLock { $0.append(report) } }
    _ = trial.run()
    let facts = reports.withLock { $0.map(\.facts) }
    #expect(facts.count >= 2)
    #expect(try #require(facts.first?.first).name == "trial")
    #expect(try #require(facts.first?.first).value.hasSuffix("/2050"))
  }

  /// What looks at the clock must not change what is found.
  @Test func reportsAndSlownessChangeNothing() {
    var found: [Temperatures] = []
    for pause in [Duration.zero, .microseconds(1100)] {
      let evaluator = CountingEvaluator()
      evaluator.pause = pause
      var trial = TemperatureTrial(
        cost: AverageErrorCost(evaluator), moves: moves, isAligned: false)
      found.append(trial.run())
    }
    #expect(found[0] == found[1])
  }

  // The stop signal was seen at once, and the clock, reports and checkpoints every 32nd step only.
  @Test func aSlowChainReportsAtEveryStep() throws {
    let evaluator = CountingEvaluator()
    evaluator.pause = .milliseconds(60)
    let reports = Atomic<Int>(0)
    var chain = AnnealingChain(
      cost: AverageErrorCost(evaluator), acceptance: .greedy, steps: 6, graph: graph, moves: moves,
      temperatures: Temperatures(highest: 1, lowest: 1))
    let status = try chain.run(
      stop: StopSignal(),
      progress: ProgressSink { _ in reports.add(1, ordering: .relaxed) }
    ) { _ in }
    #expect(!status.isPartial)
    #expect(reports.load(ordering: .relaxed) >= 5)
  }

  private let graph = Graph.mlp(inputShape: [4], hidden: [6], classes: 3)

  private var moves: MoveSource {
    MoveSource(networks: [1], graph: graph, stream: RandomStream(seed: 1, name: "trial"))
  }
}

/// Answers at once, or after a pause, with numbers that look like an error.
private final class CountingEvaluator: AverageErrorEvaluator {
  let sampleCount = 1000
  var pool = WorkPool(threadCount: 1)
  private(set) var errorCount = 300
  private(set) var permutations: [NetworkPermutation]
  private(set) var questions = 0
  var pause = Duration.zero
  var atQuestion: (Int) -> Void = { _ in }

  init() {
    let graph = Graph.mlp(inputShape: [4], hidden: [6], classes: 3)
    permutations = [NetworkPermutation(identityFor: graph), NetworkPermutation(identityFor: graph)]
  }

  func errors(after swaps: [Swap], limit: Int) -> Int? {
    questions += 1
    let end = ContinuousClock.now + pause
    while ContinuousClock.now < end {}
    atQuestion(questions)
    return errors(after: swaps)
  }

  func commit(_ swaps: [Swap]) {
    errorCount = errors(after: swaps)
    for swap in swaps {
      let old = permutations[swap.network].groups[swap.group]
      permutations[swap.network].groups[swap.group] = old.swapping(swap.a, swap.b)
    }
  }

  private func errors(after swaps: [Swap]) -> Int {
    swaps.reduce(300) { $0 + ($1.a * 7 + $1.b * 3) % 20 }
  }

  func restart(from permutations: [NetworkPermutation]) { self.permutations = permutations }
}
