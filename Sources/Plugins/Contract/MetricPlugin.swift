import Kernel

/// A number for how good predictions are, beside loss and error.
///
/// It stands in `eval NETS… data=… metric=ID`, and in `curve` and `barrier` for the barrier of this
/// number. It must not depend on the order of the samples beyond rounding, nor on threads.
public protocol MetricPlugin: Sendable {
  /// What the metric is.
  static var card: MetricCard { get }

  init() throws(Failure)

  /// The metric of predictions.
  ///
  /// - Parameters:
  ///   - logits: Shape [samples, classes], before any softmax.
  ///   - labels: The right class of each sample.
  func value(logits: Tensor, labels: [UInt8]) throws(Failure) -> Double
}

/// What a metric says of itself.
public struct MetricCard: Hashable, Sendable {
  /// The word in `metric=ID`, in lower case with `_`.
  public var id: String
  /// One line: what it measures, without a full stop.
  public var summary: String
  /// A few sentences for the help page.
  public var description: String
  /// Changes whenever the same predictions would give another number.
  public var version: String
  /// The papers to cite, one line each.
  public var papers: [String]
  /// Whether it is a share of the samples, shown as percent.
  public var isShare: Bool
  /// Whether less is better, as with an error.
  public var isLowerBetter: Bool

  public init(
    id: String, summary: String, description: String, version: String = "1", papers: [String] = [],
    isShare: Bool = false, isLowerBetter: Bool = true
  ) {
    self.id = id
    self.summary = summary
    self.description = description
    self.version = version
    self.papers = papers
    self.isShare = isShare
    self.isLowerBetter = isLowerBetter
  }
}

/// A metric as a session knows it, whatever it is written in.
public struct PredictionMetric: Sendable {
  public let card: MetricCard
  /// The file it came in.
  public var origin: PluginOrigin?
  private let measure: @Sendable (Tensor, [UInt8], StopSignal) throws(Failure) -> Double

  public init(_ type: any MetricPlugin.Type) {
    self.init(card: type.card) { logits, labels, _ throws(Failure) in
      try type.init().value(logits: logits, labels: labels)
    }
  }

  /// A metric that looks at a stop signal while it works, as one in another process does.
  public init(
    card: MetricCard,
    measure: @escaping @Sendable (Tensor, [UInt8], StopSignal) throws(Failure) -> Double
  ) {
    self.card = card
    self.measure = measure
  }

  public var id: String { card.id }

  /// Id and version, as receipts name it.
  public var version: String { "\(card.id) \(card.version)" }

  /// How its numbers are read.
  public var traits: MetricTraits {
    MetricTraits(id: id, isShare: card.isShare, isLowerBetter: card.isLowerBetter)
  }

  /// The metric of predictions: logits of shape [samples, classes], and the right classes.
  ///
  /// - Throws: `notFinite` where it gives no number; `stopped` where it was stopped before it had
  ///   one; what the metric itself throws, with its name.
  public func value(
    logits: Tensor, labels: [UInt8], stop: StopSignal = StopSignal()
  ) throws(Failure) -> Double {
    let value: Double
    do throws(Failure) { value = try measure(logits, labels, stop) } catch {
      throw Failure(error.code, "the metric `\(id)`: \(error.message)", notes: error.notes)
    }
    guard value.isFinite else { throw Failure(.notFinite, "the metric `\(id)` gave \(value)") }
    return value
  }
}
