import Contract
import Kernel

extension Checker {
  /// What is known of an expression's value; reports what is wrong in it.
  mutating func infer(_ expression: Expression) -> StaticValue {
    switch expression.form {
    case .number(let number): return StaticValue(content: Content(number))
    case .truth(let value): return StaticValue(content: .yesNo(value))
    case .path(let text): return StaticValue(content: .path(text))
    case .string(let parts): return inferString(parts)
    case .name(let word):
      if let value = names[word] { return value }
      if let command = bareCommand(word) { return inferBare(command, expression.span) }
      report(unknownValue(word), at: expression.span)
      return .unknown
    case .history(let number): return inferHistory(number, expression.span)
    case .list(let elements): return inferList(elements)
    case .range(let lower, let upper): return inferRange(lower, upper, expression.span)
    case .negative(let inner): return inferNegative(inner, expression.span)
    case .not(let inner):
      requireTruth(infer(inner), "not", inner.span)
      return StaticValue(kind: .yesNo)
    case .binary(let sign, let left, let right):
      return inferBinary(sign, left, right, expression.span)
    case .member(let value, let name):
      if let failure = unquotedFile(value, name) {
        report(failure, at: expression.span)
        return .unknown
      }
      return inferMember(infer(value), name)
    case .index(let value, let position): return inferIndex(value, position)
    case .pipeline(let pipeline):
      guard let values = infer(pipeline) else { return .unknown }
      guard let value = Self.packed(values) else {
        report(
          .wrongKind, "this gives no value", at: expression.span,
          notes: ["inside a line only commands that give one can stand"])
        return .unknown
      }
      return value
    }
  }

  /// The failure of a file's name that stands without quotes where a value is expected.
  private func unquotedFile(_ value: Expression, _ ending: Name) -> Failure? {
    guard case .name(let word) = value.form, names[word] == nil, bareCommand(word) == nil else {
      return nil
    }
    let endings = [
      "h5", "hdf5", "npz", "npy", "safetensors", "pt", "pth", "json", "csv", "gz", "basin",
    ]
    guard endings.contains(ending.text.lowercased()) else { return nil }
    return Failure(
      .unknownValue, "there is no value `\(word)`",
      notes: ["a file's name stands in quotes here: '\(word).\(ending.text)'"])
  }

  /// A command that may stand alone as a word: one that needs nothing.
  private func bareCommand(_ word: String) -> Command? {
    lexicon.command(word).flatMap { command in
      command.positional.contains(where: \.isRequired) || command.rest != nil ? nil : command
    }
  }

  private mutating func inferBare(_ command: Command, _ span: Span) -> StaticValue {
    let call = Call(verb: Name(text: command.verb, span: span), span: span)
    return infer(call, piped: nil).flatMap { Self.packed($0) } ?? .unknown
  }

  private mutating func inferString(_ parts: [StringPart]) -> StaticValue {
    var text: String? = ""
    for part in parts {
      switch part {
      case .text(let piece): text? += piece
      case .expression(let inner):
        let value = infer(inner)
        if let known = value.content { text? += known.brief } else { text = nil }
      }
    }
    return StaticValue(kind: .text, content: text.map { .text($0) })
  }

  private mutating func inferHistory(_ number: Int?, _ span: Span) -> StaticValue {
    if number == nil {
      if let lastResult { return lastResult }
      report(.unknownValue, "there is no result yet", at: span)
    }
    // Which number a line of a script will have depends on what happens before it.
    return .unknown
  }

  private mutating func inferList(_ elements: [Expression]) -> StaticValue {
    let values = elements.map { element -> StaticValue in
      if case .name(let word) = element.form, isSymbol(word, in: elements) {
        return StaticValue(content: .symbol(word))
      }
      return infer(element)
    }
    let kinds = Set(values.map(\.kind))
    let elementKind = kinds.count == 1 ? kinds.first ?? nil : nil
    var content: Content?
    let known = values.compactMap(\.content)
    if known.count == values.count {
      content = .list(known.map { Value($0, .typed($0.sourceText ?? "")) })
    }
    return StaticValue(
      kind: .list, content: content, elementKind: elementKind, count: values.count)
  }

  /// Whether a word in a list stands for itself: it is no value, and a method or one of only
  /// such words.
  func isSymbol(_ word: String, in elements: [Expression]) -> Bool {
    guard names[word] == nil else { return false }
    if lexicon.method(word) != nil { return true }
    return elements.allSatisfy { element in
      guard case .name(let other) = element.form else { return true }
      return names[other] == nil
    }
  }

  private mutating func inferRange(
    _ lower: Expression, _ upper: Expression, _ span: Span
  ) -> StaticValue {
    let ends = (infer(lower), infer(upper))
    requireNumber(ends.0, "a range", lower.span)
    requireNumber(ends.1, "a range", upper.span)
    guard let a = ends.0.content, let b = ends.1.content else { return StaticValue(kind: .range) }
    do throws(Failure) { return StaticValue(content: try .range(from: a, to: b)) } catch {
      return StaticValue(kind: .range)
    }
  }

  private mutating func inferNegative(_ inner: Expression, _ span: Span) -> StaticValue {
    let value = infer(inner)
    guard let content = value.content else {
      requireNumber(value, "`-`", inner.span)
      return StaticValue(kind: value.kind)
    }
    do throws(Failure) { return StaticValue(content: try content.negative()) } catch {
      report(error, at: span)
      return .unknown
    }
  }

  private mutating func inferBinary(
    _ sign: Operator, _ left: Expression, _ right: Expression, _ span: Span
  ) -> StaticValue {
    let sides = (inferSide(left, of: sign), inferSide(right, of: sign))
    if sign == .and || sign == .or {
      requireTruth(sides.0, sign.rawValue, left.span)
      requireTruth(sides.1, sign.rawValue, right.span)
      return StaticValue(kind: .yesNo)
    }
    if let a = sides.0.content, let b = sides.1.content {
      do throws(Failure) { return StaticValue(content: try sign.applied(a, b)) } catch {
        report(error, at: span)
        return StaticValue(kind: sign.isComparison ? .yesNo : nil)
      }
    }
    let isOrdering = ![.equal, .unequal, .plus].contains(sign)
    if isOrdering {
      for (side, place) in [(sides.0, left.span), (sides.1, right.span)] {
        guard let kind = side.kind, side.isNumber == false else { continue }
        let isText = [.text, .symbol, .path].contains(kind)
        if isText, sign.isComparison, sign != .near { continue }
        report(
          .wrongKind, "`\(sign.rawValue)` does not go with \(kind.article)", at: place)
      }
    }
    return StaticValue(kind: sign.isComparison ? .yesNo : nil)
  }

  /// A side of a comparison may be a method's id: `where t (method == fd)`.
  private mutating func inferSide(_ side: Expression, of sign: Operator) -> StaticValue {
    if sign == .equal || sign == .unequal, case .name(let word) = side.form, names[word] == nil,
      lexicon.method(word) != nil
    {
      return StaticValue(content: .symbol(word))
    }
    return infer(side)
  }

  private mutating func requireTruth(_ value: StaticValue, _ sign: String, _ span: Span) {
    if let kind = value.kind, kind != .yesNo {
      report(.wrongKind, "`\(sign)` needs yes or no; this is \(kind.article)", at: span)
    }
  }

  private mutating func inferMember(_ value: StaticValue, _ name: Name) -> StaticValue {
    if value.kind == .table {
      if let columns = value.columns, !columns.contains(name.text),
        Member.member(name.text, of: .table) == nil
      {
        report(Content.unknownMember(name.text, of: .table, names: columns), at: name.span)
      }
      // What a column holds is known only when it is there.
      return .unknown
    }
    guard let kind = value.kind else { return .unknown }
    if value.metricParts?.contains(name.text) ?? lexicon.isMetricPart(name.text),
      [.score, .curve, .barrier].contains(kind)
    {
      return StaticValue(kind: kind == .curve ? .list : .real)
    }
    guard let member = Member.member(name.text, of: kind) else {
      let names = Member.members(of: kind).map(\.name)
      report(Content.unknownMember(name.text, of: kind, names: names), at: name.span)
      return .unknown
    }
    return StaticValue(kind: member.kind, identity: value.identity.map { "\($0).\(name.text)" })
  }

  private mutating func inferIndex(_ value: Expression, _ position: Expression) -> StaticValue {
    let owner = infer(value)
    let index = infer(position)
    if let kind = index.kind, kind != .integer {
      report(.wrongKind, "an index is an int from 1; this is \(kind.article)", at: position.span)
    }
    if let kind = owner.kind, ![.list, .networks, .permutations, .table, .range].contains(kind) {
      report(.wrongKind, "\(kind.article) cannot be indexed", at: value.span)
      return .unknown
    }
    var identity: String?
    if case .integer(let place)? = index.content {
      if let count = owner.count, place == 0 || abs(place) > count {
        report(
          .outOfRange, "there is no number \(place) here; it has 1..\(count)", at: position.span)
      }
      let fromStart = place < 0 ? owner.count.map { $0 + place + 1 } : place
      if let fromStart { identity = owner.identity.map { "\($0)[\(fromStart)]" } }
    }
    switch owner.kind {
    case .networks?: return StaticValue(kind: .network, identity: identity)
    case .permutations?: return StaticValue(kind: .permutations)
    case .table?: return StaticValue(kind: .table)
    case .range?: return StaticValue(kind: .integer)
    default: return StaticValue(kind: owner.elementKind, identity: identity)
    }
  }
}
