import Foundation
import Kernel
import Synchronization

/// The calls of one statement: those that a journal kept of it, and those to be kept now.
///
/// Used by several threads where the cells of a sweep run side by side.
final class CallLedger: Sendable {
  /// What the calls are run for.
  enum Purpose: Hashable, Sendable {
    /// For the first time, or again after the program was killed: what was kept is taken, and what
    /// was running goes on from its state.
    case running
    /// To bring back the values of a statement that ended: what it wrote stays as it is.
    case restoring(JournalEnding)
  }

  let purpose: Purpose
  let place: SessionFolder.Place
  let id: Int
  private let file: JournalFile?
  private let state: Mutex<State>

  private struct Turn: Hashable {
    var key: String
    var number: Int
  }

  private struct State {
    var kept: [Turn: KeptCall] = [:]
    /// How often each key came, by its hash: a loop may make a million calls.
    var turns: [Int: Int] = [:]
    /// Calls of the session itself that ended well.
    var count = 0
  }

  /// - Parameter file: Where calls are written; `nil` to write none.
  init(
    _ entry: JournalHistory.Entry, _ purpose: Purpose, in place: SessionFolder.Place,
    writingTo file: JournalFile?
  ) {
    self.purpose = purpose
    self.place = place
    id = entry.id
    self.file = file
    var kept: [Turn: KeptCall] = [:]
    for call in entry.calls { kept[Turn(key: call.key, number: call.turn)] = call }
    state = Mutex(State(kept: kept))
  }

  var isRestoring: Bool { purpose != .running }

  /// How many calls have ended well.
  var count: Int { state.withLock { $0.count } }

  /// A call begins.
  ///
  /// - Throws: What the call failed with when its statement first ran, if that is to be repeated.
  func begin(key: String) throws(Failure) -> Slot {
    if case .restoring(let ending) = purpose, ending.status == .failed, count >= ending.calls {
      throw ending.failure ?? JSON.notKept
    }
    return state.withLock { state in
      let turn = state.turns[key.hashValue, default: 0]
      state.turns[key.hashValue] = turn + 1
      return Slot(
        key: key, turn: turn, name: "\(id)-\(key.prefix(16))-\(turn)",
        kept: state.kept[Turn(key: key, number: turn)])
    }
  }

  /// One call.
  struct Slot: Sendable {
    let key: String
    let turn: Int
    /// Names its files.
    let name: String
    let kept: KeptCall?
  }

  /// The file in which the call's state is kept while it runs.
  func statePath(_ slot: Slot) -> String { "\(place.checkpoints)/\(slot.name).safetensors" }

  /// A call failed: there is nothing to go on with.
  func discard(_ slot: Slot) {
    if file != nil { try? FileManager.default.removeItem(atPath: statePath(slot)) }
  }

  /// A call of the session itself ended well.
  func countCall() { state.withLock { $0.count += 1 } }

  /// Shorter calls are run again, which is no slower than reading what was kept.
  private static let leastSeconds = 0.1

  /// Writes what a call gave, where making it again would take long or is impossible, and takes its
  /// state away where it is whole.
  func keep(_ contents: [Content], _ report: CallReport, seconds: Double, _ slot: Slot) {
    guard let file else { return }
    let path = statePath(slot)
    let hasState = FileContent.exists(path)
    let isStopped = report.partial != nil
    if seconds >= Self.leastSeconds || isStopped || report.dependsOnTheClock || hasState,
      let kept = KeptContent(contents)
    {
      var call = KeptCall(
        key: slot.key, turn: slot.turn, seconds: seconds,
        dependsOnTheClock: report.dependsOnTheClock,
        method: report.method, innerMethods: report.innerMethods,
        plugged: report.plugged, files: report.files,
        contents: kept.json)
      if let partial = report.partial {
        call.partial = .init(
          share: partial.share, reason: partial.reason, checkpoint: partial.checkpoint)
        if hasState { call.state = slot.name + ".safetensors" }
      }
      if write(kept.networks, of: &call, slot, to: file), file.append(.call(entry: id, call)),
        !isStopped, hasState
      {
        try? FileManager.default.removeItem(atPath: path)
      }
    }
  }

  private func write(
    _ networks: [Network], of call: inout KeptCall, _ slot: Slot, to file: JournalFile
  ) -> Bool {
    guard !networks.isEmpty else { return true }
    let name = slot.name + ".safetensors"
    do throws(Failure) {
      try SavePath.makeFolder(for: "\(place.values)/\(name)")
      try NetworkFile.write(networks, to: "\(place.values)/\(name)")
    } catch {
      file.note(error)
      return false
    }
    call.networks = name
    return true
  }
}

/// Where a command keeps its state while it runs, and where it finds one to go on from.
struct StateFile: Hashable, Sendable {
  /// Written every few seconds; `nil` where nothing is kept.
  var path: String?
  /// Read before it begins; `nil` to begin anew.
  var source: String?
}
