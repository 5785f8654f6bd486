import Contract

/// What completion must know of the session.
protocol CompletionSource: Sendable {
  /// Every command with its one line of help, in the order of help.
  var verbs: [CompletionItem] { get }
  /// Every method with its one line of help.
  var methods: [CompletionItem] { get }
  /// The metrics that plugins brought, each with its one line of help.
  var metrics: [CompletionItem] { get }
  /// The readers that plugins brought.
  var readers: [CompletionItem] { get }
  /// The names that are bound.
  var names: [CompletionName] { get }
  /// Words that `help` takes beside commands and methods.
  var topics: [CompletionItem] { get }
  /// What a command takes; `nil` for a word that is no command.
  func arguments(of verb: String) -> CompletionArguments?
  /// A method's own parameters.
  func parameters(ofMethod method: String) -> [Parameter]
  /// What stands after a name, or what else gives a value, and a dot.
  func members(of expression: String) -> [CompletionItem]
  /// The columns of a table, by its name or what else gives one: `t |> where (x < 1)`.
  func columns(of expression: String) -> [CompletionItem]
  /// The same session as it will be when the statements of a text have run.
  func after(_ earlier: CompletionContext.EarlierText) -> any CompletionSource
  /// Values that a parameter of a command has beyond those of its kind, such as the data sets that
  /// `load` knows.
  func values(for parameter: String, of verb: String) -> [CompletionItem]
}

/// A word that can be completed, with its one line of help.
struct CompletionItem: Hashable, Sendable {
  var name: String
  var help: String

  init(_ name: String, _ help: String = "") {
    self.name = name
    self.help = help
  }
}

/// A bound name.
struct CompletionName: Hashable, Sendable {
  var name: String
  /// `nil` where it is known only when the lines before it have run.
  var kind: ValueKind?
  /// A few words on the value, such as `mlp 784-512-10`.
  var summary: String

  init(_ name: String, _ kind: ValueKind?, _ summary: String = "") {
    self.name = name
    self.kind = kind
    self.summary = summary
  }
}

/// What a command takes.
struct CompletionArguments: Hashable, Sendable {
  /// Arguments without a name, in order.
  var positional: [Parameter]
  /// What stands any number of times after them.
  var rest: Parameter?
  /// Arguments written `name=value`.
  var keywords: [Parameter]
  /// The positional parameter that names a method whose own parameters may follow.
  var methodParameter: String?

  init(
    positional: [Parameter] = [], rest: Parameter? = nil, keywords: [Parameter] = [],
    methodParameter: String? = nil
  ) {
    self.positional = positional
    self.rest = rest
    self.keywords = keywords
    self.methodParameter = methodParameter
  }
}

/// One way to go on.
struct Completion: Hashable, Sendable {
  /// What stands in place of the word being completed.
  var text: String
  /// Kind or default, in a few words.
  var detail: String
  /// One line.
  var help: String
  /// Whether the word is finished, so that a blank can follow.
  var isWhole: Bool

  init(_ text: String, detail: String = "", help: String = "", isWhole: Bool = true) {
    self.text = text
    self.detail = detail
    self.help = help
    self.isWhole = isWhole
  }
}

/// All ways to go on from a place in a line.
struct CompletionResult: Hashable, Sendable {
  /// Where the word being completed begins, in bytes of the text.
  var start: Int
  var completions: [Completion]
  /// What is wanted here, where it cannot be listed: `steps: int 1..1M, default 50k`.
  var hint: String?
  /// Whether the word is the name of a file.
  var isPath = false
  /// The quote that the word stands in.
  var quote: Character?

  static func nothing(at cursor: Int) -> CompletionResult {
    CompletionResult(start: cursor, completions: [])
  }

  /// The longest text that all completions begin with.
  var commonPrefix: String {
    // What the first and the last in order begin with, all between begin with, too.
    let texts = completions.map(\.text)
    guard let first = texts.min(), let last = texts.max() else { return "" }
    return String(zip(first, last).prefix { $0 == $1 }.map(\.0))
  }
}
