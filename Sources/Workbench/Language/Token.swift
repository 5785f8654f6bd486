/// The smallest piece of source text that means something.
struct Token: Hashable, Sendable {
  /// What a token is.
  enum Kind: Hashable, Sendable {
    case end
    /// One or more line ends with the blank lines and comments between them.
    case newline
    case semicolon, comma, pipe, dot, dots
    /// A single `=`.
    case bind
    case leftParenthesis, rightParenthesis
    case leftBracket, rightBracket
    case leftBrace, rightBrace
    /// The opening quote alone: what a string holds is read by the parser.
    case doubleQuote, singleQuote
    case name
    /// `_` or `_7`
    case history
    /// Digits and the letters that touch them.
    case number
    /// All but `and` and `or`, which are names.
    case symbol(Operator)
    /// What stands nowhere in the language.
    case invalid
  }

  var kind: Kind
  var span: Span
  /// Whether a blank, a line end or the start of the text stands before.
  var followsBlank: Bool
}

extension UInt8 {
  var isDigit: Bool { (0x30...0x39).contains(self) }

  /// A letter of ASCII; names hold no others.
  var isLetter: Bool { (0x61...0x7A).contains(self | 0x20) }

  /// What can stand in a name after its first letter.
  var isWordByte: Bool { isLetter || isDigit || self == UInt8(ascii: "_") }

  /// A blank within a line.
  var isBlank: Bool {
    self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\r")
  }
}
