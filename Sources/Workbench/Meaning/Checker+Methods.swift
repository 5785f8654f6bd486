import Contract
import Kernel

// What a method asks of the call it stands in.
extension Checker {
  /// Checks that a method that scores on data is given some.
  mutating func checkData(
    of call: MatchedCall, method: MethodCard, configured: ConfiguredMethod?
  ) {
    guard method.needsData, call.command.verb != "method", call.source(of: "data") == nil,
      call.command.keywords.contains(where: { $0.name == "data" }),
      configured?.searchArguments["data"] == nil
    else { return }
    report(Failure.needsData(method), at: call.call.span)
  }

  /// Checks that a method that a search starts with is given the data it scores on.
  mutating func checkStart(of call: MatchedCall) {
    guard case .written(let start)? = call.source(of: "start"), call.source(of: "data") == nil,
      case .name(let word) = start.form, names[word] == nil,
      let card = lexicon.method(word)?.card, card.needsData,
      call.command.keywords.contains(where: { $0.name == "data" })
    else { return }
    report(.needsData(card, place: " in `start`"), at: start.span)
  }

  mutating func checkExtra(of call: MatchedCall, method: MethodCard?) {
    switch call.command.extraKeywords {
    case .none: break
    case .any(let parameter):
      for argument in call.extra {
        _ = infer(argument.value, for: parameter.named(argument.name?.text ?? parameter.name))
      }
    case .ofMethod:
      for argument in call.extra {
        guard let name = argument.name else { continue }
        guard let method else {
          // Which method it will be is known only when the line runs.
          inferLoosely(argument.value)
          continue
        }
        if let parameter = extraParameter(name.text, of: method, in: call.command) {
          _ = infer(argument.value, for: parameter)
        } else {
          let names = method.parameters.map(\.name) + call.command.keywords.map(\.name)
          report(
            MatchedCall.unknownArgument(name.text, of: "`\(method.id)`", names: names),
            at: name.span)
        }
      }
    }
  }
}
