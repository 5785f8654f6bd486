import Contract
import Kernel
import Synchronization
import TestSupport
import Testing

@testable import Workbench

/// Sweeps over real commands: what is made once, what a stop leaves, and pictures.
///
/// Cells run in turn: of commands in cells side by side the host hears nothing.
@Suite struct SweepCommandTests {
  private let data = "train, test = make blobs samples=200 noise=1.5\n"
  private let sweep = """
    sweep width in [4, 8], m in [fd, (method sa2 steps=300 start=random)] {
      a, b = train mlp width=width data=train epochs=2 count=2
      r = search m a b data=train
      row barrier=(barrier r.networks data=test).error accuracy=(eval r.average data=test).accuracy
    }

    """

  @Test func networksAreTrainedOncePerWidth() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(data + "t = " + sweep)
    #expect(bench.host.begun.filter { $0.verb == "train" }.count == 2)
    #expect(bench.host.begun.filter { $0.verb == "search" }.count == 4)
    let table = try bench.table("t")
    #expect(
      table.columns.map(\.kind) == [.integer, .text, .points, .share, .text, .seconds])
    #expect(table.rows.map { $0[0] } == [.integer(4), .integer(4), .integer(8), .integer(8)])
    #expect(
      table.rows.map { $0[1] }.suffix(2) == [.text("fd"), .text("sa2 steps=300 start=random")])
    #expect(bench.host.notes == [])
  }

  /// What a method was given for the search it stands in is a part of it: such methods are not one
  /// and share no line.
  @Test func methodsThatBeginElsewhereAreNotTheSame() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(
      data + """
        a, b = train mlp width=8 data=train epochs=2 count=2
        p = search random a b seed=3
        q = search random a b seed=4
        t = sweep m in [(method sa2 steps=1), (method sa2 steps=1 start=random),
                        (method sa2 steps=1 start=p), (method sa2 steps=1 start=q),
                        (method sa2 steps=1 start=random seed=5),
                        (method sa2 steps=1 start=random seed=5 budget=1h)] {
          r = search m a b data=train
          row cost=r.cost
        }
        """)
    let table = try bench.table("t")
    #expect(bench.host.begun.filter { $0.verb == "search" }.count == 2 + 6)
    #expect(
      table.rows.map { $0[0] } == [
        .text("sa2 steps=1"), .text("sa2 steps=1 start=random"), .text("sa2 steps=1 start=p"),
        .text("sa2 steps=1 start=q"), .text("sa2 steps=1 start=random seed=5"),
        .text("sa2 steps=1 start=random budget=3600s seed=5"),
      ])
  }

  /// Ctrl-C before the work, at any cell, and inside a command; then whole again.
  @Test(arguments: [
    ("sweep", 0), ("sweep", 2), ("sweep", 9), ("sweep", 14), ("train", 0), ("train", 3),
    ("search", 0), ("search", 2), ("eval", 0),
  ])
  func resumeGivesTheUnbrokenTable(verb: String, reports: Int) throws {
    let unbroken = CommandBench(threads: 1)
    try unbroken.run(data + "t = " + sweep)
    let bench = CommandBench(threads: 1)
    bench.host.stopping = (verb, afterReports: reports)
    try bench.run(data + "t = " + sweep)
    let value = try #require(bench.session.value(named: "t"))
    let stopped = try SweepTests.table("t", in: bench.session)
    if let partial = value.partial {
      #expect(stopped.isPartial && partial.share < 1)
      #expect(partial.reason == "stopped")
      bench.host.stopping = nil
      try bench.run("u = resume t")
      #expect(bench.session.value(named: "u")?.partial == nil)
      #expect(
        stopped.rows
          == Array(try SweepTests.table("u", in: bench.session).rows.prefix(stopped.rows.count)))
    } else {
      // A command that reports less often ends by itself.
      #expect(reports > 0)
      try bench.run("u = t")
    }
    #expect(
      try SweepTests.table("u", in: bench.session) == SweepTests.table("t", in: unbroken.session))
  }

  @Test func aBudgetKeepsTheRowsSoFar() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(
      data + """
        t = sweep n in [1, 1M] budget=300ms {
          a = train mlp width=4 data=train epochs=n
          row accuracy=(eval a data=test).accuracy
        }
        """)
    let table = try bench.table("t")
    #expect(table.isPartial && table.rows.count == 1)
    #expect(bench.session.value(named: "t")?.partial?.reason == "budget")
    #expect(table.notes == ["1 of 2 cells"])
    // It goes on under its own limit, and is the same value.
    try bench.run("u = resume t budget=50ms\nv = resume u budget=50ms")
    #expect(try bench.table("v").isPartial && bench.table("v").rows == table.rows)
  }

  @Test func aSearchWithItsOwnBudgetIsNoStop() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(
      data + """
        a, b = train mlp width=8 data=train epochs=1 count=2
        t = sweep n in [1, 2] {
          r = search sa2 a b data=train steps=1M start=random budget=20ms seed=n
          row steps=r.steps
        }
        """)
    #expect(bench.session.value(named: "t")?.partial == nil)
    #expect(try bench.table("t").rows.count == 2)
  }

  @Test func incompatibleNetworksFailInTheirCell() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(
      data + """
        a = train mlp width=4 data=train epochs=0
        t = sweep width in [8, 4] {
          b = train mlp width=width data=train epochs=0 seed=3
          row error=(barrier a b data=test).error
        }
        """)
    let table = try SweepTests.table("t", in: bench.session)
    #expect(table.rows[0] == [.integer(8), .empty, .text("E0503")])
    #expect(table.rows[1][2] == .text("ok"))
    #expect(bench.host.notes.count == 1 && bench.host.notes[0].hasPrefix("width=8: error[E0503]"))
  }

  @Test func aSweepThatWasGoneOnWithIsSavedAsOneLineAndReplays() throws {
    let folder = try TestFolder()
    let bench = CommandBench(threads: 1)
    try bench.run(data + "save train \"\(folder.file("in.npz"))\"")
    let lines = """
      t = sweep width in [4, 8] budget=1h {
        d = load "\(folder.file("in.npz"))"
        a = train mlp width=width data=d epochs=1
        save a "\(folder.file("a.h5"))"
        b = load "\(folder.file("a.h5"))"
        row error=(eval b data=d).error
      }

      """
    let second = CommandBench(threads: 1)
    second.host.stopping = ("sweep", afterReports: 4)
    try second.run(lines)
    #expect(second.session.value(named: "t")?.partial != nil)
    second.host.stopping = nil
    try second.run("t = resume t\nsave session \"\(folder.file("s.basin"))\"")
    let text = try String(contentsOfFile: folder.file("s.basin"), encoding: .utf8)
    #expect(text.contains("t = sweep width in [4, 8] {\n") && !text.contains("resume"))
    #expect(text.contains("#@ input \(folder.file("in.npz"))"))
    #expect(!text.contains("#@ input \(folder.file("a.h5"))"))
    #expect(text.contains("| exact\n#= > width,error,status\n"))
    try CommandBench(threads: 1).run(
      "replay \"\(folder.file("s.basin"))\" twice=yes threads=[1, 2]")
  }

  @Test func aCellThatHangsOnTheClockIsNotComparedInAReplay() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(
      data + """
        a, b = train mlp width=8 data=train epochs=1 count=2
        t = sweep n in [1, 2] {
          r = search sa2 a b data=train steps=10M start=random budget=20ms seed=n
          row steps=r.steps
        }
        u = sweep n in [1, 2] { row m=n }
        """)
    let value = try #require(bench.session.value(named: "t"))
    #expect(value.provenance.dependsOnTheClock && value.partial == nil)
    #expect(Receipt(value).tolerance == .shape)
    let other = try #require(bench.session.value(named: "u"))
    #expect(Receipt(other).tolerance == .exact)
  }

  @Test func aTableOfASweepIsDrawnByOneOfItsVariables() throws {
    let bench = CommandBench(threads: 1)
    try bench.run(
      """
      t = sweep width in [1, 2, 4], m in [fd, sa2] { row y=(width * 2) }
      p = plot t x=width y=y by=m
      best = where t (m == fd and width > 1) |> sort y order=falling
      top = max t.y
      """)
    guard case .picture(let picture) = try bench.content("p") else {
      throw CommandBench.NotThis(kind: "a picture")
    }
    #expect(picture.series.map(\.name) == ["fd", "sa2"])
    #expect(picture.series[1].points.map(\.x) == [1, 2, 4])
    #expect(picture.series[1].points.map(\.y) == [2, 4, 8])
    #expect(try bench.table("best").rows.map { $0[0] } == [.integer(4), .integer(2)])
  }

  @Test func progressCountsTheCells() throws {
    let host = ProgressHost()
    Session(host: host).run(Source(name: "test", text: "t = sweep n in 1..3 { row m=n }"))
    #expect(host.cells == ["0/3", "1/3", "2/3", "3/3"])
  }
}

/// Keeps what a sweep says of how far it is.
private final class ProgressHost: Host {
  private final class Seen: Sendable {
    let cells = Mutex<[String]>([])
  }

  private let seen = Seen()
  var cells: [String] { seen.cells.withLock { $0 } }

  func show(_ output: Output) {}
  func note(_ sentence: String) {}
  func report(_ diagnostic: Diagnostic) {}

  func beginCommand(_ verb: String, finishing step: String, stop: StopSignal) -> ProgressSink {
    guard verb == "sweep" else { return .none }
    #expect(step == "step")
    return ProgressSink { [seen] report in
      seen.cells.withLock { $0 += report.facts.filter { $0.name == "cells" }.map(\.value) }
    }
  }

  func endCommand() -> CommandEnding { CommandEnding() }
  var isAskedToStop: Bool { false }
  var isAskedToEnd: Bool { false }
  func adopt(_ settings: SessionSettings) {}
}
