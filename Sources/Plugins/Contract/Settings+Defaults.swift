import Kernel

extension Settings {
  /// The settings of a method when a caller gives only some: the rest from the card's defaults.
  ///
  /// For programs and tests; the command language resolves settings with places and suggestions of
  /// its own. Throws where a name is none of the method's, a default is not of its parameter's
  /// kind, or a value is missing.
  public init(defaultsOf card: MethodCard, _ given: [String: Setting] = [:]) throws(Failure) {
    for name in given.keys.sorted() where !card.parameters.contains(where: { $0.name == name }) {
      throw Failure(.incompatible, "`\(card.id)` has no parameter `\(name)`")
    }
    var values = given
    for parameter in card.parameters where values[parameter.name] == nil {
      guard let text = parameter.defaultText else {
        if parameter.isOptional { continue }
        throw Failure(.incompatible, "`\(card.id)` needs a value for `\(parameter.name)`")
      }
      values[parameter.name] = try parameter.setting(from: text)
    }
    self.init(values)
  }
}

extension Parameter {
  /// The value that a text stands for, as in a default: `50k`, `5%`, `auto`, `0.4..0.6`.
  ///
  /// Throws where the text is not of the parameter's kind or out of its range.
  public func setting(from text: String) throws(Failure) -> Setting {
    if words.contains(text) { return .word(text) }
    switch kind {
    case .integer(let range):
      if let value = wholeNumber(text), range.contains(value) { return .integer(value) }
    case .real(let range):
      if let value = realNumber(text), range.contains(value) { return .real(value) }
    case .yesNo:
      if text == "yes" || text == "no" { return .yesNo(text == "yes") }
    case .word(let choices):
      if choices.contains(text) { return .word(text) }
    case .interval(let range):
      let ends = text.split(separator: "..", maxSplits: 1).map { realNumber(String($0)) }
      if ends.count == 2, let lower = ends[0], let upper = ends[1], lower <= upper,
        range.contains(lower), range.contains(upper)
      {
        return .interval(lower, upper)
      }
    case .duration, .memory:
      if let value = realNumber(text.filter { !$0.isLetter }), value >= 0 { return .real(value) }
    case .text, .path, .value, .method, .start, .metric, .metrics, .reader, .rowExpression, .column,
      .columns, .topic, .words, .any:
      return .text(text)
    }
    throw Failure(.incompatible, "`\(name)` cannot be `\(text)`", notes: [help])
  }

  private func wholeNumber(_ text: String) -> Int? {
    let scales: [Character: Int] = ["k": 1_000, "M": 1_000_000]
    guard let last = text.last, let scale = scales[last] else { return Int(text) }
    guard let number = realNumber(String(text.dropLast())) else { return nil }
    let value = number * Double(scale)
    return value == value.rounded() && abs(value) < 0x1p53 ? Int(value) : nil
  }

  private func realNumber(_ text: String) -> Double? {
    guard let last = text.last else { return nil }
    let value = last == "%" ? Double(text.dropLast()).map { $0 / 100 } : Double(text)
    return value?.isFinite == true ? value : nil
  }
}
