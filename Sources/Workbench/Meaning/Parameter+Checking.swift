import Contract
import Kernel

// What a parameter takes, in words and in code. The same rules hold before a script runs, for
// what is written out, and when it runs, for what was computed.
extension Parameter {
  /// The value as the parameter takes it: a whole number as a real, a bare number as seconds.
  func accepted(_ content: Content) throws(Failure) -> Content {
    if case .symbol(let word) = content, words.contains(word) { return content }
    if case .text(let word) = content, words.contains(word), !takesText { return .symbol(word) }
    switch kind {
    case .integer(let range): return try acceptedInteger(content, in: range)
    case .real(let range): return try acceptedReal(content, in: range)
    case .yesNo:
      if case .yesNo = content { return content }
    case .text, .path, .column, .topic:
      if let text = content.word {
        if case .path = kind { return .path(text) }
        return .text(text)
      }
    case .words:
      if let words = content.words, !words.isEmpty { return content }
    case .columns:
      if let word = content.word { return .text(word) }
      if let words = content.words, !words.isEmpty { return content }
    case .metric, .reader:
      if let word = content.word { return .symbol(word) }
    case .metrics: return try acceptedMetrics(content)
    case .word(let choices):
      if let word = content.word {
        if choices.contains(word) { return .symbol(word) }
        throw badChoice(word, among: choices + words)
      }
    case .interval(let range): return try acceptedInterval(content, in: range)
    case .duration: return try acceptedDuration(content)
    case .memory:
      if let number = content.number, number >= 0, number < 0x1p62 {
        return .integer(Int(number.rounded()))
      }
    case .value(let kinds):
      if let value = Self.fitting(content, kinds) { return value }
    case .method:
      if case .method = content { return content }
    case .start:
      switch content {
      case .method, .result, .permutations: return content
      case .symbol(let word): throw badChoice(word, among: words)
      default: break
      }
    case .rowExpression, .any: return content
    }
    throw wrongKind(content.described)
  }

  /// The parameter as it stands beside a method: `start` takes the method's own words, too.
  func beside(_ cards: [MethodCard]) -> Parameter {
    guard case .start = kind else { return self }
    var result = self
    for word in cards.flatMap(\.startWords) where !result.words.contains(word) {
      result.words.append(word)
    }
    return result
  }

  /// The parameter for one of the words in a list of columns or metrics; `nil` for all others.
  var ofOneWord: Parameter? {
    var result = self
    switch kind {
    case .columns: result.kind = .column
    case .metrics: result.kind = .metric
    default: return nil
    }
    return result
  }

  /// Whether a value of that kind can be taken; what it holds is not known.
  func takes(_ kind: ValueKind) -> Bool {
    if !words.isEmpty, kind == .symbol || kind == .text { return true }
    let isText = [.text, .path, .symbol].contains(kind)
    switch self.kind {
    case .integer: return kind == .integer || kind == .real
    case .real, .memory: return kind == .integer || kind == .real
    case .yesNo: return kind == .yesNo
    case .text, .path, .column, .topic, .word, .metric, .reader: return isText
    case .words, .columns, .metrics: return isText || kind == .list
    case .interval: return kind == .range
    case .duration: return [.time, .integer, .real].contains(kind)
    case .value(let kinds):
      return kinds.contains(kind) || (kind == .integer && kinds.contains(.real))
        || (kind == .list && kinds.contains(.networks))
        || (kind == .networks && kinds.contains(.network))
    case .method: return kind == .method || isText
    case .start: return [.method, .result, .permutations].contains(kind) || isText
    case .rowExpression, .any: return true
    }
  }

  /// What is expected, such as `an int in 3..1001` or `one of error, loss`.
  var expectation: String {
    let main =
      switch kind {
      case .integer(let range): (isOddNumber ? "an odd int" : "an int") + Self.text(range)
      case .real(let range): "a real number" + Self.text(range)
      case .yesNo: "yes or no"
      case .text: "a text"
      case .path: "a path"
      case .word(let choices): "one of " + choices.joined(separator: ", ")
      case .interval(let range):
        "a range a..b"
          + (Self.text(range).isEmpty
            ? ""
            : " within"
              + Self.text(range).dropFirst(3))
      case .duration: "a time such as 30s or 5min"
      case .memory: "an amount of memory such as 2GB"
      case .value(let kinds): Self.joined(kinds.map(\.article))
      case .method: "a method"
      case .start: "a method, a result or permutations"
      case .metric: "a plugin's metric"
      case .metrics: "a plugin's metric or a list of them"
      case .reader: "a plugin's reader"
      case .rowExpression: "an expression over columns"
      case .column: "the name of a column"
      case .columns: "the name of a column or a list of such names"
      case .topic: "a word"
      case .words: "a word or a list of words"
      case .any: "a value"
      }
    if case .metric = kind { return Self.joined(words + [main]) }
    return words.isEmpty ? main : main + " or " + words.joined(separator: " or ")
  }

  /// A value of another kind than expected.
  func wrongKind(_ seen: String) -> Failure {
    Failure(.wrongKind, "`\(name)` must be \(expectation); got \(seen)", notes: [help])
  }

  /// A word that is none of the choices.
  func badChoice(_ word: String, among choices: [String]) -> Failure {
    let near = nearest(word, among: choices).map { "did you mean `\($0)`?" }
    let note =
      name == "architecture" ? Graph.Family.advice(about: word) ?? near ?? help : near ?? help
    return Failure(
      .badChoice, "`\(name)` must be \(expectation); got `\(word)`", notes: [note])
  }

  /// The default as a value, where there is one.
  var defaultContent: Content? { defaultText.flatMap { Content(parsing: $0, as: self) } }

  /// Grids are odd everywhere, so that the middle is one of their points.
  private var isOddNumber: Bool { name == "points" }

  private var takesText: Bool {
    switch kind {
    case .text, .path, .topic, .column, .columns: true
    default: false
    }
  }

  private func outOfRange(_ seen: String, _ hint: String) -> Failure {
    Failure(.outOfRange, "`\(name)` must be \(expectation); got \(seen)", notes: [hint])
  }

  private func acceptedInteger(
    _ content: Content, in range: ClosedRange<Int>
  ) throws(Failure) -> Content {
    var whole: Int?
    switch content {
    case .integer(let value): whole = value
    case .real(let value, .plain), .real(let value, .memory): whole = Int(exactly: value)
    default: break
    }
    guard let whole else { throw wrongKind(content.described) }
    if whole < range.lowerBound { throw outOfRange("\(whole)", "at least \(range.lowerBound)") }
    if whole > range.upperBound { throw outOfRange("\(whole)", "at most \(range.upperBound)") }
    if isOddNumber, whole % 2 == 0 { throw outOfRange("\(whole)", "an odd grid has a middle") }
    return .integer(whole)
  }

  private func acceptedReal(
    _ content: Content, in range: ClosedRange<Double>
  ) throws(Failure) -> Content {
    let value: Double
    let measure: Content.Measure
    switch content {
    case .integer(let whole): (value, measure) = (Double(whole), .plain)
    case .real(let number, let its): (value, measure) = (number, its)
    default: throw wrongKind(content.described)
    }
    if value < range.lowerBound || value.isNaN {
      throw outOfRange(content.brief, "at least \(Content.digits(range.lowerBound))")
    }
    if value > range.upperBound {
      throw outOfRange(content.brief, "at most \(Content.digits(range.upperBound))")
    }
    return .real(value, measure)
  }

  private func acceptedMetrics(_ content: Content) throws(Failure) -> Content {
    guard let words = content.words, !words.isEmpty else { throw wrongKind(content.described) }
    if let word = words.enumerated().first(where: { words.firstIndex(of: $1) != $0 })?.element {
      throw Failure(.givenTwice, "`\(name)` names `\(word)` twice")
    }
    if case .list = content { return content }
    return .symbol(words[0])
  }

  private func acceptedInterval(
    _ content: Content, in range: ClosedRange<Double>
  ) throws(Failure) -> Content {
    guard case .range(let bounds) = content else { throw wrongKind(content.described) }
    guard bounds.lower <= bounds.upper else {
      throw outOfRange(content.brief, "the first end is the smaller one")
    }
    guard range.contains(bounds.lower), range.contains(bounds.upper) else {
      throw outOfRange(content.brief, "both ends in\(Self.text(range).dropFirst(3))")
    }
    return content
  }

  private func acceptedDuration(_ content: Content) throws(Failure) -> Content {
    let seconds: Double
    switch content {
    case .time(let value), .real(let value, .plain): seconds = value
    case .integer(let value): seconds = Double(value)
    default: throw wrongKind(content.described)
    }
    // A hundred years: more does not fit into the clock's nanoseconds.
    guard seconds > 0, seconds <= 3.2e9 else {
      throw outOfRange(content.brief, "more than nothing, at most 100 years")
    }
    return .time(seconds)
  }

  private static func fitting(_ content: Content, _ kinds: [ValueKind]) -> Content? {
    if kinds.contains(content.kind) { return content }
    switch content {
    case .integer(let value) where kinds.contains(.real): return .real(Double(value))
    case .list where kinds.contains(.networks):
      let networks = content.allNetworks
      return networks.isEmpty ? nil : .networks(networks)
    case .networks(let networks) where kinds.contains(.network) && networks.count == 1:
      return .network(networks[0])
    default: return nil
    }
  }

  private static func text(_ range: ClosedRange<Int>) -> String {
    switch (range.lowerBound, range.upperBound) {
    case (.min, .max): ""
    case (let lower, .max): " of at least \(lower)"
    case (.min, let upper): " of at most \(upper)"
    case (let lower, let upper): " in \(lower)..\(upper)"
    }
  }

  private static func text(_ range: ClosedRange<Double>) -> String {
    let lower = range.lowerBound
    let upper = range.upperBound
    let hasLower = lower > -Double.greatestFiniteMagnitude
    let hasUpper = upper < Double.greatestFiniteMagnitude
    if hasLower, hasUpper { return " in \(Content.digits(lower))..\(Content.digits(upper))" }
    if hasLower { return " of at least \(Content.digits(lower))" }
    return hasUpper ? " of at most \(Content.digits(upper))" : ""
  }

  /// `a network, networks or a list`.
  static func joined(_ words: [String]) -> String {
    guard words.count > 1, let last = words.last else { return words.first ?? "nothing" }
    return words.dropLast().joined(separator: ", ") + " or " + last
  }
}

extension Content {
  /// The texts of a list of words, or of one; `nil` where anything else is among them.
  var words: [String]? {
    guard case .list(let values) = self else { return word.map { [$0] } }
    let words = values.compactMap(\.content.word)
    return words.count == values.count ? words : nil
  }

  /// The text of a text, a path or a bare word.
  var word: String? {
    switch self {
    case .text(let text), .path(let text), .symbol(let text): text
    default: nil
    }
  }

  /// The value as messages name it: small ones in full, others by kind.
  var described: String {
    switch self {
    case .integer, .real, .time, .range, .yesNo: brief
    case .text(let text), .path(let text): Self.quoted(text)
    case .symbol(let word): "`\(word)`"
    case .networks(let networks): Self.counted(networks.count, "network")
    default: kind.article
    }
  }

  /// A number as typed.
  init(_ number: Number) {
    switch number.quantity {
    case .share: self = .share(number.value)
    case .time: self = .time(number.value)
    case .memory: self = number.whole.map { .integer($0) } ?? .real(number.value, .memory)
    case .plain: self = number.whole.map { .integer($0) } ?? .real(number.value)
    }
  }

  /// A default as it stands in a table of parameters; `nil` where it is no value by itself, such
  /// as the id of a method.
  init?(parsing text: String, as parameter: Parameter) {
    if parameter.words.contains(text) {
      self = .symbol(text)
      return
    }
    switch parameter.kind {
    case .word: self = .symbol(text)
    case .text, .column, .columns, .topic, .words: self = .text(text)
    case .path: self = .path(text)
    case .yesNo: self = .yesNo(text == "yes")
    case .method: return nil
    case .start, .metric, .metrics, .reader: self = .symbol(text)
    case .interval:
      let ends = text.split(separator: ".", omittingEmptySubsequences: false)
      guard let middle = text.range(of: ".."), !ends.isEmpty,
        let lower = Double(text[..<middle.lowerBound]),
        let upper = Double(text[middle.upperBound...])
      else { return nil }
      self = .range(Bounds(lower: lower, upper: upper, isWhole: false))
    case .integer, .real, .duration, .memory, .value, .rowExpression, .any:
      guard let content = Self.number(parsing: text) else { return nil }
      // `try?` hides nothing: a default outside its own range is found by a test over all tables.
      self = (try? parameter.accepted(content)) ?? content
    }
  }

  private static func number(parsing text: String) -> Content? {
    let isNegative = text.hasPrefix("-")
    let digits = isNegative ? String(text.dropFirst()) : text
    let units = Number.Unit.allCases.filter { digits.hasSuffix($0.rawValue) }
    // The longest unit wins: `ms` before `s`.
    let unit = units.max { $0.rawValue.count < $1.rawValue.count }
    let plain = unit.map { String(digits.dropLast($0.rawValue.count)) } ?? digits
    guard let number = Number(digits: plain, unit: unit) else { return nil }
    let content = Content(number)
    return isNegative ? content.negated : content
  }

  private var negated: Content {
    switch self {
    case .integer(let value): .integer(-value)
    case .real(let value, let measure): .real(-value, measure)
    case .time(let value): .time(-value)
    default: self
    }
  }
}
