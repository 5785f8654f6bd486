import Kernel
import TestSupport
import Testing

@testable import Workbench

/// What stands on the command line, and what is made of it.
@Suite struct CommandLineTests {
  /// `basin --no-session check FILE` took `check` for the name of a script.
  @Test(arguments: [
    (["--seed", "2", "check", "f.basin"], ["check", "--seed", "2", "f.basin"]),
    (["--json", "--no-session", "replay", "f"], ["replay", "--json", "--no-session", "f"]),
    (["--seed=2", "doctor"], ["doctor", "--seed=2"]),
    (["check", "f"], ["check", "f"]), (["--seed", "check", "f"], ["--seed", "check", "f"]),
    (["job.basin", "check"], ["job.basin", "check"]), (["-c", "check f"], ["-c", "check f"]),
    (["--", "check"], ["--", "check"]), ([], []),
    (["help", "sa2"], ["-c", #"help "sa2""#]), (["help", "E0401"], ["-c", #"help "E0401""#]),
    (["help", "check"], ["help", "check"]), (["help", "run"], ["help", "run"]),
    (["help"], ["help"]), (["help", "--version"], ["help", "--version"]),
  ])
  func optionsMayStandBeforeASubcommand(typed: [String], read: [String]) {
    #expect(Basin.parsable(typed) == read)
  }

  @Test func aLineMayBeginWithAMinus() throws {
    let run = try ProgramRun(["-c", "-3"], in: try TestFolder())
    #expect(run.status == 0 && run.results == "-3\n")
  }

  @Test func everyLineOfJSONIsAnObject() throws {
    let script = """
      x, y = make blobs samples=20; print "hello"; show x; [1, 2]; expect 1 < 2; help eval; help
      """
    let run = try ProgramRun(["--json", "-c", script], in: try TestFolder())
    #expect(run.status == 0)
    let lines = run.results.split(separator: "\n")
    #expect(lines.count == 7)
    for line in lines {
      guard case .object? = try? JSON.read(Array(line.utf8), source: "output") else {
        Issue.record("no object: \(line)")
        continue
      }
    }
  }

  @Test func aParameterGivenTwiceIsRefused() throws {
    let folder = try TestFolder()
    try "param n = 1\nprint n\n".write(
      toFile: folder.file("p.basin"), atomically: true, encoding: .utf8)
    let run = try ProgramRun(["p.basin", "n=3", "n=4"], in: folder)
    #expect(run.status == 2 && run.notes.contains("E0305") && run.results == "")
  }

  @Test(arguments: ["SLURM_CPUS_ON_NODE", "PBS_NUM_PPN", "LSB_DJOB_NUMPROC"])
  func aBatchSystemDecidesAndIsNamed(variable: String) {
    let decided = ThreadCount.decide(asked: nil, environment: [variable: "1"])
    // On a machine of one processor the mask says as much.
    let alone = ThreadCount.decide(asked: nil, environment: [:])
    #expect(decided.count == 1)
    #expect(decided.batchVariable == (alone.count == 1 ? nil : variable))
  }

  /// Each took all the memory that there was, and ended the program.
  @Test(arguments: [
    "a = train mlp width=1M depth=2 data=x epochs=0",
    "a = train mlp width=1M depth=1k data=x epochs=0 count=10k",
  ])
  func whatDoesNotFitInMemoryIsRefused(line: String) throws {
    let run = try ProgramRun(["-c", "x, y = make blobs; \(line)"], in: try TestFolder())
    #expect(run.status == 3 && run.notes.contains("E0502"))
  }
}
