import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// The program is killed at random moments of a session and started again until the session is
/// through; `make crashes` does it 200 times.
@Suite(.serialized) struct CrashTests {
  private let program: String
  /// How often to kill: 200 in `make crashes`.
  private let kills = ProcessInfo.processInfo.environment["BASIN_KILLS"].flatMap { Int($0) } ?? 8

  init() throws {
    program = try #require(PseudoTerminal.builtProgram("basin"), "the program was not built")
  }

  private func lines(in folder: TestFolder) -> [String] {
    let nets = folder.file("nets.h5")
    let size = kills >= 100 ? 5 : 1
    return [
      "train, test = make blobs samples=3000 dimension=64 classes=5 noise=4",
      "a, b = train mlp width=256 data=train epochs=\(40 * size) count=2",
      "save [a, b] '\(nets)'",
      "p = search sa2 a b data=train steps=\(100 * size)k start=random",
      "for i in 1..3 { c = train mlp width=192 data=train epochs=\(20 * size); q = search weight_match a b seed=i }",
      "save p '\(folder.file("p.npz"))'",
      "s = search sa2 a b data=train steps=\(100 * size)k start=p",
      "z = barrier s.networks data=test",
      "n = load '\(nets)'",
      "t = compare p s q data=test",
    ]
  }

  /// The program at a terminal, with its session in a folder.
  private func start(_ folder: TestFolder) throws -> PseudoTerminal {
    try PseudoTerminal(
      program: program, arguments: ["--no-init", "--session", "crash"],
      environment: [
        "HOME": folder.path, "PATH": "/usr/bin:/bin", "TERM": "dumb", "LANG": "C.UTF-8",
        "BASIN_SESSIONS": folder.file("sessions"), "SWIFT_BACKTRACE": "enable=no",
        // Short commands must have states to go on from, too.
        "BASIN_CHECKPOINT_SECONDS": "0.05",
      ], columns: 200)
  }

  /// Types the lines that are still to come, until all are through or `end` comes.
  ///
  /// - Returns: How many commands were seen to be completed.
  private func type(
    _ lines: [String], into terminal: PseudoTerminal, done: Int, resumes: Bool,
    until end: ContinuousClock.Instant
  ) throws -> (done: Int, isThrough: Bool) {
    var mark = 0
    var done = done
    guard terminal.wait(forWritten: "basin \(prompt(after: done))> ", after: &mark, until: end)
    else {
      return (done, false)
    }
    var isFirst = true
    while done < lines.count {
      try terminal.send((isFirst && resumes ? "resume" : lines[done]) + "\r")
      isFirst = false
      guard
        terminal.wait(forWritten: "basin \(prompt(after: done + 1))> ", after: &mark, until: end)
      else { return (done, false) }
      done += 1
    }
    return (done, true)
  }

  /// The number at the prompt: the loop is one statement and gives six results.
  private func prompt(after done: Int) -> Int { done + 1 + (done > 4 ? 5 : 0) }

  /// The session as a script with receipts, once all of it is through.
  private func saved(_ terminal: PseudoTerminal, _ folder: TestFolder) throws -> String {
    let file = folder.file("session.basin")
    try terminal.send("save session '\(file)'\r")
    try terminal.wait(seconds: 20) { $0.contains("wrote ") }
    try terminal.send("quit\r")
    #expect(try terminal.waitForExit() == 0)
    return try String(contentsOfFile: file, encoding: .utf8).replacing(folder.path, with: "FOLDER")
  }

  @Test func nothingCompletedIsLostHoweverOftenTheProgramIsKilled() throws {
    let whole = try TestFolder()
    let clock = ContinuousClock()
    let begin = clock.now
    let unbroken = try start(whole)
    let all = lines(in: whole)
    let late = clock.now.advanced(by: .seconds(120))
    try #require(try type(all, into: unbroken, done: 0, resumes: false, until: late).isThrough)
    let length = begin.duration(to: clock.now).inSeconds
    let expected = try saved(unbroken, whole)
    #expect(expected.contains("t = compare p s q data=test\n#= "))

    var random = RandomStream(seed: UInt64(kills), name: "moments to kill at")
    var left = kills
    var moments: [Int: Int] = [:]
    while left > 0 {
      let folder = try TestFolder()
      let lines = lines(in: folder)
      var done = 0
      var resumes = false
      while true {
        let terminal = try start(folder)
        let isKilled = left > 0
        let patience = isKilled ? random.nextUnit() * length * 0.5 : 120
        let typed = try type(
          lines, into: terminal, done: done, resumes: resumes,
          until: clock.now.advanced(by: .seconds(patience)))
        #expect(!terminal.transcript.contains("brought back:"), "\(terminal.transcript)")
        #expect(!terminal.transcript.contains("is not what it was"), "\(terminal.transcript)")
        if typed.isThrough {
          #expect(try saved(terminal, folder) == expected)
          break
        }
        guard isKilled else {
          Issue.record("the session hangs: \(terminal.transcript)")
          return
        }
        terminal.signal(SIGKILL)
        #expect(try terminal.waitForExit() == 128 + SIGKILL)
        left -= 1
        moments[typed.done, default: 0] += 1
        let history = try history(in: folder)
        #expect(history.damagedLines <= 1)
        #expect(history.completed.count >= typed.done, "a completed command is lost")
        #expect(history.completed.allSatisfy { $0.ending?.status == .done })
        try readEverything(in: folder)
        done = history.completed.count
        resumes = history.interrupted != nil
      }
    }
    let counts = moments.sorted { $0.key < $1.key }.map { "\($0.value) in line \($0.key + 1)" }
    let seconds = Content.brief(seconds: length)
    print("a session of \(seconds) killed \(kills) times: \(counts.joined(separator: ", "))")
  }

  /// Killed in a temperature trial and in the search for a start, a search goes on from a state that
  /// is not old; in both none was kept.
  @Test(arguments: [
    "p = search sa2 a b data=train steps=500",
    "p = search sa2 a b data=train steps=100 t_max=0.1 t_min=0.05 start=(method sa2 steps=2k t_max=1 t_min=0.5)",
  ])
  func littleOfATrialOrAStartIsLost(line: String) throws {
    let lines = [
      "train, test = make blobs samples=6000 dimension=32 classes=5 noise=4",
      "a, b = train mlp width=96 depth=2 data=train epochs=2 count=2", line,
    ]
    let whole = try TestFolder()
    let unbroken = try start(whole)
    let late = ContinuousClock.now.advanced(by: .seconds(120))
    try #require(try type(lines, into: unbroken, done: 0, resumes: false, until: late).isThrough)
    let expected = try saved(unbroken, whole)

    let folder = try TestFolder()
    let killed = try start(folder)
    try #require(
      try type(Array(lines[..<2]), into: killed, done: 0, resumes: false, until: late).isThrough)
    try killed.send(line + "\r")
    let states = folder.file("sessions/crash.journal/checkpoints")
    func state() -> String? {
      (try? FileManager.default.contentsOfDirectory(atPath: states))?
        .first { $0.hasSuffix(".safetensors") && !$0.hasPrefix(".") }
    }
    while state() == nil, ContinuousClock.now < late { usleep(2000) }
    usleep(150_000)
    killed.signal(SIGKILL)
    let end = Date()
    #expect(try killed.waitForExit() == 128 + SIGKILL)
    let path = states + "/" + (try #require(state(), "it was over before a state was kept"))
    let written = try #require(
      try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
    let file = try ArrayFile.read(path)
    let isOfStart = file.metadata["phase"] == "start"
    #expect(isOfStart == line.contains("start="))
    let text = String(decoding: try file.array("state").bytes, as: UTF8.self)
    #expect(isOfStart || text.contains("\"isTrialCut\":true"), "\(text.prefix(300))")
    let loss = end.timeIntervalSince(written)
    print(String(format: "killed %.0f ms after the newest state: ", loss * 1000) + line)
    // States come every 0.05 s here; the rest is room for a busy machine.
    #expect(loss < 5)

    let second = try start(folder)
    let patient = ContinuousClock.now.advanced(by: .seconds(120))
    try #require(try type(lines, into: second, done: 2, resumes: true, until: patient).isThrough)
    #expect(try saved(second, folder) == expected)
  }

  /// After any line, even one that only looks, `resume` alone said that it needs a value.
  @Test func resumeAloneBringsTheSessionBackUntilSomethingIsMade() throws {
    let folder = try TestFolder()
    func begin(_ arguments: [String]) throws -> PseudoTerminal {
      try PseudoTerminal(
        program: program, arguments: ["--no-init"] + arguments,
        environment: [
          "HOME": folder.path, "PATH": "/usr/bin:/bin", "TERM": "dumb", "LANG": "C.UTF-8",
          "BASIN_SESSIONS": folder.file("sessions"), "SWIFT_BACKTRACE": "enable=no",
        ], columns: 200)
    }
    let killed = try begin(["--session", "crash"])
    try killed.wait(for: "basin 1> ")
    try killed.send("for i in 1..1000000 { x = i }\r")
    let late = ContinuousClock.now.advanced(by: .seconds(60))
    while try history(in: folder).interrupted == nil, ContinuousClock.now < late { usleep(5000) }
    killed.signal(SIGKILL)
    #expect(try killed.waitForExit() == 128 + SIGKILL)

    let second = try begin([])
    try second.wait(for: "`resume` brings the session back")
    try second.send("list\r")
    _ = second.waitUntilStill()
    try second.send("resume\r")
    var mark = 0
    let goesOn = "goes on with `for i in 1..1000000"
    #expect(second.wait(forWritten: goesOn, after: &mark, until: late))
    second.signal(SIGKILL)
    #expect(try second.waitForExit() == 128 + SIGKILL)

    let third = try begin([])
    try third.wait(for: "`resume` brings the session back")
    try third.send("y = 1\r")
    try third.wait(for: "basin 2> ")
    try third.send("resume\r")
    try third.wait(for: "`basin --session crash` brings it back")
    #expect(!third.transcript.contains("E0301"))
    try third.send("quit\r")
    #expect(try third.waitForExit() == 0)
  }

  private func history(in folder: TestFolder) throws -> JournalHistory {
    let path = folder.file("sessions/crash.journal/journal.jsonl")
    guard FileContent.exists(path) else { return try JournalHistory([]) }
    return try JournalHistory(FileContent.read(path))
  }

  /// Reads every file of arrays there is; what was being written has no name of its own yet.
  private func readEverything(in folder: TestFolder) throws {
    let names = FileManager.default.enumerator(atPath: folder.path)
    while let name = names?.nextObject() as? String {
      guard !name.hasSuffix(".part"), ArrayFile.Format(ending: name) != nil else { continue }
      _ = try ArrayFile.read(folder.file(name))
    }
  }
}
