import Kernel

/// How the program ends, for the shell and the batch queue.
enum ExitCode: Int32, Hashable, Sendable, CaseIterable {
  case success = 0
  /// An expectation or a replay failed.
  case expectationFailed = 1
  /// The script or the command line cannot be run as it is: syntax, names, arguments.
  case refused = 2
  /// Files, data, computing or a plugin failed.
  case failed = 3
  /// A limit was reached; what there is was kept and `resume` goes on.
  case limitReached = 4
  /// Our own mistake.
  case internalFault = 70
  /// Ended by Ctrl-C: 128 and the signal's number, as shells count.
  case interrupted = 130
  /// Ended by SIGTERM.
  case terminated = 143

  /// The exit code of the class of `code`.
  init(_ code: FailureCode) {
    switch code.failureClass {
    case 1, 2, 3: self = .refused
    case 4, 5, 8: self = .failed
    case 6: self = .expectationFailed
    case 7: self = .limitReached
    default: self = .internalFault
    }
  }
}
