import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// What the tests of plugins that are programs share.
enum ProgramTest {
  /// Whether there is a Python with numpy, as plugins need it.
  static let hasPython = runs("import numpy")
  /// Whether that Python has SciPy too.
  static let hasSciPy = runs("import scipy")

  private static func runs(_ line: String) -> Bool {
    guard let python = try? PythonInterpreter.path(for: "a test") else { return false }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: python)
    process.arguments = ["-c", line]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }

  /// The top folder of the sources.
  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  /// Times that a slow machine keeps to; tests of what hangs shorten the one that they are about.
  static let limits = ProgramLimits(patience: .seconds(60), memory: 2 << 30, grace: .seconds(60))

  /// A plugin from its text.
  static func plugin(
    _ text: String, name: String = "trial.py", in folder: TestFolder,
    limits: ProgramLimits = limits
  ) throws -> Plugin {
    try ProgramPlugin.load(script(text, name: name, in: folder), limits: limits)
  }

  /// A script that can be run; its path.
  ///
  /// Another process writes it: what a test beside this one starts would hold a file that is open
  /// here for a moment, and one that somebody may write to cannot be run.
  static func script(_ text: String, name: String, in folder: TestFolder) throws -> String {
    let path = folder.file(name)
    try text.write(toFile: path + ".text", atomically: true, encoding: .utf8)
    let copy = Process()
    copy.executableURL = URL(fileURLWithPath: "/usr/bin/install")
    copy.arguments = ["-m", "755", path + ".text", path]
    try copy.run()
    copy.waitUntilExit()
    return path
  }

  /// The only method of a Python script whose body searches: the lines of `def trial(task):`.
  static func method(
    _ body: String, card: String = "", in folder: TestFolder, limits: ProgramLimits = limits
  ) throws -> SearchMethod {
    let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
    let text = """
      import os, sys, time
      import numpy as np
      from basin_plugin import *

      @method(id="trial", summary="does what a test says", description="For tests.", \(card))
      def trial(task):
      \(lines.map { "    " + $0 }.joined(separator: "\n"))

      run()
      """
    return try #require(plugin(text, in: folder, limits: limits).methods.first)
  }

  /// Independent networks of one architecture.
  static func networks(_ count: Int = 2, hidden: [Int] = [7, 5], inputs: [Int] = [6]) -> [Network] {
    (0..<count).map {
      Network(
        graph: .mlp(inputShape: inputs, hidden: hidden, classes: 3), initial: .uniform,
        from: RandomStream(seed: 3, name: "program network \($0)"))
    }
  }

  static func task(
    _ networks: [Network] = networks(), data: DataSet? = nil, stop: StopSignal = StopSignal(),
    progress: ProgressSink = .none
  ) -> SearchTask {
    SearchTask(
      networks: networks, data: data, random: RandomStream(seed: 5, name: "program"),
      pool: WorkPool(threadCount: 1), stop: stop, progress: progress)
  }

  /// Whether a process is over: gone, or not yet reaped by whose it is.
  static func isOver(_ process: pid_t) -> Bool {
    let state = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
    return state?.contains(") Z ") ?? true
  }

  /// Whether something becomes true within ten seconds.
  static func becomes(_ isTrue: () -> Bool) -> Bool {
    // A minute, which costs nothing where it comes sooner.
    for _ in 0..<6000 {
      if isTrue() { return true }
      usleep(10_000)
    }
    return false
  }

  /// The failure of some work.
  static func failure(of work: () throws -> Void) -> Failure? {
    do { try work() } catch { return error as? Failure }
    return nil
  }
}
