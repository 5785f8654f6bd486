import Kernel

// The sentences of syntax errors.

extension Parser {
  /// The next token stands where `expected` should; or a bracket before it was never closed.
  mutating func unexpected(_ expected: String, notes: [String] = []) -> Fault {
    let token = peek()
    if token.kind == .invalid { return unknownCharacter(token) }
    let notes = token.kind == .dots ? ["no blanks around the `..` of a range"] : notes
    if let opening = openings.last, isUnclosed(opening, before: token) {
      return unclosed(opening, before: token)
    }
    return misplaced(
      token, "expected \(expected), got \(describe(token))", notes: notes,
      isAtEnd: token.kind == .end && (isContinuing || !openings.isEmpty))
  }

  /// A fault at `token` with a sentence of its own.
  func misplaced(
    _ token: Token, _ message: String, notes: [String] = [], isAtEnd: Bool = false
  ) -> Fault {
    var notes = notes
    if let longString, source.line(at: longString.upper) == source.line(at: token.span.lower) {
      let line = source.line(at: longString.lower)
      notes.append("a string runs from line \(line) to this line: is a quote missing?")
    }
    return Fault(
      failure: Failure(.unexpectedToken, message, notes: notes), span: token.span,
      position: token.span.lower, isAtEnd: isAtEnd)
  }

  /// Something follows a statement on its line.
  mutating func afterStatement() -> Fault {
    let token = peek()
    let previous = previousWord()
    switch token.kind {
    case .rightParenthesis, .rightBracket, .rightBrace:
      return misplaced(token, "\(describe(token)) closes nothing")
    case .comma:
      // `a,` may be the first of several names, the others on the next line.
      let isLast = scanner.afterBlanks(token.span.upper, newlines: true) >= scanner.bytes.count
      return misplaced(
        token, "expected the end of the statement, got `,`",
        notes: ["several values are bound like `a, b = split t`"], isAtEnd: isLast)
    case .bind:
      return unexpected("the end of the statement", notes: ["only a name can stand before `=`"])
    case .leftBrace:
      return unexpected(
        "the end of the statement", notes: ["a block follows `for`, `expect fails` or `sweep`"])
    case .name, .number, .history, .doubleQuote, .singleQuote, .leftParenthesis:
      let isVerb = previous.map(vocabulary.isVerb) ?? false
      let note = isVerb ? ["a call inside an expression stands in parentheses"] : []
      return unexpected("an operator or the end of the statement", notes: note)
    default:
      return unexpected("the end of the statement")
    }
  }

  /// The word that was consumed last, if it was one.
  private func previousWord() -> String? {
    var lower = consumedUpTo
    while lower > 0, scanner.byte(at: lower - 1).isWordByte { lower -= 1 }
    return lower < consumedUpTo ? scanner.text(Span(lower, consumedUpTo)) : nil
  }

  func unclosed(_ opening: Opening, before token: Token? = nil) -> Fault {
    let name = scanner.text(opening.span)
    var notes: [String] = []
    if let token, token.kind != .end {
      let line = source.line(at: token.span.lower)
      let place = line == source.line(at: opening.span.lower) ? "" : " in line \(line)"
      notes = ["still open at \(describe(token))\(place)"]
    }
    return Fault(
      failure: Failure(.unclosed, "`\(name)` is never closed", notes: notes),
      span: opening.span, position: token?.span.lower ?? scanner.bytes.count,
      isAtEnd: token.map { $0.kind == .end } ?? true)
  }

  /// Whether `token` shows that the bracket is not closed, rather than being wrong itself.
  private func isUnclosed(_ opening: Opening, before token: Token) -> Bool {
    switch token.kind {
    case .end: return true
    case .rightBrace: return opening.kind != .leftBrace
    case .rightParenthesis: return opening.kind == .leftBracket
    case .rightBracket: return opening.kind == .leftParenthesis
    case .semicolon: return opening.kind != .leftBrace
    case .name:
      return opening.kind != .leftBrace && scanner.beginsLine(token.span.lower)
        && looksLikeStatement(at: token.span.lower)
    default: return false
    }
  }

  /// Whether a line that begins at `offset` can hardly be the rest of another.
  func looksLikeStatement(at offset: Int) -> Bool {
    let word = scanner.text(Span(offset, scanner.wordEnd(offset)))
    return ["for", "expect", "param"].contains(word) || vocabulary.isVerb(word)
      || isAssignment(at: offset)
  }

  private func unknownCharacter(_ token: Token) -> Fault {
    let span = token.span
    let message: String
    var notes: [String] = []
    if Scanner.scalarLength(scanner.bytes[span.lower...]) == nil {
      message = "this byte is no UTF-8 text"
    } else {
      let scalar = scanner.text(span)
      let number = scalar.unicodeScalars.first.map { $0.value } ?? 0
      message =
        number < 0x20 || (0x7F..<0xA0).contains(number)
        ? "a control character (U+\(Self.hexadecimal(number))) stands here"
        : "`\(scalar)` has no meaning here"
      if let note = Self.hints[scalar] {
        notes = [note]
      } else if let plain = Self.plainForms[scalar] {
        notes = ["type `\(plain)`"]
      } else if scalar.unicodeScalars.first?.properties.isAlphabetic == true {
        notes = ["names are made of the letters a to z, digits and `_`"]
      }
    }
    return Fault(
      failure: Failure(.unexpectedCharacter, message, notes: notes), span: span,
      position: span.lower)
  }

  /// Four digits at least.
  static func hexadecimal(_ number: UInt32) -> String {
    let digits = String(number, radix: 16, uppercase: true)
    return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
  }

  /// What word processors and other languages make of characters that are meant.
  private static let plainForms: [String: String] = [
    "“": "\"", "”": "\"", "„": "\"", "‘": "'", "’": "'", "`": "'", "−": "-", "–": "-", "—": "-",
    "×": "*", "·": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "≈": "~=", "…": "..",
    "!": "not", "&": "and", "~": "~=",
  ]

  private static let hints: [String: String] = [
    "|": "stages are joined by `|>`, conditions by `or`",
    "%": "`%` stands right after a number, as in `5%`",
    "\\": "a line goes on after an operator, a comma or an open bracket",
    "\u{A0}": "this blank is not the plain one",
    "$": "a value stands in a string as `{name}`",
  ]

  /// How a message names a token.
  func describe(_ token: Token) -> String {
    switch token.kind {
    case .end: "the end of the text"
    case .newline: "the end of the line"
    case .doubleQuote, .singleQuote: "a string"
    default: "`\(shortened(token.span))`"
    }
  }

  /// The text of a span, cut where it would make a sentence unreadable.
  func shortened(_ span: Span) -> String {
    let most = 40
    guard span.upper - span.lower > most else { return source.text(of: span) }
    return source.text(of: Span(span.lower, span.lower + most)) + "…"
  }
}
