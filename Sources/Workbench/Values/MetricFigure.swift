import Contract
import Kernel

/// What a plugin's metric says of one network.
struct MetricFigure: Hashable, Sendable {
  var traits: MetricTraits
  var value: Double
}

/// The parts that a metric has in scores, curves and barriers.
enum MetricPart {
  /// All that a metric's parts may be called; not every value has all of them.
  static func names(of id: String) -> [String] { [id, alpha(id), spread(id), indirect(id)] }

  /// Whether a word has the form of a part that is named after a metric.
  static func isDerived(_ word: String) -> Bool {
    word.hasSuffix(alpha("")) || word.hasSuffix(spread("")) || word.hasPrefix(indirect(""))
  }

  static func alpha(_ id: String) -> String { id + "_alpha" }
  static func spread(_ id: String) -> String { id + "_spread" }
  static func indirect(_ id: String) -> String { "indirect_" + id }
}

extension MetricTraits {
  /// A value of the metric.
  func content(_ value: Double) -> Content { isShare ? .share(value) : .real(value) }

  /// A difference of two values, such as a barrier.
  func difference(_ value: Double) -> Content { isShare ? .points(value) : .real(value) }

  /// A column of its values.
  func column(group: String? = nil, isMarked: Bool = false) -> Table.Column {
    .init(
      id, isShare ? .share : .real, group: group,
      best: isMarked ? isLowerBetter ? .lowest : .highest : nil)
  }

  /// A column of barriers.
  func barrierColumn(_ name: String) -> Table.Column {
    .init(name, isShare ? .points : .real, best: .lowest)
  }
}

extension Content {
  /// What `metric=` added to a score, a curve or a barrier, by the names of its parts.
  var metricParts: [(name: String, content: Content)] {
    switch self {
    case .score(let score): score.metrics.map { ($0.traits.id, $0.traits.content($0.value)) }
    case .curve(let curve): curve.metrics.map { ($0.traits.id, Self.numbers(of: $0)) }
    case .barrier(let barrier): barrier.metrics.flatMap { Self.parts(of: $0, in: barrier) }
    default: []
    }
  }

  /// The failure of asking for a metric that was not measured; `nil` for all other parts.
  func lackOfMetric(_ name: String, _ lexicon: Lexicon) -> Failure? {
    guard [.score, .curve, .barrier].contains(kind), lexicon.isMetricPart(name),
      !memberNames.contains(name)
    else { return nil }
    let isMeasured = metricParts.contains { MetricPart.names(of: $0.name).contains(name) }
    return Failure(
      .unknownMember,
      isMeasured
        ? "`\(name)` takes a barrier between three networks or more"
        : "`\(name)` was not measured for this \(kind.rawValue)",
      notes: ["`metric=` says what is measured besides loss and error"])
  }

  private static func numbers(of line: MetricLine) -> Content {
    .list(
      line.values.map { value in
        let content = line.traits.content(value)
        return Value(content, .typed(content.sourceText ?? "nothing"))
      })
  }

  private static func parts(
    of traits: MetricTraits, in barrier: BarrierValue
  ) -> [(name: String, content: Content)] {
    let heights = barrier.heights(of: traits.id)
    var parts = [
      (traits.id, traits.difference(mean(heights.map(\.height)))),
      (MetricPart.alpha(traits.id), Content.real(heights[0].alpha)),
    ]
    if let spread = barrier.spread(ofMetric: traits.id) {
      parts.append((MetricPart.spread(traits.id), traits.difference(spread)))
    }
    if let indirect = barrier.indirect(ofMetric: traits.id) {
      parts.append((MetricPart.indirect(traits.id), traits.difference(mean(indirect))))
    }
    return parts
  }
}
