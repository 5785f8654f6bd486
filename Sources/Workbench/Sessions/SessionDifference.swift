import Kernel

/// In what two saved sessions differ: their heads, their statements in canonical form, and the
/// receipts of the statements that both have.
struct SessionDifference {
  private let first: Side
  private let second: Side
  private var rows: [[Table.Cell]] = []
  private var counts: [Change: Int] = [:]

  private enum Change: String {
    case head, removed, added, changed, receipt
  }

  private struct Side {
    var source: Source
    var script: Script
    var texts: [String]

    init(_ path: String, _ lexicon: Lexicon) throws(Diagnostic) {
      do throws(Failure) { source = try Source(readingFileAt: path) } catch {
        throw Diagnostic(error, in: Source(name: path, text: ""))
      }
      let parsed = Parser.parse(source, vocabulary: lexicon)
      if let problem = parsed.diagnostics.first { throw problem }
      script = parsed.script
      texts = script.statements.map(\.canonical)
    }

    /// The lines of the head.
    var pins: [String] { script.pins.map { SessionPin($0)?.line ?? "#@\($0.text)" } }

    func line(_ place: Int) -> Table.Cell {
      .integer(source.line(at: script.statements[place].span.lower))
    }

    func receipts(_ place: Int) -> [Receipt]? {
      // `try?` hides nothing: what is no receipt differs as text, and `replay` names its place.
      try? Receipt.parse(script.statements[place].receipts)
    }

    var receiptCount: Int {
      script.statements.indices.reduce(0) { $0 + (receipts($1)?.count ?? 0) }
    }
  }

  init(_ first: String, _ second: String, lexicon: Lexicon) throws(Diagnostic) {
    self.first = try Side(first, lexicon)
    self.second = try Side(second, lexicon)
    compareHeads()
    compareStatements()
  }

  private mutating func add(
    _ change: Change, _ line: Table.Cell, _ other: Table.Cell, _ text: String
  ) {
    counts[change, default: 0] += 1
    rows.append([.text(change.rawValue), line, other, .text(text)])
  }

  private mutating func compareHeads() {
    let (one, other) = (first.pins, second.pins)
    for pin in one where !other.contains(pin) { add(.head, .empty, .empty, "- \(pin)") }
    for pin in other where !one.contains(pin) { add(.head, .empty, .empty, "+ \(pin)") }
  }

  private mutating func compareStatements() {
    let changes = second.texts.difference(from: first.texts)
    var (removed, added): (Set<Int>, Set<Int>) = ([], [])
    for change in changes {
      switch change {
      case .remove(let place, _, _): removed.insert(place)
      case .insert(let place, _, _): added.insert(place)
      }
    }
    let partners = self.partners(of: removed.sorted(), among: added.sorted())
    let paired = Set(partners.values)
    var (left, right) = (0, 0)
    while left < first.texts.count || right < second.texts.count {
      if removed.contains(left) {
        tell(left, partners[left])
        left += 1
      } else if added.contains(right) {
        if !paired.contains(right) { add(.added, .empty, second.line(right), second.texts[right]) }
        right += 1
      } else {
        compareReceipts(left, right)
        left += 1
        right += 1
      }
    }
  }

  /// Statements that bind the same names are one that was changed.
  private func partners(of removed: [Int], among added: [Int]) -> [Int: Int] {
    var rest = added
    var partners: [Int: Int] = [:]
    for place in removed {
      let names = first.script.statements[place].boundNames
      let match = rest.firstIndex { candidate in
        !names.isEmpty && second.script.statements[candidate].boundNames == names
      }
      if let match { partners[place] = rest.remove(at: match) }
    }
    return partners
  }

  private mutating func tell(_ place: Int, _ partner: Int?) {
    if let partner {
      let text = "\(first.texts[place]) -> \(second.texts[partner])"
      add(.changed, first.line(place), second.line(partner), text)
    } else {
      add(.removed, first.line(place), .empty, first.texts[place])
    }
  }

  private mutating func compareReceipts(_ place: Int, _ other: Int) {
    let (then, now) = (first.receipts(place), second.receipts(other))
    guard let then, let now, then.count == now.count else {
      let count = then?.count ?? 0
      let text = "\(Content.counted(count, "receipt")) -> \(now?.count ?? 0)"
      add(.receipt, first.line(place), second.line(other), text)
      return
    }
    for (index, (before, after)) in zip(then, now).enumerated() where before != after {
      let comparison = ReceiptComparison(before, after, levelTolerance: nil)
      let name = first.script.statements[place].replayName(index)
      let detail = comparison.detail.isEmpty ? "other tolerance or text" : comparison.detail
      add(.receipt, first.line(place), second.line(other), "\(name): \(detail)")
    }
  }

  var difference: Difference {
    guard !rows.isEmpty else {
      let count = Content.counted(first.texts.count, "statement")
      let receipts = Content.counted(first.receiptCount, "receipt")
      return Difference(
        kind: "session", isSame: true, headline: "the same: \(count), \(receipts)")
    }
    func part(_ change: Change, _ text: (Int) -> String) -> [String] {
      counts[change].map { [text($0)] } ?? []
    }
    let parts =
      part(.head) { "\(Content.counted($0, "line")) of the heads" }
      + part(.changed) { "\(Content.counted($0, "statement")) changed" }
      + part(.removed) { "\(Content.counted($0, "statement")) removed" }
      + part(.added) { "\(Content.counted($0, "statement")) added" }
      + part(.receipt) { "\(Content.counted($0, "receipt")) of the same statements" }
    return Difference(
      kind: "session", isSame: false, headline: "different: " + parts.joined(separator: ", "),
      table: Table(
        columns: [
          .init("change", .text), .init("line", .integer), .init("now_line", .integer),
          .init("what", .text),
        ], rows: rows))
  }
}
