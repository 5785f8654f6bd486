import Contract
import Kernel

// Columns that a call names, where the columns of its table are known before it is there: those of
// a sweep, and of what `where` and `sort` leave of it.
extension Checker {
  /// Checks the columns that a call names, and the names in its conditions over columns.
  mutating func checkColumns(of call: MatchedCall, among columns: [String]) {
    for slot in call.slots {
      guard case .written(let expression) = slot.source else { continue }
      switch slot.parameter.kind {
      case .column: checkColumn(expression, among: columns)
      case .columns:
        guard case .list(let elements) = expression.form else {
          checkColumn(expression, among: columns)
          continue
        }
        for element in elements { checkColumn(element, among: columns) }
      case .rowExpression: checkRow(expression, among: columns)
      default: break
      }
    }
    guard let rest = call.command.rest, case .column = rest.parameter.kind else { return }
    for case .written(let expression) in call.rest { checkColumn(expression, among: columns) }
  }

  private mutating func checkColumn(_ expression: Expression, among columns: [String]) {
    guard let word = expression.plainWord, !columns.contains(word) else { return }
    report(.noColumn(word, among: columns), at: expression.span)
  }

  /// Checks a condition whose names are columns first, and values otherwise.
  private mutating func checkRow(_ expression: Expression, among columns: [String]) {
    for name in expression.names
    where !columns.contains(name.text) && names[name.text] == nil
      && lexicon.method(name.text) == nil
    {
      report(.noColumn(name.text, among: columns), at: name.span)
    }
  }
}

extension Failure {
  /// A column that a table does not have.
  static func noColumn(_ name: String, among columns: [String]) -> Failure {
    Failure(
      .unknownMember, "the table has no column `\(name)`",
      notes: [
        nearest(name, among: columns).map { "did you mean `\($0)`?" }
          ?? "columns: " + columns.joined(separator: " ")
      ])
  }
}

extension Expression {
  /// The word of a name, or of a string without values in it.
  fileprivate var plainWord: String? {
    switch form {
    case .name(let word): return word
    case .string(let parts):
      guard parts.count == 1, case .text(let text) = parts[0] else { return nil }
      return text
    default: return nil
    }
  }

  /// The names that stand in the expression itself, those in calls left out.
  fileprivate var names: [Name] {
    switch form {
    case .name(let word): [Name(text: word, span: span)]
    case .negative(let inner), .not(let inner), .member(let inner, _): inner.names
    case .binary(_, let left, let right), .range(let left, let right), .index(let left, let right):
      left.names + right.names
    case .pipeline(let pipeline):
      if case .expression(let inner) = pipeline.first, pipeline.rest.isEmpty {
        inner.names
      } else {
        []
      }
    default: []
    }
  }
}
