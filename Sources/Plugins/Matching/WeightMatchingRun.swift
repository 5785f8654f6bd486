import Kernel

/// One ascent of weight matching from one start: the groups in turn, each solved with the others
/// held, until none improves.
struct WeightMatchingRun {
  let alignment: WeightAlignment
  private let clock: SearchClock
  let pool: WorkPool
  let stop: StopSignal
  /// After the last whole pass: what the run can go on from.
  private(set) var record: WeightMatchingState.Record
  /// The least rise that counts, as a share of the size of all weights: above the rounding of sums in
  /// 64 bits, so that a run ends and does not circle among equals.
  private static let tolerance = 1e-10

  /// A run from its start.
  ///
  /// - Parameter isFirst: Whether it begins where the search does, and when.
  init(
    _ alignment: WeightAlignment, start: NetworkPermutation, isFirst: Bool = false,
    clock: SearchClock, pool: WorkPool, stop: StopSignal
  ) {
    self.init(
      alignment,
      from: WeightMatchingState.Record(
        sources: start.groups.map(\.sources),
        products: [alignment.product(under: start, pool: pool, stop: stop)],
        seconds: [isFirst ? 0 : clock.seconds],
        isStale: start.groups.map { _ in true }, streamPosition: 0),
      clock: clock, pool: pool, stop: stop)
  }

  /// A run that goes on after a whole pass.
  init(
    _ alignment: WeightAlignment, from record: WeightMatchingState.Record, clock: SearchClock,
    pool: WorkPool, stop: StopSignal
  ) {
    self.alignment = alignment
    self.clock = clock
    self.record = record
    self.pool = pool
    self.stop = stop
  }

  /// Runs to a state that no group improves, or until the stop signal is raised.
  ///
  /// Returns what was reached, which after a stop may be in the middle of a pass.
  ///
  /// - Parameters:
  ///   - scale: ‖A‖ ‖B‖, which bounds the product.
  ///   - stream: Where the order of the groups in each pass comes from.
  ///   - afterPass: Told of every whole pass.
  mutating func run(
    scale: Double, stream: RandomStream,
    afterPass: (WeightMatchingState.Record) throws(Failure) -> Void
  ) throws(Failure) -> WeightMatchingState.Record {
    var stream = stream
    stream.move(to: record.streamPosition)
    // Without a hidden layer there is nothing to solve, and the run has ended as it began.
    if record.isFinished { try afterPass(record) }
    while !record.isFinished {
      var reached = record
      var rise = 0.0
      var isStopped = false
      // A group that nothing changed for since it was solved would give the same again.
      for group in stream.nextOrder(count: reached.isStale.count) where reached.isStale[group] {
        isStopped = stop.isRaised
        if isStopped { break }
        do throws(Failure) { rise += try solve(group, in: &reached, scale: scale) } catch {
          // In the middle of an assignment: the group keeps its order.
          guard error.code == .stopped else { throw error }
          isStopped = true
          break
        }
      }
      reached.products.append((reached.products.last ?? 0) + rise)
      reached.seconds.append(clock.seconds)
      reached.streamPosition = stream.position
      if isStopped { return reached }
      record = reached
      try afterPass(record)
    }
    return record
  }

  /// Solves one group with the others held; how much the product rose.
  private func solve(
    _ group: Int, in state: inout WeightMatchingState.Record, scale: Double
  ) throws(Failure) -> Double {
    let permutation = try state.permutation(of: alignment.groups)
    let costs = try alignment.costs(of: group, under: permutation, pool: pool, stop: stop)
    let columns = try Assignment(minimizing: costs, stop: stop).columns
    guard let candidate = Permutation(columns), columns != state.sources[group] else {
      state.isStale[group] = false
      return 0
    }
    let gain = try alignment.gain(
      of: group, replacedBy: candidate, in: permutation, pool: pool, stop: stop)
    state.isStale[group] = false
    guard gain > Self.tolerance * scale else { return 0 }
    state.sources[group] = columns
    for neighbour in alignment.neighbours[group] { state.isStale[neighbour] = true }
    return gain
  }
}
