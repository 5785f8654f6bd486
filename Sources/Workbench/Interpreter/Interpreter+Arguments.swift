import Contract
import Kernel

extension Interpreter {
  /// The values of a call's arguments, checked, with defaults filled in.
  func resolve(_ call: MatchedCall, piped: Value?) throws(Diagnostic) -> ResolvedCall {
    let command = call.command
    var resolved = ResolvedCall(command: command)
    var values: [String: Value] = [:]
    for slot in call.slots {
      switch slot.parameter.kind {
      // Where a search begins is read last: its words are the method's.
      case .rowExpression, .start: continue
      default: break
      }
      values[slot.parameter.name] = try value(of: slot.source, in: call, piped, slot.parameter)
      resolved.given.insert(slot.parameter.name)
    }
    for slot in call.slots {
      guard case .start = slot.parameter.kind else { continue }
      let parameter = slot.parameter.beside(values.values.compactMap(\.content.methodCard))
      values[slot.parameter.name] = try value(of: slot.source, in: call, piped, parameter)
      resolved.given.insert(slot.parameter.name)
    }
    if case .ofMethod(let name) = command.extraKeywords {
      try resolveMethod(name, of: call, &values, &resolved)
    } else if case .any(let parameter) = command.extraKeywords {
      for argument in call.extra {
        guard let name = argument.name else { continue }
        let value = try evaluate(argument.value, for: parameter.named(name.text))
        resolved.extra.append((name.text, value))
      }
    }
    if case .sweep = command.role { try resolveVariables(of: call.call, &resolved) }
    try addInOrder(call, piped, values, &resolved)
    if case .sweep = command.role { resolveBody(of: call.call, &resolved) }
    if let method = resolved.method { resolved.appendGiven(of: method) }
    for extra in resolved.extra {
      resolved.parts += [.text(" \(extra.name)="), .value(extra.value.provenance)]
      resolved.recipeParts += [extra.name, extra.value.provenance.recipe.hex]
    }
    return resolved
  }

  /// Goes through the command's table once, so that text and recipe do not depend on the order in
  /// which arguments were written.
  private func addInOrder(
    _ call: MatchedCall, _ piped: Value?, _ values: [String: Value],
    _ resolved: inout ResolvedCall
  ) throws(Diagnostic) {
    let command = call.command
    for parameter in command.positional {
      try add(parameter, isPositional: true, call, values, &resolved)
    }
    if let rest = command.rest {
      for source in call.rest {
        let value = try value(of: source, in: call, piped, rest.parameter)
        resolved.rest.append(value)
        resolved.appendPositional(rest.parameter, value)
      }
      try checkRest(call, resolved)
    }
    let words = command.positional.compactMap { resolved.arguments[$0.name]?.content.plainText }
    for parameter in command.keywords {
      try add(
        command.standing(parameter, beside: words), isPositional: false, call, values, &resolved)
    }
  }

  private func add(
    _ parameter: Parameter, isPositional: Bool, _ call: MatchedCall, _ values: [String: Value],
    _ resolved: inout ResolvedCall
  ) throws(Diagnostic) {
    if case .rowExpression = parameter.kind {
      guard case .written(let expression)? = call.source(of: parameter.name) else { return }
      try addRowExpression(parameter, expression, values, &resolved)
    } else if let value = values[parameter.name] {
      resolved.arguments[parameter.name] = value
      if case .method(let method) = value.content,
        case .ofMethod(parameter.name) =
          call.command.extraKeywords
      {
        resolved.appendMethod(parameter, method)
      } else if isPositional {
        resolved.appendPositional(parameter, value)
      } else {
        resolved.appendKeyword(parameter, value)
      }
    } else if let content = session.settings.defaults[parameter.name] {
      let value = try placed(at: call.call.verb.span) { () throws(Failure) in
        try Value(content, .typed(content.sourceText ?? "")).accepted(by: parameter)
      }
      resolved.arguments[parameter.name] = value
      resolved.appendKeyword(parameter, value)
    } else if let text = parameter.defaultText {
      if let value = try defaultValue(parameter, text, at: call.call.verb.span) {
        resolved.arguments[parameter.name] = value
      }
      resolved.noteDefault(parameter, text)
    }
  }

  private func defaultValue(
    _ parameter: Parameter, _ text: String, at span: Span
  ) throws(Diagnostic) -> Value? {
    if case .method = parameter.kind, let plugin = lexicon.method(text) {
      return Value(.method(ConfiguredMethod(plugin)), .typed(text))
    }
    return parameter.defaultContent.map { Value($0, .typed(text)) }
  }

  // MARK: - One argument

  private func value(
    of source: MatchedCall.Source, in call: MatchedCall, _ piped: Value?, _ parameter: Parameter
  ) throws(Diagnostic) -> Value {
    switch source {
    case .written(let expression): return try evaluate(expression, for: parameter)
    case .piped:
      guard let piped else { preconditionFailure("a piped argument without a value") }
      return try fitted(piped, to: parameter, at: call.span(of: source))
    }
  }

  /// The value of an argument, by the rules of its parameter for bare words.
  func evaluate(
    _ expression: Expression, for parameter: Parameter
  ) throws(Diagnostic) -> Value {
    if let one = parameter.ofOneWord, case .list(let elements) = expression.form, !elements.isEmpty
    {
      var words: [Value] = []
      for element in elements { words.append(try evaluate(element, for: one)) }
      let list = Value(.list(words), .list(words.map(\.provenance)))
      return try fitted(list, to: parameter, at: expression.span)
    }
    guard case .name(let word) = expression.form, isBareWord(word, for: parameter) else {
      return try fitted(evaluate(expression), to: parameter, at: expression.span)
    }
    return try fitted(
      Value(.symbol(word), .typed(word)), to: parameter, at: expression.span)
  }

  /// Whether a word stands for itself; the rule of `Checker.isBareWord`.
  private func isBareWord(_ word: String, for parameter: Parameter) -> Bool {
    if parameter.kind.namesColumns { return true }
    guard session.value(named: word) == nil, row?.table.column(named: word) == nil else {
      return false
    }
    return parameter.kind.takesBareWords || parameter.words.contains(word)
  }

  private func fitted(
    _ value: Value, to parameter: Parameter, at span: Span
  ) throws(Diagnostic) -> Value {
    var value = value
    switch parameter.kind {
    case .method, .start:
      if let word = value.content.word, !parameter.words.contains(word) {
        guard let plugin = lexicon.method(word) else {
          let failure = session.makeChecker(source).noMethod(word, for: parameter)
          throw Diagnostic(failure, in: source, at: span)
        }
        value = Value(.method(ConfiguredMethod(plugin)), .typed(word))
      }
    default: break
    }
    return try placed(at: span) { () throws(Failure) in
      let accepted = try value.accepted(by: parameter)
      if let failure = lexicon.failure(ofWordsIn: accepted.content, for: parameter) {
        throw failure
      }
      return accepted
    }
  }

  /// Counts networks and looks for the same one twice, now that all are there.
  private func checkRest(_ call: MatchedCall, _ resolved: ResolvedCall) throws(Diagnostic) {
    guard let rest = call.command.rest, let first = call.rest.first else { return }
    var seen: [String: String?] = [:]
    for (argument, value) in zip(call.rest, resolved.rest) where rest.isDistinct {
      let identity = value.provenance.recipe.hex
      if let first = seen[identity] {
        throw Diagnostic(
          .givenTwice(argument.text, as: first), in: source, at: call.span(of: argument))
      }
      seen[identity] = argument.text
    }
    guard rest.parameter.takesNetworks else { return }
    let count = resolved.rest.reduce(0) { $0 + $1.content.networkCount }
    var limits = rest.count
    if let method = resolved.method { limits = limits.clamped(to: method.card.networkCount) }
    guard !limits.contains(count) else { return }
    let owner = resolved.method.map { "`\($0.id)`" } ?? "`\(call.command.verb)`"
    let span = call.rest.reduce(call.span(of: first)) { $0.joined(with: call.span(of: $1)) }
    throw Diagnostic(
      .networkCount(count, expected: limits, owner: owner), in: source, at: span)
  }

  // MARK: - Expressions over columns

  private func addRowExpression(
    _ parameter: Parameter, _ expression: Expression, _ values: [String: Value],
    _ resolved: inout ResolvedCall
  ) throws(Diagnostic) {
    var columns: Set<String> = []
    for value in values.values {
      if case .table(let table) = value.content {
        columns.formUnion(table.columns.map(\.name))
      }
    }
    let outside = self
    resolved.rowExpressions[parameter.name] = RowExpression { table, index throws(Failure) in
      var inside = outside
      inside.row = TableRow(table: table, index: index)
      do throws(Diagnostic) { return try inside.evaluateRow(expression) } catch {
        throw error.failure
      }
    }
    // A variable's name means nothing outside the session: its value or recipe stands for it.
    let text = expression.mapNames { name in
      columns.contains(name)
        ? nil : session.value(named: name).flatMap { $0.content.sourceText }
    }
    let recipe = expression.mapNames { name in
      columns.contains(name)
        ? nil : session.value(named: name).map { $0.provenance.recipe.hex }
    }
    resolved.appendText(parameter, text.canonical, recipe: recipe.canonical)
  }

  /// An expression in parentheses that is a lone word parses as a command; here it is a column.
  private func evaluateRow(_ expression: Expression) throws(Diagnostic) -> Content {
    if case .pipeline(let pipeline) = expression.form, pipeline.rest.isEmpty,
      case .call(let call) = pipeline.first, call.arguments.isEmpty,
      row?.table.column(named: call.verb.text) != nil
    {
      return try evaluate(Expression(.name(call.verb.text), call.verb.span)).content
    }
    return try evaluate(expression).content
  }
}

extension Content {
  /// The card of a method.
  fileprivate var methodCard: MethodCard? {
    if case .method(let method) = self { return method.card }
    return nil
  }

  /// How many networks a value brings.
  var networkCount: Int {
    switch self {
    case .network: 1
    case .networks(let networks): networks.count
    case .result(let result): result.networksBefore.count
    case .list(let values): values.reduce(0) { $0 + $1.content.networkCount }
    default: 0
    }
  }
}

extension Expression {
  /// The expression with other text in place of some names.
  func mapNames(_ replacement: (String) -> String?) -> Expression {
    switch form {
    case .name(let word):
      var result = self
      if let text = replacement(word) { result.form = .name(text) }
      return result
    case .string: return self
    default: return mapChildren { $0.mapNames(replacement) }
    }
  }
}
