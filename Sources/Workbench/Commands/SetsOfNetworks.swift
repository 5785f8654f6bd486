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

  /// The 95 % interval of the mean over the sets, by Student's t; `nil` with fewer than two of them,
  /// and where one has more numbers than another, so that the mean over everything is not theirs.
  var interval: ClosedRange<Double>? {
    guard let count = ofSets.first?.count, count > 0, ofSets.allSatisfy({ $0.count == count })
    else { return nil }
    let means = ofSets.map { Workbench.mean($0, unit: unit) }
    return Statistics.interval(means).map { half in
      let mean = Statistics.mean(means)
      return mean - half...mean + half
    }
  }
}

extension [Network] {
  /// Whether these are the same networks, in the same order, as others.
  func areSame(as others: [Network]) -> Bool {
    map(\.parameters) == others.map(\.parameters)
  }
}

/// Results of searches, some of which were given what others left.
struct SearchChains {
  let results: [ResultValue]
  /// For each result the one whose search left the networks that it was given.
  private let sources: [Int?]
  /// The sets of networks that the first of the searches were given, each once: what one search left
  /// for another is none of them.
  let givenSets: [[Network]]

  init(_ results: [ResultValue]) {
    self.results = results
    // Permuted once: every result is compared with all others.
    let left = results.map(\.networks)
    var sources = [Int?](repeating: nil, count: results.count)
    func leads(to index: Int, from source: Int) -> Bool {
      var place: Int? = source
      while let now = place, now != index { place = sources[now] }
      return place == index
    }
    // Earlier results first, so that of searches that lead back to where they began the first begins.
    for earlier in [true, false] {
      for (index, result) in results.enumerated() where sources[index] == nil {
        sources[index] = results.indices.first { source in
          (source < index) == earlier && source != index
            && left[source].areSame(as: result.networksBefore)
            // A search that moves nothing leaves nothing.
            && !results[source].networksBefore.areSame(as: result.networksBefore)
            && !leads(to: index, from: source)
        }
      }
    }
    self.sources = sources
    givenSets = results.indices.reduce(into: []) { sets, index in
      let set = results[index].networksBefore
      guard sources[index] == nil, !sets.contains(where: { $0.areSame(as: set) }) else { return }
      sets.append(set)
    }
  }

  /// The result whose search left the networks that this one was given.
  func source(of index: Int) -> ResultValue? { sources[index].map { results[$0] } }

  /// How long a search took, and those before it that left it its networks.
  func seconds(of index: Int) -> Double {
    results[index].seconds + (sources[index].map(seconds) ?? 0)
  }
}

/// Gives each result the row of its method: results of one method on several sets of networks
/// share a row, results on the same set do not, and neither do searches of different data.
struct MethodRows {
  /// One row.
  private struct Row {
    /// What stands for it, such as `sa2 steps=20000`, or that and `#2`.
    var label: String
    /// What tells its method apart, before rows of one kind are numbered.
    var kind = ""
    /// The sets of networks whose results are in it.
    var sets: [[Network]] = []
    /// Its method; `nil` for what is no method.
    var method: ConfiguredMethod?
    /// The data that its results searched on.
    var data: DataSet?
  }

  private var rows: [Row] = []
  private let chains: SearchChains

  var labels: [String] { rows.map(\.label) }
  /// The sets of networks whose results are in each row.
  var sets: [[[Network]]] { rows.map(\.sets) }
  /// The method of each row; `nil` for what is no method.
  var methods: [ConfiguredMethod?] { rows.map(\.method) }
  /// The data that the results of each row searched on.
  var dataNames: [String?] { rows.map { $0.data?.name } }

  /// - Parameter chains: All results that will have rows.
  init(_ chains: SearchChains) { self.chains = chains }

  /// The row of the same method that has no result on these networks yet, or a new one.
  mutating func row(of index: Int) -> Int {
    let result = chains.results[index]
    var label = result.method.rowLabel
    if let source = chains.source(of: index) { label += " after \(source.method.rowLabel)" }
    // To a method that uses no data it is all the same which were given.
    let data = result.method.card.needsData ? result.data : nil
    if let data, rows.contains(where: { $0.kind == label && $0.data?.name != data.name }) {
      label += " data=\(data.name)"
    }
    let set = result.networksBefore
    let alike = rows.indices.filter { rows[$0].kind == label }
    let free = alike.first { index in
      rows[index].data?.contentHash == data?.contentHash
        && !rows[index].sets.contains { $0.areSame(as: set) }
    }
    if let free {
      rows[free].sets.append(set)
      return free
    }
    if alike.count == 1 { rows[alike[0]].label = label + " #1" }
    rows.append(
      Row(
        label: alike.isEmpty ? label : "\(label) #\(alike.count + 1)", kind: label, sets: [set],
        method: result.method, data: data))
    return rows.count - 1
  }

  /// A row of something else than a method's results.
  mutating func add(named name: String) { rows.append(Row(label: name)) }
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
    if let intervals, intervals.contains(true) {
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
  ///
  /// A network and its renumberings are one network: what is measured on them is not independent.
  static func judge(
    _ labels: [String], _ sets: [[[Network]]], stop: StopSignal
  ) throws(Failure) -> (has: [Bool], notes: [String]) {
    var known: [(network: Network, key: UInt64)] = []
    func key(of network: Network) throws(Failure) -> UInt64 {
      let seen = known.first {
        $0.network.graph == network.graph && $0.network.parameters == network.parameters
      }
      if let seen { return seen.key }
      guard let key = network.renumberingKey(stop: stop) else {
        throw Failure(.stopped, "stopped before all networks were told apart")
      }
      known.append((network, key))
      return key
    }
    var has: [Bool] = []
    var sharing: [String] = []
    var unlike: [String] = []
    for (label, sets) in zip(labels, sets) {
      var keys: [Set<UInt64>] = []
      for set in sets where sets.count > 1 {
        var own: Set<UInt64> = []
        for network in set { own.insert(try key(of: network)) }
        keys.append(own)
      }
      let isDisjoint =
        keys.reduce(into: Set()) { $0.formUnion($1) }.count == keys.reduce(0) { $0 + $1.count }
      let areAlike = Set(sets.map(\.count)).count == 1
      has.append(sets.count > 1 && isDisjoint && areAlike)
      guard sets.count > 1 else { continue }
      if !isDisjoint { sharing.append(label) } else if !areAlike { unlike.append(label) }
    }
    var notes: [String] = []
    if !sharing.isEmpty {
      notes.append(
        "no interval for \(sharing.joined(separator: ", ")): their sets share networks, renumbered or "
          + "not, so they are not independent")
    }
    if !unlike.isEmpty {
      notes.append(
        "no interval for \(unlike.joined(separator: ", ")): their sets are of different sizes")
    }
    if has.contains(true) {
      notes.insert(
        "low and high: 95% intervals of the mean over disjoint sets of networks, by Student's t",
        at: 0)
    }
    if let most = sets.map(\.count).max(), most < 2 {
      notes.append("no intervals: they take 2 disjoint sets of networks or more")
    }
    return (has, notes)
  }
}

extension Parameter {
  /// Intervals beside means.
  static let intervals = Parameter(
    "intervals", .yesNo, default: "no",
    help: "whether to add 95% intervals over disjoint sets of networks")
}
