import Contract
import Kernel

extension Command {
  /// One page on a command, a method, a topic or an error code.
  static let help = Command(
    "help", .look, "a page on a command, a method, a topic or an error code",
    details: """
      Alone it lists the commands by group. `help tour` runs a dozen lines on a tiny problem, in \
      about a second.
      """,
    positional: [
      Parameter(
        "word", .topic, isOptional: true, help: "what to explain, such as `barrier` or `E0304`")
    ],
    results: .nothing, examples: ["help", "help where", "help values", "help E0203"],
    seeAlso: ["find", "list"]
  ) { call throws(Failure) in
    let pages = HelpPages(lexicon: call.session.lexicon)
    guard let word = call.textIfGiven("word") else {
      call.session.host.show(.helpIndex(pages.overview))
      return []
    }
    if word == "tour" {
      try Tour.run(in: call.session)
      return []
    }
    guard let page = pages.page(word) else {
      var notes = ["`help` alone lists everything"]
      if let near = nearest(word, among: pages.words) {
        notes.insert("did you mean `\(near)`?", at: 0)
      }
      throw Failure(.unknownValue, "there is no help on `\(word)`", notes: notes)
    }
    call.session.host.show(.help(page))
    return []
  }

  /// Searches the help.
  static let find = Command(
    "find", .look, "the pages of help that speak of something",
    positional: [Parameter("word", .topic, help: "what to look for")], results: .nothing,
    examples: ["find seed"], seeAlso: ["help"]
  ) { call throws(Failure) in
    let pages = HelpPages(lexicon: call.session.lexicon)
    let word = call.text("word").lowercased()
    let hits = pages.words.compactMap(pages.page).filter { page in
      page.allText.contains { $0.lowercased().contains(word) }
    }
    guard !hits.isEmpty else {
      throw Failure(.unknownValue, "no page of help speaks of `\(word)`")
    }
    let table = Table(
      columns: [.init("page", .text), .init("about", .text)],
      rows: hits.map { [.text($0.name), .text($0.purpose)] })
    call.session.host.show(.value(Value(.table(table), .typed("find")), .table))
    return []
  }
}

/// Makes pages of help from the tables of commands, methods, topics and errors.
struct HelpPages {
  let lexicon: Lexicon

  /// Every word that has a page, in the order of the tables.
  var words: [String] {
    lexicon.commands.map(\.verb) + lexicon.methods.map { $0.card.id } + lexicon.metrics.map(\.id)
      + lexicon.readers.map(\.id) + HelpTopic.all.map(\.word)
      + ErrorCatalogue.pages.map(\.code.description)
  }

  /// The page of a word.
  func page(_ word: String) -> HelpPage? {
    if let command = lexicon.command(word) { return page(of: command) }
    if let method = lexicon.method(word) { return page(of: method) }
    if let metric = lexicon.metric(word) { return HelpPage(metric) }
    if let reader = lexicon.reader(word) { return HelpPage(reader) }
    let topicWord = HelpTopic.ofWord[word] ?? word
    if let topic = HelpTopic.all.first(where: { $0.word == topicWord }) {
      return HelpPage(
        name: topic.word, kind: "topic", purpose: topic.summary,
        text: topic.text.joined(separator: "\n\n"), seeAlso: topic.seeAlso)
    }
    return ErrorCatalogue.page(named: word).map(page(of:))
  }

  /// All commands by group, the methods and the topics.
  var overview: HelpIndex {
    var groups = Command.Group.allCases.compactMap { group -> HelpIndex.Group? in
      let entries = lexicon.commands.filter { $0.group == group }.map {
        HelpIndex.Entry($0.verb, $0.summary)
      }
      return entries.isEmpty ? nil : HelpIndex.Group(group.rawValue, entries)
    }
    let methods = lexicon.methods.map { HelpIndex.Entry($0.card.id, $0.card.summary) }
    if !methods.isEmpty { groups.append(HelpIndex.Group("Methods for search", methods)) }
    groups += [
      HelpIndex.Group(
        "Metrics for eval, curve and barrier",
        lexicon.metrics.map { HelpIndex.Entry($0.id, $0.card.summary) }),
      HelpIndex.Group(
        "Readers for load", lexicon.readers.map { HelpIndex.Entry($0.id, $0.card.summary) }),
    ].filter { !$0.entries.isEmpty }
    groups.append(
      HelpIndex.Group("Topics", HelpTopic.all.map { HelpIndex.Entry($0.word, $0.summary) }))
    return HelpIndex(
      groups: groups,
      notes: ["`help WORD` shows one page on any of these, or on an error code such as E0304"])
  }

  private func page(of command: Command) -> HelpPage {
    var arguments: [HelpPage.ArgumentTable] = []
    if !command.parameters.isEmpty {
      arguments.append(HelpPage.ArgumentTable("Arguments", command.parameters))
    }
    var text = command.details
    if case .ofMethod = command.extraKeywords, !lexicon.methods.isEmpty {
      let methods = lexicon.methods.map { $0.card.id }.joined(separator: ", ")
      text += "\n\nEach method takes arguments of its own, see its page: \(methods)."
    }
    return HelpPage(
      name: command.verb, kind: "command", purpose: command.summary, usage: [command.usage],
      text: text, arguments: arguments, examples: command.examples.map { HelpPage.Example($0) },
      seeAlso: command.seeAlso)
  }

  private func page(of method: SearchMethod) -> HelpPage {
    let card = method.card
    var usage = "search \(card.id) NETS…" + (card.needsData ? " data=…" : "")
    for parameter in card.parameters {
      usage += " [\(parameter.name)=\(parameter.defaultText ?? "…")]"
    }
    // Whatever a method has words for, the default of every search stands.
    if !card.startWords.isEmpty { usage += " [start=identity]" }
    // Where a search begins is said for all of them, and here for words of this method's own.
    let start = card.startWords.isEmpty ? nil : lexicon.startParameter(beside: card)
    let parameters = card.parameters + (start.map { [$0] } ?? [])
    let example = "p = search \(card.id) a b" + (card.needsData ? " data=train" : "")
    return HelpPage(
      name: card.id, kind: "method", purpose: card.summary, usage: [usage],
      text: card.description + "\n\n" + HelpPage.versionText(card.version, method.origin),
      arguments: parameters.isEmpty
        ? [] : [HelpPage.ArgumentTable("Arguments of its own", parameters)],
      examples: [HelpPage.Example(example)], seeAlso: ["search", "method", "compare"],
      papers: card.papers)
  }

  private func page(of error: ErrorPage) -> HelpPage {
    var examples: [HelpPage.Example] = []
    var text = error.meaning + "\n\n" + error.remedy
    switch error.occurrence {
    case .lines(let lines, _):
      examples = lines.split(separator: "\n").map { HelpPage.Example(String($0)) }
    case .otherwise(let how): text += "\n\n" + how
    }
    return HelpPage(
      name: error.code.description, kind: "error", purpose: error.title, text: text,
      examples: examples)
  }
}

extension HelpPage {
  /// Everything on the page, piece by piece.
  fileprivate var allText: [String] {
    [name, purpose, text] + usage + examples.map(\.line) + papers
      + arguments.flatMap { table in table.parameters.flatMap { [$0.name, $0.help] } }
  }
}
