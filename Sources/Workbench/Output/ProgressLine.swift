import Kernel
import Synchronization

/// Shows how far long work is, in one line that goes away when the work is done.
///
///       sa2   [##########------]  62%  best 9.9%  T 2.1e-3  accept 14%  0:05 < 0:03
///
/// Reports may come from any thread and as often as they like. On a terminal the line is renewed at
/// most ten times a second, and first after a quarter of a second so that short work shows nothing.
/// Elsewhere a line is written for every ten percent or thirty seconds, at most one a second.
final class ProgressLine: Sendable {
  private let label: String
  private let output: OutputSink
  private let manner: Manner
  private let glyphs: Glyphs
  /// Seconds on a clock that never goes back.
  private let now: @Sendable () -> Double
  private let startTime: Double
  private let state: Mutex<State>

  /// How progress is shown.
  enum Manner: Sendable {
    /// One line, renewed in place; the closure gives the columns of the screen, which may change.
    case terminal(width: @Sendable () -> Int)
    /// Now and then a line: for files and pipes.
    case log
    case quiet
  }

  private struct State {
    var nextTime: Double
    var lastTime: Double
    var nextShare = tenth
    var isFinished = false
    var shownColumns = 0
  }

  /// At most ten updates a second.
  private static let interval = 0.1
  private static let firstDelay = 0.25
  /// Between two lines off a terminal, in seconds: at least and at most.
  private static let (logShortest, logLongest) = (1.0, 30.0)
  private static let tenth = 0.1

  init(
    label: String, output: OutputSink, manner: Manner, glyphs: Glyphs = .unicode,
    now: @escaping @Sendable () -> Double = ProgressLine.monotonicSeconds
  ) {
    self.label = label
    self.output = output
    self.manner = manner
    self.glyphs = glyphs
    self.now = now
    let start = now()
    startTime = start
    state = Mutex(State(nextTime: start + Self.firstDelay, lastTime: start))
  }

  /// Seconds since some moment before the program began its work.
  static let monotonicSeconds: @Sendable () -> Double = {
    let origin = ContinuousClock.now
    return { (ContinuousClock.now - origin) / .seconds(1) }
  }()

  /// Takes the reports of the work.
  var sink: ProgressSink {
    if case .quiet = manner { return .none }
    return ProgressSink { [self] report in self.take(report) }
  }

  /// Erases the line.
  ///
  /// Reports that come later are dropped.
  func finish() {
    state.withLock { state in
      state.isFinished = true
      if case .terminal = manner, state.shownColumns > 0 { output.showLive(nil) }
    }
  }

  private func take(_ report: ProgressReport) {
    if let advice = report.advice { output.note("note: " + glyphs.shown(advice)) }
    // A thread that finds another one at work has nothing to add.
    _ = state.withLockIfAvailable { state in
      let time = now()
      guard !state.isFinished, isDue(report, at: time, state) else { return }
      state.lastTime = time
      switch manner {
      case .quiet: break
      case .terminal(let width):
        state.nextTime = time + Self.interval
        // The last column stays free: writing there makes some terminals wrap.
        let line = rendered(report, elapsed: time - startTime, width: width() - 1)
        state.shownColumns = displayWidth(of: line)
        output.showLive(line)
      case .log:
        state.nextShare = ((report.share / Self.tenth + 1e-9).rounded(.down) + 1) * Self.tenth
        output.note(rendered(report, elapsed: time - startTime, width: .max))
      }
    }
  }

  private func isDue(_ report: ProgressReport, at time: Double, _ state: State) -> Bool {
    switch manner {
    case .quiet: false
    case .terminal: time >= state.nextTime
    case .log:
      time >= state.lastTime + Self.logLongest
        || (report.share >= state.nextShare - 1e-9 && time >= state.lastTime + Self.logShortest)
    }
  }

  // MARK: - The line

  /// The line in at most `width` columns: facts go first, from the last, then the bar shrinks.
  func rendered(_ report: ProgressReport, elapsed: Double, width: Int) -> String {
    let share = report.share.isFinite ? min(max(report.share, 0), 1) : 0
    let facts = report.facts.map { $0.name.isEmpty ? $0.value : "\($0.name) \($0.value)" }
    for (bar, count) in Self.shapes(factCount: facts.count) {
      let line = assembled(share, facts: facts.prefix(count), bar: bar, elapsed: elapsed)
      if displayWidth(of: line) <= width { return line }
    }
    let percent = Self.percent(share)
    return TextLayout.truncated("  \(label) \(percent)", width: width, glyphs: glyphs)
  }

  /// Widths of the bar and numbers of facts to try, the best first.
  private static func shapes(factCount: Int) -> [(bar: Int, facts: Int)] {
    (0...factCount).reversed().map { (16, $0) } + [(8, 0), (0, 0)]
  }

  private func assembled(
    _ share: Double, facts: ArraySlice<String>, bar: Int, elapsed: Double
  ) -> String {
    var parts = ["  " + TextLayout.leftAligned(label, width: 5)]
    if bar > 0 {
      let filled = Int((share * Double(bar)).rounded(.down))
      let empty = String(repeating: "-", count: bar - filled)
      parts[0] += " [" + String(repeating: "#", count: filled) + empty + "]"
    }
    parts[0] += " " + Self.percent(share)
    parts += facts.map { glyphs.shown(TextLayout.harmless($0)) }
    // Before a hundredth is done, what remains would be a guess.
    let remaining = share >= 0.01 ? elapsed / share * (1 - share) : .nan
    parts.append("\(NumberText.clock(elapsed)) < \(NumberText.clock(remaining))")
    return parts.joined(separator: "  ")
  }

  private static func percent(_ share: Double) -> String {
    // Rounded down, so that 100% stands only at the end; the small term undoes 0.29 * 100 = 28.99….
    TextLayout.rightAligned("\(Int((share * 100 + 1e-9).rounded(.down)))%", width: 4)
  }
}
