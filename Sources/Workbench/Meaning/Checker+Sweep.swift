import Contract
import Kernel

// Sweeps before they run: variables, the whole body with the variables bound, and the columns.
extension Checker {
  /// Checks what a sweep varies and its body; gives the columns of its table.
  mutating func checkSweep(_ call: Call) -> [String] {
    if call.variables.isEmpty {
      report(Self.noVariables, at: call.verb.span)
      if call.block == nil { return SweepTable.ownColumns }
    }
    var variables: [(name: Name, value: StaticValue)] = []
    for variation in call.variables {
      let name = variation.variable
      checkBindable(name)
      if variables.contains(where: { $0.name.text == name.text }) {
        report(.givenTwice, "`\(name.text)` is varied twice here", at: name.span)
      }
      checkColumn(name, among: [])
      // The values are made before the first cell, so no variable stands in another one's.
      variables.append((name, checkElements(of: variation.values, for: "sweep")))
    }
    let own = variables.map(\.name.text)
    guard let body = call.block else {
      report(Self.noBlock, at: call.verb.span)
      return own + SweepTable.ownColumns
    }
    let columns = Self.rowColumns(of: body)
    for column in columns { checkColumn(column, among: own) }
    checkFilledOnce(body)
    if !body.calls.contains(where: { lexicon.command($0.verb.text)?.role == .row }),
      !body.hasLoneRow,
      // The line may be one that could not be read.
      !toleratesUnknownNames
    {
      report(
        .missingArgument, "no line of this sweep says what goes into the table",
        at: Span(body.span.lower, body.span.lower + 1),
        notes: ["as in `row error=(eval a data=test).error`"])
    }
    checkBody(body, variables: variables)
    return own + columns.map(\.text) + SweepTable.ownColumns
  }

  /// A column may not be called as one that is there anyway.
  private mutating func checkColumn(_ name: Name, among variables: [String]) {
    if SweepTable.ownColumns.contains(name.text) {
      report(
        .reservedName, "`\(name.text)` is a column that every sweep has", at: name.span,
        notes: ["choose another name"])
    } else if variables.contains(name.text) {
      report(
        .givenTwice, "`\(name.text)` is varied by this sweep and a column already", at: name.span)
    }
  }

  /// Lines that run in every cell must not fill a column twice.
  private mutating func checkFilledOnce(_ body: Block) {
    var filled: Set<String> = []
    for statement in body.statements {
      guard case .assignment(_, let pipeline) = statement.kind,
        case .call(let call) = pipeline.first, call.verb.text == Command.row.verb
      else { continue }
      for name in call.arguments.compactMap(\.name)
      where !filled.insert(name.text).inserted {
        report(Self.columnTwice(name.text), at: name.span)
      }
    }
  }

  /// Checks where a call stands: `row` only in a sweep, what changes the session only outside.
  mutating func checkPlace(of command: Command, _ call: Call) {
    switch command.role {
    case .plain, .sweep: break
    case .row:
      if !isInSweep { report(Self.rowOutside, at: call.verb.span) }
      if !call.arguments.contains(where: { $0.name != nil }) {
        report(
          .missingArgument, "`row` needs a column", at: call.verb.span,
          notes: ["as in `row error=(eval a data=test).error`"])
      }
    case .ofSession:
      guard isInSweep else { return }
      report(
        .misplacedStatement, "`\(command.verb)` cannot stand in a sweep", at: call.verb.span,
        notes: ["it changes what other lines find, and the cells of a sweep do not see each other"])
    }
    let takesBlock = command.role == .sweep
    if !takesBlock, !call.variables.isEmpty || call.block != nil {
      report(
        .unexpectedToken, "`\(command.verb)` takes no block", at: call.block?.span ?? call.span)
    }
  }

  /// The columns that the `row` lines of a body fill, each once, in the order of the text.
  static func rowColumns(of body: Block) -> [Name] {
    var columns: [Name] = []
    for call in body.calls where call.verb.text == Command.row.verb {
      for argument in call.arguments {
        guard let name = argument.name, !columns.contains(where: { $0.text == name.text }) else {
          continue
        }
        columns.append(name)
      }
    }
    return columns
  }

  static let noVariables = Failure(
    .missingArgument, "`sweep` needs something to vary",
    notes: ["as in `sweep width in [32, 128] { … row error=… }`"])

  static let noBlock = Failure(
    .missingArgument, "`sweep` needs lines to run in braces",
    notes: ["as in `sweep width in [32, 128] { … row error=… }`"])

  static let rowOutside = Failure(
    .misplacedStatement, "`row` stands only in the lines of a sweep",
    notes: ["as in `sweep x in [1, 2] { row half=(x / 2) }`"])

  /// A column that a cell fills twice.
  static func columnTwice(_ name: String) -> Failure {
    Failure(.givenTwice, "the row has a column `\(name)` already")
  }
}

extension Block {
  /// Whether `row` stands alone somewhere, which is reported as such.
  fileprivate var hasLoneRow: Bool {
    statements.contains { statement in
      switch statement.kind {
      case .assignment(_, let pipeline):
        if case .expression(let expression) = pipeline.first,
          case .name(Command.row.verb) = expression.form
        {
          return true
        }
        return false
      case .loop(_, _, let body): return body.hasLoneRow
      case .expect, .expectFails, .parameter: return false
      }
    }
  }
}
