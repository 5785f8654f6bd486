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
    lines += Self.pins(slice.entries, seed: seed, session.lexicon).map(\.line)
    lines.append("")
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

  private static func line(of entry: SessionEntry, _ lexicon: Lexicon) -> String {
    guard case .parameter(let name, _, let range, let help) = entry.statement.kind,
      let text = entry.override?.content.sourceText
    else { return entry.statement.withoutDefaults(lexicon).canonical }
    var line = "param \(name.text) = \(text)"
    if let range { line += " in \(range.canonical)" }
    if let help { line += " \(help.canonical)" }
    return line
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
    for call in entries.flatMap(\.calls) {
      pins += inputs.add(call).map(SessionPin.init)
      for method in call.allMethods where !methods.contains(method) { methods.append(method) }
    }
    return pins + methods.map { .method($0) }
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
