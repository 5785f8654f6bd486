import Kernel

/// A cost that writes down what it says, and gives what was written down before again without
/// computing it.
///
/// A trial chain asks the same questions whenever it gets the same answers, so its answers are its
/// state: a few thousand numbers, whatever the networks' size. Once what is known is used up, the
/// cost inside is brought to where it was by the moves that were made.
final class RememberingCost: AnnealingCost {
  private let cost: any AnnealingCost
  private let start: [NetworkPermutation]
  /// For each question the units, or -1 where there were too many; for each move that was made those
  /// after it.
  ///
  /// In the order of the calls.
  private(set) var answers: [Int]
  private var nextKnown = 0
  private var moves: [[Swap]] = []
  private var isCaughtUp = false
  private(set) var units: Int
  private let keep: ([Int]) -> Void
  private var lastKept = ContinuousClock.now

  /// - Parameters:
  ///   - cost: Stands at `start`.
  ///   - answers: What is known; what no cost can have said is passed over, all of it.
  ///   - keep: Called every few seconds with all answers so far.
  init(
    _ cost: any AnnealingCost, start: [NetworkPermutation], answers: [Int]?,
    keep: @escaping ([Int]) -> Void
  ) {
    self.cost = cost
    self.start = start
    let isPossible = answers?.allSatisfy { (-1...cost.mostUnits).contains($0) } ?? false
    self.answers = isPossible ? answers ?? [] : []
    units = cost.units
    self.keep = keep
  }

  var unitsPerCost: Double { cost.unitsPerCost }
  var mostUnits: Int { cost.mostUnits }
  var changesPerCost: Double { cost.changesPerCost }
  var unitsLeftOut: Int { cost.unitsLeftOut }
  var isShare: Bool { cost.isShare }
  var sampleCount: Int { cost.sampleCount }
  var wasCut: Bool { cost.wasCut }
  var pool: WorkPool {
    get { cost.pool }
    set { cost.pool = newValue }
  }

  var permutations: [NetworkPermutation] {
    catchUp()
    return cost.permutations
  }

  func units(after swaps: [Swap], limit: Int) -> Int? {
    if let known = known() { return known < 0 ? nil : known }
    catchUp()
    let units = cost.units(after: swaps, limit: limit)
    // What was cut is asked again.
    if !cost.wasCut { note(units ?? -1) }
    return units
  }

  func commit(_ swaps: [Swap]) {
    if let known = known() {
      moves.append(swaps)
      units = max(known, 0)
      return
    }
    catchUp()
    cost.commit(swaps)
    units = cost.units
    if !cost.wasCut { note(units) }
  }

  func restart(from permutations: [NetworkPermutation], then moves: [[Swap]]) {
    preconditionFailure("a trial goes on from where it is")
  }

  func copy(pool: WorkPool) -> (any AnnealingCost)? { nil }

  private func known() -> Int? {
    guard nextKnown < answers.count else { return nil }
    nextKnown += 1
    return answers[nextKnown - 1]
  }

  private func note(_ answer: Int) {
    answers.append(answer)
    nextKnown = answers.count
    guard lastKept.duration(to: .now) > .betweenCheckpoints else { return }
    lastKept = .now
    keep(answers)
  }

  /// Brings the cost to where it was when the last known answer was given.
  private func catchUp() {
    guard !isCaughtUp else { return }
    isCaughtUp = true
    guard !moves.isEmpty else { return }
    // Its logits depend on the moves since they were last computed from scratch.
    let interval = IncrementalAverageEvaluator.rebuildInterval
    let rebuilt = moves.count / interval * interval
    var base = start
    for swap in moves[..<rebuilt].joined() {
      base[swap.network].groups[swap.group] =
        base[swap.network].groups[swap.group].swapping(swap.a, swap.b)
    }
    cost.restart(from: base, then: Array(moves[rebuilt...]))
    moves = []
  }
}
