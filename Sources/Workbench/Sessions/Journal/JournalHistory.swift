import Kernel

/// What a journal tells: every statement that was begun, and how it ended if it did.
struct JournalHistory: Hashable, Sendable {
  private(set) var head: JournalHead?
  /// In the order in which they were last begun.
  private(set) var entries: [Entry] = []
  /// Whether the last program that wrote here left in an orderly way.
  private(set) var isClosed = false
  /// Lines that are no records, such as one that was being written when the disk was full.
  private(set) var damagedLines = 0

  /// One statement.
  struct Entry: Hashable, Sendable {
    var id: Int
    /// In canonical form.
    var text: String
    /// What a `param` line took from outside.
    var override: String?
    /// When it began.
    var at: String
    var calls: [KeptCall] = []
    /// `nil` where the program ended before the statement did.
    var ending: JournalEnding?
  }

  /// The statement that was running when the program ended.
  var interrupted: Entry? { entries.last.flatMap { $0.ending == nil ? $0 : nil } }

  /// The statements that ended.
  var completed: [Entry] { entries.filter { $0.ending != nil } }

  /// The number for the next statement.
  var nextID: Int { (entries.map(\.id).max() ?? 0) + 1 }

  /// Reads a journal; damaged lines are passed over, and counted.
  ///
  /// - Throws: `unsupportedFormat` where a later program wrote it.
  init(_ bytes: [UInt8]) throws(Failure) {
    var places: [Int: Int] = [:]
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      let record: JournalRecord
      do throws(Failure) {
        record = try JournalRecord(JSON.read(Array(line), source: "the journal"))
      } catch {
        if error.code == .unsupportedFormat { throw error }
        damagedLines += 1
        continue
      }
      add(record, &places)
    }
  }

  private mutating func add(_ record: JournalRecord, _ places: inout [Int: Int]) {
    isClosed = false
    switch record {
    case .opened(let head): if self.head == nil { self.head = head }
    case .closed: isClosed = true
    case .running(let id, let text, let override, let time):
      var entry = Entry(id: id, text: text, override: override, at: time)
      // Begun again it has what was kept of it before, unless it is another statement now.
      if let place = places[id] {
        let before = entries.remove(at: place)
        if before.text == text, before.override == override { entry.calls = before.calls }
        for (other, index) in places where index > place { places[other] = index - 1 }
      }
      places[id] = entries.count
      entries.append(entry)
    case .call(let id, let call):
      guard let place = places[id] else { return }
      // What was stopped and then gone on with stands where it stood.
      entries[place].calls.removeAll { $0.key == call.key && $0.turn == call.turn }
      entries[place].calls.append(call)
    case .ended(let id, let ending): if let place = places[id] { entries[place].ending = ending }
    }
  }
}
