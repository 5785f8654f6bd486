import Foundation
import Kernel

/// A session as a script with receipts: what people read, send and replay.
struct SessionScript {
  let text: String
  let statementCount: Int
  let receiptCount: Int
  /// What a replay may not give again.
  let warnings: [String]

  init(_ session: Session) throws(Failure) {
    let slice = try SessionSlice(session)
    let seed = session.sessionRecord.seed
    var lines = ["#!/usr/bin/env basin"]
    let unloaded = Self.pluginsWithoutLine(slice.entries, session.lexicon)
    let pins = Self.pins(slice.entries, seed: seed, session.lexicon)
    lines += (pins + unloaded.map { SessionPin($0.origin) }).map(\.line)
    lines.append("")
    lines += unloaded.map { "plugin load \(Content.quoted($0.origin.path))" }
    var receipts = 0
    for entry in slice.entries {
      lines.append(Self.line(of: entry, session.lexicon))
      for value in entry.values {
        lines += Receipt(value).lines
        receipts += 1
      }
    }
    text = lines.joined(separator: "\n") + "\n"
    statementCount = slice.entries.count
    receiptCount = receipts
    warnings = slice.warnings
  }

  static func line(of entry: SessionEntry, _ lexicon: Lexicon) -> String {
    guard case .parameter(let name, _, let range, let help) = entry.statement.kind,
      let text = entry.override?.content.sourceText
    else {
      return entry.withTimeSpent(lexicon).withoutDefaults(lexicon).canonical
    }
    var line = "param \(name.text) = \(text)"
    if let range { line += " in \(range.canonical)" }
    if let help { line += " \(help.canonical)" }
    return line
  }

  // MARK: - Plugins

  /// The plugins that lines use and none loads: those that a folder brought when the program began.
  private static func pluginsWithoutLine(
    _ entries: [SessionEntry], _ lexicon: Lexicon
  ) -> [LoadedPlugin] {
    let calls = entries.flatMap(\.calls)
    let loaded = Set(calls.flatMap(\.files).filter(\.isPlugin).map(\.path))
    let used = Set(
      calls.flatMap(\.allMethods).compactMap { $0.split(separator: " ").first.map(String.init) })
    return lexicon.plugins.filter {
      !loaded.contains($0.origin.path) && !used.isDisjoint(with: $0.ids)
    }
  }

  // MARK: - The head

  private static func pins(
    _ entries: [SessionEntry], seed: UInt64, _ lexicon: Lexicon
  ) -> [SessionPin] {
    var pins: [SessionPin] = [
      .program(version: Basin.version, level: "\(NumericLevel.current)", seed: seed)
    ]
    var inputs = InputFiles()
    var methods: [String] = []
    var plugged: [PluggedPart] = []
    for call in entries.flatMap(\.calls) {
      pins += inputs.add(call).map(SessionPin.init)
      for method in call.allMethods where !methods.contains(method) { methods.append(method) }
      plugged += call.plugged.filter { !plugged.contains($0) }
    }
    return pins + methods.map { .method($0) } + plugged.map { .plugged($0) }
  }
}

extension SessionEntry {
  /// The statement; where its values were stopped and never finished, with the time that was spent
  /// as its budget, so that a replay works as long and not to the end.
  fileprivate func withTimeSpent(_ lexicon: Lexicon) -> Statement {
    guard case .assignment(let targets, var pipeline) = statement.kind,
      values.contains(where: { $0.partial != nil }), let verb = lastVerb,
      lexicon.command(verb)?.parameter(named: "budget") != nil,
      case let seconds = secondsSpent(on: verb, lexicon), seconds > 0
    else { return statement }
    var call: Call
    if let last = pipeline.rest.last {
      call = last
    } else if case .call(let first) = pipeline.first {
      call = first
    } else {
      return statement
    }
    let isGiven = call.arguments.contains { $0.name?.text == "budget" }
    // What its own budget stopped says so itself.
    guard isResumed || !isGiven else { return statement }
    call.arguments.removeAll { $0.name?.text == "budget" }
    let milliseconds = Int((seconds * 1000).rounded(.up))
    call.arguments.append(
      Argument(
        name: Name(text: "budget", span: Span(0, 0)),
        value: Expression(.number(Number(milliseconds: milliseconds)), Span(0, 0)),
        span: Span(0, 0)))
    if pipeline.rest.isEmpty {
      pipeline.first = .call(call)
    } else {
      pipeline.rest[pipeline.rest.count - 1] = call
    }
    var result = statement
    result.kind = .assignment(targets, pipeline)
    return result
  }
}

extension SessionEntry {
  /// How long a command ran in it, with all that went on with it.
  private func secondsSpent(on verb: String, _ lexicon: Lexicon) -> Double {
    let ofCalls = calls.reduce(0) { sum, call in
      let counts = call.verb == verb || lexicon.command(call.verb)?.continues != nil
      return counts ? sum + call.seconds : sum
    }
    // A search that goes on where a killed program left it knows the time before that, too.
    guard lexicon.command(verb)?.continues == nil, values.count == 1,
      case .result(let result) = values[0].content
    else { return ofCalls }
    return max(ofCalls, result.seconds - result.secondsOfStart)
  }
}

extension ResultValue {
  /// What the search took whose result this one began from.
  fileprivate var secondsOfStart: Double {
    guard case .result(let start)? = method.searchArguments["start"]?.content else { return 0 }
    return start.seconds
  }
}

extension Statement {
  /// The statement without arguments that say what holds anyway.
  fileprivate func withoutDefaults(_ lexicon: Lexicon) -> Statement {
    guard case .assignment(let targets, let pipeline) = kind else { return self }
    var shorter = pipeline
    if case .call(let call) = pipeline.first {
      shorter.first = .call(call.withoutDefaults(lexicon))
    }
    shorter.rest = pipeline.rest.map { $0.withoutDefaults(lexicon) }
    var result = self
    result.kind = .assignment(targets, shorter)
    return result
  }
}

extension Call {
  fileprivate func withoutDefaults(_ lexicon: Lexicon) -> Call {
    guard let command = lexicon.command(verb.text) else { return self }
    var result = self
    result.arguments.removeAll { argument in
      guard let name = argument.name?.text, case .number(let number) = argument.value.form,
        // `set` gives these another default.
        !Command.set.keywords.contains(where: { $0.name == name }),
        let parameter = command.keywords.first(where: { $0.name == name })
      else { return false }
      // `try?` hides nothing: what was run was accepted.
      let content = try? parameter.accepted(Content(number))
      return content.map(parameter.isDefault) ?? false
    }
    return result
  }
}
