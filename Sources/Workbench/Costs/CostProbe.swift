import Contract
import Foundation
import Kernel

/// Finds out what a script costs, by running a little of each of its lines.
///
/// A command that can be stopped is stopped soon after it says how far it is, and its whole time
/// follows from the share that it did. Every other command runs whole. Of a loop or a sweep as many
/// rounds run as there is time for, spread over all of them, and stand for the rest. Files are
/// written to a folder that is deleted afterwards, and what expectations find is passed over: the
/// networks are hardly trained.
final class CostProbe {
  /// What is known of a line, all its rounds together.
  struct Cost {
    var text: String
    /// How often each of its commands runs, by where it begins.
    var runsByCommand: [Int: Double] = [:]
    var seconds = 0.0
    /// Why it, or a part of it, is not known.
    var unknown: String?

    /// How often the line runs.
    var runs: Double { runsByCommand.values.max() ?? 0 }
  }

  /// A line of a script.
  struct Place: Hashable {
    var source: String
    var line: Int
  }

  private(set) var costs: [Place: Cost] = [:]
  let host: CostProbeHost
  private let stop: StopSignal
  private let deadline: ContinuousClock.Instant

  /// - Parameters:
  ///   - time: How long the estimate may take, which loops and sweeps share with what follows.
  ///   - stop: Ends the estimate, when that time is over or before.
  init(time: Duration, stop: StopSignal, lexicon: Lexicon) {
    deadline = .now.advanced(by: time)
    self.stop = stop
    host = CostProbeHost(lexicon: lexicon, stop: stop)
  }

  /// Looks at all lines of a script.
  ///
  /// - Parameter call: The command that asks, for settings and threads.
  func look(at script: Script, in source: Source, overrides: [String: Value], for call: Invocation)
  {
    let session = Session(
      host: host, lexicon: call.session.lexicon, settings: call.session.settings)
    session.settings.continuesOnFailure = true
    session.hasFixedThreads = true
    session.filesApart = FilesApart()
    session.enclosingStop = stop
    session.pool = call.session.pool
    session.probe = self
    var interpreter = Interpreter(session: session, source: source, overrides: overrides)
    // Nothing is thrown: what fails is noted at its line.
    try? interpreter.run(script.statements)
  }

  /// Whether no further line is to be looked at.
  var isSpent: Bool { stop.isRaised }

  // MARK: - Lines

  /// Whether a statement is to run; where time is up it is noted as not looked at.
  func begins(_ statement: Statement, in source: Source) -> Bool {
    guard isSpent else { return true }
    note(statement.span, in: source, unknown: "there was no time to look at it")
    return false
  }

  /// Notes why a line could not be looked at.
  func note(_ diagnostic: Diagnostic, of statement: Statement, in source: Source) {
    note(statement.span, in: source, unknown: diagnostic.failure.message)
  }

  private func note(_ span: Span, in source: Source, unknown: String) {
    change(span, in: source) { cost in
      cost.unknown = cost.unknown ?? unknown
    }
  }

  private func change(_ span: Span, in source: Source, _ change: (inout Cost) -> Void) {
    let place = Place(source: source.name, line: source.line(at: span.lower))
    var cost =
      costs[place]
      ?? Cost(
        text: source.text(of: source.span(ofLine: place.line))
          .trimmingCharacters(in: .whitespaces))
    change(&cost)
    costs[place] = cost
  }

  // MARK: - Commands

  /// Runs a command for as long as its cost needs to be seen.
  func run(
    _ invocation: Invocation, _ call: Call, in source: Source
  ) throws(Failure) -> [Content] {
    let command = invocation.command
    if command.role == .sweep { return try sweep(invocation) }
    if command.continues != nil {
      // How much is left depends on where it was stopped.
      note(call.span, in: source, unknown: "what was left to do is not known")
      change(call.span, in: source) { $0.runsByCommand[call.span.lower, default: 0] += 1 }
      return invocation.resumedValues.map(\.content)
    }
    let gauge = host.running.last
    let contents: [Content]
    do throws(Failure) { contents = try command.run(invocation) } catch {
      // What the estimate itself cut off is known all the same.
      guard [.stopped, .budgetReached].contains(error.code),
        let seconds = gauge?.wholeTime(shareDone: nil)
      else {
        throw error
      }
      note(call, seconds, of: invocation, in: source)
      throw error
    }
    // Of a script that it runs, the lines are what costs.
    if command.role == .ofSession { return contents }
    let partial = invocation.report.partial
    note(call, gauge?.wholeTime(shareDone: partial?.share ?? 1), of: invocation, in: source)
    return contents
  }

  private func note(_ call: Call, _ seconds: Double?, of invocation: Invocation, in source: Source)
  {
    let budget = invocation.realIfGiven("budget")
    change(call.span, in: source) { cost in
      cost.runsByCommand[call.span.lower, default: 0] += 1
      if let seconds {
        cost.seconds += min(seconds, budget ?? .infinity)
      } else if let budget {
        cost.seconds += budget
      } else {
        cost.unknown = "it did not get far enough to tell"
      }
    }
  }

  // MARK: - Rounds

  /// Runs some of the rounds of a loop, which stand for all of them.
  func sample<Problem>(
    _ count: Int, _ round: (Int) throws(Problem) -> Void
  ) throws(Problem) {
    var ran = 0
    let outside = takeCosts()
    defer {
      let inside = takeCosts(leaving: outside)
      add(inside, times: Double(count) / Double(max(ran, 1)))
    }
    let until = timeForRounds
    for number in Self.spread(count) {
      try round(number)
      ran += 1
      if ContinuousClock.now >= until || isSpent { return }
    }
  }

  /// When a loop that begins now has to leave the rest of the time to the lines after it.
  var timeForRounds: ContinuousClock.Instant {
    let now = ContinuousClock.now
    return now.advanced(by: max(.zero, (deadline - now) / 2))
  }

  /// The numbers from 0 to `count` − 1, any few of the first of them spread over all.
  static func spread(_ count: Int) -> LazyMapSequence<Range<Int>, Int> {
    // Steps of about the golden ratio of the whole come nowhere near each other for long; without
    // a common divisor they meet every number once.
    func divisor(_ a: Int, _ b: Int) -> Int { b == 0 ? a : divisor(b, a % b) }
    var step = max(1, Int(0.618 * Double(count)))
    while count > 1, divisor(step, count) != 1 { step += 1 }
    return (0..<count).lazy.map { (count / 2 + $0 * step) % count }
  }

  /// What was noted so far, with something else in its place.
  func takeCosts(leaving rest: [Place: Cost] = [:]) -> [Place: Cost] {
    defer { costs = rest }
    return costs
  }

  /// Adds what stands for `factor` times as much.
  func add(_ more: [Place: Cost], times factor: Double) {
    for (place, cost) in more {
      var sum = costs[place] ?? Cost(text: cost.text)
      sum.runsByCommand.merge(cost.runsByCommand.mapValues { factor * $0 }, uniquingKeysWith: +)
      sum.seconds += factor * cost.seconds
      sum.unknown = sum.unknown ?? cost.unknown
      costs[place] = sum
    }
  }
}
