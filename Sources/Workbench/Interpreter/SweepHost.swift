import Kernel

/// The outside as the lines of a sweep see it: their results are not announced one by one, and
/// their progress is told as part of the sweep's.
final class SweepHost: Host {
  private let outer: any Host
  private let call: Invocation
  private let cellCount: Int
  private var running: [StopSignal] = []
  /// How many cells are done.
  private(set) var done: Int
  /// Somebody asked a line of the sweep to end.
  private(set) var isStopped = false
  /// What the outside says of it: whether lines after the sweep are not to run, and whether what
  /// there is is not wanted.
  private(set) var ending = CommandEnding()

  init(_ call: Invocation, done: Int, of cellCount: Int) {
    outer = call.session.host
    self.call = call
    self.done = done
    self.cellCount = cellCount
    report()
  }

  /// One more cell is done.
  func finishCell() {
    done += 1
    report()
  }

  private func report() {
    call.progress.report(
      ProgressReport(share: share, facts: [.init("cells", "\(done)/\(cellCount)")]))
  }

  private var share: Double { Double(done) / Double(max(cellCount, 1)) }

  /// Why the sweep has to end, if it has to.
  var stopReason: StopSignal.Reason? {
    if isStopped || outer.isAskedToEnd { return .asked }
    return call.stop.reason
  }

  func show(_ output: Output) {
    if case .result = output { return }
    outer.show(output)
  }

  func note(_ sentence: String) { outer.note(sentence) }
  func report(_ diagnostic: Diagnostic) { outer.report(diagnostic) }

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    running.append(stop)
    // The outside must know which command Ctrl-C ends, but shows one line of progress: the sweep's.
    _ = outer.beginCommand(verb, finishing: step, stop: stop)
    let progress = call.progress
    let (share, cells) = (share, ProgressReport.Fact("cells", "\(done)/\(cellCount)"))
    return ProgressSink { report in
      let percent = "\(Int((report.share * 100).rounded(.down)))%"
      progress.report(
        ProgressReport(share: share, facts: [cells, .init(verb, percent)], advice: report.advice))
    }
  }

  func endCommand() -> CommandEnding {
    let ending = outer.endCommand()
    let wasAsked = running.popLast()?.reason == .asked
    if ending.isStopped || wasAsked { isStopped = true }
    self.ending.isStopped = self.ending.isStopped || ending.isStopped
    self.ending.isDiscarded = self.ending.isDiscarded || ending.isDiscarded
    return ending
  }

  var isAskedToStop: Bool { outer.isAskedToStop || isStopped || call.stop.isRaised }
  var isAskedToEnd: Bool { outer.isAskedToEnd }
  func adopt(_ settings: SessionSettings) { outer.adopt(settings) }
}
