import Foundation
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Workbench

@Suite struct TerminalInterruptTests {
  @Test func theFirstAsksAndTheSecondDiscards() {
    var policy = InterruptPolicy(isInteractive: true)
    let stop = StopSignal()
    policy.beginCommand(stop, finishing: "move")
    #expect(
      policy.take(.interrupt, at: 10)
        == .tell("^C  stopping after this move; Ctrl-C again discards it"))
    #expect(stop.isRaised)
    guard case .tell = policy.take(.interrupt, at: 11.9) else {
      Issue.record("the second was not taken")
      return
    }
    #expect(policy.endCommand() == .init(isStopped: true, isDiscarded: true))
    #expect(policy.exitStatus == nil)
    #expect(policy.take(.interrupt, at: 12) == .nothing)
  }

  /// A loop in somebody's plugin that looks at no signal could not be left.
  @Test func whatDoesNotStopCanBeLeft() {
    var policy = InterruptPolicy(isInteractive: true)
    policy.beginCommand(StopSignal(), finishing: "move")
    _ = policy.take(.interrupt, at: 10)
    _ = policy.take(.interrupt, at: 10.5)
    // Impatience just after the second means no more than the second.
    #expect(policy.take(.interrupt, at: 11) == .nothing)
    #expect(policy.take(.interrupt, at: 12) == .nothing)
    guard case .tell(let words) = policy.take(.interrupt, at: 13) else {
      Issue.record("nothing was told of leaving")
      return
    }
    #expect(words.contains("Ctrl-C again leaves the program, and the session is kept"))
    #expect(policy.take(.interrupt, at: 13.1) == .leaveNow(130))
    // What runs next begins anew.
    policy.beginCommand(StopSignal(), finishing: "move")
    #expect(policy.take(.interrupt, at: 20) != .leaveNow(130))
  }

  // Whatever ran, the words were "after this step".
  @Test func theHostSaysWhatIsFinishedFirst() throws {
    let sink = OutputSink(results: .memory, notes: .memory)
    let interrupts = try Interrupts(isInteractive: true) { sink.note($0) }
    let host = ConsoleHost(sink: sink, interrupts: interrupts, options: .init())
    _ = host.beginCommand("run", finishing: "line", stop: StopSignal())
    _ = host.beginCommand("train", finishing: "batch", stop: StopSignal())
    interrupts.take(.interrupt)
    #expect(host.endCommand().isStopped)
    interrupts.take(.interrupt)
    _ = host.endCommand()
    let words = sink.captured.notes.matches(of: #/after this (\w+);/#).map { String($0.1) }
    #expect(words == ["batch", "line"])
  }

  @Test func betweenTwoCommandsItEndsWhatWasTyped() {
    var policy = InterruptPolicy(isInteractive: true)
    policy.beginRun()
    #expect(policy.take(.interrupt, at: 1) == .tell("^C  stopping"))
    #expect(policy.take(.interrupt, at: 1.1) == .nothing)
    let stop = StopSignal()
    policy.beginCommand(stop)
    #expect(stop.isRaised && policy.isRunStopped)
    #expect(policy.endCommand().isStopped)
    policy.endRun()
    policy.beginRun()
    #expect(!policy.isRunStopped)
  }

  @Test func aSecondThatComesLateKeepsTheValue() {
    var policy = InterruptPolicy(isInteractive: true)
    policy.beginCommand(StopSignal())
    _ = policy.take(.interrupt, at: 10)
    _ = policy.take(.interrupt, at: 12.1)
    #expect(policy.endCommand() == .init(isStopped: true, isDiscarded: false))
    policy.beginCommand(StopSignal())
    #expect(policy.endCommand() == .init())
  }

  @Test func editingIsClearedAndResized() {
    var policy = InterruptPolicy(isInteractive: true)
    policy.beginEditing()
    #expect(policy.take(.interrupt, at: 0) == .wake(.interrupted))
    #expect(policy.take(.resize, at: 0) == .wake(.resized))
    #expect(policy.take(.suspend, at: 0) == .wake(.suspend))
    #expect(policy.take(.resume, at: 0) == .wake(.continued))
    policy.endEditing()
    #expect(policy.take(.suspend, at: 0) == .suspend)
    #expect(policy.take(.resize, at: 0) == .nothing)
  }

  @Test(
    arguments: [
      (InterruptPolicy.Event.terminate, 143), (.hangUp, 129),
    ] as [(InterruptPolicy.Event, Int32)])
  func terminationStopsAndLeaves(event: InterruptPolicy.Event, status: Int32) {
    for isInteractive in [true, false] {
      var policy = InterruptPolicy(isInteractive: isInteractive)
      let stop = StopSignal()
      policy.beginCommand(stop)
      guard case .tell = policy.take(event, at: 0) else {
        Issue.record("nothing was said")
        return
      }
      #expect(stop.isRaised)
      #expect(policy.endCommand() == .init(isStopped: true, isDiscarded: false))
      #expect(policy.exitStatus == status)
      policy.beginEditing()
      #expect(policy.take(event, at: 100) == .wake(.leave))
    }
  }

  @Test func aScriptLeavesAfterTheFirstAndAtOnceAfterTheSecond() {
    var policy = InterruptPolicy(isInteractive: false)
    let stop = StopSignal()
    policy.beginCommand(stop)
    _ = policy.take(.interrupt, at: 0)
    #expect(stop.isRaised)
    #expect(policy.exitStatus == 130)
    #expect(policy.take(.interrupt, at: 3) != .leaveNow(130))
    #expect(policy.take(.interrupt, at: 4) == .leaveNow(130))
    // What comes between two commands still ends the next one.
    let next = StopSignal()
    policy.beginCommand(next)
    #expect(next.isRaised)
  }

  @Test func messagesWakeWhoWaits() throws {
    let pipe = try WakePipe()
    #expect(pipe.receive() == nil)
    pipe.send(.resized)
    pipe.send(.interrupted)
    #expect(pipe.receive() == .resized)
    #expect(pipe.drain() == false)
    pipe.send(.leave)
    #expect(pipe.drain())
    let input = Pipe()
    pipe.send(.interrupted)
    let ready = pipe.wait(orInputFrom: input.fileHandleForReading.fileDescriptor)
    #expect(ready.hasMessage && !ready.hasInput)
  }
}

@Suite struct TerminalPromptLoopTests {
  /// Talks to a loop through a pipe; gives what was run and the exit status.
  private func talk(
    _ input: String, leaveAfter: String? = nil
  ) throws -> (statements: [String], status: Int32) {
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data(input.utf8))
    try pipe.fileHandleForWriting.close()
    let interrupts = try Interrupts(isInteractive: true) { _ in }
    let reader = PlainLineReader(
      descriptor: pipe.fileHandleForReading.fileDescriptor, wake: interrupts.wake)
    var statements: [String] = []
    let loop = PromptLoop(
      reader: reader, interrupts: interrupts,
      output: OutputSink(results: .memory, notes: .memory), number: { statements.count + 1 },
      isUnfinished: { text in
        text.filter { $0 == "{" }.count > text.filter { $0 == "}" }.count
      },
      run: { statement in
        statements.append(statement)
        return statement == leaveAfter ? .leave : .goOn
      })
    let status = try loop.talk()
    return (statements, status)
  }

  @Test func statementsAreReadUntilTheyAreWhole() throws {
    let (statements, status) = try talk("a\n\n  \nb {\n c\n}\nlast")
    #expect(statements == ["a", "b {\n c\n}", "last"])
    #expect(status == 0)
  }

  @Test func quitLeaves() throws {
    #expect(try talk("a\nquit\nb\n", leaveAfter: "quit").statements == ["a", "quit"])
  }

  @Test func anUnclosedBracketAtTheEndIsHandedOver() throws {
    #expect(try talk("a {\n b").statements == ["a {\n b"])
  }

  @Test func linesOfOtherSystemsAreRead() throws {
    #expect(try talk("a\r\nb\r\n").statements == ["a", "b"])
  }

  @Test func aSignalToLeaveWakesTheReader() throws {
    let input = Pipe()
    let interrupts = try Interrupts(isInteractive: true) { _ in }
    let reader = PlainLineReader(
      descriptor: input.fileHandleForReading.fileDescriptor, wake: interrupts.wake)
    let loop = PromptLoop(
      reader: reader, interrupts: interrupts,
      output: OutputSink(results: .memory, notes: .memory), number: { 1 },
      isUnfinished: { _ in false }, run: { _ in .goOn })
    let thread = Thread {
      usleep(50_000)
      interrupts.take(.terminate)
    }
    thread.start()
    #expect(try loop.talk() == 143)
    withExtendedLifetime(input) {}
  }
}
