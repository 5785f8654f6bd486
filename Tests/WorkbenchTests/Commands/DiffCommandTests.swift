import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct DiffCommandTests {
  private let nets = """
    train, test = make blobs samples=300 dimension=6 classes=4 noise=1.5
    a, b = train mlp width=8 data=train epochs=2 count=2

    """

  /// The headline, and the table under it.
  private func diff(_ lines: String, _ arguments: String) throws -> (String, Table?) {
    let bench = CommandBench()
    try bench.run(lines)
    try bench.run("diff \(arguments)")
    let tables = bench.host.outputs.compactMap { output -> Table? in
      guard case .value(let value, _) = output, case .table(let table) = value.content else {
        return nil
      }
      return table
    }
    return (try #require(bench.host.texts.last), tables.last)
  }

  @Test func networksAreComparedLayerByLayer() throws {
    let bench = CommandBench()
    try bench.run(nets + "d = distance a b\n")
    let distance = try #require(try bench.table("d").rows.last?[1].number)
    let (headline, table) = try diff(nets, "a b")
    #expect(headline.hasPrefix("different: 92 of 92 weights, max |difference| "))
    let rows = try #require(table).rows
    #expect(
      rows.map { $0[0] }
        == ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "all"].map {
          .text($0)
        })
    let all = try #require(rows.last)
    // Sums over arrays in turn and over all of them differ in the last bit.
    #expect(abs(try #require(all[5].number) - distance) < 1e-12)
    let mean = try #require(all[4].number)
    #expect(abs(mean - distance / 92.0.squareRoot()) < 1e-12)
    let largest = try #require(all[3].number)
    #expect(rows.compactMap { $0[3].number }.max() == largest)
    let (a, b) = (try bench.network("a"), try bench.network("b"))
    let plain = zip(a.parameters, b.parameters).flatMap { left, right in
      left.withBuffer { x in
        right.withBuffer { y in zip(x, y).map { abs(Double($0) - Double($1)) } }
      }
    }
    #expect(plain.max() == largest)
  }

  @Test func theSameBitsAreOneLine() throws {
    for pair in ["a a", "train train", "(eval a data=test) (eval a data=test)", "3 3", "[a] [a]"] {
      let (headline, table) = try diff(nets, pair)
      #expect(headline.hasPrefix("the same bits: "), "\(pair): \(headline)")
      #expect(table == nil)
    }
  }

  @Test func listsOfNetworksAreComparedOneByOne() throws {
    let (headline, table) = try diff(nets + "n = average a b\n", "[a, b, n] [a, n, n]")
    #expect(headline.hasPrefix("different: "))
    #expect(try #require(table).rows.map { $0[0] } == [.integer(2)])
  }

  @Test func tablesAreComparedCellByCell() throws {
    let (headline, table) = try diff(
      nets + "p = search identity a b\nq = search weight_match a b\n",
      "(compare p data=test) (compare q data=test)")
    #expect(headline.contains(" cells, max |difference| "))
    let rows = try #require(table).rows
    #expect(rows.contains { $0[1] == .text("method") && $0[2] == .text("identity") })
    // The row of the networks as trained is the same.
    #expect(rows.allSatisfy { $0[0] == .integer(1) })
  }

  @Test func columnsAndRowsThatOneSideLacksAreNamed() throws {
    let tables = """
      s = sweep x in [1, 2] { row y=(x * 2) z=x }
      t = sweep x in [1, 2, 3] { row y=(x * 2) }

      """
    let (headline, table) = try diff(tables, "s t")
    #expect(headline == "different: only in the first: z, 2 rows -> 3")
    #expect(table == nil)
    #expect(try diff(tables, "t s").0 == "different: only in the second: z, 3 rows -> 2")
  }

  /// Networks that are all put in another order together are matched as before.
  @Test func resultsAreComparedByWhatTheyMatch() throws {
    let lines =
      nets + """
        p = search weight_match a b
        q = search random a b
        i = search identity a b

        """
    #expect(try diff(lines, "p p").0.hasPrefix("the same bits"))
    let (headline, table) = try diff(lines, "p i")
    let rows = try #require(table).rows
    let bench = CommandBench()
    try bench.run(lines)
    let moved = try #require(try bench.result("p").permutations)
    let relative = moved[1].after(moved[0].inverse).groups[0]
    let alike = relative.sources.enumerated().count { $0 == $1 }
    #expect(headline == "different: \(alike) of 8 units matched alike")
    #expect(rows.contains { $0[0] == .text("method") && $0[2] == .text("identity 1") })
    let together = try diff(
      lines + "e = shuffle a seed=1\n", "p.permutations (compose p.permutations p.permutations)")
    #expect(together.0.hasPrefix("different: ") || together.0.hasPrefix("the same matching"))
  }

  @Test func dataNumbersAndMethodsAreCompared() throws {
    let lines = nets + "more, rest = make blobs samples=300 dimension=6 classes=4 noise=1.6\n"
    let (headline, _) = try diff(lines, "train more")
    #expect(headline.contains(" labels, ") && headline.contains(" inputs, max |difference| "))
    #expect(try diff(nets, "train test").0 == "different: 300 samples of 6 -> 75 of 6")
    #expect(try diff("", "3 4.5").0 == "different: 3 -> 4.5, |difference| 1.5")
    #expect(
      try diff("", "(method sa2 steps=20) (method sa2)").0
        == "different: method sa2 steps=20 -> method sa2")
  }

  @Test func sessionsAreComparedByStatementsAndReceipts() throws {
    let folder = try TestFolder()
    let (one, other) = (folder.file("one.basin"), folder.file("other.basin"))
    let bench = CommandBench()
    try bench.run(nets + "e = eval a data=test\nf = eval b data=test\nsave session '\(one)'\n")
    let text = try String(contentsOfFile: one, encoding: .utf8)
    #expect(try diff("", "'\(one)' '\(one)'").0 == "the same: 4 statements, 6 receipts")
    try text.replacing("f = eval b", with: "f = eval a").replacing("0.", with: "0.1")
      .replacing("sha256:", with: "sha256:0")
      .write(toFile: other, atomically: true, encoding: .utf8)
    let (headline, table) = try diff("", "'\(one)' '\(other)'")
    #expect(headline.hasPrefix("different: 2 lines of the heads, "), "\(headline)")
    #expect(headline.contains("1 statement changed"))
    let rows = try #require(table).rows
    let changed = try #require(rows.first { $0[0] == .text("changed") })
    #expect(changed[3] == .text("f = eval b data=test -> f = eval a data=test"))
    #expect(rows.contains { $0[0] == .text("receipt") && $0[3] != changed[3] })
  }

  @Test func asJSONItIsOneObject() throws {
    let (text, _) = try diff(nets, "a b as=json")
    let object = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["kind"] as? String == "difference")
    #expect(object["of"] as? String == "network")
    #expect(object["same"] as? Bool == false)
    #expect((object["table"] as? [String: Any])?["rows"] != nil)
  }

  @Test(arguments: [
    ("a train", FailureCode.wrongKind), ("a 'none.basin'", .wrongKind),
    ("'none.basin' 'no.basin'", .fileNotFound), ("a wide", .incompatible),
    ("[a, b] [a]", .incompatible),
  ])
  func whatCannotBeComparedIsRefused(arguments: String, code: FailureCode) throws {
    let bench = CommandBench()
    try bench.run(nets + "wide = train mlp width=9 data=train epochs=1\n")
    // Lists of networks of one length each stand under a name.
    let failure = try bench.failure(
      of: arguments == "[a, b] [a]"
        ? "n = train mlp width=8 data=train epochs=1 count=3\n"
          + "m = train mlp width=8 data=train epochs=1 count=2\ndiff n m" : "diff \(arguments)")
    #expect(failure.code == code)
  }
}
