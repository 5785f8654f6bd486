import Kernel

/// An evaluator that writes down what it says, and gives what was written down before again without
/// computing it.
///
/// A trial chain asks the same questions whenever it gets the same answers, so its answers are its
/// state: a few thousand numbers, whatever the networks' size. Once what is known is used up, the
/// evaluator inside is brought to where it was by the swaps that were made.
final class RememberingEvaluator: AverageErrorEvaluator {
  private let evaluator: any AverageErrorEvaluator
  private let start: [NetworkPermutation]
  /// For each question the wrong samples, or -1 where there were too many; for each swap that was made
  /// those after it.
  ///
  /// In the order of the calls.
  private(set) var answers: [Int]
  private var nextKnown = 0
  private var swaps: [Swap] = []
  private var isCaughtUp = false
  private(set) var errorCount: Int
  private let keep: ([Int]) -> Void
  private var lastKept = ContinuousClock.now

  /// - Parameters:
  ///   - evaluator: Stands at `start`.
  ///   - answers: What is known; what no evaluator can have said is passed over, all of it.
  ///   - keep: Called every few seconds with all answers so far.
  init(
    _ evaluator: any AverageErrorEvaluator, start: [NetworkPermutation], answers: [Int]?,
    keep: @escaping ([Int]) -> Void
  ) {
    self.evaluator = evaluator
    self.start = start
    let isPossible = answers?.allSatisfy { (-1...evaluator.sampleCount).contains($0) } ?? false
    self.answers = isPossible ? answers ?? [] : []
    errorCount = evaluator.errorCount
    self.keep = keep
  }

  var sampleCount: Int { evaluator.sampleCount }
  var wasCut: Bool { evaluator.wasCut }

  var permutations: [NetworkPermutation] {
    catchUp()
    return evaluator.permutations
  }

  func errors(after swap: Swap, limit: Int) -> Int? {
    if let known = known() { return known < 0 ? nil : known }
    catchUp()
    let errors = evaluator.errors(after: swap, limit: limit)
    // What was cut is asked again.
    if !evaluator.wasCut { note(errors ?? -1) }
    return errors
  }

  func commit(_ swap: Swap) {
    if let known = known() {
      swaps.append(swap)
      errorCount = max(known, 0)
      return
    }
    catchUp()
    evaluator.commit(swap)
    errorCount = evaluator.errorCount
    if !evaluator.wasCut { note(errorCount) }
  }

  func restart(from permutations: [NetworkPermutation]) {
    preconditionFailure("a trial goes on from where it is")
  }

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

  /// Brings the evaluator to where it was when the last known answer was given.
  private func catchUp() {
    guard !isCaughtUp else { return }
    isCaughtUp = true
    guard !swaps.isEmpty else { return }
    // Its logits depend on the swaps since they were last computed from scratch.
    let interval = IncrementalAverageEvaluator.rebuildInterval
    let rebuilt = swaps.count / interval * interval
    var base = start
    for swap in swaps[..<rebuilt] {
      base[swap.network].groups[swap.group] =
        base[swap.network].groups[swap.group].swapping(swap.a, swap.b)
    }
    evaluator.restart(from: base, then: Array(swaps[rebuilt...]))
    swaps = []
  }
}
