import Contract
import Kernel

extension Interpreter {
  /// Finds the method of a call and gives it the call's further arguments.
  ///
  /// What `method ID key=value…` was given for the search itself, such as `data`, is put in the
  /// place of arguments that the call leaves out.
  func resolveMethod(
    _ name: String, of call: MatchedCall, _ values: inout [String: Value],
    _ resolved: inout ResolvedCall
  ) throws(Diagnostic) {
    guard let value = values[name], case .method(var method) = value.content else { return }
    for argument in call.extra {
      guard let keyword = argument.name else { continue }
      if let parameter = method.card.parameters.first(where: { $0.name == keyword.text }) {
        let value = try evaluate(argument.value, for: parameter)
        method = try placed(at: argument.span) { () throws(Failure) in
          try method.setting(parameter, to: value)
        }
      } else if call.command.verb == "method",
        let parameter = lexicon.command("search")?.keywords.first(where: {
          $0.name == keyword.text
        })
      {
        let value = try evaluate(argument.value, for: parameter.beside([method.card]))
        method = method.forSearch(keyword.text, value)
      } else {
        let names = method.card.parameters.map(\.name) + call.command.keywords.map(\.name)
        throw Diagnostic(
          MatchedCall.unknownArgument(keyword.text, of: "`\(method.id)`", names: names),
          in: source, at: keyword.span)
      }
    }
    for parameter in call.command.keywords where values[parameter.name] == nil {
      guard let given = method.searchArguments[parameter.name] else { continue }
      values[parameter.name] = given
      resolved.given.insert(parameter.name)
    }
    if method.card.needsData, call.command.keywords.contains(where: { $0.name == "data" }),
      values["data"] == nil, call.command.verb != "method"
    {
      throw Diagnostic(.needsData(method.card), in: source, at: call.call.span)
    }
    values[name] = Value(.method(method), value.provenance)
    resolved.method = method
  }
}

extension ConfiguredMethod {
  /// A method with the defaults of its table.
  init(_ method: SearchMethod) {
    var settings: [String: Setting] = [:]
    for parameter in method.card.parameters {
      if let content = parameter.defaultContent, let setting = Self.setting(of: content) {
        settings[parameter.name] = setting
      }
    }
    self.init(method: method, settings: Settings(settings))
  }

  /// The method with one of its own parameters set to a value that was checked.
  func setting(_ parameter: Parameter, to value: Value) throws(Failure) -> ConfiguredMethod {
    var settings = settings
    var start = startMethod?.method
    if case .method(let method) = value.content {
      start = method
      settings[parameter.name] = .word("method")
    } else {
      guard let setting = Self.setting(of: value.content) else {
        throw parameter.wrongKind(value.content.described)
      }
      if case .start = parameter.kind { start = nil }
      settings[parameter.name] = setting
    }
    var given = given.filter { $0.name != parameter.name }
    if !(value.isTyped && parameter.isDefault(value.content)) {
      let text = value.content.sourceText ?? value.content.brief
      given.append(Given(name: parameter.name, text: text, provenance: value.provenance))
    }
    let order = card.parameters.map(\.name)
    given.sort { (order.firstIndex(of: $0.name) ?? 0) < (order.firstIndex(of: $1.name) ?? 0) }
    return ConfiguredMethod(
      method: method, settings: settings, given: given, searchArguments: searchArguments,
      startMethod: start)
  }

  /// The method with something for the search that it will stand in.
  func forSearch(_ name: String, _ value: Value) -> ConfiguredMethod {
    var arguments = searchArguments
    arguments[name] = value
    return ConfiguredMethod(
      method: method, settings: settings, given: given, searchArguments: arguments,
      startMethod: startMethod?.method)
  }

  /// A checked value as a method takes it.
  private static func setting(of content: Content) -> Setting? {
    switch content {
    case .integer(let value): .integer(value)
    case .real(let value, _), .time(let value): .real(value)
    case .yesNo(let value): .yesNo(value)
    case .text(let text), .path(let text): .text(text)
    case .symbol(let word): .word(word)
    case .range(let bounds): .interval(bounds.lower, bounds.upper)
    case .permutations(let permutations, _): .permutations(permutations)
    case .result(let result): result.permutations.map { .permutations($0) }
    default: nil
    }
  }
}
