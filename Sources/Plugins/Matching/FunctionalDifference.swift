import Contract
import Kernel

/// Functional difference: units are matched by how much merging them would change their layer.
///
/// Entezari et al. (2022), Appendix B; He, Liu, Tao (2018), Eq. 12. Layer by layer from the input, d_ij = ½ (w_i − w_j)ᵀ (H_A⁻¹ + H_B⁻¹)⁻¹ (w_i − w_j), where w are a
/// unit's weights with its bias and H the moments of the layer's inputs with a 1 appended. The
/// layer below has been matched already, so the inputs of network B are in network A's order.
public struct FunctionalDifference: SearchPlugin {
  private let isOptimal: Bool
  private let samples: Int?
  private let hessian: Hessian
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
      the bias counts once.
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
    self.cache = cache
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    guard let data = task.data else {
      throw Failure(.incompatible, "fd needs data to take moments over", notes: ["give data=…"])
    }
    let graph = task.networks[0].graph
    try Memory.checkPairs(of: graph.axisGroups)
    let layers = try MatchedLayer.all(of: graph)
    for node in graph.nodes {
      guard case .convolution(let convolution) = node.layer, convolution.groups > 1 else {
        continue
      }
      throw Failure(
        .incompatible,
        "fd compares units by all channels of the layer below, and `\(node.name)` is a convolution "
          + "in groups",
        notes: ["weight_match and activation_match take such networks"])
    }
    var progress = Steps(task, count: (task.networks.count - 1) * layers.count)
    var permutations = task.networks.map { _ in NetworkPermutation(identityFor: graph) }
    var (cost, startCost) = (0.0, 0.0)
    for (index, network) in task.networks.enumerated().dropFirst() {
      // Nothing to find, and rounding must not find it.
      if network.parameters == task.networks[0].parameters {
        progress.made += layers.count
        continue
      }
      do throws(Failure) {
        let pair = try moments(of: [task.networks[0], network], layers: layers, data, task)
        for (group, producers) in layers.enumerated() where progress.mayGoOn {
          let match = try matchGroup(
            producers, moments: pair, networks: [task.networks[0], network],
            permutations[index], task)
          permutations[index].groups[group] = match.permutation
          cost += match.cost
          startCost += match.startCost
          progress.next()
        }
      } catch {
        guard error.code == .stopped else { throw error }
      }
    }
    return progress.outcome(
      permutations, cost: cost, startCost: startCost, reason: "every layer matched",
      parts: "layers")
  }

  /// The moments of both networks, by producer of units.
  private func moments(
    of networks: [Network], layers: [[MatchedLayer]], _ data: DataSet, _ task: SearchTask
  ) throws(Failure) -> [[Int: InputMoment]] {
    // A unit's mean activation is a moment of what the layer above it reads.
    let graph = networks[0].graph
    let nodes = try layers.flatMap(\.self).map { layer throws(Failure) in
      hessian == .scalar ? try layer.reader(in: graph) : layer.node
    }
    var chosen: [Int]?
    if let samples, samples < data.count {
      var stream = task.random.child("samples")
      chosen = stream.nextOrder(count: data.count).prefix(samples).sorted()
    }
    var result: [[Int: InputMoment]] = []
    for network in networks {
      let moments = try cache.inputMoments(
        of: network, nodes: nodes, on: data, samples: chosen, pool: task.pool, stop: task.stop)
      result.append(Dictionary(zip(nodes, moments)) { first, _ in first })
    }
    return result
  }

  private static let stopped = Failure(.stopped, "stopped before all units were paired")

  private struct Match {
    var permutation: Permutation
    var cost: Double
    var startCost: Double
  }

  /// Matches the units of one group; the layers below are permuted as `permutation` says.
  private func matchGroup(
    _ producers: [MatchedLayer], moments: [[Int: InputMoment]], networks: [Network],
    _ permutation: NetworkPermutation, _ task: SearchTask
  ) throws(Failure) -> Match {
    let pool = task.pool
    var distances: UnitDistances?
    for layer in producers {
      let node = hessian == .scalar ? try layer.reader(in: networks[0].graph) : layer.node
      guard let a = moments[0][node], let b = moments[1][node] else { continue }
      let order = layer.inputOrder(permutation)
      let (first, second) = (
        layer.units(of: networks[0], order: nil), layer.units(of: networks[1], order: order)
      )
      let part: UnitDistances
      switch hessian {
      case .full:
        let root = Matrix.parallelSumRoot(
          a.matrix, order.map { b.matrix.reordered(by: $0) } ?? b.matrix, pool: pool)
        if task.stop.isRaised { throw Self.stopped }
        part = UnitDistances(first, second, root: root, pool: pool, stop: task.stop)
      case .diagonal:
        let moments = order.map { b.matrix.reordered(by: $0) } ?? b.matrix
        let sums = zip(a.matrix.diagonal, moments.diagonal).map(parallelSum)
        part = UnitDistances(
          first.scaled(columns: sums.map { $0.squareRoot() }),
          second.scaled(columns: sums.map { $0.squareRoot() }), pool: pool, stop: task.stop)
      case .scalar:
        part = UnitDistances(
          first, second, weights: (a.unitMeans(layer.count), b.unitMeans(layer.count)), pool: pool,
          stop: task.stop)
      }
      if task.stop.isRaised { throw Self.stopped }
      distances = distances.map { $0.adding(part) } ?? part
    }
    guard let distances else {
      preconditionFailure("a group of axes that no layer makes")
    }
    let columns =
      isOptimal
      ? try Assignment(minimizing: distances.matrix, stop: task.stop).columns
      : try greedyPairing(distances.withDeadUnitsApart, stop: task.stop)
    guard let permutation = Permutation(columns) else {
      preconditionFailure("a pairing that is no permutation")
    }
    return Match(
      permutation: permutation, cost: distances.sum(columns),
      startCost: distances.sum(Array(columns.indices)))
  }
}
