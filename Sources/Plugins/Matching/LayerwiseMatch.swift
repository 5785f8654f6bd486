import Contract
import Kernel

/// One network matched to another, group by group, by functional difference.
struct LayerwiseMatch {
  let networks: [Network]
  /// Of both networks, by the node that reads.
  var moments: [[Int: InputMoment]] = []
  private let layers: [[MatchedLayer]]
  private let hessian: FunctionalDifference.Hessian
  private let isOptimal: Bool
  private let task: SearchTask
  private var permutation: NetworkPermutation
  private var isMatched: [Bool]
  /// Whether a group was matched when not everything that its layers read was in its place.
  private var isStale: [Bool]
  /// What each group's pairs cost, and what those of the given order would.
  private var costs: [(matched: Double, start: Double)]
  /// The last root for each node and the columns that it was made of: ranges of one layer's units
  /// have it in common.
  private var roots: [RootKey: (order: [Int]?, root: Matrix)] = [:]
  /// The best that whole sweeps left.
  private var kept: Result?
  /// The sweeps made.
  private(set) var sweepCount = 0

  private struct RootKey: Hashable {
    var node: Int
    var columns: Range<Int>
  }

  /// Permutations and what they cost.
  struct Result {
    var permutation: NetworkPermutation
    var cost: Double
    var startCost: Double
  }

  /// The least fall that counts, as a share: above rounding, so that equals are not exchanged for
  /// ever.
  private static let tolerance = 1e-9
  private static let stopped = Failure(.stopped, "stopped before all units were paired")

  init(
    _ layers: [[MatchedLayer]], hessian: FunctionalDifference.Hessian, isOptimal: Bool,
    networks: [Network], _ task: SearchTask
  ) {
    self.layers = layers
    self.hessian = hessian
    self.isOptimal = isOptimal
    self.networks = networks
    self.task = task
    permutation = NetworkPermutation(identityFor: networks[0].graph)
    isMatched = layers.map { _ in false }
    isStale = layers.map { _ in true }
    costs = layers.map { _ in (0, 0) }
  }

  /// Whether some layer reads units of its own group or a later one.
  static func isCyclic(_ layers: [[MatchedLayer]]) -> Bool {
    layers.enumerated().contains { group, makers in
      makers.contains { $0.inputs.contains { $0.group >= group } }
    }
  }

  /// What there is: after whole sweeps the best of them, otherwise what is matched.
  var best: Result { kept ?? current }

  private var current: Result {
    Result(
      permutation: permutation, cost: costs.reduce(0) { $0 + $1.matched },
      startCost: costs.reduce(0) { $0 + $1.start })
  }

  // MARK: - The order of the work

  /// Matches a group for the first time, by those of its layers whose inputs are matched.
  ///
  /// Groups come in the order of their first layers, and the first layer of each reads nothing but
  /// units of groups before it: there always is one.
  mutating func matchFirst(_ group: Int) throws(Failure) {
    let ready = layers[group].filter { $0.isReady(isMatched) }
    let distances = try distances(of: ready)
    permutation.groups[group] = try pairing(distances)
    isMatched[group] = true
    isStale[group] = ready.count < layers[group].count
    note(distances, of: group)
  }

  /// Goes over the groups whose layers read something that has moved, until there are none.
  ///
  /// - Parameter most: The number of sweeps, the first one counted.
  mutating func sweep(atMost most: Int) throws(Failure) {
    sweepCount = 1
    try weigh()
    while sweepCount < most, isStale.contains(true) {
      sweepCount += 1
      for group in layers.indices where isStale[group] { try rematch(group) }
      try weigh()
    }
  }

  /// Matches a group by all of its layers; keeps what there was unless that is better.
  private mutating func rematch(_ group: Int) throws(Failure) {
    isStale[group] = false
    let distances = try distances(of: layers[group])
    let candidate = try pairing(distances)
    let (old, new) = (
      distances.sum(permutation.groups[group].sources), distances.sum(candidate.sources)
    )
    if candidate != permutation.groups[group], new < old * (1 - Self.tolerance) {
      permutation.groups[group] = candidate
      for (reader, makers) in layers.enumerated()
      where makers.contains(where: { $0.inputs.contains { $0.group == group } }) {
        isStale[reader] = true
      }
    }
    note(distances, of: group)
  }

  /// Brings the costs of all groups up to date, and keeps what is the best so far.
  private mutating func weigh() throws(Failure) {
    for group in layers.indices where isStale[group] {
      note(try distances(of: layers[group]), of: group)
    }
    let current = current
    if current.cost < kept?.cost ?? .infinity { kept = current }
  }

  private mutating func note(_ distances: UnitDistances, of group: Int) {
    let sources = permutation.groups[group].sources
    costs[group] = (distances.sum(sources), distances.sum(Array(sources.indices)))
  }

  // MARK: - One group

  /// The pairs that the distances ask for.
  private func pairing(_ distances: UnitDistances) throws(Failure) -> Permutation {
    let columns =
      isOptimal
      ? try Assignment(minimizing: distances.matrix, stop: task.stop).columns
      : try greedyPairing(distances.withDeadUnitsApart, stop: task.stop)
    guard let permutation = Permutation(columns) else {
      preconditionFailure("a pairing that is no permutation")
    }
    return permutation
  }

  /// The summed distances of some layers that make units of one group; what they read is permuted.
  private mutating func distances(of makers: [MatchedLayer]) throws(Failure) -> UnitDistances {
    var sum: UnitDistances?
    for layer in makers {
      let part = try distances(of: layer)
      if task.stop.isRaised { throw Self.stopped }
      sum = sum.map { $0.adding(part) } ?? part
    }
    guard let sum else { preconditionFailure("a group of axes that no layer makes") }
    return sum
  }

  private mutating func distances(of layer: MatchedLayer) throws(Failure) -> UnitDistances {
    let (pool, stop) = (task.pool, task.stop)
    let graph = networks[0].graph
    let node = hessian == .scalar ? try layer.reader(in: graph) : layer.node
    guard let a = moments[0][node], let b = moments[1][node] else {
      preconditionFailure("no moments of what `\(graph.nodes[node].name)` reads")
    }
    let order = layer.inputOrder(permutation)
    let (first, second) = (
      layer.units(of: networks[0], order: nil), layer.units(of: networks[1], order: order)
    )
    if hessian == .scalar {
      let units = graph.unitCount(of: graph.nodes[node].inputs[0])
      return UnitDistances(
        first, second,
        weights: (
          Array(a.unitMeans(units)[layer.rows]), Array(b.unitMeans(units)[layer.rows])
        ), pool: pool, stop: stop)
    }
    if layer.isDepthwise {
      return UnitDistances(
        depthwise: first, second, moments: (a.part(layer.rows), b.part(layer.rows)),
        isDiagonal: hessian == .diagonal, pool: pool, stop: stop)
    }
    let (own, other) = (a.part(layer.columns).matrix, b.part(layer.columns).matrix)
    let ordered = order.map { other.reordered(by: $0) } ?? other
    if hessian == .diagonal {
      let roots = zip(own.diagonal, ordered.diagonal).map { parallelSum($0, $1).squareRoot() }
      return UnitDistances(
        first.scaled(columns: roots), second.scaled(columns: roots), pool: pool, stop: stop)
    }
    let root = try root(own, ordered, RootKey(node: node, columns: layer.columns), order)
    return UnitDistances(first, second, root: root, pool: pool, stop: stop)
  }

  /// F with F Fᵀ the parallel sum of both networks' moments, whose second stands in that order.
  private mutating func root(
    _ first: Matrix, _ second: Matrix, _ key: RootKey, _ order: [Int]?
  ) throws(Failure) -> Matrix {
    if let known = roots[key], known.order == order { return known.root }
    let root = Matrix.parallelSumRoot(first, second, pool: task.pool)
    if task.stop.isRaised { throw Self.stopped }
    roots[key] = (order, root)
    return root
  }
}
