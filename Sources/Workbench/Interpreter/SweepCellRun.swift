import Contract
import Kernel

/// One cell of a sweep while its lines run: the session that they run in, and how far they are.
///
/// A cell is worked on by one thread at a time; `SweepLanes` hands it on.
final class SweepCellRun {
  let number: Int
  /// The values of the variables.
  let values: [Value]
  let session: Session
  /// Whether it has the threads and the memory to itself.
  let isAlone: Bool
  /// The line that is next.
  private(set) var line = 0
  private var failure: Failure?
  private var seconds = 0.0
  private let collected = SweepCell()
  private let plan: SweepPlan

  init(_ number: Int, of plan: SweepPlan, in session: Session, isAlone: Bool) {
    self.number = number
    self.plan = plan
    self.session = session
    self.isAlone = isAlone
    values = plan.values(of: number)
    for (variable, value) in zip(plan.variables, values) { session.bind(variable.name, to: value) }
    session.cell = collected
  }

  /// Whether no further line is to run.
  var isDone: Bool { failure != nil || line == plan.lines.count }

  /// What the next line is called where it can be shared with other cells.
  var nextKey: SweepPlan.LineKey { plan.key(ofLine: line, values: values) }

  /// Everything that running one line did to the session of its cell.
  struct LineRun: Sendable {
    var draws: DrawCounts.Trace
    var bound: [(name: String, value: Value)]
    var results: [Value?]
    var columns: [SweepCell.Column]
    var failure: Diagnostic?
  }

  /// Runs the next line.
  func runLine() -> LineRun {
    let clock = ContinuousClock()
    let start = clock.now
    let columnCount = collected.columns.count
    let resultCount = session.results.count
    session.draws.beginTrace()
    var interpreter = Interpreter(session: session, source: plan.source)
    var problem: Diagnostic?
    do throws(Diagnostic) { try interpreter.run(plan.lines[line].statement) } catch {
      problem = error
    }
    let run = LineRun(
      draws: session.draws.endTrace(),
      bound: plan.lines[line].binds.compactMap { name in
        session.value(named: name).map { (name, $0) }
      },
      results: Array(session.results[resultCount...]),
      columns: Array(collected.columns[columnCount...]), failure: problem)
    failure = problem?.failure
    line += 1
    seconds += (clock.now - start).inSeconds
    return run
  }

  /// Does to the session what the next line did to that of another cell.
  func repeatLine(_ run: LineRun) {
    session.draws.apply(run.draws)
    for (name, value) in run.bound { session.bind(name, to: value) }
    for result in run.results { session.record(result, text: "", seconds: 0) }
    collected.columns += run.columns
    failure = run.failure?.failure
    line += 1
  }

  /// What is left of a cell when its lines have run.
  struct Outcome: Sendable {
    var number: Int
    var columns: [SweepCell.Column]
    var failure: Failure?
    var seconds: Double
    /// The commands that ran.
    var calls: [CallRecord]
    var expectationCount: Int
    var failedExpectationCount: Int
  }

  /// What came of it.
  var outcome: Outcome {
    Outcome(
      number: number, columns: collected.columns, failure: failure, seconds: seconds,
      calls: session.sessionRecord.allCalls,
      expectationCount: session.expectationCount,
      failedExpectationCount: session.failedExpectationCount)
  }
}
