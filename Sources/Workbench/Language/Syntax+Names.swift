// Which names a statement reads and which it binds, as far as its text says.

extension Statement {
  /// The names that it binds and that stay bound after it, in the order of the text.
  var boundNames: [String] {
    var seen: Set<String> = []
    return everyBoundName.filter { seen.insert($0).inserted }
  }

  private var everyBoundName: [String] {
    switch kind {
    case .assignment(let targets, _): targets.map(\.text)
    case .loop(let variable, _, let body):
      body.statements.flatMap(\.everyBoundName).filter { $0 != variable.text }
    case .expect: []
    case .expectFails(_, let body): body.statements.flatMap(\.everyBoundName)
    case .parameter(let name, _, _, _): [name.text]
    }
  }

  /// Every word that may be the name of a value, and the numbers of the results it speaks of.
  ///
  /// A bare word may turn out to be a choice or a method; where no value has that name, it does
  /// not matter.
  var reads: NameReads {
    var reads = NameReads()
    reads.add(self)
    return reads
  }

  /// The statement with `_7` replaced by names.
  func replacingHistory(_ name: (Int?) -> String?) -> Statement {
    var result = self
    switch kind {
    case .assignment(let targets, let pipeline):
      result.kind = .assignment(targets, pipeline.replacingHistory(name))
    case .loop(let variable, let over, let body):
      result.kind = .loop(
        variable: variable, over: over.replacingHistory(name), body: body.replacingHistory(name))
    case .expect(let condition, let within, let label):
      result.kind = .expect(
        condition: condition.replacingHistory(name), within: within?.replacingHistory(name),
        label: label?.replacingHistory(name))
    case .expectFails(let code, let body):
      result.kind = .expectFails(code: code, body: body.replacingHistory(name))
    case .parameter: break
    }
    return result
  }
}

/// The names and results that a piece of source reads.
struct NameReads {
  private(set) var names: Set<String> = []
  /// `nil` for `_`, the last result.
  private(set) var history: Set<Int?> = []

  fileprivate mutating func add(_ statement: Statement) {
    switch statement.kind {
    case .assignment(_, let pipeline): add(pipeline)
    case .loop(_, let over, let body):
      add(over)
      add(body)
    case .expect(let condition, let within, let label):
      for part in [condition, within, label] { if let part { add(part) } }
    case .expectFails(_, let body): add(body)
    case .parameter(_, let value, let range, _):
      add(value)
      if let range { add(range) }
    }
  }

  private mutating func add(_ block: Block) {
    for statement in block.statements { add(statement) }
  }

  private mutating func add(_ pipeline: Pipeline) {
    switch pipeline.first {
    case .call(let call): add(call)
    case .expression(let expression): add(expression)
    }
    for call in pipeline.rest { add(call) }
  }

  private mutating func add(_ call: Call) {
    names.insert(call.verb.text)
    for variation in call.variables { add(variation.values) }
    for argument in call.arguments { add(argument.value) }
    if let block = call.block { add(block) }
  }

  private mutating func add(_ expression: Expression) {
    switch expression.form {
    case .name(let word): names.insert(word)
    case .history(let number): history.insert(number)
    case .string(let parts):
      for case .expression(let inner) in parts { add(inner) }
    case .list(let elements): for element in elements { add(element) }
    case .range(let a, let b), .binary(_, let a, let b), .index(let a, let b):
      add(a)
      add(b)
    case .negative(let inner), .not(let inner), .member(let inner, _): add(inner)
    case .pipeline(let pipeline): add(pipeline)
    // Names are read as source text where a command takes names, as `forget` does.
    case .path(let text): names.insert(text)
    case .number, .truth: break
    }
  }
}

// MARK: - Replacing

extension Block {
  fileprivate func replacingHistory(_ name: (Int?) -> String?) -> Block {
    var result = self
    result.statements = statements.map { $0.replacingHistory(name) }
    return result
  }
}

extension Pipeline {
  fileprivate func replacingHistory(_ name: (Int?) -> String?) -> Pipeline {
    var result = self
    switch first {
    case .call(let call): result.first = .call(call.replacingHistory(name))
    case .expression(let expression): result.first = .expression(expression.replacingHistory(name))
    }
    result.rest = rest.map { $0.replacingHistory(name) }
    return result
  }
}

extension Call {
  fileprivate func replacingHistory(_ name: (Int?) -> String?) -> Call {
    var result = self
    for index in variables.indices {
      result.variables[index].values = variables[index].values.replacingHistory(name)
    }
    for index in arguments.indices {
      result.arguments[index].value = arguments[index].value.replacingHistory(name)
    }
    result.block = block?.replacingHistory(name)
    return result
  }
}

extension Expression {
  fileprivate func replacingHistory(_ name: (Int?) -> String?) -> Expression {
    func map(_ inner: Expression) -> Expression { inner.replacingHistory(name) }
    var result = self
    switch form {
    case .history(let number): if let word = name(number) { result.form = .name(word) }
    case .string(let parts):
      result.form = .string(
        parts.map { part in
          if case .expression(let inner) = part { .expression(map(inner)) } else { part }
        })
    case .list(let elements): result.form = .list(elements.map(map))
    case .range(let lower, let upper): result.form = .range(map(lower), map(upper))
    case .negative(let inner): result.form = .negative(map(inner))
    case .not(let inner): result.form = .not(map(inner))
    case .binary(let sign, let left, let right): result.form = .binary(sign, map(left), map(right))
    case .member(let owner, let name): result.form = .member(map(owner), name)
    case .index(let owner, let position): result.form = .index(map(owner), map(position))
    case .pipeline(let pipeline): result.form = .pipeline(pipeline.replacingHistory(name))
    case .number, .path, .name, .truth: break
    }
    return result
  }
}
