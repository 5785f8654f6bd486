/// Which lines of a session that went on with a stopped value are told as one with the line that
/// began it.
///
/// That is so where nothing looked at the value as it was: as soon as a line that is kept reads it,
/// or two lines went on with it, a script needs the lines apart.
struct ResumedLines {
  /// The places of the lines.
  private(set) var places: Set<Int> = []
  private let entries: [SessionEntry]
  private let kept: [Int]
  /// The values that each statement reads.
  private let reads: [[Reading]]
  /// The newest value that the line that began it stands for, by where that line has it.
  private var newest: [Reading: Reading] = [:]

  /// A value that a statement gave; without a number all of them.
  private struct Reading: Hashable {
    var entry: Int
    var value: Int?

    func overlaps(_ other: Reading) -> Bool {
      entry == other.entry && (value == nil || other.value == nil || value == other.value)
    }
  }

  /// - Parameters:
  ///   - kept: The places of the statements that are kept.
  ///   - named: The statement that bound a name last before a place.
  ///   - numbered: The statement that gave the result with a number before a place.
  init(
    _ entries: [SessionEntry], kept: Set<Int>, lexicon: Lexicon,
    named: (String, Int) -> Int?, numbered: (Int?, Int) -> Int?
  ) {
    self.entries = entries
    self.kept = kept.sorted()
    let words = entries.map { WordCollector($0.statement, lexicon: lexicon) }
    reads = entries.indices.map { index in
      // Another file may read any name.
      let names =
        words[index].runsFile
        ? Set(entries[..<index].flatMap(\.names)) : words[index].words.union(words[index].paths)
      let ofNames = names.compactMap { name in
        named(name, index).map { Reading(entry: $0, value: entries[$0].place(of: name)) }
      }
      let ofNumbers = words[index].history.compactMap { number in
        numbered(number, index).map { Reading(entry: $0) }
      }
      return ofNames + ofNumbers
    }
    for index in self.kept where entries[index].goesOn(lexicon) { look(at: index) }
  }

  private mutating func look(at index: Int) {
    let values = entries[index].values
    guard !values.isEmpty else { return }
    var newer: [Reading: Reading] = [:]
    for (place, value) in values.enumerated() {
      guard let home = home(of: value, before: index),
        // Where one of several went on, the others are what they were.
        entries[home.entry].values.count == values.count
      else { return }
      let before = newest[home] ?? home
      guard isRead(before, by: index), isReadAlone(before, by: index) else { return }
      newer[home] = Reading(entry: index, value: place)
    }
    newest.merge(newer) { _, new in new }
    places.insert(index)
  }

  /// Where the line that began a value has it; `nil` where that line cannot stand for it.
  private func home(of value: Value, before index: Int) -> Reading? {
    guard let call = value.provenance.call,
      let origin = entries[..<index].lastIndex(where: { $0.calls.contains { $0 === call } }),
      case .assignment(let targets, _) = entries[origin].statement.kind,
      call.resultCount == 1 || targets.count != 1 && value.provenance.resultIndex != nil
    else { return nil }
    let place = value.provenance.resultIndex ?? 0
    guard entries[origin].values.indices.contains(place) else { return nil }
    return Reading(entry: origin, value: place)
  }

  private func isRead(_ value: Reading, by index: Int) -> Bool {
    reads[index].contains { $0.overlaps(value) }
  }

  private func isReadAlone(_ value: Reading, by index: Int) -> Bool {
    kept.allSatisfy { $0 == index || !isRead(value, by: $0) }
  }
}

extension SessionEntry {
  /// Whether it is a line of a command that goes on with what was stopped, and nothing else.
  func goesOn(_ lexicon: Lexicon) -> Bool {
    guard case .assignment(_, let pipeline) = statement.kind, pipeline.rest.isEmpty,
      let verb = lastVerb
    else { return false }
    return lexicon.command(verb)?.continues != nil
  }

  /// Which of its values a name stands for; `nil` for all of them, or where it is not known.
  fileprivate func place(of name: String) -> Int? {
    guard case .assignment(let targets, _) = statement.kind, targets.count == values.count else {
      return nil
    }
    return targets.lastIndex { $0.text == name }
  }
}
