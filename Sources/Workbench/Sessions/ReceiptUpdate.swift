import Kernel

/// A script whose receipts and head are those of a run here and now.
struct ReceiptUpdate {
  let text: String

  init(
    _ source: Source, _ script: Script,
    _ steps: [(statement: Statement, receipts: [Receipt], values: [Value])], _ lexicon: Lexicon
  ) {
    var replaced: [Int: [String]] = [:]
    for comment in script.pins {
      if let pin = SessionPin(comment)?.renewed(lexicon) {
        replaced[source.line(at: comment.span.lower)] = [pin.line]
      }
    }
    var added: [Int: [String]] = [:]
    for step in steps {
      for comment in step.statement.receipts {
        replaced[source.line(at: comment.span.lower)] = []
      }
      var receipts = step.values.map { Receipt($0) }
      // How near a value has to come was set by hand and is kept.
      for (index, old) in step.receipts.enumerated() where receipts.indices.contains(index) {
        if case .close = old.tolerance { receipts[index].tolerance = old.tolerance }
      }
      let line = source.line(at: max(step.statement.span.upper - 1, 0))
      added[line, default: []] += receipts.flatMap(\.lines)
    }
    var lines: [String] = []
    for line in 1...source.lineStarts.count {
      lines += replaced[line] ?? [source.text(of: source.span(ofLine: line))]
      lines += added[line] ?? []
    }
    text = lines.joined(separator: "\n")
  }

  /// Throws where receipts could not be told apart: where several statements stand on one line.
  static func check(_ script: Script, in source: Source) throws(Diagnostic) {
    var lines: Set<Int> = []
    for statement in script.statements {
      let line = source.line(at: max(statement.span.upper - 1, 0))
      guard lines.insert(line).inserted else {
        throw Diagnostic(
          Failure(
            .incompatible, "receipts cannot be written for several statements on one line",
            notes: ["put each on a line of its own"]),
          in: source, at: statement.span)
      }
    }
  }
}

extension SessionPin {
  /// The pin as it is here and now; `nil` where it cannot be known.
  fileprivate func renewed(_ lexicon: Lexicon) -> SessionPin? {
    switch self {
    case .program(_, _, let seed):
      return .program(version: Basin.version, level: "\(NumericLevel.current)", seed: seed)
    case .input(let path, _):
      return (try? ContentHash(ofFileAt: path)).map { .input(path: path, hash: $0.hex) }
    case .data(let set, let file, _):
      guard let folder = KnownDataSet(rawValue: set)?.folder(),
        let hash = try? ContentHash(ofFileAt: "\(folder)/\(file)")
      else { return nil }
      return .data(set: set, file: file, hash: hash.hex)
    case .plugin(let path, _):
      return (try? PluginFile(path)).map { .plugin(path: path, hash: $0.hash.hex) }
    case .method(let recorded):
      let id = recorded.split(separator: " ").first.map(String.init) ?? recorded
      return lexicon.method(id).map { .method(ConfiguredMethod($0).version) }
    case .plugged(let recorded):
      return lexicon.version(of: recorded).map { .plugged(PluggedPart(recorded.role, $0)) }
    }
  }
}

extension Failure {
  /// Whether somebody or the clock ended the work, so that it says nothing of the work.
  var isStop: Bool { code == .stopped || code == .budgetReached }
}
