import Foundation
import Kernel

/// Wakes a thread that waits for input, with a short message.
///
/// One end is polled beside the keyboard; any thread may send.
final class WakePipe: Sendable {
  let readEnd: Int32
  private let writeEnd: Int32

  /// What the waiting thread is told.
  enum Message: UInt8, Hashable, Sendable {
    case interrupted = 1
    case resized
    case continued
    case suspend
    case leave
  }

  init() throws(Failure) {
    let ends = try makePipe()
    (readEnd, writeEnd) = (ends.read, ends.write)
    // A thread that looks for messages must not wait for them here.
    _ = fcntl(readEnd, F_SETFL, O_NONBLOCK)
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func send(_ message: Message) {
    var byte = message.rawValue
    _ = write(writeEnd, &byte, 1)
  }

  /// The next message, without waiting.
  func receive() -> Message? {
    var byte: UInt8 = 0
    guard read(readEnd, &byte, 1) == 1 else { return nil }
    return Message(rawValue: byte)
  }

  /// Forgets what was sent so far; says whether it was time to leave.
  func drain() -> Bool {
    var isLeaving = false
    while let message = receive() { isLeaving = isLeaving || message == .leave }
    return isLeaving
  }

  /// Waits until `descriptor` can be read or a message came; says which.
  func wait(orInputFrom descriptor: Int32) -> (hasInput: Bool, hasMessage: Bool) {
    while true {
      var waiting = [
        pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
      ]
      let count = poll(&waiting, 2, -1)
      if count > 0 { return (waiting[0].revents != 0, waiting[1].revents != 0) }
      if count < 0, errno != EINTR { return (true, false) }
    }
  }
}

/// A pipe that children do not inherit and whose writer never waits.
func makePipe() throws(Failure) -> (read: Int32, write: Int32) {
  var ends: [Int32] = [-1, -1]
  guard pipe(&ends) == 0, fcntl(ends[0], F_SETFD, FD_CLOEXEC) == 0,
    fcntl(ends[1], F_SETFD, FD_CLOEXEC) == 0, fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0
  else {
    throw Failure(
      .outOfMemory, "the system gives no pipe: \(String(cString: strerror(errno)))",
      notes: ["too many files may be open"])
  }
  return (ends[0], ends[1])
}
