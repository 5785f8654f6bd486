import Contract

/// One page of help: on a command, a method, a topic or a code.
struct HelpPage: Hashable, Sendable {
  /// The word that was asked for.
  var name: String
  /// What it is: `command`, `method`, `topic`, `error`.
  var kind: String
  /// One line: what it is for, without a full stop.
  var purpose: String
  /// How it is written, one line for each way.
  var usage: [String]
  /// A few sentences; paragraphs are parted by empty lines.
  var text: String
  /// Tables of arguments, each under a heading.
  var arguments: [ArgumentTable]
  var examples: [Example]
  /// Other words that help knows.
  var seeAlso: [String]
  /// Papers to cite, one line each.
  var papers: [String]

  init(
    name: String, kind: String, purpose: String, usage: [String] = [], text: String = "",
    arguments: [ArgumentTable] = [], examples: [Example] = [], seeAlso: [String] = [],
    papers: [String] = []
  ) {
    self.name = name
    self.kind = kind
    self.purpose = purpose
    self.usage = usage
    self.text = text
    self.arguments = arguments
    self.examples = examples
    self.seeAlso = seeAlso
    self.papers = papers
  }

  /// Parameters under a heading, such as `Arguments` or `Parameters of sa2`.
  struct ArgumentTable: Hashable, Sendable {
    var heading: String
    var parameters: [Parameter]

    init(_ heading: String, _ parameters: [Parameter]) {
      self.heading = heading
      self.parameters = parameters
    }
  }

  /// A line that works as it stands, and what it does.
  struct Example: Hashable, Sendable {
    var line: String
    var note: String

    init(_ line: String, _ note: String = "") {
      self.line = line
      self.note = note
    }
  }
}

extension HelpPage {
  /// The page, every line ending in a line feed and none wider than `width`, if words allow.
  func rendered(width: Int = 80, glyphs: Glyphs = .unicode, style: Style = .plain) -> String {
    let layout = HelpLayout(width: max(width, 40), glyphs: glyphs, style: style)
    var blocks = [layout.head(name: name, kind: kind, purpose: purpose)]
    if !usage.isEmpty { blocks.append(layout.section("Usage", usage.flatMap(layout.usageLines))) }
    if !text.isEmpty { blocks.append(layout.paragraphs(text)) }
    for table in arguments where !table.parameters.isEmpty {
      blocks.append(
        layout.section(table.heading, layout.argumentLines(table.parameters)))
    }
    if !examples.isEmpty {
      blocks.append(layout.section("Examples", examples.flatMap(layout.exampleLines)))
    }
    if !papers.isEmpty {
      blocks.append(layout.section("Papers", papers.flatMap { layout.hanging($0) }))
    }
    if !seeAlso.isEmpty {
      blocks.append(layout.section("See also", layout.hanging(seeAlso.joined(separator: ", "))))
    }
    return blocks.map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
  }
}

/// The list that `help` alone shows: words in groups with one line each.
struct HelpIndex: Hashable, Sendable {
  var groups: [Group]
  /// Lines at the end: what else `help` knows.
  var notes: [String]

  init(groups: [Group], notes: [String] = []) {
    self.groups = groups
    self.notes = notes
  }

  /// Words under a heading, each with one line.
  struct Group: Hashable, Sendable {
    var heading: String
    var entries: [Entry]

    init(_ heading: String, _ entries: [Entry]) {
      self.heading = heading
      self.entries = entries
    }
  }

  /// A word and what it is for.
  struct Entry: Hashable, Sendable {
    var name: String
    var summary: String

    init(_ name: String, _ summary: String) {
      self.name = name
      self.summary = summary
    }
  }

  /// The list, every line ending in a line feed.
  func rendered(width: Int = 80, glyphs: Glyphs = .unicode, style: Style = .plain) -> String {
    let layout = HelpLayout(width: max(width, 40), glyphs: glyphs, style: style)
    let names = groups.flatMap { $0.entries.map { displayWidth(of: $0.name) } }
    let column = min(names.max() ?? 0, 24) + 4
    let blocks = groups.map { group in
      layout.section(
        group.heading,
        group.entries.flatMap { layout.entry($0.name, $0.summary, column: column) })
    }
    let end = notes.isEmpty ? [] : [notes.flatMap { layout.wrapped($0, indent: 0) }]
    return (blocks + end).map { $0.map { $0 + "\n" }.joined() }.joined(separator: "\n")
  }
}
