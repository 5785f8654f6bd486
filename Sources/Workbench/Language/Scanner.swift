/// Cuts source text into tokens, one at a time.
///
/// The parser says whether line ends matter, which depends on the bracket it is in, and takes
/// over the position for strings and paths. Comments that mean something are collected on the
/// way.
struct Scanner {
  let bytes: [UInt8]
  /// Where the next token is looked for.
  var position = 0
  /// The `##` lines.
  private(set) var summary: [Comment] = []
  /// The `#@` lines.
  private(set) var pins: [Comment] = []
  /// The `#=` lines that no statement has taken yet.
  private(set) var receipts: [Comment] = []
  /// Up to where comments were collected: the parser may go back and scan again.
  private var collectedUpTo = 0

  init(bytes: [UInt8]) {
    self.bytes = bytes
    // A byte order mark is no part of the text.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
  }

  /// The byte at `offset`, 0 past the end.
  func byte(at offset: Int) -> UInt8 {
    offset >= 0 && offset < bytes.count ? bytes[offset] : 0
  }

  /// The text of a token that is ASCII.
  func text(_ span: Span) -> String {
    String(decoding: bytes[span.lower..<span.upper], as: UTF8.self)
  }

  /// Takes the receipts that stand after `offset`, and drops those before it.
  mutating func takeReceipts(after offset: Int) -> [Comment] {
    guard !receipts.isEmpty else { return [] }
    let taken = receipts.filter { $0.span.lower >= offset }
    receipts = []
    return taken
  }

  /// The next token; with `newlines` a line end is one, unless the next line starts with `|>`.
  mutating func next(newlines: Bool) -> Token {
    let start = position
    skipBlanks()
    if position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
      let lineEnd = position
      while position < bytes.count, bytes[position] == UInt8(ascii: "\n") {
        position += 1
        skipBlanks()
      }
      let continues =
        byte(at: position) == UInt8(ascii: "|") && byte(at: position + 1) == UInt8(ascii: ">")
      if newlines && !continues && position < bytes.count {
        return Token(kind: .newline, span: Span(lineEnd, lineEnd + 1), followsBlank: true)
      }
    }
    let followsBlank = position > start || start == 0
    guard position < bytes.count else {
      return Token(kind: .end, span: Span(bytes.count, bytes.count), followsBlank: true)
    }
    let lower = position
    let kind = scan()
    return Token(kind: kind, span: Span(lower, position), followsBlank: followsBlank)
  }

  /// Skips blanks and one comment, up to a line end or a token.
  private mutating func skipBlanks() {
    while position < bytes.count, bytes[position].isBlank { position += 1 }
    guard byte(at: position) == UInt8(ascii: "#") else { return }
    let lower = position
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    if lower >= collectedUpTo {
      collectedUpTo = position
      collect(Span(lower, position))
    }
  }

  private mutating func collect(_ span: Span) {
    let mark = byte(at: span.lower + 1)
    guard span.upper - span.lower >= 2, "#@=".utf8.contains(mark) else { return }
    var (lower, upper) = (span.lower + 2, span.upper)
    while lower < upper, bytes[lower].isBlank { lower += 1 }
    while upper > lower, bytes[upper - 1].isBlank { upper -= 1 }
    let comment = Comment(text: text(Span(lower, upper)), span: Span(span.lower, upper))
    switch mark {
    case UInt8(ascii: "#"): summary.append(comment)
    case UInt8(ascii: "@"): pins.append(comment)
    default: receipts.append(comment)
    }
  }
}

// MARK: - One token

extension Scanner {
  /// Reads the token at the position, where no blank, comment or line end stands.
  private mutating func scan() -> Token.Kind {
    let first = bytes[position]
    if first.isLetter {
      skipWord()
      return .name
    }
    if first.isDigit {
      skipNumber()
      return .number
    }
    if first == UInt8(ascii: "_") {
      skipWord()
      return .history
    }
    let second = byte(at: position + 1)
    if let kind = Self.pair(first, second) {
      position += 2
      return kind
    }
    if let kind = Self.single(first) {
      position += 1
      return kind
    }
    skipScalar()
    return .invalid
  }

  private mutating func skipWord() {
    while position < bytes.count, bytes[position].isWordByte { position += 1 }
  }

  /// A number's digits and whatever letters touch them: the unit, right or wrong.
  private mutating func skipNumber() {
    position = digitsEnd(position)
    if byte(at: position) == UInt8(ascii: "%") { position += 1 } else { skipWord() }
  }

  /// The end of the digits, the fraction and the exponent that begin at `offset`.
  func digitsEnd(_ offset: Int) -> Int {
    var end = afterDigits(offset)
    if byte(at: end) == UInt8(ascii: "."), byte(at: end + 1).isDigit {
      end = afterDigits(end + 1)
    }
    if byte(at: end) == UInt8(ascii: "e") {
      let sign = byte(at: end + 1)
      let isSigned = sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+")
      let first = end + (isSigned ? 2 : 1)
      if byte(at: first).isDigit { end = afterDigits(first) }
    }
    return end
  }

  private func afterDigits(_ offset: Int) -> Int {
    var offset = offset
    while byte(at: offset).isDigit { offset += 1 }
    return offset
  }

  /// One scalar, or one byte where the bytes are no UTF-8.
  private mutating func skipScalar() {
    position += Self.scalarLength(bytes[position...]) ?? 1
  }

  /// How many bytes the UTF-8 scalar at the start takes; nothing where there is none.
  static func scalarLength(_ bytes: ArraySlice<UInt8>) -> Int? {
    var iterator = bytes.prefix(4).makeIterator()
    var decoder = UTF8()
    guard case .scalarValue(let scalar) = decoder.decode(&iterator) else { return nil }
    return UTF8.width(scalar)
  }

  private static func pair(_ first: UInt8, _ second: UInt8) -> Token.Kind? {
    if second == UInt8(ascii: "=") {
      switch first {
      case UInt8(ascii: "="): return .symbol(.equal)
      case UInt8(ascii: "!"): return .symbol(.unequal)
      case UInt8(ascii: "<"): return .symbol(.lessOrEqual)
      case UInt8(ascii: ">"): return .symbol(.greaterOrEqual)
      case UInt8(ascii: "~"): return .symbol(.near)
      default: return nil
      }
    }
    if first == UInt8(ascii: "|"), second == UInt8(ascii: ">") { return .pipe }
    if first == UInt8(ascii: "."), second == UInt8(ascii: ".") { return .dots }
    return nil
  }

  private static func single(_ byte: UInt8) -> Token.Kind? {
    switch byte {
    case UInt8(ascii: ";"): .semicolon
    case UInt8(ascii: ","): .comma
    case UInt8(ascii: "."): .dot
    case UInt8(ascii: "="): .bind
    case UInt8(ascii: "("): .leftParenthesis
    case UInt8(ascii: ")"): .rightParenthesis
    case UInt8(ascii: "["): .leftBracket
    case UInt8(ascii: "]"): .rightBracket
    case UInt8(ascii: "{"): .leftBrace
    case UInt8(ascii: "}"): .rightBrace
    case UInt8(ascii: "\""): .doubleQuote
    case UInt8(ascii: "'"): .singleQuote
    case UInt8(ascii: "<"): .symbol(.less)
    case UInt8(ascii: ">"): .symbol(.greater)
    case UInt8(ascii: "+"): .symbol(.plus)
    case UInt8(ascii: "-"): .symbol(.minus)
    case UInt8(ascii: "*"): .symbol(.times)
    case UInt8(ascii: "/"): .symbol(.over)
    case UInt8(ascii: "^"): .symbol(.power)
    default: nil
    }
  }
}

// MARK: - Looking ahead

extension Scanner {
  /// Whether nothing but blanks stands between the start of the line and `offset`.
  func beginsLine(_ offset: Int) -> Bool {
    var before = offset - 1
    while before >= 0, bytes[before].isBlank { before -= 1 }
    return before < 0 || bytes[before] == UInt8(ascii: "\n")
  }

  /// The offset of the first byte from `offset` on that is no blank, or no line end either.
  func afterBlanks(_ offset: Int, newlines: Bool = false) -> Int {
    var offset = offset
    while offset < bytes.count,
      bytes[offset].isBlank || newlines && bytes[offset] == UInt8(ascii: "\n")
    {
      offset += 1
    }
    return offset
  }

  /// The end of the word that begins at `offset`; `offset` itself where none does.
  func wordEnd(_ offset: Int) -> Int {
    guard byte(at: offset).isLetter else { return offset }
    var offset = offset
    while byte(at: offset).isWordByte { offset += 1 }
    return offset
  }

  /// Whether exactly `word` stands at `offset`.
  func hasWord(_ word: String, at offset: Int) -> Bool {
    let end = wordEnd(offset)
    return end - offset == word.utf8.count && bytes[offset..<end].elementsEqual(word.utf8)
  }

  /// One past the quote that closes a string whose text begins at `offset`, or nothing.
  func closingQuote(_ quote: UInt8, from offset: Int, acrossLines: Bool) -> Int? {
    var offset = offset
    while offset < bytes.count {
      let byte = bytes[offset]
      if byte == quote { return offset + 1 }
      if byte == UInt8(ascii: "\n"), !acrossLines { return nil }
      offset += byte == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") ? 2 : 1
    }
    return nil
  }
}
