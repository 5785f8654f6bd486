import Foundation
import Kernel
import Testing

@testable import Workbench

@Suite struct EnsembleCommandTests {
  private let nets = """
    train, test = make blobs samples=500 dimension=6 classes=5 noise=1.5
    a, b, c, d = train mlp width=16 data=train epochs=3 count=4

    """

  @Test func everyWayToPredictHasARow() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search weight_match a b
        q = search sa2 a b data=train steps=100
        t = ensemble p q data=test
        both = eval a b data=test bins=15
        average = eval (average a b) data=test bins=15
        matched = eval p.average data=test bins=15
        """)
    let table = try bench.table("t")
    #expect(
      table.rows.map { $0[0] }
        == [
          "single networks", "average of logits", "average of probabilities", "majority vote",
          "weight average (as trained)", "weight average, weight_match",
          "weight average, sa2 steps=100",
        ].map { .text($0) })
    #expect(
      table.columns.map(\.name) == [
        "method", "accuracy", "accuracy_spread", "loss", "loss_spread", "ece", "ece_spread",
        "passes",
      ])
    #expect(table.rows.map { $0[7] } == [1, 2, 2, 2, 1, 1, 1].map { .integer($0) })
    // Alone: the mean over the networks. A vote has no loss.
    let both = try bench.table("both")
    for (place, column) in [(1, 3), (3, 1), (5, 4)] {
      let values = both.rows.compactMap { $0[column].number }
      let mean = try #require(table.rows[0][place].number)
      #expect(abs(mean - (values[0] + values[1]) / 2) < 1e-12)
      let spread = try #require(table.rows[0][place + 1].number)
      #expect(abs(spread - abs(values[0] - values[1]) / 2.0.squareRoot()) < 1e-12)
    }
    #expect(table.rows[3][3] == .empty)
    for (row, name) in [(4, "average"), (5, "matched")] {
      guard case .score(let score) = try bench.content(name) else { return }
      #expect(table.rows[row][1] == .real(score.accuracy))
      #expect(table.rows[row][3] == .real(score.loss))
      #expect(table.rows[row][5].number == score.ece)
    }
  }

  @Test func disjointSetsShareTheRows() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search weight_match a b
        q = search weight_match c d
        t = ensemble p q data=test
        u = ensemble [a, b] [c, d] data=test
        v = ensemble a b data=test
        w = ensemble c d data=test
        """)
    let table = try bench.table("t")
    #expect(table.rows.count == 6)
    #expect(table.notes[0] == "4 networks in 2 sets")
    // Lists of networks are sets, too.
    #expect(try bench.table("u").rows == Array(table.rows[..<5]))
    let (v, w) = (try bench.table("v"), try bench.table("w"))
    for row in 1..<5 {
      let (x, y) = (try #require(v.rows[row][1].number), try #require(w.rows[row][1].number))
      #expect(abs((table.rows[row][1].number ?? .nan) - (x + y) / 2) < 1e-12)
    }
  }

  @Test func scoresKnowTheirCalibrationWhereItWasAskedFor() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        plain = eval a data=test
        one = eval a data=test bins=10
        t = eval a b data=test bins=10
        expect one.loss == plain.loss
        expect one.error == plain.error
        expect t.ece[1] == one.ece
        expect fails E0205 { print plain.ece }
        """)
    guard case .score(let score) = try bench.content("one") else { return }
    let network = try bench.network("a")
    let logits = try network.logits(on: try bench.data("test"))
    // By hand: bins of a tenth, the softmax of each row.
    var bins = [(count: Int, right: Int, sum: Double)](repeating: (0, 0, 0), count: 10)
    for (sample, label) in try bench.data("test").labels.enumerated() {
      let row = (0..<5).map { Double(logits[sample * 5 + $0]) }
      let powers = row.map { Foundation.exp($0) }
      let top = powers.firstIndex(of: powers.max() ?? 0) ?? 0
      let confidence = powers[top] / powers.reduce(0, +)
      let bin = max(Int((confidence * 10).rounded(.up)) - 1, 0)
      bins[bin] = (
        bins[bin].count + 1, bins[bin].right + (top == Int(label) ? 1 : 0),
        bins[bin].sum + confidence
      )
    }
    let total = bins.reduce(0) { $0 + $1.count }
    let expected = bins.filter { $0.count > 0 }.reduce(0.0) { sum, bin in
      let count = Double(bin.count)
      return sum + count / Double(total) * abs(Double(bin.right) / count - bin.sum / count)
    }
    #expect(abs((score.ece ?? 0) - expected) < 1e-9)
  }

  @Test(arguments: [
    ("ensemble a data=test", FailureCode.missingArgument, "at least 2"),
    ("w = train mlp width=3 data=train epochs=0\nensemble a w data=test", .incompatible, "6-3-5"),
    ("ensemble a b data=test bins=0", .outOfRange, "bins"),
    ("ensemble [a, 3] data=test", .wrongKind, "list"),
  ])
  func badInputGetsASentence(lines: String, code: FailureCode, part: String) throws {
    let failure = try CommandBench().failure(of: nets + lines)
    #expect(failure.code == code, "\(failure)")
    #expect(failure.description.contains(part), "\(failure)")
  }
}
