/// Loss and error along the line between two networks.
struct CurveValue: Hashable, Sendable {
  /// The name of the data it was measured on.
  var dataName: String
  /// The weight of the first network at each point, rising from 0 to 1.
  var alphas: [Double]
  /// Mean cross-entropy at each point.
  var losses: [Double]
  /// Share of samples classified wrongly at each point.
  var errors: [Double]
}

/// How much worse the line between networks is than its ends.
///
/// Between more than two networks the numbers are means over all pairs.
struct BarrierValue: Hashable, Sendable {
  /// The name of the data it was measured on.
  var dataName: String
  /// How many points the grid has.
  var pointCount: Int
  /// What is subtracted: `line` (Eq. 1) or `mean` of the ends.
  var baseline: String
  /// One entry per pair, in the order 1-2, 1-3, …, 2-3, ….
  var pairs: [Pair]

  /// The barrier of one pair.
  struct Pair: Hashable, Sendable {
    /// The places of the two networks, from 1.
    var first: Int
    var second: Int
    /// A difference of shares.
    var error: Double
    /// Where the error's barrier is reached.
    var errorAlpha: Double
    var loss: Double
    /// Where the loss's barrier is reached.
    var lossAlpha: Double
    /// The whole line.
    var curve: CurveValue
  }

  /// The mean over the pairs.
  var error: Double { mean(\.error) }
  /// The mean over the pairs.
  var loss: Double { mean(\.loss) }

  private func mean(_ part: KeyPath<Pair, Double>) -> Double {
    pairs.isEmpty ? .nan : pairs.reduce(0) { $0 + $1[keyPath: part] } / Double(pairs.count)
  }
}

/// How well a network does on a data set.
struct ScoreValue: Hashable, Sendable {
  var dataName: String
  /// How many samples were scored.
  var count: Int
  /// Mean cross-entropy.
  var loss: Double
  /// Share of samples classified wrongly.
  var error: Double

  /// Share of samples classified rightly.
  var accuracy: Double { 1 - error }
}
