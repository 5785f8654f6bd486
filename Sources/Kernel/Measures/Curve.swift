/// Loss and error along the straight line between two networks.
public struct Curve: Hashable, Sendable {
  /// The weight of the first network at each point, rising from 0 to 1.
  public var alphas: [Double]
  public var scores: [Score]
  /// The metrics beside loss and error that were asked for.
  public var metrics: [MetricLine]
  /// What its points were recalibrated with before they were scored, and what they were before.
  public var recalibration: CurveRecalibration?
  /// The name of the data set it was measured on.
  public var dataName: String

  public init(
    alphas: [Double], scores: [Score], metrics: [MetricLine] = [], dataName: String
  ) {
    self.alphas = alphas
    self.scores = scores
    self.metrics = metrics
    self.dataName = dataName
  }

  /// `count` points from 0 to 1 with equal steps; `count` odd and at least 3, so that ½ is one.
  public static func grid(points count: Int) throws(Failure) -> [Double] {
    guard count >= 3, count % 2 == 1 else {
      throw Failure(
        .badData, "`points` must be an odd number of at least 3, and is \(count)",
        notes: ["an odd grid holds the midpoint"])
    }
    return (0..<count).map { Double($0) / Double(count - 1) }
  }

  /// The score at α = 1, the first network's.
  public var first: Score { scores[scores.count - 1] }
  /// The score at α = 0, the second network's.
  public var second: Score { scores[0] }
  /// The score at the midpoint.
  public var midpoint: Score { scores[scores.count / 2] }
}

/// What a barrier is measured from.
public enum BarrierBaseline: String, Hashable, Sendable, CaseIterable {
  /// αL(θ1) + (1 − α)L(θ2), the line between the ends (Entezari et al. 2022, Eq. 1).
  case line
  /// The mean of the two ends' values at every α (Frankle et al. 2020).
  case mean
}

/// The barrier of one metric along a curve.
public struct BarrierHeight: Hashable, Sendable {
  /// The largest rise over the baseline; never negative with the baseline `line`.
  public var height: Double
  /// Where it is: the weight of the first network.
  public var alpha: Double
}

extension Curve {
  /// B = max over α of L(αθ1 + (1 − α)θ2) − αL(θ1) − (1 − α)L(θ2).
  ///
  /// Equation 1 of Entezari et al. (2022).
  ///
  /// Of several equal maxima the one nearest ½ counts, then the smaller α.
  public func barrier(_ metric: Metric, baseline: BarrierBaseline = .line) -> BarrierHeight {
    let losses = scores.map(\.loss)
    return highest { place in
      metric == .error
        ? errorRise(at: place, over: baseline) : rise(at: place, of: losses, over: baseline)
    }
  }

  /// The largest height; of several equal ones that nearest ½, then at the smaller α.
  func highest(_ height: (Int) -> Double) -> BarrierHeight {
    var best = BarrierHeight(height: -.infinity, alpha: 0)
    for (place, alpha) in alphas.enumerated() {
      let height = height(place)
      let isNearer = abs(alpha - 0.5) < abs(best.alpha - 0.5)
      if height > best.height || (height == best.height && isNearer) {
        best = BarrierHeight(height: height, alpha: alpha)
      }
    }
    return best
  }

  /// - Parameter values: One for each point.
  func rise(at place: Int, of values: [Double], over baseline: BarrierBaseline) -> Double {
    let alpha = alphas[place]
    let (first, second) = (values[values.count - 1], values[0])
    switch baseline {
    case .line:
      // At the ends the difference is zero by definition; rounding must not say otherwise.
      if alpha == 0 || alpha == 1 { return 0 }
      // Written as a blend, so that two equal ends give exactly their own value.
      return values[place] - (second + alpha * (first - second))
    case .mean: return values[place] - 0.5 * (first + second)
    }
  }

  /// The rise of the error, from the counts: rounded once, so that equal rises are equal numbers.
  private func errorRise(at place: Int, over baseline: BarrierBaseline) -> Double {
    let (here, atFirst, atSecond) = (
      scores[place].errorCount, first.errorCount, second.errorCount
    )
    guard let unit = errorUnit(baseline) else {
      let line = Double(atSecond) + alphas[place] * Double(atFirst - atSecond)
      return (Double(here) - line) / Double(max(first.count, 1))
    }
    let steps = alphas.count - 1
    let rise =
      baseline == .mean
      ? 2 * here - atFirst - atSecond
      : steps * (here - atSecond) - place * (atFirst - atSecond)
    return Double(rise) / Double(unit)
  }

  /// The number of which every error barrier here is a whole multiple of the inverse; `nil` where
  /// the steps are not equal.
  func errorUnit(_ baseline: BarrierBaseline) -> Int? {
    if baseline == .mean { return 2 * max(first.count, 1) }
    let steps = alphas.count - 1
    let isGrid = alphas.enumerated().allSatisfy { $1 == Double($0) / Double(steps) }
    return isGrid ? steps * max(first.count, 1) : nil
  }
}

/// The barriers of both metrics between two networks, with what they were measured on.
public struct Barrier: Hashable, Sendable {
  public var curve: Curve
  public var baseline: BarrierBaseline

  public init(curve: Curve, baseline: BarrierBaseline = .line) {
    self.curve = curve
    self.baseline = baseline
  }

  /// The number of which `error.height` is a whole multiple of the inverse, where there is one.
  public var errorUnit: Int? { curve.errorUnit(baseline) }

  public var error: BarrierHeight { curve.barrier(.error, baseline: baseline) }
  public var loss: BarrierHeight { curve.barrier(.loss, baseline: baseline) }
}
