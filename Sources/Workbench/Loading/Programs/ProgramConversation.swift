import Foundation
import Kernel

extension ProgramProcess {
  /// Sends a request and hands what the program says to `take` until that gives an answer.
  ///
  /// `isStopped` is asked twenty times a second; once it says so, the program is told and has the
  /// grace of `limits` to answer.
  ///
  /// - Parameters:
  ///   - id: The number that every message about the request names; `nil` for the card.
  ///   - folder: Where the request's arrays are.
  ///   - onGraceOver: What to answer where the program goes on after that.
  /// - Throws: What `take` throws; `pluginEnded` where the program ends or is silent for too long,
  ///   `pluginMisbehaved` for what is no message, and what the program sends as an error.
  func answer<Answer>(
    to request: JSON, id: Int?, folder: PrivateFolder? = nil, isStopped: () -> Bool,
    limits: ProgramLimits,
    onGraceOver: (Failure) throws(Failure) -> Answer = { failure throws(Failure) in throw failure },
    take: (ProgramMessage) throws(Failure) -> Answer?
  ) throws(Failure) -> Answer {
    send(request)
    var heard = ContinuousClock.now
    var weighed = heard
    var deadline: ContinuousClock.Instant?
    while true {
      let now = ContinuousClock.now
      if deadline == nil, isStopped() {
        deadline = now.advanced(by: limits.grace)
        if let id { send(.object([.init("type", .text("stop")), .init("id", .integer(id))])) }
      }
      if let deadline, now >= deadline { return try onGraceOver(wentOn(limits)) }
      if weighed.duration(to: now) >= Self.betweenWeighings {
        weighed = now
        try weigh([self.folder, folder], limits)
      }
      guard let line = try receive(milliseconds: 50) else {
        guard heard.duration(to: .now) <= limits.patience else { throw silent(limits) }
        continue
      }
      let message = try ProgramMessage(line, from: name)
      if try isLate(message, id: id) { continue }
      if message.kind == .error { throw try reported(message) }
      if let answer = try take(message) {
        isWell = true
        return answer
      }
      // After what it asked for was computed: that time is not the program's.
      heard = .now
    }
  }

  /// How often its files are weighed; one file alone cannot grow beyond the limit.
  private static let betweenWeighings: Duration = .milliseconds(500)

  /// Ends a program whose files take more than its memory may: many folders are in memory.
  private func weigh(_ folders: [PrivateFolder?], _ limits: ProgramLimits) throws(Failure) {
    guard folders.reduce(0, { $0 + ($1?.foreignBytes ?? 0) }) > limits.memory else { return }
    end()
    throw Failure(
      .pluginEnded,
      "`\(name)` wrote more than \(Memory.text(limits.memory)) of files and was ended",
      notes: ["`plugin load FILE memory=…` gives it more"])
  }

  /// Whether a message is about a request that is over, and harmless.
  private func isLate(_ message: ProgramMessage, id: Int?) throws(Failure) -> Bool {
    guard let told = message.id else {
      // Before there is a request there is nothing to number; an error may be about everything.
      if id == nil || message.kind == .error { return false }
      throw Failure(
        .pluginMisbehaved,
        "`\(name)` sent a message `\(message.kind)` that does not say for which request")
    }
    if told == id { return false }
    // A thread of its own may report on after its search.
    if !message.kind.ends, let id, told < id { return true }
    throw Failure(
      .pluginMisbehaved,
      "`\(name)` sent a message `\(message.kind)` for request \(told), and was asked "
        + (id.map { "request \($0)" } ?? "for its card"))
  }

  // MARK: - Failures

  /// An error that the program tells; the program itself is well.
  private func reported(_ message: ProgramMessage) throws(Failure) -> Failure {
    let sentence = try message.fields.requiredText("message")
    // More than these nobody reads.
    let notes = Array((try message.fields.texts("notes") ?? []).prefix(4))
    isWell = true
    guard try message.fields.text("kind") == "memory" else {
      return Failure(.pluginEnded, "`\(name)`: \(sentence)", notes: notes)
    }
    // What it holds on to is not ours to know.
    isWell = false
    return Failure(
      .pluginEnded, "`\(name)` ran out of memory: \(sentence)",
      notes: Array(notes.prefix(1)) + ["`plugin load FILE memory=…` gives it more"])
  }

  private func silent(_ limits: ProgramLimits) -> Failure {
    end()
    return Failure(
      .pluginEnded, "`\(name)` was silent for \(Self.text(limits.patience)) and was ended",
      notes: words.isEmpty
        ? [
          "a method that reports its progress is not taken to hang; "
            + "`plugin load FILE patience=…` waits longer"
        ] : words)
  }

  private func wentOn(_ limits: ProgramLimits) -> Failure {
    end()
    return Failure(
      .pluginEnded,
      "`\(name)` went on for \(Self.text(limits.grace)) after it was asked to stop, and was ended",
      notes: ["what a search reports as its best with its progress is kept then"])
  }

  /// `5 min`, `0.5 s`.
  static func text(_ duration: Duration) -> String {
    let seconds =
      Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    let minutes = seconds / 60
    if minutes >= 1, minutes == minutes.rounded() { return "\(Int(minutes)) min" }
    return seconds == seconds.rounded() ? "\(Int(seconds)) s" : "\(seconds) s"
  }
}

extension ProgramMessage {
  /// The failure of a message that nobody asked for.
  func unexpected(from name: String) -> Failure {
    Failure(
      .pluginMisbehaved, "`\(name)` sent a message `\(kind)`, which is no answer to the request")
  }
}
