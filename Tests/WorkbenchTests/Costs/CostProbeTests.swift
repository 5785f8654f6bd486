import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// What `check cost=yes` says a script costs.
@Suite struct CostProbeTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  /// The table and the sentence for a script.
  private func estimate(
    _ script: String, _ arguments: String = "budget=2s"
  ) throws -> (rows: [String: [Table.Cell]], headline: String) {
    let path = folder.file("job.basin")
    try script.write(toFile: path, atomically: true, encoding: .utf8)
    let bench = CommandBench()
    try bench.run("check \"\(path)\" cost=yes \(arguments)")
    var rows: [String: [Table.Cell]] = [:]
    for case .value(let value, _) in bench.host.outputs {
      guard case .table(let table) = value.content else { continue }
      for row in table.rows {
        guard case .text(let line) = row[0] else { continue }
        rows[line] = row
      }
    }
    // The first text is the summary of the mistakes, of which there are none.
    return (rows, try #require(bench.host.texts.dropFirst().first))
  }

  @Test(
    arguments: [
      // After a tenth of the work in 1 s it takes 10 s; with 5 s of preparation, 15 s.
      (nil, (1.0, 0.1), 10.0), ((0.0, 0.0), (1.0, 0.1), 10.0), ((5.0, 0.0), (6.0, 0.1), 15.0),
      ((5.0, 0.2), (7.0, 0.6), 9.0), (nil, (3.0, 0.0), nil), ((2.0, 0.5), (3.0, 0.5), 6.0),
    ] as [((Double, Double)?, (Double, Double), Double?)])
  func theWholeTimeFollowsFromTheShareDone(
    first: (Double, Double)?, end: (Double, Double), whole: Double?
  ) throws {
    let found = CostGauge.wholeTime(
      first: first.map { (seconds: $0.0, share: $0.1) }, end: (seconds: end.0, share: end.1))
    guard let whole else {
      #expect(found == nil)
      return
    }
    #expect(abs(try #require(found) - whole) < 1e-12)
  }

  @Test func roundsAreSpreadOverAll() {
    for count in 1...300 { #expect(CostProbe.spread(count).sorted() == Array(0..<count)) }
    for few in [3, 8, 20] {
      let seen = ([0] + CostProbe.spread(1000).prefix(few).sorted() + [1000])
      let widest = zip(seen, seen.dropFirst()).map { $1 - $0 }.max() ?? 0
      // Evenly spread, gaps are 1000/few; three times that misses no part of the whole.
      #expect(widest <= 3 * 1000 / few)
    }
  }

  @Test func aLongTrainingIsSeenInAMomentAndItsEpochsAreCounted() throws {
    let clock = ContinuousClock()
    let begin = clock.now
    let (rows, headline) = try estimate(
      """
      train, test = make blobs samples=2000
      a, b = train mlp width=64 data=train epochs=200k count=2
      """, "budget=1s")
    let spent = (clock.now - begin).inSeconds
    let row = try #require(rows["2"])
    let seconds = try #require(row[4].number)
    // The whole is hundreds of times what was looked at; a run of it would never end here.
    #expect(seconds > 20 * spent)
    #expect(rows["2"]?[2] == .integer(1))
    #expect(headline.hasPrefix("about "))
  }

  @Test func theRoundsOfLoopsAndTheCellsOfSweepsAreCounted() throws {
    let (rows, _) = try estimate(
      """
      train, test = make blobs samples=200
      for i in 1..40 {
        a, b = train mlp width=8 data=train epochs=1 count=2
      }
      t = sweep width in [4, 6], m in [fd, weight_match, identity] {
        c, d = train mlp width=width data=train epochs=40 count=2
        r = search m c d data=train
        for j in 1..5 { x = barrier r.networks data=test points=101 }
        row error=x.error
      }
      print (where t (error < 2)).error[1]
      """, "budget=20s")
    #expect(rows["3"]?[2] == .integer(40))
    // What depends on the width alone runs once for each.
    #expect(rows["6"]?[2] == .integer(2))
    #expect(rows["8"]?[2] == .integer(30))
    #expect(rows.values.allSatisfy { $0[5] == .text("") })
  }

  @Test func nothingIsWrittenOrShown() throws {
    let file = folder.file("nets.safetensors")
    let (rows, _) = try estimate(
      """
      a, b = train mlp width=4 data=(make blobs samples=50)[1] epochs=1 count=2
      save [a, b] "\(file)"
      c, d = load "\(file)"
      print "shown"
      p = search weight_match c d
      """)
    #expect(!FileManager.default.fileExists(atPath: file))
    #expect(rows.values.allSatisfy { $0[5] == .text("") })
  }

  @Test func whatCannotBeKnownIsSaid() throws {
    let (rows, headline) = try estimate(
      """
      train, test = make blobs samples=200
      a = train mlp width=8 data=train epochs=1M budget=3s
      a = resume a
      b = load "\(folder.file("written_by_nobody.h5"))"
      """.replacingOccurrences(of: "b = load", with: "expect fails { load")
        .appending(" }\nc = (where (stats [1, 2]) (value > 5)).value[1]\nd = c + 1"))
    #expect(rows["2"]?[4] == .real(3))
    #expect(rows["3"]?[5] == .text("what was left to do is not known"))
    #expect(rows["5"]?[5] != .text(""))
    #expect(rows["6"]?[5] == .text("there is no value `c`"))
    #expect(headline.hasPrefix("at least ") && headline.contains("3 lines not known"))
  }

  @Test func valuesForParametersCount() throws {
    let script = """
      param n = 1 in 1..100 "rounds"
      for i in 1..n { train, test = make blobs samples=20k }
      """
    #expect(try estimate(script, "n=30 budget=5s").rows["2"]?[2] == .integer(30))
    let bench = CommandBench()
    let report = bench.session.run(
      Source(name: "test", text: "check \"\(folder.file("job.basin"))\" m=3"))
    #expect(report.isSuccess)
    #expect(bench.host.diagnostics.map(\.failure.code) == [.unknownArgument])
  }
}
