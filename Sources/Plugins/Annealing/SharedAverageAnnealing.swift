import Contract
import Foundation
import Kernel

/// SA₂: simulated annealing on the train error of the average of the permuted networks.
///
/// From Entezari, Sedghi, Saukh and Neyshabur (2022), sections 4.2 and A.4.
///
/// State: one permutation per group of axes and network; network 1 stays. Move: two units of one
/// layer of one network exchange places. Acceptance: Metropolis with geometric cooling, or
/// `accept=greedy`, Algorithm 1 as printed. The best state is kept.
///
/// Up to 64 networks with one hidden layer are evaluated incrementally and lazily; deeper and more
/// ones by an ordinary forward pass per move.
public struct SharedAverageAnnealing: SearchPlugin {
  private let steps: Int
  private let acceptance: Acceptance
  private let highest: Double?
  private let lowest: Double?
  private let movesAll: Bool
  private let samples: Int?
  private let evaluation: AverageErrorEvaluation

  public static let card = MethodCard(
    id: "sa2",
    summary: "simulated annealing on the train error of the average of the permuted networks",
    description: """
      Swaps two hidden units of one layer of one network at a time and keeps the swap where the \
      error of the average falls, or by chance where it rises a little. With one hidden layer a \
      swap is evaluated from what it changes, exactly, whatever the input size. The temperature is \
      a share of samples, as the cost is; `auto` finds it by a trial chain. With more than two \
      networks it lowers the error of their common average, not the pairwise barriers: report both.
      """,
    version: "1",
    papers: [
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, sections 4.2 and A.4",
      "Metropolis et al. (1953): Equation of State Calculations by Fast Computing Machines",
    ],
    parameters: [
      Parameter(
        "steps", .integer(1...1_000_000_000), default: "50k", unit: "moves",
        help: "how many moves to try"),
      Parameter(
        "accept", .word(Acceptance.allCases.map(\.rawValue)), default: "metropolis",
        help: "when a worse average is accepted: by chance, or never (greedy)"),
      Parameter(
        "t_max", .real(1e-12...1e6), words: ["auto"], default: "auto", unit: "share",
        help: "the temperature at the start, in the unit of the error"),
      Parameter(
        "t_min", .real(1e-12...1e6), words: ["auto"], default: "auto", unit: "share",
        help: "the temperature at the end"),
      Parameter(
        "move", .word(["others", "all"]), default: "others",
        help: "which networks move: all but the first, or all"),
      Parameter(
        "samples", .integer(1...Int.max), words: ["all"], default: "all",
        help: "evaluate on a fixed random subset of the data"),
      Parameter(
        "evaluation", .word(AverageErrorEvaluation.allCases.map(\.rawValue)), default: "lazy",
        changesResult: false,
        help: "how a move is evaluated: the results are the same, the time is not"),
    ],
    needsData: true, drawsRandomNumbers: true, costName: "train error of the average",
    stepName: "move", canResume: true)

  public init(_ settings: Settings) throws(Failure) {
    steps = settings.integer("steps")
    acceptance = Acceptance(rawValue: settings.word("accept")) ?? .metropolis
    highest = settings.realIfGiven("t_max")
    lowest = settings.realIfGiven("t_min")
    movesAll = settings.word("move") == "all"
    samples = settings.integerIfGiven("samples")
    evaluation = AverageErrorEvaluation(rawValue: settings.word("evaluation")) ?? .lazy
    if let highest, let lowest, lowest > highest {
      throw Failure(
        .incompatible, "t_min is \(lowest), which is above t_max, \(highest)",
        notes: ["the temperature falls from t_max to t_min"])
    }
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    guard let all = task.data else {
      throw Failure(.incompatible, "sa2 needs data to score on", notes: ["give data=…"])
    }
    let networks = task.networks
    let graph = networks[0].graph
    let data = try subset(of: all, from: task.random)
    let start =
      task.start ?? Array(repeating: NetworkPermutation(identityFor: graph), count: networks.count)
    let moves = MoveSource(
      networks: Array((movesAll ? 0 : 1)..<networks.count), graph: graph,
      stream: task.random.child("moves"))
    guard !moves.isEmpty else { return try unmoved(start, networks, data, task) }
    let resumed = try task.checkpoint.map { checkpoint throws(Failure) in
      try AnnealingState(checkpoint, method: Self.identity)
    }
    let evaluator: any AverageErrorEvaluator
    do throws(Failure) {
      evaluator = try evaluation.make(
        networks, permutations: start, data: data, pool: task.pool, stop: task.stop)
    } catch {
      guard error.code == .stopped else { throw error }
      return try stoppedEarly(start, resumed, task)
    }
    var chain: AnnealingChain
    if let state = resumed, !state.isTrialCut {
      chain = try AnnealingChain(
        resuming: state, evaluator: evaluator, acceptance: acceptance, steps: steps, graph: graph,
        moves: moves)
    } else {
      let startErrors = evaluator.errorCount
      // What was stopped or killed in its trial goes on there.
      let (temperatures, hasAdvised, trialAnswers) = findTemperatures(
        evaluator, start: start, graph: graph, answers: resumed?.trialAnswers, task: task)
      chain = AnnealingChain(
        evaluator: evaluator, acceptance: acceptance, steps: steps, graph: graph, moves: moves,
        temperatures: temperatures)
      chain.hasAdvised = hasAdvised
      chain.state.isTrialCut = task.stop.isRaised && (highest == nil || lowest == nil)
      if chain.state.isTrialCut {
        // What the evaluator was last asked may have no answer.
        chain.state.startErrors = startErrors
        chain.state.bestErrors = startErrors
        chain.state.best = AnnealingState.sources(of: start)
        chain.state.trialAnswers = trialAnswers
      }
    }
    let status = try chain.run(stop: task.stop, progress: task.progress) {
      state throws(Failure) in
      task.keepCheckpoint(try state.checkpoint(method: Self.identity, steps: steps))
    }
    return try outcome(of: chain, status: status, networks: networks, data: data, task: task)
  }

  private static var identity: String { "\(card.id) \(card.version)" }

  /// A fixed subset of the data, its samples in their order, or all of it.
  private func subset(of data: DataSet, from stream: RandomStream) throws(Failure) -> DataSet {
    guard let samples, samples < data.count else { return data }
    var stream = stream.child("samples")
    return try data.subset(stream.nextOrder(count: data.count).prefix(samples).sorted())
  }

  /// The temperatures given, or those of a trial, and whether it told how long the search takes;
  /// the evaluator is back at the start afterwards.
  private func findTemperatures(
    _ evaluator: any AverageErrorEvaluator, start: [NetworkPermutation], graph: Graph,
    answers: [Int]?, task: SearchTask
  ) -> (Temperatures, hasAdvised: Bool, answers: [Int]?) {
    if let highest, let lowest {
      return (Temperatures(highest: highest, lowest: lowest), false, nil)
    }
    // What is stopped before its trial makes no move: any temperatures do.
    let any = Temperatures(highest: 1, lowest: 1)
    guard !task.stop.isRaised else { return (any, false, answers) }
    let startErrors = evaluator.errorCount
    let stream = task.random.child("temperatures")
    // A start is aligned where it has less than half the errors of a random one.
    let random = start.indices.map { index in
      index == 0 && !movesAll
        ? start[0] : NetworkPermutation(randomFor: graph, from: stream.child("network", index))
    }
    evaluator.restart(from: random)
    let isAligned = 2 * startErrors < evaluator.errorCount
    evaluator.restart(from: start)
    // A comparison that was cut would send the trial another way.
    guard !task.stop.isRaised else { return (any, false, answers) }
    let remembering = RememberingEvaluator(evaluator, start: start, answers: answers) { answers in
      var state = AnnealingState(temperatures: any, errors: startErrors, permutations: start)
      state.isTrialCut = true
      state.trialAnswers = answers
      // A state that cannot be written is no reason to end the search.
      if let kept = try? state.checkpoint(method: Self.identity, steps: steps) {
        task.keepCheckpoint(kept)
      }
    }
    var trial = TemperatureTrial(
      evaluator: remembering,
      moves: MoveSource(
        networks: Array((movesAll ? 0 : 1)..<start.count), graph: graph,
        stream: stream.child("moves")),
      isAligned: isAligned)
    trial.stop = task.stop
    trial.progress = task.progress
    trial.steps = steps
    var found = trial.run()
    evaluator.restart(from: start)
    if let highest { found = Temperatures(highest: highest, lowest: min(found.lowest, highest)) }
    if let lowest { found = Temperatures(highest: max(found.highest, lowest), lowest: lowest) }
    return (found, trial.hasAdvised, remembering.answers)
  }

  /// What there is where somebody asked to stop before the first move.
  private func stoppedEarly(
    _ start: [NetworkPermutation], _ resumed: AnnealingState?, _ task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    let best = try resumed.map { state throws(Failure) in
      try AnnealingState.permutations(
        from: state.best, for: task.networks[0].graph, count: task.networks.count)
    }
    return SearchOutcome(
      permutations: best ?? start,
      status: .partial(
        task.checkpoint?.share ?? 0, task.stop.reasonWord),
      checkpoint: task.checkpoint)
  }

  /// What is returned where no layer has two units: nothing can be swapped.
  private func unmoved(
    _ start: [NetworkPermutation], _ networks: [Network], _ data: DataSet, _ task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    let average = Network.average(of: networks, permutedBy: start)
    let cost = try average.score(on: data, pool: task.pool).error
    return SearchOutcome(
      permutations: start, cost: cost, startCost: cost,
      status: .finished("no layer has two units to swap"))
  }

  /// The best state, its cost counted anew by an ordinary forward pass once all is done.
  private func outcome(
    of chain: AnnealingChain, status: SearchStatus, networks: [Network], data: DataSet,
    task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    let state = chain.state
    let best = try AnnealingState.permutations(
      from: state.best, for: networks[0].graph, count: networks.count)
    let cost =
      status.isPartial
      ? Double(state.bestErrors) / Double(data.count)
      : try Network.average(of: networks, permutedBy: best).score(on: data, pool: task.pool).error
    var notes: [String] = []
    if state.bestErrors >= state.startErrors {
      notes.append("found nothing that is better than the start")
    }
    return SearchOutcome(
      permutations: best, cost: cost,
      startCost: Double(state.startErrors) / Double(data.count),
      trace: state.trace.map {
        TracePoint(step: Int($0[0]), seconds: $0[1], cost: $0[2])
      },
      status: status, steps: state.step, notes: notes,
      figures: [
        .init("accepted moves", Double(state.accepted)),
        .init("t_max", state.temperatures.highest),
        .init("t_min", state.temperatures.lowest),
        .init("search seconds", state.seconds),
      ],
      checkpoint: status.isPartial
        ? try state.checkpoint(method: Self.identity, steps: steps) : nil)
  }
}
