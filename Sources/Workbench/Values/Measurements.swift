import Kernel

/// The mean of at least one number.
///
/// - Parameter unit: Where every number is a whole multiple of its inverse, as shares of a count
///   are, the sum is taken in whole numbers: 13 and 13 thousandths have the mean 0.013.
func mean(_ values: [Double], unit: Int? = nil) -> Double {
  guard let unit else { return Statistics.mean(values) }
  let sum = values.reduce(0) { $0 + ($1 * Double(unit)).rounded() }
  return sum / (Double(unit) * Double(values.count))
}

/// How much worse the line between networks is than its ends.
///
/// Between more than two networks the numbers are means over all pairs.
struct BarrierValue: Hashable, Sendable {
  /// One entry per pair, in the order 1-2, 1-3, …, 2-3, …; never empty.
  var pairs: [Pair]

  /// The barrier of one pair.
  struct Pair: Hashable, Sendable {
    /// The places of the two networks, from 1.
    var first: Int
    var second: Int
    var barrier: Barrier

    init(_ first: Int, _ second: Int, _ barrier: Barrier) {
      self.first = first
      self.second = second
      self.barrier = barrier
    }
  }

  init(pairs: [Pair]) {
    precondition(!pairs.isEmpty, "a barrier between no networks")
    self.pairs = pairs
  }

  /// The barrier between two networks.
  init(_ barrier: Barrier) { self.init(pairs: [Pair(1, 2, barrier)]) }

  /// The mean over the pairs, a difference of shares.
  var error: Double { mean(pairs.map(\.barrier.error.height), unit: pairs[0].barrier.errorUnit) }
  /// The mean over the pairs.
  var loss: Double { mean(pairs.map(\.barrier.loss.height)) }
  /// The sample standard deviation over the pairs; `nil` of one pair.
  func spread(of metric: Metric) -> Double? {
    guard pairs.count > 1 else { return nil }
    let (mean, heights) =
      metric == .error
      ? (error, pairs.map(\.barrier.error.height)) : (loss, pairs.map(\.barrier.loss.height))
    return Statistics.deviation(heights, around: mean)
  }

  /// For each pair (A, C) the lowest barrier by way of a third network; `nil` between two networks.
  ///
  /// The least over B ≠ A, C of max(B(A, B), B(B, C)): Appendix E.3 of Entezari et al. (2022).
  func indirect(_ metric: Metric) -> [Double]? {
    Self.indirect(
      pairs.map { pair in
        (
          pair.first, pair.second,
          metric == .error ? pair.barrier.error.height : pair.barrier.loss.height
        )
      })
  }

  /// The same of barriers in any order; `nil` where a pair has no way by a third network.
  ///
  /// - Parameter barriers: Two networks, counted from 1, and the barrier between them.
  static func indirect(
    _ barriers: [(first: Int, second: Int, height: Double)]
  ) -> [Double]? {
    let count = barriers.map { max($0.first, $0.second) }.max() ?? 0
    var heights = [[Double]](repeating: [Double](repeating: .infinity, count: count), count: count)
    for barrier in barriers {
      heights[barrier.first - 1][barrier.second - 1] = barrier.height
      heights[barrier.second - 1][barrier.first - 1] = barrier.height
    }
    let lowest = barriers.map { barrier in
      let (a, c) = (barrier.first - 1, barrier.second - 1)
      return (0..<count).filter { $0 != a && $0 != c }
        .map { max(heights[a][$0], heights[$0][c]) }.min() ?? .infinity
    }
    return lowest.allSatisfy(\.isFinite) ? lowest : nil
  }

  /// The mean over the pairs of the lowest barrier by way of a third network.
  func indirectMean(_ metric: Metric) -> Double? {
    indirect(metric).map { mean($0, unit: metric == .error ? pairs[0].barrier.errorUnit : nil) }
  }

  // MARK: - Metrics of plugins

  /// The metrics that were measured beside loss and error.
  var metrics: [MetricTraits] { pairs[0].barrier.curve.metrics.map(\.traits) }

  /// The barrier of a metric between each pair; empty where it was not measured.
  func heights(of id: String) -> [BarrierHeight] { pairs.compactMap { $0.barrier.metric(id) } }

  /// The sample standard deviation over the pairs; `nil` of one pair.
  func spread(ofMetric id: String) -> Double? {
    let heights = heights(of: id).map(\.height)
    return heights.count > 1 ? Statistics.deviation(heights, around: mean(heights)) : nil
  }

  /// For each pair the lowest barrier by way of a third network; `nil` between two networks.
  func indirect(ofMetric id: String) -> [Double]? {
    Self.indirect(zip(pairs, heights(of: id)).map { ($0.first, $0.second, $1.height) })
  }

  // MARK: - What was measured

  /// What every point was recalibrated with before it was scored.
  var recalibration: CurveRecalibration? { pairs[0].barrier.curve.recalibration }
  /// The same without it; nothing where nothing was recalibrated.
  var before: BarrierValue? {
    let before = pairs.compactMap { pair in
      pair.barrier.before.map { Pair(pair.first, pair.second, $0) }
    }
    return before.count == pairs.count ? BarrierValue(pairs: before) : nil
  }

  /// The name of the data it was measured on.
  var dataName: String { pairs[0].barrier.curve.dataName }
  /// How many points the grid has.
  var pointCount: Int { pairs[0].barrier.curve.alphas.count }
  /// What is subtracted.
  var baseline: BarrierBaseline { pairs[0].barrier.baseline }

  /// One row for each pair.
  var pairTable: Table {
    var table = Table(
      columns: [
        .init("first", .integer), .init("second", .integer),
        .init("error", .points, best: .lowest), .init("error_alpha", .real),
        .init("loss", .real, best: .lowest), .init("loss_alpha", .real),
      ],
      rows: pairs.map { pair in
        let error = pair.barrier.error
        let loss = pair.barrier.loss
        return [
          .integer(pair.first), .integer(pair.second), .real(error.height), .real(error.alpha),
          .real(loss.height), .real(loss.alpha),
        ]
      })
    if before != nil {
      table.notes += [recalibration.map { "recalibrated: \($0.words)" }].compactMap(\.self)
      table.columns += [.init("error_before", .points), .init("loss_before", .real)]
      for (row, pair) in pairs.enumerated() {
        let (error, loss) = (pair.barrier.before?.error, pair.barrier.before?.loss)
        table.rows[row] += [error, loss].map { $0.map { .real($0.height) } ?? .empty }
      }
    }
    if let errors = indirect(.error), let losses = indirect(.loss) {
      table.columns.append(.init("indirect_error", .points, best: .lowest))
      table.columns.append(.init("indirect_loss", .real, best: .lowest))
      for row in table.rows.indices { table.rows[row] += [.real(errors[row]), .real(losses[row])] }
    }
    for traits in metrics {
      table.add(traits, heights(of: traits.id), indirect(ofMetric: traits.id))
    }
    return table
  }
}

extension Table {
  /// Adds the columns of a metric's barriers, one row for each pair.
  fileprivate mutating func add(
    _ traits: MetricTraits, _ heights: [BarrierHeight], _ indirect: [Double]?
  ) {
    columns += [traits.barrierColumn(traits.id), .init(MetricPart.alpha(traits.id), .real)]
    if indirect != nil { columns.append(traits.barrierColumn(MetricPart.indirect(traits.id))) }
    for row in rows.indices {
      rows[row] += [.real(heights[row].height), .real(heights[row].alpha)]
      if let indirect { rows[row].append(.real(indirect[row])) }
    }
  }
}

/// How well a network does on a data set.
struct ScoreValue: Hashable, Sendable {
  var score: Score
  /// The name of the data it was measured on.
  var dataName: String
  /// The expected calibration error, where it was asked for.
  var ece: Double?
  /// The metrics of plugins that were asked for.
  var metrics: [MetricFigure]

  init(
    _ score: Score, dataName: String, ece: Double? = nil, metrics: [MetricFigure] = []
  ) {
    self.metrics = metrics
    self.score = score
    self.dataName = dataName
    self.ece = ece
  }

  /// Mean cross-entropy.
  var loss: Double { score.loss }
  /// Share of samples classified wrongly.
  var error: Double { score.error }
  /// Share of samples classified rightly.
  var accuracy: Double { score.accuracy }
  /// How many samples were scored.
  var count: Int { score.count }
}
