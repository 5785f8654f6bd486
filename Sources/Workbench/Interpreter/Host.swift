import Kernel

/// The outside of the interpreter: a terminal, a file's output, a test.
///
/// All calls but those of the progress sink come on the interpreter's own thread.
protocol Host: AnyObject {
  /// Shows something that was asked for, on standard output.
  func show(_ output: Output)
  /// Tells a fact on standard error.
  func note(_ sentence: String)
  /// Shows an error with its place, on standard error.
  func report(_ diagnostic: Diagnostic)
  /// A command begins; whoever wants it to end raises `stop`.
  ///
  /// - Parameter step: What the command finishes before it stops, such as `move` or `batch`.
  /// - Returns: Where the command reports how far it is; called on any thread, often.
  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink
  /// The command has ended; takes the progress line away and says whether an end was asked for.
  func endCommand() -> CommandEnding
  /// Whether Ctrl-C or a signal came, so that no further line is to run.
  var isAskedToStop: Bool { get }
  /// Whether the program was asked to end, and not only what runs.
  var isAskedToEnd: Bool { get }
  /// A `set` changed how things are shown.
  func adopt(_ settings: SessionSettings)
}

/// How a command ended, as far as the outside is concerned.
struct CommandEnding: Hashable, Sendable {
  /// Somebody asked it to end.
  var isStopped = false
  /// Its value is not wanted.
  var isDiscarded = false
}

/// What the interpreter shows.
enum Output: Sendable {
  /// A statement gave values: `_4 p   permutations for a, b …`.
  case result(Outcome)
  /// `show` and `print` of a value, and a value that stands alone: in full, in a format.
  case value(Value, OutputFormat)
  /// Facts about a value, and the graph of the networks in it under them.
  case drawing(GraphDrawing, facts: Table, OutputFormat)
  /// Lines of text, without the last line end.
  case text(String)
  /// An expectation was checked.
  case expectation(Expectation)
  /// A page of help.
  case help(HelpPage)
  /// What `help` alone lists.
  case helpIndex(HelpIndex)

  /// The values of one statement.
  struct Outcome: Sendable {
    /// The statement's number: the `7` of `_7`.
    var number: Int
    /// One per value, or empty where nothing was named.
    var names: [String]
    var values: [Value]
    /// The command that made them; empty for a mere expression.
    var verb: String
    var seconds: Double
    /// How tables in it are to be written.
    var format: OutputFormat
    /// Whether the program ends after it, so that what was stopped cannot be gone on with.
    var isLast = false
  }

  /// Both sides of a comparison, or the truth of a condition.
  struct Expectation: Sendable {
    var holds: Bool
    /// What was compared, such as `0.02% < 0.5%`.
    var text: String
    var label: String?
  }
}
