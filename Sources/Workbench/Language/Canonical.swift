// One text for each tree: what journals and provenance hold.
//
// The text is legal source that parses to the same tree. Blanks, comments, receipts, kinds of
// quotes and needless parentheses of the original are gone; numbers keep their digits and units.

extension Script {
  /// The statements, one after the other, without comments and receipts.
  var canonical: String { statements.map { $0.canonical + "\n" }.joined() }
}

extension Statement {
  /// The one text for the statement, without receipts.
  var canonical: String { text(indented: "") }

  fileprivate func text(indented indent: String) -> String {
    switch kind {
    case .assignment(let names, let pipeline):
      let value = pipeline.text(indented: indent)
      return names.isEmpty
        ? value : names.map(\.text).joined(separator: ", ") + " = " + value
    case .loop(let variable, let over, let body):
      return "for \(variable.text) in \(over.operandText(indent)) \(body.text(indented: indent))"
    case .expect(let condition, let tolerance, let label):
      let text = condition.text(indent)
      // A value may be called `fails`, but not right after `expect`.
      var line = text.hasPrefix("fails") ? "expect (\(text))" : "expect \(text)"
      if let tolerance { line += " within \(tolerance.text(indent))" }
      if let label { line += " \(label.text(indent))" }
      return line
    case .expectFails(let code, let body):
      let code = code.map { "\($0.text) " } ?? ""
      return "expect fails \(code)\(body.text(indented: indent))"
    case .parameter(let name, let value, let range, let help):
      var line = "param \(name.text) = \(value.operandText(indent))"
      if let range { line += " in \(range.operandText(indent))" }
      if let help { line += " \(help.text(indent))" }
      return line
    }
  }

  /// Whether a block stands in the statement, so that it takes lines of its own.
  fileprivate var hasBlock: Bool {
    switch kind {
    case .assignment(_, let pipeline): pipeline.hasBlock
    case .expect, .parameter: false
    case .loop, .expectFails: true
    }
  }
}

extension Block {
  /// One statement stands between the braces, several on lines of their own.
  fileprivate func text(indented indent: String) -> String {
    guard let first = statements.first else { return "{}" }
    if statements.count == 1, !first.hasBlock { return "{ \(first.text(indented: indent)) }" }
    let inner = indent + "  "
    let lines = statements.map { inner + $0.text(indented: inner) + "\n" }
    return "{\n" + lines.joined() + indent + "}"
  }
}

extension Pipeline {
  /// The one text for the pipeline.
  var canonical: String { text(indented: "") }

  fileprivate func text(indented indent: String) -> String {
    let head =
      switch first {
      case .call(let call): call.text(indented: indent)
      case .expression(let expression): expression.text(indent)
      }
    return ([head] + rest.map { $0.text(indented: indent) }).joined(separator: " |> ")
  }

  fileprivate var hasBlock: Bool {
    if case .call(let call) = first, call.block != nil { return true }
    return rest.contains { $0.block != nil }
  }
}

extension Call {
  /// The one text for the call.
  var canonical: String { text(indented: "") }

  fileprivate func text(indented indent: String) -> String {
    var text = verb.text
    if !variables.isEmpty {
      let parts = variables.map { "\($0.variable.text) in \($0.values.operandText(indent))" }
      text += " " + parts.joined(separator: ", ")
    }
    for argument in arguments {
      let name = argument.name.map { "\($0.text)=" } ?? ""
      text += " " + name + argument.value.operandText(indent)
    }
    if let block { text += " " + block.text(indented: indent) }
    return text
  }
}

// MARK: - Expressions

extension Expression {
  /// The one text for the expression.
  var canonical: String { text("") }

  /// How tightly the parts of an expression hold together, on the scale of
  /// `Operator.precedence`.
  private enum Tightness {
    static let not = 3
    static let negative = 7
    static let range = 9
    static let postfix = 10
  }

  private var tightness: Int {
    switch form {
    case .binary(let sign, _, _): sign.precedence
    case .not: Tightness.not
    case .negative: Tightness.negative
    case .range: Tightness.range
    default: Tightness.postfix
    }
  }

  /// The text where whatever holds less tightly than `minimum` stands in parentheses.
  fileprivate func text(_ indent: String, _ minimum: Int = 0) -> String {
    let plain = plainText(indent)
    return tightness < minimum ? "(\(plain))" : plain
  }

  /// The text as an argument, where operators stand in parentheses.
  fileprivate func operandText(_ indent: String) -> String {
    if case .negative(let inner) = form, inner.tightness == Tightness.postfix {
      return plainText(indent)
    }
    return text(indent, Tightness.range)
  }

  private func negated(_ inner: Expression, _ indent: String) -> String {
    switch inner.form {
    // Several signs stand side by side: parentheses would nest as deep as there are signs.
    case .negative: return "-" + inner.plainText(indent)
    // A range would take the sign for its lower end.
    case .range: return "-(\(inner.plainText(indent)))"
    default: return "-" + inner.text(indent, Operator.power.precedence)
    }
  }

  private func plainText(_ indent: String) -> String {
    switch form {
    case .number(let number): number.text
    case .string(let parts): Self.quoted(parts, indent)
    case .path(let text): Self.isPlainPath(text) ? text : Self.quoted([.text(text)], indent)
    case .name(let name): name
    case .history(let number): "_" + (number.map(String.init) ?? "")
    case .truth(let isTrue): isTrue ? "yes" : "no"
    case .list(let elements):
      "[" + elements.map { $0.text(indent) }.joined(separator: ", ") + "]"
    case .range(let lower, let upper):
      lower.boundText(indent) + ".." + upper.boundText(indent)
    case .negative(let inner):
      negated(inner, indent)
    case .not(let inner): "not " + inner.text(indent, Tightness.not)
    case .binary(let sign, let left, let right): binaryText(sign, left, right, indent)
    case .member(let value, let name): value.text(indent, Tightness.postfix) + ".\(name.text)"
    case .index(let value, let position):
      value.text(indent, Tightness.postfix) + "[\(position.text(indent))]"
    case .pipeline(let pipeline): "(\(pipeline.text(indented: indent)))"
    }
  }

  private func binaryText(
    _ sign: Operator, _ left: Expression, _ right: Expression, _ indent: String
  ) -> String {
    let leftText: String
    let rightText: String
    if sign == .power {
      leftText = left.text(indent, Tightness.postfix)
      rightText = right.text(indent, Tightness.negative)
    } else {
      leftText = left.text(indent, sign.precedence + (sign.isComparison ? 1 : 0))
      rightText = right.text(indent, sign.precedence + 1)
    }
    return "\(leftText) \(sign.rawValue) \(rightText)"
  }

  private func boundText(_ indent: String) -> String {
    if case .negative(let inner) = form, inner.tightness == Tightness.postfix {
      return plainText(indent)
    }
    return text(indent, Tightness.postfix)
  }

  /// In double quotes, whatever the original stood in.
  private static func quoted(_ parts: [StringPart], _ indent: String) -> String {
    var text = "\""
    for part in parts {
      switch part {
      case .text(let piece): text += escaped(piece)
      case .expression(let expression): text += "{\(expression.text(indent))}"
      }
    }
    return text + "\""
  }

  private static func escaped(_ text: String) -> String {
    var escaped = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\", "{": escaped.append("\\")
      case "\n", "\r", "\t":
        escaped.append("\\")
        escaped.append(scalar == "\n" ? "n" : scalar == "\r" ? "r" : "t")
        continue
      default: break
      }
      escaped.append(scalar)
    }
    return String(escaped)
  }

  /// Whether a path reads as itself without quotes, wherever paths stand.
  private static func isPlainPath(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    let scanner = Scanner(bytes: bytes)
    guard let first = bytes.first, scanner.textSpan(from: 0).upper == bytes.count,
      scanner.firstUnreadable(in: Span(0, bytes.count)) == nil
    else { return false }
    let word = scanner.wordEnd(0)
    switch first {
    case UInt8(ascii: "/"), UInt8(ascii: "-"): return bytes.count > 1
    case UInt8(ascii: "."), UInt8(ascii: "_"): return true
    case UInt8(ascii: "~"): return scanner.byte(at: 1) != UInt8(ascii: "=")
    // `a=b` would be an argument named `a`.
    case _ where word > 0: return scanner.byte(at: word) != UInt8(ascii: "=")
    default: return first.isDigit || first >= 0x80
    }
  }
}
