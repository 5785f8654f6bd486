import Contract
import Foundation
import Kernel

/// One run of the program: a session with its outside, fed from a file, a text or a person.
final class Program {
  let settings: ProgramSettings
  private let sink: OutputSink
  private let interrupts: Interrupts
  private let host: ConsoleHost
  let session: Session
  let threads: ThreadCount
  /// A typed session in this folder that was not left in an orderly way.
  var crash: SessionRecovery?

  /// - Parameter isInteractive: Whether lines are typed by a person at a prompt.
  init(_ settings: ProgramSettings, isInteractive: Bool) throws(Failure) {
    self.settings = settings
    let sink = OutputSink()
    self.sink = sink
    if let cap = settings.cpu { try NumericLevel.limit(to: cap) }
    if let method = try settings.chosenConvolution { NumericLevel.choose(method) }
    interrupts = try Interrupts(isInteractive: isInteractive) { sink.note($0) }
    threads = ThreadCount.decide(asked: settings.threads)
    WorkPool.configureShared(threadCount: threads.count)
    host = ConsoleHost(
      sink: sink, interrupts: interrupts,
      options: ConsoleHost.Options(
        isQuiet: settings.isQuiet, isPlain: settings.isPlain, isJSON: settings.isJSON,
        isInteractive: isInteractive,
        log: try settings.log.map(Self.openLog)))
    var start = SessionSettings()
    start.seed = settings.seed
    start.threads = threads.count
    if settings.isJSON { start.format = .json } else if settings.isPlain { start.format = .plain }
    session = Session(
      host: host, settings: start, isInteractive: isInteractive,
      deadline: settings.budget.map { ContinuousClock.now.advanced(by: $0) })
    try interrupts.install()
  }

  // MARK: - Scripts

  /// Runs a text and says how the program is to end.
  func run(_ source: Source, overrides: [ParameterOverride]) -> Int32 {
    do throws(Failure) { try openSession(ofScript: source.name) } catch { return told(error) }
    defer { session.journal?.close() }
    if let path = settings.initFile, let code = runInit(path) { return code }
    session.runningFiles = [URL(fileURLWithPath: source.name).standardizedFileURL.path]
    let report = session.run(source, overrides: overrides)
    if session.expectationCount > 0 {
      let total = Content.counted(session.expectationCount, "expectation")
      host.note("\(total), \(session.failedExpectationCount) failed")
    }
    return exitStatus(report)
  }

  private func exitStatus(_ report: RunReport) -> Int32 {
    if let status = interrupts.exitStatus { return status }
    if sink.isClosed {
      guard let failure = sink.failure else {
        // As a program that SIGPIPE ends, where lines were left out.
        return report.isSuccess ? ExitCode.success.rawValue : 128 + SIGPIPE
      }
      sink.note(failure.description)
      return ExitCode(failure.code).rawValue
    }
    if !report.isSuccess { return report.exitCode.rawValue }
    return session.failedExpectationCount > 0
      ? ExitCode.expectationFailed.rawValue : ExitCode.success.rawValue
  }

  /// Runs a file of lines before everything else; the exit status where it failed.
  private func runInit(_ path: String) -> Int32? {
    do throws(Failure) {
      let report = session.run(try Source(readingFileAt: path))
      return report.isSuccess ? nil : report.exitCode.rawValue
    } catch { return told(error) }
  }

  /// Tells a failure, and gives the exit status for it.
  private func told(_ failure: Failure) -> Int32 {
    sink.note(failure.description)
    return ExitCode(failure.code).rawValue
  }

  // MARK: - The prompt

  /// Talks with a person until they leave; says how the program is to end.
  func talk() -> Int32 {
    let recovery: SessionRecovery?
    do throws(Failure) { recovery = try openTypedSession() } catch { return told(error) }
    defer { session.journal?.close() }
    if !settings.isQuiet {
      var facts = [
        "basin \(Basin.version)",
        Content.counted(threads.count, "thread") + (threads.batchVariable.map { " (\($0))" } ?? ""),
        "f32",
        "seed \(recovery?.history.head?.seed ?? settings.seed)",
      ]
      if settings.choosesLevel { facts.append("\(NumericLevel.current)") }
      if let journal = session.journal { facts.append("session \(journal.name)") }
      let banner = Banner(facts: facts, aside: session.journal == nil ? "" : ", autosaved")
      sink.note(banner.rendered(width: TerminalScreen.size(2).columns, glyphs: Glyphs()))
    }
    // Before anything is brought back: its lines may use them.
    if !settings.skipsUsersInit { loadPluginFolders() }
    if let recovery {
      bringBack(recovery)
    } else {
      if let path = settings.initFile ?? settings.usersInitFile { _ = runInit(path) }
      noteCrash()
    }
    let shared = SharedSession(session)
    do throws(Failure) {
      let reader = try PromptLoop.reader(interrupts: interrupts, output: sink) {
        CompletionEngine(SessionCompletion(shared.session))
      }
      let loop = PromptLoop(
        reader: reader, interrupts: interrupts, output: sink,
        number: { shared.session.nextNumber },
        isUnfinished: { text in
          Parser.parse(.typed(text), vocabulary: shared.session.lexicon).isUnfinished
        },
        run: { [self] text in
          if takeUpCrash(for: text) { shared.session.run(.typed(text)) }
          return shared.session.wantsToQuit ? .leave : .goOn
        })
      return try loop.talk()
    } catch { return told(error) }
  }

  private static func openLog(_ path: String) throws(Failure) -> FileHandle {
    let manager = FileManager.default
    let isThere =
      manager.fileExists(atPath: path) || manager.createFile(atPath: path, contents: nil)
    guard isThere, let handle = FileHandle(forWritingAtPath: path) else {
      throw Failure(.writeFailed, "the log `\(path)` cannot be written")
    }
    // A log is added to: what is in it already stays.
    do { try handle.seekToEnd() } catch {
      throw Failure(.writeFailed, "the log `\(path)` cannot be added to")
    }
    return handle
  }
}

/// The session in closures that may be sent elsewhere but are called on its own thread: by the
/// prompt loop, and by readline from inside it.
private final class SharedSession: @unchecked Sendable {
  let session: Session
  init(_ session: Session) { self.session = session }
}

/// What the command line says.
struct ProgramSettings: Sendable {
  var seed: UInt64 = 1
  var threads: Int?
  var budget: Duration?
  /// The newest kernels that may compute.
  var cpu: NumericLevel.Cap?
  var convolution: ConvolutionLevel.Method?
  var isJSON = false
  var isQuiet = false
  var isPlain = false
  /// Lines to run first.
  var initFile: String?
  /// Whether the person's own file of first lines is left out.
  var skipsUsersInit = false
  var log: String?
  var session = SessionChoice.automatic

  /// Whether the command line says anything of the numeric level.
  var choosesLevel: Bool { cpu != nil || convolution != nil }

  /// How convolutions are to be computed, as the command line or else the environment says.
  var chosenConvolution: ConvolutionLevel.Method? {
    get throws(Failure) {
      if let convolution { return convolution }
      let variable = NumericLevel.convolutionVariable
      guard let name = ProcessInfo.processInfo.environment[variable] else { return nil }
      guard let method = ConvolutionLevel.Method(rawValue: name) else {
        let names = ConvolutionLevel.Method.allCases.map(\.rawValue).joined(separator: ", ")
        throw Failure(
          .badChoice, "\(variable) is `\(name)`", notes: ["it may be one of: \(names)"])
      }
      return method
    }
  }

  /// Whether and under which name the session is autosaved.
  enum SessionChoice: Hashable, Sendable {
    /// Typed sessions under a name of their own, scripts not at all.
    case automatic
    case named(String)
    case none
  }

  /// The person's own file of first lines, where there is one: only the prompt runs it, so that
  /// scripts do the same for everybody.
  var usersInitFile: String? {
    guard !skipsUsersInit else { return nil }
    guard let path = Self.configFolder.map({ $0 + "/init.basin" }),
      FileManager.default.isReadableFile(atPath: path)
    else { return nil }
    return path
  }

  /// The folder of the person's own settings.
  static var configFolder: String? {
    let environment = ProcessInfo.processInfo.environment
    let folder =
      environment["XDG_CONFIG_HOME"].flatMap { $0.isEmpty ? nil : $0 }
      ?? environment["HOME"].map { $0 + "/.config" }
    return folder.map { $0 + "/basin" }
  }
}
