import Contract
import Kernel

/// A call with the values of its arguments, and what that makes of its text and its recipe.
struct ResolvedCall {
  let command: Command
  var arguments: [String: Value] = [:]
  var rest: [Value] = []
  var extra: [(name: String, value: Value)] = []
  var rowExpressions: [String: RowExpression] = [:]
  var given: Set<String> = []
  /// The lines and variables of a sweep.
  var sweep: SweepPlan?
  /// The method that the call runs, with everything that was given for it.
  var method: ConfiguredMethod?
  /// The text of the call with the values in their places.
  var parts: [Provenance.Part] = []
  /// What names the call, without the files it reads.
  var recipeParts: [String] = []
  /// What tells two unfinished values of one recipe apart: the parameters that change no result.
  var practicalParts: [String] = []
  /// Every parameter as text, defaults filled in.
  var settings: [CallRecord.Setting] = []
  /// The paths that the recipe leaves out because the hashes of their files stand for them.
  var paths: [String] = []

  /// What the variables of a sweep go through.
  var sweepValues: [Value] { sweep?.variables.flatMap(\.values) ?? [] }

  /// The versions of all methods among the arguments.
  var methodsInside: [String] {
    var methods = method.map { [$0] } ?? []
    for value in arguments.values {
      if case .method(let method) = value.content { methods.append(method) }
    }
    return methods.flatMap(\.versions).sorted()
  }

  init(command: Command) {
    self.command = command
    parts = [.text(command.verb)]
    recipeParts = ["call", command.verb]
  }

  /// Adds a value without a name.
  mutating func appendPositional(_ parameter: Parameter, _ value: Value) {
    parts += [.text(" "), .value(value.provenance)]
    note(parameter, value, isDefault: false)
    appendRecipe(parameter, value)
  }

  /// Adds `name=value`, unless it is the default.
  mutating func appendKeyword(_ parameter: Parameter, _ value: Value) {
    let isDefault = value.isTyped && parameter.isDefault(value.content)
    note(parameter, value, isDefault: isDefault)
    guard !isDefault else { return }
    parts += [.text(" \(parameter.name)="), .value(value.provenance)]
    appendRecipe(parameter, value)
  }

  /// Adds an expression over columns as text.
  mutating func appendText(_ parameter: Parameter, _ text: String, recipe: String) {
    let isPositional = command.positional.contains { $0.name == parameter.name }
    parts.append(.text(isPositional ? " (\(text))" : " \(parameter.name)=(\(text))"))
    settings.append(.init(name: parameter.name, text: text, isDefault: false))
    recipeParts += [parameter.name, recipe]
  }

  /// Adds the method's word; what was given for it comes at the end.
  mutating func appendMethod(_ parameter: Parameter, _ method: ConfiguredMethod) {
    parts.append(.text(" " + method.id))
    settings.append(.init(name: parameter.name, text: method.id, isDefault: false))
    recipeParts += [parameter.name, method.recipe.hex]
  }

  /// Adds what was given for the method.
  mutating func appendGiven(of method: ConfiguredMethod) {
    for given in method.given {
      parts += [.text(" \(given.name)="), .value(given.provenance)]
    }
    let names = Set(method.given.map(\.name))
    for parameter in method.card.parameters {
      if let given = method.given.first(where: { $0.name == parameter.name }) {
        settings.append(.init(name: parameter.name, text: given.text, isDefault: false))
      } else if let text = parameter.defaultText, !names.contains(parameter.name) {
        settings.append(.init(name: parameter.name, text: text, isDefault: true))
      }
    }
    guard command.verb == "method" else { return }
    // In a search these are arguments of the call; a method carries them itself.
    for (name, value) in method.searchArguments.sorted(by: { $0.key < $1.key }) {
      if let parameter = Command.search.parameter(named: name) { appendKeyword(parameter, value) }
    }
  }

  /// Adds a default that was not written.
  mutating func noteDefault(_ parameter: Parameter, _ text: String) {
    settings.append(.init(name: parameter.name, text: text, isDefault: true))
  }

  private mutating func note(_ parameter: Parameter, _ value: Value, isDefault: Bool) {
    settings.append(
      .init(
        name: parameter.name, text: value.content.sourceText ?? value.content.brief,
        isDefault: isDefault))
  }

  private mutating func appendRecipe(_ parameter: Parameter, _ value: Value) {
    let name = parameter.name
    guard parameter.changesResult else {
      practicalParts += [name, value.provenance.recipe.hex]
      return
    }
    let isFile = command.reads.contains(name) || command.writes.contains(name)
    if isFile, let path = value.content.word {
      paths.append(path)
    } else {
      recipeParts += [name, value.provenance.recipe.hex]
    }
  }
}

extension Value {
  /// Whether the value was typed and not computed.
  var isTyped: Bool { provenance.call == nil && provenance.inputs.isEmpty }

  /// The value as a parameter takes it; typed text keeps its words and gets the recipe of what it
  /// means, so that `1` and `1.0`, `loss` and `"loss"` are one.
  func accepted(by parameter: Parameter) throws(Failure) -> Value {
    let content = try parameter.accepted(self.content)
    guard isTyped, let text = content.plainText else {
      return Value(content, provenance, partial: partial)
    }
    return Value(
      content, Provenance(parts: provenance.parts, recipe: Recipe("typed", text)),
      partial: partial)
  }
}

extension Parameter {
  /// Whether a value is the one that stands when nothing is given.
  func isDefault(_ content: Content) -> Bool {
    guard let standard = defaultContent, let text = content.plainText else { return false }
    return standard.plainText == text
  }
}

extension ConfiguredMethod {
  /// Names the method with what was given for it: the same however it was written.
  var recipe: Recipe {
    var parts = ["method", id]
    for given in given
    where card.parameters.first(where: { $0.name == given.name })?.changesResult ?? true {
      parts += [given.name, given.provenance.recipe.hex]
    }
    return Recipe(parts: parts)
  }
}
