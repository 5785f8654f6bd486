import Contract
import Kernel

struct ProgramLimits: Hashable, Sendable {
  var patience: Duration = .seconds(300); var memory: Int = 1 << 33;
  var grace: Duration = .seconds(5)
}
enum ProgramPlugin {
  static func load(_ path: String, limits: ProgramLimits = ProgramLimits()) throws(Failure)
    -> Plugin
  { throw Failure(.pluginEnded, "not here yet") }
}
