/// What a curve was recalibrated with, and what it was before.
public struct CurveRecalibration: Hashable, Sendable {
  public var method: RecalibrationMethod
  /// The name of the data whose units were looked at.
  public var dataName: String
  /// The scores at the same points as they were before.
  public var scoresBefore: [Score]
  /// The metrics beside loss and error before.
  public var metricsBefore: [MetricLine]

  public init(
    method: RecalibrationMethod, dataName: String, scoresBefore: [Score],
    metricsBefore: [MetricLine] = []
  ) {
    self.method = method
    self.dataName = dataName
    self.scoresBefore = scoresBefore
    self.metricsBefore = metricsBefore
  }
}

extension Curve {
  /// The curve without recalibration; nothing where there was none.
  public var before: Curve? {
    recalibration.map {
      Curve(
        alphas: alphas, scores: $0.scoresBefore, metrics: $0.metricsBefore, dataName: dataName)
    }
  }

  /// The same line with every point recalibrated, the ends too, scored on the same data.
  ///
  /// - Parameters:
  ///   - ends: The networks at α = 1 and at α = 0, as `recalibration` measured them.
  ///   - networks: The same as they are blended.
  ///   - visit: Takes each point's network and its place, in order.
  ///   - progress: Takes the share of the points.
  public func recalibrated(
    by recalibration: Recalibration, between networks: (Network, Network),
    _ ends: (Recalibration.End, Recalibration.End), on data: DataSet, pool: WorkPool = .shared,
    stop: StopSignal = StopSignal(), progress: (Double) -> Void = { _ in },
    visit: (Network) throws(Failure) -> Void = { _ throws(Failure) in }
  ) throws(Failure) -> Curve {
    var result = self
    result.recalibration = CurveRecalibration(
      method: recalibration.method, dataName: recalibration.data.name, scoresBefore: scores,
      metricsBefore: metrics)
    result.metrics = []
    for (place, alpha) in alphas.enumerated() {
      let network =
        switch alpha {
        case 1: ends.0.network
        case 0: ends.1.network
        default:
          try recalibration.recalibrated(
            networks.0.blended(with: networks.1, at: alpha, stop: stop),
            between: [ends.0, ends.1], weights: [alpha, 1 - alpha]
          ) { progress((Double(place) + $0) / Double(alphas.count)) }
        }
      result.scores[place] = try network.score(on: data, pool: pool, stop: stop)
      try visit(network)
      progress(Double(place + 1) / Double(alphas.count))
    }
    return result
  }
}

extension Barrier {
  /// The barrier without recalibration; nothing where there was none.
  public var before: Barrier? { curve.before.map { Barrier(curve: $0, baseline: baseline) } }
}
