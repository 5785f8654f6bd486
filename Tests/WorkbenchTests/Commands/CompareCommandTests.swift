import Foundation
import Kernel
import Testing

@testable import Workbench

/// Comparisons and ensembles of several searches: rows, intervals and differences.
@Suite struct CompareCommandTests {
  private let nets = """
    train, test = make blobs samples=500 dimension=6 classes=5 noise=1.5
    a, b, c, d, e, f = train mlp width=16 data=train epochs=3 count=6

    """

  /// Trap 17: claims from one pair.
  @Test func intervalsAreOverDisjointSets() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search weight_match a b
        q = search weight_match c d
        r = search weight_match e f
        t = compare p q r data=test intervals=yes points=3
        u = compare p data=test intervals=yes points=3
        s = search weight_match a c
        v = compare p q s data=test intervals=yes points=3
        o = search weight_match (shuffle a) c
        w = compare p o data=test intervals=yes points=3
        """)
    let table = try bench.table("t")
    #expect(
      table.columns.map(\.name) == [
        "method", "error", "error_spread", "error_low", "error_high", "loss", "loss_spread",
        "loss_low", "loss_high", "accuracy", "accuracy_low", "accuracy_high", "time",
      ])
    for row in table.rows.indices {
      let numbers = table.rows[row].map { $0.number ?? .nan }
      #expect(numbers[3] <= numbers[1] + 1e-12 && numbers[1] <= numbers[4] + 1e-12)
      #expect(numbers[7] < numbers[5] && numbers[5] < numbers[8])
    }
    #expect(table.notes.contains { $0.contains("disjoint sets") })
    // One set is too few, and sets that share a network, renumbered or not, are not independent.
    let few = try bench.table("u")
    #expect(!few.columns.contains { $0.name.hasSuffix("_low") })
    #expect(few.notes.contains { $0.contains("2 disjoint sets") })
    for name in ["v", "w"] {
      let shared = try bench.table(name)
      #expect(!shared.columns.contains { $0.name.hasSuffix("_low") })
      #expect(shared.notes.contains { $0.contains("share networks") })
    }
  }

  @Test func theIntervalIsStudents() throws {
    var figures = SetFigures()
    figures.append([1, 3])
    #expect(figures.interval == nil)
    figures.append([3, 5])
    // Means 2 and 4 with one degree of freedom: 3 ± 12.706 · √2 / √2.
    let two = try #require(figures.interval)
    #expect(abs(two.lowerBound - (3 - 12.7062)) < 1e-3 && abs(two.upperBound - 15.7062) < 1e-3)
    figures.append([9, 9])
    // Means 2, 4, 9: 5 ± 4.3027 · √13 / √3.
    let three = try #require(figures.interval)
    #expect(abs(three.upperBound - (5 + 4.3027 * (13.0 / 3).squareRoot())) < 1e-3)
    // Where sets differ in size the mean over everything is not that of the sets.
    figures.append([4])
    #expect(figures.interval == nil)
  }

  /// What one search left for another is no new set of trained networks.
  @Test func aSearchOfWhatAnotherLeftIsNoFurtherSet() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search fd a b data=train
        q = search fd c d data=train
        x = search subspace p.networks data=train epochs=1
        y = search subspace q.networks data=train epochs=1
        z = search subspace a b data=train epochs=1
        t = compare p q data=test points=3
        u = compare p q x y z data=test points=3
        v = ensemble p q data=test
        w = ensemble x y z p q data=test
        """)
    let (fd, all) = (try bench.table("t"), try bench.table("u"))
    #expect(
      all.rows.map { $0[0] }
        == [
          "fd", "subspace epochs=1 after fd", "subspace epochs=1", "(as trained)",
        ].map { .text($0) })
    // The networks as they were trained are the same two pairs, in everything but the time.
    #expect(all.rows[3].dropLast() == fd.rows[1].dropLast())
    let (two, four) = (try bench.table("v"), try bench.table("w"))
    #expect(two.notes[0] == four.notes[0])
    #expect(Array(two.rows[..<5]) == Array(four.rows[..<5]))
  }

  /// Matching and then annealing on several pairs is one method, other data make another.
  @Test func resultsAreNamedByWhatWasDone() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        half, rest = split train share=50%
        p = search weight_match a b
        q = search weight_match c d
        x = search sa2 a b data=train steps=5 start=p
        y = search sa2 c d data=train steps=5 start=q
        r = search fd a b data=half
        s = search fd c d data=rest
        t = compare x y data=test points=3
        u = compare r s data=test points=3
        n = compare x y r data=test points=3
        one = search sa2 a b data=train steps=5 seed=1
        two = search sa2 a b data=train steps=5 seed=2
        d = compare one two data=test points=3 show=diff sort=loss
        more = search sa2 a b data=train steps=6
        e = compare one more data=test points=3 show=diff sort=steps
        o = search weight_match a b data=rest
        m = compare p o data=test points=3
        h = sweep v in [(method sa2 data=half steps=5), (method sa2 data=rest steps=5)] {
          row cost=(search v a b).cost
        }
        """)
    #expect(
      try bench.table("t").rows.map { $0[0] }
        == ["sa2 steps=5 start=weight_match", "(as trained)"].map { .text($0) })
    let labels = try bench.table("u").rows.map { $0[0] }
    #expect(labels.count == 3 && labels[0] != labels[1])
    #expect(try bench.table("n").notes.contains { $0.contains("1 to 2 sets") })
    #expect(try bench.table("t").notes.allSatisfy { !$0.contains("sets of networks:") })
    let words = Set(try bench.table("d").rows.map { $0[0] })
    #expect(words.isSuperset(of: ["sa2 #1", "sa2 #2"].map { .text($0) }))
    #expect(Array(try bench.table("e").rows.map { $0[1] }.prefix(2)) == [.text("5"), .text("6")])
    // Data that a method does not use do not tell it apart.
    #expect(
      Array(try bench.table("m").rows.map { $0[0] }.prefix(2))
        == ["weight_match #1", "weight_match #2"].map { .text($0) })
    #expect(
      try bench.table("h").rows.map { $0[0] }
        == ["sa2 steps=5 data=half", "sa2 steps=5 data=rest"].map { .text($0) })
  }

  /// Searches that lead back to where they began, in either order.
  @Test func searchesInACircleHaveABegin() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        o = search weight_match a b
        p = search fd o.networks data=train
        q = search weight_match p.networks
        expect (q.networks == o.networks)
        t = compare p q data=test points=3
        u = ensemble p q data=test
        """)
    let table = try bench.table("t")
    #expect(
      table.rows.map { $0[0] }
        == ["fd", "weight_match after fd", "(as trained)"].map { .text($0) })
    #expect(table.rows[2][1].number != nil)
    // Of a search of what another left the time is that of both.
    let times = try table.rows.prefix(2).map { try #require($0[$0.count - 1].number) }
    #expect(times[1] > times[0])
    #expect(try bench.table("u").notes[0] == "2 networks in 1 set")
  }

  /// The mean over everything is not that of the sets where these differ in size.
  @Test func setsOfDifferentSizesHaveNoInterval() throws {
    let bench = CommandBench()
    try bench.run(
      nets + "t = ensemble [a, b] [c, d, e] data=test intervals=yes")
    let table = try bench.table("t")
    #expect(table.notes.contains { $0.contains("different sizes") })
    #expect(!table.columns.contains { $0.name.hasSuffix("_low") })
  }

  @Test func differencesAreWhatDiffers() throws {
    let bench = CommandBench()
    try bench.run(
      nets + """
        p = search sa2 a b data=train steps=50
        q = search sa2 a b data=train steps=80 start=random
        r = search weight_match a b
        t = compare p q data=test points=3 show=diff
        u = compare p r data=test points=3 show=diff
        """)
    let table = try bench.table("t")
    let names = table.columns.map(\.name)
    #expect(names.prefix(3) == ["method", "steps", "start"])
    #expect(table.rows.map { $0[0] } == ["sa2", "sa2", "(as trained)"].map { .text($0) })
    #expect(table.rows.map { $0[1] } == [.text("50"), .text("80"), .empty])
    #expect(table.rows.map { $0[2] } == [.text("identity"), .text("random"), .empty])
    #expect(table.notes.contains { $0.contains("data=blobs train") && $0.contains("swaps=1") })
    // `steps` is of one method alone and tells nothing apart; the methods do.
    let other = try bench.table("u").columns.map(\.name)
    #expect(other.contains("method") && !other.contains("steps"))
  }
}
