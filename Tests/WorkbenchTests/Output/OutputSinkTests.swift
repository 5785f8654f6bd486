import Foundation
import Kernel
import Synchronization
import Testing

@testable import Workbench

@Suite struct OutputSinkTests {
  // The first part of a line that a narrower terminal had broken in two stayed on the screen.
  @Test func aLineThatANarrowerTerminalBrokeIsErasedWhole() {
    let width = Mutex(80)
    let sink = OutputSink(
      results: .memory, notes: .memory, columns: { width.withLock { $0 } })
    let line = String(repeating: "x", count: 79)
    sink.showLive(line)
    width.withLock { $0 = 30 }
    sink.showLive("short")
    sink.note("a note")
    let up = TerminalScreen.breaksLinesAnew() ? "\r\u{1B}[2A\u{1B}[J" : "\r\u{1B}[K"
    #expect(sink.captured.notes == line + up + "short" + "\r\u{1B}[Ka note\nshort")
  }

  @Test func resultsAndNotesGoTheirWays() {
    let sink = OutputSink(results: .memory, notes: .memory)
    sink.result("one")
    sink.note("careful\n")
    sink.result("two\n")
    sink.result("")
    #expect(sink.captured.results == "one\ntwo\n")
    #expect(sink.captured.notes == "careful\n")
  }

  @Test func theLiveLineGivesWayToWhatIsWritten() {
    let sink = OutputSink(results: .memory, notes: .memory)
    sink.showLive("50%")
    sink.showLive("60%")
    sink.note("careful")
    sink.showLive(nil)
    sink.showLive(nil)
    let erase = "\r\u{1B}[K"
    #expect(
      sink.captured.notes == "50%\(erase)60%\(erase)careful\n60%\(erase)")
  }

  @Test func aReaderThatWentAwayEndsQuietly() throws {
    signal(SIGPIPE, SIG_IGN)
    let pipe = Pipe()
    let calls = Mutex(0)
    let sink = OutputSink(
      results: .descriptor(pipe.fileHandleForWriting.fileDescriptor), notes: .memory
    ) { calls.withLock { $0 += 1 } }
    sink.result("first")
    #expect(!sink.isClosed)
    try pipe.fileHandleForReading.close()
    sink.result("second")
    sink.result("third")
    #expect(sink.isClosed)
    #expect(sink.failure == nil)
    #expect(calls.withLock { $0 } == 1)
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full")))
  func aFullDiskIsToldOf() throws {
    let full = open("/dev/full", O_WRONLY)
    defer { close(full) }
    let sink = OutputSink(results: .descriptor(full), notes: .memory)
    sink.result("lost")
    #expect(sink.failure?.code == .writeFailed)
  }

  @Test func textsOfManyThreadsStayWhole() {
    let sink = OutputSink(results: .memory, notes: .memory)
    DispatchQueue.concurrentPerform(iterations: 200) { index in
      sink.result("line \(index) of many threads")
      sink.showLive("at \(index)")
    }
    let lines = sink.captured.results.split(separator: "\n")
    #expect(lines.count == 200)
    #expect(lines.allSatisfy { $0.hasPrefix("line ") && $0.hasSuffix(" of many threads") })
  }
}

/// A clock that tests turn.
final class HandClock: Sendable {
  private let time = Mutex(0.0)
  func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
  var now: @Sendable () -> Double { { [self] in time.withLock { $0 } } }
}

@Suite struct OutputProgressLineTests {
  static let report = ProgressReport(
    share: 0.62,
    facts: [
      .init("best", "9.9%"), .init("T", "2.1e-3"), .init("accept", "14%"), .init("", "31.0k/50k"),
    ])

  private static func line(_ manner: ProgressLine.Manner = .quiet) -> ProgressLine {
    ProgressLine(
      label: "sa2", output: OutputSink(results: .memory, notes: .memory), manner: manner)
  }

  @Test(arguments: [
    (
      100,
      "  sa2   [#########-------]  62%  best 9.9%  T 2.1e-3  accept 14%  31.0k/50k  0:05 < 0:03"
    ),
    (70, "  sa2   [#########-------]  62%  best 9.9%  T 2.1e-3  0:05 < 0:03"),
    (44, "  sa2   [#########-------]  62%  0:05 < 0:03"),
    (36, "  sa2   [####----]  62%  0:05 < 0:03"),
    (30, "  sa2    62%  0:05 < 0:03"),
    (12, "  sa2  62%"),
    (6, "  sa2…"),
  ])
  func factsGoFirstWhereTheScreenIsNarrow(width: Int, text: String) {
    #expect(Self.line().rendered(Self.report, elapsed: 5, width: width) == text)
  }

  @Test func whatRemainsIsNotGuessedTooSoon() {
    let start = ProgressReport(share: 0.004)
    #expect(Self.line().rendered(start, elapsed: 3, width: 80).hasSuffix("  0%  0:03 < -:--"))
    let odd = ProgressReport(share: .nan)
    #expect(Self.line().rendered(odd, elapsed: 3, width: 80).contains("  0%"))
    #expect(
      Self.line().rendered(ProgressReport(share: 0.29), elapsed: 0, width: 80).contains("29%"))
    #expect(
      Self.line().rendered(ProgressReport(share: 0.999), elapsed: 0, width: 80).contains(" 99%"))
  }

  @Test func atMostTenUpdatesASecondAndNoneForShortWork() {
    let sink = OutputSink(results: .memory, notes: .memory)
    let clock = HandClock()
    let line = ProgressLine(
      label: "sa2", output: sink, manner: .terminal(width: { 80 }), now: clock.now)
    for step in 0..<200 {
      line.sink.report(ProgressReport(share: Double(step) / 1000))
      clock.advance(0.001)
    }
    #expect(sink.captured.notes == "")
    for step in 200..<1000 {
      line.sink.report(ProgressReport(share: Double(step) / 1000))
      clock.advance(0.001)
    }
    line.finish()
    line.sink.report(ProgressReport(share: 1))
    let notes = sink.captured.notes
    // From 0.25 s to 1 s, every tenth: eight lines, and the last is erased.
    #expect(notes.components(separatedBy: "sa2").count - 1 == 8)
    #expect(notes.hasSuffix("\r\u{1B}[K"))
    #expect(sink.captured.results == "")
  }

  @Test func adviceIsANoteOfItsOwn() {
    let sink = OutputSink(results: .memory, notes: .memory)
    let clock = HandClock()
    let line = ProgressLine(label: "sa2", output: sink, manner: .log, now: clock.now)
    line.sink.report(ProgressReport(share: 0, advice: "this takes a day"))
    line.sink.report(ProgressReport(share: 0))
    #expect(sink.captured.notes == "note: this takes a day\n")
  }

  @Test func offATerminalALineForEveryTenthOrHalfMinute() {
    let sink = OutputSink(results: .memory, notes: .memory)
    let clock = HandClock()
    let line = ProgressLine(label: "train", output: sink, manner: .log, now: clock.now)
    for percent in 0...100 {
      line.sink.report(ProgressReport(share: Double(percent) / 100))
      clock.advance(0.5)
    }
    line.finish()
    let lines = sink.captured.notes.split(separator: "\n")
    #expect(lines.count == 10)
    #expect(lines.first?.contains(" 10%") == true)
    #expect(lines.last?.contains("100%") == true)
    clock.advance(100)
    let slow = ProgressLine(label: "train", output: sink, manner: .log, now: clock.now)
    for _ in 0..<65 {
      slow.sink.report(ProgressReport(share: 0.01))
      clock.advance(1)
    }
    #expect(sink.captured.notes.split(separator: "\n").count == 12)
  }

  @Test func shortWorkLogsNothingAndQuietNeverDoes() {
    let sink = OutputSink(results: .memory, notes: .memory)
    let clock = HandClock()
    for manner in [ProgressLine.Manner.log, .quiet] {
      let line = ProgressLine(label: "x", output: sink, manner: manner, now: clock.now)
      for percent in 0...100 { line.sink.report(ProgressReport(share: Double(percent) / 100)) }
      if case .quiet = manner {
        clock.advance(60)
        line.sink.report(ProgressReport(share: 0.5))
      }
      line.finish()
    }
    #expect(sink.captured.notes == "")
  }

  @Test func takesReportsFromAnyThread() {
    let sink = OutputSink(results: .memory, notes: .memory)
    let line = ProgressLine(label: "x", output: sink, manner: .terminal(width: { 60 }))
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for step in 0..<20_000 { line.sink.report(ProgressReport(share: Double(step) / 20_000)) }
    }
    line.finish()
    #expect(!sink.captured.notes.contains("\n"))
  }
}
