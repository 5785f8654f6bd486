import Kernel
import Synchronization

/// The outside as the lines of a cell see it that runs beside others.
///
/// What they show is kept until it is their turn, so that it comes in the order of the cells.
final class SweepCellHost: Host {
  private var shown: [Shown] = []
  private let board: SweepBoard
  private let cell: Int
  private let stop: StopSignal

  private enum Shown {
    case output(Output)
    case note(String)
    case diagnostic(Diagnostic)
  }

  init(cell: Int, board: SweepBoard, stop: StopSignal) {
    self.cell = cell
    self.board = board
    self.stop = stop
  }

  /// Shows what was kept.
  func hand(to host: any Host) {
    for shown in shown {
      switch shown {
      case .output(let output): host.show(output)
      case .note(let sentence): host.note(sentence)
      case .diagnostic(let diagnostic): host.report(diagnostic)
      }
    }
    shown = []
  }

  func show(_ output: Output) {
    if case .result = output { return }
    shown.append(.output(output))
  }

  func note(_ sentence: String) { shown.append(.note(sentence)) }
  func report(_ diagnostic: Diagnostic) { shown.append(.diagnostic(diagnostic)) }

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    ProgressSink { [board, cell] report in board.take(report, of: verb, in: cell) }
  }

  /// It is the sweep that is asked to end; its signal is the outer one of every command here.
  func endCommand() -> CommandEnding {
    board.forget(cell)
    return CommandEnding()
  }

  var isAskedToStop: Bool { stop.isRaised }
  /// The sweep's own host sees to that.
  var isAskedToEnd: Bool { false }
  func adopt(_ settings: SessionSettings) {}
}

/// How far the cells of a sweep are that run side by side, as one line of progress.
final class SweepBoard: Sendable {
  private let progress: ProgressSink
  private let cellCount: Int
  private let state: Mutex<State>

  private struct State {
    var done: Int
    /// The commands that run, by cell.
    var running: [Int: ProgressReport.Fact] = [:]
  }

  /// More commands than these are not shown: a line is short.
  private static let mostShown = 3

  init(_ progress: ProgressSink, done: Int, of cellCount: Int) {
    self.progress = progress
    self.cellCount = cellCount
    state = Mutex(State(done: done))
    report()
  }

  /// One more cell is done.
  func finishCell() {
    state.withLock { $0.done += 1 }
    report()
  }

  /// How far a command of a cell is.
  func take(_ report: ProgressReport, of verb: String, in cell: Int) {
    let percent = "\(Int((report.share * 100).rounded(.down)))%"
    state.withLock { $0.running[cell] = .init(verb, percent) }
    self.report(advice: report.advice)
  }

  /// No command of a cell runs.
  func forget(_ cell: Int) { state.withLock { $0.running[cell] = nil } }

  private func report(advice: String? = nil) {
    // Under the lock, so that no report overtakes another and the count never falls.
    state.withLock { state in
      let running = state.running.sorted { $0.key < $1.key }.prefix(Self.mostShown).map(\.value)
      progress.report(
        ProgressReport(
          share: Double(state.done) / Double(max(cellCount, 1)),
          facts: [.init("cells", "\(state.done)/\(cellCount)")] + running, advice: advice))
    }
  }
}
