import Kernel

/// The conversation: reads statements and hands them over, until it is time to leave.
struct PromptLoop {
  /// Where lines come from.
  let reader: any LineReader
  let interrupts: Interrupts
  let output: OutputSink
  /// The number of the next result, for the prompt.
  let number: () -> Int
  /// Whether the text is a statement that goes on: an open bracket or quote, a `|>` at its end.
  let isUnfinished: (String) -> Bool
  /// Runs a statement, or several, and says whether to go on.
  ///
  /// Tells the person of failures itself.
  let run: (String) -> Next

  /// What comes after a statement.
  enum Next: Hashable, Sendable {
    case goOn, leave
  }

  static let continuationPrompt = "... "

  /// Talks until Ctrl-D, `quit`, or a signal that ends the program; returns the exit status that a
  /// signal asks for, or 0.
  ///
  /// - Throws: Where the input cannot be read.
  func talk() throws(Failure) -> Int32 {
    var pending = ""
    while interrupts.exitStatus == nil {
      sayHistoryProblem()
      let prompt = pending.isEmpty ? "basin \(number())> " : Self.continuationPrompt
      interrupts.beginEditing()
      let reading = try reader.readLine(prompt: prompt, after: pending)
      interrupts.endEditing()
      switch reading {
      case .cleared:
        pending = ""
      case .end:
        // What was begun is handed over, so that an unclosed bracket at the end of a pipe is told.
        if !pending.isEmpty, interrupts.exitStatus == nil {
          _ = runWatched(String(pending.dropLast()))
          pending = ""
          // At a keyboard Ctrl-D ends what was begun, and not the program with it.
          if reader is LineEditor { continue }
        }
        return interrupts.exitStatus ?? 0
      case .line(let line):
        // In a transcript each statement was typed by itself, and one of them may have failed.
        for entry in PastedText.entries(of: line) {
          let text = pending + entry
          if text.allSatisfy(\.isWhitespace) {
            pending = ""
          } else if isUnfinished(text) {
            pending = text + "\n"
          } else {
            pending = ""
            reader.remember(text)
            if runWatched(text) == .leave { return interrupts.exitStatus ?? 0 }
            if interrupts.isRunStopped || interrupts.exitStatus != nil { break }
          }
        }
      }
    }
    return interrupts.exitStatus ?? 0
  }

  private func runWatched(_ text: String) -> Next {
    interrupts.beginRun()
    defer { interrupts.endRun() }
    return run(text)
  }

  private func sayHistoryProblem() {
    guard let editor = reader as? LineEditor, let problem = editor.takeHistoryProblem() else {
      return
    }
    output.note("note: \(problem.message); what is typed is kept for this session only")
  }
}

extension PromptLoop {
  /// The reader for the terminal that the program has: the editor where the cursor can be moved,
  /// plain lines elsewhere.
  static func reader(
    interrupts: Interrupts, output: OutputSink, listing: CompletionListing = CompletionListing(),
    engine: @escaping @Sendable () -> CompletionEngine
  ) throws(Failure) -> any LineReader {
    let isTyped = TerminalScreen.isTerminal(0)
    if isTyped, TerminalScreen.isTerminal(1), !TerminalScreen.isDumb() {
      let history = HistoryFile()
      do throws(Failure) {
        return try LineEditor(
          wake: interrupts.wake, history: history, listing: listing, engine: engine)
      } catch {
        output.note("note: \(error.message); what is typed is kept for this session only")
        return try LineEditor(
          wake: interrupts.wake, history: nil, listing: listing, engine: engine)
      }
    }
    guard isTyped else { return PlainLineReader(wake: interrupts.wake) }
    return PlainLineReader(wake: interrupts.wake) { prompt in output.prompt(prompt) }
  }
}

/// The one line that greets: what this is, what it runs with, and the way to more.
struct Banner: Hashable, Sendable {
  /// Facts in order, such as `basin 0.1`, `2 threads`, `f32`, `seed 1`.
  var facts: [String]
  /// What stands after the last fact where there is room for it.
  var aside = ""

  /// The facts, and at the right edge the ways to help where they fit.
  func rendered(width: Int, glyphs: Glyphs = .unicode) -> String {
    let separator = glyphs.shown(" · ")
    var left = facts.joined(separator: separator)
    let help = ["help", "help tour", "quit"].joined(separator: separator)
    if displayWidth(of: left + aside + separator + help) <= width { left += aside }
    // On a narrow screen the first way to more has to do.
    let ways = [["help", "help tour", "quit"], ["help"]]
      .map { $0.joined(separator: separator) }
    guard
      let right = ways.first(where: { displayWidth(of: left + separator + $0) <= width })
    else { return TextLayout.truncated(left, width: width, glyphs: glyphs) }
    let all = left + separator + right
    let free = min(width, 102) - displayWidth(of: left) - displayWidth(of: right)
    return free >= 10 ? left + TextLayout.blanks(free) + right : all
  }
}
