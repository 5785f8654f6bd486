import Foundation
import Kernel
import Synchronization

/// The processes of one plugin: one for each request under way, and idle ones for the next.
///
/// A process that answered as it must is kept, since starting Python costs more than a small search;
/// one that did not is ended, and the next request starts another.
final class ProgramPool: Sendable {
  let command: ProgramCommand
  let limits: ProgramLimits
  let card: ProgramCard
  private let idle: Mutex<[ProgramProcess]>

  /// Starts the plugin's program and has it say what it brings.
  init(
    _ command: ProgramCommand, limits: ProgramLimits, isStopped: () -> Bool
  ) throws(Failure) {
    self.command = command
    // There is nothing yet that would be worth waiting for.
    var impatient = limits
    impatient.grace = .zero
    let (process, card) = try Self.start(command, limits: impatient, isStopped: isStopped)
    self.card = card
    var limits = limits
    // What a person asks for goes before what the card does.
    if limits.patience == ProgramLimits.usualPatience, let patience = card.patience {
      limits.patience = patience
    }
    self.limits = limits
    idle = Mutex([process])
  }

  deinit { for process in idle.withLock({ $0 }) { process.quit() } }

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
    while let process = idle.withLock({ $0.popLast() }) {
      if process.isAlive { return process }
      process.end()
    }
    let (process, card) = try Self.start(command, limits: limits, isStopped: isStopped)
    guard card.json == self.card.json else {
      process.end()
      throw Failure(
        .pluginMisbehaved, "`\(command.name)` says other things of itself than when it was loaded",
        notes: ["load it again"])
    }
    return process
  }

  private func giveBack(_ process: ProgramProcess) {
    let isKept = idle.withLock { idle in
      // More searches than processors do not run side by side for long.
      guard process.isWell, idle.count < ProcessInfo.processInfo.activeProcessorCount else {
        return false
      }
      idle.append(process)
      return true
    }
    if !isKept { process.end() }
  }

  private static func start(
    _ command: ProgramCommand, limits: ProgramLimits, isStopped: () -> Bool
  ) throws(Failure) -> (ProgramProcess, ProgramCard) {
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
      return (process, card)
    } catch {
      process.end()
      throw error
    }
  }
}
