import Contract
import Kernel

/// Numbers measured on sets of networks, one or several for each set, and what is said of them.
///
/// What is measured on pairs of one set is not independent; the sets are, where they share no
/// network. A spread is over all numbers, an interval is made from the sets' means.
struct SetFigures {
  /// What each set gave, in the order of the sets.
  private(set) var ofSets: [[Double]] = []
  /// Of which inverse the numbers are whole multiples, where they are shares of a count.
  var unit: Int?

  mutating func append(_ values: [Double], unit: Int? = nil) {
    ofSets.append(values)
    self.unit = unit
  }

  var all: [Double] { ofSets.flatMap { $0 } }

  /// The mean over everything.
  var mean: Table.Cell {
    all.isEmpty ? .empty : .real(Workbench.mean(all, unit: unit))
  }

  /// The sample standard deviation over everything.
  var spread: Table.Cell {
    let values = all
    guard values.count > 1 else { return .empty }
    return .real(Statistics.deviation(values, around: Workbench.mean(values, unit: unit)))
  }

  /// The bootstrap interval of the mean over the sets; `nil` with fewer than three of them.
  var interval: ClosedRange<Double>? {
    let means = ofSets.filter { !$0.isEmpty }.map { Workbench.mean($0, unit: unit) }
    return Bootstrap.interval(of: means)
  }
}

/// Intervals by drawing independent things again, with replacement (Efron 1979).
enum Bootstrap {
  /// Fewer say nothing of how they scatter.
  static let fewest = 3
  private static let drawCount = 10_000
  private static let share = 0.95

  /// The 95 % percentile interval of the mean of independent numbers; `nil` of fewer than three.
  ///
  /// The draws are the same for every list of one length, so that columns and runs agree.
  static func interval(of values: [Double]) -> ClosedRange<Double>? {
    let count = values.count
    guard count >= fewest else { return nil }
    var stream = RandomStream(seed: 1, name: "bootstrap over \(count) sets")
    var means: [Double] = []
    means.reserveCapacity(drawCount)
    for _ in 0..<drawCount {
      var sum = 0.0
      for _ in 0..<count { sum += values[stream.nextInt(below: count)] }
      means.append(sum / Double(count))
    }
    means.sort()
    let cut = Int((Double(drawCount) * (1 - share) / 2).rounded())
    return means[cut]...means[drawCount - 1 - cut]
  }
}

extension [Network] {
  /// Whether these are the same networks, in the same order, as others.
  func areSame(as others: [Network]) -> Bool {
    map(\.parameters) == others.map(\.parameters)
  }

  /// Whether a network of these is among others.
  func sharesOne(with others: [Network]) -> Bool {
    contains { network in others.contains { $0.parameters == network.parameters } }
  }
}

extension [[Network]] {
  /// Whether no network is in two of the sets.
  var areDisjoint: Bool {
    indices.allSatisfy { second in
      self[..<second].allSatisfy { !$0.sharesOne(with: self[second]) }
    }
  }
}

/// Gives each result the row of its method: results of one method on several sets of networks
/// share a row, results on the same set do not.
struct MethodRows {
  /// What stands for each row, such as `sa2 steps=20000`, or that and `#2`.
  private(set) var labels: [String] = []
  /// The sets of networks whose results are in each row.
  private(set) var sets: [[[Network]]] = []
  /// The method of each row; `nil` for what is no method.
  private(set) var methods: [ConfiguredMethod?] = []
  /// The data that the first result of each row searched on.
  private(set) var dataNames: [String?] = []

  /// The row of the same method that has no result on these networks yet, or a new one.
  mutating func row(for result: ResultValue) -> Int {
    let label = result.method.fullLabel
    let same = labels.indices.filter {
      methods[$0] != nil && (labels[$0] == label || labels[$0].hasPrefix(label + " #"))
    }
    let free = same.first { index in
      !sets[index].contains { $0.areSame(as: result.networksBefore) }
    }
    if let free {
      sets[free].append(result.networksBefore)
      return free
    }
    if same.count == 1 { labels[same[0]] = label + " #1" }
    labels.append(same.isEmpty ? label : "\(label) #\(same.count + 1)")
    sets.append([result.networksBefore])
    methods.append(result.method)
    dataNames.append(result.data?.name)
    return labels.count - 1
  }

  /// A row of something else than a method's results.
  mutating func row(named name: String) -> Int {
    labels.append(name)
    sets.append([])
    methods.append(nil)
    dataNames.append(nil)
    return labels.count - 1
  }
}

extension Table {
  /// A column with its cells, before it stands in a table.
  typealias Part = (column: Column, cells: [Cell])

  /// A column of means with what belongs to it: the spread, and the ends of the intervals.
  ///
  /// - Parameter figures: One for each row; the table has none yet.
  static func columns(
    of column: Column, _ figures: [SetFigures], spread: Bool, intervals: [Bool]?
  ) -> [Part] {
    var columns: [Part] = [(column, figures.map(\.mean))]
    func more(_ ending: String) -> Column {
      Column(column.name + ending, column.kind, group: column.group)
    }
    if spread {
      var heading = more("_spread")
      heading.kind = column.kind.ofDifferences
      columns.append((heading, figures.map(\.spread)))
    }
    if let intervals {
      let ends = zip(figures, intervals).map { $1 ? $0.interval : nil }
      columns.append((more("_low"), ends.map { $0.map { .real($0.lowerBound) } ?? .empty }))
      columns.append((more("_high"), ends.map { $0.map { .real($0.upperBound) } ?? .empty }))
    }
    return columns
  }

  /// A table from its columns.
  init(_ parts: [Part], notes: [String] = []) {
    let count = parts.map { $0.cells.count }.min() ?? 0
    self.init(
      columns: parts.map { $0.column },
      rows: (0..<count).map { row in parts.map { $0.cells[row] } }, notes: notes)
  }
}

/// What `intervals=yes` says under a table.
enum IntervalNotes {
  /// Which rows can have an interval, and the sentence that says what it is or why there is none.
  static func judge(_ labels: [String], _ sets: [[[Network]]]) -> (has: [Bool], notes: [String]) {
    var notes: [String] = []
    var has: [Bool] = []
    for (label, sets) in zip(labels, sets) {
      let isEnough = sets.count >= Bootstrap.fewest
      let isDisjoint = isEnough && sets.areDisjoint
      has.append(isDisjoint)
      if isEnough && !isDisjoint {
        notes.append(
          "no interval for \(label): its sets share networks, so they are not independent")
      }
    }
    if has.contains(true) {
      notes.insert(
        "low and high: 95% bootstrap intervals over disjoint sets of networks, whole sets drawn again",
        at: 0)
    }
    if let most = sets.map(\.count).max(), most < Bootstrap.fewest {
      notes.append("no intervals: they take \(Bootstrap.fewest) disjoint sets of networks or more")
    }
    return (has, notes)
  }
}

extension Parameter {
  /// Intervals beside means.
  static let intervals = Parameter(
    "intervals", .yesNo, default: "no",
    help: "whether to add 95% bootstrap intervals over disjoint sets of networks")
}
