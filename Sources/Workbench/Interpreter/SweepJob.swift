import Contract
import Kernel

/// A sweep and how far it is: the call itself runs it, and, when that was stopped, `resume`.
///
/// A cell gives what its lines give when they are typed one after the other in a new session where
/// the variables are bound. Where that is the same in two cells a line runs only once. Since no
/// cell sees anything of another, they run in any order and side by side with the same table.
struct SweepJob: Sendable {
  let plan: SweepPlan
  /// The cells that are done, by number.
  private(set) var cells: [Int: Cell] = [:]
  private var shared: SweepShared
  private var inputs = InputFiles()

  /// What came of one cell.
  struct Cell: Sendable {
    var columns: [SweepCell.Column]
    var failure: Failure?
    var seconds: Double
  }

  init(_ plan: SweepPlan) {
    self.plan = plan
    shared = SweepShared(plan)
  }

  /// Runs the cells that are missing, to the end or until somebody stops it.
  mutating func run(_ call: Invocation) throws(Failure) -> [Content] {
    takeUp(call)
    let lanes = laneCount(call)
    return lanes > 1 ? try runSideBySide(call, lanes) : try runInTurn(call)
  }

  /// How many cells run at the same time: as many as there are threads, where nothing is against
  /// it.
  private func laneCount(_ call: Invocation) -> Int {
    // The cells of a sweep inside a sweep share the threads of the cell that they stand in.
    guard call.session.cell == nil, !plan.writesFiles, plan.isSideBySide else { return 1 }
    return min(call.pool.threadCount, plan.cellCount - cells.count)
  }

  private var missing: [Int] { (0..<plan.cellCount).filter { cells[$0] == nil } }

  // MARK: - One cell after the other

  private mutating func runInTurn(_ call: Invocation) throws(Failure) -> [Content] {
    let host = SweepHost(call, done: cells.count, of: plan.cellCount)
    let start = SweepCellStart(plan, call)
    var lastKept = ContinuousClock.now
    let lanes = SweepLanes(
      missing, laneCount: 1, shared: shared, threads: call.pool, stop: { host.stopReason },
      makeCell: { number, isAlone in start.cell(number, isAlone: isAlone, host: host) })
    let left = lanes.run { cell in
      let outcome = cell.outcome
      keep(outcome)
      tell(outcome, call)
      host.finishCell()
      write(call, lastKept: &lastKept)
    }
    shared = left.shared
    pin(left.abandoned, call)
    return try finish(call, host.stopReason, host.ending)
  }

  // MARK: - Side by side

  private mutating func runSideBySide(
    _ call: Invocation, _ laneCount: Int
  ) throws(Failure) -> [Content] {
    let outer = call.session.host
    let board = SweepBoard(call.progress, done: cells.count, of: plan.cellCount)
    let start = SweepCellStart(plan, call)
    let stop = call.stop
    let order = missing
    // Called on the lanes: nothing of the session that the sweep stands in is touched there.
    let makeCell: @Sendable (Int, Bool) -> SweepCellRun = { number, isAlone in
      let host = SweepCellHost(cell: number, board: board, stop: stop)
      let cell = start.cell(number, isAlone: isAlone, host: host)
      cell.session.enclosingStop = stop
      return cell
    }
    let lanes = SweepLanes(
      order, laneCount: laneCount, shared: shared, threads: call.pool,
      stop: { stop.reason }, makeCell: makeCell)
    var arrived: [Int: (outcome: SweepCellRun.Outcome, host: any Host)] = [:]
    var next = order.startIndex
    // What cells show comes in their order, whichever of them is done first.
    func tellArrived(onlyInOrder isInOrder: Bool) {
      while next < order.endIndex {
        if let (outcome, host) = arrived.removeValue(forKey: order[next]) {
          (host as? SweepCellHost)?.hand(to: outer)
          tell(outcome, call)
        } else if isInOrder {
          return
        }
        next += 1
      }
    }
    var lastKept = ContinuousClock.now
    let left = lanes.run { cell in
      let outcome = cell.outcome
      keep(outcome)
      arrived[cell.number] = (outcome, cell.session.host)
      board.finishCell()
      tellArrived(onlyInOrder: true)
      let files = arrived.values.flatMap(\.outcome.calls).flatMap(\.files)
      write(call, besides: files, lastKept: &lastKept)
    } whileWaiting: {
      if outer.isAskedToStop { stop.raise() }
    }
    shared = left.shared
    tellArrived(onlyInOrder: false)
    pin(left.abandoned, call)
    return try finish(call, stop.reason, CommandEnding())
  }

  // MARK: - What came of it

  private mutating func keep(_ outcome: SweepCellRun.Outcome) {
    cells[outcome.number] = Cell(
      columns: outcome.columns, failure: outcome.failure, seconds: outcome.seconds)
  }

  /// Tells the session and the person what a cell did.
  private mutating func tell(_ outcome: SweepCellRun.Outcome, _ call: Invocation) {
    for place in 0..<outcome.expectationCount {
      call.session.noteExpectation(holds: place >= outcome.failedExpectationCount)
    }
    pin(outcome.calls, call)
    if let failure = outcome.failure {
      call.note("\(title(of: outcome.number)): \(failure.headline)")
    }
  }

  /// Tells what files the lines read, except those that they wrote themselves, and what took part.
  private mutating func pin(_ records: [CallRecord], _ call: Invocation) {
    for record in records {
      call.report.files += inputs.add(record)
      for method in record.allMethods where !call.report.innerMethods.contains(method) {
        call.report.innerMethods.append(method)
      }
      for part in record.plugged { call.record(part) }
    }
  }

  private func finish(
    _ call: Invocation, _ reason: StopSignal.Reason?, _ ending: CommandEnding
  ) throws(Failure) -> [Content] {
    if ending.isStopped { call.session.isStopAsked = true }
    if ending.isDiscarded {
      throw Failure(.stopped, "stopped, and what there was is thrown away")
    }
    if cells.count < plan.cellCount {
      write(call)
      let rest = self
      call.markPartial(
        share: Double(cells.count) / Double(plan.cellCount),
        reason: (reason ?? .asked).word
      ) { (call) throws(Failure) in
        var rest = rest
        return try rest.run(call)
      }
    }
    call.report.dependsOnTheClock = cells.values.contains { cell in
      cell.columns.contains(where: \.dependsOnTheClock)
    }
    return [.table(SweepTable(plan, cells).table)]
  }

  /// How notes name a cell: `width=32 m=fd`.
  private func title(of cell: Int) -> String {
    zip(plan.variables, plan.values(of: cell)).map { variable, value in
      "\(variable.name)=\(value.cellText)"
    }.joined(separator: " ")
  }

  // MARK: - What a killed program leaves

  /// Goes on from the cells that a program left that was killed.
  private mutating func takeUp(_ call: Invocation) {
    guard let source = call.state?.source,
      let state = try? SweepState(reading: source, cellCount: plan.cellCount)
    else { return }
    call.report.files += state.files
    for (cell, outcome) in state.cells where cells[cell] == nil {
      cells[cell] = outcome
      shared.release(plan.values(of: cell))
    }
  }

  /// Keeps the cells that are done, now and then, where the session is autosaved.
  private func write(
    _ call: Invocation, besides files: [CallRecord.FilePin] = [],
    lastKept: inout ContinuousClock.Instant
  ) {
    guard lastKept.duration(to: .now) > .betweenCheckpoints else { return }
    write(call, besides: files)
    lastKept = .now
  }

  private func write(_ call: Invocation, besides files: [CallRecord.FilePin] = []) {
    guard let path = call.state?.path else { return }
    // A full disk does not end the sweep: the journal says that nothing can be kept.
    try? SweepState(cells: cells, files: call.report.files + files).write(to: path)
  }
}

extension Failure {
  /// The code and the sentence, without the notes.
  fileprivate var headline: String { "error[\(code)]: \(message)" }
}

extension Value {
  /// A value as a cell of a table names it, whatever it is.
  var cellText: String {
    if case .method(let method) = content { return method.fullLabel }
    return content.word ?? content.sourceText ?? boundName ?? content.brief
  }
}
