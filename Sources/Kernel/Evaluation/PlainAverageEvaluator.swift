/// The reference: permutes, averages and scores anew for every question.
///
/// Works for any architecture and takes a full forward pass per swap.
public final class PlainAverageEvaluator: AverageErrorEvaluator {
  public let sampleCount: Int
  public private(set) var errorCount = 0
  public private(set) var permutations: [NetworkPermutation]
  private let networks: [Network]
  private let data: DataSet
  private let pool: WorkPool

  public init(
    _ networks: [Network], permutations: [NetworkPermutation], data: DataSet,
    pool: WorkPool = .shared
  ) throws(Failure) {
    try Network.checkAlike(networks)
    self.networks = networks
    self.permutations = permutations
    self.data = data
    self.pool = pool
    sampleCount = data.count
    let average = Network.average(of: networks, permutedBy: permutations)
    errorCount = try average.score(on: data, pool: pool).errorCount
  }

  public func errors(after swap: Swap, limit: Int) -> Int? { errors(of: swapped(swap)) }

  public func commit(_ swap: Swap) { restart(from: swapped(swap)) }

  public func restart(from permutations: [NetworkPermutation]) {
    self.permutations = permutations
    errorCount = errors(of: permutations)
  }

  private func swapped(_ swap: Swap) -> [NetworkPermutation] {
    var result = permutations
    let old = result[swap.network].groups[swap.group]
    result[swap.network].groups[swap.group] = old.swapping(swap.a, swap.b)
    return result
  }

  private func errors(of permutations: [NetworkPermutation]) -> Int {
    do throws(Failure) {
      let average = Network.average(of: networks, permutedBy: permutations)
      return try average.score(on: data, pool: pool).errorCount
    } catch {
      // The first score checked shapes and weights, and permuting can change neither: only the
      // logits of this order overflow, and an average of that kind gets nothing right.
      precondition(error.code == .notFinite, "a permuted average cannot be scored: \(error)")
      return sampleCount
    }
  }
}
