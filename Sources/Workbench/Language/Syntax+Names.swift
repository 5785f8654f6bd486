// Which names a statement binds, as far as its text says, and expressions part by part.

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
}

extension Expression.Form {
  /// What stands for a value that is kept: its name, or its number as `_7`.
  init(place text: String) {
    if text.hasPrefix("_"), let number = Int(text.dropFirst()) {
      self = .history(number)
    } else {
      self = .name(text)
    }
  }
}

extension Expression {
  /// The expression with others in place of those it is directly made of; what stands in a call in
  /// parentheses is left.
  func mapChildren(_ map: (Expression) -> Expression) -> Expression {
    var result = self
    switch form {
    case .list(let elements): result.form = .list(elements.map(map))
    case .string(let parts):
      result.form = .string(
        parts.map { part in
          if case .expression(let inner) = part { .expression(map(inner)) } else { part }
        })
    case .range(let lower, let upper): result.form = .range(map(lower), map(upper))
    case .negative(let inner): result.form = .negative(map(inner))
    case .not(let inner): result.form = .not(map(inner))
    case .binary(let sign, let left, let right): result.form = .binary(sign, map(left), map(right))
    case .member(let owner, let name): result.form = .member(map(owner), name)
    case .index(let owner, let position): result.form = .index(map(owner), map(position))
    case .number, .path, .name, .history, .truth, .pipeline: break
    }
    return result
  }
}
