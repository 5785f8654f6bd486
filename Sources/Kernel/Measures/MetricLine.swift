/// How a metric beside loss and error is called and read, as the values that hold it keep it.
public struct MetricTraits: Hashable, Sendable {
  /// The word in `metric=ID`.
  public var id: String
  /// Whether it is a share of the samples, so that a difference of two is in points.
  public var isShare: Bool
  /// Whether less is better, so that a barrier is a rise and not a fall.
  public var isLowerBetter: Bool

  public init(id: String, isShare: Bool = false, isLowerBetter: Bool = true) {
    self.id = id
    self.isShare = isShare
    self.isLowerBetter = isLowerBetter
  }
}

/// A metric beside loss and error along a curve.
public struct MetricLine: Hashable, Sendable {
  public var traits: MetricTraits
  /// The metric at each of the curve's points.
  public var values: [Double]

  public init(_ traits: MetricTraits, values: [Double]) {
    self.traits = traits
    self.values = values
  }
}

extension Curve {
  /// The metric of that id along the curve; `nil` where it was not measured.
  public func metric(_ id: String) -> MetricLine? { metrics.first { $0.traits.id == id } }

  /// The largest rise of a metric over the baseline, as Equation 1 has it for the loss; where more is
  /// better, the largest fall below it.
  public func barrier(
    of line: MetricLine, baseline: BarrierBaseline = .line
  ) -> BarrierHeight {
    highest { place in
      let rise = rise(at: place, of: line.values, over: baseline)
      return line.traits.isLowerBetter ? rise : 0 - rise
    }
  }
}

extension Barrier {
  /// The barrier of the metric of that id; `nil` where it was not measured.
  public func metric(_ id: String) -> BarrierHeight? {
    curve.metric(id).map { curve.barrier(of: $0, baseline: baseline) }
  }
}
