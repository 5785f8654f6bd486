import Kernel

extension Parser {
  /// Stages joined by `|>`.
  mutating func pipeline() throws(Fault) -> Pipeline {
    let first = try stage()
    var span =
      switch first {
      case .call(let call): call.span
      case .expression(let expression): expression.span
      }
    var rest: [Call] = []
    while peek().kind == .pipe {
      advanceAcrossLines()
      guard let word = peekWord(), !Self.reservedWords.contains(word) else {
        throw unexpected("a command after `|>`")
      }
      var above = height
      rest.append(try call(isPiped: true, above: &above))
      height = above
    }
    if let last = rest.last { span = span.joined(with: last.span) }
    return Pipeline(first: first, rest: rest, span: span)
  }

  private mutating func stage() throws(Fault) -> Stage {
    if peek().kind == .pipe {
      throw misplaced(
        peek(), "`|>` needs a value on its left",
        notes: ["`_ |> plot` takes the last result"])
    }
    guard let word = peekWord(), isCall(word, peek()) else {
      return .expression(try expression())
    }
    var above = 0
    let call = try call(isPiped: false, above: &above)
    height = above
    return .call(call)
  }

  /// Whether the word that begins a stage is its verb.
  ///
  /// A word that is no command is a verb too where a value follows it: that there is no such
  /// command is said by who knows which there are.
  private func isCall(_ word: String, _ token: Token) -> Bool {
    if Self.reservedWords.contains(word) { return false }
    let isVerb = vocabulary.isVerb(word)
    let end = token.span.upper
    let next = scanner.afterBlanks(end, newlines: !newlinesMatter)
    let (byte, following) = (scanner.byte(at: next), scanner.byte(at: next + 1))
    let isApart = next > end
    let isFollowedByBlank = following.isBlank || following == UInt8(ascii: "\n")
    let readsText =
      isVerb ? vocabulary.readsText(verb: word, position: 0, after: []) : true
    switch byte {
    case UInt8(ascii: "="), UInt8(ascii: ","), UInt8(ascii: "<"), UInt8(ascii: ">"),
      UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "^"):
      return false
    case UInt8(ascii: "!"), UInt8(ascii: "~"):
      return following != UInt8(ascii: "=") && isVerb
    case UInt8(ascii: "."):
      // `load ../a.h5` against `x.networks`.
      return readsText && isApart
    case UInt8(ascii: "/"):
      // `load /data/a.h5` against `x / y`.
      return readsText && isApart && !isFollowedByBlank
    case UInt8(ascii: "-"):
      return isVerb && isApart && !isFollowedByBlank
    case UInt8(ascii: "["):
      return isApart
    case UInt8(ascii: "("), UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "{"),
      UInt8(ascii: "_"):
      return true
    default:
      guard byte.isLetter || byte.isDigit else { return isVerb }
      let isOperator = ["and", "or", "within", "in"].contains { scanner.hasWord($0, at: next) }
      return isOperator ? isVerb && readsText : true
    }
  }

  /// A verb, its arguments and its block.
  ///
  /// - Parameter above: raised to the height of the highest argument, and one.
  private mutating func call(isPiped: Bool, above: inout Int) throws(Fault) -> Call {
    let token = advance()
    var call = Call(
      verb: Name(text: scanner.text(token.span), span: token.span), span: token.span)
    let firstPosition = isPiped ? 1 : 0
    var position = firstPosition
    while !endsArguments(peek().kind) {
      if peek().kind == .leftBrace {
        let block = try block()
        call.block = block
        above = max(above, height + 1)
        break
      }
      try requireBlank()
      if isVariation(of: call, from: firstPosition) {
        try variations(of: &call)
      } else {
        let argument = try argument(of: call, at: position)
        if argument.name == nil { position += 1 }
        call.arguments.append(argument)
      }
      above = max(above, height + 1)
      if !readsText(call, at: position) { try requireNoOperator() }
    }
    call.span.upper = consumedUpTo
    return call
  }

  private func endsArguments(_ kind: Token.Kind) -> Bool {
    switch kind {
    case .end, .newline, .semicolon, .pipe, .rightParenthesis, .rightBracket, .rightBrace: true
    default: false
    }
  }

  /// `barrier(a, b)` is how others write it, and `my-net` two arguments to the eye of nobody.
  private mutating func requireBlank() throws(Fault) {
    let token = peek()
    guard !token.followsBlank else { return }
    switch token.kind {
    case .leftParenthesis:
      throw misplaced(
        token, "expected a blank before `(`",
        notes: ["arguments follow a command without commas: `barrier a b data=test`"])
    case .symbol(.minus):
      throw misplaced(
        token, "expected a blank before `-`",
        notes: ["names hold `_`, never `-`; arithmetic stands in parentheses"])
    case .comma:
      throw unexpected("the next argument", notes: ["arguments stand apart by blanks alone"])
    case .bind:
      throw unexpected("a blank", notes: ["a name can be bound with `=` at the start of a line"])
    default:
      throw unexpected("a blank before the next argument")
    }
  }

  /// Arguments are operands: anything with an operator in it stands in parentheses.
  private mutating func requireNoOperator() throws(Fault) {
    let token = peek()
    let word = peekWord()
    switch token.kind {
    case .symbol(.minus) where !scanner.byte(at: token.span.upper).isBlank: return
    case .symbol: break
    case .name where word == "and" || word == "or": break
    default: return
    }
    let note =
      token.kind == .symbol(.over)
      ? "a path stands in quotes here, a division in parentheses"
      : "a call or an argument with an operator stands in parentheses"
    throw misplaced(token, "expected the next argument, got \(describe(token))", notes: [note])
  }
}

// MARK: - Arguments

extension Parser {
  private mutating func argument(of call: Call, at position: Int) throws(Fault) -> Argument {
    let token = peek()
    if token.kind == .name, scanner.byte(at: token.span.upper) == UInt8(ascii: "="),
      scanner.byte(at: token.span.upper + 1) != UInt8(ascii: "=")
    {
      return try namedArgument(of: call)
    }
    let value: Expression
    if readsText(call, at: position) {
      value = try textOrOperand()
    } else {
      if token.kind == .name { try requireNoBlankBeforeBind(token, of: call) }
      value = try operand()
    }
    return Argument(name: nil, value: value, span: value.span)
  }

  /// Whether what stands next is read as source text, if it is a positional argument.
  private mutating func readsText(_ call: Call, at position: Int) -> Bool {
    vocabulary.readsText(verb: call.verb.text, position: position, after: call.arguments)
      || isTextOfUnknownVerb(call)
  }

  private mutating func namedArgument(of call: Call) throws(Fault) -> Argument {
    let token = advance()
    let name = Name(text: scanner.text(token.span), span: token.span)
    let bind = advance()
    let value = peek()
    guard !value.followsBlank, value.kind != .newline, value.kind != .end else {
      throw Fault(
        failure: Failure(
          .unexpectedToken, "expected a value right after `\(shortened(name.span))=`",
          notes: ["no blanks around the `=` of an argument"]),
        span: token.span.joined(with: bind.span), position: bind.span.upper)
    }
    let readsText = vocabulary.readsText(
      verb: call.verb.text, keyword: name.text, after: call.arguments)
    let expression =
      readsText || isTextOfUnknownVerb(call) ? try textOrOperand() : try operand()
    return Argument(name: name, value: expression, span: token.span.joined(with: expression.span))
  }

  private func requireNoBlankBeforeBind(_ token: Token, of call: Call) throws(Fault) {
    let after = scanner.afterBlanks(token.span.upper)
    guard after > token.span.upper, scanner.byte(at: after) == UInt8(ascii: "="),
      scanner.byte(at: after + 1) != UInt8(ascii: "=")
    else { return }
    let note =
      vocabulary.isVerb(call.verb.text)
      ? "write `\(shortened(token.span))=` and the value without a blank"
      : "commas stand between names: `a, b = split t`"
    throw Fault(
      failure: Failure(
        .unexpectedToken, "no blanks around the `=` of an argument", notes: [note]),
      span: Span(after, after + 1), position: after)
  }

  /// Whether the verb exists nowhere and a path seems to follow: the error to show is the verb.
  private mutating func isTextOfUnknownVerb(_ call: Call) -> Bool {
    guard !vocabulary.isVerb(call.verb.text) else { return false }
    let text = scanner.textSpan(from: peek().span.lower)
    return scanner.bytes[text.lower..<text.upper].contains(UInt8(ascii: "/"))
  }

  /// Whether `NAME in` stands next, where the verb does not begin with any text.
  private mutating func isVariation(of call: Call, from position: Int) -> Bool {
    let token = peek()
    let next = scanner.afterBlanks(token.span.upper, newlines: !newlinesMatter)
    guard token.kind == .name, scanner.hasWord("in", at: next) else { return false }
    // `save train in/d.npz` names a folder.
    let following = scanner.byte(at: next + 2)
    if following == UInt8(ascii: "/") || following == UInt8(ascii: ".") { return false }
    return !vocabulary.readsText(verb: call.verb.text, position: position, after: [])
  }

  /// Reads `width in [32, 128], m in methods`.
  private mutating func variations(of call: inout Call) throws(Fault) {
    var above = 0
    while true {
      guard let word = peekWord(), !Self.reservedWords.contains(word) else {
        throw unexpected("a name")
      }
      let name = Name(text: word, span: advance().span)
      try requireWord("in")
      let values = try operand()
      above = max(above, height)
      call.variables.append(
        Variation(variable: name, values: values, span: name.span.joined(with: values.span)))
      guard peek().kind == .comma else { break }
      advanceAcrossLines()
    }
    height = above
  }
}

// MARK: - Source text as a value

extension Parser {
  /// A path as typed, or a string, a list of paths, or a value in parentheses.
  ///
  /// The parentheses are kept in the tree: `load (f)` takes the value `f`, `load f` the file.
  private mutating func textOrOperand() throws(Fault) -> Expression {
    let token = peek()
    switch token.kind {
    case .doubleQuote, .singleQuote: return try string()
    case .leftParenthesis: return try postfix(keepsParentheses: true)
    case .leftBracket:
      return try list { parser throws(Fault) in try parser.textOrOperand() }
    default: break
    }
    let span = scanner.textSpan(from: token.span.lower)
    guard span.upper > span.lower else { throw unexpected("a path") }
    if let wrong = scanner.firstUnreadable(in: span) {
      resume(at: wrong)
      throw unexpected("a path")
    }
    resume(at: span.upper)
    height = 0
    return Expression(.path(scanner.text(span)), span)
  }
}

extension Scanner {
  /// What ends source text that is read as a value; so does `|>`.
  static let textEnds = Array(" \t\r\n,;#\"'()[]{}".utf8)

  /// The source text from `offset` to the first byte that cannot belong to it.
  func textSpan(from offset: Int) -> Span {
    var upper = offset
    while upper < bytes.count, !Self.textEnds.contains(bytes[upper]) {
      if bytes[upper] == UInt8(ascii: "|"), byte(at: upper + 1) == UInt8(ascii: ">") { break }
      upper += 1
    }
    return Span(offset, upper)
  }

  /// The first byte in a span that is a control character or no UTF-8.
  func firstUnreadable(in span: Span) -> Int? {
    var offset = span.lower
    while offset < span.upper {
      if bytes[offset] < 0x20 || bytes[offset] == 0x7F { return offset }
      guard bytes[offset] >= 0x80 else {
        offset += 1
        continue
      }
      guard let length = Self.scalarLength(bytes[offset..<span.upper]) else { return offset }
      offset += length
    }
    return nil
  }
}
