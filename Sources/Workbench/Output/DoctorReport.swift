/// What `basin doctor` found: facts under headings, each fine, worth knowing, or wrong.
struct DoctorReport: Hashable, Sendable {
  var sections: [Section]

  init(_ sections: [Section]) { self.sections = sections }

  /// Facts that belong together, such as `Numbers` or `Data`.
  struct Section: Hashable, Sendable {
    var heading: String
    var facts: [Fact]

    init(_ heading: String, _ facts: [Fact]) {
      self.heading = heading
      self.facts = facts
    }
  }

  /// One fact: `threads 2 (the affinity mask decided)`.
  struct Fact: Hashable, Sendable {
    var name: String
    var value: String
    var state: State
    /// What to do about it, where something should be done.
    var advice: String?

    init(_ name: String, _ value: String, _ state: State = .fine, advice: String? = nil) {
      self.name = name
      self.value = value
      self.state = state
      self.advice = advice
    }
  }

  /// How a fact is.
  enum State: String, Hashable, Sendable {
    case fine = "ok"
    case notable = "note"
    case wrong = "WRONG"
  }

  /// Whether something is wrong.
  var hasProblem: Bool { sections.contains { $0.facts.contains { $0.state == .wrong } } }

  /// The report, every line ending in a line feed; its last line says how much is wrong.
  func rendered(width: Int = 80, glyphs: Glyphs = .unicode, style: Style = .plain) -> String {
    let facts = sections.flatMap(\.facts)
    let column = min(facts.map { displayWidth(of: $0.name) }.max() ?? 0, 24)
    var lines: [String] = []
    for section in sections {
      lines.append(style.paint(glyphs.shown(section.heading), .heading))
      for fact in section.facts { lines += rendered(fact, column, width, glyphs, style) }
    }
    let wrong = facts.count { $0.state == .wrong }
    let notable = facts.count { $0.state == .notable }
    lines.append(
      wrong == 0
        ? "all fine" + (notable == 0 ? "" : ", \(notable) to know of") : "\(wrong) wrong")
    return lines.map { $0 + "\n" }.joined()
  }

  private func rendered(
    _ fact: Fact, _ column: Int, _ width: Int, _ glyphs: Glyphs, _ style: Style
  ) -> [String] {
    let role: Style.Role =
      switch fact.state {
      case .fine: .good
      case .notable: .warning
      case .wrong: .bad
      }
    let stateColumns = 5
    let state =
      style.paint(fact.state.rawValue, role)
      + TextLayout.blanks(stateColumns - fact.state.rawValue.count)
    let name = TextLayout.leftAligned(glyphs.shown(fact.name), width: column)
    // Two blanks before, between and after the three columns.
    let start = 2 + stateColumns + 2 + column + 2
    let values = TextLayout.wrapped(glyphs.shown(fact.value), width: max(width - start, 20))
    let advice =
      (fact.advice.map { TextLayout.wrapped($0, width: max(width - start - 2, 20)) } ?? [])
      .map { glyphs.shown($0) }
    return values.enumerated().map { index, value in
      index == 0 ? "  \(state)  \(name)  \(value)" : TextLayout.blanks(start) + value
    }
      + advice.enumerated().map { index, line in
        TextLayout.blanks(start) + (index == 0 ? "= " : "  ") + line
      }
  }
}
