import Contract
import Kernel

/// Functional difference: units are matched by how much merging them would change their layer.
///
/// Entezari et al. (2022), Appendix B; He, Liu, Tao (2018), Eq. 12. Layer by layer from the input,
/// d_ij = ½ (w_i − w_j)ᵀ (H_A⁻¹ + H_B⁻¹)⁻¹ (w_i − w_j), where w are a unit's weights with its bias
/// and H the moments of the layer's inputs with a 1 appended. The layer below has been matched
/// already, so the inputs of network B are in network A's order.
///
/// Where several layers add to one residual stream, the distances of all of them add up, each with
/// its own H. No order of the layers serves such a network: what a block adds to the stream reads
/// units that are matched by what they read of the stream. So a stream is first matched by those of
/// its layers whose inputs are matched, the stem at least, and sweeps follow, in which whatever
/// reads something that has moved since is matched again.
public struct FunctionalDifference: SearchPlugin {
  private let isOptimal: Bool
  private let samples: Int?
  private let hessian: Hessian
  private let sweeps: Int
  /// Where moments are kept from one search to the next.
  private let cache: InputMomentCache

  /// What is read into the paper's H.
  enum Hessian: String, CaseIterable, Sendable {
    /// The whole matrix of second moments.
    case full
    /// Its diagonal alone: one number per input.
    case diagonal
    /// The mean activation of the unit itself.
    case scalar
  }

  public static let card = MethodCard(
    id: "fd",
    summary: "match units, layer by layer, by how much merging them would change the function",
    description: """
      The distance of two units is the rise in the layer's squared output error when both are \
      merged in the best way, given the moments of the layer's inputs over the data. The closest \
      pair is matched first, then the closest of the rest (greedy, the paper's way), or the \
      pairing of least total distance is taken (optimal). Moments are kept: a second search with \
      the same network and data does not run over the data again. The cost is the sum of the \
      matched distances over all layers, averaged over the networks that move; before the search, \
      that of pairing each layer's units in the given order, the layers below being matched. The \
      paper's text leaves room for what H is: the whole matrix of the input moments (full), its \
      diagonal, or for each unit its own mean activation (scalar). A convolution reads \
      channels: their moments are over all positions, every place of the window has the same, and \
      the bias counts once. In a convolution in groups each unit is compared by the channels of its \
      own group.

      The layers that add to one residual stream have one permutation, and their distances add up. \
      A stream is matched first by those of them whose inputs are matched already (the stem), then \
      the layers of its blocks, and then, in up to `sweeps` sweeps, whatever reads units that have \
      moved since is matched once more, and kept where its distances fall, until nothing changes. \
      The sweep of the least cost counts. Networks without residual sums need one.
      """,
    version: "1",
    papers: [
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, Appendix B",
      "He, Liu, Tao (2018): Multi-Task Zipping via Layer-wise Neuron Sharing, arXiv:1805.09370",
    ],
    parameters: [
      Parameter(
        "match", .word(["greedy", "optimal"]), default: "greedy",
        help: "the closest pair first, or the pairing of least total distance"),
      Parameter(
        "samples", .integer(1...Int.max), words: ["all"], default: "all",
        help: "take the moments over a fixed random subset of the data"),
      Parameter(
        "hessian", .word(Hessian.allCases.map(\.rawValue)), default: "full",
        help: "how the paper's H is read: all input moments, their diagonal, or each unit's mean"),
      Parameter(
        "sweeps", .integer(1...1_000), default: "10",
        help: "how often to go over layers that hang on one another by residual sums, at most"),
    ],
    needsData: true, drawsRandomNumbers: true,
    costName: "functional difference of the matched units", stepName: "layer",
    recoversPermutations: true)

  public init(_ settings: Settings) throws(Failure) {
    try self.init(settings, cache: .shared)
  }

  init(_ settings: Settings, cache: InputMomentCache) throws(Failure) {
    isOptimal = settings.word("match") == "optimal"
    samples = settings.integerIfGiven("samples")
    hessian = Hessian(rawValue: settings.word("hessian")) ?? .full
    sweeps = settings.integer("sweeps")
    self.cache = cache
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    guard let data = task.data else {
      throw Failure(.incompatible, "fd needs data to take moments over", notes: ["give data=…"])
    }
    let graph = task.networks[0].graph
    try Memory.checkPairs(of: graph.axisGroups)
    let layers = try MatchedLayer.all(of: graph)
    // Sweeps after the first are one more step: how many it takes is not known.
    let isCyclic = LayerwiseMatch.isCyclic(layers)
    let steps = layers.count + (isCyclic ? 1 : 0)
    var progress = Steps(task, count: (task.networks.count - 1) * steps)
    var permutations = task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    var (cost, startCost, sweepCounts) = (0.0, 0.0, [Int]())
    for (index, network) in task.networks.enumerated().dropFirst() {
      // Nothing to find, and rounding must not find it.
      if network.parameters == task.networks[0].parameters {
        progress.made += steps
        continue
      }
      var match = LayerwiseMatch(
        layers, hessian: hessian, isOptimal: isOptimal, networks: [task.networks[0], network],
        task)
      do throws(Failure) {
        match.moments = try moments(of: match.networks, layers: layers, data, task)
        for group in layers.indices where progress.mayGoOn {
          try match.matchFirst(group)
          progress.next()
        }
        if isCyclic, progress.mayGoOn {
          try match.sweep(atMost: sweeps)
          progress.next()
        }
      } catch {
        guard error.code == .stopped else { throw error }
      }
      permutations[index] = match.best.permutation
      cost += match.best.cost
      startCost += match.best.startCost
      sweepCounts.append(match.sweepCount)
    }
    var outcome = progress.outcome(
      permutations, cost: cost, startCost: startCost, reason: "every layer matched",
      parts: "layers")
    if isCyclic, let most = sweepCounts.max() {
      outcome.figures.append(.init("sweeps", Double(most)))
    }
    return outcome
  }

  /// The moments of both networks, by the node that reads.
  private func moments(
    of networks: [Network], layers: [[MatchedLayer]], _ data: DataSet, _ task: SearchTask
  ) throws(Failure) -> [[Int: InputMoment]] {
    // A unit's mean activation is a moment of what the layer above it reads.
    let graph = networks[0].graph
    let readers = try layers.flatMap(\.self).map { layer throws(Failure) in
      hessian == .scalar ? try layer.reader(in: graph) : layer.node
    }
    let nodes = Set(readers).sorted()
    var chosen: [Int]?
    if let samples, samples < data.count {
      var stream = task.random.child("samples")
      chosen = stream.nextOrder(count: data.count).prefix(samples).sorted()
    }
    var result: [[Int: InputMoment]] = []
    for network in networks {
      let moments = try cache.inputMoments(
        of: network, nodes: nodes, on: data, samples: chosen, pool: task.pool, stop: task.stop)
      result.append(Dictionary(uniqueKeysWithValues: zip(nodes, moments)))
    }
    return result
  }
}
