import Kernel

/// Runs the same annealing evaluated lazily, in full and plainly, and compares what is accepted.
struct ChainCheck {
  /// One comparison.
  struct Finding {
    var title: String
    var isSame: Bool
    var detail: String
  }

  var workplace: Workplace

  /// Enough plain steps, each a forward pass over the data, to accept and refuse several times.
  private static let plainSteps = 40

  func findings(width: Int) throws(Failure) -> [Finding] {
    let search = try Annealing(width: width, workplace: workplace)
    let lazy = try search.run(evaluation: "lazy", steps: 50_000)
    let full = try search.run(evaluation: "full", steps: 50_000)
    let short = try search.run(
      evaluation: "lazy", steps: Self.plainSteps, temperatures: lazy.temperatures)
    let plain = try search.run(
      evaluation: "plain", steps: Self.plainSteps, temperatures: lazy.temperatures)
    return [
      compare("sa2 1x\(width), 50 000 steps: lazy and full", lazy, full),
      compare("sa2 1x\(width), \(Self.plainSteps) steps: lazy and plain", short, plain),
    ]
  }

  private func compare(_ title: String, _ a: Annealing.Outcome, _ b: Annealing.Outcome) -> Finding {
    let isSame =
      a.permutations == b.permutations && a.acceptedMoves == b.acceptedMoves && a.cost == b.cost
    let detail =
      isSame ? a.timing.detail : "\(a.timing.detail); against \(b.timing.detail)"
    return Finding(title: title, isSame: isSame, detail: detail)
  }
}
