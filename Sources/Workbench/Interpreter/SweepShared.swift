/// What lines of a sweep gave that other cells may share, as long as a cell to come asks for it.
struct SweepShared: Sendable {
  let plan: SweepPlan
  private var kept: [SweepPlan.LineKey: [SweepCellRun.LineRun]] = [:]
  /// How many cells to come ask for a line's run.
  private var pending: [SweepPlan.LineKey: Int] = [:]

  init(_ plan: SweepPlan) {
    self.plan = plan
    for cell in 0..<plan.cellCount {
      let values = plan.values(of: cell)
      for line in plan.lines.indices {
        pending[plan.key(ofLine: line, values: values), default: 0] += 1
      }
    }
  }

  /// What a line gave in another cell, where it would give the same in one with these draws.
  func run(_ key: SweepPlan.LineKey, _ draws: DrawCounts) -> SweepCellRun.LineRun? {
    kept[key]?.first { draws.agrees(with: $0.draws) }
  }

  /// Keeps what a line gave.
  mutating func keep(_ run: SweepCellRun.LineRun, for key: SweepPlan.LineKey) {
    kept[key, default: []].append(run)
  }

  /// A cell with these values is done: forgets what no cell to come asks for, so that networks do
  /// not pile up.
  mutating func release(_ values: [Value]) {
    for line in plan.lines.indices {
      let key = plan.key(ofLine: line, values: values)
      pending[key, default: 1] -= 1
      if pending[key] == 0 { kept[key] = nil }
    }
  }
}
