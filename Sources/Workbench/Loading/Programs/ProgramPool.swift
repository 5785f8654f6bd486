import Foundation
import Kernel
import Synchronization

/// The processes of one plugin: one for each request under way, and idle ones for the next.
///
/// A process that answered as it must is kept, since starting Python costs more than a small search;
/// one that did not is ended, and the next request starts another.
final class ProgramPool: Sendable {
  let command: ProgramCommand
  /// The program's own file.
  private let file: String
  /// What the file held when the plugin was loaded.
  private let hash: ContentHash
  let limits: ProgramLimits
  let card: ProgramCard
  private let idle: Mutex<Idle>

  /// The processes that wait for a request.
  private struct Idle {
    var processes: [ProgramProcess]
    /// Whether those that are done wait for more.
    var isKept = true
  }

  /// Starts the plugin's program and has it say what it brings.
  ///
  /// - Throws: `pluginMisbehaved` where the file is not what `hash` says.
  init(
    _ command: ProgramCommand, file: String, hash: ContentHash, limits: ProgramLimits,
    isStopped: () -> Bool
  ) throws(Failure) {
    self.command = command
    self.file = file
    self.hash = hash
    // There is nothing yet that would be worth waiting for.
    var impatient = limits
    impatient.grace = .zero
    let (process, card) = try Self.start(
      command, file: file, hash: hash, limits: impatient, isStopped: isStopped)
    self.card = card
    var limits = limits
    // What a person asks for goes before what the card does.
    if limits.patience == ProgramLimits.usualPatience, let patience = card.patience {
      limits.patience = patience
    }
    self.limits = limits
    idle = Mutex(Idle(processes: [process]))
  }

  deinit { for process in idle.withLock({ $0.processes }) { process.quit() } }

  // MARK: - Plugins that are loaded again

  private struct WeakPool { weak var pool: ProgramPool? }

  /// The pools that live, by their program's file.
  private static let living = Mutex<[String: [WeakPool]]>([:])

  /// Lets the processes go that were loaded from the same file before: a session asks this one now.
  func takeThePlaceOfOthers() {
    let others = Self.living.withLock { living in
      let others = living[file, default: []].compactMap(\.pool)
      living[file] = (others + [self]).map { WeakPool(pool: $0) }
      return others
    }
    for other in others { other.letGo() }
  }

  private func letGo() {
    let processes = idle.withLock { idle in
      idle.isKept = false
      defer { idle.processes = [] }
      return idle.processes
    }
    for process in processes { process.quit() }
  }

  // MARK: - Requests

  /// Lets `body` talk to a process that nobody else talks to.
  ///
  /// - Parameter isStopped: Ends the wait for a process that has to be started.
  func use<Answer>(
    isStopped: () -> Bool, _ body: (ProgramProcess) throws(Failure) -> Answer
  ) throws(Failure) -> Answer {
    let process = try lease(isStopped)
    defer { giveBack(process) }
    process.isWell = false
    return try body(process)
  }

  private func lease(_ isStopped: () -> Bool) throws(Failure) -> ProgramProcess {
    // A replay may have taken another level than the process was started on.
    let core = NumericLevel.current.kernels
    while let process = nextIdle() {
      if process.isAlive, process.blasCore == core { return process }
      process.end()
    }
    let (process, card) = try Self.start(
      command, file: file, hash: hash, limits: limits, isStopped: isStopped)
    guard card.json == self.card.json else {
      process.end()
      throw Failure(
        .pluginMisbehaved, "`\(command.name)` says other things of itself than when it was loaded",
        notes: ["load it again"])
    }
    return process
  }

  private func nextIdle() -> ProgramProcess? {
    idle.withLock { idle in
      idle.isKept = true
      return idle.processes.popLast()
    }
  }

  private func giveBack(_ process: ProgramProcess) {
    let isKept = idle.withLock { idle in
      // More searches than processors do not run side by side for long.
      guard process.isWell, idle.isKept,
        idle.processes.count < ProcessInfo.processInfo.activeProcessorCount
      else { return false }
      idle.processes.append(process)
      return true
    }
    if !isKept { process.end() }
  }

  private static func start(
    _ command: ProgramCommand, file: String, hash: ContentHash, limits: ProgramLimits,
    isStopped: () -> Bool
  ) throws(Failure) -> (ProgramProcess, ProgramCard) {
    // What runs is what the hash in a receipt names; its imports are its own affair.
    func checkFile() throws(Failure) {
      guard try ContentHash(ofFileAt: file) != hash else { return }
      throw Failure(
        .pluginMisbehaved, "`\(command.name)` was changed since it was loaded; load it again")
    }
    try checkFile()
    var limits = limits
    limits.patience = limits.startPatience
    let folder = try PrivateFolder()
    var command = command
    try command.addPythonModule(in: folder)
    let process = try ProgramProcess(command, folder: folder, memory: limits.memory)
    do throws(Failure) {
      let hello = JSON.object([
        .init("type", .text("hello")), .init("protocol", .integer(programProtocolVersion)),
        .init("basin", .text(Basin.version)), .init("folder", .text(folder.path)),
      ])
      let card = try process.answer(
        to: hello, id: nil, isStopped: isStopped, limits: limits,
        onGraceOver: { _ throws(Failure) -> ProgramCard in
          throw Failure(.stopped, "the start of `\(process.name)` was stopped")
        }
      ) { message throws(Failure) -> ProgramCard? in
        guard message.kind == .card else { throw message.unexpected(from: process.name) }
        return try ProgramCard(message.fields, name: process.name)
      }
      // It may have been written while it was read.
      try checkFile()
      return (process, card)
    } catch {
      process.end()
      throw error
    }
  }
}
