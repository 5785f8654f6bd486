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
  mutating func verb(_ verb: String)
}

extension WordMapper {
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
    case .parameter: break  // Only outside blocks.
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
    if command == nil, call.arguments.isEmpty, call.block == nil {
      // A lone word in parentheses: `(width)`.
      if let text = word(call.verb.text) { result.verb.text = text }
      return result
    }
    verb(call.verb.text)
    for index in call.variables.indices {
      result.variables[index].values = map(call.variables[index].values)
    }
    bound(call.variables.map(\.variable.text))
    let kinds = command?.kinds(of: call.arguments, isPiped: isPiped)
    for index in call.arguments.indices where kinds?[index] != .column {
      result.arguments[index].value = map(call.arguments[index].value)
    }
    if let block = call.block { result.block = map(block) }
    return result
  }

  private mutating func map(_ expression: Expression) -> Expression {
    var result = expression
    switch expression.form {
    case .name(let name): if let text = word(name) { result.form = .name(text) }
    case .history(let number): if let text = history(number) { result.form = .name(text) }
    case .list(let elements):
      var mapped: [Expression] = []
      for element in elements { mapped.append(map(element)) }
      result.form = .list(mapped)
    case .string(let parts):
      var mapped: [StringPart] = []
      for part in parts {
        if case .expression(let inner) = part {
          mapped.append(.expression(map(inner)))
        } else {
          mapped.append(part)
        }
      }
      result.form = .string(mapped)
    case .range(let lower, let upper):
      let first = map(lower)
      result.form = .range(first, map(upper))
    case .negative(let inner): result.form = .negative(map(inner))
    case .not(let inner): result.form = .not(map(inner))
    case .binary(let sign, let left, let right):
      let first = map(left)
      result.form = .binary(sign, first, map(right))
    case .member(let owner, let name): result.form = .member(map(owner), name)
    case .index(let owner, let position):
      let first = map(owner)
      result.form = .index(first, map(position))
    case .pipeline(let pipeline): result.form = .pipeline(map(pipeline))
    case .number, .path, .truth: break
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
