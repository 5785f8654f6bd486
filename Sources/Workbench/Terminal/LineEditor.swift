internal import CReadline
import Foundation
import Kernel
import Synchronization

/// Edits lines at a terminal with GNU readline: its keys, its history, Ctrl-R, `~/.inputrc`.
///
/// readline keeps its state in globals, so there is one editor to a program, used by one thread at
/// a time. Signals are not readline's: the interrupt watcher sends them here as messages.
final class LineEditor: LineReader {
  private let wake: WakePipe
  private let history: HistoryFile?
  private let lastRecord = Mutex("")

  /// Starts readline.
  ///
  /// - Parameters:
  ///   - wake: Brings messages on signals.
  ///   - history: Where statements are kept, if anywhere.
  ///   - listing: Lays out lists of completions for the present size of the screen.
  ///   - engine: Makes the completion engine for the session as it is now.
  /// - Throws: Where the history file is there but cannot be read.
  init(
    wake: WakePipe, history: HistoryFile?, listing: CompletionListing = CompletionListing(),
    engine: @escaping @Sendable () -> CompletionEngine
  ) throws(Failure) {
    self.wake = wake
    self.history = history
    editing.withLock { editing in
      editing.listing = listing
      editing.engine = engine
    }
    basin_readline_start(
      programName.utf8Start.asCharacters, completeForReadline, wordBreaksForReadline,
      showForReadline)
    stifle_history(Int32(HistoryFile.mostRecords))
    for record in try history?.load() ?? [] {
      add_history(record)
      lastRecord.withLock { $0 = record }
    }
  }

  func remember(_ statement: String) {
    let record = statement.trimmingCharacters(in: .whitespacesAndNewlines)
    guard !record.isEmpty else { return }
    let isNew = lastRecord.withLock { last in
      defer { last = record }
      return last != record
    }
    guard isNew else { return }
    add_history(record)
    do throws(Failure) {
      try history?.append(record)
    } catch {
      // Said once, at the next prompt: a full disk must not stop the work.
      editing.withLock { editing in
        if editing.historyProblem == nil { editing.historyProblem = error }
      }
    }
  }

  /// Why the history is not being kept, if it is not; said once.
  func takeHistoryProblem() -> Failure? {
    editing.withLock { editing in
      guard let problem = editing.historyProblem, !editing.isProblemSaid else { return nil }
      editing.isProblemSaid = true
      return problem
    }
  }

  func readLine(prompt: String, after earlier: String) throws(Failure) -> LineReading {
    if wake.drain() { return .end }
    editing.withLock { editing in
      editing.reading = nil
      editing.earlier = earlier
      editing.answer = nil
    }
    // The screen may have changed while a command ran.
    rl_reset_screen_size()
    rl_callback_handler_install(prompt, lineForReadline)
    while true {
      let ready = wake.wait(orInputFrom: 0)
      if ready.hasMessage, let message = wake.receive(), let reading = take(message) {
        return reading
      }
      if ready.hasInput {
        rl_callback_read_char()
        if let reading = editing.withLock({ $0.reading }) { return reading }
      }
    }
  }

  /// Acts on a message; the reading that it ends with, if it does.
  private func take(_ message: WakePipe.Message) -> LineReading? {
    switch message {
    case .resized:
      rl_resize_terminal()
    case .suspend:
      basin_readline_release_terminal()
      // The signal that ends the pause brings the message to take the terminal back.
      kill(getpid(), SIGSTOP)
    case .continued:
      basin_readline_resume()
    case .interrupted:
      basin_readline_abandon("^C\n")
      rl_callback_handler_remove()
      return .cleared
    case .leave:
      basin_readline_abandon("\n")
      rl_callback_handler_remove()
      return .end
    }
    return nil
  }
}

private let programName: StaticString = "basin"

extension UnsafePointer<UInt8> {
  /// The same bytes as C's characters.
  fileprivate var asCharacters: UnsafePointer<CChar> {
    UnsafeRawPointer(self).assumingMemoryBound(to: CChar.self)
  }
}

// MARK: - What readline calls

/// What the functions below share.
///
/// They run on the thread that is in `readLine`, inside readline.
private struct Editing: Sendable {
  var reading: LineReading?
  var earlier = ""
  var engine: (@Sendable () -> CompletionEngine)?
  var listing = CompletionListing()
  var answer: Answer?
  var historyProblem: Failure?
  var isProblemSaid = false

  /// The completions of one place in one line: readline asks several times.
  struct Answer: Sendable {
    var line: String
    var cursor: Int
    var result: CompletionResult
  }
}

private let editing = Mutex(Editing())

/// Takes a finished line, or `NULL` at the end of the input, and gives the terminal back.
private let lineForReadline: @convention(c) (UnsafeMutablePointer<CChar>?) -> Void = { line in
  rl_callback_handler_remove()
  let reading: LineReading
  if let line {
    reading = .line(String(cString: line))
    free(line)
  } else {
    // Ctrl-D leaves the cursor behind the prompt.
    basin_readline_print("\n")
    reading = .end
  }
  editing.withLock { $0.reading = reading }
}

/// The completions of the line as it is now.
private func presentCompletions() -> CompletionResult {
  let line = String(cString: basin_readline_line())
  let cursor = Int(basin_readline_point())
  let (engine, earlier, known) = editing.withLock { ($0.engine, $0.earlier, $0.answer) }
  if let known, known.line == line, known.cursor == cursor { return known.result }
  guard let engine else { return .nothing(at: cursor) }
  let result = engine().complete(line: line, cursor: cursor, after: earlier)
  editing.withLock { $0.answer = Editing.Answer(line: line, cursor: cursor, result: result) }
  return result
}

/// Where words begin, as a list of characters: readline looks back from the cursor to one of them.
private let wordBreaksForReadline: @convention(c) () -> UnsafeMutablePointer<CChar>? = {
  // A new Tab: names may have been bound since the last one in the same place.
  editing.withLock { $0.answer = nil }
  let result = presentCompletions()
  let breaks: StaticString =
    result.quote != nil
    ? "\"'" : result.isPath ? " \t\n\"'=,;()[]{}|<>" : " \t\n\"'=,;()[]{}|<>+*^.:"
  return UnsafeMutablePointer(mutating: breaks.utf8Start.asCharacters)
}

/// The matches as readline wants them: first their common beginning, all from `malloc`.
private let completeForReadline:
  @convention(c) (UnsafePointer<CChar>?, Int32, Int32) -> UnsafeMutablePointer<
    UnsafeMutablePointer<CChar>?
  >? = { _, start, _ in
    let result = presentCompletions()
    let isSingle = result.completions.count == 1
    let isWhole = isSingle && result.completions[0].isWhole
    let closing = result.quote?.asciiValue ?? UInt8(ascii: " ")
    basin_readline_take_matches(isWhole ? Int32(closing) : 0)
    guard !result.completions.isEmpty, result.start == Int(start) else {
      showHintAtSecondTab(result)
      return nil
    }
    let texts = isSingle ? [] : result.completions.map(\.text)
    let all = [result.commonPrefix] + texts
    let size = (all.count + 1) * MemoryLayout<UnsafeMutablePointer<CChar>?>.stride
    guard let memory = malloc(size) else { return nil }
    let matches = memory.bindMemory(to: UnsafeMutablePointer<CChar>?.self, capacity: all.count + 1)
    for (index, text) in all.enumerated() {
      (matches + index).initialize(to: strdup(text))
    }
    (matches + all.count).initialize(to: nil)
    return matches
  }

/// Where there is nothing to choose from, a second Tab says what is wanted.
private func showHintAtSecondTab(_ result: CompletionResult) {
  guard let hint = result.hint, basin_readline_is_second_tab() != 0 else { return }
  let listing = editing.withLock { $0.listing }.fittingScreen
  let text = listing.glyphs.shown(TextLayout.harmless(hint))
  let cut = TextLayout.truncated(text, width: listing.columns - 3, glyphs: listing.glyphs)
  basin_readline_print("\n  " + cut + "\n")
  rl_forced_update_display()
}

/// Shows the list of completions under the line, then the line again.
private let showForReadline:
  @convention(c) (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?, Int32, Int32) -> Void = {
    _, _, _ in
    let (answer, listing) = editing.withLock { ($0.answer, $0.listing) }
    guard let answer else { return }
    basin_readline_print("\n" + listing.fittingScreen.rendered(answer.result.completions))
    rl_forced_update_display()
  }

extension CompletionListing {
  /// The layout for the screen as it is now.
  fileprivate var fittingScreen: CompletionListing {
    var listing = self
    (listing.columns, listing.rows) = TerminalScreen.size()
    return listing
  }
}
