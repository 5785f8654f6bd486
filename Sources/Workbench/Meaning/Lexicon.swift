import Contract
import Kernel
import Plugins

/// The words that are known: commands, methods, and what plugins brought.
struct Lexicon: Vocabulary {
  let commands: [Command]
  /// The methods, built-in ones first.
  let methods: [SearchMethod]
  /// The plugins that were loaded, in that order.
  let plugins: [LoadedPlugin]
  let builtIn: [SearchMethod]
  private let commandByVerb: [String: Command]
  private let methodByID: [String: SearchMethod]

  init(commands: [Command], methods: [SearchMethod], plugins: [LoadedPlugin] = []) {
    self.commands = commands
    self.methods = methods + plugins.flatMap(\.plugin.methods)
    self.plugins = plugins
    builtIn = methods
    commandByVerb = Dictionary(commands.map { ($0.verb, $0) }) { first, _ in first }
    methodByID = Dictionary(self.methods.map { ($0.id, $0) }) { first, _ in first }
  }

  /// The command of that name.
  func command(_ verb: String) -> Command? { commandByVerb[verb] }

  /// The method of that id.
  func method(_ id: String) -> SearchMethod? { methodByID[id] }

  /// The metrics and readers that plugins brought.
  var metrics: [PredictionMetric] { plugins.flatMap(\.plugin.metrics) }
  var readers: [DataReader] { plugins.flatMap(\.plugin.readers) }

  /// The metric of that id.
  func metric(_ id: String) -> PredictionMetric? { metrics.first { $0.id == id } }

  /// The reader of that id.
  func reader(_ id: String) -> DataReader? { readers.first { $0.id == id } }

  /// Where a search begins, as a method takes it: with words of its own.
  func startParameter(beside card: MethodCard) -> Parameter? {
    command("search")?.parameter(named: "start")?.beside([card])
  }

  func isVerb(_ word: String) -> Bool { commandByVerb[word] != nil }

  func readsText(verb: String, position: Int, after arguments: [Argument]) -> Bool {
    guard let command = commandByVerb[verb] else { return false }
    let named = Set(arguments.compactMap(\.name?.text))
    let open = command.positional.filter { !named.contains($0.name) }
    let parameter =
      position < open.count ? open[position] : command.rest?.parameter
    return parameter?.kind.isSourceText ?? false
  }

  func readsText(verb: String, keyword: String, after arguments: [Argument]) -> Bool {
    guard let command = commandByVerb[verb] else { return false }
    if let own = command.parameter(named: keyword) { return own.kind.isSourceText }
    for argument in arguments where argument.name == nil {
      guard case .name(let word) = argument.value.form, let method = methodByID[word] else {
        continue
      }
      return method.card.parameters.first { $0.name == keyword }?.kind.isSourceText ?? false
    }
    return false
  }

  /// Whether plugins that are not in `other` have parameters that are read as source text.
  func readsMoreText(than other: Lexicon) -> Bool {
    let known = Set(other.plugins.map(\.origin))
    return plugins.filter { !known.contains($0.origin) }.flatMap(\.plugin.methods).contains {
      $0.card.parameters.contains { $0.kind.isSourceText }
    }
  }

  // MARK: - Failures that name what is near

  /// There is no such command.
  func unknownCommand(_ word: String) -> Failure {
    var notes: [String] = []
    if let near = nearest(word, among: commands.map(\.verb)) {
      notes.append("did you mean `\(near)`?")
    } else if method(word) != nil {
      notes.append("`\(word)` is a method: `search \(word) NETS…`")
    } else {
      notes.append("`help` lists the commands")
    }
    return Failure(.unknownCommand, "there is no command `\(word)`", notes: notes)
  }

  /// There is no such method.
  func unknownMethod(_ word: String) -> Failure {
    var notes: [String] = []
    if let near = nearest(word, among: methods.map { $0.id }) {
      notes.append("did you mean `\(near)`?")
    }
    notes.append("methods: " + methods.map { $0.id }.joined(separator: " "))
    return Failure(.unknownMethod, "there is no method `\(word)`", notes: notes)
  }
}

extension ParameterKind {
  /// Whether an argument of this kind is read as source text and not as an expression.
  var isSourceText: Bool {
    switch self {
    case .path, .topic, .words: true
    default: false
    }
  }

  /// Whether words name columns, and stand for themselves even where values are bound to them.
  var namesColumns: Bool { self == .column || self == .columns }

  /// Whether a bare word that is no value stands for itself.
  var takesBareWords: Bool {
    switch self {
    case .word, .words, .text, .path, .topic, .column, .columns, .method, .start, .metric,
      .metrics, .reader:
      true
    default: false
    }
  }
}

extension Lexicon {
  /// Everything that is built in.
  static let standard = Lexicon(commands: CommandTable.all, methods: Registry.all)
}
