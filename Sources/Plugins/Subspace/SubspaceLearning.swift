import Contract
import Kernel

/// Subspace learning: a line or a simplex of networks, all of whose points are trained.
///
/// Wortsman, Horton, Guestrin, Farhadi, Rastegari (2021), and Appendix C of Entezari et al. (2022),
/// where it is SL, and FD+SL after functional difference. See `SubspaceTrainer`.
public struct SubspaceLearning: SearchPlugin {
  private let settings: SubspaceSettings
  private let epochs: Int?
  private let learningRate: Double?

  public static let card = MethodCard(
    id: "subspace",
    summary: "train the networks on, together with every point between them",
    description: """
      Learns weights and not a permutation: all networks are trained, the first one, too. Each \
      batch draws one point between them, w(alpha) = alpha w_1 + (1 - alpha) w_2 with alpha \
      uniform in `alpha`, and descends its cross-entropy plus beta cos²(w_1, w_2), the cosine over \
      all weights together, by SGD with momentum. More than two networks are the corners of a \
      simplex: points are drawn from Dirichlet(1, …, 1), and a random pair of corners for the \
      cosine. `.average` of the result is the midpoint, which is scored with dropout off. Statistics of \
      batch normalizations are measured anew for the midpoint and the corners.

      It goes on from the given networks (3 epochs at 0.001, a tenth of the usual rate), as \
      `start=` permutes them: `start=fd` is FD+SL in one line. With `start=fresh` only their \
      architecture counts and the corners begin at new uniform weights (SL: 15 epochs at 0.01; 12 \
      to 15 are needed). alpha=0.4..0.6 is known to serve the midpoint better, and the ends worse. \
      A network trained as many epochs longer by itself is the control that belongs beside it: \
      `train mlp init=a lr=0.001 epochs=3`. The cost is the train error of the midpoint.
      """,
    version: "1",
    papers: [
      "Wortsman, Horton, Guestrin, Farhadi, Rastegari (2021): Learning Neural Network Subspaces, "
        + "arXiv:2102.10472",
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, Appendix C",
    ],
    parameters: [
      Parameter(
        "epochs", .integer(0...1_000_000), words: ["auto"], default: "auto",
        help: "passes over the data; auto is 3 from given networks, 15 with start=fresh"),
      Parameter(
        "lr", .real(0...1000), words: ["auto"], default: "auto",
        help: "the learning rate; auto is 0.001 from given networks, 0.01 with start=fresh"),
      Parameter(
        "alpha", .interval(0...1), default: "0..1",
        help: "where the first network's weight is drawn from, between two networks"),
      Parameter(
        "beta", .real(0...1_000_000), default: "1",
        help: "what the squared cosine between networks weighs beside the loss"),
      Parameter(
        "batch", .integer(1...10_000_000), default: "64", unit: "samples",
        help: "samples per step"),
      Parameter("momentum", .real(0...1), default: "0.9", help: "what is kept of the last step"),
      Parameter("weight_decay", .real(0...1), default: "0", help: "how much weights shrink"),
    ],
    needsData: true, drawsRandomNumbers: true, costName: "train error of the midpoint",
    stepName: "batch", stepWords: "batches", canResume: true, takesStart: true, startWords: [fresh])

  private static let fresh = "fresh"
  private static var identity: String { "\(card.id) \(card.version)" }

  public init(_ settings: Settings) throws(Failure) {
    var own = SubspaceSettings()
    own.batch = settings.integer("batch")
    own.momentum = settings.real("momentum")
    own.weightDecay = settings.real("weight_decay")
    own.beta = settings.real("beta")
    if case .interval(let lower, let upper)? = settings["alpha"] { own.alpha = lower...upper }
    self.settings = own
    epochs = settings.integerIfGiven("epochs")
    learningRate = settings.realIfGiven("lr")
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    let begin = ContinuousClock.now
    guard let data = task.data else {
      throw Failure(.incompatible, "subspace needs data to train on", notes: ["give data=…"])
    }
    let isFresh = task.startWord == Self.fresh
    guard task.networks.count == 2 || settings.alpha == 0...1 else {
      throw Failure(
        .incompatible,
        "`alpha` is for the line between two networks, and there are \(task.networks.count)",
        notes: ["between more, points are drawn from the whole simplex"])
    }
    var settings = settings
    settings.epochs = epochs ?? (isFresh ? 15 : 3)
    settings.learningRate = learningRate ?? (isFresh ? 0.01 : 0.001)
    let graph = task.networks[0].graph
    let start: SubspaceState
    if let checkpoint = task.checkpoint {
      start = try SubspaceState(
        checkpoint, method: Self.identity, graph: graph, corners: task.networks.count)
    } else {
      start = SubspaceState(corners: corners(task, isFresh: isFresh))
    }
    var trainer = SubspaceTrainer(
      settings: settings, data: data, random: task.random, pool: task.pool, stop: task.stop,
      progress: task.progress)
    trainer.begin = begin
    let (fixed, samples) = (settings, data.count)
    trainer.keepCheckpoint = { state in
      task.keepCheckpoint(
        state.checkpoint(method: Self.identity, share: state.share(of: fixed, samples: samples)))
    }
    let state = try trainer.train(graph, from: start)
    return try outcome(state, trainer, graph: graph, task, isFresh: isFresh)
  }

  /// Where training begins: the given networks as `start=` permutes them, or fresh ones.
  private func corners(_ task: SearchTask, isFresh: Bool) -> [Network] {
    task.networks.enumerated().map { index, network in
      if isFresh {
        return Network(
          graph: network.graph, initial: .uniform,
          from: task.random.child("fresh network", index + 1))
      }
      return task.start.map { network.permuted(by: $0[index]) } ?? network
    }
  }

  private func outcome(
    _ state: SubspaceState, _ trainer: SubspaceTrainer, graph: Graph, _ task: SearchTask,
    isFresh: Bool
  ) throws(Failure) -> SearchOutcome {
    let (settings, data) = (trainer.settings, trainer.data)
    let share = state.share(of: settings, samples: data.count)
    var isDone = share == 1 && state.centreScores.count > state.epoch
    let facts: [Network.Fact] = [
      .init("made by", "search subspace"), .init("data", data.name),
      .init("data_sha256", data.contentHash.hex),
      .init("initial", isFresh ? "uniform" : "given networks"),
      .init("epochs", "\(settings.epochs)"), .init("epochs_done", "\(state.epoch)"),
      .init("lr", "\(settings.learningRate)"), .init("batch", "\(settings.batch)"),
      .init("beta", "\(settings.beta)"),
      .init("alpha", "\(settings.alpha.lowerBound)..\(settings.alpha.upperBound)"),
    ]
    var learned = zip(task.networks, state.corners).map { network, parameters in
      var network = network.with(parameters: parameters)
      network.facts = facts
      return network
    }
    var centre: Network?
    if graph.usesBatchStatistics, isDone {
      do throws(Failure) {
        let middle = try trainer.centre(of: learned)
        learned = try learned.map { corner throws(Failure) in
          try corner.withRecomputedStatistics(on: data, pool: task.pool, stop: task.stop)
        }
        centre = middle
      } catch {
        guard error.code == .stopped else { throw error }
        isDone = false
      }
    }
    var notes: [String] = []
    if !isDone {
      notes.append("the midpoint of an unfinished line is not scored")
      if graph.usesBatchStatistics {
        notes.append(
          "the statistics of an unfinished line are those that its networks began with: "
            + "`recalibrate` measures them")
      }
    }
    let batches = (data.count + settings.batch - 1) / settings.batch
    let trace = zip(state.centreScores, state.centreSeconds).enumerated().map { index, item in
      TracePoint(step: index * batches, seconds: item.1, cost: item.0.error)
    }
    return SearchOutcome(
      permutations: nil, learnedNetworks: learned, average: centre,
      // What was scored last is not what is returned where an epoch was cut.
      cost: isDone ? state.centreScores.last?.error : nil,
      startCost: state.centreScores.first?.error, trace: trace,
      status: isDone
        ? .finished("all epochs done") : .partial(min(share, 0.999), task.stop.reasonWord),
      steps: state.epoch * batches + state.batch,
      notes: notes,
      figures: [
        .init("epochs", Double(state.epoch)), .init("cosine", meanCosine(state.corners)),
        .init("loss at drawn points", state.history.last?.loss ?? .nan),
      ].filter { $0.value.isFinite },
      checkpoint: isDone ? nil : state.checkpoint(method: Self.identity, share: share))
  }

  /// The mean cosine over all pairs of corners, all weights together, in 64 bits.
  private func meanCosine(_ corners: [[Tensor]]) -> Double {
    func product(_ a: [Tensor], _ b: [Tensor]) -> Double {
      zip(a, b).reduce(0) { $0 + $1.0.product(with: $1.1) }
    }
    let lengths = corners.map { product($0, $0).squareRoot() }
    var sum = 0.0
    for second in corners.indices {
      for first in 0..<second where lengths[first] * lengths[second] > 0 {
        sum += product(corners[first], corners[second]) / (lengths[first] * lengths[second])
      }
    }
    return sum / Double(max(corners.count * (corners.count - 1) / 2, 1))
  }
}
