import Kernel

/// The outside of the interpreter: a terminal, a file's output, a test.
///
/// All calls but `progress` come on the interpreter's own thread.
protocol Host: AnyObject {
  /// Shows something that was asked for, on standard output.
  func show(_ output: Output)
  /// Tells a fact on standard error.
  func note(_ sentence: String)
  /// Where a command reports how far it is; called on any thread, often.
  func progress(for verb: String) -> ProgressSink
  /// Takes the progress line away; the command has ended.
  func endProgress()
}

/// What the interpreter shows.
enum Output: Sendable {
  /// A statement gave values: `_4 p   permutations for a, b …`.
  case result(Outcome)
  /// `show`, `print` and bare values: a value in full, in a format.
  case value(Value, OutputFormat)
  /// Lines of text.
  case text(String)
  /// An expectation was checked.
  case expectation(Expectation)
  /// A page of help.
  case help(HelpPage)

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
  }

  /// Both sides of a comparison, or the truth of a condition.
  struct Expectation: Sendable {
    var holds: Bool
    /// What was compared, such as `0.02% < 0.5%`.
    var text: String
    var label: String?
  }
}
