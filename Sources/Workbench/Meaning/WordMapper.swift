import Contract

/// Goes through the words of statements that may stand for values, in the order of the text, and
/// can put others in their places.
///
/// A choice such as `falling` is a word like any other, and so is what stands in an expression over
/// columns: which of them are values is known only when the line runs.
protocol WordMapper {
  var lexicon: Lexicon { get }
  /// A word where a value can stand; gives the text to put there, or `nil` to leave it.
  mutating func word(_ word: String) -> String?
  /// `_` or `_7`.
  mutating func history(_ number: Int?) -> String?
  /// Names that are bound at this point.
  mutating func bound(_ names: [String])
  /// A command, before its arguments.
  mutating func call(_ call: Call, isPiped: Bool)
  /// What stands where a command takes source text: a file's path, or a name to forget.
  mutating func path(_ text: String)
}

extension WordMapper {
  mutating func word(_ word: String) -> String? { nil }
  mutating func history(_ number: Int?) -> String? { nil }
  mutating func bound(_ names: [String]) {}
  mutating func call(_ call: Call, isPiped: Bool) {}
  mutating func path(_ text: String) {}

  /// A block with other words.
  mutating func map(_ block: Block) -> Block {
    var result = block
    result.statements = []
    for statement in block.statements { result.statements.append(map(statement)) }
    return result
  }

  /// A statement with other words.
  mutating func map(_ statement: Statement) -> Statement {
    var result = statement
    switch statement.kind {
    case .assignment(let targets, let pipeline):
      result.kind = .assignment(targets, map(pipeline))
      bound(targets.map(\.text))
    case .loop(let variable, let over, let body):
      let values = map(over)
      bound([variable.text])
      result.kind = .loop(variable: variable, over: values, body: map(body))
    case .expect(let condition, let tolerance, let label):
      let mapped = map(condition)
      result.kind = .expect(
        condition: mapped, within: mapOptional(tolerance), label: mapOptional(label))
    case .expectFails(let code, let body):
      result.kind = .expectFails(code: code, body: map(body))
    case .parameter(let name, let value, let range, let help):
      let mapped = map(value)
      result.kind = .parameter(
        name: name, value: mapped, range: mapOptional(range), help: help)
      bound([name.text])
    }
    return result
  }

  private mutating func mapOptional(_ expression: Expression?) -> Expression? {
    if let expression { map(expression) } else { nil }
  }

  private mutating func map(_ pipeline: Pipeline) -> Pipeline {
    var result = pipeline
    switch pipeline.first {
    case .call(let call): result.first = .call(map(call))
    case .expression(let expression): result.first = .expression(map(expression))
    }
    result.rest = []
    for call in pipeline.rest { result.rest.append(map(call, isPiped: true)) }
    return result
  }

  private mutating func map(_ call: Call, isPiped: Bool = false) -> Call {
    var result = call
    let command = lexicon.command(call.verb.text)
    // A lone word in parentheses: `(width)`. A bound name goes before a command of that name.
    if !isPiped, call.arguments.isEmpty, call.block == nil {
      if let text = word(call.verb.text) { result.verb.text = text }
      if result.verb.text != call.verb.text || command == nil { return result }
    }
    self.call(call, isPiped: isPiped)
    for index in call.variables.indices {
      result.variables[index].values = map(call.variables[index].values)
    }
    bound(call.variables.map(\.variable.text))
    let kinds = command?.kinds(of: call.arguments, isPiped: isPiped)
    for index in call.arguments.indices where kinds?[index]?.namesColumns != true {
      result.arguments[index].value = map(call.arguments[index].value)
    }
    if let block = call.block { result.block = map(block) }
    return result
  }

  private mutating func map(_ expression: Expression) -> Expression {
    var result = expression
    switch expression.form {
    case .name(let name): if let text = word(name) { result.form = .name(text) }
    case .history(let number): if let text = history(number) { result.form = .init(place: text) }
    case .path(let text): path(text)
    case .pipeline(let pipeline): result.form = .pipeline(map(pipeline))
    default: result = expression.mapChildren { map($0) }
    }
    return result
  }
}

extension Command {
  /// The kind of parameter that each argument is given to, where there is one.
  fileprivate func kinds(of arguments: [Argument], isPiped: Bool) -> [ParameterKind?] {
    let named = Set(arguments.compactMap(\.name?.text))
    var open = positional.filter { !named.contains($0.name) }[...]
    if isPiped { _ = open.popFirst() }
    return arguments.map { argument in
      if let name = argument.name { return parameter(named: name.text)?.kind }
      return (open.popFirst() ?? rest?.parameter)?.kind
    }
  }
}

extension Block {
  /// Every call that stands in the block as a stage of a line, those of loops included.
  var calls: [Call] {
    statements.flatMap { statement -> [Call] in
      switch statement.kind {
      case .assignment(_, let pipeline):
        if case .call(let call) = pipeline.first { return [call] + pipeline.rest }
        return pipeline.rest
      case .loop(_, _, let body): return body.calls
      case .expect, .expectFails, .parameter: return []
      }
    }
  }
}
