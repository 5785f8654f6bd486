import Contract
import Kernel

/// One call of `train`: what it starts from and what remains to be done.
///
/// The same job is run by the call itself and, when that was stopped, by `resume`.
struct TrainingJob: Sendable {
  let settings: TrainingSettings
  let data: DataSet
  var tasks: [Trainer.Task]
  /// Facts that all networks of the call carry.
  let facts: [Network.Fact]
  private let checkpoint: TrainingCheckpoint?

  init(_ call: Invocation) throws(Failure) {
    let settings = TrainingSettings(call)
    self.settings = settings
    data = call.data()
    let count = call.integer("count")
    let starts = try Self.starts(call, data: data)
    guard starts.isEmpty || starts.count == 1 || starts.count == count else {
      throw Failure(
        .countMismatch, "`init` has \(starts.count) networks, and `count` asks for \(count)",
        notes: ["give one network for all, or one for each"])
    }
    let graph = starts.isEmpty ? try Self.graph(call, data: data) : starts[0].graph
    // Each network's start, and its weights and velocity as they are now.
    try Memory.check(
      Memory.bytes(3 * MemoryLayout<Float>.stride, count, graph.parameterCount),
      for: "the training of \(Content.counted(count, "network")) with "
        + "\(NumberText.grouped(graph.parameterCount)) weights",
      advice: "train narrower or fewer networks")
    try Memory.check(
      Memory.bytes(
        graph.trainingMemory(batch: min(settings.batch, data.count)),
        min(count, call.pool.threadCount)),
      for: "batches of \(NumberText.grouped(settings.batch)) samples",
      advice: "train with a smaller batch, or narrower networks")
    let order = call.integerIfGiven("seed_order").map {
      RandomStream(seed: UInt64($0), name: "order of samples")
    }
    let initial = InitialWeights(rawValue: call.text("initial")) ?? .uniform
    let random = call.random
    var tasks = call.pool.map(count: count) { index in
      let own = random.child("network", index)
      let start =
        starts.isEmpty
        ? Network(graph: graph, initial: initial, from: own.child("initial weights"))
        : starts[starts.count == 1 ? 0 : index]
      return Trainer.Task(start: start, order: order ?? own.child("order of samples"))
    }
    facts = Self.facts(call, settings: settings, data: data, isFresh: starts.isEmpty)
    checkpoint =
      if let path = call.textIfGiven("checkpoint") {
        try TrainingCheckpoint(path: path, settings: settings, data: data, tasks: tasks)
      } else { nil }
    if let states = try checkpoint?.load(graph: tasks[0].start.graph) {
      for index in tasks.indices { tasks[index].state = states[index] }
      call.note("goes on from `\(call.text("checkpoint"))`")
    }
    self.tasks = tasks
  }

  /// Trains to the end or until somebody stops it.
  func run(_ call: Invocation) throws(Failure) -> [Content] {
    try takingUp(call.state).finish(call)
  }

  /// The job with the states that a killed program left, where they are there and whole.
  private func takingUp(_ state: StateFile?) -> TrainingJob {
    guard let source = state?.source,
      let states = try? stateFile(source).load(graph: tasks[0].start.graph)
    else { return self }
    return goingOn(from: states)
  }

  private func stateFile(_ path: String) throws(Failure) -> TrainingCheckpoint {
    try TrainingCheckpoint(path: path, settings: settings, data: data, tasks: tasks)
  }

  private func finish(_ call: Invocation) throws(Failure) -> [Content] {
    var trainer = Trainer(
      settings: settings, data: data, pool: call.pool, stop: call.stop, progress: call.progress)
    let file: TrainingCheckpoint?
    if let path = call.state?.path, checkpoint == nil {
      file = try? stateFile(path)
    } else {
      file = checkpoint
    }
    let keeper = file.map { CheckpointKeeper($0, tasks: tasks) }
    if let keeper { trainer.keepCheckpoint = { keeper.keep($1, of: $0) } }
    let states = try train(with: trainer, only: call.resumedIndices)
    let problem = keeper?.finish(states)
    if let problem { call.note("the state was not kept: \(problem.message)") }
    if let checkpoint, states.allSatisfy(\.isFinished) {
      call.report.leftovers.append(checkpoint.path)
    }
    let rest = goingOn(from: states)
    if rest.isUnfinished(only: call.resumedIndices) {
      call.markPartial(
        share: rest.share, reason: call.stop.reasonWord,
        checkpoint: problem == nil ? checkpoint?.path : nil
      ) { (call) throws(Failure) in try rest.run(call) }
    }
    return zip(tasks, states).enumerated().map { index, one in
      let (task, state) = one
      var network = task.start.with(parameters: state.parameters)
      let which =
        tasks.count > 1
        ? [Network.Fact("network", "\(index + 1) of \(tasks.count)")] : []
      network.facts = facts + which + Self.facts(of: state)
      return .network(network)
    }
  }

  /// The states of all networks, of which only the wanted ones went on.
  private func train(
    with trainer: Trainer, only wanted: Set<Int>?
  ) throws(Failure) -> [TrainingState] {
    var tasks = tasks
    // All tasks are handed over, since the first one's stream draws the noise of the labels; those
    // that are not wanted are passed off as finished.
    if let wanted {
      for index in tasks.indices where !wanted.contains(index) {
        tasks[index].state = tasks[index].state ?? TrainingState(start: tasks[index].start)
        tasks[index].state?.isFinished = true
      }
    }
    let outcomes = try trainer.train(tasks)
    return outcomes.indices.map { index in
      let isWanted = wanted?.contains(index) ?? true
      return isWanted
        ? outcomes[index].state
        : self.tasks[index].state ?? TrainingState(start: self.tasks[index].start)
    }
  }

  private func isUnfinished(only wanted: Set<Int>?) -> Bool {
    tasks.indices.contains { index in
      wanted?.contains(index) ?? true && tasks[index].state?.isFinished != true
    }
  }

  private func goingOn(from states: [TrainingState]) -> TrainingJob {
    var job = self
    for index in tasks.indices { job.tasks[index].state = states[index] }
    return job
  }

  /// How much of all epochs is done.
  var share: Double {
    let batches = Double((data.count + settings.batch - 1) / settings.batch)
    let shares = tasks.map { task -> Double in
      guard let state = task.state else { return 0 }
      if state.isFinished { return 1 }
      return (Double(state.epoch) + Double(state.batch) / batches)
        / Double(max(settings.epochs, 1))
    }
    return shares.reduce(0, +) / Double(max(shares.count, 1))
  }

  // MARK: - Arguments

  /// Throws where arguments of a call exclude each other; called before anything runs.
  static func check(_ call: StaticCall) throws(Failure) {
    if call.given.contains("init"), let beside = shapeWords.first(where: call.given.contains) {
      throw Failure(
        .unknownArgument, "`\(beside)` says nothing beside `init`",
        notes: ["the network to start from has its architecture and its weights"])
    }
    let other = ["width", "depth"].first(where: call.given.contains)
    if call.given.contains("widths"), let other {
      throw Failure(.givenTwice, "`widths` and `\(other)` both say how wide the layers are")
    }
    guard let architecture = call.texts["architecture"] else { return }
    try checkWords(call.given, about: architecture)
    if let form = call.texts["form"] { try checkForm(form, of: architecture) }
    if architecture == Graph.Family.shallowCNN.rawValue, !call.given.contains("init"),
      let depth = call.integer("depth"), let form = call.texts["form"]
    {
      try checkDepth(depth, form: form)
    }
  }

  /// The networks that `init=` names, checked against the data.
  private static func starts(_ call: Invocation, data: DataSet) throws(Failure) -> [Network] {
    guard call.isGiven("init") else { return [] }
    let networks = call.networks("init")
    guard !networks.isEmpty else {
      throw Failure(.wrongKind, "`init` holds no network")
    }
    try Network.checkAlike(networks)
    for network in networks { try network.checkTakes(data) }
    if let family = networks[0].graph.family, family.rawValue != call.text("architecture") {
      throw Failure(
        .incompatible,
        "`init` is of the kind \(family.rawValue), and \(call.text("architecture")) is asked for")
    }
    return networks
  }

  // MARK: - Facts

  private static func facts(
    _ call: Invocation, settings: TrainingSettings, data: DataSet, isFresh: Bool
  ) -> [Network.Fact] {
    var facts: [Network.Fact] = [
      .init("data", data.name), .init("data_sha256", data.contentHash.hex),
      .init("initial", isFresh ? call.text("initial") : "a given network"),
      .init("epochs", String(settings.epochs)), .init("batch", String(settings.batch)),
      .init("lr", Content.digits(settings.learningRate)),
      .init("schedule", settings.schedule.rawValue),
      .init("momentum", Content.digits(settings.momentum)),
      .init("weight_decay", Content.digits(settings.weightDecay)),
    ]
    if let loss = settings.stopLoss { facts.append(.init("stop_loss", Content.digits(loss))) }
    if settings.labelNoise > 0 {
      facts.append(.init("label_noise", Content.digits(settings.labelNoise)))
    }
    if call.real("dropout") > 0, isFresh {
      facts.append(.init("dropout", Content.digits(call.real("dropout"))))
    }
    facts.append(.init("seed", String(call.random.seed)))
    return facts
  }

  private static func facts(of state: TrainingState) -> [Network.Fact] {
    var facts = [Network.Fact("epochs_done", String(state.epoch))]
    if let last = state.history.last {
      facts.append(.init("last_loss", Content.digits(last.loss)))
      facts.append(.init("last_error", Content.digits(last.error)))
    }
    if !state.isFinished { facts.append(.init("status", "partial")) }
    return facts
  }
}
