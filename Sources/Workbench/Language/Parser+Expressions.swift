import Kernel

extension Parser {
  /// An expression whose operators bind at least as tightly as `minimum`.
  mutating func expression(_ minimum: Int = 1) throws(Fault) -> Expression {
    var left = try prefixed(minimum)
    var comparison: Operator?
    while let sign = try nextOperator(), sign.precedence >= minimum {
      if let comparison, sign.isComparison {
        throw misplaced(
          peek(), "`\(sign.rawValue)` cannot follow `\(comparison.rawValue)`",
          notes: ["comparisons do not chain: join them with `and`"])
      }
      if sign.isComparison { comparison = sign } else { comparison = nil }
      let above = height
      advanceAcrossLines()
      let right = try expression(sign.precedence + 1)
      left = try node(
        .binary(sign, left, right), left.span.joined(with: right.span),
        over: max(above, height))
    }
    return left
  }

  /// `not`, or what binds tighter than any operator of the loop.
  private mutating func prefixed(_ minimum: Int) throws(Fault) -> Expression {
    guard peekWord() == "not" else { return try signed() }
    // `not` binds looser than comparisons: what follows it would be read differently here.
    let tightest = Operator.equal.precedence
    guard minimum < tightest else {
      throw misplaced(
        peek(), "`not` stands in parentheses here", notes: ["as in `a == (not b)`"])
    }
    try enter()
    let token = advanceAcrossLines()
    let inner = peekWord() == "not" ? try prefixed(minimum) : try expression(tightest)
    leave()
    return try node(.not(inner), token.span.joined(with: inner.span), over: height)
  }

  /// The operator that stands next, without consuming it.
  private mutating func nextOperator() throws(Fault) -> Operator? {
    let token = peek()
    switch token.kind {
    case .symbol(.over):
      let after = scanner.byte(at: token.span.upper)
      guard token.followsBlank, after.isBlank || after == UInt8(ascii: "\n") else {
        throw misplaced(
          token, "division needs blanks around `/`",
          notes: ["a path stands in quotes here"])
      }
      return .over
    case .symbol(let sign): return sign
    case .name:
      switch peekWord() {
      case "and": return .and
      case "or": return .or
      default: return nil
      }
    default: return nil
    }
  }

  /// A minus sign before a power, or a power: `-2 ^ 2` is -4, as in mathematics.
  private mutating func signed() throws(Fault) -> Expression {
    guard case .symbol(.minus) = peek().kind else {
      let base = try ranged(try postfix())
      return try power(of: base)
    }
    try enter()
    let sign = advanceAcrossLines()
    defer { leave() }
    if case .symbol(.minus) = peek().kind {
      let inner = try signed()
      return try node(.negative(inner), sign.span.joined(with: inner.span), over: height)
    }
    let inner = try postfix()
    let span = sign.span.joined(with: inner.span)
    if peek().kind == .dots, !peek().followsBlank {
      return try ranged(try node(.negative(inner), span, over: height))
    }
    let base = try power(of: inner)
    return try node(.negative(base), sign.span.joined(with: base.span), over: height)
  }

  private mutating func power(of base: Expression) throws(Fault) -> Expression {
    guard case .symbol(.power) = peek().kind else { return base }
    try enter()
    let above = height
    advanceAcrossLines()
    let exponent = try signed()
    leave()
    return try node(
      .binary(.power, base, exponent), base.span.joined(with: exponent.span),
      over: max(above, height))
  }

  /// Fails where a tree gets too high to walk.
  mutating func checked(_ height: Int, at span: Span) throws(Fault) {
    highest = max(highest, height)
    if height > Self.deepest { throw tooDeep(at: span) }
  }

  private mutating func node(
    _ form: Expression.Form, _ span: Span, over below: Int
  ) throws(Fault) -> Expression {
    height = below + 1
    try checked(height, at: span)
    return Expression(form, span)
  }
}

// MARK: - Operands

extension Parser {
  /// What can be an argument as it is: a value with its parts, negative or not, or a range.
  mutating func operand() throws(Fault) -> Expression {
    guard case .symbol(.minus) = peek().kind else { return try ranged(try postfix()) }
    let sign = advance()
    if peek().followsBlank {
      throw misplaced(
        sign, "expected a value, got `-`", notes: ["arithmetic stands in parentheses here"])
    }
    let inner = try postfix()
    return try ranged(
      try node(.negative(inner), sign.span.joined(with: inner.span), over: height))
  }

  /// `lower`, or the range that begins with it; after a blank `..` begins a path.
  private mutating func ranged(_ lower: Expression) throws(Fault) -> Expression {
    guard peek().kind == .dots, !peek().followsBlank else { return lower }
    let above = height
    advanceAcrossLines()
    var upper: Expression
    if case .symbol(.minus) = peek().kind {
      let sign = advance()
      let inner = try postfix()
      upper = try node(.negative(inner), sign.span.joined(with: inner.span), over: height)
    } else {
      upper = try postfix()
    }
    if peek().kind == .dots {
      throw misplaced(peek(), "a range has two ends", notes: ["as in `1..10`"])
    }
    return try node(
      .range(lower, upper), lower.span.joined(with: upper.span), over: max(above, height))
  }

  /// A primary with the members and indexes that touch it.
  mutating func postfix(keepsParentheses: Bool = false) throws(Fault) -> Expression {
    var value = try primary(keepsParentheses: keepsParentheses)
    while !peek().followsBlank {
      switch peek().kind {
      case .dot:
        advance()
        let token = peek()
        guard token.kind == .name, !token.followsBlank else {
          throw unexpected("the name of a part right after `.`")
        }
        advance()
        let name = Name(text: scanner.text(token.span), span: token.span)
        value = try node(.member(value, name), value.span.joined(with: name.span), over: height)
      case .leftBracket:
        let above = height
        let (position, end) = try bracketed(.rightBracket) { parser throws(Fault) in
          try parser.expression()
        }
        value = try node(
          .index(value, position), value.span.joined(with: end), over: max(above, height))
      default:
        return value
      }
    }
    return value
  }

  private mutating func primary(keepsParentheses: Bool) throws(Fault) -> Expression {
    let token = peek()
    height = 0
    switch token.kind {
    case .number: return try number()
    case .doubleQuote, .singleQuote: return try string()
    case .history: return try history()
    case .leftBracket: return try list { parser throws(Fault) in try parser.expression() }
    case .leftParenthesis: return try parenthesized(keeps: keepsParentheses)
    case .name:
      let word = scanner.text(token.span)
      switch word {
      case "yes", "no":
        advance()
        return Expression(.truth(word == "yes"), token.span)
      case _ where Self.reservedWords.contains(word):
        throw unexpected("a value")
      default:
        advance()
        return Expression(.name(word), token.span)
      }
    case .dot where scanner.byte(at: token.span.upper).isDigit:
      throw misplaced(token, "a number begins with a digit", notes: ["as in `0.5`"])
    default:
      throw unexpected("a value")
    }
  }

  private mutating func history() throws(Fault) -> Expression {
    let token = advance()
    let text = scanner.text(token.span)
    if text == "_" { return Expression(.history(nil), token.span) }
    if text.utf8.dropFirst().allSatisfy(\.isDigit), let number = Int(text.dropFirst()), number > 0 {
      return Expression(.history(number), token.span)
    }
    throw misplaced(
      token, "`\(shortened(token.span))` is no value",
      notes: ["names begin with a letter; `_7` stands for the seventh result"])
  }

  private mutating func parenthesized(keeps: Bool) throws(Fault) -> Expression {
    let opening = peek().span
    let (pipeline, end) = try bracketed(.rightParenthesis) { parser throws(Fault) in
      try parser.pipeline()
    }
    let span = opening.joined(with: end)
    if !keeps, case .expression(let inner) = pipeline.first, pipeline.rest.isEmpty {
      return Expression(inner.form, span)
    }
    return try node(.pipeline(pipeline), span, over: height)
  }

  /// `[a, b, c]`, a comma at the end allowed.
  mutating func list(
    _ element: (inout Parser) throws(Fault) -> Expression
  ) throws(Fault) -> Expression {
    let opening = peek().span
    var above = 0
    let (elements, end) = try bracketed(.rightBracket) { parser throws(Fault) in
      var elements: [Expression] = []
      while parser.peek().kind != .rightBracket {
        elements.append(try element(&parser))
        above = max(above, parser.height)
        guard parser.take(.comma) != nil else { break }
      }
      guard parser.peek().kind == .rightBracket else {
        throw parser.unexpected("`,` or `]`")
      }
      return elements
    }
    return try node(.list(elements), opening.joined(with: end), over: above)
  }

  /// What stands between an opening bracket, which is next, and `closing`.
  private mutating func bracketed<Content>(
    _ closing: Token.Kind, _ content: (inout Parser) throws(Fault) -> Content
  ) throws(Fault) -> (Content, end: Span) {
    try enter()
    let opening = advance()
    openings.append(Opening(kind: opening.kind, span: opening.span))
    let newlines = setNewlinesMatter(false)
    let content = try content(&self)
    if closing == .rightParenthesis, peek().kind == .comma {
      throw unexpected("an operator or `)`", notes: ["a list stands in brackets: `[a, b]`"])
    }
    let end = try require(closing, closing == .rightBracket ? "`]`" : "an operator or `)`")
    _ = setNewlinesMatter(newlines)
    openings.removeLast()
    leave()
    return (content, end.span)
  }
}
