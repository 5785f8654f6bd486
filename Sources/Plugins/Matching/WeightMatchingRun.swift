import Kernel

/// One ascent of weight matching from one start: the groups in turn, each solved with the others
/// held, until none improves.
struct WeightMatchingRun {
  let alignment: WeightAlignment
  let pool: WorkPool
  let stop: StopSignal
  private(set) var permutation: NetworkPermutation
  /// Σ_p ⟨A_p, (πB)_p⟩ after each pass, the start first.
  private(set) var products: [Double]
  /// Seconds since the start at each of these.
  private(set) var seconds: [Double] = [0]
  private(set) var isFinished = false
  private let started = ContinuousClock.now
  /// The least rise that counts, as a share of the size of all weights: above the rounding of sums in
  /// 64 bits, so that a run ends and does not circle among equals.
  private static let tolerance = 1e-10

  init(
    _ alignment: WeightAlignment, start: NetworkPermutation, pool: WorkPool, stop: StopSignal
  ) {
    self.alignment = alignment
    self.pool = pool
    self.stop = stop
    permutation = start
    products = [alignment.product(under: start, pool: pool)]
  }

  /// Runs to a state that no group improves, or until the stop signal is raised.
  ///
  /// - Parameters:
  ///   - scale: ‖A‖ ‖B‖, which bounds the product.
  ///   - stream: Where the order of the groups in each pass comes from.
  mutating func run(scale: Double, stream: RandomStream) throws(Failure) {
    var stream = stream
    // A group that nothing changed for since it was solved would give the same again.
    var isStale = [Bool](repeating: true, count: alignment.groups.count)
    while isStale.contains(true) {
      var rise = 0.0
      for group in stream.nextOrder(count: isStale.count) where isStale[group] {
        if stop.isRaised { return finish(rise) }
        isStale[group] = false
        let costs = alignment.costs(of: group, under: permutation, pool: pool)
        let columns = try Assignment(minimizing: costs).columns
        guard let candidate = Permutation(columns), candidate != permutation.groups[group] else {
          continue
        }
        let gain = alignment.gain(of: group, replacedBy: candidate, in: permutation, pool: pool)
        guard gain > Self.tolerance * scale else { continue }
        rise += gain
        permutation.groups[group] = candidate
        for neighbour in alignment.neighbours[group] { isStale[neighbour] = true }
      }
      finish(rise)
    }
    isFinished = true
  }

  private mutating func finish(_ rise: Double) {
    products.append((products.last ?? 0) + rise)
    seconds.append(started.duration(to: .now).inSeconds)
  }
}
