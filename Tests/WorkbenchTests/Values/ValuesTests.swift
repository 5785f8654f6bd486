import Kernel
import Testing

@testable import Workbench

@Suite struct ValuesTests {
  @Test(arguments: [
    (0.0002, "2e-4"), (1.0, "1"), (0.99999, "1"), (1234.6, "1235"), (6.2, "6.2"),
    (1.2345e-7, "1.235e-7"), (-0.5, "-0.5"), (0, "0"), (123_456_789, "123456789"), (5e9, "5e9"),
    (2.5e15, "2.5e15"), (9.9996e-5, "1e-4"), (Double.nan, "nan"), (-Double.infinity, "-inf"),
  ])
  func numbersAreShownWithFourDigits(value: Double, expected: String) {
    #expect(Content.significant(value) == expected)
  }

  @Test func theMeanOfEqualSharesIsThatShare() {
    for count in 1...12 {
      let shares = [Double](repeating: 0.013, count: count)
      #expect(mean(shares, unit: 24_000) == 0.013)
    }
    #expect(mean([1, 2, 6]) == 3)
  }

  @Test func sourceTextReadsBackAsTheSameValue() throws {
    let contents: [Content] = [
      .integer(-3), .real(0.1), .yesNo(true), .time(0.25), .text("a \"b\" {c}\n"),
      .range(.init(lower: 1, upper: 5, isWhole: true)),
      .range(.init(lower: 0, upper: 0.5, isWhole: false)),
    ]
    for content in contents {
      let text = try #require(content.sourceText)
      let trial = Trial("x = \(text)")
      #expect(trial.host.complaints == [], "\(text)")
      let read = try #require(trial.session.value(named: "x"))
      #expect(read.content.sourceText == text)
      #expect(read.kind == content.kind)
      #expect(read.contentHash == content.computeContentHash())
    }
  }

  @Test func hashesTellContentsApartAndNamesDoNot() throws {
    let trial = Trial(
      """
      a = nets seed=1
      b = nets seed=1
      c = nets seed=2
      both = [a, c]
      t = stats [1, 2]
      u = stats [1, 2]
      """)
    let hash = { (name: String) in
      try #require(trial.session.value(named: name)).contentHash
    }
    #expect(try hash("a") == hash("b"))
    #expect(try hash("a") != hash("c"))
    #expect(try hash("t") == hash("u"))
    #expect(try hash("both") != hash("a"))
  }

  @Test func everyMemberIsNamedOnceForItsKindAndGivesItsKind() throws {
    var seen: Set<String> = []
    for member in Member.all {
      #expect(seen.insert("\(member.owner).\(member.name)").inserted)
      #expect(!member.help.hasSuffix("."))
    }
    let trial = Trial(
      "a, b = nets count=2\ntrain, test = blobs\nr = search turn a b data=train\nn = nets count=2")
    for name in ["a", "train", "r", "n"] {
      let value = try #require(trial.session.value(named: name))
      for member in Member.members(of: value.kind) where member.name != "cost" {
        let part = try value.content.member(member.name)
        #expect(member.kind == nil || part.kind == member.kind, "\(name).\(member.name)")
      }
    }
  }

  @Test func theBestCellsOfATableAreFound() {
    let table = Table(
      columns: [.init("name", .text), .init("error", .share, best: .lowest)],
      rows: [[.text("a"), .real(0.2)], [.text("b"), .real(0.1)], [.text("c"), .empty]])
    #expect(table.bestRows == [[], [1]])
  }
}
