import Contract
import Kernel

extension CostProbe {
  /// Runs some cells of a sweep.
  ///
  /// What depends on some of the variables only is made once for each of their values, so each line
  /// stands for the others with its own number of runs.
  func sweep(_ call: Invocation) throws(Failure) -> [Content] {
    guard let plan = call.sweep else { return [] }
    let start = SweepCellStart(plan, call)
    var runs: [SweepPlan.LineKey: SweepCellRun.LineRun] = [:]
    // What each line cost, run by run.
    var lines: [[[Place: Cost]]] = plan.lines.map { _ in [] }
    var cells: [Int: SweepJob.Cell] = [:]
    let outside = takeCosts()
    let until = timeForRounds
    for number in Self.spread(plan.cellCount) {
      let cell = start.cell(number, isAlone: true, host: host)
      cell.session.probe = self
      cell.session.hasFixedThreads = true
      while !cell.isDone {
        let (key, line) = (cell.nextKey, cell.line)
        if let run = runs[key] {
          cell.repeatLine(run)
        } else {
          runs[key] = cell.runLine()
          lines[line].append(takeCosts())
        }
      }
      let outcome = cell.outcome
      cells[number] = SweepJob.Cell(
        columns: outcome.columns, failure: outcome.failure, seconds: outcome.seconds)
      if ContinuousClock.now >= until || isSpent { break }
    }
    _ = takeCosts(leaving: outside)
    for (place, line) in lines.enumerated() {
      let factor = Double(plan.runCount(ofLine: place)) / Double(max(line.count, 1))
      for cost in line { add(cost, times: factor) }
    }
    return [.table(SweepTable(plan, cells).table)]
  }
}

extension SweepPlan {
  /// How often a line runs in the whole sweep, values that are listed twice counted once.
  func runCount(ofLine line: Int) -> Int {
    lines[line].variables.reduce(1) { product, place in
      product * Set(variables[place].values.map(\.provenance.recipe.hex)).count
    }
  }
}
