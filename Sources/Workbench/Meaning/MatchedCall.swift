import Contract
import Kernel

/// A call whose arguments have found their parameters; what they hold is not looked at yet.
struct MatchedCall {
  let command: Command
  let call: Call
  /// The command's own parameters that were given, in the order of its table.
  private(set) var slots: [Slot] = []
  /// The arguments of the `rest` parameter, in order.
  private(set) var rest: [Source] = []
  /// Named arguments that are not in the command's own table, in the order written.
  private(set) var extra: [Argument] = []
  /// What does not fit, in the order of the text.
  private(set) var problems: [Problem] = []

  /// A parameter with what was given for it.
  struct Slot {
    var parameter: Parameter
    var source: Source
  }

  /// Where an argument comes from.
  enum Source {
    /// From the left of `|>`.
    case piped
    case written(Expression)
  }

  /// Something that does not fit, with its place.
  struct Problem {
    var failure: Failure
    var span: Span
  }

  init(_ call: Call, of command: Command, isPiped: Bool) {
    self.command = command
    self.call = call
    var given: [String: Source] = [:]
    takeNamed(&given)
    takeUnnamed(isPiped: isPiped, &given)
    slots = command.parameters.compactMap { parameter in
      given[parameter.name].map { Slot(parameter: parameter, source: $0) }
    }
    findMissing(given)
    problems.sort { $0.span.lower < $1.span.lower }
  }

  /// The names of the command's own parameters that were given.
  var given: Set<String> {
    var names = Set(slots.map(\.parameter.name))
    if let name = command.rest?.parameter.name, !rest.isEmpty { names.insert(name) }
    return names
  }

  /// What was given for a parameter.
  func source(of name: String) -> Source? { slots.first { $0.parameter.name == name }?.source }

  /// The place of an argument, or of the verb for what was piped.
  func span(of source: Source) -> Span {
    switch source {
    case .piped: call.verb.span
    case .written(let expression): expression.span
    }
  }

  private mutating func takeNamed(_ given: inout [String: Source]) {
    var seen: Set<String> = []
    for argument in call.arguments {
      guard let name = argument.name else { continue }
      guard seen.insert(name.text).inserted else {
        problem(.givenTwice, "`\(name.text)` is given twice", at: name.span)
        continue
      }
      if command.rest?.parameter.name == name.text {
        rest.append(.written(argument.value))
      } else if command.parameter(named: name.text) != nil {
        given[name.text] = .written(argument.value)
      } else if case .none = command.extraKeywords {
        let names = command.parameters.map(\.name)
        problems.append(
          Problem(
            failure: Self.unknownArgument(name.text, of: "`\(command.verb)`", names: names),
            span: name.span))
      } else {
        extra.append(argument)
      }
    }
  }

  private mutating func takeUnnamed(isPiped: Bool, _ given: inout [String: Source]) {
    var open = command.positional.filter { given[$0.name] == nil }[...]
    var sources: [(Source, Span)] = isPiped ? [(.piped, call.verb.span)] : []
    for argument in call.arguments where argument.name == nil {
      sources.append((.written(argument.value), argument.span))
    }
    for (source, span) in sources {
      if let parameter = open.popFirst() {
        given[parameter.name] = source
      } else if let parameter = command.rest {
        if rest.count < parameter.count.upperBound { rest.append(source) } else { surplus(span) }
      } else {
        surplus(span)
      }
    }
  }

  private mutating func surplus(_ span: Span) {
    problem(
      .tooManyArguments, "`\(command.verb)` does not take this many values", at: span,
      notes: ["usage: \(command.usage)"])
  }

  private mutating func findMissing(_ given: [String: Source]) {
    for parameter in command.positional + command.keywords
    where parameter.isRequired && given[parameter.name] == nil {
      let isPositional = command.positional.contains { $0.name == parameter.name }
      let name = isPositional ? parameter.name.uppercased() : "\(parameter.name)="
      problem(
        .missingArgument, "`\(command.verb)` needs `\(name)`: \(parameter.help)",
        at: call.verb.span, notes: ["usage: \(command.usage)"])
    }
    if let parameter = command.rest, rest.isEmpty, parameter.count.lowerBound > 0 {
      problem(
        .missingArgument,
        "`\(command.verb)` needs `\(parameter.parameter.name.uppercased())`: "
          + parameter.parameter.help,
        at: call.verb.span, notes: ["usage: \(command.usage)"])
    }
  }

  private mutating func problem(
    _ code: FailureCode, _ message: String, at span: Span, notes: [String] = []
  ) {
    problems.append(Problem(failure: Failure(code, message, notes: notes), span: span))
  }

  /// There is no argument of that name.
  static func unknownArgument(_ name: String, of owner: String, names: [String]) -> Failure {
    var notes: [String] = []
    if let near = nearest(name, among: names) { notes.append("did you mean `\(near)`?") }
    notes.append(
      names.isEmpty ? "it takes none" : "it takes " + names.joined(separator: " "))
    return Failure(.unknownArgument, "\(owner) has no argument `\(name)`", notes: notes)
  }
}
