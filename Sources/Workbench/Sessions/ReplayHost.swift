import Kernel

/// The outside of a replayed session: progress and Ctrl-C as ever, but of what its lines show only
/// expectations that fail.
final class ReplayHost: Host {
  private let outer: any Host

  init(_ outer: any Host) { self.outer = outer }

  func show(_ output: Output) {
    if case .expectation(let expectation) = output, !expectation.holds { outer.show(output) }
  }

  func note(_ sentence: String) { outer.note(sentence) }

  func report(_ diagnostic: Diagnostic) { outer.report(diagnostic) }

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    outer.beginCommand(verb, finishing: step, stop: stop)
  }

  func endCommand() -> CommandEnding { outer.endCommand() }

  var isAskedToEnd: Bool { outer.isAskedToEnd }

  var isAskedToStop: Bool { outer.isAskedToStop }

  /// How things are shown outside stays as it is.
  func adopt(_ settings: SessionSettings) {}
}
