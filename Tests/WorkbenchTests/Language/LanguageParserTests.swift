import Foundation
import Testing

@testable import Workbench

@Suite struct LanguageParserTests {
  @Test(arguments: [
    "x = (1 +", "x = [1,", "x = f \"abc", "x = 'abc", "for x in xs {", "for x in xs {\n  y = 1\n",
    "x = 1 +", "x = 1 *\n", "x =", "a,", "y |>", "not", "a and", "for x in", "x = \"{a",
    "x = \"a\\", "t = sweep w in [1],", "expect x <", "load [a.h5,", "x = 1 + # more",
    "expect x within", "x = (barrier a b", "x = y[",
  ])
  func asksForMoreWhereTextEndsTooSoon(text: String) {
    #expect(Parsed.typed(text).isUnfinished)
  }

  @Test(arguments: [
    "", "x = 1", "x = (1 + 2)", "for x in xs { y = 1 }", "x = )", "x = ) + (", "expect",
    "for x in xs", "# (", "x = 'a{'", "x = 1 # [", "barrier a b", "x.", "barrier a points=",
    "for x in xs {\n  y = )",
  ])
  func asksForNoMoreWhereTextIsWholeOrWrong(text: String) {
    #expect(!Parsed.typed(text).isUnfinished)
  }

  @Test func everyPartKnowsItsPlace() throws {
    let text =
      "a, b = train mlp width=[32, 64] |> sort -x.y\nfor m in ms { row c=\"n {m} é\" d=1..2k }"
    let source = Source.typed(text)
    let script = Parser.parse(source, vocabulary: LanguageTestVocabulary()).script
    func shown(_ span: Span) -> String { source.text(of: span) }

    let first = try #require(script.statements.first)
    #expect(shown(first.span) == "a, b = train mlp width=[32, 64] |> sort -x.y")
    guard case .assignment(let names, let pipeline) = first.kind,
      case .call(let call) = pipeline.first, let piped = pipeline.rest.first
    else { throw Unexpected() }
    #expect(names.map { shown($0.span) } == ["a", "b"])
    #expect(shown(pipeline.span) == "train mlp width=[32, 64] |> sort -x.y")
    #expect(shown(call.span) == "train mlp width=[32, 64]")
    #expect(shown(call.verb.span) == "train")
    #expect(call.arguments.map { shown($0.span) } == ["mlp", "width=[32, 64]"])
    #expect(call.arguments.map { shown($0.value.span) } == ["mlp", "[32, 64]"])
    #expect(call.arguments[1].name.map { shown($0.span) } == "width")
    #expect(piped.arguments.map { shown($0.span) } == ["-x.y"])

    let second = try #require(script.statements.last)
    guard case .loop(let variable, let over, let body) = second.kind,
      case .assignment(_, let inner) = try #require(body.statements.first).kind,
      case .call(let row) = inner.first,
      case .string(let parts) = row.arguments[0].value.form,
      case .expression(let hole) = parts[1]
    else { throw Unexpected() }
    #expect(shown(variable.span) == "m")
    #expect(shown(over.span) == "ms")
    #expect(shown(body.span) == "{ row c=\"n {m} é\" d=1..2k }")
    #expect(shown(hole.span) == "m")
    #expect(row.arguments.map { shown($0.value.span) } == ["\"n {m} é\"", "1..2k"])
  }

  @Test func parenthesesBelongToTheSpanOfWhatTheyHold() throws {
    let source = Source.typed("max (a + b) (barrier c)")
    let script = Parser.parse(source, vocabulary: LanguageTestVocabulary()).script
    guard case .assignment(_, let pipeline) = try #require(script.statements.first).kind,
      case .call(let call) = pipeline.first
    else { throw Unexpected() }
    #expect(call.arguments.map { source.text(of: $0.span) } == ["(a + b)", "(barrier c)"])
  }

  @Test func keepsTheCommentsThatMeanSomething() throws {
    let script = Parsed.typed(
      """
      #!/usr/bin/env basin
      ## Does annealing keep up?
      ##   Second line.
      #@ basin 0.1 | f32 | seed 1
      #@ input a.h5 sha256:00
      #= belongs to nothing
      # plain
      a, b = load x.h5  # plain, too
      #= data 10x2 | sha256:aa | exact
      #= data 20x2 | sha256:bb | exact
      for m in ms {
        # plain
        c = eval m
        #= score 1 | exact

        d = eval m
      }
      #= after the loop
      e = [1, #= no receipt
        2]
      f = 1; #= of f
      """
    ).script
    #expect(script.summary.map(\.text) == ["Does annealing keep up?", "Second line."])
    #expect(script.pins.map(\.text) == ["basin 0.1 | f32 | seed 1", "input a.h5 sha256:00"])
    #expect(
      script.statements.map { $0.receipts.map(\.text) } == [
        ["data 10x2 | sha256:aa | exact", "data 20x2 | sha256:bb | exact"], ["after the loop"], [],
        ["of f"],
      ])
    guard case .loop(_, _, let body) = script.statements[1].kind else { throw Unexpected() }
    #expect(body.statements.map { $0.receipts.map(\.text) } == [["score 1 | exact"], []])
  }

  @Test func tellsThePlaceOfAReceipt() throws {
    let text = "a = 1\n  #= one | exact  \nb = 2"
    let source = Source.typed(text)
    let script = Parser.parse(source, vocabulary: LanguageTestVocabulary()).script
    let receipt = try #require(script.statements.first?.receipts.first)
    #expect(source.text(of: receipt.span) == "#= one | exact")
  }

  @Test func readsLineEndsAndMarksOfOtherSystems() throws {
    let text = "\u{FEFF}x = 1\r\n#= one\r\ny =\r\n  2\r\n"
    let parsed = Parsed.typed(text)
    #expect(parsed.shown == "x = 1\ny = 2\n")
    #expect(parsed.script.statements.first?.receipts.map(\.text) == ["one"])
  }

  @Test func readsOperandsFromOutside() throws {
    let vocabulary = LanguageTestVocabulary()
    func operand(_ text: String) throws -> String {
      try Parser.operand(Source(name: "steps", text: text), vocabulary: vocabulary).canonical
    }
    #expect(try operand("50k") == "50k")
    #expect(try operand("[1, 2]") == "[1, 2]")
    #expect(try operand("-1..1") == "-1..1")
    #expect(throws: Diagnostic.self) { try operand("50k 3") }
    #expect(throws: Diagnostic.self) { try operand("") }
  }

  /// Thrown where a tree has another shape than the test expects.
  struct Unexpected: Error {}
}
