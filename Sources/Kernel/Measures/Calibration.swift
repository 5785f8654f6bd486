/// How well stated confidence agrees with being right: predictions counted in equal-width bins of
/// their confidence.
///
/// Guo, Pleiss, Sun, Weinberger (2017), On Calibration of Modern Neural Networks, Section 2. Bin m
/// of M holds the confidences in ((m − 1)/M, m/M]; a confidence of 0 lies in the first.
public struct Calibration: Hashable, Sendable {
  /// From the lowest confidence to the highest.
  public private(set) var bins: [Bin]

  /// The predictions of one bin.
  public struct Bin: Hashable, Sendable {
    public var count = 0
    public var rightCount = 0
    public var confidenceSum = 0.0
  }

  /// No predictions yet, in `binCount` bins.
  public init(binCount: Int) {
    precondition(binCount >= 1, "a calibration with \(binCount) bins")
    bins = [Bin](repeating: Bin(), count: binCount)
  }

  /// Counts one prediction.
  ///
  /// - Parameter confidence: What the predicted class is given, 0...1.
  public mutating func add(confidence: Double, isRight: Bool) {
    let place = Int((confidence * Double(bins.count)).rounded(.up)) - 1
    let bin = min(max(place, 0), bins.count - 1)
    bins[bin].count += 1
    bins[bin].rightCount += isRight ? 1 : 0
    bins[bin].confidenceSum += confidence
  }

  /// Counts what another one with as many bins has counted.
  public mutating func add(_ other: Calibration) {
    precondition(bins.count == other.bins.count, "calibrations of different bins")
    for (place, bin) in other.bins.enumerated() {
      bins[place].count += bin.count
      bins[place].rightCount += bin.rightCount
      bins[place].confidenceSum += bin.confidenceSum
    }
  }

  /// The expected calibration error, 0 of no predictions.
  ///
  /// Σ_m |B_m|/N · |acc(B_m) − conf(B_m)|, Equation 3 of Guo et al. (2017).
  public var error: Double {
    let total = bins.reduce(0) { $0 + $1.count }
    guard total > 0 else { return 0 }
    // |B|·|acc − conf| is |right − Σ confidence|: one division instead of three per bin.
    let gaps = bins.reduce(0.0) { $0 + abs(Double($1.rightCount) - $1.confidenceSum) }
    return gaps / Double(total)
  }
}
