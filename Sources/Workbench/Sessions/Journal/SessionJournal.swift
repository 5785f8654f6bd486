import Foundation
import Kernel

/// The journal of a session: a record before each statement and one after it, so that a program that
/// is killed loses nothing that was completed.
///
/// Nothing is on the disk before the first statement.
final class SessionJournal {
  private(set) var place: SessionFolder.Place
  private let folder: SessionFolder
  private var head: JournalHead
  private var file: JournalFile?
  private var nextID = 1
  /// Whether another name is taken where this one is in use by now.
  private var mayRename: Bool
  /// What the statements of a script left, by their numbers, when it was last run.
  private var before: [Int: JournalHistory.Entry] = [:]
  /// The statement that was running when the program ended.
  private(set) var interrupted: JournalHistory.Entry?
  /// Told once: nothing can be written.
  private var hasComplained = false

  /// A new session.
  init(_ place: SessionFolder.Place, in folder: SessionFolder, head: JournalHead, mayRename: Bool) {
    self.place = place
    self.folder = folder
    self.head = head
    self.mayRename = mayRename
  }

  /// A session that goes on.
  ///
  /// - Throws: Where another program has it open.
  init(
    _ place: SessionFolder.Place, in folder: SessionFolder, goingOn history: JournalHistory,
    head: JournalHead
  ) throws(Failure) {
    self.place = place
    self.folder = folder
    self.head = head
    mayRename = false
    if head.script == nil {
      nextID = history.nextID
      interrupted = history.interrupted
    } else {
      before = Dictionary(uniqueKeysWithValues: history.entries.map { ($0.id, $0) })
    }
    file = try Self.open(place)
    file?.append(.opened(head))
  }

  private static func open(_ place: SessionFolder.Place) throws(Failure) -> JournalFile {
    do throws(Failure) { return try JournalFile(place.journal) } catch {
      guard error.code == .incompatible else { throw error }
      throw Failure(
        .incompatible, "session `\(place.name)` is open in another program",
        notes: ["`--session` with another name begins or goes on with another session"])
    }
  }

  var name: String { place.name }

  // MARK: - Statements

  /// A statement is about to run; it is on the disk when this returns.
  func begin(_ text: String, override: String?, host: any Host) -> CallLedger? {
    var entry = JournalHistory.Entry(
      id: nextID, text: text, override: override, at: Self.now)
    if let earlier = before[nextID] ?? interrupted, earlier.text == text,
      earlier.override == override
    {
      entry.id = earlier.id
      entry.calls = earlier.calls
    } else {
      // A script that was changed has nothing of the lines after the change.
      before = [:]
    }
    interrupted = nil
    nextID = max(nextID, entry.id + 1)
    if file == nil { makeFile(host) }
    guard let file else { return nil }
    file.append(
      .running(entry: entry.id, text: text, override: override, at: entry.at))
    complain(host)
    return CallLedger(entry, .running, in: place, writingTo: file)
  }

  /// The statement has ended.
  func end(_ ledger: CallLedger, _ ending: JournalEnding, host: any Host) {
    file?.append(.ended(entry: ledger.id, ending))
    complain(host)
  }

  /// The program leaves.
  func close() { file?.append(.closed(at: Self.now)) }

  // MARK: - The file

  private func makeFile(_ host: any Host) {
    do throws(Failure) {
      // Another program may have taken the name since it was chosen.
      while true {
        try SavePath.makeFolder(for: place.folder)
        if mkdir(place.folder, 0o777) == 0 { break }
        guard errno == EEXIST else { throw SafeWrite.cannotWrite(place.folder, reason: errno) }
        guard mayRename else { break }
        place = folder.freePlace()
        host.note("this session is now `\(place.name)`: its name was taken meanwhile")
      }
      file = try Self.open(place)
      file?.append(.opened(head))
    } catch {
      if !hasComplained { host.note("this session is not autosaved: \(error.message)") }
      hasComplained = true
    }
  }

  private func complain(_ host: any Host) {
    guard let failure = file?.takeFailure() else {
      hasComplained = false
      return
    }
    if !hasComplained {
      host.note("not autosaved: \(failure.message); the session goes on")
    }
    hasComplained = true
  }

  static var now: String { Date().formatted(.iso8601) }
}
