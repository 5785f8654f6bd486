import ArgumentParser
import Contract
import Foundation
import Kernel

/// The program: `basin`, `basin FILE`, `basin -c LINES`, `basin check FILE`, `basin doctor`.
@main
struct Basin: ParsableCommand {
  /// The version of the program, as `--version` and the head of saved sessions give it.
  static let version = "0.1"

  static let configuration = CommandConfiguration(
    commandName: "basin",
    abstract: "A workbench for permutation invariance and linear mode connectivity.",
    discussion: """
      Without a file it asks for lines at a prompt, where `help` explains everything. A script's \
      parameters are given as name=value: basin job.basin steps=50k

        basin                       ask for lines
        basin FILE [name=value …]   run a script (- for standard input)
        basin -c 'LINE; LINE'       run these lines
        basin replay FILE           run a saved session again and compare
        basin check FILE …          find mistakes without running
        basin doctor                look at libraries, speed, threads, memory and data
        basin help WORD             explain a command, method, topic or error code

      --seed, --threads, --budget, --cpu, --convolution, --json, --quiet, --plain, --init, \
      --no-init, --log, --session and --no-session go with all that run lines; `basin help run` explains them.

      Exit codes: 0 all went well, 1 an expectation failed, 2 the script or command line cannot be \
      run as it is, 3 files, data or computing failed, 4 a limit was reached, 70 our own fault, \
      130 and 143 stopped by Ctrl-C or SIGTERM.
      """,
    version: "basin \(version)",
    subcommands: [Run.self, ReplayCommand.self, Check.self, DoctorCommand.self],
    defaultSubcommand: Run.self)

  private static let subcommands = ["check", "replay", "doctor"]

  /// The command line as the parser of options takes it.
  ///
  /// `check`, `replay` and `doctor` come before the options that stand before them: `basin --seed 2
  /// check FILE` would read `check` as the name of a script. `help WORD` is a line of the language,
  /// where the word is no subcommand.
  static func parsable(_ arguments: [String]) -> [String] {
    if arguments.count == 2, arguments[0] == "help", !arguments[1].hasPrefix("-"),
      !(subcommands + ["run", "help"]).contains(arguments[1])
    {
      return ["-c", "help \(Content.quoted(arguments[1]))"]
    }
    let withValues = [
      "--seed", "--threads", "--budget", "--cpu", "--convolution", "--init", "--log", "--session",
    ]
    var index = 0
    while index < arguments.count, arguments[index].hasPrefix("--"), arguments[index] != "--" {
      index += withValues.contains(arguments[index]) ? 2 : 1
    }
    guard index < arguments.count, subcommands.contains(arguments[index]) else { return arguments }
    return [arguments[index]] + arguments[..<index] + arguments[(index + 1)...]
  }

  static func main() {
    do {
      var command = try parseAsRoot(parsable(Array(CommandLine.arguments.dropFirst())))
      try command.run()
    } catch let code as ArgumentParser.ExitCode {
      Foundation.exit(code.rawValue)
    } catch {
      let code = exitCode(for: error)
      if code == .success {
        OutputSink().result(fullMessage(for: error))
        Foundation.exit(0)
      }
      OutputSink().note(fullMessage(for: error))
      // A command line that cannot be read is refused like a script that cannot be.
      Foundation.exit(Workbench.ExitCode.refused.rawValue)
    }
  }
}

/// Options that every way to run lines has.
struct RunOptions: ParsableArguments {
  @Option(help: "The seed of all random numbers.")
  var seed: UInt64 = 1

  @Option(help: "How many threads compute; results do not depend on it.")
  var threads: Int?

  @Option(
    help: "The longest time to work, such as 30s, 20min or 2h; `help E0701` tells what is kept.")
  var budget: String?

  @Option(
    help: """
      The newest kernels that may compute: v3 (AVX2) or v4 (AVX-512). Other kernels give other \
      last bits.
      """)
  var cpu: NumericLevel.Cap?

  @Option(
    help: """
      How convolutions are computed: direct (oneDNN), winograd (faster for 3×3, less exact) or \
      im2col (OpenBLAS); also BASIN_CONVOLUTION. Each gives other last bits.
      """)
  var convolution: ConvolutionLevel.Method?

  @Flag(help: "Answers as JSON, one object a line.")
  var json = false

  @Flag(help: "Only what print, show and expect say, and errors.")
  var quiet = false

  @Flag(help: "No colour, plain characters, no line that is renewed in place.")
  var plain = false

  @Option(name: .customLong("init"), help: "A file of lines to run first.")
  var initFile: String?

  @Flag(help: "Leave out ~/.config/basin at the prompt: init.basin and plugins.")
  var noInit = false

  @Option(help: "A file that everything shown is added to.")
  var log: String?

  @Option(help: "The session's name: goes on with it where there is one.")
  var session: String?

  @Flag(help: "Do not autosave the session.")
  var noSession = false

  func validate() throws {
    if let threads, !(1...1024).contains(threads) {
      throw ValidationError("--threads takes a number from 1 to 1024")
    }
    if seed > UInt64(Int.max) { throw ValidationError("--seed takes a number below 2^63") }
    if budget != nil, duration == nil {
      throw ValidationError(
        "--budget takes a time such as 30s, 20min or 2h, more than nothing and at most 100 years")
    }
  }

  private var duration: Duration? {
    guard let budget, let content = Content(parsing: budget, as: .budget),
      case .time(let seconds)? = try? Parameter.budget.accepted(content)
    else { return nil }
    return .seconds(seconds)
  }

  var settings: ProgramSettings {
    ProgramSettings(
      seed: seed, threads: threads, budget: duration, cpu: cpu, convolution: convolution,
      isJSON: json, isQuiet: quiet, isPlain: plain, initFile: noInit ? nil : initFile,
      skipsUsersInit: noInit, log: log,
      session: noSession ? .none : session.map { .named($0) } ?? .automatic)
  }
}

extension NumericLevel.Cap: ExpressibleByArgument {}

extension ConvolutionLevel.Method: ExpressibleByArgument {}

/// Ends the program as `body` says, or with the code of its failure, which is told.
private func leave(_ body: () throws(Failure) -> Int32) -> Never {
  let status: Int32
  do throws(Failure) { status = try body() } catch {
    OutputSink().note(error.description)
    status = Workbench.ExitCode(error.code).rawValue
  }
  Foundation.exit(status)
}

/// Runs a file, the lines of `-c`, what comes through a pipe, or asks for lines.
struct Run: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run a script, or ask for lines at a prompt.")

  @OptionGroup var options: RunOptions

  @Option(
    name: .customShort("c"), parsing: .unconditional, help: "Lines to run, parted by semicolons.")
  var lines: String?

  @ArgumentParser.Argument(help: "The script, and values for its parameters: FILE name=value …")
  var arguments: [String] = []

  func run() throws {
    leave { () throws(Failure) in try start() }
  }

  private func start() throws(Failure) -> Int32 {
    var rest = arguments[...]
    var source: Source?
    if let lines {
      source = Source(name: "-c", text: lines)
    } else if let file = rest.first {
      rest = rest.dropFirst()
      source =
        file == "-" ? try Source(standardInput: ()) : try Source(scriptOrCommand: file)
    } else if isatty(0) == 0 {
      source = try Source(standardInput: ())
    }
    var overrides: [ParameterOverride] = []
    for argument in rest {
      guard let override = ParameterOverride(argument) else {
        throw Failure(
          .unexpectedToken, "`\(argument)` is no name=value",
          notes: ["after the file stand values for its parameters: basin job.basin steps=50k"])
      }
      overrides.append(override)
    }
    guard let source else {
      return try Program(options.settings, isInteractive: true).talk()
    }
    return try Program(options.settings, isInteractive: false).run(source, overrides: overrides)
  }
}

/// Runs a saved session again and compares it with its receipts.
struct ReplayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "replay", abstract: "Run a saved session again and compare it with its receipts.",
    discussion: "Options are written as at the prompt: twice=yes threads=[1, 2] until=20")

  @OptionGroup var options: RunOptions

  @ArgumentParser.Argument(help: "The session, and options: FILE name=value …")
  var arguments: [String]

  func run() throws {
    let file = arguments.first.map(Content.quoted) ?? ""
    let line = (["replay", file] + arguments.dropFirst()).joined(separator: " ")
    leave { () throws(Failure) in
      try Program(options.settings, isInteractive: false)
        .run(Source(name: "command line", text: line), overrides: [])
    }
  }
}

/// Finds the mistakes of scripts without running them.
struct Check: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Find the mistakes of a script without running it, and list its parameters.")

  @Flag(help: "No colour and plain characters.")
  var plain = false

  @Option(help: "How many threads compute, for an estimate.")
  var threads: Int?

  @ArgumentParser.Argument(
    help: "The scripts, and values for their parameters: FILE… cost=yes name=value …")
  var arguments: [String]

  func run() throws {
    let files = arguments.filter { ParameterOverride($0) == nil }
    let given = arguments.compactMap { ParameterOverride($0) }
    let values = given.filter { Command.check.parameter(named: $0.name) == nil }
    let sink = OutputSink()
    let host = ConsoleHost(
      sink: sink, interrupts: nil, options: ConsoleHost.Options(isPlain: plain))
    var status = Workbench.ExitCode.success.rawValue
    for file in files {
      do throws(Failure) {
        let source = try Source(readingFileAt: file)
        let checked = Session(host: host).check(source, overrides: values)
        // The estimate is the work of the command, where the script is sound.
        if checked.diagnostics.isEmpty, values.count < given.count {
          let line =
            (["check", Content.quoted(file)] + given.map { "\($0.name)=\($0.text)" })
            .joined(separator: " ")
          var settings = ProgramSettings()
          settings.isPlain = plain
          settings.threads = threads
          let ended = try Program(settings, isInteractive: false)
            .run(Source(name: "command line", text: line), overrides: [])
          if status == 0 { status = ended }
          continue
        }
        for diagnostic in checked.diagnostics { host.report(diagnostic) }
        let summary = checked.script.checkSummary(errors: checked.diagnostics.count)
        sink.result("\(file): \(summary)")
        if let first = checked.diagnostics.first, status == 0 {
          status = Workbench.ExitCode(first.failure.code).rawValue
        }
      } catch {
        sink.note(error.description)
        if status == 0 { status = Workbench.ExitCode(error.code).rawValue }
      }
    }
    Foundation.exit(status)
  }
}

/// Looks at the machine and the libraries.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Look at libraries, speed, threads, memory and data.")

  @Option(help: "How many threads would be asked for.")
  var threads: Int?

  func run() throws {
    let report = Doctor(threads: ThreadCount.decide(asked: threads)).examine()
    let sink = OutputSink()
    let style = Style(.auto, isTerminal: TerminalScreen.isTerminal(1))
    sink.result(
      report.rendered(width: TerminalScreen.size().columns, glyphs: Glyphs(), style: style))
    Foundation.exit(report.hasProblem ? Workbench.ExitCode.failed.rawValue : 0)
  }
}

extension Source {
  /// A script; where it is not there, its name may be a mistyped word of the program's own.
  fileprivate init(scriptOrCommand word: String) throws(Failure) {
    do throws(Failure) { try self.init(readingFileAt: word) } catch {
      let words = ["run", "replay", "check", "doctor", "help"]
      guard error.code == .fileNotFound, let near = nearest(word, among: words) else { throw error }
      throw Failure(error.code, error.message, notes: ["did you mean `basin \(near)`?"])
    }
  }

  /// Everything that standard input holds.
  fileprivate init(standardInput: Void) throws(Failure) {
    let read = try Source(name: "standard input", checkedBytes: try FileContent.standardInput())
    let text = read.text
    // Bytes that are no UTF-8 must stay as they are: they are told with their place.
    self =
      PastedText.isTranscript(text)
      ? Source(name: read.name, text: PastedText.withoutPrompts(text, keepingLines: true)) : read
  }
}
