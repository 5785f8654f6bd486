/// The mean barrier between every two of several networks, kept move by move.
///
/// A pair's barrier is the largest rise, over a grid of α, of the error or loss of the blend
/// αθ1 + (1 − α)θ2 over the line between both ends (Entezari et al. 2022, Eq. 1). Permuting changes
/// no end, so only the blends between them are kept: one evaluator of an average, with the weights
/// α and 1 − α, for each pair and each point within. A swap in one network asks the pairs that it is
/// in, and no others.
///
/// Barriers are whole numbers of a unit: for errors exactly, for losses to 2⁻³² of a nat. So is
/// their sum over the pairs, and decisions do not hang on how it is rounded.
public final class PairwiseBarrierEvaluator {
  /// What is measured, and where.
  public struct Measure: Hashable, Sendable {
    public var metric: Metric
    /// Points of the grid, the ends included: odd, at least 3.
    public var points: Int
    public var baseline: BarrierBaseline

    public init(metric: Metric = .error, points: Int = 3, baseline: BarrierBaseline = .line) {
      self.metric = metric
      self.points = points
      self.baseline = baseline
    }
  }

  public let measure: Measure
  public let sampleCount: Int
  /// Units of the sum that make a mean barrier of 1.
  public let unitsPerCost: Double
  /// How many pairs there are.
  public var pairCount: Int { pairs.count }
  /// No barrier is larger, in units.
  public var mostUnits: Int {
    pairCount * (measure.metric == .error ? Int(pairs[0].unitsPerCost) : pairs[0].mostLoss)
  }
  /// The mean barrier now, in units.
  public private(set) var units = 0
  /// The mean over the pairs of the mean of both ends' values, in units: what the barrier leaves out.
  public let endUnits: Int
  public private(set) var permutations: [NetworkPermutation]
  /// Whether the last question or commit was given up since somebody asked to stop.
  public var wasCut: Bool { isCut || pairs.contains { $0.wasCut } }

  private let pairs: [PairBarrier]
  /// The pairs that each network is in.
  private let pairsOfNetwork: [[Int]]
  private var movesSinceRebuild = 0
  private let stop: StopSignal
  /// Whether a stop came before all pairs were where they should be.
  private var isCut = false

  /// - Parameter evaluation: How a blend is evaluated; for losses `lazy` is `full`, and of deep
  ///   networks always `plain`.
  /// - Throws: `badData` where the grid is none, `outOfMemory`, `notFinite`, or `stopped`.
  public init(
    _ networks: [Network], permutations: [NetworkPermutation], data: DataSet,
    measure: Measure = Measure(), evaluation: AverageErrorEvaluation = .lazy,
    memoryLimit: Int = Memory.limit, pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) {
    try Network.checkAlike(networks)
    let alphas = try Curve.grid(points: measure.points)
    let graph = networks[0].graph
    self.measure = measure
    self.permutations = permutations
    sampleCount = data.count
    let way = Self.way(evaluation, measure, graph)
    try Memory.check(
      Self.memory(
        graph, networks: networks.count, samples: data.count, measure: measure,
        evaluation: evaluation), limit: memoryLimit,
      for: "the activations of all pairs of \(networks.count) networks on \(data.count) samples",
      advice: "search on fewer samples with samples=N, or with fewer points")
    var ends: [Score] = []
    for network in networks { ends.append(try network.score(on: data, pool: pool, stop: stop)) }
    var activations: [HiddenColumns]?
    if way == .incremental {
      for network in networks { try network.checkFinite() }
      activations = try HiddenColumns.make(networks, data: data, pool: pool, stop: stop)
    }
    var pairs: [PairBarrier] = []
    let mostLoss = PairBarrier.mostLoss(pairs: networks.count * (networks.count - 1) / 2)
    for first in networks.indices {
      for second in networks.indices where second > first {
        if stop.isRaised { throw Failure(.stopped, "stopped before all pairs were there") }
        let pair = PairBarrier(
          first: first, second: second, ends: (ends[first], ends[second]), measure: measure,
          mostLoss: mostLoss)
        // The middle first: that is where most barriers are highest, and what a move fails at.
        let inner = (1..<alphas.count - 1).sorted {
          (abs(alphas[$0] - 0.5), $0) < (abs(alphas[$1] - 0.5), $1)
        }
        for place in inner {
          let blend = try Self.blend(
            way, [networks[first], networks[second]],
            permutations: [permutations[first], permutations[second]], alpha: alphas[place],
            activations: activations.map { [$0[first], $0[second]] }, data: data,
            isLazy: evaluation == .lazy && measure.metric == .error, pool: pool, stop: stop)
          pair.add(blend, at: place)
        }
        pairs.append(pair)
      }
    }
    unitsPerCost = pairs[0].unitsPerCost * Double(pairs.count)
    endUnits = pairs.reduce(0) { $0 + $1.endUnits }
    self.pairs = pairs
    self.stop = stop
    pairsOfNetwork = networks.indices.map { network in
      pairs.indices.filter { pairs[$0].first == network || pairs[$0].second == network }
    }
    note(pairs.indices)
  }

  /// How the blends are evaluated.
  private enum Way { case incremental, layered, plain }

  private static func way(
    _ evaluation: AverageErrorEvaluation, _ measure: Measure, _ graph: Graph
  ) -> Way {
    if evaluation == .plain { return .plain }
    if IncrementalAverageEvaluator.fits(graph, networkCount: 2) { return .incremental }
    return measure.metric == .error && LayeredAverageEvaluator.fits(graph) ? .layered : .plain
  }

  /// An evaluator of one blend; the plain one where numbers might overflow on the way.
  private static func blend(
    _ way: Way, _ networks: [Network], permutations: [NetworkPermutation], alpha: Double,
    activations: [HiddenColumns]?, data: DataSet, isLazy: Bool, pool: WorkPool, stop: StopSignal
  ) throws(Failure) -> any AverageErrorEvaluator {
    let weights = [alpha, 1 - alpha]
    switch way {
    case .incremental:
      return try IncrementalAverageEvaluator(
        networks, permutations: permutations, weights: weights, activations: activations,
        data: data, isLazy: isLazy, memoryLimit: .max, pool: pool, stop: stop)
    case .layered:
      do throws(Failure) {
        return try LayeredAverageEvaluator(
          networks, permutations: permutations, weights: weights, data: data, isLazy: isLazy,
          memoryLimit: .max, pool: pool, stop: stop)
      } catch {
        // Where some order of the units might overflow, each is looked at by itself.
        guard error.code == .notFinite else { throw error }
      }
    case .plain: break
    }
    return try PlainAverageEvaluator(
      networks, permutations: permutations, weights: weights, data: data, pool: pool, stop: stop)
  }

  /// The bytes that an evaluator takes while it is made, which is when it takes most.
  public static func memory(
    _ graph: Graph, networks: Int, samples: Int, measure: Measure,
    evaluation: AverageErrorEvaluation
  ) -> Int {
    let blends = networks * (networks - 1) / 2 * (measure.points - 2)
    switch way(evaluation, measure, graph) {
    case .incremental:
      let (units, classes) = (graph.axisGroups[0].count, graph.classCount)
      let blend = IncrementalAverageEvaluator.memory(
        networks: 2, units: units, classes: classes, samples: samples)
      return blends * blend
        + HiddenColumns.memory(
          networks: networks, units: units, classes: classes, samples: samples)
    case .layered:
      return blends * LayeredAverageEvaluator.memory(graph, networks: 2, samples: samples)
    case .plain: return 0
    }
  }

  private init(copying other: PairwiseBarrierEvaluator, pairs: [PairBarrier]) {
    measure = other.measure
    sampleCount = other.sampleCount
    unitsPerCost = other.unitsPerCost
    units = other.units
    endUnits = other.endUnits
    permutations = other.permutations
    self.pairs = pairs
    pairsOfNetwork = other.pairsOfNetwork
    movesSinceRebuild = other.movesSinceRebuild
    stop = other.stop
    isCut = other.isCut
  }

  /// Another evaluator that stands where this one does, or `nil` where making one anew is as quick or
  /// somebody asked to stop.
  public func copy(pool: WorkPool) -> PairwiseBarrierEvaluator? {
    var copies: [PairBarrier] = []
    for pair in pairs {
      guard !stop.isRaised, let copy = PairBarrier(copying: pair, pool: pool) else { return nil }
      copies.append(copy)
    }
    return PairwiseBarrierEvaluator(copying: self, pairs: copies)
  }

  /// Where parallel work is done.
  public var pool: WorkPool {
    get { pairs[0].blends[0].pool }
    set { for blend in pairs.flatMap(\.blends) { blend.pool = newValue } }
  }

  /// The mean barrier after a move, in units.
  ///
  /// `nil` where it would be more than `limit`, or where the question was given up. Changes nothing.
  public func units(after swaps: [Swap], limit: Int) -> Int? {
    let asked = pairsOf(swaps)
    var others = units
    // What the pairs that are not asked yet come to at least.
    var least = 0
    for index in asked {
      others -= pairs[index].units
      least += pairs[index].leastUnits
    }
    for index in asked {
      let pair = pairs[index]
      least -= pair.leastUnits
      let limit = limit - others - least
      guard let units = pair.units(after: swaps, limit: limit) else { return nil }
      others += units
    }
    return others <= limit ? others : nil
  }

  /// Makes a move.
  public func commit(_ swaps: [Swap]) {
    make(swaps)
    note(movesSinceRebuild == 0 ? Array(pairs.indices) : pairsOf(swaps))
  }

  /// The pairs that a move is in.
  private func pairsOf(_ swaps: [Swap]) -> [Int] {
    if swaps.count == 1 { return pairsOfNetwork[swaps[0].network] }
    return Set(swaps.flatMap { pairsOfNetwork[$0.network] }).sorted()
  }

  /// Makes a move, and leaves what it costs to be noted.
  private func make(_ swaps: [Swap]) {
    for index in pairsOf(swaps) { pairs[index].commit(swaps) }
    exchange(swaps)
    movesSinceRebuild += 1
    // All at once, however many of the moves a pair was in: a search goes on from such a place.
    if movesSinceRebuild == IncrementalAverageEvaluator.rebuildInterval { rebuild() }
  }

  private func exchange(_ swaps: [Swap]) {
    for swap in swaps {
      let old = permutations[swap.network].groups[swap.group]
      permutations[swap.network].groups[swap.group] = old.swapping(swap.a, swap.b)
    }
  }

  private func rebuild() {
    movesSinceRebuild = 0
    for pair in pairs {
      // Of many pairs each takes its time.
      if stop.isRaised {
        isCut = true
        return
      }
      pair.restart(from: permutations)
    }
  }

  /// Goes to other permutations, everything computed from scratch.
  public func restart(from permutations: [NetworkPermutation]) {
    restart(from: permutations, then: [])
  }

  /// As `restart` and a commit of each move.
  public func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    self.permutations = permutations
    isCut = false
    if isPlain {
      // Nothing depends on the way: one forward pass at its end will do.
      for swaps in moves { exchange(swaps) }
      rebuild()
      movesSinceRebuild = moves.count
    } else {
      rebuild()
      for swaps in moves { make(swaps) }
    }
    note(pairs.indices)
  }

  private var isPlain: Bool { pairs.allSatisfy { $0.blends[0] is PlainAverageEvaluator } }

  private func note(_ changed: some Sequence<Int>) {
    for index in changed { pairs[index].note() }
    units = pairs.reduce(0) { $0 + $1.units }
  }
}
