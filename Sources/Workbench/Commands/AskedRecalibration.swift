import Contract
import Kernel

/// What `recalibrate=` and `calibrate=` of a call ask for.
///
/// Belongs to one call, and keeps what it measured of the networks that others are between.
final class AskedRecalibration {
  let recalibration: Recalibration
  private let call: Invocation
  private var hasTold = false
  /// The last used last.
  private var kept: [(network: Network, end: Recalibration.End)] = []
  /// More networks than a comparison has at once; each is as large as a network.
  private static let mostKept = 8

  var method: RecalibrationMethod { recalibration.method }
  /// `repair on train`.
  var words: String { "\(method.rawValue) on \(recalibration.data.name)" }

  /// Nothing where nothing is asked for.
  ///
  /// Without `calibrate=` the networks run over the data of the searches whose results are given, and
  /// where there are none over what is measured on; a note says so.
  ///
  /// - Parameter measured: What is measured on, if anything is.
  convenience init?(_ call: Invocation, measured: DataSet?) throws(Failure) {
    guard let method = RecalibrationMethod(rawValue: call.text("recalibrate")) else {
      guard call.dataIfGiven("calibrate") == nil else {
        throw Failure(
          .incompatible, "`calibrate=` is for recalibrate=statistics, repair or rescale",
          notes: ["without it networks are measured as they are"])
      }
      return nil
    }
    let searched = call.rest.lazy.compactMap { $0.content.dataOfSearch }.first
    guard let data = call.dataIfGiven("calibrate") ?? searched ?? measured else {
      throw Failure(
        .missingArgument, "`recalibrate=\(method.rawValue)` needs data to run networks over",
        notes: ["give calibrate=DATA: what the networks were trained on"])
    }
    self.init(method, on: data, call)
    if call.dataIfGiven("calibrate") == nil {
      call.note(
        searched == nil
          ? "recalibrated on \(data.name), which is measured on, too: calibrate=DATA takes others"
          : "recalibrated on \(data.name), the data of the search")
    }
  }

  init(_ method: RecalibrationMethod, on data: DataSet, samples: Int? = nil, _ call: Invocation) {
    self.call = call
    recalibration = Recalibration(
      method, on: data, samples: samples, pool: call.pool, stop: call.stop)
  }

  /// Whether networks of that structure can change; says so where they cannot.
  func changes(_ graph: Graph) -> Bool {
    if recalibration.changes(graph) { return true }
    if !hasTold {
      call.note("`statistics` changes nothing in a network without batch normalization")
    }
    hasTold = true
    return false
  }

  /// Measures networks that others are between.
  ///
  /// - Parameter share: The part of the progress that this takes.
  func ends(
    _ networks: [Network], share: ClosedRange<Double> = 0...1
  ) throws(Failure) -> [Recalibration.End] {
    var ends: [Recalibration.End] = []
    for (place, network) in networks.enumerated() {
      let end = try measured(network) { done in
        let whole = (Double(place) + done) / Double(networks.count)
        report(share.lowerBound + whole * (share.upperBound - share.lowerBound))
      }
      ends.append(end)
    }
    return ends
  }

  private func measured(
    _ network: Network, progress: (Double) -> Void
  ) throws(Failure) -> Recalibration.End {
    let place = kept.firstIndex {
      $0.network.graph == network.graph && $0.network.parameters == network.parameters
    }
    if let place {
      let known = kept.remove(at: place)
      kept.append(known)
      return known.end
    }
    let end = try recalibration.end(network, progress: progress)
    kept.append((network, end))
    if kept.count > Self.mostKept { kept.removeFirst() }
    return end
  }

  /// A network whose ends count so much.
  ///
  /// - Parameter average: The network as it is; the mean of the ends where nothing is given.
  func average(
    of networks: [Network], weights: [Double]? = nil, as average: Network? = nil
  ) throws(Failure) -> Network {
    let average = average ?? Network.average(of: networks)
    guard changes(average.graph) else { return average }
    let share = Double(1) / Double(networks.count)
    let weights = weights ?? networks.map { _ in share }
    let ends = method == .statistics ? [] : try ends(networks, share: 0...0.7)
    return try recalibration.recalibrated(
      average, between: ends, weights: method == .statistics ? [] : weights
    ) { report(0.7 + 0.3 * $0) }.recalibrated(by: words)
  }

  /// A curve with every point recalibrated, and what it was before.
  func curve(
    _ curve: Curve, between networks: (Network, Network),
    _ ends: (Recalibration.End, Recalibration.End), on data: DataSet, metrics: AskedMetrics?,
    progress: (Double) -> Void
  ) throws(Failure) -> Curve {
    var lines = curve.metrics.map { MetricLine($0.traits, values: []) }
    var result = try curve.recalibrated(
      by: recalibration, between: networks, ends, on: data, pool: call.pool, stop: call.stop,
      progress: progress
    ) { network throws(Failure) in
      let figures = try metrics?.figures(of: network) ?? []
      for place in lines.indices { lines[place].values.append(figures[place].value) }
    }
    result.metrics = lines
    return result
  }

  /// The same of networks that it changes nothing in.
  func unchanged(_ curve: Curve) -> Curve {
    var result = curve
    result.recalibration = CurveRecalibration(
      method: method, dataName: recalibration.data.name, scoresBefore: curve.scores,
      metricsBefore: curve.metrics)
    return result
  }

  private func report(_ share: Double) {
    call.progress.report(ProgressReport(share: share, facts: [.init("recalibrating", "")]))
  }
}

extension Content {
  /// The data that a search was given, of a result or the first in a list that has some.
  fileprivate var dataOfSearch: DataSet? {
    switch self {
    case .result(let result): result.data
    case .list(let values): values.lazy.compactMap { $0.content.dataOfSearch }.first
    default: nil
    }
  }
}

extension Network {
  private static let recalibratedFact = "recalibrated"

  /// Whether it was put right by `recalibrate=`.
  var isRecalibrated: Bool { facts.contains { $0.name == Self.recalibratedFact } }

  /// The network with one more line of history.
  fileprivate func recalibrated(by words: String) -> Network {
    var result = self
    result.facts.append(Fact(Self.recalibratedFact, words))
    return result
  }
}
