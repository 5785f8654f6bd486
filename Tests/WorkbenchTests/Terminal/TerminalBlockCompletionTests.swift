import Foundation
import TestSupport
import Testing

@testable import Workbench

/// Completion of a real session inside unfinished blocks, parentheses, lists and pipelines.
@Suite struct TerminalBlockCompletionTests {
  private static let session = """
    train_set, test_set = make blobs samples=20 dimension=2
    nets = train mlp width=2 data=train_set epochs=1 count=2
    t = sweep width in [1, 2] { row error=(width / 2) }
    count_limit = 3
    """

  private func engine() throws -> CompletionEngine {
    let bench = CommandBench()
    try bench.run(Self.session)
    return CompletionEngine(SessionCompletion(bench.session))
  }

  /// What stands on the lines before, what is typed on this one, and what can follow: word and
  /// kind.
  static let cases: [(earlier: String, line: String, expected: [String])] = [
    // Names that earlier lines of the block bound.
    ("for i in 1..3 {\n  apple = load x.h5\n  again = i + 1", "  barrier ap", ["apple "]),
    ("for i in 1..3 {\n  again = i + 1", "print ag", ["again "]),
    ("for i in 1..3 {\n  a = 1; again = 2.5; print ag", "print ag", ["again real"]),
    ("for i in 1..3 {", "  again = i; print ag", ["again int"]),
    ("", "again = 3; print ag", ["again int"]),
    ("expect fails E0304 {\n  deep = train mlp data=train_set", "barrier de", ["deep network"]),
    (
      "expect fails {\n  x, y = train mlp data=train_set count=2", "barrier x d",
      ["data= data, required"]
    ),
    ("expect fails {\n  r, rt = make blobs samples=20", "train mlp data=r", ["rt data", "r data"]),
    (
      "for net in nets {\n  score_one = eval net data=test_set", "print score_", ["score_one score"]
    ),
    (
      "for i in 1..3 {\n  big, big_test = load fashion_mnist", "  barrier ap data=big_",
      ["big_test data"]
    ),
    // Loop and sweep variables.
    ("for net in nets {", "  eval ne", ["net network", "nets networks"]),
    ("for i in 1..3 {", "train mlp width=", ["i int", "count_limit int"]),
    ("for m in [sa2, fd] {", "search ", ["m symbol"]),
    (
      "s = sweep seed_of in 1..3, net in nets {", "  row x=(eval ne",
      ["net network", "nets networks"]
    ),
    ("s = sweep seed_of in 1..3, net in nets {", "train mlp seed=se", ["seed_of int"]),
    ("s = (sweep n in 1..3 {\n  kept = n", "row k=(kep", ["kept int"]),
    ("for i in 1..3 {\n  for j in 1..2 {\n    ij = i * j\n  }", "print i", ["ij ", "i int"]),
    ("for i in 1..3 {\n  for job in 1..2 {", "print jo", ["job int"]),
    // A name of the block goes before one of the session.
    ("for nets in [1, 2] {", "print net", ["nets int"]),
    // A table that a line of the block makes, and its columns.
    ("for i in 1..2 {\n  u = sweep w in [1] { row loss=w }", "  u |> sort l", ["loss column"]),
    ("for i in 1..2 {\n  u = sweep w in [1] { row loss=w }", "plot u.lo", ["loss "]),
    // Columns by the table that the stage is about.
    ("", "t |> sort e", ["error column"]),
    ("", "t |> where (error < 1) |> sort e", ["error column"]),
    ("", "sort (where t (error < 1)) wi", ["width column"]),
    ("", "where t (er", ["error column"]),
    ("", "where t ((error < 1) and (wid", ["width column"]),
    ("", "t |> where (er", ["error column"]),
    ("", "t |> select width er", ["error column"]),
    ("", "plot t x=wi", ["width column"]),
    ("", "plot t x=width y=er", ["error column"]),
    ("", "plot t x=width y=[width, er", ["error column"]),
    ("", "t |> plot x=width y=[er", ["error column"]),
    // Parentheses, lists, parts.
    ("", "print (count_", ["count_limit int"]),
    ("", "barrier [net", ["nets networks"]),
    ("", "print [1, count_", ["count_limit int"]),
    ("", "expect (barrier nets data=te", ["test_set data"]),
    ("", "expect (barrier nets data=test_set).err", ["error ", "error_alpha ", "error_spread "]),
    ("", "print nets[1].fac", ["facts "]),
    ("", "print (nets[1]).fac", ["facts "]),
    ("for net in nets {", "print net.fac", ["facts "]),
    ("", "nets |> barr", ["barrier "]),
    ("nets", "  |> barrier data=te", ["test_set data"]),
    // Words of the grammar.
    ("", "t = sweep width ", ["in "]),
    ("", "t = sweep width in [1], net ", ["in "]),
    ("", "t = sweep width in [1], net in ne", ["nets networks"]),
    ("", "t = sweep width in [1] bud", ["budget= time"]),
    ("", "param steps = 20k i", ["in "]),
    ("", "param steps = cou", ["count_limit int"]),
    ("", "expect count_limit ~= 3 wi", ["within "]),
  ]

  @Test(arguments: cases)
  func goesOnByPosition(earlier: String, line: String, expected: [String]) throws {
    let result = try engine().complete(line: line, cursor: line.utf8.count, after: earlier)
    let shown = result.completions.map { "\($0.text) \($0.detail)" }
    if expected.contains(where: { $0.hasSuffix(" symbol") }) {
      #expect(expected.allSatisfy(shown.contains))
    } else {
      #expect(shown == expected)
    }
    let head = String(decoding: line.utf8.prefix(result.start), as: UTF8.self)
    for completion in result.completions { #expect((head + completion.text).hasPrefix(line)) }
  }

  @Test func namesOfAClosedBlockOfASweepStayInside() throws {
    let line = "print kep"
    let result = try engine().complete(
      line: line, cursor: line.utf8.count, after: "for i in [1] {\n  sweep n in [1] {\n kept = n }")
    #expect(result.completions.isEmpty)
  }

  @Test func aVariationWantsANewName() throws {
    let line = "t = sweep width in [1], "
    let result = try engine().complete(line: line, cursor: line.utf8.count)
    #expect(result.completions.isEmpty)
    #expect(result.hint?.contains("a name of your choice") == true)
  }

  @Test func noFileIsTouchedAndNothingRuns() throws {
    let folder = try TestFolder()
    let earlier = "for i in 1..2 {\n  a = train mlp data=train_set\n  save a \(folder.file("n.h5"))"
    let line = "print a"
    _ = try engine().complete(line: line, cursor: line.utf8.count, after: earlier)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
