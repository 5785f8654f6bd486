/// The reference: permutes, averages and scores anew for every question.
///
/// Works for any architecture and takes a full forward pass per question, which on deep networks is
/// long: it is given up where somebody asks to stop.
public final class PlainAverageEvaluator: AverageLossEvaluator {
  public let sampleCount: Int
  public var errorCount: Int { current.errorCount }
  public var loss: Double { current.loss }
  public private(set) var permutations: [NetworkPermutation]
  public private(set) var wasCut = false
  private let networks: [Network]
  /// The share of the first of two networks in their average; the average is an even one otherwise.
  private let alpha: Double?
  private let data: DataSet
  public var pool: WorkPool
  private let stop: StopSignal
  private var current: Score
  /// The last question with its answer, which is usually what is committed.
  private var answered: (swaps: [Swap], score: Score)?

  /// - Parameter weights: The shares of two networks in their average, which add up to 1; the
  ///   average is an even one where none are given.
  public init(
    _ networks: [Network], permutations: [NetworkPermutation], weights: [Double]? = nil,
    data: DataSet, pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) {
    try Network.checkAlike(networks)
    precondition(weights == nil || networks.count == 2, "weights are for a blend of two")
    alpha = weights?[0]
    self.networks = networks
    self.permutations = permutations
    self.data = data
    self.pool = pool
    self.stop = stop
    sampleCount = data.count
    let average = Self.average(of: networks, permutedBy: permutations, alpha: alpha)
    current = try average.score(on: data, pool: pool, stop: stop)
  }

  private static func average(
    of networks: [Network], permutedBy permutations: [NetworkPermutation], alpha: Double?
  ) -> Network {
    guard let alpha else { return Network.average(of: networks, permutedBy: permutations) }
    let first = networks[0].permuted(by: permutations[0])
    return first.blended(with: networks[1].permuted(by: permutations[1]), at: alpha)
  }

  public func errors(after swaps: [Swap], limit: Int) -> Int? { score(after: swaps)?.errorCount }

  public func loss(after swaps: [Swap]) -> Double? { score(after: swaps)?.loss }

  private func score(after swaps: [Swap]) -> Score? {
    guard let score = score(of: swapped(swaps)) else { return nil }
    answered = (swaps, score)
    return score
  }

  public func commit(_ swaps: [Swap]) {
    let known = answered.flatMap { $0.swaps == swaps ? $0.score : nil }
    permutations = swapped(swaps)
    answered = nil
    current = known ?? score(of: permutations) ?? current
  }

  public func restart(from permutations: [NetworkPermutation]) {
    restart(from: permutations, then: [])
  }

  public func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    self.permutations = permutations
    for move in moves { self.permutations = swapped(move) }
    answered = nil
    current = score(of: self.permutations) ?? current
  }

  private func swapped(_ swaps: [Swap]) -> [NetworkPermutation] {
    var result = permutations
    for swap in swaps {
      let old = result[swap.network].groups[swap.group]
      result[swap.network].groups[swap.group] = old.swapping(swap.a, swap.b)
    }
    return result
  }

  /// The score of an order, or `nil` where the question was given up.
  private func score(of permutations: [NetworkPermutation]) -> Score? {
    do throws(Failure) {
      let average = Self.average(of: networks, permutedBy: permutations, alpha: alpha)
      return try average.score(on: data, pool: pool, stop: stop)
    } catch {
      if error.code == .stopped {
        wasCut = true
        return nil
      }
      // The first score checked shapes and weights, and permuting can change neither: only the
      // logits of this order overflow, and an average of that kind gets nothing right.
      precondition(error.code == .notFinite, "a permuted average cannot be scored: \(error)")
      return Score(loss: .infinity, errorCount: sampleCount, count: sampleCount)
    }
  }
}
