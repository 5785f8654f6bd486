import Contract
import Kernel

/// Merging many networks: each in turn is aligned to the mean of all the others.
///
/// Ainsworth, Hayase, Srinivasa (2022), Algorithm 3. No network is the reference; the agreement of
/// all pairs, Σ_{i<j} ⟨π_i θ_i, π_j θ_j⟩, rises with every step, until no network improves. Then all
/// are renumbered together so that the first one stands as it was.
public struct MergeMany: SearchPlugin {
  private let restarts: Int

  public static let card = MethodCard(
    id: "merge_many",
    summary: "align each network in turn to the mean of all the others",
    description: """
      Needs no data. In random order each network is matched to the mean of the weights of all \
      others by weight matching, until a pass over all of them changes nothing. No network is the \
      reference, so the permutations agree with one another (A to B to C is A to C); at the end \
      all are renumbered together so that the first stays as it is. With two networks it is \
      weight matching from either side. The result is a local optimum: with more restarts the \
      first run starts from the given order and the others at random, and the best counts. The \
      cost is the squared distance of the weights, averaged over all pairs.
      """,
    version: "1",
    papers: [
      "Ainsworth, Hayase, Srinivasa (2022): Git Re-Basin: Merging Models modulo Permutation "
        + "Symmetries, arXiv:2209.04836, Algorithm 3"
    ],
    parameters: [
      Parameter(
        "restarts", .integer(1...100_000), default: "1", unit: "runs",
        help: "how many runs to make; the best counts")
    ],
    needsData: false, drawsRandomNumbers: true,
    costName: "squared distance of the weights of all pairs", stepName: "network",
    canResume: true, recoversPermutations: true,
    takesStart: true)

  private static var identity: String { "\(card.id) \(card.version)" }
  /// The least rise that counts, as a share of the size of the weights: above the rounding of sums
  /// in 64 bits, so that a run ends and does not circle among equals.
  private static let tolerance = 1e-10

  public init(_ settings: Settings) throws(Failure) {
    restarts = settings.integer("restarts")
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    let begin = ContinuousClock.now
    for network in task.networks { try network.checkFinite() }
    let graph = task.networks[0].graph
    let start = task.start ?? task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    var state: MergeManyState
    if let checkpoint = task.checkpoint {
      state = try MergeManyState(
        checkpoint, method: Self.identity, restarts: restarts, networks: task.networks.count,
        graph: graph)
    } else {
      state = MergeManyState(restarts: restarts)
    }
    guard
      let startCost = Self.cost(task.networks, start, pool: task.pool, stop: task.stop)
    else { return stoppedEarly(state, start: start, task) }
    let clock = SearchClock(since: begin, secondsBefore: state.runs.last?.seconds ?? 0)
    var lastKept = ContinuousClock.now
    runs: for restart in 0..<restarts {
      let stream = task.random.child("restart", restart + 1)
      if state.runs.count == restart {
        state.runs.append(
          .init(
            first(restart, start: start, graph: graph, from: stream), startCost: startCost,
            seconds: restart == 0 ? 0 : clock.seconds))
      }
      while !state.runs[restart].isFinished {
        if task.stop.isRaised { break runs }
        guard let next = try step(state.runs[restart], task, stream: stream, clock: clock)
        else { break runs }
        state.runs[restart] = next
        task.progress.report(
          ProgressReport(
            share: state.share,
            facts: [
              .init("run", "\(restart + 1)/\(restarts)"), .init("pass", "\(next.pass + 1)"),
              .init("network", "\(next.place + 1)/\(task.networks.count)"),
            ]))
        if lastKept.duration(to: .now) > .betweenCheckpoints {
          task.keepCheckpoint(try state.checkpoint(method: Self.identity))
          lastKept = .now
        }
      }
    }
    return try outcome(state, start: start, startCost: startCost, task)
  }

  private func first(
    _ restart: Int, start: [NetworkPermutation], graph: Graph, from stream: RandomStream
  ) -> [NetworkPermutation] {
    guard restart > 0 else { return start }
    return start.indices.map { index in
      index == 0
        ? start[0]
        : NetworkPermutation(randomFor: graph, from: stream.child("start", index + 1))
    }
  }

  /// Aligns one network to the mean of the others; nothing where that was stopped on the way.
  private func step(
    _ run: MergeManyState.Run, _ task: SearchTask, stream: RandomStream, clock: SearchClock
  ) throws(Failure) -> MergeManyState.Run? {
    let pass = stream.child("pass", run.pass + 1)
    var orders = pass
    let index = orders.nextOrder(count: task.networks.count)[run.place]
    var next = run
    let network = task.networks[index]
    guard
      let mean = MeanOfOthers(
        task.networks, run.permutations, without: index, pool: task.pool, stop: task.stop)
    else { return nil }
    let alignment: WeightAlignment
    do throws(Failure) {
      alignment = try WeightAlignment(
        groups: network.graph.axisGroups, first: mean.tensors, second: network.parameters,
        isCounted: network.graph.isTrained, pool: task.pool, stop: task.stop)
    } catch {
      guard error.code == .stopped else { throw error }
      return nil
    }
    var matching = WeightMatchingRun(
      alignment, start: run.permutations[index], clock: clock, pool: task.pool, stop: task.stop)
    let scale = (mean.squaredLength * network.squaredLength(stop: task.stop)).squareRoot()
    let reached = try matching.run(scale: scale, stream: pass.child("network", index + 1)) {
      (_) throws(Failure) in
    }
    if task.stop.isRaised { return nil }
    let candidate = try reached.permutation(of: alignment.groups)
    if candidate != run.permutations[index] {
      // The mean was rounded for the assignments; whether it is better is decided in 64 bits.
      let before = mean.product(with: network.permuted(by: run.permutations[index]))
      let after = mean.product(with: network.permuted(by: candidate))
      if after - before > Self.tolerance * scale {
        next.permutations[index] = candidate
        next.hasChanged = true
      }
    }
    next.alignments += 1
    next.place += 1
    if next.place == task.networks.count {
      guard
        let cost = Self.cost(
          task.networks, next.permutations, pool: task.pool, stop: task.stop)
      else { return nil }
      next.isFinished = !next.hasChanged
      next.trace.append(.init(step: next.alignments, seconds: clock.seconds, cost: cost))
      (next.pass, next.place, next.hasChanged) = (next.pass + 1, 0, false)
    }
    next.seconds = clock.seconds
    return next
  }

  /// The mean squared distance over all pairs of the permuted networks, in 64 bits; nothing where
  /// somebody asked to stop.
  private static func cost(
    _ networks: [Network], _ permutations: [NetworkPermutation], pool: WorkPool,
    stop: StopSignal? = nil
  ) -> Double? {
    let permuted = zip(networks, permutations).map {
      $0.permuted(by: $1, pool: pool, stop: stop).trained
    }
    let pairs = permuted.indices.flatMap { second in (0..<second).map { ($0, second) } }
    // A pair an item, and all distances added in order: the same bits at any number of threads.
    let distances = pool.map(count: pairs.count) { item in
      let (first, second) = pairs[item]
      return zip(permuted[first], permuted[second]).map { $0.squaredDistance(to: $1, stop: stop) }
    }
    if let stop, stop.isRaised { return nil }
    let sum = distances.joined().reduce(0, +)
    return sum / Double(max(networks.count * (networks.count - 1) / 2, 1))
  }

  /// What there is where somebody asked to stop before anything was aligned.
  private func stoppedEarly(
    _ state: MergeManyState, start: [NetworkPermutation], _ task: SearchTask
  ) -> SearchOutcome {
    let best = state.runs.min { $0.lastCost < $1.lastCost }?.permutations ?? start
    return SearchOutcome(
      permutations: Self.renumbered(best, like: start),
      status: .partial(state.share, task.stop.reasonWord), checkpoint: task.checkpoint)
  }

  /// One renumbering for all leaves their distances alone, and puts the first where it began.
  private static func renumbered(
    _ permutations: [NetworkPermutation], like start: [NetworkPermutation]
  ) -> [NetworkPermutation] {
    let back = start[0].after(permutations[0].inverse)
    return permutations.map { back.after($0) }
  }

  private func outcome(
    _ state: MergeManyState, start: [NetworkPermutation], startCost: Double, _ task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    var best = (permutations: start, cost: startCost)
    var (trace, steps) = ([TracePoint](), 0)
    for run in state.runs {
      // Within a pass it is better than at its beginning.
      let cost =
        run.place == 0
        ? run.lastCost
        : Self.cost(task.networks, run.permutations, pool: task.pool) ?? run.lastCost
      // Of equal runs the first.
      if cost < best.cost { best = (run.permutations, cost) }
      for point in run.trace {
        let least = min(point.cost, trace.last?.cost ?? .infinity)
        trace.append(
          TracePoint(step: steps + point.step, seconds: point.seconds, cost: least))
      }
      steps += run.alignments
    }
    let isDone = state.share == 1
    return SearchOutcome(
      permutations: Self.renumbered(best.permutations, like: start), cost: best.cost,
      startCost: startCost, trace: trace,
      status: isDone
        ? .finished("no network improves") : .partial(state.share, task.stop.reasonWord),
      steps: steps,
      figures: [
        .init("restarts", Double(restarts)),
        .init("passes", Double(state.runs.reduce(0) { $0 + $1.pass })),
      ],
      checkpoint: isDone ? nil : try state.checkpoint(method: Self.identity))
  }
}

/// The mean of the permuted weights of all networks but one, summed in 64 bits in their order.
private struct MeanOfOthers {
  private let values: [[Double]]
  /// Which arrays are weights.
  private let isTrained: [Bool]
  /// The same, rounded.
  let tensors: [Tensor]

  /// Nothing where somebody asked to stop.
  init?(
    _ networks: [Network], _ permutations: [NetworkPermutation], without index: Int,
    pool: WorkPool, stop: StopSignal
  ) {
    let shapes = networks[0].graph.parameters.map(\.shape)
    var sums = shapes.map { [Double](repeating: 0, count: $0.reduce(1, *)) }
    for (other, network) in networks.enumerated() where other != index {
      let permuted = network.permuted(by: permutations[other], pool: pool, stop: stop)
      for (place, tensor) in permuted.parameters.enumerated() {
        if stop.isRaised { return nil }
        tensor.withBuffer { buffer in
          sums[place].withUnsafeMutableBufferPointer { sum in
            for element in sum.indices { sum[element] += Double(buffer[element]) }
          }
        }
      }
    }
    isTrained = networks[0].graph.isTrained
    let count = Double(max(networks.count - 1, 1))
    values = sums.map { $0.map { $0 / count } }
    tensors = zip(shapes, values).map { Tensor(shape: $0, values: $1.map { Float($0) }) }
  }

  var squaredLength: Double {
    var sum = 0.0
    for (own, isTrained) in zip(values, isTrained) where isTrained {
      for value in own { sum += value * value }
    }
    return sum
  }

  func product(with network: Network) -> Double {
    var sum = 0.0
    for (index, tensor) in network.parameters.enumerated() where isTrained[index] {
      let mean = values[index]
      tensor.withBuffer { buffer in
        for place in buffer.indices { sum += mean[place] * Double(buffer[place]) }
      }
    }
    return sum
  }
}
