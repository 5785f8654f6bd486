import Contract
import Kernel

/// What completion must know of the session, as it is now, or as it will be inside an unfinished
/// block.
struct SessionCompletion: CompletionSource {
  let verbs: [CompletionItem]
  let methods: [CompletionItem]
  let metrics: [CompletionItem]
  let readers: [CompletionItem]
  let topics: [CompletionItem]
  private(set) var names: [CompletionName]
  private let lexicon: Lexicon
  /// What is known of each name, and so of what is made from it.
  private var checker: Checker
  /// The kinds of the columns of the tables that are there.
  private var tables: [String: [CompletionItem]] = [:]

  init(_ session: Session) {
    lexicon = session.lexicon
    verbs = lexicon.commands.map { CompletionItem($0.verb, $0.summary) }
    methods = lexicon.methods.map { CompletionItem($0.card.id, $0.card.summary) }
    metrics = lexicon.metrics.map { CompletionItem($0.id, $0.card.summary) }
    readers = lexicon.readers.map { CompletionItem($0.id, $0.card.summary) }
    topics =
      HelpTopic.all.map { CompletionItem($0.word, $0.summary) }
      + ErrorCatalogue.pages.map { CompletionItem($0.code.description, $0.title) }
    names = session.names.compactMap { name in
      session.value(named: name).map { CompletionName(name, $0.kind, $0.content.summary) }
    }
    for name in session.names {
      guard case .table(let table)? = session.value(named: name)?.content else { continue }
      tables[name] = table.columns.map { CompletionItem($0.name, $0.kind.rawValue) }
    }
    checker = session.makeChecker(.typed(""), afterErrors: true)
  }

  func arguments(of verb: String) -> CompletionArguments? {
    guard let command = lexicon.command(verb) else { return nil }
    var methodParameter: String?
    if case .ofMethod(let name) = command.extraKeywords { methodParameter = name }
    return CompletionArguments(
      positional: command.positional, rest: command.rest?.parameter, keywords: command.keywords,
      methodParameter: methodParameter)
  }

  func parameters(ofMethod method: String) -> [Parameter] {
    guard let card = lexicon.method(method)?.card else { return [] }
    // `start` is every search's, and has words of this method's own.
    let starts = card.startWords.isEmpty ? nil : lexicon.startParameter(beside: card)
    return card.parameters + (starts.map { [$0] } ?? [])
  }

  func members(of expression: String) -> [CompletionItem] {
    guard let value = value(of: expression), let kind = value.kind else { return [] }
    // Whether a metric was measured is known only when the line has run.
    let measured = [.score, .curve, .barrier].contains(kind) ? metrics : []
    return Member.members(of: kind).map { CompletionItem($0.name, $0.help) } + measured
      + columns(of: expression)
  }

  func columns(of expression: String) -> [CompletionItem] {
    tables[expression] ?? (value(of: expression)?.columns ?? []).map { CompletionItem($0) }
  }

  func values(for parameter: String, of verb: String) -> [CompletionItem] {
    switch verb {
    case "load": return KnownDataSet.allCases.map { CompletionItem($0.name, $0.title) }
    // What can be checked.
    case Command.plugin.verb where parameter == "what": return methods + metrics + readers
    default: return []
    }
  }

  /// What is known of the value of a name or another expression.
  private func value(of expression: String) -> StaticValue? {
    if let known = checker.names[expression] { return known }
    guard !expression.isEmpty else { return nil }
    let source = Source.typed("(" + expression + ")")
    guard let operand = try? Parser.operand(source, vocabulary: lexicon) else { return nil }
    var checker = checker(for: source)
    return checker.infer(operand)
  }

  private func checker(for source: Source) -> Checker {
    var new = Checker(
      lexicon: lexicon, source: source, names: checker.names, lastResult: checker.lastResult,
      resultCount: checker.resultCount, toleratesUnknownNames: true)
    // A Tab must not wait for a disk.
    new.readsFiles = false
    return new
  }

  /// The same with the names that the lines of an unfinished block have bound and will bind, as
  /// they are checked before they run.
  func after(_ earlier: CompletionContext.EarlierText) -> any CompletionSource {
    let source = Source.typed(earlier.text)
    var inner = checker(for: source)
    let statements = Parser.parse(source, vocabulary: lexicon).script.statements
    let bound = inner.follow(statements, to: earlier.end)
    var result = self
    result.checker = inner
    result.names.removeAll { bound.contains($0.name) }
    for name in bound { result.tables[name] = nil }
    // What stands nearest comes first.
    let new = bound.map { name in
      let value = inner.names[name]
      return CompletionName(name, value?.kind, value.map(Self.summary) ?? "")
    }
    result.names = new + result.names
    return result
  }

  private static func summary(of value: StaticValue) -> String {
    if let columns = value.columns { return "columns " + columns.joined(separator: " ") }
    if let content = value.content { return content.summary }
    return "bound above"
  }
}
