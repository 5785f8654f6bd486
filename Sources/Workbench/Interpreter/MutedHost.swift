import Kernel

/// An outside where nothing shows and nobody asks for anything.
class MutedHost: Host {
  func show(_ output: Output) {}
  func note(_ sentence: String) {}
  func report(_ diagnostic: Diagnostic) {}
  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    .none
  }
  func endCommand() -> CommandEnding { CommandEnding() }
  var isAskedToStop: Bool { false }
  var isAskedToEnd: Bool { false }
  func adopt(_ settings: SessionSettings) {}
}
