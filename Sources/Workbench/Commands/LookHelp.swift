import Contract
import Kernel

extension Command {
  /// One page on a command, a method, a topic or an error code.
  static let help = Command(
    "help", .look, "a page on a command, a method, a topic or an error code",
    details: "Alone it lists the commands by group.",
    positional: [
      Parameter(
        "word", .topic, isOptional: true, help: "what to explain, such as `barrier` or `E0304`")
    ],
    results: .nothing, examples: ["help", "help where", "help values", "help E0203"],
    seeAlso: ["find", "list"]
  ) { call throws(Failure) in
    let pages = HelpPages(lexicon: call.session.lexicon)
    guard let word = call.textIfGiven("word") else {
      call.session.host.show(.help(pages.overview))
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
      rows: hits.map { [.text($0.title), .text($0.summary)] })
    call.session.host.show(.value(Value(.table(table), .typed("find")), .table))
    return []
  }
}

/// Makes pages of help from the tables of commands, methods, topics and errors.
struct HelpPages {
  let lexicon: Lexicon

  /// Every word that has a page, in the order of the tables.
  var words: [String] {
    lexicon.commands.map(\.verb) + lexicon.methods.map { $0.card.id } + HelpTopic.all.map(\.word)
      + ErrorCatalogue.pages.map(\.code.description)
  }

  /// The page of a word.
  func page(_ word: String) -> HelpPage? {
    if let command = lexicon.command(word) { return page(of: command) }
    if let method = lexicon.method(word) { return page(of: method.card) }
    if let topic = HelpTopic.all.first(where: { $0.word == word }) {
      return HelpPage(
        title: topic.word, summary: topic.summary, text: topic.text, seeAlso: topic.seeAlso)
    }
    return ErrorCatalogue.page(named: word).map(page(of:))
  }

  /// All commands by group, the methods and the topics.
  var overview: HelpPage {
    var sections = Command.Group.allCases.compactMap { group -> HelpPage.Section? in
      let rows = lexicon.commands.filter { $0.group == group }.map {
        HelpPage.Row(name: $0.verb, help: $0.summary)
      }
      return rows.isEmpty ? nil : HelpPage.Section(heading: group.rawValue, rows: rows)
    }
    let methods = lexicon.methods.map { HelpPage.Row(name: $0.card.id, help: $0.card.summary) }
    if !methods.isEmpty { sections.append(.init(heading: "Methods for search", rows: methods)) }
    sections.append(
      .init(
        heading: "Topics",
        rows: HelpTopic.all.map { HelpPage.Row(name: $0.word, help: $0.summary) }))
    return HelpPage(
      title: "help", summary: "help WORD shows one page on any of these", sections: sections)
  }

  private func page(of command: Command) -> HelpPage {
    var sections: [HelpPage.Section] = []
    if !command.parameters.isEmpty {
      sections.append(.init(heading: "Arguments", rows: command.parameters.map(row)))
    }
    if case .ofMethod = command.extraKeywords {
      let rows = lexicon.methods.map { HelpPage.Row(name: $0.card.id, help: $0.card.summary) }
      if !rows.isEmpty { sections.append(.init(heading: "Methods", rows: rows)) }
    }
    return HelpPage(
      title: command.verb, summary: command.summary, usage: command.usage,
      text: command.details.isEmpty ? [] : [command.details], sections: sections,
      examples: command.examples, seeAlso: command.seeAlso)
  }

  private func page(of card: MethodCard) -> HelpPage {
    var usage = "search \(card.id) NETS…" + (card.needsData ? " data=…" : "")
    for parameter in card.parameters {
      usage += " [\(parameter.name)=\(parameter.defaultText ?? "…")]"
    }
    var sections: [HelpPage.Section] = []
    if !card.parameters.isEmpty {
      sections.append(.init(heading: "Arguments", rows: card.parameters.map(row)))
    }
    var text = [card.description]
    text += card.papers.map { "From: \($0)" }
    text.append("Version \(card.version).")
    let example = "p = search \(card.id) a b" + (card.needsData ? " data=train" : "")
    return HelpPage(
      title: card.id, summary: card.summary, usage: usage, text: text, sections: sections,
      examples: [example], seeAlso: ["search", "method", "compare"])
  }

  private func page(of error: ErrorPage) -> HelpPage {
    var examples: [String] = []
    var text = [error.meaning, error.remedy]
    switch error.occurrence {
    case .lines(let lines, _): examples = lines.split(separator: "\n").map(String.init)
    case .otherwise(let how): text.append(how)
    }
    return HelpPage(
      title: error.code.description, summary: error.title, text: text, examples: examples)
  }

  private func row(_ parameter: Parameter) -> HelpPage.Row {
    HelpPage.Row(
      name: parameter.name, kind: parameter.kindText, defaultText: parameter.defaultText ?? "",
      help: parameter.help)
  }
}

extension HelpPage {
  /// Everything on the page, piece by piece.
  fileprivate var allText: [String] {
    [title, summary, usage] + text + examples
      + sections.flatMap { section in section.rows.flatMap { [$0.name, $0.help] } }
  }
}

extension Parameter {
  /// Kind, range and unit, as tables of help show them: `int 3..1001`.
  var kindText: String {
    var text =
      switch kind {
      case .integer(let range): "int" + Self.shortRange(range.lowerBound, range.upperBound)
      case .real(let range):
        "real" + Self.shortRange(Content.digits(range.lowerBound), Content.digits(range.upperBound))
      case .yesNo: "yes or no"
      case .text: "text"
      case .path: "path"
      case .word(let choices): choices.joined(separator: " | ")
      case .interval(let range):
        "a..b" + Self.shortRange(Content.digits(range.lowerBound), Content.digits(range.upperBound))
      case .duration: "time"
      case .memory: "memory"
      case .value(let kinds): kinds.map(\.rawValue).joined(separator: " | ")
      case .method: "method"
      case .start: "method | result | permutations"
      case .rowExpression: "expression"
      case .column: "column"
      case .topic: "word"
      case .any: "any value"
      }
    if !words.isEmpty { text = words.joined(separator: " | ") + " | " + text }
    return unit.map { "\(text), \($0)" } ?? text
  }

  private static func shortRange(_ lower: Int, _ upper: Int) -> String {
    shortRange(lower == .min ? "" : String(lower), upper == .max ? "" : String(upper))
  }

  private static func shortRange(_ lower: String, _ upper: String) -> String {
    // The ends of what a double can hold are no limits to a person.
    let isOpen = { (text: String) in text.isEmpty || text.contains("e+308") || text.contains("inf")
    }
    switch (isOpen(lower), isOpen(upper)) {
    case (true, true): return ""
    case (false, true): return " ≥ \(lower)"
    case (true, false): return " ≤ \(upper)"
    case (false, false): return " \(lower)..\(upper)"
    }
  }
}
