import Kernel

/// The statements of a session that what is left of it depends on, in order.
///
/// Left out are values whose names were bound again or forgotten, unless something kept was made
/// of them. A search that was stopped and its `resume` are one statement.
struct SessionSlice {
  private(set) var entries: [SessionEntry]
  /// What could not be told as it was.
  private(set) var warnings: [String] = []
  private let lexicon: Lexicon

  init(_ session: Session) throws(Failure) {
    entries = session.sessionRecord.entries
    lexicon = session.lexicon
    for index in entries.indices { entries[index].leaveOutShowing() }
    mergeResumed(
      ResumedLines(
        entries, kept: closure(dependencies(), session), lexicon: lexicon,
        named: { lastBinding(of: $0, before: $1) }, numbered: { entry(ofResult: $0, before: $1) }
      ).places)
    let needs = dependencies()
    let kept = closure(needs, session, without: leaveOutLost(needs, session))
    try nameResults(kept)
    warnOfMissingTurns(kept)
    entries = kept.sorted().map { entries[$0] }
  }

  // MARK: - What cannot be made again

  /// What a block or a file left bound when it failed or was stopped, and all that was made of it:
  /// a script with these lines would stop at the first name that is not there.
  private mutating func leaveOutLost(_ needs: [[Int]], _ session: Session) -> Set<Int> {
    var lost: Set<Int> = []
    for index in entries.indices {
      let entry = entries[index]
      if let left = entry.namesLeft {
        lost.insert(index)
        let current = left.filter { name in
          session.value(named: name) != nil && lastBinding(of: name, before: entries.count) == index
        }
        if !current.isEmpty {
          warnings.append(
            "left out: \(current.map { "`\($0)`" }.joined(separator: ", ")), since "
              + "`\(entry.headline)` did not run to its end")
        }
      } else if let cause = needs[index].first(where: lost.contains) {
        lost.insert(index)
        warnings.append(
          "left out: `\(entry.headline)`, since `\(entries[cause].headline)` "
            + (entries[cause].namesLeft == nil ? "is left out" : "did not run to its end"))
      }
    }
    return lost
  }

  // MARK: - What is kept

  /// What is kept for its own sake, and all that it needs.
  private func closure(
    _ needs: [[Int]], _ session: Session, without lost: Set<Int> = []
  ) -> Set<Int> {
    var kept: Set<Int> = []
    var open = entries.indices.filter { !lost.contains($0) && isRoot($0, session) }
    while let next = open.popLast() {
      guard kept.insert(next).inserted else { continue }
      open += needs[next]
    }
    return kept
  }

  private func isRoot(_ index: Int, _ session: Session) -> Bool {
    let entry = entries[index]
    let isAside = entry.isLook || entry.savesSession || entry.setsNothing
    if isAside || entry.lastVerb == Self.forgetting { return false }
    // What has no name is there for what it shows or does.
    if entry.names.isEmpty { return true }
    if case .assignment = entry.statement.kind {} else { return true }
    return entry.names.contains { name in
      session.value(named: name) != nil && lastBinding(of: name, before: entries.count) == index
    }
  }

  /// What takes names away is about the session and not about what it finds.
  private static let forgetting = Command.forget.verb

  private func lastBinding(of name: String, before index: Int) -> Int? {
    entries[..<index].lastIndex { $0.names.contains(name) }
  }

  // MARK: - What depends on what

  private func dependencies() -> [[Int]] {
    let reads = entries.map { WordCollector($0.statement, lexicon: lexicon) }
    return entries.indices.map { index in
      let names = reads[index].words.union(reads[index].paths)
      var needs = names.compactMap { lastBinding(of: $0, before: index) }
      needs += reads[index].history.compactMap { entry(ofResult: $0, before: index) }
      // Identical commands draw from streams of their own, in turn: those before must run, too.
      for call in entries[index].calls where call.ordinal > 0 {
        needs += entries[..<index].indices.filter { earlier in
          entries[earlier].calls.contains { $0.countedRecipe == call.countedRecipe }
        }
      }
      // What is expected to fail may do so because a name was taken away.
      if case .expectFails = entries[index].statement.kind {
        needs += entries[..<index].indices.filter { earlier in
          entries[earlier].lastVerb == Self.forgetting
            && !reads[earlier].paths.isDisjoint(with: names)
        }
      }
      return needs
    }
  }

  /// The statement that gave a result; the last one with a value for `nil`.
  private func entry(ofResult number: Int?, before index: Int) -> Int? {
    entries[..<index].lastIndex { entry in
      guard let numbers = entry.numbers else { return false }
      guard let number else { return !entry.values.isEmpty }
      return numbers.contains(number)
    }
  }

  private mutating func warnOfMissingTurns(_ kept: Set<Int>) {
    for index in kept.sorted() {
      for (place, call) in entries[index].calls.enumerated() where call.ordinal > 0 {
        // Those of a loop are counted one after the other.
        let before = entries[..<index].flatMap(\.calls) + entries[index].calls[..<place]
        let earlier =
          before
          .filter { $0.countedRecipe == call.countedRecipe }
        if earlier.count < call.ordinal {
          warnings.append(
            "`\(call.verb)` in `\(entries[index].statement.canonical)` was run before in lines that "
              + "failed, so a replay draws other numbers: give it a seed=")
        }
      }
    }
  }

  // MARK: - Stopped and gone on with

  /// Puts the values of `resume` in the place of those that were stopped.
  ///
  /// - Parameter resumed: The places of the lines that went on with them.
  private mutating func mergeResumed(_ resumed: Set<Int>) {
    // How many lines more or less there are than there were.
    var shift = 0
    for line in resumed.sorted() {
      let index = line + shift
      let entry = entries[index]
      guard case .assignment(let targets, _) = entry.statement.kind else { continue }
      var places: [String] = []
      var origins: Set<Int> = []
      for value in entry.values {
        guard let (origin, place) = takeBack(value, before: index) else { break }
        origins.insert(origin)
        places.append(place)
      }
      guard places.count == entry.values.count else { continue }
      // What was read after it went on is an input like what was read before.
      for origin in origins { entries[origin].calls += entry.calls }
      renumber(entry, as: places, from: origins, after: index)
      // Where the names are others than before, they become other names of the same values.
      let others = targets.indices.filter { targets[$0].text != places[$0] }
      let aliases = others.map { place in
        var alias = entry
        let value = Expression(.init(place: places[place]), Span(0, 0))
        alias.statement.kind = .assignment(
          [targets[place]], Pipeline(first: .expression(value), span: value.span))
        alias.values = [entry.values[place]]
        alias.calls = []
        return alias
      }
      entries.replaceSubrange(index...index, with: aliases)
      shift += aliases.count - 1
    }
  }

  private func list(_ places: [String]) -> String {
    places.count == 1 ? places[0] : "[\(places.joined(separator: ", "))]"
  }

  /// Gives a completed value to the statement that began it; says which that is and how it names
  /// the value.
  private mutating func takeBack(
    _ value: Value, before index: Int
  ) -> (origin: Int, place: String)? {
    guard let call = value.provenance.call,
      let origin = entries[..<index].lastIndex(where: { $0.calls.contains { $0 === call } }),
      case .assignment(let targets, let pipeline) = entries[origin].statement.kind
    else { return nil }
    let place = value.provenance.resultIndex ?? 0
    let shared = targets.count == 1 && call.resultCount > 1
    guard !shared, entries[origin].values.indices.contains(place) else { return nil }
    entries[origin].values[place] = value
    entries[origin].isResumed = true
    if value.partial == nil {
      entries[origin].statement.kind = .assignment(targets, pipeline.withoutBudget(call.verb))
    }
    if targets.indices.contains(place) { return (origin, targets[place].text) }
    return entries[origin].numbers.map { (origin, "_\($0.lowerBound)") }
  }

  /// Lets later statements that speak of a resumed value by its number speak of the statement that
  /// began it, since the one that resumed it is gone.
  private mutating func renumber(
    _ resumed: SessionEntry, as places: [String], from origins: Set<Int>, after index: Int
  ) {
    guard let origin = origins.first, origins.count == 1,
      let number = entries[origin].numbers?.lowerBound, let old = resumed.numbers?.lowerBound
    else { return }
    // Its number stands for all of its values; one of several goes by its name.
    let isWhole = places.count == entries[origin].values.count
    for later in entries.indices.dropFirst(index + 1) {
      let history = WordCollector(entries[later].statement, lexicon: lexicon).history
      let isLast = history.contains(nil) && entry(ofResult: nil, before: later) == index
      guard history.contains(old) || isLast else { continue }
      var names: [Int?: String] = [old: isWhole ? "_\(number)" : places[0]]
      if isLast { names[nil] = names[old] }
      var mapper = HistoryNames(lexicon: lexicon, names: names)
      entries[later].statement = mapper.map(entries[later].statement)
    }
  }

  // MARK: - Results without names

  /// Gives names to results that kept statements speak of by number.
  private mutating func nameResults(_ kept: Set<Int>) throws(Failure) {
    var used = Set(entries.flatMap(\.names))
    for index in kept.sorted() {
      let history = WordCollector(entries[index].statement, lexicon: lexicon).history
      guard !history.isEmpty else { continue }
      var names: [Int?: String] = [:]
      for number in history {
        guard let origin = entry(ofResult: number, before: index) else {
          throw nameless(number, at: index)
        }
        names[number] = try name(of: origin, number, at: index, &used)
      }
      var mapper = HistoryNames(lexicon: lexicon, names: names)
      entries[index].statement = mapper.map(entries[index].statement)
    }
  }

  private mutating func name(
    of origin: Int, _ number: Int?, at index: Int, _ used: inout Set<String>
  ) throws(Failure) -> String {
    guard case .assignment(let targets, let pipeline) = entries[origin].statement.kind,
      targets.allSatisfy({ lastBinding(of: $0.text, before: index) == origin })
    else {
      throw nameless(number, at: index)
    }
    if !targets.isEmpty { return list(targets.map(\.text)) }
    let wanted = "r\(entries[origin].numbers?.lowerBound ?? origin + 1)"
    var name = wanted
    var suffix = 2
    while !used.insert(name).inserted {
      name = "\(wanted)_\(suffix)"
      suffix += 1
    }
    entries[origin].statement.kind = .assignment([Name(text: name, span: Span(0, 0))], pipeline)
    return name
  }

  private func nameless(_ number: Int?, at index: Int) -> Failure {
    let result = number.map { "_\($0)" } ?? "_"
    return Failure(
      .incompatible,
      "`\(entries[index].statement.canonical)` cannot be saved: what `\(result)` was has no name",
      notes: ["give it a name and make it again, or forget what depends on it"])
  }
}

extension Pipeline {
  /// The pipeline where the command of this verb has no `budget=`: what was stopped by it is whole.
  fileprivate func withoutBudget(_ verb: String) -> Pipeline {
    func strip(_ call: Call) -> Call {
      guard call.verb.text == verb else { return call }
      var result = call
      result.arguments.removeAll { $0.name?.text == "budget" }
      return result
    }
    var result = self
    if case .call(let call) = first { result.first = .call(strip(call)) }
    result.rest = rest.map(strip)
    return result
  }
}

/// Puts names in the places of results.
private struct HistoryNames: WordMapper {
  let lexicon: Lexicon
  let names: [Int?: String]

  mutating func history(_ number: Int?) -> String? { names[number] }
}

extension SessionEntry {
  /// Its first line, for messages.
  fileprivate var headline: String {
    let text = statement.canonical
    let first = text.prefix { $0 != "\n" }
    return first.count < text.count ? first + " …" : text
  }

  /// What `set` changes of how things are shown, which no value depends on.
  private static let showing: Set<String> = ["format", "color", "pager"]

  /// Takes out of a `set` what changes no value.
  fileprivate mutating func leaveOutShowing() {
    guard case .assignment(let targets, var pipeline) = statement.kind, pipeline.rest.isEmpty,
      case .call(var call) = pipeline.first, call.verb.text == Command.set.verb
    else { return }
    call.arguments.removeAll { $0.name.map { Self.showing.contains($0.text) } ?? false }
    pipeline.first = .call(call)
    statement.kind = .assignment(targets, pipeline)
  }

  /// Whether it is a `set` that sets nothing.
  fileprivate var setsNothing: Bool {
    guard lastVerb == Command.set.verb, case .assignment([], let pipeline) = statement.kind else {
      return false
    }
    if case .call(let call) = pipeline.first { return call.arguments.isEmpty }
    return true
  }

  /// Whether it is the line that wrote a session.
  fileprivate var savesSession: Bool {
    guard case .assignment([], let pipeline) = statement.kind,
      case .call(let call) = pipeline.first,
      call.verb.text == "save", case .name("session")? = call.arguments.first?.value.form
    else { return false }
    return true
  }
}
