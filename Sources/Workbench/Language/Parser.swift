import Kernel

/// What parsing gives: the tree of what could be read, and every error.
struct Parsed: Sendable {
  /// Statements with an error in them are left out.
  var script: Script
  /// In the order of the text; empty means that the script is whole.
  var diagnostics: [Diagnostic]
  /// Whether the first error is that the text ends too soon.
  ///
  /// A bracket, quote or block is open, or an operator stands at the end; the prompt then asks
  /// for another line.
  var isUnfinished: Bool
}

/// Reads statements by recursive descent.
///
/// Goes on after an error at the end of the statement, so that a file shows all its errors.
/// Memory and time are bounded for any bytes: nesting ends at `deepest`, errors at `mostErrors`.
struct Parser {
  /// How deep brackets, blocks and operators may stand in one another.
  static let deepest = 200
  /// After so many errors the rest is not read: the file is no script.
  static let mostErrors = 100

  /// A syntax error on its way to the statement that it ends.
  struct Fault: Error {
    var failure: Failure
    /// What the caret shows.
    var span: Span
    /// Where the reading failed, from where the parser looks for the statement's end.
    var position: Int
    /// Whether more text could mend it.
    var isAtEnd = false
  }

  /// An opening bracket, brace or quote, for the error that it is never closed.
  struct Opening {
    var kind: Token.Kind
    var span: Span
  }

  let source: Source
  let vocabulary: any Vocabulary
  var scanner: Scanner
  /// The token after the last one consumed, once it was looked at.
  private var lookahead: Token?
  /// Whether line ends end statements here; inside brackets they are blanks.
  private(set) var newlinesMatter = true
  /// The end of the last consumed token.
  private(set) var consumedUpTo = 0
  /// Whether what was consumed last asks for more, on the next line if need be.
  private(set) var isContinuing = false
  var openings: [Opening] = []
  /// How many brackets, blocks and prefix operators are open.
  private(set) var depth = 0
  /// How high the tree of the expression built last is.
  var height = 0
  /// The highest expression of the block so far.
  var highest = 0
  /// The last string that ran over a line end: the likely place of a missing quote.
  var longString: Span?
  private(set) var diagnostics: [Diagnostic] = []
  private var isUnfinished = false

  init(_ source: Source, vocabulary: any Vocabulary) {
    self.source = source
    self.vocabulary = vocabulary
    scanner = Scanner(bytes: source.bytes)
  }

  /// Parses a whole file, or one input at the prompt.
  static func parse(_ source: Source, vocabulary: any Vocabulary) -> Parsed {
    var parser = Parser(source, vocabulary: vocabulary)
    let statements = parser.statements(inBlock: false)
    let script = Script(
      statements: statements, summary: parser.scanner.summary, pins: parser.scanner.pins)
    // An unclosed bracket is found late but shown where it stands.
    let ordered = parser.diagnostics.enumerated().sorted {
      ($0.element.span?.lower ?? 0, $0.offset) < ($1.element.span?.lower ?? 0, $1.offset)
    }
    return Parsed(
      script: script, diagnostics: ordered.map(\.element), isUnfinished: parser.isUnfinished)
  }

  /// Parses a single operand, as it is given from outside in `basin job.basin steps=50k`.
  static func operand(
    _ source: Source, vocabulary: any Vocabulary
  ) throws(Diagnostic) -> Expression {
    var parser = Parser(source, vocabulary: vocabulary)
    do throws(Fault) {
      let value = try parser.operand()
      guard parser.peek().kind == .end else { throw parser.unexpected("the end of the value") }
      return value
    } catch {
      throw Diagnostic(error.failure, in: source, at: error.span)
    }
  }
}

// MARK: - Tokens

extension Parser {
  /// The next token, without consuming it.
  mutating func peek() -> Token {
    if let lookahead { return lookahead }
    let token = scanner.next(newlines: newlinesMatter)
    lookahead = token
    return token
  }

  /// Consumes the next token.
  @discardableResult
  mutating func advance() -> Token {
    let token = peek()
    consumedUpTo = token.span.upper
    isContinuing = false
    lookahead = nil
    return token
  }

  /// Consumes the next token if it is of that kind.
  mutating func take(_ kind: Token.Kind) -> Token? {
    peek().kind == kind ? advance() : nil
  }

  /// Consumes a token after which the statement goes on, on the next line if need be.
  @discardableResult
  mutating func advanceAcrossLines() -> Token {
    let token = advance()
    if peek().kind == .newline { advance() }
    consumedUpTo = token.span.upper
    isContinuing = true
    return token
  }

  /// Consumes the next token, or fails saying what was expected.
  @discardableResult
  mutating func require(_ kind: Token.Kind, _ expected: String) throws(Fault) -> Token {
    guard peek().kind == kind else { throw unexpected(expected) }
    return advance()
  }

  /// The text of the next token where it is a word, else nothing.
  mutating func peekWord() -> String? {
    let token = peek()
    return token.kind == .name ? scanner.text(token.span) : nil
  }

  /// Continues reading at `position`, for what is not made of tokens.
  mutating func resume(at position: Int) {
    scanner.position = position
    consumedUpTo = position
    isContinuing = false
    lookahead = nil
  }

  /// Says whether line ends matter from the next token on; gives what was before.
  mutating func setNewlinesMatter(_ matter: Bool) -> Bool {
    let before = newlinesMatter
    if matter != before, lookahead != nil {
      lookahead = nil
      scanner.position = consumedUpTo
    }
    newlinesMatter = matter
    return before
  }

  /// Counts one level of nesting; `leave` ends it.
  mutating func enter() throws(Fault) {
    guard depth < Self.deepest else { throw tooDeep(at: peek().span) }
    depth += 1
  }

  mutating func leave() { depth -= 1 }

  func tooDeep(at span: Span) -> Fault {
    let failure = Failure(
      .nestedTooDeep, "this is nested more than \(Self.deepest) deep",
      notes: ["give a part of it a name on a line of its own"])
    return Fault(failure: failure, span: span, position: consumedUpTo)
  }
}

// MARK: - Statements one after the other

extension Parser {
  /// Statements up to the end of the text or, in a block, up to its `}`, which is left.
  mutating func statements(inBlock: Bool) -> [Statement] {
    var statements: [Statement] = []
    while diagnostics.count < Self.mostErrors {
      while peek().kind == .newline || peek().kind == .semicolon { advance() }
      if let last = statements.indices.last {
        statements[last].receipts += scanner.takeReceipts(after: statements[last].span.upper)
      }
      let first = peek()
      if first.kind == .end || inBlock && first.kind == .rightBrace { break }
      let state = (depth: depth, openings: openings.count)
      do throws(Fault) {
        let statement = try statement()
        guard isAtStatementEnd(inBlock: inBlock) else { throw afterStatement() }
        statements.append(statement)
      } catch {
        depth = state.depth
        report(error)
        skipStatement(
          from: error.position, start: first.span.lower, inBlock: inBlock,
          open: openings.count - state.openings)
        openings.removeSubrange(state.openings...)
        _ = setNewlinesMatter(true)
      }
    }
    return statements
  }

  /// A block, from its `{` to its `}`.
  mutating func block() throws(Fault) -> Block {
    try enter()
    let brace = try require(.leftBrace, "`{`")
    openings.append(Opening(kind: .leftBrace, span: brace.span))
    let newlines = setNewlinesMatter(true)
    let outside = highest
    highest = 0
    let statements = statements(inBlock: true)
    let end = try require(.rightBrace, "`}`")
    height = highest + 1
    highest = max(outside, height)
    let span = brace.span.joined(with: end.span)
    try checked(height, at: brace.span)
    _ = setNewlinesMatter(newlines)
    openings.removeLast()
    leave()
    return Block(statements: statements, span: span)
  }

  private mutating func isAtStatementEnd(inBlock: Bool) -> Bool {
    switch peek().kind {
    case .newline, .semicolon, .end: true
    case .rightBrace: inBlock
    default: false
    }
  }

  private mutating func report(_ fault: Fault) {
    if diagnostics.isEmpty { isUnfinished = fault.isAtEnd }
    guard diagnostics.count < Self.mostErrors else { return }
    diagnostics.append(Diagnostic(fault.failure, in: source, at: fault.span))
  }

  /// Goes to where the next statement begins, after an error at `position`.
  ///
  /// Blocks on the way are read for their own errors. While one of the `open` brackets is, lines
  /// that do not look like statements belong to what is broken, as do those that begin with a
  /// closing bracket.
  private mutating func skipStatement(
    from position: Int, start: Int, inBlock: Bool, open: Int
  ) {
    var open = open
    newlinesMatter = true
    // At least one token of the statement goes, so that reading always gets on.
    let position = max(position, start)
    resume(at: position)
    if position > start, scanner.beginsLine(peek().span.lower),
      endsBroken(at: peek(), open: open)
    {
      return
    }
    while diagnostics.count < Self.mostErrors {
      switch peek().kind {
      case .end, .semicolon: return
      case .rightBrace where inBlock: return
      case .newline:
        advance()
        if endsBroken(at: peek(), open: open) { return }
      case .leftBrace where depth < Self.deepest:
        do throws(Fault) { _ = try block() } catch {
          report(error)
          return
        }
      case .doubleQuote, .singleQuote: skipString()
      case .leftParenthesis, .leftBracket:
        open += 1
        advance()
      case .rightParenthesis, .rightBracket:
        open = max(0, open - 1)
        advance()
      default: advance()
      }
    }
  }

  /// Whether a line that begins with `token` is no part of the broken statement before it.
  private func endsBroken(at token: Token, open: Int) -> Bool {
    if isCloser(token.kind) { return false }
    return open == 0 || token.kind == .name && looksLikeStatement(at: token.span.lower)
  }

  private func isCloser(_ kind: Token.Kind) -> Bool {
    kind == .rightParenthesis || kind == .rightBracket
  }

  /// Skips a string that ends in its line; of any other the quote alone.
  private mutating func skipString() {
    let quote = advance()
    let end = scanner.closingQuote(
      scanner.byte(at: quote.span.lower), from: quote.span.upper, acrossLines: false)
    resume(at: end ?? quote.span.upper)
  }
}
