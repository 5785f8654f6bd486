/// What is put right in networks between others before they are scored.
public enum RecalibrationMethod: String, Hashable, Sendable, CaseIterable {
  /// Running statistics of batch normalizations are measured anew.
  case statistics
  /// Each unit gets the interpolated mean and standard deviation of the ends.
  case repair
  /// Each unit gets the interpolated standard deviation of the ends and keeps its mean.
  case rescale
}

/// Puts networks between others right: REPAIR, and what it is compared with.
///
/// Jordan, Sedghi, Saukh, Entezari, Neyshabur (2022), arXiv:2211.08403. Units of averaged weights have
/// less variance than those of the networks they come from, layer after layer less. With w_i the
/// weight of end i, every unit is scaled and shifted so that over the data
///
///     μ = Σ w_i μ_i   and   σ = Σ w_i σ_i
///
/// before its rectifier. As published this takes one pass over the data: batch normalizations with
/// shift μ and scale σ stand where units are made, each batch is normalized by its own statistics,
/// so that what comes before is right already, and the mean statistics are folded into the weights
/// and biases: the network keeps its architecture. Scale and shift of batch normalizations that the
/// network has become Σ w_i |γ_i| with the sign they had, and Σ w_i β_i, and their statistics are
/// measured in the same pass, or, where there are units of both kinds, in one more.
///
/// Batches are finite, so that behind normalized units even an end has slightly other moments than
/// without. Targets are therefore measured at the ends in the same way, with the normalizations in
/// place: an end, and an average of equal ends, stays what it is. A unit that never varies keeps its
/// weights. Each end takes two passes (one where batch normalizations are everywhere), which are made
/// once however many points between the ends are asked for.
public struct Recalibration: Sendable {
  public let method: RecalibrationMethod
  public let data: DataSet
  /// How many samples are looked at; all where nothing is given.
  public let samples: Int?
  private let pool: WorkPool
  private let stop: StopSignal

  public init(
    _ method: RecalibrationMethod, on data: DataSet, samples: Int? = nil, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal()
  ) {
    self.method = method
    self.data = data
    self.samples = samples
    self.pool = pool
    self.stop = stop
  }

  /// Whether it can change a network of that structure at all.
  public func changes(_ graph: Graph) -> Bool {
    method != .statistics || graph.usesBatchStatistics
  }

  /// A network that others are between, recalibrated itself, with what its units do on the data.
  public struct End: Sendable {
    /// With the statistics of its batch normalizations measured anew.
    public let network: Network
    fileprivate let targets: Targets?
  }

  /// What is interpolated, one entry for each site of the plan.
  fileprivate struct Targets: Sendable {
    var epsilons: [Double]
    /// The mean and the deviation of each unit, which normalizations give it.
    var shifts: [[Double]]
    var scales: [[Double]]
    /// The mean and the deviation that it has before, with these normalizations in place.
    var means: [[Double]]
    var deviations: [[Double]]
  }

  /// Measures a network that others are between.
  ///
  /// - Throws: `incompatible` where its units cannot be shifted, `stopped`, or `notFinite`.
  public func end(
    _ network: Network, progress: (Double) -> Void = { _ in }
  ) throws(Failure) -> End {
    guard method != .statistics else {
      return End(
        network: try network.withRecomputedStatistics(
          on: data, samples: samples, pool: pool, stop: stop, progress: progress), targets: nil)
    }
    try check(network)
    let plan = try RepairPlan(network.graph)
    guard !plan.sites.isEmpty || network.graph.usesBatchStatistics else {
      return End(network: network, targets: Targets(of: []))
    }
    let pass = try pass(for: plan)
    let ones = plan.sites.map { network.graph.unitCount(of: $0.node) }
      .map { [Double](repeating: 1, count: $0) }
    let passes = plan.sites.isEmpty ? 1.0 : 2.0
    let raw = try pass.moments(
      of: plan.observed.network(
        network, scales: ones, shifts: ones, epsilons: ones.map { _ in Layer.usualEpsilon })
    ) { progress($0 / passes) }
    var statistics: [Int: UnitMoments] = [:]
    for node in network.graph.batchNormalizations {
      statistics[node] = raw[plan.observed.places[node]]
    }
    var targets = Targets(of: plan.observed.nodes.compactMap { raw[$0] })
    if !plan.sites.isEmpty {
      try measure(&targets, network, plan, pass) { progress((1 + $0) / 2) }
    }
    return End(network: network.with(statistics: statistics), targets: targets)
  }

  /// The network with its units put right.
  ///
  /// - Parameters:
  ///   - weights: How much each end counts, with the sum 1: as in the network's own weights, whose
  ///     units are in the order of the ends'.
  public func recalibrated(
    _ network: Network, between ends: [End], weights: [Double],
    progress: (Double) -> Void = { _ in }
  ) throws(Failure) -> Network {
    guard method != .statistics else {
      return try network.withRecomputedStatistics(
        on: data, samples: samples, pool: pool, stop: stop, progress: progress)
    }
    precondition(!ends.isEmpty && ends.count == weights.count, "a weight for each end")
    precondition(
      ends.allSatisfy { $0.network.graph == network.graph && $0.targets != nil }, "other ends")
    try check(network)
    let plan = try RepairPlan(network.graph)
    guard !plan.sites.isEmpty || network.graph.usesBatchStatistics else { return network }
    let graph = network.graph
    var result = network
    for node in graph.batchNormalizations {
      result.interpolateScale(of: node, ends.map(\.network), weights)
    }
    var targets = Targets(ends.compactMap(\.targets), weights)
    let wanted = targets
    let pass = try pass(for: plan)
    let isMixed = !plan.sites.isEmpty && graph.usesBatchStatistics
    let own = try measure(&targets, result, plan, pass) { progress(isMixed ? $0 / 2 : $0) }
    for (place, site) in plan.sites.enumerated() {
      let epsilon = targets.epsilons[place]
      var factors: [Double] = []
      var shifts: [Double] = []
      for unit in targets.means[place].indices {
        let deviation = targets.deviations[place][unit]
        // What never varies has nothing to scale.
        let isDead = deviation * deviation < 2 * epsilon
        let factor = isDead ? 1 : wanted.deviations[place][unit] / deviation
        let mean = targets.means[place][unit]
        factors.append(factor)
        shifts.append(
          method == .rescale ? mean - factor * mean : wanted.means[place][unit] - factor * mean)
      }
      result.fold(factors, shifts, into: site)
    }
    guard isMixed else { return result.with(statistics: own) }
    // As at the ends: without the normalizations that were folded in.
    return result.with(
      statistics: try pass.moments(of: result) { progress((1 + $0) / 2) })
  }

  private func check(_ network: Network) throws(Failure) {
    try network.checkTakes(data)
    try network.checkFinite(stop: stop)
  }

  private func pass(for plan: RepairPlan) throws(Failure) -> CalibrationPass {
    // The larger of both graphs, so that all passes have the same batches.
    try CalibrationPass(
      over: data, for: plan.observed.graph, samples: samples, pool: pool, stop: stop)
  }

  /// Puts in what units do before normalizations that give them the targets.
  ///
  /// - Returns: The statistics of the network's own batch normalizations.
  @discardableResult private func measure(
    _ targets: inout Targets, _ network: Network, _ plan: RepairPlan, _ pass: CalibrationPass,
    progress: (Double) -> Void
  ) throws(Failure) -> [Int: UnitMoments] {
    let moments = try pass.moments(
      of: plan.corrected.network(
        network, scales: targets.scales, shifts: targets.shifts, epsilons: targets.epsilons),
      keepsMean: method == .rescale ? Set(plan.corrected.nodes) : [], progress: progress)
    let sites = plan.corrected.nodes.compactMap { moments[$0] }
    targets.means = sites.map(\.means)
    targets.deviations = zip(sites, targets.epsilons).map { site, epsilon in
      site.variances.map { ($0 + epsilon).squareRoot() }
    }
    var statistics: [Int: UnitMoments] = [:]
    for node in network.graph.batchNormalizations {
      statistics[node] = moments[plan.corrected.places[node]]
    }
    return statistics
  }
}

extension Recalibration.Targets {
  /// The moments of units as targets.
  ///
  /// To variances a millionth of the layer's mean one is added, so that what hardly varies is not
  /// blown up from rounding.
  fileprivate init(of moments: [UnitMoments]) {
    epsilons = moments.map { layer in
      let mean = layer.variances.reduce(0, +) / Double(max(layer.variances.count, 1))
      return max(1e-6 * mean, 1e-30)
    }
    shifts = moments.map(\.means)
    scales = zip(moments, epsilons).map { layer, epsilon in
      layer.variances.map { ($0 + epsilon).squareRoot() }
    }
    (means, deviations) = (shifts, scales)
  }

  /// The weighted means of the ends' targets.
  fileprivate init(_ ends: [Self], _ weights: [Double]) {
    func mean(_ part: (Self) -> [[Double]]) -> [[Double]] {
      part(ends[0]).indices.map { layer in
        part(ends[0])[layer].indices.map { unit in
          weightedMean(ends.map { part($0)[layer][unit] }, weights)
        }
      }
    }
    epsilons = ends[0].epsilons.indices.map { layer in
      weightedMean(ends.map { $0.epsilons[layer] }, weights)
    }
    shifts = mean(\.shifts)
    scales = mean(\.scales)
    means = mean(\.means)
    deviations = mean(\.deviations)
  }
}

/// Σ w_i x_i; of equal numbers that number.
private func weightedMean(_ values: [Double], _ weights: [Double]) -> Double {
  if values.allSatisfy({ $0 == values[0] }) { return values[0] }
  return zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 }
}

extension Network {
  /// γ = Σ w_i |γ_i| with the sign that it has, and β = Σ w_i β_i, at a batch normalization.
  fileprivate mutating func interpolateScale(
    of node: Int, _ ends: [Network], _ weights: [Double]
  ) {
    let first = graph.firstParameter(of: node)
    for place in [first, first + 1] {
      let isScale = place == first
      let values = ends.map { $0.parameters[place].values.map(Double.init) }
      let own = parameters[place].values
      let interpolated = own.indices.map { unit -> Float in
        let mean = weightedMean(
          values.map { isScale ? abs($0[unit]) : $0[unit] }, weights)
        return Float(isScale && own[unit] < 0 ? -mean : mean)
      }
      parameters[place] = Tensor(shape: parameters[place].shape, values: interpolated)
    }
  }

  /// f y + s in place of y, for each unit of a site.
  fileprivate mutating func fold(
    _ factors: [Double], _ shifts: [Double], into site: RepairPlan.Site
  ) {
    func change(_ parameter: Int, _ body: (Double, _ unit: Int) -> Double) {
      let tensor = parameters[parameter]
      let length = tensor.count / factors.count
      parameters[parameter] = Tensor(
        shape: tensor.shape,
        values: tensor.values.enumerated().map { Float(body(Double($1), $0 / length)) })
    }
    change(site.weight) { factors[$1] * $0 }
    change(site.bias) { factors[$1] * $0 + shifts[$1] }
  }
}
