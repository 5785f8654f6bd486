// Places in what is no call: loops, expectations, parameters, and what a sweep varies.
extension CompletionEngine {
  func completeLoop(_ context: CompletionContext) -> CompletionResult {
    switch context.words.count {
    case 1: .nothing(at: context.start)
    case 2: matching([Completion("in", help: "the values to go through")], context)
    default: completeOperand(context)
    }
  }

  func completeExpectation(_ context: CompletionContext) -> CompletionResult {
    let operands = completeOperand(context)
    let isOver = context.words.count > 1 && context.words.last != .sign
    guard context.words.count == 1 || isOver else { return operands }
    // What may stand first, or after a condition.
    let word =
      isOver
      ? Completion("within", help: "how far the two sides of ~= may lie apart")
      : Completion("fails", help: "the block must fail, with the code if one is given")
    var result = matching([word], context)
    guard result.start == operands.start else { return operands }
    if !isOver { result.completions += operands.completions }
    return result
  }

  /// `param NAME = default in range`.
  func completeParameter(_ context: CompletionContext) -> CompletionResult {
    switch context.words.count {
    case 1, 2: return .nothing(at: context.start)
    case 4: return matching([Completion("in", help: "the values it may have")], context)
    default: return completeOperand(context)
    }
  }

  /// What a `sweep` varies, `width in [32, 128], m in methods`; `nil` where an argument may stand.
  func completeVariation(_ context: CompletionContext) -> CompletionResult? {
    // What stands behind the last comma: a name, `in`, values.
    let words = context.words.dropFirst()
    let comma = words.lastIndex(of: .comma)
    let current = comma.map { words[($0 + 1)...] } ?? words
    if current.last?.text == "in" { return completeOperand(context) }
    guard !current.contains(where: { $0.text == "in" }) else { return nil }
    if current.isEmpty {
      guard comma != nil else { return nil }
      var result = CompletionResult.nothing(at: context.start)
      result.hint = "a name of your choice, as in `width in [32, 128]`"
      return result
    }
    guard case .plain? = current.last else { return nil }
    return matching([Completion("in", help: "the values to go through")], context)
  }
}
