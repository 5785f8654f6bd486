import Kernel

/// Brings a session back: its completed statements give their values again, from what its journal
/// kept or, where that is quick, by running them; what they wrote and showed is not repeated.
struct SessionRecovery {
  let place: SessionFolder.Place
  let history: JournalHistory
  /// Statements that gave something else than before, or nothing, each with a sentence.
  private(set) var problems: [String] = []

  init(_ place: SessionFolder.Place, _ history: JournalHistory) {
    self.place = place
    self.history = history
  }

  /// Reads the journal of a session.
  ///
  /// - Throws: Where it cannot be read or a later program wrote it.
  init(reading place: SessionFolder.Place) throws(Failure) {
    self.init(place, try JournalHistory(FileContent.read(place.journal)))
  }

  /// Runs the completed statements in a session in which nothing has run yet.
  mutating func restore(into session: Session) {
    let host = session.host
    session.host = RecoveryHost(host)
    defer {
      session.host = host
      session.ledger = nil
      session.wantsToQuit = false
      host.adopt(session.settings)
    }
    if let seed = history.head?.seed {
      session.settings.seed = seed
      session.sessionRecord.adopt(seed: seed)
    }
    for entry in history.completed { restore(entry, into: session) }
  }

  private mutating func restore(_ entry: JournalHistory.Entry, into session: Session) {
    guard let ending = entry.ending else { return }
    session.ledger = CallLedger(entry, .restoring(ending), in: place, writingTo: nil)
    var overrides: [ParameterOverride] = []
    let source = Source(name: "session \(place.name)", text: entry.text)
    if let text = entry.override,
      case .parameter(let name, _, _, _)? = Parser.parse(source, vocabulary: session.lexicon)
        .script.statements.first?.kind
    {
      overrides = [ParameterOverride(name: name.text, text: text)]
    }
    let report = session.attempt(source, overrides: overrides)
    guard ending.status == .done else { return }
    if let diagnostic = report.diagnostics.first {
      problems.append("`\(entry.headline)` is not brought back: \(diagnostic.failure.message)")
      return
    }
    let now = session.hashes(of: ending.values.map(\.name))
    for (old, new) in zip(ending.values, now) where old != new {
      problems.append("`\(old.name)` is not what it was: something that it is made from changed")
    }
  }
}

extension JournalHistory.Entry {
  /// Its text, cut to what fits a message.
  var headline: String {
    let line = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    let isWhole = line.count == text.count && line.count <= 60
    return isWhole ? line : line.prefix(60) + " …"
  }
}

/// The outside of a session while it is brought back: silent.
private final class RecoveryHost: MutedHost {
  private let outer: any Host

  init(_ outer: any Host) { self.outer = outer }

  override var isAskedToStop: Bool { outer.isAskedToEnd }
  override var isAskedToEnd: Bool { outer.isAskedToEnd }
}
