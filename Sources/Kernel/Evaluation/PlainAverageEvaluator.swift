/// The reference: permutes, averages and scores anew for every question.
///
/// Works for any architecture and takes a full forward pass per question, which on deep networks is
/// long: it is given up where somebody asks to stop.
public final class PlainAverageEvaluator: AverageErrorEvaluator {
  public let sampleCount: Int
  public private(set) var errorCount = 0
  public private(set) var permutations: [NetworkPermutation]
  public private(set) var wasCut = false
  private let networks: [Network]
  private let data: DataSet
  private let pool: WorkPool
  private let stop: StopSignal
  /// The last question with its answer, which is usually what is committed.
  private var answered: (swaps: [Swap], errors: Int)?

  public init(
    _ networks: [Network], permutations: [NetworkPermutation], data: DataSet,
    pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) {
    try Network.checkAlike(networks)
    self.networks = networks
    self.permutations = permutations
    self.data = data
    self.pool = pool
    self.stop = stop
    sampleCount = data.count
    let average = Network.average(of: networks, permutedBy: permutations)
    errorCount = try average.score(on: data, pool: pool, stop: stop).errorCount
  }

  public func errors(after swaps: [Swap], limit: Int) -> Int? {
    guard let errors = errors(of: swapped(swaps)) else { return nil }
    answered = (swaps, errors)
    return errors
  }

  public func commit(_ swaps: [Swap]) {
    let known = answered.flatMap { $0.swaps == swaps ? $0.errors : nil }
    permutations = swapped(swaps)
    answered = nil
    errorCount = known ?? errors(of: permutations) ?? errorCount
  }

  public func restart(from permutations: [NetworkPermutation]) {
    restart(from: permutations, then: [])
  }

  public func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    self.permutations = permutations
    for move in moves { self.permutations = swapped(move) }
    answered = nil
    errorCount = errors(of: self.permutations) ?? errorCount
  }

  private func swapped(_ swaps: [Swap]) -> [NetworkPermutation] {
    var result = permutations
    for swap in swaps {
      let old = result[swap.network].groups[swap.group]
      result[swap.network].groups[swap.group] = old.swapping(swap.a, swap.b)
    }
    return result
  }

  /// How many samples are wrong, or `nil` where the question was given up.
  private func errors(of permutations: [NetworkPermutation]) -> Int? {
    do throws(Failure) {
      let average = Network.average(of: networks, permutedBy: permutations)
      return try average.score(on: data, pool: pool, stop: stop).errorCount
    } catch {
      if error.code == .stopped {
        wasCut = true
        return nil
      }
      // The first score checked shapes and weights, and permuting can change neither: only the
      // logits of this order overflow, and an average of that kind gets nothing right.
      precondition(error.code == .notFinite, "a permuted average cannot be scored: \(error)")
      return sampleCount
    }
  }
}
