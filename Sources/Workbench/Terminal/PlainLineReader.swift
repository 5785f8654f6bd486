import Foundation
import Kernel
import Synchronization

/// Reads lines as they come: from pipes, from files, and on terminals that cannot move the cursor.
final class PlainLineReader: LineReader {
  private let descriptor: Int32
  private let showPrompt: (@Sendable (String) -> Void)?
  private let wake: WakePipe
  private let state = Mutex(State())

  private struct State {
    var bytes: [UInt8] = []
    var isAtEnd = false
  }

  /// - Parameter showPrompt: Writes the prompt where a person is typing; without it nothing is
  ///   shown.
  init(
    descriptor: Int32 = 0, wake: WakePipe, showPrompt: (@Sendable (String) -> Void)? = nil
  ) {
    self.descriptor = descriptor
    self.wake = wake
    self.showPrompt = showPrompt
  }

  func remember(_ statement: String) {}

  func readLine(prompt: String, after earlier: String) throws(Failure) -> LineReading {
    if wake.drain() { return .end }
    showPrompt?(prompt)
    while true {
      if let line = takeLine() { return .line(line) }
      if state.withLock({ $0.isAtEnd }) { return .end }
      let ready = wake.wait(orInputFrom: descriptor)
      if ready.hasMessage, let message = wake.receive() {
        if message == .leave { return .end }
        if message == .interrupted {
          state.withLock { $0.bytes = [] }
          // The terminal wrote ^C behind what was typed.
          showPrompt?("\n")
          return .cleared
        }
      }
      if ready.hasInput { try readMore() }
    }
  }

  private func takeLine() -> String? {
    state.withLock { state in
      if let end = state.bytes.firstIndex(of: UInt8(ascii: "\n")) {
        var line = state.bytes[..<end]
        if line.last == UInt8(ascii: "\r") { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        state.bytes.removeFirst(end + 1)
        return text
      }
      guard state.isAtEnd, !state.bytes.isEmpty else { return nil }
      defer { state.bytes = [] }
      return String(decoding: state.bytes, as: UTF8.self)
    }
  }

  private func readMore() throws(Failure) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(descriptor, &buffer, buffer.count)
    if count < 0 {
      if errno == EINTR || errno == EAGAIN { return }
      throw Failure(
        .fileNotFound, "the input cannot be read: \(String(cString: strerror(errno)))")
    }
    state.withLock { state in
      if count == 0 { state.isAtEnd = true } else { state.bytes += buffer[..<count] }
    }
  }
}
