import Contract
import Foundation
import Kernel

/// The terminal, a pipe or a file as the outside of a session.
final class ConsoleHost: Host {
  /// What was asked for on the command line.
  struct Options: Sendable {
    /// Only what `print`, `show` and `expect` say, and errors.
    var isQuiet = false
    /// No colour, no characters beyond ASCII, no line that is renewed in place.
    var isPlain = false
    /// Whether everything on standard output is JSON, one object a line.
    var isJSON = false
    /// Whether answers carry numbers and times, as at the prompt.
    var isInteractive = false
    /// A file that everything shown is added to.
    var log: FileHandle?
  }

  private let sink: OutputSink
  private let interrupts: Interrupts?
  private let options: Options
  private let glyphs: Glyphs
  private var style: Style
  private var noteStyle: Style
  /// Whether long texts are shown a screen at a time.
  private var pages = true
  /// The log could not be written; said once.
  private var hasLogEnded = false
  /// The commands that run, the innermost last.
  private var running: [(stop: StopSignal, step: String, progress: ProgressLine)] = []

  init(sink: OutputSink, interrupts: Interrupts?, options: Options) {
    self.sink = sink
    self.interrupts = interrupts
    self.options = options
    glyphs = options.isPlain ? .ascii : Glyphs()
    (style, noteStyle) = Self.styles(.auto, options)
  }

  private static func styles(
    _ choice: SessionSettings.ColorChoice, _ options: Options
  ) -> (Style, Style) {
    guard !options.isPlain, let choice = Style.Choice(rawValue: choice.rawValue) else {
      return (.plain, .plain)
    }
    return (
      Style(choice, isTerminal: TerminalScreen.isTerminal(1)),
      Style(choice, isTerminal: TerminalScreen.isTerminal(2))
    )
  }

  private var width: Int { TerminalScreen.size().columns }

  // MARK: - Results

  func show(_ output: Output) {
    if options.isJSON, let line = jsonLine(of: output) {
      write(line.compact + "\n")
      return
    }
    switch output {
    case .result(let outcome): show(outcome)
    case .value(let value, let format):
      writeLong(rendered(value, as: format))
    case .drawing(let drawing, let facts, let format):
      let isPlain = format == .plain
      writeLong(
        rendered(Value(.table(facts), .typed("describe")), as: format) + "\n"
          + drawing.rendered(
            width: TerminalScreen.isTerminal(1) ? width : .max / 2,
            glyphs: isPlain ? .ascii : glyphs, style: isPlain ? .plain : style))
    case .text(let text): writeLong(glyphs.shown(text) + "\n")
    case .expectation(let expectation): show(expectation)
    case .help(let page): writeLong(page.rendered(width: width, glyphs: glyphs, style: style))
    case .helpIndex(let index):
      writeLong(index.rendered(width: width, glyphs: glyphs, style: style))
    }
  }

  private func show(_ outcome: Output.Outcome) {
    guard !options.isQuiet else { return }
    if outcome.format == .json {
      write(json(of: outcome).compact + "\n")
      return
    }
    let summary = ResultSummary(
      number: outcome.number, lines: lines(of: outcome),
      seconds: outcome.verb.isEmpty ? nil : outcome.seconds, hints: hints(of: outcome))
    write(summary.rendered(width: width, glyphs: glyphs, style: style))
    // A table or picture is what one wants to see; bound to a name it is kept for later.
    if outcome.names.isEmpty, let value = outcome.values.first, outcome.values.count == 1,
      [.table, .picture].contains(value.kind)
    {
      write(rendered(value, as: outcome.format))
    }
  }

  /// The value in full; tables are cut for a screen alone, not for a file or a pipe.
  private func rendered(_ value: Value, as format: OutputFormat) -> String {
    let isCut = value.kind == .picture || TerminalScreen.isTerminal(1)
    return value.rendered(
      as: format, width: isCut ? width : .max / 2, glyphs: glyphs, style: style)
  }

  /// One line for each value, or one for several networks of a kind.
  private func lines(of outcome: Output.Outcome) -> [ResultSummary.Line] {
    let summaries = outcome.values.map(\.summary)
    let allNetworks = outcome.values.allSatisfy { $0.kind == .network }
    if outcome.values.count > 1, allNetworks, Set(summaries).count == 1, let first = summaries.first
    {
      let text = "\(outcome.values.count) × " + first.dropFirst("1 × ".count)
      let names = outcome.names.isEmpty ? [outcome.verb] : outcome.names
      return [ResultSummary.Line(names.filter { !$0.isEmpty }, text)]
    }
    return outcome.values.enumerated().map { index, value in
      var names = outcome.names.indices.contains(index) ? [outcome.names[index]] : []
      if names.isEmpty, !outcome.verb.isEmpty { names = [outcome.verb] }
      var extra = ""
      if case .data(let data) = value.content {
        extra = ResultSummary.shortHash(data.contentHash.hex)
      }
      return ResultSummary.Line(names, summaries[index], extra: extra)
    }
  }

  private func hints(of outcome: Output.Outcome) -> [String] {
    guard !outcome.isLast, let value = outcome.values.first, let partial = value.partial,
      partial.resume != nil
    else { return [] }
    guard !outcome.names.isEmpty else { return ["go on with: resume _\(outcome.number)"] }
    let names = outcome.names
    return [
      "go on with: \(names.joined(separator: ", ")) = resume \(names.joined(separator: " "))"
    ]
  }

  /// What is shown as one object; `nil` for answers, which go their own way, and for values that a
  /// command was told to write otherwise.
  private func jsonLine(of output: Output) -> JSON? {
    switch output {
    // A drawing was asked for in a format that is no JSON.
    case .result, .drawing: return nil
    case .value(let value, let format): return format == .json ? value.json : nil
    case .text(let text): return .object([.init("text", .text(text))])
    case .expectation(let expectation):
      return .object([
        .init("expectation", .text(expectation.text)), .init("holds", .boolean(expectation.holds)),
        .init("label", expectation.label.map { .text($0) } ?? .null),
      ])
    case .help(let page):
      return .object([
        .init("text", .text(page.rendered(width: 80, glyphs: .ascii, style: .plain)))
      ])
    case .helpIndex(let index):
      return .object([
        .init("text", .text(index.rendered(width: 80, glyphs: .ascii, style: .plain)))
      ])
    }
  }

  private func json(of outcome: Output.Outcome) -> JSON {
    .object([
      .init("number", .integer(outcome.number)),
      .init("names", .array(outcome.names.map { .text($0) })),
      .init("command", .text(outcome.verb)), .init("seconds", .number(outcome.seconds)),
      .init("values", .array(outcome.values.map(\.json))),
    ])
  }

  private func show(_ expectation: Output.Expectation) {
    let mark =
      expectation.holds
      ? style.paint("ok", .good) + "         " : style.paint("FAILED", .bad) + "     "
    let label = expectation.label.map { "   \($0)" } ?? ""
    write(mark + glyphs.shown(expectation.text + label) + "\n")
  }

  // MARK: - Notes, errors, progress

  func note(_ sentence: String) {
    guard !options.isQuiet else { return }
    // Broken between words where a screen would break inside them.
    let columns = TerminalScreen.isTerminal(2) ? TerminalScreen.size(2).columns : nil
    let lines = columns.map { TextLayout.wrapped("note: " + sentence, width: max($0, 20)) }
    writeNote(lines?.joined(separator: "\n") ?? "note: " + sentence)
  }

  func report(_ diagnostic: Diagnostic) {
    // Nobody reads any more: the run ends, and that is no error.
    guard !sink.isClosed else { return }
    let columns = TerminalScreen.isTerminal(2) ? TerminalScreen.size(2).columns : nil
    var lines = diagnostic.rendered(columns: columns)
      .split(separator: "\n", omittingEmptySubsequences: false)
    let first = lines.removeFirst()
    let head = first.prefix { $0 != ":" }
    writeNote(
      noteStyle.paint(String(head), .bad) + glyphs.shown(String(first.dropFirst(head.count)))
        + lines.map { "\n" + glyphs.shown(String($0)) }.joined())
  }

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    let manner: ProgressLine.Manner =
      if options.isQuiet {
        .quiet
      } else if !options.isPlain, TerminalScreen.isTerminal(2), !TerminalScreen.isDumb() {
        .terminal(width: { TerminalScreen.size(2).columns })
      } else {
        .log
      }
    let progress = ProgressLine(label: verb, output: sink, manner: manner, glyphs: glyphs)
    running.append((stop, step, progress))
    interrupts?.beginCommand(stop, finishing: step)
    return progress.sink
  }

  func endCommand() -> CommandEnding {
    running.popLast()?.progress.finish()
    let ending = interrupts?.endCommand()
    // A command inside another one has ended; the outer one goes on and is the one to stop.
    if let outer = running.last { interrupts?.beginCommand(outer.stop, finishing: outer.step) }
    return CommandEnding(
      isStopped: ending?.isStopped ?? false, isDiscarded: ending?.isDiscarded ?? false)
  }

  var isAskedToStop: Bool { isAskedToEnd || interrupts?.isRunStopped == true }
  var isAskedToEnd: Bool { interrupts?.exitStatus != nil || sink.isClosed }

  func adopt(_ settings: SessionSettings) {
    (style, noteStyle) = Self.styles(settings.color, options)
    pages = settings.pages
  }

  // MARK: - Writing

  private func write(_ text: String) {
    sink.result(text)
    log(text)
  }

  /// Writes what was asked for; at a prompt a screen at a time where it is longer than the screen.
  private func writeLong(_ text: String) {
    let size = TerminalScreen.size()
    guard options.isInteractive, pages, !options.isPlain, !TerminalScreen.isDumb(),
      TerminalScreen.isTerminal(0), TerminalScreen.isTerminal(1),
      Pager.isLong(text, rows: size.rows - 1, columns: size.columns), let pager = Pager()
    else { return write(text) }
    interrupts?.beginPaging()
    let wasShown = pager.show(text.hasSuffix("\n") ? text : text + "\n")
    interrupts?.endPaging()
    guard wasShown else { return write(text) }
    log(text)
  }

  private func writeNote(_ text: String) {
    sink.note(text)
    log(text)
  }

  private func log(_ text: String) {
    guard let log = options.log, !hasLogEnded else { return }
    let line = text.hasSuffix("\n") || text.isEmpty ? text : text + "\n"
    do { try log.write(contentsOf: Data(line.utf8)) } catch {
      // It must not end the work that it is about; and a log with holes would mislead.
      hasLogEnded = true
      let reason = (error as NSError).localizedDescription
      sink.note("the log cannot be written and ends here: \(reason)")
    }
  }
}
