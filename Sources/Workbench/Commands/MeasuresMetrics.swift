import Contract
import Kernel

/// The metrics of plugins that a call asks for, measured the plain way: all logits of one network at
/// a time, in blocks that no number of threads changes.
struct AskedMetrics {
  private let metrics: [PredictionMetric]
  private let data: DataSet
  private let call: Invocation

  /// - Throws: `outOfMemory` where the logits do not fit.
  init(_ call: Invocation, on data: DataSet, classes: Int) throws(Failure) {
    self.call = call
    self.data = data
    let words = call.value("metric")?.content.words ?? []
    metrics = words.map { word in
      guard let metric = call.session.lexicon.metric(word) else {
        preconditionFailure("the metric `\(word)` was not looked for before the call")
      }
      return metric
    }
    guard !metrics.isEmpty else { return }
    try Memory.check(
      Memory.bytes(MemoryLayout<Float>.size, data.count, classes),
      for: "the logits of \(data.count) samples in \(classes) classes",
      advice: "measure on fewer samples, as `split` makes them")
    for metric in metrics { call.record(PluggedPart(.metric, metric.version)) }
  }

  var isEmpty: Bool { metrics.isEmpty }

  /// The metrics of one network.
  func figures(of network: Network) throws(Failure) -> [MetricFigure] {
    guard !isEmpty else { return [] }
    let logits = try network.logits(on: data, pool: call.pool, stop: call.stop)
    var figures: [MetricFigure] = []
    for metric in metrics {
      if call.stop.isRaised { throw Self.stopped }
      figures.append(
        MetricFigure(
          traits: metric.traits,
          value: try PluginCrash.blaming(
            metric.origin?.name, session: call.session.journal?.place.name
          ) { () throws(Failure) in
            try metric.value(logits: logits, labels: data.labels, stop: call.stop)
          }))
    }
    return figures
  }

  /// The metrics along the line between two networks: of their weighted mean at each α.
  ///
  /// - Parameter noteProgress: Takes the share of the line that is done.
  func lines(
    from first: Network, to second: Network, alphas: [Double], noteProgress: (Double) -> Void
  ) throws(Failure) -> [MetricLine] {
    var lines = metrics.map { MetricLine($0.traits, values: []) }
    guard !isEmpty else { return [] }
    for (point, alpha) in alphas.enumerated() {
      if call.stop.isRaised { throw Self.stopped }
      do throws(Failure) {
        let figures = try figures(
          of: first.blended(with: second, at: alpha, stop: call.stop))
        for place in lines.indices { lines[place].values.append(figures[place].value) }
      } catch {
        throw error.code == .stopped
          ? Self.stopped : error.about("at alpha \(Content.significant(alpha))")
      }
      noteProgress(Double(point + 1) / Double(alphas.count))
    }
    return lines
  }

  private static let stopped = Failure(
    .stopped, "the metrics were stopped before every point was measured")
}

/// What a picture of a curve is drawn in: a metric of its own, or one of a plugin.
enum CurveMetric: Hashable, Sendable {
  case own(Metric)
  case plugged(String)

  static let ownWords = ["error", "loss"]

  init(_ word: String) { self = Metric(rawValue: word).map { .own($0) } ?? .plugged(word) }

  /// What it is called.
  var name: String {
    switch self {
    case .own(let metric): metric.rawValue
    case .plugged(let id): id
    }
  }

  /// Its values along a curve.
  ///
  /// - Throws: `unknownMember` where the curve was measured without it.
  func values(of curve: Curve) throws(Failure) -> [Double] {
    switch self {
    case .own(let metric): return curve.scores.map { $0.value(of: metric) }
    case .plugged(let id): return try Self.line(id, of: curve).values
    }
  }

  /// Its barrier along a curve.
  func height(of barrier: Barrier) throws(Failure) -> BarrierHeight {
    switch self {
    case .own(.error): return barrier.error
    case .own(.loss): return barrier.loss
    case .plugged(let id):
      let line = try Self.line(id, of: barrier.curve)
      return barrier.curve.barrier(of: line, baseline: barrier.baseline)
    }
  }

  /// What its values along a curve measure.
  func isShare(in curve: Curve) -> Bool {
    switch self {
    case .own(let metric): metric == .error
    case .plugged(let id): curve.metric(id)?.traits.isShare ?? false
    }
  }

  private static func line(_ id: String, of curve: Curve) throws(Failure) -> MetricLine {
    if let line = curve.metric(id) { return line }
    throw Failure(
      .unknownMember, "this curve was measured without `\(id)`",
      notes: ["`curve A B data=… metric=\(id)` measures it, and so does `barrier`"])
  }
}
