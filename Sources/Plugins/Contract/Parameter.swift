/// One setting of a command or a method: what it is called, what it takes, and what it means.
///
/// Declared once. Parsing, checking, help, completion, the journal and the documentation all
/// read this table, so a parameter can never be documented one way and checked another.
public struct Parameter: Hashable, Sendable {
  /// The word before `=`, in lower case with `_`.
  public var name: String
  /// What kind of value it takes, with its range.
  public var kind: ParameterKind
  /// Words that may stand instead of a value of that kind, such as `auto`.
  public var words: [String]
  /// The value when none is given, written as a person would type it; `nil` when it must be given
  /// or, with `isOptional`, may be absent.
  public var defaultText: String?
  /// Whether leaving it out means "none" rather than an error.
  public var isOptional: Bool
  /// The unit shown in help, such as `s` or `samples`.
  public var unit: String?
  /// Whether another value gives another result.
  ///
  /// False for what changes only the time, the memory or when the work ends: such a parameter
  /// names no random stream.
  public var changesResult: Bool
  /// One line of help, ending without a full stop.
  public var help: String

  public init(
    _ name: String, _ kind: ParameterKind, words: [String] = [], default defaultText: String? = nil,
    isOptional: Bool = false, unit: String? = nil, changesResult: Bool = true, help: String
  ) {
    self.name = name
    self.kind = kind
    self.words = words
    self.defaultText = defaultText
    self.isOptional = isOptional
    self.unit = unit
    self.changesResult = changesResult
    self.help = help
  }

  /// The parameter under another name, as messages speak of it.
  public func named(_ name: String) -> Parameter {
    var result = self
    result.name = name
    return result
  }

  /// Whether a call without it is an error.
  public var isRequired: Bool { defaultText == nil && !isOptional }
}

/// What a parameter takes.
public enum ParameterKind: Hashable, Sendable {
  /// A whole number in a range. `50k` and `1M` are whole numbers too.
  case integer(ClosedRange<Int>)
  /// A real number in a range. `5%` is 0.05.
  case real(ClosedRange<Double>)
  /// `yes` or `no`.
  case yesNo
  /// Text in quotes, or a bare word.
  case text
  /// The name of a file or folder, read as source text.
  case path
  /// One of a few words.
  case word([String])
  /// Two real numbers `a..b` within a range, a at most b.
  case interval(ClosedRange<Double>)
  /// A length of time; a bare number is seconds.
  case duration
  /// An amount of memory; a bare number is bytes.
  case memory
  /// A value of one of these kinds.
  case value([ValueKind])
  /// The id of a method or a configured method.
  case method
  /// Where a search begins: one of the parameter's words, a method, a result or permutations.
  case start
  /// The id of a metric that a plugin brought.
  case metric
  /// The id of a metric, or a list of such ids.
  case metrics
  /// The id of a reader that a plugin brought.
  case reader
  /// An expression over the columns of a table, evaluated once per row.
  case rowExpression
  /// The name of a column of a table.
  case column
  /// The name of a column of a table, or a list of such names.
  case columns
  /// The name of a command, method, topic or code, for help.
  case topic
  /// One word or a list of them, such as names and numbers of lines, read as source text.
  case words
  /// Anything at all.
  case any
}

/// The kinds of value that the language has.
public enum ValueKind: String, Hashable, Sendable, CaseIterable {
  case integer = "int"
  case real, text, path, time, list, range, symbol
  case yesNo = "yes or no"
  case network, networks, data, permutations, subspace, curve, barrier, score, table, method, result
  case picture
  case nothing
}
