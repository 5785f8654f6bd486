import Testing

@testable import Workbench

@Suite struct LanguageCanonicalTests {
  /// Random trees, each legal in its place.
  struct TreeMaker {
    var generator: LanguageFuzzTests.SeededGenerator
    private static let nowhere = Span(0, 0)

    init(seed: UInt64) { generator = .init(state: seed) }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
      elements[Int.random(in: 0..<elements.count, using: &generator)]
    }

    mutating func many<Element>(
      _ range: ClosedRange<Int>, _ make: (inout TreeMaker) -> Element
    ) -> [Element] {
      (0..<Int.random(in: range, using: &generator)).map { _ in make(&self) }
    }

    mutating func name() -> Name {
      Name(
        text: pick(["a", "b", "nets", "fails", "width_2", "E0401", "index"]), span: Self.nowhere)
    }

    mutating func number() -> Number {
      let numbers = ["0", "7", "0.5", "2e-3", "1.5e3"].compactMap {
        Number(digits: $0, unit: pick([nil, nil, .percent, .thousand, .minutes, .milliseconds]))
      }
      return pick(numbers)
    }

    mutating func expression(_ depth: Int) -> Expression {
      Expression(form(depth), Self.nowhere)
    }

    mutating func form(_ depth: Int) -> Expression.Form {
      switch Int.random(in: 0..<(depth > 0 ? 15 : 5), using: &generator) {
      case 0: .number(number())
      case 1: .name(name().text)
      case 2: .history(pick([nil, 1, 27]))
      case 3: .truth(pick([true, false]))
      case 4: .string(strings(depth))
      case 5: .list(many(0...3) { $0.expression(depth - 1) })
      case 6: .range(expression(depth - 1), expression(depth - 1))
      case 7: .negative(expression(depth - 1))
      case 8: .not(expression(depth - 1))
      case 9: .member(expression(depth - 1), name())
      case 10: .index(expression(depth - 1), expression(depth - 1))
      case 11: .pipeline(pipeline(depth - 1))
      default: .binary(pick(Operator.allCases), expression(depth - 1), expression(depth - 1))
      }
    }

    mutating func strings(_ depth: Int) -> [StringPart] {
      var parts: [StringPart] = []
      for _ in 0..<Int.random(in: 0...3, using: &generator) {
        if case .text = parts.last {
          parts.append(.expression(expression(max(0, depth - 1))))
        } else {
          parts.append(.text(pick(["x", "a\"b", "{}", "\\n", "line\nbreak\t", "é 漢", "#"])))
        }
      }
      return parts
    }

    /// Nested pipelines are calls: a mere expression in parentheses leaves no trace.
    mutating func pipeline(_ depth: Int) -> Pipeline {
      Pipeline(
        first: .call(call(depth)), rest: many(0...2) { $0.call(depth) }, span: Self.nowhere)
    }

    mutating func path() -> Expression {
      let paths = [
        "a.h5", "nets/a-1.h5:/g", "../x", "/tmp/b", "a=b", "has blank", "~/c", ".", "(p", "-x",
      ]
      let text = pick(paths)
      // What is no plain path is printed, and so read, as a string.
      let isPlain = !["a=b", "has blank", "(p"].contains(text)
      return Expression(isPlain ? .path(text) : .string([.text(text)]), Self.nowhere)
    }

    mutating func call(_ depth: Int) -> Call {
      let verb = pick(["train", "barrier", "max", "nosuch"])
      var call = Call(verb: Name(text: verb, span: Self.nowhere), span: Self.nowhere)
      if pick([true, false, false]) {
        call.verb.text = "sweep"
        call.variables = many(1...2) {
          Variation(
            variable: $0.name(), values: $0.expression(depth - 1), span: Self.nowhere)
        }
        call.block = block(depth - 1)
        return call
      }
      call.arguments = many(0...3) {
        Argument(
          name: $0.pick([true, false]) ? $0.name() : nil, value: $0.expression(depth - 1),
          span: Self.nowhere)
      }
      if verb == "nosuch" {
        // A word that is no verb is one where a value follows.
        call.arguments.insert(
          Argument(name: nil, value: Expression(.name("a"), Self.nowhere), span: Self.nowhere),
          at: 0)
      }
      if pick([true, false, false]) {
        call.arguments.append(
          Argument(
            name: Name(text: "file", span: Self.nowhere), value: path(), span: Self.nowhere))
      }
      return call
    }

    mutating func block(_ depth: Int) -> Block {
      Block(statements: many(0...2) { $0.statement(depth, inBlock: true) }, span: Self.nowhere)
    }

    mutating func statement(_ depth: Int, inBlock: Bool = false) -> Statement {
      let label = Expression(.string(strings(1)), Self.nowhere)
      let kind: Statement.Kind
      switch Int.random(in: 0..<(depth > 0 ? inBlock ? 6 : 7 : 2), using: &generator) {
      case 0:
        kind = .assignment(many(0...2) { $0.name() }, pipeline(depth))
      case 1, 2:
        let head = Stage.expression(expression(depth))
        let pipeline = Pipeline(
          first: head, rest: many(0...1) { $0.call(depth) }, span: Self.nowhere)
        kind = .assignment(many(0...2) { $0.name() }, pipeline)
      case 3:
        kind = .loop(variable: name(), over: expression(depth), body: block(depth - 1))
      case 4:
        kind = .expect(
          condition: expression(depth), within: pick([nil, expression(1)]),
          label: pick([nil, label]))
      case 5:
        let code = Name(text: "E0401", span: Self.nowhere)
        kind = .expectFails(code: pick([nil, code]), body: block(depth - 1))
      default:
        kind = .parameter(
          name: name(), value: expression(depth), range: pick([nil, expression(depth)]),
          help: pick([nil, label]))
      }
      return Statement(kind: kind, span: Self.nowhere)
    }
  }

  /// A tree as text, without spans.
  private func outline(_ value: Any) -> String {
    let mirror = Mirror(reflecting: value)
    let children = mirror.children.filter { !($0.value is Span) }
    guard !children.isEmpty else { return "\(value)" }
    return "\(mirror.subjectType)("
      + children.map { "\($0.label ?? "") \(outline($0.value))" }.joined(separator: ", ") + ")"
  }

  @Test(arguments: 0..<4)
  func textsParseToTheSameTree(part: Int) {
    for seed in UInt64(part * 500)..<UInt64(part * 500 + 500) {
      var maker = TreeMaker(seed: seed)
      let script = Script(statements: (0..<2).map { _ in maker.statement(3) })
      let text = script.canonical
      let parsed = Parsed.typed(text)
      #expect(parsed.diagnostics.isEmpty, "seed \(seed): \(parsed.shown)")
      #expect(
        outline(parsed.script.statements) == outline(script.statements), "seed \(seed): \(text)")
      #expect(parsed.script.canonical == text, "seed \(seed)")
    }
  }

  @Test func canonicalTextOfSampleScriptIsStable() {
    for group in LanguageCasesTests.groups {
      let parsed = Parsed.typed(group.input)
      guard parsed.diagnostics.isEmpty else { continue }
      let again = Parsed.typed(parsed.script.canonical)
      // Receipts are no part of it, and a path may come back as a string.
      #expect(again.script.canonical == parsed.script.canonical, "\(group.input)")
    }
  }
}
