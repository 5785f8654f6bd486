internal import CVector
import Foundation

/// Trains the corners of a line or a simplex of networks so that every point between them is good.
///
/// Wortsman, Horton, Guestrin, Farhadi, Rastegari (2021), arXiv:2102.10472, Algorithm 1. Each batch
/// draws one point w(α) = Σ α_i w_i, α_1 weighing the first corner as in Equation 1 of Entezari et
/// al. (2022), and two corners i and j, and descends
///
///     CE(w(α)) + β cos²(w_i, w_j),
///
/// the cosine over the weights of all layers together. The gradient at corner i is α_i ∇CE(w(α))
/// and that of the cosine. What a step does hangs on the corners, the settings, the stream and the
/// data alone; the threads share the weights in blocks of a fixed size. Running statistics of batch
/// normalizations stay as they were at the corners: those of a point are measured when it is scored.
public struct SubspaceTrainer: Sendable {
  public var settings: SubspaceSettings
  public var data: DataSet
  /// Where sample orders, points, pairs and dropout masks come from.
  public var random: RandomStream
  public var pool: WorkPool
  public var stop: StopSignal
  public var progress: ProgressSink
  /// Called every few seconds with the state.
  public var keepCheckpoint: @Sendable (SubspaceState) -> Void = { _ in }
  /// When the training, or what it is a part of, began or went on: what its seconds count from.
  public var begin = ContinuousClock.now
  /// Called after every batch; for tests that stop at an exact place.
  var onStep: @Sendable () -> Void = {}

  public init(
    settings: SubspaceSettings, data: DataSet, random: RandomStream, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal(), progress: ProgressSink = .none
  ) {
    self.settings = settings
    self.data = data
    self.random = random
    self.pool = pool
    self.stop = stop
    self.progress = progress
  }

  /// Trains to the end, or until the stop signal is raised.
  ///
  /// - Parameters:
  ///   - graph: The architecture of the corners, of which there are two or more.
  ///   - state: Where training begins: `SubspaceState(corners:)`, or what an earlier call gave.
  /// - Throws: `shapeMismatch` where the data are for other networks, `notFinite` where the loss is
  ///   no number any more.
  public func train(_ graph: Graph, from state: SubspaceState) throws(Failure) -> SubspaceState {
    let networks = try state.networks(of: graph)
    for network in networks {
      try network.checkTakes(data)
      try network.checkFinite()
    }
    guard state.batch == 0 || state.batch <= (data.count - 1) / settings.batch,
      (0...data.count).contains(state.errorCount)
    else {
      throw Failure(.fileMalformed, "the state of the training is from other batches than these")
    }
    let run = SubspaceRun(self, graph: graph, state: state)
    let clock = ContinuousClock()
    func seconds() -> Double { state.seconds + (clock.now - begin).inSeconds }
    var lastKept = clock.now
    while true {
      if run.state.batch == 0, run.state.centreScores.count <= run.state.epoch {
        // The point that is kept is scored with dropout off, at the start and after each epoch.
        do throws(Failure) {
          let centre = try centre(of: run.snapshot().networks(of: graph))
          run.state.centreScores.append(try centre.score(on: data, pool: pool, stop: stop))
          run.state.centreSeconds.append(run.state.epoch == 0 ? 0 : seconds())
        } catch {
          guard error.code == .stopped else { throw error }
          break
        }
      }
      if run.state.epoch >= settings.epochs || stop.isRaised { break }
      guard run.step() else { break }
      onStep()
      if run.state.batch & 31 == 0 { progress.report(run.report) }
      if !run.lastLoss.isFinite {
        throw Failure(
          .notFinite, "the loss is no longer a finite number in epoch \(run.state.epoch + 1)",
          notes: ["try a smaller lr than \(settings.learningRate)"])
      }
      if clock.now - lastKept > .betweenCheckpoints {
        run.state.seconds = seconds()
        keepCheckpoint(run.snapshot())
        lastKept = clock.now
      }
    }
    run.state.seconds = seconds()
    return run.snapshot()
  }

  /// The mean of the corners, its statistics measured anew: what is kept of the subspace.
  ///
  /// - Throws: `stopped` where `stop` was raised before every sample was seen.
  public func centre(of corners: [Network]) throws(Failure) -> Network {
    try Network.average(of: corners).withRecomputedStatistics(on: data, pool: pool, stop: stop)
  }

  /// The point that a batch trains: one weight per corner, and the corners whose angle counts.
  struct Point: Equatable {
    var weights: [Double]
    var pair: (first: Int, second: Int)

    static func == (a: Point, b: Point) -> Bool { a.weights == b.weights && a.pair == b.pair }
  }

  /// The point of one batch of one epoch, drawn from a stream of its own.
  ///
  /// Two corners: α uniform in the settings' interval. More: Dirichlet(1, …, 1), as shares of
  /// exponential numbers, and a uniformly random pair.
  func point(epoch: Int, batch: Int, corners: Int) -> Point {
    var stream = random.child("points of epoch", epoch).child("batch", batch)
    if corners == 2 {
      let alpha = stream.nextReal(in: settings.alpha.lowerBound, settings.alpha.upperBound)
      return Point(weights: [alpha, 1 - alpha], pair: (0, 1))
    }
    let parts = (0..<corners).map { _ in -log(stream.nextPositiveUnit()) }
    let sum = parts.reduce(0, +)
    let weights = parts.map { sum > 0 ? $0 / sum : 1 / Double(corners) }
    let first = stream.nextInt(below: corners)
    var second = stream.nextInt(below: corners - 1)
    if second >= first { second += 1 }
    return Point(weights: weights, pair: (min(first, second), max(first, second)))
  }
}

/// The corners in training: their weights in place and the scratch of one task.
private final class SubspaceRun {
  var state: SubspaceState
  private(set) var lastLoss = 0.0
  private let trainer: SubspaceTrainer
  private let reader: BatchReader
  private let corners: [ParameterBuffer]
  private let velocities: [ParameterBuffer]
  private let point: ParameterBuffer
  private let gradient: ParameterBuffer
  private let workspace: Workspace
  private let usesDropout: Bool
  private var epochStart = ContinuousClock.now

  /// Weights in a block of the loops that threads share: some tens of microseconds each.
  private static let block = 1 << 16

  init(_ trainer: SubspaceTrainer, graph: Graph, state: SubspaceState) {
    self.trainer = trainer
    self.state = state
    let batch = min(trainer.settings.batch, trainer.data.count)
    reader = BatchReader(
      trainer.data, labels: trainer.data.labels, batch: batch,
      order: trainer.random.child("order of samples"))
    func buffer(_ tensors: [Tensor]) -> ParameterBuffer {
      let buffer = ParameterBuffer(graph: graph)
      buffer.load(tensors)
      return buffer
    }
    corners = state.corners.map(buffer)
    velocities = state.velocities.map(buffer)
    point = ParameterBuffer(graph: graph)
    gradient = ParameterBuffer(graph: graph)
    let isLong = batch * graph.workPerSample > Workspace.longBatch
    workspace = Workspace(
      graph: graph, capacity: graph.trainingBlock(batch: batch), mode: .training,
      stop: isLong ? trainer.stop : nil)
    usesDropout = graph.usesDropout
    if state.batch > 0 { reader.begin(epoch: state.epoch) }
  }

  /// One batch: the point, forward, backward, and a step of every corner.
  ///
  /// - Returns: False where it was given up since somebody asked to stop: all is as before it.
  func step() -> Bool {
    if state.batch == 0 {
      reader.begin(epoch: state.epoch)
      epochStart = ContinuousClock.now
    }
    let count = reader.gather(batch: state.batch)
    let drawn = trainer.point(
      epoch: state.epoch, batch: state.batch, corners: corners.count)
    place(drawn.weights)
    let dropout =
      usesDropout
      ? trainer.random.child("dropout epoch", state.epoch).child("batch", state.batch) : nil
    let measured = reader.labels.withUnsafeBufferPointer { labels in
      labels.baseAddress.map {
        workspace.descend(
          point, input: reader.inputs.start, labels: $0, count: count, keep: 0, into: gradient,
          dropout: dropout)
      } ?? (loss: 0, errors: 0)
    }
    if workspace.wasCut { return false }
    update(drawn)
    lastLoss = measured.loss
    state.lossSum += measured.loss
    state.errorCount += measured.errors
    state.batch += 1
    if state.batch == reader.batchesPerEpoch { endEpoch() }
    return true
  }

  /// w(α) = Σ α_i w_i into the point; equal corners give themselves.
  private func place(_ weights: [Double]) {
    let corners = corners.map { Shared($0.storage.start) }
    let point = Shared(point.storage.start)
    blocks(of: self.point.storage.count) { first, count in
      let out = point.start + first
      if weights.count == 2 {
        basin_blend(
          out, corners[0].start + first, corners[1].start + first, Float(weights[0]), count)
        return
      }
      out.update(from: corners[0].start + first, count: count)
      for (corner, weight) in zip(corners, weights).dropFirst() {
        basin_add_difference(
          out, corner.start + first, corners[0].start + first, Float(weight), count)
      }
    }
  }

  /// V ← μV + α_i ∇CE + ∇ β cos² + λw and w ← w − ηV at every corner.
  private func update(_ drawn: SubspaceTrainer.Point) {
    let settings = trainer.settings
    let (first, second) = drawn.pair
    let terms = pairTerms(first, second)
    let decay = settings.weightDecay
    let pair = basin_pair(
      keep: Float(settings.momentum), rate: Float(settings.learningRate),
      share: (Float(drawn.weights[first]), Float(drawn.weights[second])),
      own: (Float(decay + terms.own.0), Float(decay + terms.own.1)), cross: Float(terms.cross))
    let w = corners.map { Shared($0.storage.start) }
    let v = velocities.map { Shared($0.storage.start) }
    let gradient = Shared(gradient.storage.start)
    blocks(of: self.gradient.trainedCount) { start, count in
      let g = gradient.start + start
      withUnsafePointer(to: pair) {
        basin_pair_step(
          w[first].start + start, w[second].start + start, v[first].start + start,
          v[second].start + start, g, $0, count)
      }
      for corner in w.indices where corner != first && corner != second {
        basin_corner_step(
          w[corner].start + start, v[corner].start + start, g, Float(settings.momentum),
          Float(drawn.weights[corner]), Float(decay), Float(settings.learningRate), count)
      }
    }
  }

  /// What multiplies the corners in the gradient of β cos²(a, b), where c is the cosine:
  /// 2βc (b / (‖a‖‖b‖) − c a / ‖a‖²) at a, and likewise at b; nothing where a corner is zero.
  private func pairTerms(_ first: Int, _ second: Int) -> (own: (Double, Double), cross: Double) {
    let beta = trainer.settings.beta
    guard beta > 0 else { return ((0, 0), 0) }
    let a = Shared(corners[first].storage.start)
    let b = Shared(corners[second].storage.start)
    let size = corners[first].trainedCount
    let parts = trainer.pool.map(count: (size + Self.block - 1) / Self.block) { item in
      let start = item * Self.block
      var sums = [0.0, 0.0, 0.0]
      basin_products(a.start + start, b.start + start, min(Self.block, size - start), &sums)
      return SIMD3(sums[0], sums[1], sums[2])
    }
    let sums = parts.reduce(SIMD3<Double>.zero, +)
    let length = (sums.y * sums.z).squareRoot()
    guard length > 0 else { return ((0, 0), 0) }
    let cosine = sums.x / length
    let factor = 2 * beta * cosine
    return ((-factor * cosine / sums.y, -factor * cosine / sums.z), factor / length)
  }

  /// Hands out weights in blocks of a fixed size.
  private func blocks(of size: Int, _ body: @Sendable (_ first: Int, _ count: Int) -> Void) {
    trainer.pool.run(count: (size + Self.block - 1) / Self.block) { item in
      body(item * Self.block, min(Self.block, size - item * Self.block))
    }
  }

  private func endEpoch() {
    let samples = Double(trainer.data.count)
    state.history.append(
      EpochRecord(
        epoch: state.epoch + 1, loss: state.lossSum / samples,
        error: Double(state.errorCount) / samples,
        seconds: (ContinuousClock.now - epochStart).inSeconds))
    state.epoch += 1
    state.batch = 0
    state.lossSum = 0
    state.errorCount = 0
  }

  /// The state with copies of the weights as they are now.
  func snapshot() -> SubspaceState {
    var copy = state
    copy.corners = corners.map { $0.tensors() }
    copy.velocities = velocities.map { $0.tensors() }
    return copy
  }

  var report: ProgressReport {
    let settings = trainer.settings
    let seen = min(state.batch * settings.batch, trainer.data.count)
    let last = state.history.last
    let loss = seen > 0 ? state.lossSum / Double(seen) : last?.loss ?? .nan
    let error = seen > 0 ? Double(state.errorCount) / Double(seen) : last?.error ?? .nan
    return ProgressReport(
      share: state.share(of: settings, samples: trainer.data.count),
      facts: [
        .init("epoch", "\(min(state.epoch + 1, settings.epochs))/\(settings.epochs)"),
        .init("loss", String(format: "%.3f", loss)),
        .init("error", String(format: "%.1f%%", 100 * error)),
      ])
  }
}

/// Weights of which each item of a job has its own block.
private struct Shared: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>

  init(_ start: UnsafeMutablePointer<Float>) { self.start = start }
}
