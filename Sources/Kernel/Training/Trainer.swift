internal import CVector
import Foundation
import Synchronization

/// Trains networks side by side, one on each thread.
///
/// A network's steps depend on its start, its settings, its stream and the data alone: never on
/// the other networks or the number of threads. So any number of networks trained together equal
/// the same networks trained one by one, bit for bit.
public struct Trainer: Sendable {
  public var settings: TrainingSettings
  public var data: DataSet
  public var pool: WorkPool
  public var stop: StopSignal
  public var progress: ProgressSink
  /// Called from any thread about every ten seconds with the state of one network.
  public var keepCheckpoint: @Sendable (_ network: Int, TrainingState) -> Void = { _, _ in }

  /// Called after every batch of any network; for tests that stop at an exact place.
  var onStep: @Sendable () -> Void = {}

  public init(
    settings: TrainingSettings, data: DataSet, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal(), progress: ProgressSink = .none
  ) {
    self.settings = settings
    self.data = data
    self.pool = pool
    self.stop = stop
    self.progress = progress
  }

  /// One network's part of the work.
  public struct Task: Sendable {
    public var start: Network
    /// Where the sample order and the dropout masks come from.
    public var order: RandomStream
    /// The state to go on from.
    public var state: TrainingState?

    public init(start: Network, order: RandomStream, state: TrainingState? = nil) {
      self.start = start
      self.order = order
      self.state = state
    }
  }

  /// What came of one network.
  public struct Outcome: Sendable {
    public var network: Network
    public var state: TrainingState
  }

  /// Trains every network to its end, or until the stop signal is raised.
  public func train(_ tasks: [Task]) throws(Failure) -> [Outcome] {
    for task in tasks { try check(task) }
    let labels = noisyLabels(tasks)
    let board = ProgressBoard(networks: tasks.count, sink: progress)
    return try pool.tryMap(count: tasks.count) { index throws(Failure) in
      try run(tasks[index], number: index, labels: labels, board: board)
    }
  }

  private func check(_ task: Task) throws(Failure) {
    guard task.start.graph.inputShape == data.sampleShape else {
      throw Failure(
        .shapeMismatch,
        "the network takes samples of \(shapeText(task.start.graph.inputShape)), and "
          + "\(data.name) has \(shapeText(data.sampleShape))")
    }
    guard task.start.graph.classCount >= data.classCount else {
      throw Failure(
        .shapeMismatch,
        "the network has \(task.start.graph.classCount) classes, and \(data.name) has "
          + "\(data.classCount)")
    }
    guard task.start.graph.parameters.contains(where: { $0.role.isTrained }) else {
      throw Failure(.incompatible, "the network has no weights to train")
    }
    try checkBatches(task.start.graph)
    try task.start.checkFinite()
  }

  /// Throws where a batch normalization would have one number for each channel: less its mean, nothing
  /// is left of it.
  private func checkBatches(_ graph: Graph) throws(Failure) {
    let rest = data.count % settings.batch
    let least = rest == 0 ? min(settings.batch, data.count) : rest
    guard least == 1 else { return }
    for (index, node) in graph.nodes.enumerated() {
      guard case .batchNorm = node.layer,
        graph.featureCount(of: index) == graph.shapes[index][0]
      else { continue }
      throw Failure(
        .incompatible,
        "the \(rest == 0 ? "batches have" : "last batch has") one sample, of which `\(node.name)` gets "
          + "one number for each channel: batch norm leaves nothing of it",
        notes: ["take another batch=, or another number of samples"])
    }
  }

  /// The labels with the settings' share drawn anew; the same for all networks of a call, from the
  /// first one's stream.
  func noisyLabels(_ tasks: [Task]) -> [UInt8] {
    guard settings.labelNoise > 0, let first = tasks.first else { return data.labels }
    var stream = first.order.child("label noise")
    return data.labels.map { label in
      let isRedrawn = stream.nextUnit() < settings.labelNoise
      let drawn = UInt8(stream.nextInt(below: data.classCount))
      return isRedrawn ? drawn : label
    }
  }

  private func run(
    _ task: Task, number: Int, labels: [UInt8], board: ProgressBoard
  ) throws(Failure) -> Outcome {
    let run = TrainingRun(task, settings: settings, data: data, labels: labels, stop: stop)
    let clock = ContinuousClock()
    var lastKept = clock.now
    while !run.state.isFinished, !stop.isRaised {
      guard run.step() else { break }
      onStep()
      if run.state.batch & 31 == 0 { board.report(run.report, for: number) }
      if !run.lastLoss.isFinite {
        throw diverged(run.snapshot(), of: task.start.graph, number: number, count: board.count)
      }
      if clock.now - lastKept > .betweenCheckpoints {
        keepCheckpoint(number, run.snapshot())
        lastKept = clock.now
      }
    }
    board.report(run.report, for: number)
    let state = run.snapshot()
    return Outcome(network: task.start.with(parameters: state.parameters), state: state)
  }

  /// What to say of a loss that is not finite: of which network, in which epoch, at which weights.
  private func diverged(
    _ state: TrainingState, of graph: Graph, number: Int, count: Int
  ) -> Failure {
    let name = count > 1 ? "network \(number + 1): " : ""
    let place = state.parameters.firstIndex { tensor in
      tensor.withBuffer { values in values.contains { !$0.isFinite } }
    }
    let weights = place.map { ", at \(graph.parameters[$0].name)" } ?? ""
    return Failure(
      .notFinite,
      "\(name)the loss is no longer a finite number in epoch \(state.epoch + 1)\(weights)",
      notes: ["try a smaller lr than \(settings.learningRate)"])
  }
}

/// One network in training: its weights in place, its scratch, its position in the epoch.
private final class TrainingRun {
  private(set) var state: TrainingState
  private(set) var lastLoss = 0.0
  private let settings: TrainingSettings
  private let data: DataSet
  private let reader: BatchReader
  private let orderStream: RandomStream
  private let weights: ParameterBuffer
  private let velocity: ParameterBuffer
  private let workspace: Workspace
  private let batchesPerEpoch: Int
  private let usesDropout: Bool
  private var epochStart = ContinuousClock.now
  /// The velocity before a batch that takes long, which may be given up in its middle.
  private let velocityBefore: FloatBuffer?

  init(
    _ task: Trainer.Task, settings: TrainingSettings, data: DataSet, labels: [UInt8],
    stop: StopSignal
  ) {
    let graph = task.start.graph
    self.settings = settings
    self.data = data
    reader = BatchReader(data, labels: labels, batch: settings.batch, order: task.order)
    orderStream = task.order
    state = task.state ?? TrainingState(start: task.start)
    weights = ParameterBuffer(graph: graph)
    velocity = ParameterBuffer(graph: graph)
    weights.load(state.parameters)
    velocity.load(state.velocity)
    let batch = min(settings.batch, data.count)
    let isLong = graph.workPerSample > Workspace.longBatch / batch
    velocityBefore = isLong ? FloatBuffer(count: velocity.storage.count) : nil
    workspace = Workspace(
      graph: graph, capacity: graph.trainingBlock(batch: batch), mode: .training,
      stop: isLong ? stop : nil)
    batchesPerEpoch = reader.batchesPerEpoch
    usesDropout = graph.usesDropout
    if settings.epochs == 0 { state.isFinished = true }
    if state.batch > 0 { reader.begin(epoch: state.epoch) }
  }

  /// One batch: forward, backward into the velocity, update.
  ///
  /// - Returns: False where it was given up since somebody asked to stop: all is as before it.
  func step() -> Bool {
    if state.batch == 0 {
      reader.begin(epoch: state.epoch)
      epochStart = ContinuousClock.now
    }
    let count = reader.gather(batch: state.batch)
    let dropout =
      usesDropout
      ? orderStream.child("dropout epoch", state.epoch).child("batch", state.batch) : nil
    velocityBefore?.start.update(from: velocity.storage.start, count: velocity.storage.count)
    let measured = reader.labels.withUnsafeBufferPointer { labels in
      labels.baseAddress.map {
        workspace.descend(
          weights, input: reader.inputs.start, labels: $0, count: count,
          keep: Float(settings.momentum), into: velocity, dropout: dropout)
      } ?? (loss: 0, errors: 0)
    }
    if workspace.wasCut, let velocityBefore {
      velocity.storage.start.update(from: velocityBefore.start, count: velocityBefore.count)
      return false
    }
    workspace.updateRunningStatistics(weights)
    let size = weights.trainedCount
    if settings.weightDecay > 0 {
      basin_decay(
        velocity.storage.start, weights.storage.start, Float(settings.weightDecay), size)
    }
    let step = state.epoch * batchesPerEpoch + state.batch
    let rate = settings.rate(step: step, of: settings.epochs * batchesPerEpoch)
    basin_update(weights.storage.start, velocity.storage.start, rate, size)
    lastLoss = measured.loss
    state.lossSum += measured.loss
    state.errorCount += measured.errors
    state.batch += 1
    if state.batch == batchesPerEpoch { endEpoch() }
    return true
  }

  /// The state with copies of the weights as they are now.
  func snapshot() -> TrainingState {
    var copy = state
    copy.parameters = weights.tensors()
    copy.velocity = velocity.tensors()
    return copy
  }

  var report: NetworkProgress {
    let seen = min(state.batch * settings.batch, data.count)
    let last = state.history.last
    let share =
      state.isFinished
      ? 1
      : (Double(state.epoch) + Double(state.batch) / Double(batchesPerEpoch))
        / Double(max(settings.epochs, 1))
    return NetworkProgress(
      share: share, epoch: min(state.epoch + 1, settings.epochs), epochs: settings.epochs,
      loss: seen > 0 ? state.lossSum / Double(seen) : last?.loss ?? .nan,
      error: seen > 0 ? Double(state.errorCount) / Double(seen) : last?.error ?? .nan)
  }

  private func endEpoch() {
    let loss = state.lossSum / Double(data.count)
    state.history.append(
      EpochRecord(
        epoch: state.epoch + 1, loss: loss,
        error: Double(state.errorCount) / Double(data.count),
        seconds: (ContinuousClock.now - epochStart).inSeconds))
    state.epoch += 1
    state.batch = 0
    state.lossSum = 0
    state.errorCount = 0
    state.isFinished = state.epoch >= settings.epochs || loss <= settings.stopLoss ?? -1
  }
}

/// How far one network is.
private struct NetworkProgress: Sendable {
  var share: Double
  var epoch: Int
  var epochs: Int
  var loss: Double
  var error: Double
}

/// Joins what the networks report into one line.
private final class ProgressBoard: Sendable {
  private let reports: Mutex<[NetworkProgress?]>
  private let sink: ProgressSink

  /// How many networks report.
  let count: Int

  init(networks: Int, sink: ProgressSink) {
    count = networks
    reports = Mutex(Array(repeating: nil, count: networks))
    self.sink = sink
  }

  func report(_ progress: NetworkProgress, for network: Int) {
    let joined = reports.withLock { all -> ProgressReport in
      all[network] = progress
      let known = all.compactMap { $0 }
      let count = Double(known.count)
      let loss = known.reduce(0) { $0 + $1.loss } / count
      let error = known.reduce(0) { $0 + $1.error } / count
      return ProgressReport(
        share: known.reduce(0) { $0 + $1.share } / Double(all.count),
        facts: [
          .init("epoch", "\(progress.epoch)/\(progress.epochs)"),
          .init("loss", String(format: "%.3f", loss)),
          .init("error", String(format: "%.1f%%", 100 * error)),
        ])
    }
    sink.report(joined)
  }
}

extension Duration {
  /// As a number of seconds.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
