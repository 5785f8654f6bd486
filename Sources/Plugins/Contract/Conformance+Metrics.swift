import Kernel

// What metrics of others must do.
extension Conformance {
  /// One thing that a metric must do.
  public struct MetricCheck: Sendable {
    /// A few words, such as `gives the same number again`.
    public let name: String
    private let run: @Sendable (PredictionMetric, StopSignal) throws(Failure) -> [String]

    init(
      _ name: String,
      _ run: @escaping @Sendable (PredictionMetric, StopSignal) throws(Failure) -> [String]
    ) {
      self.name = name
      self.run = run
    }

    /// What is wrong, a sentence each; nothing where the metric does as it must.
    ///
    /// - Parameter stop: Raised when somebody wants the check to end; that is then what it complains
    ///   of.
    public func complaints(
      about metric: PredictionMetric, stop: StopSignal = StopSignal()
    ) -> [String] {
      do throws(Failure) { return try run(metric, stop) } catch {
        return [stop.isRaised ? Conformance.stopped.message : error.message]
      }
    }
  }

  /// Every check of a metric.
  public static let metricChecks: [MetricCheck] = [
    MetricCheck("describes itself") { metric, _ in complaints(aboutCardOf: metric) },
    MetricCheck("gives a number for any predictions") { metric, stop throws(Failure) in
      var complaints: [String] = []
      for predictions in Predictions.all {
        do throws(Failure) { _ = try predictions.value(of: metric, stop) } catch {
          guard !stop.isRaised else { throw stopped }
          complaints.append("for \(predictions.name): \(error.message)")
        }
      }
      return complaints
    },
    MetricCheck("gives the same number again") { metric, stop throws(Failure) in
      let predictions = Predictions.usual
      let values = [
        try predictions.value(of: metric, stop), try predictions.value(of: metric, stop),
      ]
      return values[0].bitPattern == values[1].bitPattern
        ? [] : ["first \(values[0]), then \(values[1])"]
    },
    MetricCheck("does not depend on the order of samples") { metric, stop throws(Failure) in
      let predictions = Predictions.usual
      let (there, back) = (
        try predictions.value(of: metric, stop), try predictions.reversed.value(of: metric, stop)
      )
      // Sums in another order are rounded otherwise.
      return abs(there - back) <= 1e-6 * max(abs(there), abs(back), 1)
        ? [] : ["\(there) in one order, \(back) in the other"]
    },
  ]
}

/// Predictions to try a metric on.
private struct Predictions {
  var name: String
  var logits: [[Float]]
  var labels: [UInt8]

  func value(of metric: PredictionMetric, _ stop: StopSignal) throws(Failure) -> Double {
    try metric.value(
      logits: Tensor(shape: [logits.count, logits[0].count], values: logits.flatMap(\.self)),
      labels: labels, stop: stop)
  }

  var reversed: Predictions {
    Predictions(name: name, logits: logits.reversed(), labels: labels.reversed())
  }

  /// 40 samples of 5 classes, drawn from a seed.
  static let usual: Predictions = {
    var stream = RandomStream(seed: 3, name: "predictions for a check")
    let logits = (0..<40).map { _ in (0..<5).map { _ in Float(3 * stream.nextNormalPair().0) } }
    return Predictions(
      name: "drawn predictions", logits: logits, labels: (0..<40).map { UInt8($0 % 5) })
  }()

  static let all = [
    usual,
    Predictions(name: "one sample of one class", logits: [[2]], labels: [0]),
    Predictions(name: "equal logits", logits: [[0, 0], [0, 0]], labels: [0, 1]),
    Predictions(
      name: "logits of 1000", logits: [[1000, -1000], [-1000, 1000]], labels: [0, 0]),
  ]
}
