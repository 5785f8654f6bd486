import ArgumentParser
import Foundation
import Kernel

/// `basin-bench`: our side of the benchmarks, and the table that puts the peers' beside it.
@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "basin-bench",
    abstract: "Times Basin's side of the benchmarks; see benchmarks/README.md.",
    subcommands: [
      Measure.self, Rows.self, Prepare.self, CheckChain.self, Logits.self,
      Summarize.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      FileHandle.standardError.write(Data("\(failure)\n".utf8))
      Foundation.exit(2)
    } catch {
      exit(withError: error)
    }
  }

  /// Writes one line, at once: the other end may be waiting for it.
  static func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}

/// Options of what runs the work itself.
struct WorkOptions: ParsableArguments {
  @Option(help: "The folder of the trained networks.")
  var networks = "benchmarks/.networks"

  @Option(help: "How many threads compute.")
  var threads = 2

  var workplace: Workplace { Workplace(folder: networks, threads: threads) }

  func validate() throws {
    guard threads >= 1 else { throw ValidationError("threads should be at least 1") }
  }
}

/// Runs our side of rows: `basin-bench measure ROW…`.
struct Measure: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Times rows and writes one line of JSON for each run.")

  @Argument(help: "The rows; all where none is named.")
  var rows: [String] = []

  @Option(name: .customLong("repeat"), help: "How often each row is timed.")
  var count = 1

  @OptionGroup var options: WorkOptions

  func validate() throws {
    guard count >= 1 else { throw ValidationError("repeat should be at least 1") }
  }

  func run() throws {
    let workplace = options.workplace
    for row in try Row.named(rows) {
      for measurement in try row.measure(in: workplace, count: count) {
        Bench.say(try measurement.line())
      }
    }
  }
}

/// Lists rows: `basin-bench rows`.
struct Rows: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Lists the names of the rows.")

  @Flag(help: "Only those that are short.")
  var quick = false

  @Argument(help: "Only these, which must exist.")
  var names: [String] = []

  func run() throws {
    for row in try Row.named(names) where !quick || row.isQuick { Bench.say(row.name) }
  }
}

/// Trains the networks that the rows share: `basin-bench prepare`.
struct Prepare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains the networks that the rows use, where they are not there yet.")

  @OptionGroup var options: WorkOptions

  func run() throws {
    let workplace = options.workplace
    for pair in TrainedPair.all { _ = try workplace.networks(pair) }
  }
}

/// Compares the ways to evaluate a move: `basin-bench check`.
struct CheckChain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Compares what annealing accepts when evaluated lazily, in full and plainly.")

  @OptionGroup var options: WorkOptions

  func run() throws {
    var allAreSame = true
    let check = ChainCheck(workplace: options.workplace)
    for width in [64, 512] {
      for finding in try check.findings(width: width) {
        Bench.say("\(finding.title): \(finding.isSame ? "the same" : "DIFFERENT")")
        Bench.say("  \(finding.detail)")
        allAreSame = allAreSame && finding.isSame
      }
    }
    if !allAreSame { throw ExitCode.failure }
  }
}

/// Sums measurements up: `basin-bench summarize FILE`.
struct Summarize: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the table of measurements and appends it to a results file.")

  @Argument(help: "A file of measurements, one line of JSON each.")
  var measurements: String

  @Option(help: "The results file to append to, as CSV.")
  var csv: String?

  @Option(help: "The date to note.")
  var date = ""

  @Option(help: "The commit to note.")
  var commit = ""

  @Option(help: "The machine to note.")
  var machine = ""

  @Option(help: "The threads to note.")
  var threads = 2

  func run() throws {
    let report = Report(try Measurement.read(measurements))
    Bench.say(report.table)
    guard let csv else { return }
    try report.append(
      to: csv, .init(date: date, commit: commit, machine: machine, threads: threads))
  }
}
