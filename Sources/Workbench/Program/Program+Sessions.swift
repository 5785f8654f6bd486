import Kernel

// The session's journal: which one is opened, what is said of it, and bringing it back.
extension Program {
  /// Opens the journal of a script, where a name was given for it.
  ///
  /// What its lines made when they ran under this name before is taken from there.
  func openSession(ofScript script: String) throws(Failure) {
    guard case .named(let name) = settings.session else { return }
    let folder = SessionFolder()
    let place = try folder.place(name)
    let head = head(script: script)
    guard FileContent.exists(place.journal) else {
      session.journal = SessionJournal(place, in: folder, head: head, mayRename: false)
      return
    }
    let history = try SessionRecovery(reading: place).history
    guard history.head?.script != nil else {
      throw Failure(
        .incompatible, "session `\(name)` was typed: no script can go on with it",
        notes: ["`basin --session \(name)` goes on with it"])
    }
    session.journal = try SessionJournal(place, in: folder, goingOn: history, head: head)
    if !history.entries.isEmpty {
      session.host.note("what session `\(name)` has made already is taken from its journal")
    }
  }

  /// Opens the journal of a typed session: a new one, or the one that was named.
  ///
  /// - Returns: What is to be brought back.
  func openTypedSession() throws(Failure) -> SessionRecovery? {
    let folder = SessionFolder()
    switch settings.session {
    case .none: return nil
    case .automatic:
      crash = folder.lastCrash().map { SessionRecovery($0.place, $0.history) }
      session.journal = SessionJournal(
        folder.freePlace(), in: folder, head: head(), mayRename: true)
      return nil
    case .named(let name):
      let place = try folder.place(name)
      guard FileContent.exists(place.journal) else {
        session.journal = SessionJournal(place, in: folder, head: head(), mayRename: false)
        return nil
      }
      return try goOn(with: SessionRecovery(reading: place), in: folder)
    }
  }

  private func goOn(
    with recovery: SessionRecovery, in folder: SessionFolder
  ) throws(Failure) -> SessionRecovery {
    if let script = recovery.history.head?.script {
      throw Failure(
        .incompatible, "session `\(recovery.place.name)` belongs to the script `\(script)`",
        notes: ["`basin --session \(recovery.place.name) \(script)` goes on with it"])
    }
    session.journal = try SessionJournal(
      recovery.place, in: folder, goingOn: recovery.history,
      head: head(seed: recovery.history.head?.seed))
    return recovery
  }

  /// What this program writes at the head of a journal.
  private func head(script: String? = nil, seed: UInt64? = nil) -> JournalHead {
    JournalHead(
      version: Basin.version, level: "\(NumericLevel.current)", seed: seed ?? settings.seed,
      threads: threads.count, script: script, at: SessionJournal.now)
  }

  // MARK: - Bringing back

  /// Brings back what a session made, and says so.
  func bringBack(_ recovery: SessionRecovery) {
    var recovery = recovery
    // Nothing of it is recorded a second time.
    let journal = session.journal
    session.journal = nil
    recovery.restore(into: session)
    session.journal = journal
    let count = Content.counted(recovery.history.completed.count, "command")
    session.host.note("session `\(recovery.place.name)`: \(count) brought back")
    for problem in recovery.problems { session.host.note(problem) }
    if recovery.history.damagedLines > 0 {
      let lines = Content.counted(recovery.history.damagedLines, "line")
      session.host.note("its journal has \(lines) that cannot be read")
    }
    if let entry = journal?.interrupted {
      session.host.note(
        "the program was ended while this ran: `\(entry.headline)`; `resume` goes on with it")
    }
  }

  /// Says that the last session here was not left in an orderly way.
  func noteCrash() {
    guard let crash else { return }
    let name = crash.place.name
    guard let entry = crash.history.interrupted else {
      session.host.note(
        "session `\(name)` was ended by force: `basin --session \(name)` brings it back")
      return
    }
    session.host.note(
      "session `\(name)` was ended by force while this ran: `\(entry.headline)`; `resume` brings "
        + "the session back and goes on")
  }

  /// Where `resume` alone is typed before anything is made, the session that was ended by force
  /// becomes this one.
  ///
  /// - Returns: Whether the text may run; it may not where it asks for a session that cannot come
  ///   back into this one.
  func takeUpCrash(for text: String) -> Bool {
    guard let crash, Source.typed(text).isResumeAlone, crash.history.interrupted != nil else {
      return true
    }
    let name = crash.place.name
    guard session.isUntouched else {
      session.host.report(
        Diagnostic(
          Failure(
            .incompatible, "session `\(name)` cannot come back into a session that goes on already",
            notes: ["leave, and `basin --session \(name)` brings it back; then `resume` goes on"]),
          in: .typed(text)))
      return false
    }
    let own = session.journal
    do throws(Failure) {
      bringBack(try goOn(with: crash, in: SessionFolder()))
      self.crash = nil
      own?.close()
      return true
    } catch {
      session.host.report(Diagnostic(error, in: .typed(text)))
      return false
    }
  }
}

extension Source {
  /// Whether it is `resume` without anything.
  var isResumeAlone: Bool {
    text.split(whereSeparator: \.isWhitespace).elementsEqual(["resume"])
  }
}

extension Session {
  /// Whether nothing was made in it; looking leaves it as it is.
  var isUntouched: Bool {
    results.isEmpty && names.isEmpty && sessionRecord.entries.isEmpty
  }
}
