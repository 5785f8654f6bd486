import Contract
import Kernel

/// The outside as lines see it whose cost is looked at: a gauge watches each command.
final class CostProbeHost: MutedHost {
  /// The gauges of the commands that run, the innermost last.
  private(set) var running: [CostGauge] = []
  private let lexicon: Lexicon
  private let stop: StopSignal

  init(lexicon: Lexicon, stop: StopSignal) {
    self.lexicon = lexicon
    self.stop = stop
  }

  override func beginCommand(
    _ verb: String, finishing step: String, stop: StopSignal
  ) -> ProgressSink {
    let canStop = lexicon.command(verb)?.recovery != nil
    let gauge = CostGauge(stop: canStop ? stop : nil)
    running.append(gauge)
    return ProgressSink { gauge.take($0) }
  }

  override func endCommand() -> CommandEnding {
    running.removeLast()
    return CommandEnding()
  }

  override var isAskedToStop: Bool { stop.isRaised }
}
