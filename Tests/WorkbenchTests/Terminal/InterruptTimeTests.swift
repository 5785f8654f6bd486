import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// How long it takes from Ctrl-C to the prompt, in every command that can run long, on networks and
/// data of a size that people have; only `make interrupts` runs it.
///
/// `BASIN_INTERRUPTS_ONLY=load` takes the rows that hold this text. A press that comes too late is made
/// again, sooner, until every row has its presses.
@Suite(
  .serialized,
  .enabled(
    if: ProcessInfo.processInfo.environment["BASIN_INTERRUPTS"] != nil, "`make interrupts` runs it")
)
struct InterruptTimeTests {
  private let folder: TestFolder
  private let program: String
  private let presses =
    ProcessInfo.processInfo.environment["BASIN_INTERRUPTS"].flatMap { Int($0) } ?? 1

  init() throws {
    folder = try TestFolder()
    program = try #require(PseudoTerminal.builtProgram("basin"), "the program was not built")
  }

  /// What the commands work on.
  private static let preparation = [
    "train, test = make blobs samples=60000 dimension=784 classes=10 noise=9",
    "a, b = train mlp width=512 data=train epochs=1 count=2",
    "d, e = train mlp width=512 depth=3 data=test epochs=0 count=2",
    "f, g = train mlp width=4096 depth=2 data=test epochs=0 count=2",
    "h = train mlp width=32 data=test epochs=0 count=40",
    "p = search weight_match a b",
    "images, more = load fashion_mnist",
    "u, v = train shallow_cnn width=256 data=more epochs=0 count=2",
    "save [f, g] 'large.h5'",
  ]

  /// Long commands, one a line.
  static let commands = [
    "train mlp width=512 data=train epochs=100 count=2",
    "train mlp width=1024 depth=6 batch=8192 data=train epochs=100",
    "train shallow_cnn width=256 data=images epochs=100 count=2",
    "train shallow_cnn width=512 depth=4 data=images epochs=100",
    "eval u data=images", "curve u v data=images", "search sa2 u v data=images steps=100M",
    "search fd u v data=images", "search activation_match u v data=images",
    "search subspace u v data=images epochs=100", "ensemble u v data=images",
    "search sa2 a b data=train steps=100M start=random",
    "search sa2 a b data=train steps=100M start=random evaluation=full",
    "search sa2 d e data=train steps=100M start=random",
    "search sa2 a b data=train steps=100M start=fd",
    "search fd a b data=train hessian=full", "search fd f g data=train hessian=diagonal",
    "search activation_match f g data=train", "search activation_match d e data=train",
    "search weight_match f g", "search random f g",
    "curve d e data=train points=1001", "barrier h data=train", "barrier f g data=train",
    "eval h data=train", "eval f g data=train", "compare p data=train points=1001",
    "sweep s in 1..100 { x = train mlp width=256 data=train epochs=100 seed=s; row y=s }",
    "sweep s in 1..100 parallel=no { x = barrier d e data=train points=101; row y=s }",
    "for s in 1..100 { x = barrier d e data=train points=101 }",
    "for s in 1..1000000 { x = s }",
    "l = load 'large.h5'", "m = make blobs samples=200000 dimension=784 classes=10",
    "save train 'train.npz'", "save [f, g] 'other.safetensors'",
    "for i in 1..20 { s = shuffle f }", "apply (search random f g) f g", "average f g", "balance f",
    "distance f g",
    "check 'job.basin' cost=yes budget=1h",
  ]

  /// Those of the rows that were asked for.
  static let chosen = commands.filter { command in
    ProcessInfo.processInfo.environment["BASIN_INTERRUPTS_ONLY"].map(command.contains) ?? true
  }

  @Test(arguments: chosen)
  func thePromptIsBackAtOnce(command: String) throws {
    // Behind a name that it is bound to, or as the first word.
    let verb = String(
      (command.split(separator: " = ", maxSplits: 1).last ?? "").prefix { $0 != " " })
    guard verb == "for" || command.hasPrefix("for ") || Lexicon.standard.command(verb) != nil
    else {
      print("skipped: there is no command `\(verb)`")
      return
    }
    try "x, y = make blobs samples=60000 dimension=784\nfor i in 1..100 { z = train mlp data=x }"
      .write(toFile: folder.file("job.basin"), atomically: true, encoding: .utf8)
    let terminal = try PseudoTerminal(
      program: "/bin/sh",
      arguments: ["-c", "cd '\(folder.path)' && exec '\(program)' --no-init --no-session"],
      environment: [
        "HOME": folder.path, "PATH": "/usr/bin:/bin", "TERM": "dumb", "LANG": "C.UTF-8",
      ],
      columns: 200)
    var mark = 0
    try #require(isPrompt(terminal, after: &mark, within: 10))
    for line in Self.preparation {
      try terminal.send(line + "\r")
      try #require(isPrompt(terminal, after: &mark, within: 120), "\(line)")
    }
    let clock = ContinuousClock()
    var times: [Double] = []
    var stream = RandomStream(seed: 1, name: "interrupts/" + command)
    var length = 2.0
    // So many tries: of a command that takes a tenth of a second most presses come in time.
    for _ in 0..<6 * presses where times.count < presses {
      try terminal.send(command + "\r")
      // Somewhere in the command, however short it is.
      let begin = clock.now
      if isPrompt(terminal, after: &mark, within: length * stream.nextUnit()) {
        length = min(length, (clock.now - begin).inSeconds)
        continue
      }
      let press = clock.now
      try terminal.send("\u{3}")
      try #require(isPrompt(terminal, after: &mark, within: 60), "\(command)")
      times.append((clock.now - press).inSeconds)
    }
    let worst = times.max() ?? 0
    print(
      String(format: "%7.0f ms of %2d presses  ", worst * 1000, times.count) + command)
    #expect(worst <= 0.2, "\(times)")
  }

  /// Whether a prompt is written after `mark` in time.
  private func isPrompt(
    _ terminal: PseudoTerminal, after mark: inout Int, within seconds: Double
  ) -> Bool {
    terminal.wait(
      forWritten: #"basin \d+> "#, options: .regularExpression, after: &mark,
      until: .now.advanced(by: .seconds(seconds)))
  }
}
