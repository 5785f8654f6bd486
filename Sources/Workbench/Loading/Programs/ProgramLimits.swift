import Kernel

/// What a plugin's program may use before it is ended.
struct ProgramLimits: Hashable, Sendable {
  /// The longest silence while it works.
  var patience: Duration
  /// How many bytes of memory it may take.
  var memory: Int
  /// How long it may go on after it was asked to stop.
  var grace: Duration

  /// The longest silence while it starts: Python and its packages may come from a slow drive.
  var startPatience: Duration { max(patience, .seconds(60)) }

  /// Five minutes: longer than any one step of a method that reports how far it is.
  static let usualPatience: Duration = .seconds(300)

  init(
    patience: Duration = usualPatience, memory: Int = Memory.limit, grace: Duration = .seconds(5)
  ) {
    self.patience = patience
    self.memory = memory
    self.grace = grace
  }
}
