import Kernel
import Synchronization

// What each check does; see `Conformance.checks`.
extension Conformance {
  /// Permutations, one per network and of its architecture, or as many learned networks.
  static func fitComplaints(_ subject: Subject) throws(Failure) -> [String] {
    var complaints: [String] = []
    for count in subject.networkCounts {
      let problem = subject.problem(independent: count)
      let outcome = try subject.run(problem)
      complaints += fitComplaints(outcome, problem)
      if outcome.status.isPartial {
        complaints.append("with \(count) networks and nobody asking it to stop, it is partial")
      }
      if let cost = outcome.cost, !cost.isFinite {
        complaints.append("the cost with \(count) networks is \(cost)")
      }
      if !subject.card.costName.isEmpty, outcome.cost == nil {
        complaints.append("the card names a cost, and the outcome has none")
      }
      for (earlier, later) in zip(outcome.trace, outcome.trace.dropFirst())
      where later.step < earlier.step || later.seconds < earlier.seconds {
        complaints.append("the trace goes back from step \(earlier.step) to \(later.step)")
        break
      }
    }
    return complaints
  }

  private static func fitComplaints(_ outcome: SearchOutcome, _ problem: Problem) -> [String] {
    let count = problem.networks.count
    if let learned = outcome.learnedNetworks {
      return learned.allSatisfy { $0.graph == problem.networks[0].graph }
        ? [] : ["a learned network has another architecture"]
    }
    guard let permutations = outcome.permutations else {
      return ["there are neither permutations nor learned networks"]
    }
    guard permutations.count == count else {
      return ["there are \(permutations.count) permutations for \(count) networks"]
    }
    var complaints: [String] = []
    for (index, permutation) in permutations.enumerated()
    where !permutation.fits(problem.networks[index].graph) {
      complaints.append("the permutation of network \(index + 1) does not fit it")
    }
    if complaints.isEmpty, !permutations[0].isIdentity {
      complaints.append("network 1 was moved")
    }
    return complaints
  }

  /// The weights before and after, bit for bit.
  static func inputComplaints(_ subject: Subject) throws(Failure) -> [String] {
    let problem = subject.problem(independent: subject.networkCounts.last ?? 2)
    let weights = problem.weightBits
    let inputs = problem.data.inputs.values.map(\.bitPattern)
    let labels = Array(problem.data.labels)
    _ = try subject.run(problem)
    var complaints: [String] = []
    if problem.weightBits != weights { complaints.append("a given network was changed in place") }
    if problem.data.inputs.values.map(\.bitPattern) != inputs || problem.data.labels != labels {
      complaints.append("the data were changed in place")
    }
    return complaints
  }

  /// Equal networks need nothing: the identity, or something that costs nothing.
  static func equalComplaints(_ subject: Subject) throws(Failure) -> [String] {
    // A method without a cost looks at nothing and promises nothing.
    guard !subject.card.costName.isEmpty else { return [] }
    var complaints: [String] = []
    for hidden in [[7], [7, 7]] {
      let problem = Problem(
        equal: subject.networkCounts[0],
        hidden: subject.widths(hidden, networks: subject.networkCounts[0]),
        inputShape: subject.inputShape)
      let outcome = try subject.run(problem)
      // Whoever trains goes on training equal networks, too.
      if outcome.learnedNetworks != nil { continue }
      let isIdentity = outcome.permutations?.allSatisfy(\.isIdentity) ?? false
      // A cost that is no distance may fall: the average of permuted copies can be the better one.
      let isBetter = zip([outcome.cost], [outcome.startCost]).contains { cost, start in
        cost.flatMap { cost in start.map { cost < $0 } } ?? false
      }
      if !isIdentity && outcome.cost != 0 && !isBetter {
        complaints.append(
          "between equal networks of \(hidden.count) hidden layers it finds a permutation of cost "
            + "\(outcome.cost.map { "\($0)" } ?? "unknown"), and the start has "
            + "\(outcome.startCost.map { "\($0)" } ?? "none")")
      }
    }
    return complaints
  }

  /// A network against its own random permutation, for methods that promise to find it.
  static func plantedComplaints(_ subject: Subject) throws(Failure) -> [String] {
    guard subject.card.recoversPermutations else { return [] }
    var complaints: [String] = []
    for (number, hidden) in [[9], [8, 8], [6, 9, 6]].enumerated()
    where hidden.count <= subject.card.mostHiddenLayers ?? hidden.count {
      let network = Problem.network(
        hidden: hidden, number: number, inputShape: subject.inputShape)
      let planted = NetworkPermutation(
        randomFor: network.graph,
        from: RandomStream(seed: 2, name: "planted").child("number", number))
      let outcome = try subject.run(
        Problem(networks: [network, network.permuted(by: planted)]))
      // Its inverse, not itself: with a permutation made of swaps that would be the same.
      if outcome.permutations?.last != planted.inverse {
        complaints.append("a planted permutation of \(hidden.count) hidden layers was not found")
      }
    }
    return complaints
  }

  /// What it gives for a permuted network is consistent with what it gives for the network.
  static func compositionComplaints(_ subject: Subject) throws(Failure) -> [String] {
    let problem = subject.problem(independent: subject.networkCounts[0])
    let outcome = try subject.run(problem)
    var complaints: [String] = []
    for (index, permutation) in (outcome.permutations ?? []).enumerated() {
      guard permutation.fits(problem.networks[index].graph) else { continue }
      if !permutation.after(permutation.inverse).isIdentity {
        complaints.append("the permutation of network \(index + 1) has no inverse")
      }
      let network = problem.networks[index]
      let there = network.permuted(by: permutation)
      if there.permuted(by: permutation.inverse).parameters != network.parameters {
        complaints.append("network \(index + 1) does not come back from its permutation")
      }
    }
    // The gate: what was found keeps the functions.
    _ = try outcome.networks(from: problem.networks, pool: WorkPool(threadCount: 1))
    return complaints
  }

  /// One, two and three threads, and one again.
  static func threadComplaints(_ subject: Subject) throws(Failure) -> [String] {
    var complaints: [String] = []
    // 40 units: more than one item for whoever shares work by rows.
    for problem in [subject.problem(independent: subject.networkCounts[0], hidden: [40, 40])] {
      let expected = try subject.run(problem)
      for threads in [1, 2, 3] {
        let outcome = try subject.run(problem, pool: WorkPool(threadCount: threads))
        if let difference = difference(expected, outcome) {
          complaints.append("\(difference) at \(threads) threads than before at 1")
        }
      }
    }
    return complaints
  }

  /// What differs between two outcomes that should be the same to the bit; seconds may.
  static func difference(_ a: SearchOutcome, _ b: SearchOutcome) -> String? {
    if a.permutations != b.permutations { return "other permutations" }
    if a.learnedNetworks?.map(\.parameters) != b.learnedNetworks?.map(\.parameters) {
      return "other learned weights"
    }
    if a.cost?.bitPattern != b.cost?.bitPattern { return "another cost" }
    if a.startCost?.bitPattern != b.startCost?.bitPattern { return "another cost at the start" }
    if a.steps != b.steps { return "another number of steps" }
    let points = [a, b].map { $0.trace.map { [UInt64($0.step), $0.cost.bitPattern] } }
    return points[0] != points[1] ? "another trace" : nil
  }

  /// With the signal raised before the start, and at the first report of progress.
  static func stopComplaints(_ subject: Subject) throws(Failure) -> [String] {
    var complaints: [String] = []
    let problem = subject.problem(independent: subject.networkCounts[0])
    let raised = StopSignal(within: subject.stop)
    raised.raise()
    let later = StopSignal(within: subject.stop)
    let cases: [(String, StopSignal, ProgressSink)] = [
      ("before the start", raised, .none),
      ("at its first report", later, ProgressSink { _ in later.raise() }),
    ]
    for (moment, stop, progress) in cases {
      let started = ContinuousClock.now
      let outcome = try subject.run(problem, stop: stop, progress: progress)
      // Ten looks a second are promised; a busy machine may take its time.
      if started.duration(to: .now) > .seconds(5) {
        complaints.append("stopped \(moment), it went on for more than five seconds")
      }
      complaints += fitComplaints(outcome, problem).map { "stopped \(moment): \($0)" }
    }
    return complaints
  }

  /// Stopped after some reports and resumed, again and again, against one unbroken run.
  static func resumeComplaints(_ subject: Subject) throws(Failure) -> [String] {
    guard subject.card.canResume else { return [] }
    let problem = subject.problem(independent: subject.networkCounts[0])
    let unbroken = try subject.run(problem)
    var complaints: [String] = []
    for reports in [1, 2, 3] {
      var outcome: SearchOutcome?
      var checkpoint: SearchCheckpoint?
      // Each leg may do little; a search that never ends is a complaint too.
      for _ in 0..<200 where outcome.map(\.status.isPartial) ?? true {
        let stop = StopSignal(within: subject.stop)
        let counter = Counter(limit: reports)
        outcome = try subject.run(
          problem, stop: stop,
          progress: ProgressSink { _ in
            if counter.isFull() { stop.raise() }
          }, checkpoint: checkpoint)
        checkpoint = outcome?.checkpoint
        if outcome?.status.isPartial == true, checkpoint == nil {
          return complaints + ["it can resume, and left no checkpoint when it was stopped"]
        }
      }
      guard let outcome, !outcome.status.isPartial else {
        complaints.append("resumed 200 times, it still has not ended")
        continue
      }
      if let difference = difference(unbroken, outcome) {
        complaints.append("stopped after \(reports) reports and resumed, it gives \(difference)")
      }
    }
    return complaints
  }

  /// Counts calls from any thread.
  private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    private let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Counts one; whether that makes the limit or more.
    func isFull() -> Bool { count.add(1, ordering: .relaxed).newValue >= limit }
  }

  /// Layers of one unit, and no hidden layer at all.
  static func smallComplaints(_ subject: Subject) throws(Failure) -> [String] {
    var complaints: [String] = []
    for hidden in [[1], [1, 1], []] {
      let problem = subject.problem(independent: subject.networkCounts[0], hidden: hidden)
      do throws(Failure) {
        complaints += fitComplaints(try subject.run(problem), problem)
      } catch {
        try subject.checkStop()
        complaints.append("with hidden layers of \(hidden) units: \(error.message)")
      }
    }
    return complaints
  }
}
