import Contract
import Kernel

/// What completion must know of the session, as it is now.
struct SessionCompletion: CompletionSource {
  let verbs: [CompletionItem]
  let methods: [CompletionItem]
  let names: [CompletionName]
  let topics: [CompletionItem]
  private let lexicon: Lexicon
  private let kinds: [String: ValueKind]
  private let columnsByName: [String: [CompletionItem]]

  init(_ session: Session) {
    lexicon = session.lexicon
    verbs = lexicon.commands.map { CompletionItem($0.verb, $0.summary) }
    methods = lexicon.methods.map { CompletionItem($0.card.id, $0.card.summary) }
    topics =
      HelpTopic.all.map { CompletionItem($0.word, $0.summary) }
      + ErrorCatalogue.pages.map { CompletionItem($0.code.description, $0.title) }
    var names: [CompletionName] = []
    var kinds: [String: ValueKind] = [:]
    var columns: [String: [CompletionItem]] = [:]
    for name in session.names {
      guard let value = session.value(named: name) else { continue }
      names.append(CompletionName(name, value.kind, value.content.summary))
      kinds[name] = value.kind
      if case .table(let table) = value.content {
        columns[name] = table.columns.map { CompletionItem($0.name, $0.kind.rawValue) }
      }
    }
    self.names = names
    self.kinds = kinds
    columnsByName = columns
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

  func members(of name: String) -> [CompletionItem] {
    guard let kind = kinds[name] else { return [] }
    return Member.members(of: kind).map { CompletionItem($0.name, $0.help) } + columns(of: name)
  }

  func columns(of name: String) -> [CompletionItem] { columnsByName[name] ?? [] }

  func values(for parameter: String, of verb: String) -> [CompletionItem] {
    guard verb == "load" else { return [] }
    return KnownDataSet.allCases.map { CompletionItem($0.name, $0.title) }
  }
}
