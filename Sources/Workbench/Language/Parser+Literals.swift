import Kernel

// Numbers and strings.

extension Parser {
  mutating func number() throws(Fault) -> Expression {
    let token = advance()
    let end = scanner.digitsEnd(token.span.lower)
    let letters = scanner.text(Span(end, token.span.upper))
    let unit = Number.Unit(rawValue: letters)
    if unit == nil, !letters.isEmpty {
      throw unknownUnit(letters, at: Span(end, token.span.upper))
    }
    let digits = scanner.text(Span(token.span.lower, end))
    guard let number = Number(digits: digits, unit: unit) else {
      throw malformed(token.span, "`\(shortened(token.span))` is too large a number")
    }
    return Expression(.number(number), token.span)
  }

  private func unknownUnit(_ letters: String, at span: Span) -> Fault {
    let units = Number.Unit.allCases.map(\.rawValue)
    // `5m` may mean anything from milliseconds to megabytes, `5sec` only seconds.
    let near = units.filter {
      $0.lowercased().hasPrefix(letters.lowercased()) || letters.hasPrefix($0)
    }
    let listed = (near.isEmpty ? units : near).map { "`\($0)`" }.joined(separator: " ")
    let note = near.count == 1 ? "did you mean \(listed)?" : "units: \(listed)"
    return malformed(span, "there is no unit `\(shortened(span))`", notes: [note])
  }

  private func malformed(_ span: Span, _ message: String, notes: [String] = []) -> Fault {
    Fault(
      failure: Failure(.malformedNumber, message, notes: notes), span: span, position: span.lower)
  }
}

// MARK: - Strings

extension Parser {
  /// `"text with {expression}"` or `'verbatim'`.
  mutating func string() throws(Fault) -> Expression {
    let quote = advance()
    let parts =
      quote.kind == .singleQuote ? try verbatim(quote) : try interpolated(quote)
    let span = Span(quote.span.lower, consumedUpTo)
    if source.line(at: span.lower) != source.line(at: span.upper) { longString = span }
    height += 1
    try checked(height, at: span)
    return Expression(.string(parts), span)
  }

  private mutating func verbatim(_ quote: Token) throws(Fault) -> [StringPart] {
    let lower = quote.span.upper
    guard
      let end = scanner.closingQuote(UInt8(ascii: "'"), from: lower, acrossLines: true)
    else { throw unclosedString(quote) }
    let text = try readable(Span(lower, end - 1))
    resume(at: end)
    height = 0
    return text.isEmpty ? [] : [.text(text)]
  }

  private mutating func interpolated(_ quote: Token) throws(Fault) -> [StringPart] {
    var parts: [StringPart] = []
    var text = ""
    var above = 0
    var lower = quote.span.upper
    var offset = lower
    while offset < scanner.bytes.count {
      switch scanner.bytes[offset] {
      case UInt8(ascii: "\""):
        text += try readable(Span(lower, offset))
        if !text.isEmpty { parts.append(.text(text)) }
        resume(at: offset + 1)
        height = above
        return parts
      case UInt8(ascii: "\\"):
        text += try readable(Span(lower, offset)) + escaped(at: offset, quote)
        offset += 2
        lower = offset
      case UInt8(ascii: "{"):
        text += try readable(Span(lower, offset))
        if !text.isEmpty { parts.append(.text(text)) }
        text = ""
        parts.append(.expression(try interpolation(at: offset)))
        above = max(above, height)
        offset = scanner.position
        lower = offset
      default: offset += 1
      }
    }
    throw unclosedString(quote)
  }

  /// The expression between the brace at `offset` and its end, after which the scanner stands.
  private mutating func interpolation(at offset: Int) throws(Fault) -> Expression {
    let brace = Span(offset, offset + 1)
    do throws(Fault) {
      try enter()
      resume(at: brace.upper)
      openings.append(Opening(kind: .leftBrace, span: brace))
      let newlines = setNewlinesMatter(false)
      let value = try expression()
      guard peek().kind == .rightBrace else {
        throw unexpected("an operator or `}`", notes: ["write `\\{` for the character itself"])
      }
      advance()
      // The text that follows belongs to the string, whatever it is made of.
      _ = setNewlinesMatter(newlines)
      openings.removeLast()
      leave()
      return value
    } catch {
      guard !error.isAtEnd else { throw error }
      let end = scanner.closingQuote(
        UInt8(ascii: "\""), from: max(error.position, brace.upper), acrossLines: false)
      var fault = error
      if let end { fault.position = end }
      throw fault
    }
  }

  private func escaped(at offset: Int, _ quote: Token) throws(Fault) -> String {
    switch scanner.byte(at: offset + 1) {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "{"): return "{"
    case UInt8(ascii: "}"): return "}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case _ where offset + 1 >= scanner.bytes.count: throw unclosedString(quote)
    default:
      let length = Scanner.scalarLength(scanner.bytes[(offset + 1)...]) ?? 1
      let span = Span(offset, offset + 1 + length)
      let failure = Failure(
        .malformedString, "there is no escape `\(source.text(of: span))`",
        notes: [#"escapes: \" \\ \{ \} \n \r \t; in '…' nothing is escaped"#])
      let end = scanner.closingQuote(
        UInt8(ascii: "\""), from: offset + 2, acrossLines: false)
      throw Fault(failure: failure, span: span, position: end ?? span.upper)
    }
  }

  /// The text of a span, or a fault at its first byte that is no UTF-8.
  private func readable(_ span: Span) throws(Fault) -> String {
    let bytes = scanner.bytes[span.lower..<span.upper]
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var offset = span.lower
    while offset < span.upper, let length = Scanner.scalarLength(bytes[offset...]) {
      offset += length
    }
    let failure = Failure(.unexpectedCharacter, "this byte is no UTF-8 text")
    throw Fault(failure: failure, span: Span(offset, offset + 1), position: span.upper)
  }

  private func unclosedString(_ quote: Token) -> Fault {
    // Read on after the line, so that one quote does not hide the errors of a whole file.
    let line = source.span(ofLine: source.line(at: quote.span.lower))
    return Fault(
      failure: Failure(
        .unclosed, "this quote is never closed",
        notes: ["a string may run over several lines"]),
      span: quote.span, position: line.upper, isAtEnd: true)
  }
}
