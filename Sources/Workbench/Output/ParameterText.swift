import Contract

/// What a parameter takes, in the words of help and completion.
enum ParameterText {
  /// The kind with its range and the words that may stand instead: `int 1..60k or all`.
  static func kind(_ parameter: Parameter) -> String {
    switch parameter.kind {
    case .start: return ([kind(parameter.kind)] + parameter.words).joined(separator: ", ")
    // Its words are metrics, too.
    case .metric: return (parameter.words + [kind(parameter.kind)]).joined(separator: " | ")
    default: break
    }
    return ([kind(parameter.kind)] + parameter.words).joined(separator: " or ")
  }

  /// The kind with its range: `int 3..1001`, `real 0..1`, `metropolis | greedy`.
  static func kind(_ kind: ParameterKind) -> String {
    switch kind {
    case .integer(let range): "int" + bounds(range)
    case .real(let range): "real" + bounds(range)
    case .yesNo: "yes or no"
    case .text: "text"
    case .path: "path"
    case .word(let choices): choices.joined(separator: " | ")
    case .interval(let range): "range a..b" + (bounds(range).isEmpty ? "" : " in" + bounds(range))
    case .duration: "time"
    case .memory: "memory"
    case .value(let kinds): kinds.map(\.rawValue).joined(separator: " or ")
    case .method: "method"
    case .start: "method, permutations or result"
    case .metric: "plugin's metric"
    case .metrics: "metric or list of metrics"
    case .reader: "reader"
    case .rowExpression: "expression of columns"
    case .column: "column"
    case .columns: "column or list of columns"
    case .topic: "command, method, topic or code"
    case .words: "words"
    case .any: "anything"
    }
  }

  /// What stands when nothing is given: `50k`, `required`, `none`.
  static func defaultValue(_ parameter: Parameter) -> String {
    parameter.defaultText ?? (parameter.isOptional ? "none" : "required")
  }

  /// Kind and default in a few words, for completion.
  static func short(_ parameter: Parameter) -> String {
    if case .word(let choices) = parameter.kind, let chosen = parameter.defaultText {
      let others = choices.filter { $0 != chosen } + parameter.words
      return (["default \(chosen)"] + others).joined(separator: " | ")
    }
    let kind = kind(parameter)
    return parameter.defaultText.map { "\(kind), default \($0)" }
      ?? (parameter.isOptional ? kind : "\(kind), required")
  }

  private static func bounds(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound == .min, range.upperBound == .max) {
    case (true, true): ""
    case (false, true): " from \(short(range.lowerBound))"
    case (true, false): " to \(short(range.upperBound))"
    case (false, false): " \(short(range.lowerBound))..\(short(range.upperBound))"
    }
  }

  private static func bounds(_ range: ClosedRange<Double>) -> String {
    let isOpenBelow = range.lowerBound <= -Double.greatestFiniteMagnitude
    let isOpenAbove = range.upperBound >= Double.greatestFiniteMagnitude
    switch (isOpenBelow, isOpenAbove) {
    case (true, true): return ""
    case (false, true): return " from \(number(range.lowerBound))"
    case (true, false): return " to \(number(range.upperBound))"
    case (false, false): return " \(number(range.lowerBound))..\(number(range.upperBound))"
    }
  }

  private static func number(_ value: Double) -> String {
    // A smallest positive number stands for "more than 0".
    value == .leastNonzeroMagnitude || value == .leastNormalMagnitude
      ? "above 0" : NumberText.exact(value)
  }

  /// Round thousands and millions as they would be typed: `50k`, `1M`.
  private static func short(_ value: Int) -> String {
    let (million, thousand) = (1_000_000, 1_000)
    if value != 0, value % million == 0 { return "\(value / million)M" }
    if value.magnitude >= 10_000, value % thousand == 0 { return "\(value / thousand)k" }
    return String(value)
  }
}
