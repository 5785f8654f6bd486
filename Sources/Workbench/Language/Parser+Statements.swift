import Kernel

extension Parser {
  /// The words of the grammar itself; none of them can be a name.
  static let reservedWords: Set<String> = [
    "for", "in", "expect", "within", "param", "yes", "no", "and", "or", "not",
  ]

  /// One statement, up to its end, which is left.
  mutating func statement() throws(Fault) -> Statement {
    let first = peek()
    if first.kind == .leftBrace {
      throw misplaced(
        first, "a block stands here on its own",
        notes: ["a block follows `for`, `expect fails` or `sweep`"])
    }
    guard first.kind == .name || first.kind == .history else {
      return try assignment(to: [], from: first)
    }
    if isAssignment(at: first.span.lower) {
      return try assignment(to: try boundNames(), from: first)
    }
    switch scanner.text(first.span) {
    case "for": return try loop()
    case "expect": return try expectation()
    case "param": return try parameter()
    default: return try assignment(to: [], from: first)
    }
  }

  /// Whether words and commas up to a single `=` stand at `offset`.
  func isAssignment(at offset: Int) -> Bool {
    var offset = offset
    while true {
      let start = offset
      while scanner.byte(at: offset).isWordByte { offset += 1 }
      guard offset > start else { return false }
      offset = scanner.afterBlanks(offset)
      switch scanner.byte(at: offset) {
      case UInt8(ascii: "="): return scanner.byte(at: offset + 1) != UInt8(ascii: "=")
      case UInt8(ascii: ","): offset = scanner.afterBlanks(offset + 1, newlines: true)
      default: return false
      }
    }
  }

  private mutating func boundNames() throws(Fault) -> [Name] {
    var names = [try boundName()]
    while peek().kind == .comma {
      advanceAcrossLines()
      names.append(try boundName())
    }
    guard peek().kind == .bind else { throw unexpected("`=`") }
    advanceAcrossLines()
    return names
  }

  /// A word that can be given to a value.
  private mutating func boundName() throws(Fault) -> Name {
    let token = peek()
    switch token.kind {
    case .name:
      let word = scanner.text(token.span)
      guard Self.reservedWords.contains(word) else {
        advance()
        return Name(text: word, span: token.span)
      }
      throw reserved(token, "`\(word)` is a word of the language and cannot be a name")
    case .history:
      let reason = "names begin with a letter; `_` and `_7` stand for past results"
      throw reserved(token, "`\(shortened(token.span))` cannot be a name", notes: [reason])
    default:
      throw unexpected("a name")
    }
  }

  private func reserved(_ token: Token, _ message: String, notes: [String] = []) -> Fault {
    Fault(
      failure: Failure(.reservedName, message, notes: notes), span: token.span,
      position: token.span.lower)
  }

  /// The pipeline after the names and `=`, or a bare one.
  private mutating func assignment(
    to names: [Name], from first: Token
  ) throws(Fault) -> Statement {
    let pipeline = try pipeline()
    return Statement(
      kind: .assignment(names, pipeline), span: first.span.joined(with: pipeline.span))
  }

  /// Reads `for NAME in operand block`.
  private mutating func loop() throws(Fault) -> Statement {
    let first = advance()
    let variable = try boundName()
    try requireWord("in")
    let values = try operand()
    let body = try block()
    return Statement(
      kind: .loop(variable: variable, over: values, body: body),
      span: first.span.joined(with: body.span))
  }

  /// Reads `param NAME = operand [in operand] [STRING]`.
  private mutating func parameter() throws(Fault) -> Statement {
    let first = advance()
    if openings.contains(where: { $0.kind == .leftBrace }) {
      let failure = Failure(
        .misplacedStatement, "`param` stands outside blocks only",
        notes: ["a script's parameters are known before it runs"])
      throw Fault(failure: failure, span: first.span, position: consumedUpTo)
    }
    let name = try boundName()
    guard peek().kind == .bind else { throw unexpected("`=` and a default") }
    advanceAcrossLines()
    let value = try operand()
    var range: Expression?
    if peekWord() == "in" {
      advanceAcrossLines()
      range = try operand()
    }
    let help = try label()
    return Statement(
      kind: .parameter(name: name, value: value, range: range, help: help),
      span: Span(first.span.lower, consumedUpTo))
  }

  /// Reads `expect fails [CODE] block` or `expect expression [within expression] [STRING]`.
  private mutating func expectation() throws(Fault) -> Statement {
    let first = advance()
    if isFailureExpected() {
      advance()
      let code = try failureCode()
      let body = try block()
      return Statement(
        kind: .expectFails(code: code, body: body), span: first.span.joined(with: body.span))
    }
    let condition = try expression()
    var tolerance: Expression?
    if peekWord() == "within" {
      advanceAcrossLines()
      tolerance = try expression()
    }
    let label = try label()
    return Statement(
      kind: .expect(condition: condition, within: tolerance, label: label),
      span: Span(first.span.lower, consumedUpTo))
  }

  /// Whether `fails` stands next and is no value's name, as it is where an operator follows.
  private mutating func isFailureExpected() -> Bool {
    guard peekWord() == "fails" else { return false }
    let after = scanner.afterBlanks(peek().span.upper)
    let next = scanner.byte(at: after)
    if next.isLetter {
      return !["and", "or", "within"].contains { scanner.hasWord($0, at: after) }
    }
    let isEnd = after >= scanner.bytes.count || "\n;#}".utf8.contains(next)
    return next == UInt8(ascii: "{") || next.isDigit || isEnd
  }

  /// The code that may stand between `fails` and the block.
  private mutating func failureCode() throws(Fault) -> Name? {
    let token = peek()
    guard token.kind == .name || token.kind == .number else { return nil }
    let text = shortened(token.span)
    guard text.utf8.count == 5, text.first == "E", text.utf8.dropFirst().allSatisfy(\.isDigit)
    else {
      throw misplaced(
        token, "expected a code or `{`, got `\(text)`", notes: ["a code looks like E0401"])
    }
    advance()
    return Name(text: text, span: token.span)
  }

  /// The text in quotes that may end a statement.
  private mutating func label() throws(Fault) -> Expression? {
    switch peek().kind {
    case .doubleQuote, .singleQuote: try string()
    default: nil
    }
  }

  mutating func requireWord(_ word: String) throws(Fault) {
    guard peekWord() == word else { throw unexpected("`\(word)`") }
    advanceAcrossLines()
  }
}
