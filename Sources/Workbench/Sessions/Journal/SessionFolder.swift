import Foundation
import Kernel

/// Where the journals of sessions lie: `sessions/NAME.journal` in the folder one works in, or in
/// the folder that `BASIN_SESSIONS` names.
struct SessionFolder: Sendable {
  let path: String

  init(path: String) { self.path = path }

  init() {
    let named = ProcessInfo.processInfo.environment["BASIN_SESSIONS"] ?? ""
    path = named.isEmpty ? "sessions" : named
  }

  /// The files of one session.
  struct Place: Hashable, Sendable {
    let name: String
    let folder: String

    var journal: String { folder + "/journal.jsonl" }
    var values: String { folder + "/values" }
    var checkpoints: String { folder + "/checkpoints" }
    var exists: Bool { FileContent.isFolder(folder) }
  }

  /// The files of the session with this name.
  ///
  /// - Throws: `wrongKind` for what is no name.
  func place(_ name: String) throws(Failure) -> Place {
    let isName =
      !name.isEmpty && !name.hasPrefix(".") && !name.hasPrefix("-")
      && name.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "_-.".contains($0)) }
    guard isName else {
      throw Failure(
        .wrongKind, "`\(name)` is no name of a session",
        notes: ["a name has letters, digits, `_`, `-` and `.`"])
    }
    return Place(name: name, folder: "\(path)/\(name).journal")
  }

  /// A name that no session has: today's, such as `nov24`, and where there is one `nov24-2`.
  func freePlace(date: Date = Date()) -> Place {
    let calendar = Calendar(identifier: .gregorian)
    let parts = calendar.dateComponents([.month, .day], from: date)
    let months = [
      "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]
    let day = months[(parts.month ?? 1) - 1] + String(parts.day ?? 1)
    var number = 1
    while true {
      let name = number == 1 ? day : "\(day)-\(number)"
      let place = Place(name: name, folder: "\(path)/\(name).journal")
      if !place.exists { return place }
      number += 1
    }
  }

  /// The typed session that was written last, if its program did not leave in an orderly way and
  /// none has it open now.
  func lastCrash() -> (place: Place, history: JournalHistory)? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let places = names.filter { $0.hasSuffix(".journal") }
      .map { Place(name: String($0.dropLast(8)), folder: "\(path)/\($0)") }
    let dated = places.compactMap { place -> (place: Place, date: Date)? in
      let attributes = try? FileManager.default.attributesOfItem(atPath: place.journal)
      return (attributes?[.modificationDate] as? Date).map { (place, $0) }
    }
    for (place, _) in dated.sorted(by: { $0.date > $1.date }) {
      if JournalFile.isLocked(place.journal) { continue }
      guard let bytes = try? FileContent.read(place.journal),
        let history = try? JournalHistory(bytes), history.head?.script == nil
      else { continue }
      return history.isClosed || history.entries.isEmpty ? nil : (place, history)
    }
    return nil
  }
}
