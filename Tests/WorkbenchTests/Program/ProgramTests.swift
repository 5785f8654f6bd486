import Foundation
import TestSupport
import Testing

@testable import Workbench

@Suite struct ProgramTests {
  let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func write(_ name: String, _ text: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: folder.file(name)))
  }

  @Test func aFileRunsWithItsParameters() throws {
    try write("job.basin", "param n = 3 in 1..10\nx = n * 2\nprint x\nexpect x < 10\n")
    let plain = try ProgramRun(["job.basin"], in: folder)
    #expect(plain.status == 0)
    #expect(plain.results.contains("6\n") && plain.results.contains("ok"))
    #expect(plain.notes == "note: 1 expectation, 0 failed\n")
    let given = try ProgramRun(["--quiet", "job.basin", "n=5"], in: folder)
    #expect(given.status == 1)
    #expect(given.results == "10\nFAILED     10 < 10\n")
    #expect(given.notes.contains("error[E0601]: expected otherwise: 10 < 10\n  job.basin:4:8\n"))
  }

  @Test(
    arguments: [
      (["-c", "print 1; print 2"], nil, "1\n2\n"), ([], "print 3", "3\n"),
      (["-"], "print 4", "4\n"), (["--quiet", "-c", "x = 3; print x"], nil, "3\n"),
      (["--seed", "7", "-c", "set |> count"], nil, ""),
    ] as [([String], String?, String)])
  func linesComeFromTheCommandLineAndFromStandardInput(
    arguments: [String], input: String?, expected: String
  ) throws {
    let run = try ProgramRun(arguments, in: folder, input: input)
    #expect(run.results == expected)
  }

  // At the prompt prompts and outputs of a pasted transcript were dropped, in a pipe they were not.
  @Test func aTranscriptComesThroughAPipe() throws {
    let transcript = """
      basin 1> train, test = make blobs
      _1 train      data 1000 × 2, 3 classes
         test       data 1000 × 2, 3 classes
      basin 2> for i in [1, 2] {
      ...   print i
      ... }
      1
      2
      basin 2> print bb
      """
    let run = try ProgramRun([], in: folder, input: transcript)
    #expect(run.notes.hasPrefix("error[E0203]: there is no value `bb`\n  standard input:9:7\n"))
    let whole = try ProgramRun(["-"], in: folder, input: transcript.replacing("bb", with: "3"))
    #expect(whole.status == 0)
    #expect(whole.results.hasSuffix("1\n2\n3\n"))
  }

  @Test(arguments: [
    ("print 1", 0), ("expect 1 > 2", 1), ("barier", 2), ("print (1", 2), ("print bb", 2),
    ("x = probe", 2), ("load none.h5", 3), ("x = [1, 0][2]; y = 1 / x", 3),
    ("set on_fail=continue; expect 1 > 2; print 3", 1),
  ])
  func exitCodesSayHowItEnded(script: String, status: Int32) throws {
    #expect(try ProgramRun(["-c", script], in: folder).status == status)
  }

  @Test(arguments: [
    ["--seed", "many"], ["--threads", "0"], ["--budget", "soon"], ["--no-such-option"],
    // Longer than the clock can count: it ended the program.
    ["--budget", "1e300s", "-c", "x = 1"], ["--budget", "0s", "-c", "x = 1"],
    ["none.basin"], ["-c", "print 1", "noequals"],
  ])
  func aWrongCommandLineIsRefusedWithASentence(arguments: [String]) throws {
    let run = try ProgramRun(arguments, in: folder)
    #expect(run.status == (arguments == ["none.basin"] ? 3 : 2))
    #expect(run.results.isEmpty)
    #expect(!run.notes.isEmpty)
  }

  /// Runs a line of bash in which `$0` is the program.
  private func shell(_ line: String) throws -> (status: Int32, text: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", "(\(line)) >out 2>&1", ProgramRun.executable.path]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardInput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let text = FileManager.default.contents(atPath: folder.file("out")) ?? Data()
    return (process.terminationStatus, String(decoding: text, as: UTF8.self))
  }

  // Each of these ended the program with `try!`.
  @Test(arguments: ["\"$0\" <&-", "\"$0\" - <&-", "\"$0\" </"])
  func standardInputThatCannotBeReadIsTold(line: String) throws {
    let run = try shell(line)
    #expect(run.status == 3)
    #expect(run.text.hasPrefix("error[E0401]: standard input cannot be read: "))
  }

  // Where the parent of the program ignores SIGCHLD, as some batch systems do, there was no answer.
  @Test func networksAreReadWhereSIGCHLDIsIgnored() throws {
    _ = try shell("\"$0\" -c 'train, test = make blobs; save train t.h5'")
    let run = try shell("trap '' CHLD HUP; \"$0\" --quiet -c 'x = load t.h5; print x.count'")
    #expect(run.status == 0, "\(run.text)")
    #expect(run.text == "1000\n")
  }

  // A limit of the system's was told as damage of a sound file.
  @Test func aLimitOnFilesIsNoDamage() throws {
    _ = try shell("\"$0\" -c 'train, test = make blobs; save train t.h5'")
    let run = try shell("ulimit -f 2; \"$0\" --quiet -c 'x = load t.h5'")
    #expect(run.status == 3)
    #expect(run.text.contains("error[E0502]: `t.h5` cannot be read: a limit on the size of files"))
  }

  @Test func checkListsEveryErrorAndTheParameters() throws {
    try write("bad.basin", "param n = 3 in 1..10 \"how many\"\nx = bb\nbarier x\n")
    let run = try ProgramRun(["check", "bad.basin"], in: folder)
    #expect(run.status == 2)
    #expect(run.results == "bad.basin: 2 errors\n  param n = 3 in 1..10  how many\n")
    #expect(run.notes.contains("bad.basin:2:5") && run.notes.contains("bad.basin:3:1"))
  }

  // With values for its parameters a script with mistakes in them was told and exited with 0.
  @Test(arguments: [
    ("n=7", Int32(0), "job.basin: ok"), ("n=70", 2, "job.basin: 1 error"),
    ("m=7", 2, "job.basin: 1 error"), ("n=7 cost=yes", 0, "ok: "), ("n=7 cost=maybe", 2, ""),
  ])
  func checkTakesValuesForParameters(arguments: String, status: Int32, said: String) throws {
    try write("job.basin", "param n = 3 in 1..10 \"how many\"\nprint n\n")
    let words = ["check", "job.basin"] + arguments.split(separator: " ").map(String.init)
    let run = try ProgramRun(words, in: folder)
    #expect(run.status == status)
    #expect(run.results.hasPrefix(said))
  }

  // A binary file gave 20 errors of raw bytes.
  @Test(
    arguments: [
      ([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A], "an HDF5 file"),
      ([0x50, 0x4B, 0x03, 0x04, 0x0A, 0x00], "a zip file, as npz is"),
      ([0x1F, 0x8B, 0x08, 0x61], "a gzip file"), ([0x78, 0x00, 0x79], "a file of binary data"),
    ] as [([UInt8], String)])
  func aBinaryFileIsNoScript(bytes: [UInt8], kind: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("n.h5")))
    for arguments in [["n.h5"], ["check", "n.h5"], ["-c", "run n.h5"]] {
      let run = try ProgramRun(arguments, in: folder)
      #expect(run.status == 3)
      #expect(run.notes.hasPrefix("error[E0407]: `n.h5` is \(kind), not a script\n"))
      #expect(run.notes.split(separator: "\n").count <= 6)
    }
  }

  // A full disk took the rest of the log without a word.
  @Test func aLogThatCannotBeWrittenIsToldOnce() throws {
    let run = try ProgramRun(["--log", "/dev/full", "-c", "print 1; print 2"], in: folder)
    #expect(run.status == 0)
    #expect(run.results == "1\n2\n")
    #expect(run.notes.hasPrefix("the log cannot be written and ends here: "))
    #expect(run.notes.split(separator: "\n").count == 1)
  }

  // The version of the library that reads networks was known and not told.
  @Test func theDoctorNamesItsLibraries() throws {
    let run = try ProgramRun(["doctor"], in: folder)
    for line in [
      #/readline +\d+\.\d+/#, #/HDF5 +\d+\.\d+\.\d+/#, #/BLAS +OpenBLAS/#,
      #/convolutions +oneDNN \d/#,
    ] {
      #expect(try line.firstMatch(in: run.results) != nil)
    }
  }

  @Test func jsonHasKindValueAndReceipt() throws {
    let run = try ProgramRun(["--json", "-c", "x = 3"], in: folder)
    let line = try #require(run.results.split(separator: "\n").first)
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    let value = try #require((object?["values"] as? [[String: Any]])?.first)
    #expect(value["kind"] as? String == "int")
    #expect(value["value"] as? Int == 3)
    #expect((value["receipt"] as? [String: Any])?["sha256"] is String)
  }

  // A stopped script said "go on with: resume" and "what it made is kept", and it was lost.
  @Test func interruptionSaysWhatIsLostAndEndsWithTheSignalsCode() throws {
    let script = """
      train, test = make blobs samples=20k
      a, b = train mlp width=64 data=train epochs=1 count=2
      print "searching"
      p = search sa2 a b data=train steps=1000M start=random budget=60s
      print "not reached"
      """
    for (signal, status) in [(SIGINT, Int32(130)), (SIGTERM, 143)] {
      let run = try ProgramRun(["-c", script], in: folder) { process in
        let out = folder.file(".out")
        for _ in 0..<3000 {
          let text = FileManager.default.contents(atPath: out) ?? Data()
          if String(decoding: text, as: UTF8.self).contains("searching") { break }
          Thread.sleep(forTimeInterval: 0.02)
        }
        Thread.sleep(forTimeInterval: 0.5)
        kill(process.processIdentifier, signal)
      }
      #expect(run.status == status)
      #expect(run.results.contains("PARTIAL"))
      #expect(!run.results.contains("not reached"))
      #expect(!run.results.contains("go on with") && !run.notes.contains("kept"))
      #expect(run.notes.contains("stopping after this move"))
      #expect(run.notes.contains("stopped in this line; what it made so far is lost"))
      #expect(run.notes.contains("`checkpoint=FILE`"))
    }
  }

  @Test func aStoppedScriptGoesOnFromItsCheckpoint() throws {
    let script = """
      train, test = make blobs samples=2k
      a, b = train mlp width=16 data=train epochs=1 count=2
      p = search sa2 a b data=train steps=1000M checkpoint=state budget=60s
      """
    let first = try ProgramRun(["--budget", "3s", "-c", script], in: folder)
    #expect(first.status == 4)
    #expect(first.notes.contains("its state is kept in `state`"))
    #expect(first.notes.contains("run the same command again to go on from there"))
    let second = try ProgramRun(["--budget", "3s", "-c", script], in: folder)
    #expect(second.notes.contains("goes on from `state`"))
  }

  @Test func aClosedPipeEndsQuietly() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = [
      "-c",
      "for i in $(seq 20000); do echo print 123456789; done | "
        + "'\(ProgramRun.executable.path)' 2>err | head -1; echo ${PIPESTATUS[1]} >status",
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    let status = FileManager.default.contents(atPath: folder.file("status")) ?? Data()
    // Lines were left out: as of a program that SIGPIPE ends.
    #expect(String(decoding: status, as: UTF8.self) == "141\n")
    #expect(FileManager.default.contents(atPath: folder.file("err")) == Data())
  }

  @Test func aBudgetEndsTheRunAndKeepsWhatThereIs() throws {
    let script = """
      train, test = make blobs samples=20k
      a, b = train mlp width=64 data=train epochs=1 count=2
      p = search sa2 a b data=train steps=1000M start=random
      print "not reached"
      """
    let run = try ProgramRun(["--budget", "3s", "-c", script], in: folder)
    #expect(run.status == 4)
    #expect(run.results.contains("PARTIAL"))
    #expect(!run.results.contains("not reached"))
  }

  @Test func aMistypedWordOfTheProgramIsSuggested() throws {
    let run = try ProgramRun(["chekc", "p.basin"], in: folder)
    #expect(run.notes.contains("did you mean `basin check`?"))
  }

  // Networks without names had an empty column for them, and tables in a pipe were cut.
  @Test func answersInAPipeAreWhole() throws {
    let run = try ProgramRun(
      [
        "-c",
        """
        train, test = make blobs samples=30
        train mlp width=4 data=train epochs=0 count=2
        p = search identity _
        describe p
        """,
      ], in: folder)
    #expect(run.results.contains("_2 train      2 × mlp"))
    #expect(run.results.contains(" .method\n") && !run.results.contains("…\n"))
  }

  @Test func everyLineOfTheTourRuns() throws {
    let run = try ProgramRun(["-c", "help tour"], in: folder)
    #expect(run.status == 0)
    #expect(run.notes == "")
    for step in Tour.steps { #expect(run.results.contains(step.line)) }
    #expect(!run.results.contains("FAILED"))
  }
}
