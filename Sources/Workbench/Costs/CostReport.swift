import Kernel

/// What a script costs, as `check cost=yes` tells it.
struct CostReport {
  private let rows: [(place: CostProbe.Place, cost: CostProbe.Cost)]
  private let script: String

  init(_ probe: CostProbe, script: Source) {
    self.script = script.name
    rows = probe.costs.map { ($0.key, $0.value) }
      .sorted { ($0.place.source, $0.place.line) < ($1.place.source, $1.place.line) }
  }

  /// The lines that are known, in seconds.
  var seconds: Double { rows.reduce(0) { $0 + $1.cost.seconds } }

  /// One sentence: `about 3 min 10 s on 2 threads, two lines not counted`.
  func headline(threads: Int) -> String {
    let uncounted = rows.count { $0.cost.unknown != nil }
    let amount = uncounted == 0 ? "about" : "at least"
    var text =
      "\(amount) \(Content.brief(seconds: Self.rounded(seconds))) on "
      + Content.counted(threads, "thread")
    if uncounted > 0 { text += "; \(Content.counted(uncounted, "line")) not known" }
    return text
  }

  /// The lines that cost most, in their order, and those that are not known.
  var table: Table {
    let least = rows.map(\.cost.seconds).sorted(by: >).dropFirst(Self.mostRows).first ?? 0
    let shown = rows.filter {
      $0.cost.unknown != nil || $0.cost.seconds > max(least, seconds / 100)
    }
    return Table(
      columns: [
        .init("line", .text), .init("command", .text), .init("runs", .integer),
        .init("each", .seconds), .init("together", .seconds), .init("not known", .text),
      ],
      rows: shown.map { place, cost in
        let runs = Int(cost.runs.rounded())
        return [
          .text(place.source == script ? "\(place.line)" : "\(place.source):\(place.line)"),
          .text(TextLayout.truncated(cost.text, width: 40, glyphs: Glyphs())), .integer(runs),
          runs > 0 ? .real(Self.rounded(cost.seconds / cost.runs)) : .empty,
          .real(Self.rounded(cost.seconds)), .text(cost.unknown ?? ""),
        ]
      })
  }

  /// More lines than these are not shown: one that matters is among the first.
  private static let mostRows = 12

  /// Two digits: no more is known.
  private static func rounded(_ seconds: Double) -> Double {
    guard seconds > 0 else { return 0 }
    var unit = 1.0
    while seconds / unit >= 100 { unit *= 10 }
    while seconds / unit < 10 { unit /= 10 }
    return (seconds / unit).rounded() * unit
  }
}
