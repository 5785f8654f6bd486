import Foundation
import Kernel
import Synchronization

/// The only way to the screen: results to standard output, notes and progress to standard error.
///
/// Any thread may write; each text goes out whole. A reader that has gone away (`basin … | head`)
/// closes the results quietly: what follows is dropped and `isClosed` says so.
final class OutputSink: Sendable {
  private let results: Destination
  private let notes: Destination
  private let whenClosed: @Sendable () -> Void
  private let columns: @Sendable () -> Int
  private let state = Mutex(State())

  /// Where text goes.
  enum Destination: Sendable {
    case descriptor(Int32)
    /// Kept, for `captured`.
    case memory
  }

  private struct State {
    var liveLine: String?
    var isClosed = false
    var failure: Failure?
    var capturedResults = ""
    var capturedNotes = ""
  }

  /// - Parameters:
  ///   - whenClosed: Called once when nobody reads the results any more, from the thread that
  ///     wrote; usually raises the stop signal.
  ///   - columns: How wide the screen of the notes is now.
  init(
    results: Destination = .descriptor(1), notes: Destination = .descriptor(2),
    whenClosed: @escaping @Sendable () -> Void = {},
    columns: @escaping @Sendable () -> Int = { TerminalScreen.size(2).columns }
  ) {
    self.results = results
    self.notes = notes
    self.columns = columns
    self.whenClosed = whenClosed
  }

  /// Whether the reader of the results has gone away.
  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Results could not be written for another reason, such as a full disk.
  var failure: Failure? { state.withLock { $0.failure } }

  /// What went to memory so far.
  var captured: (results: String, notes: String) {
    state.withLock { ($0.capturedResults, $0.capturedNotes) }
  }

  /// Writes to standard output, with a line feed at the end where there is none.
  func result(_ text: String) {
    let closedNow = state.withLock { state in
      guard !state.isClosed else { return false }
      withoutLiveLine(&state) { write(Self.line(text), to: results, isResult: true, &$0) }
      return state.isClosed
    }
    if closedNow { whenClosed() }
  }

  /// Writes to standard error, with a line feed at the end where there is none.
  func note(_ text: String) {
    state.withLock { state in
      withoutLiveLine(&state) { write(Self.line(text), to: notes, isResult: false, &$0) }
    }
  }

  // MARK: - The progress line

  /// What takes a live line away: to its first column, and empty from there on.
  ///
  /// A terminal that has become narrower since has broken the line into several.
  private func erasing(_ line: String) -> String {
    let width = columns()
    let rows = width > 0 ? max(0, displayWidth(of: line) - 1) / width : 0
    guard rows > 0, TerminalScreen.breaksLinesAnew() else { return "\r\u{1B}[K" }
    return "\r\u{1B}[\(rows)A\u{1B}[J"
  }

  /// Shows `line`, which holds no line feed, in place of the live line before; `nil` erases it.
  func showLive(_ line: String?) {
    state.withLock { state in
      guard line != nil || state.liveLine != nil else { return }
      let text = (state.liveLine.map(erasing) ?? "") + (line ?? "")
      state.liveLine = line
      write(text, to: notes, isResult: false, &state)
    }
  }

  /// Takes the live line away while something else is written, so that lines never run together.
  private func withoutLiveLine(_ state: inout State, _ body: (inout State) -> Void) {
    guard let line = state.liveLine else { return body(&state) }
    write(erasing(line), to: notes, isResult: false, &state)
    body(&state)
    write(line, to: notes, isResult: false, &state)
  }

  // MARK: - Writing

  private static func line(_ text: String) -> String {
    text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
  }

  private func write(
    _ text: String, to destination: Destination, isResult: Bool, _ state: inout State
  ) {
    switch destination {
    case .memory:
      if isResult { state.capturedResults += text } else { state.capturedNotes += text }
    case .descriptor(let descriptor):
      let problem = Self.write(text, descriptor: descriptor)
      guard isResult, problem != 0 else { return }
      state.isClosed = true
      if problem != EPIPE, state.failure == nil {
        state.failure = Failure(
          .writeFailed, "the results could not be written: \(String(cString: strerror(problem)))")
      }
    }
  }

  /// Writes everything; returns 0 or the number of the problem.
  private static func write(_ text: String, descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count, let start = bytes.baseAddress {
        let written = Foundation.write(descriptor, start + done, bytes.count - done)
        if written > 0 {
          done += written
        } else if errno == EAGAIN {
          // A terminal that others set to non-blocking: wait until it takes more.
          var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&waiting, 1, -1)
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
  }
}

extension OutputSink {
  /// Writes a prompt to standard error, without a line feed.
  func prompt(_ text: String) {
    state.withLock { state in
      withoutLiveLine(&state) { write(text, to: notes, isResult: false, &$0) }
    }
  }
}
