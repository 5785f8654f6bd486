import Contract
import Kernel
import Synchronization
import Testing

@testable import Workbench

/// Runs scripts in the test's own process and keeps what they show.
final class CommandHost: Host {
  private(set) var outputs: [Output] = []
  private(set) var notes: [String] = []
  private(set) var diagnostics: [Diagnostic] = []
  /// The verb to stop, as Ctrl-C would, and after how many reports of progress.
  var stopping: (verb: String, afterReports: Int)?
  /// Commands in the order they began, with what each finishes before it stops.
  private(set) var begun: [(verb: String, step: String)] = []
  private var running: [(verb: String, stop: StopSignal)] = []

  /// Texts that were shown.
  var texts: [String] { outputs.compactMap { if case .text(let text) = $0 { text } else { nil } } }

  func show(_ output: Output) { outputs.append(output) }
  func note(_ sentence: String) { notes.append(sentence) }
  func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    running.append((verb, stop))
    begun.append((verb, step))
    guard let stopping, stopping.verb == verb else { return .none }
    if stopping.afterReports == 0 { stop.raise() }
    let counter = Counter()
    return ProgressSink { _ in
      if counter.next() >= stopping.afterReports { stop.raise() }
    }
  }

  func endCommand() -> CommandEnding {
    _ = running.popLast()
    // At a prompt the next line runs; so it does here.
    return CommandEnding()
  }

  var isAskedToStop: Bool { false }
  var isAskedToEnd: Bool { false }
  func adopt(_ settings: SessionSettings) {}
}

/// Counts from any thread.
private final class Counter: Sendable {
  private let count = Atomic<Int>(0)

  func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

/// A session with its host, for one test.
struct CommandBench {
  let host = CommandHost()
  let session: Session

  /// - Parameter threads: How many threads it has for itself; otherwise those of everybody, whose
  ///   number other tests change.
  init(threads: Int? = nil, lexicon: Lexicon = .standard) {
    session = Session(host: host, lexicon: lexicon)
    session.pool = threads.map { WorkPool(threadCount: $0) }
  }

  /// A session that ran lines to their end, and one that was stopped in them and is free to go on.
  static func wholeAndStopped(
    _ lines: String, at verb: String, afterReports count: Int
  ) throws -> (whole: CommandBench, stopped: CommandBench) {
    let (whole, stopped) = (CommandBench(), CommandBench())
    try whole.run(lines)
    stopped.host.stopping = (verb, afterReports: count)
    try stopped.run(lines)
    stopped.host.stopping = nil
    return (whole, stopped)
  }

  /// Runs lines that must succeed.
  func run(_ text: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
    let report = session.run(Source(name: "test", text: text))
    let problems = report.diagnostics.map(\.failure.description).joined(separator: "\n")
    try #require(report.isSuccess, "\(problems)\nin:\n\(text)", sourceLocation: sourceLocation)
  }

  /// Runs lines that must fail, and gives what is said.
  func failure(
    of text: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Failure {
    let report = session.run(Source(name: "test", text: text))
    return try #require(
      report.diagnostics.first?.failure, "nothing is wrong with:\n\(text)",
      sourceLocation: sourceLocation)
  }

  /// The content of a name.
  func content(
    _ name: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws -> Content {
    try #require(
      session.value(named: name), "no value `\(name)`", sourceLocation: sourceLocation
    ).content
  }

  func network(_ name: String) throws -> Network {
    try #require(try content(name).allNetworks.first)
  }

  func table(_ name: String) throws -> Table {
    guard case .table(let table) = try content(name) else { throw NotThis(kind: "a table") }
    return table
  }

  func data(_ name: String) throws -> DataSet {
    guard case .data(let data) = try content(name) else { throw NotThis(kind: "data") }
    return data
  }

  func result(_ name: String) throws -> ResultValue {
    guard case .result(let result) = try content(name) else { throw NotThis(kind: "a result") }
    return result
  }

  /// A value that is of another kind than the test expects.
  struct NotThis: Error {
    let kind: String
  }
}
