import Kernel

/// How much worse the line between networks is than its ends.
///
/// Between more than two networks the numbers are means over all pairs.
struct BarrierValue: Hashable, Sendable {
  /// One entry per pair, in the order 1-2, 1-3, …, 2-3, …; never empty.
  var pairs: [Pair]

  /// The barrier of one pair.
  struct Pair: Hashable, Sendable {
    /// The places of the two networks, from 1.
    var first: Int
    var second: Int
    var barrier: Barrier

    init(_ first: Int, _ second: Int, _ barrier: Barrier) {
      self.first = first
      self.second = second
      self.barrier = barrier
    }
  }

  init(pairs: [Pair]) {
    precondition(!pairs.isEmpty, "a barrier between no networks")
    self.pairs = pairs
  }

  /// The barrier between two networks.
  init(_ barrier: Barrier) { self.init(pairs: [Pair(1, 2, barrier)]) }

  /// The mean over the pairs, a difference of shares.
  var error: Double { mean { $0.error.height } }
  /// The mean over the pairs.
  var loss: Double { mean { $0.loss.height } }
  /// The name of the data it was measured on.
  var dataName: String { pairs[0].barrier.curve.dataName }
  /// How many points the grid has.
  var pointCount: Int { pairs[0].barrier.curve.alphas.count }
  /// What is subtracted.
  var baseline: BarrierBaseline { pairs[0].barrier.baseline }

  private func mean(_ part: (Barrier) -> Double) -> Double {
    pairs.reduce(0) { $0 + part($1.barrier) } / Double(pairs.count)
  }

  /// One row for each pair.
  var pairTable: Table {
    Table(
      columns: [
        .init("first", .integer), .init("second", .integer),
        .init("error", .points, best: .lowest), .init("error_alpha", .real),
        .init("loss", .real, best: .lowest), .init("loss_alpha", .real),
      ],
      rows: pairs.map { pair in
        let error = pair.barrier.error
        let loss = pair.barrier.loss
        return [
          .integer(pair.first), .integer(pair.second), .real(error.height), .real(error.alpha),
          .real(loss.height), .real(loss.alpha),
        ]
      })
  }
}

/// How well a network does on a data set.
struct ScoreValue: Hashable, Sendable {
  var score: Score
  /// The name of the data it was measured on.
  var dataName: String

  init(_ score: Score, dataName: String) {
    self.score = score
    self.dataName = dataName
  }

  /// Mean cross-entropy.
  var loss: Double { score.loss }
  /// Share of samples classified wrongly.
  var error: Double { score.error }
  /// Share of samples classified rightly.
  var accuracy: Double { score.accuracy }
  /// How many samples were scored.
  var count: Int { score.count }
}
