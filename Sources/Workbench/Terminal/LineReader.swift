import Kernel

/// Where the prompt gets its lines from.
protocol LineReader: Sendable {
  /// Waits for a line, showing `prompt` where a person is typing.
  ///
  /// - Parameter earlier: The lines before, where the statement began on one of them.
  func readLine(prompt: String, after earlier: String) throws(Failure) -> LineReading
  /// Keeps a statement so that it can be called back, a block of lines as one.
  func remember(_ statement: String)
}

/// What came from the keyboard or the pipe.
enum LineReading: Hashable, Sendable {
  /// A line without its line feed; pasted text may hold several.
  case line(String)
  /// Ctrl-C while editing: what was typed is given up.
  case cleared
  /// Nothing more will come: Ctrl-D, the end of the file, or the program is to leave.
  case end
}
