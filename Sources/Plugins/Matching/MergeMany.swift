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
    for network in task.networks { try network.checkFinite() }
    let graph = task.networks[0].graph
    let start = task.start ?? task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    let startCost = Self.cost(task.networks, start)
    var state: MergeManyState
    if let checkpoint = task.checkpoint {
      state = try MergeManyState(
        checkpoint, method: Self.identity, restarts: restarts, networks: task.networks.count,
        graph: graph)
    } else {
      state = MergeManyState(restarts: restarts)
    }
    var lastKept = ContinuousClock.now
    runs: for restart in 0..<restarts {
      let stream = task.random.child("restart", restart + 1)
      if state.runs.count == restart {
        state.runs.append(
          .init(first(restart, start: start, graph: graph, from: stream), startCost: startCost))
      }
      while !state.runs[restart].isFinished {
        if task.stop.isRaised { break runs }
        guard let next = try step(state.runs[restart], task, stream: stream) else { break runs }
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
    _ run: MergeManyState.Run, _ task: SearchTask, stream: RandomStream
  ) throws(Failure) -> MergeManyState.Run? {
    let started = ContinuousClock.now
    let pass = stream.child("pass", run.pass + 1)
    var orders = pass
    let index = orders.nextOrder(count: task.networks.count)[run.place]
    var next = run
    let network = task.networks[index]
    let mean = MeanOfOthers(task.networks, run.permutations, without: index)
    let alignment = try WeightAlignment(
      groups: network.graph.axisGroups, first: mean.tensors, second: network.parameters,
      pool: task.pool)
    var matching = WeightMatchingRun(
      alignment, start: run.permutations[index], pool: task.pool, stop: task.stop)
    let scale = (mean.squaredLength * network.squaredLength()).squareRoot()
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
    next.seconds += started.duration(to: .now).inSeconds
    next.place += 1
    if next.place == task.networks.count {
      next.isFinished = !next.hasChanged
      next.trace.append(
        .init(
          step: next.alignments, seconds: next.seconds,
          cost: Self.cost(task.networks, next.permutations)))
      (next.pass, next.place, next.hasChanged) = (next.pass + 1, 0, false)
    }
    return next
  }

  /// The mean squared distance over all pairs of the permuted networks, in 64 bits.
  private static func cost(_ networks: [Network], _ permutations: [NetworkPermutation]) -> Double {
    let permuted = zip(networks, permutations).map { $0.permuted(by: $1).parameters }
    var sum = 0.0
    for second in permuted.indices {
      for first in 0..<second {
        for (a, b) in zip(permuted[first], permuted[second]) { sum += a.squaredDistance(to: b) }
      }
    }
    return sum / Double(max(networks.count * (networks.count - 1) / 2, 1))
  }

  private func outcome(
    _ state: MergeManyState, start: [NetworkPermutation], startCost: Double, _ task: SearchTask
  ) throws(Failure) -> SearchOutcome {
    var best = (permutations: start, cost: startCost)
    var (trace, steps, seconds) = ([TracePoint](), 0, 0.0)
    for run in state.runs {
      let cost = Self.cost(task.networks, run.permutations)
      // Of equal runs the first.
      if cost < best.cost { best = (run.permutations, cost) }
      for point in run.trace {
        let least = min(point.cost, trace.last?.cost ?? .infinity)
        trace.append(
          TracePoint(step: steps + point.step, seconds: seconds + point.seconds, cost: least))
      }
      steps += run.alignments
      seconds += run.seconds
    }
    // One renumbering for all leaves their distances alone, and puts the first where it began.
    let back = start[0].after(best.permutations[0].inverse)
    let isDone = state.share == 1
    return SearchOutcome(
      permutations: best.permutations.map { back.after($0) }, cost: best.cost,
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
  /// The same, rounded.
  let tensors: [Tensor]

  init(_ networks: [Network], _ permutations: [NetworkPermutation], without index: Int) {
    let shapes = networks[0].graph.parameters.map(\.shape)
    var sums = shapes.map { [Double](repeating: 0, count: $0.reduce(1, *)) }
    for (other, network) in networks.enumerated() where other != index {
      for (place, tensor) in network.permuted(by: permutations[other]).parameters.enumerated() {
        tensor.withBuffer { buffer in
          sums[place].withUnsafeMutableBufferPointer { sum in
            for element in sum.indices { sum[element] += Double(buffer[element]) }
          }
        }
      }
    }
    let count = Double(max(networks.count - 1, 1))
    values = sums.map { $0.map { $0 / count } }
    tensors = zip(shapes, values).map { Tensor(shape: $0, values: $1.map { Float($0) }) }
  }

  var squaredLength: Double { values.joined().reduce(0) { $0 + $1 * $1 } }

  func product(with network: Network) -> Double {
    var sum = 0.0
    for (mean, tensor) in zip(values, network.parameters) {
      tensor.withBuffer { buffer in
        for place in buffer.indices { sum += mean[place] * Double(buffer[place]) }
      }
    }
    return sum
  }
}
