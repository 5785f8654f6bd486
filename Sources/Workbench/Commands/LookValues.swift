import Contract
import Kernel

extension Parameter {
  /// The value that a command looks at.
  fileprivate static let looked = Parameter("value", .any, help: "the value to look at")
}

extension Command {
  /// The names and what they stand for.
  static let list = Command(
    "list", .look, "the names that are bound, and what they stand for",
    keywords: [.format], results: .nothing, examples: ["list"], examplePreparation: ["x = 3"],
    seeAlso: ["describe", "forget", "history"]
  ) { call throws(Failure) in
    let session = call.session
    let rows = session.names.compactMap { name -> [Table.Cell]? in
      session.value(named: name).map {
        [.text(name), .text($0.kind.rawValue), .text($0.summary)]
      }
    }
    guard !rows.isEmpty else {
      session.host.show(.text("no names are bound"))
      return []
    }
    call.show(
      Table(
        columns: [.init("name", .text), .init("kind", .text), .init("value", .text)], rows: rows))
    return []
  }

  /// A value in full.
  static let show = Command(
    "show", .look, "a value in full", positional: [.looked], keywords: [.format],
    results: .nothing, examples: ["show 1..5", "show [1, 2, 3] as=json"],
    seeAlso: ["print", "describe", "export"]
  ) { call throws(Failure) in
    guard let value = call.value("value") else { return [] }
    call.session.host.show(.value(value, call.format))
    return []
  }

  /// Facts about a value.
  static let describe = Command(
    "describe", .look, "what a value is: kind, size, hash and parts",
    details: """
      Of permutations and of results that have some, also what they do to each layer of each \
      network that moves: how many units stay, and into how many cycles the others fall. \
      `.cycles` of permutations is that as a table.

      A network is drawn: a line for each layer with its sizes, the shape of its output, its weights, \
      and the number of the group of units that it belongs to, which permute together; where a \
      branch leaves a stream and is added to it again, lines at the left show it. Under it stand the \
      groups. `.layers` of a network is that as a table, for programs.
      """,
    positional: [.looked], keywords: [.format], results: .nothing,
    examples: ["describe 5%", "describe a"], examplePreparation: Examples.oneNetwork,
    seeAlso: ["explain", "show"]
  ) { call throws(Failure) in
    guard let value = call.value("value") else { return [] }
    var rows: [[Table.Cell]] = [
      [.text("kind"), .text(value.kind.rawValue)],
      [.text("value"), .text(value.content.brief)],
    ]
    if let partial = value.partial {
      let share = Content.brief(partial.share, .share)
      rows.append([.text("unfinished"), .text("\(share) done, ended by \(partial.reason)")])
    }
    rows.append([.text("sha256"), .text(value.contentHash.hex)])
    rows.append([.text("recipe"), .text(value.provenance.recipe.hex)])
    // 64 columns, as the hashes have: more would be cut on a screen of 80.
    let parts = value.content.memberNames.map { "." + $0 }.joined(separator: " ")
    for (name, text) in value.content.movedLayers { rows.append([.text(name), .text(text)]) }
    for (number, line) in TextLayout.wrapped(parts, width: 64).enumerated() where !line.isEmpty {
      rows.append([.text(number == 0 ? "parts" : ""), .text(line)])
    }
    let facts = Table(columns: [.init("fact", .text), .init("about", .text)], rows: rows)
    guard let drawing = value.content.drawing, [.table, .plain].contains(call.format) else {
      call.show(facts)
      return []
    }
    call.session.host.show(.drawing(drawing, facts: facts, call.format))
    return []
  }

  /// The lines so far.
  static let history = Command(
    "history", .look, "the lines that were run, with their numbers",
    positional: [
      Parameter("count", .integer(1...1_000_000), default: "50", help: "how many of the last lines")
    ],
    results: .nothing, examples: ["history", "history 5"], examplePreparation: ["x = 3"],
    seeAlso: ["list", "explain"]
  ) { call throws(Failure) in
    let entries = call.session.log.suffix(call.integer("count"))
    let width = String(call.session.results.count).utf8.count
    let lines = entries.map { entry in
      let number = entry.isRecorded ? String(entry.number) : ""
      return String(repeating: " ", count: max(0, width - number.utf8.count))
        + "\(number)  \(entry.text)"
    }
    call.session.host.show(.text(lines.joined(separator: "\n")))
    return []
  }

  /// Text and values on a line.
  static let print = Command(
    "print", .files, "text and values on one line",
    details: "Values in a text stand in braces: `print \"error {b.error}\"`.",
    rest: Rest(Parameter("values", .any, help: "what to print"), count: 0...Int.max),
    results: .nothing, isRecorded: false,
    examples: ["print \"half of {x} is {x / 2}\""], examplePreparation: ["x = 3"],
    seeAlso: ["show"]
  ) { call throws(Failure) in
    let words = call.rest.map { $0.content.word ?? $0.content.brief }
    call.session.host.show(.text(words.joined(separator: " ")))
    return []
  }

  /// Takes names away.
  static let forget = Command(
    "forget", .files, "takes names away, and with them what only they hold",
    rest: Rest(Parameter("names", .topic, help: "the names to forget")), results: .nothing,
    examples: ["forget x"], examplePreparation: ["x = 3"], seeAlso: ["list"], role: .ofSession
  ) { call throws(Failure) in
    let names = call.rest.compactMap(\.content.word)
    for name in names where call.session.value(named: name) == nil {
      let near = nearest(name, among: call.session.names)
      throw Failure(
        .unknownValue, "there is no value `\(name)`",
        notes: near.map { ["did you mean `\($0)`?"] } ?? [])
    }
    for name in names { call.session.forget(name) }
    return []
  }
}

extension Invocation {
  /// The format of `as=`, or the session's.
  var format: OutputFormat {
    textIfGiven("as").flatMap(OutputFormat.init) ?? session.settings.format
  }

  /// Shows a table that is no value of the session.
  func show(_ table: Table) {
    session.host.show(.value(Value(.table(table), .typed(command.verb)), format))
  }
}
