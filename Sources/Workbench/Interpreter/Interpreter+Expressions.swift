import Contract
import Kernel

extension Interpreter {
  /// The value of an expression.
  func evaluate(_ expression: Expression) throws(Diagnostic) -> Value {
    switch expression.form {
    case .number(let number): return typed(Content(number), number.text)
    case .truth(let value): return typed(.yesNo(value), value ? "yes" : "no")
    case .path(let text): return typed(.path(text), expression.canonical)
    case .string(let parts): return try evaluateString(parts)
    case .name(let word): return try evaluateName(word, expression.span)
    case .history(let number):
      if let value = session.result(number) { return value }
      throw diagnostic(
        .unknownValue,
        number.map { "there is no result `_\($0)`" } ?? "there is no result yet",
        at: expression.span)
    case .list(let elements): return try evaluateList(elements)
    case .range(let lower, let upper):
      let a = try evaluate(lower)
      let b = try evaluate(upper)
      let range = try placed(at: expression.span) { () throws(Failure) in
        try Content.range(from: a.content, to: b.content)
      }
      return Value(range, .range(a.provenance, b.provenance))
    case .negative(let inner):
      let value = try evaluate(inner)
      let content = try placed(at: expression.span) { () throws(Failure) in
        try value.content.negative()
      }
      return Value(content, .prefixed("-", value.provenance))
    case .not(let inner):
      let value = try evaluate(inner)
      let truth = try placed(at: inner.span) { () throws(Failure) in
        try value.content.truth(of: "not")
      }
      return Value(.yesNo(!truth), .prefixed("not ", value.provenance))
    case .binary(let sign, let left, let right):
      return try evaluateBinary(sign, left, right, expression.span)
    case .member(let owner, let name):
      let value = try evaluate(owner)
      let content = try placed(at: name.span) { () throws(Failure) in
        if let failure = value.content.lackOfMetric(name.text, lexicon) { throw failure }
        return try value.content.member(name.text)
      }
      return Value(content, .member(name.text, of: value.provenance))
    case .index(let owner, let position):
      return try evaluateIndex(owner, position)
    case .pipeline(let pipeline):
      let outcome = try evaluate(pipeline, targets: [])
      guard let value = packed(outcome.values, needsNetworks: false) else {
        throw diagnostic(
          .wrongKind, "this gives no value", at: expression.span,
          notes: ["inside a line only commands that give one can stand"])
      }
      return value
    }
  }

  private func typed(_ content: Content, _ text: String) -> Value {
    // The recipe is the value's own text, so that `50k` and `50000` name one stream.
    let canonical = content.sourceText ?? text
    return Value(
      content, Provenance(parts: [.text(text)], recipe: Recipe("typed", canonical)))
  }

  private func evaluateName(_ word: String, _ span: Span) throws(Diagnostic) -> Value {
    if let row, let column = row.table.column(named: word) {
      return Value(row.table.content(row: row.index, column: column), .typed(word))
    }
    if let value = session.value(named: word) { return value }
    if lexicon.command(word) != nil, row == nil {
      let call = Call(verb: Name(text: word, span: span), span: span)
      let outcome = try evaluate(call, piped: nil, targets: [])
      if let value = packed(outcome.values, needsNetworks: false) { return value }
      throw diagnostic(.wrongKind, "`\(word)` gives no value", at: span)
    }
    var failure = session.makeChecker(source).unknownValue(word)
    if let row {
      let names = row.table.columns.map(\.name)
      failure.notes = [
        nearest(word, among: names).map { "did you mean `\($0)`?" }
          ?? "columns: " + names.joined(separator: " ")
      ]
    }
    throw Diagnostic(failure, in: source, at: span)
  }

  private func evaluateString(_ parts: [StringPart]) throws(Diagnostic) -> Value {
    var text = ""
    var recipe = ["text"]
    var pieces: [Provenance.Part] = [.text("\"")]
    var isPlain = true
    for part in parts {
      switch part {
      case .text(let piece):
        text += piece
        recipe.append(piece)
        pieces.append(.text(String(Content.quoted(piece).dropFirst().dropLast())))
      case .expression(let inner):
        let value = try evaluate(inner)
        text += value.content.word ?? value.content.brief
        recipe.append(value.provenance.recipe.hex)
        pieces += [.text("{"), .value(value.provenance), .text("}")]
        isPlain = false
      }
    }
    if isPlain { return typed(.text(text), Content.quoted(text)) }
    pieces.append(.text("\""))
    return Value(.text(text), Provenance(parts: pieces, recipe: Recipe(parts: recipe)))
  }

  private func evaluateList(_ elements: [Expression]) throws(Diagnostic) -> Value {
    var values: [Value] = []
    for element in elements {
      if case .name(let word) = element.form, isSymbol(word, in: elements) {
        values.append(typed(.symbol(word), word))
      } else {
        values.append(try evaluate(element))
      }
    }
    return Value(.list(values), .list(values.map(\.provenance)))
  }

  /// Whether a word in a list stands for itself; the rule of `Checker.isSymbol`.
  private func isSymbol(_ word: String, in elements: [Expression]) -> Bool {
    guard session.value(named: word) == nil else { return false }
    if lexicon.method(word) != nil { return true }
    return elements.allSatisfy { element in
      guard case .name(let other) = element.form else { return true }
      return session.value(named: other) == nil
    }
  }

  private func evaluateBinary(
    _ sign: Operator, _ left: Expression, _ right: Expression, _ span: Span
  ) throws(Diagnostic) -> Value {
    let a = try evaluateSide(left, of: sign)
    if sign == .and || sign == .or {
      let first = try placed(at: left.span) { () throws(Failure) in
        try a.content.truth(of: sign.rawValue)
      }
      if first == (sign == .or) { return a }
      let b = try evaluate(right)
      let second = try placed(at: right.span) { () throws(Failure) in
        try b.content.truth(of: sign.rawValue)
      }
      return Value(.yesNo(second), .operation(sign, a.provenance, b.provenance))
    }
    let b = try evaluateSide(right, of: sign)
    let content = try placed(at: span) { () throws(Failure) in
      try sign.applied(a.content, b.content)
    }
    return Value(content, .operation(sign, a.provenance, b.provenance))
  }

  /// A side of a comparison may be a method's id: `where t (method == fd)`.
  func evaluateSide(_ side: Expression, of sign: Operator) throws(Diagnostic) -> Value {
    if sign == .equal || sign == .unequal, case .name(let word) = side.form,
      row?.table.column(named: word) == nil, session.value(named: word) == nil,
      lexicon.method(word) != nil
    {
      return typed(.symbol(word), word)
    }
    return try evaluate(side)
  }

  private func evaluateIndex(
    _ owner: Expression, _ position: Expression
  ) throws(Diagnostic) -> Value {
    let value = try evaluate(owner)
    let index = try evaluate(position)
    let content = try placed(at: position.span) { () throws(Failure) in
      try value.content.element(at: index.content)
    }
    if case .list(let values) = value.content, case .integer(let place) = index.content {
      // An element of a list keeps the provenance that it brought.
      return values[place > 0 ? place - 1 : values.count + place]
    }
    guard case .integer(let place) = index.content, place > 0 else {
      return Value(content, .index(value.provenance, index.provenance))
    }
    return Value(content, value.provenance.element(place - 1))
  }
}
