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

  /// The 95 % interval of the mean over the sets, by Student's t; `nil` with fewer than two of them.
  var interval: ClosedRange<Double>? {
    let means = ofSets.filter { !$0.isEmpty }.map { Workbench.mean($0, unit: unit) }
    guard means.count > 1 else { return nil }
    let mean = Workbench.mean(means)
    let squares = means.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let count = Double(means.count)
    let half =
      StudentT.bound(of: 0.95, freedom: means.count - 1)
      * (squares / (count - 1) / count)
      .squareRoot()
    return mean - half...mean + half
  }
}

/// A set of networks as comparisons tell sets apart: whatever the numbers of their hidden units.
typealias NetworkKeys = [UInt64]

/// Finds the keys of networks, of each network once.
struct KeyedNetworks {
  private var known: [(network: Network, key: UInt64)] = []

  mutating func keys(of networks: [Network]) -> NetworkKeys {
    networks.map { network in
      if let seen = known.first(where: { $0.network.parameters == network.parameters }) {
        return seen.key
      }
      let key = network.renumberingKey
      known.append((network, key))
      return key
    }
  }
}

extension [Network] {
  /// Whether these are the same networks, in the same order, as others.
  func areSame(as others: [Network]) -> Bool {
    map(\.parameters) == others.map(\.parameters)
  }
}

extension [ResultValue] {
  /// The result whose search left the networks that another search was given; a search that moves
  /// nothing leaves none.
  func before(_ result: ResultValue) -> ResultValue? {
    first {
      $0.networks.areSame(as: result.networksBefore)
        && !$0.networksBefore.areSame(as: result.networksBefore)
    }
  }

  /// The sets of networks that the first of the searches were given, each once: what one search left
  /// for another is none of them.
  var givenSets: [[Network]] {
    reduce(into: []) { sets, result in
      guard !sets.contains(where: { $0.areSame(as: result.networksBefore) }),
        before(result) == nil
      else { return }
      sets.append(result.networksBefore)
    }
  }
}

/// Gives each result the row of its method: results of one method on several sets of networks
/// share a row, results on the same set do not, and neither do searches of different data.
struct MethodRows {
  /// What stands for each row, such as `sa2 steps=20000`, or that and `#2`.
  private(set) var labels: [String] = []
  /// The sets of networks whose results are in each row.
  private(set) var sets: [[NetworkKeys]] = []
  /// The method of each row; `nil` for what is no method.
  private(set) var methods: [ConfiguredMethod?] = []
  /// The data that the results of each row searched on.
  private(set) var dataNames: [String?] = []
  private var dataHashes: [ContentHash?] = []
  /// What tells the methods of rows apart, before they are numbered.
  private var kinds: [String] = []
  private var keyed = KeyedNetworks()
  private let results: [ResultValue]

  /// - Parameter results: All results that will have rows.
  init(_ results: [ResultValue]) { self.results = results }

  /// The row of the same method that has no result on these networks yet, or a new one.
  mutating func row(for result: ResultValue) -> Int {
    var label = result.method.rowLabel
    if let first = results.before(result) { label += " after \(first.method.rowLabel)" }
    let data = result.data
    if let data, zip(kinds, dataNames).contains(where: { $0 == label && $1 != data.name }) {
      label += " data=\(data.name)"
    }
    let keys = keyed.keys(of: result.networksBefore)
    let same = kinds.indices.filter {
      kinds[$0] == label && dataHashes[$0] == data?.contentHash
    }
    if let free = same.first(where: { !sets[$0].contains(keys) }) {
      sets[free].append(keys)
      return free
    }
    let alike = kinds.indices.filter { kinds[$0] == label }
    if alike.count == 1 { labels[alike[0]] = label + " #1" }
    append(
      alike.isEmpty ? label : "\(label) #\(alike.count + 1)", kind: label, sets: [keys],
      method: result.method, data: data)
    return labels.count - 1
  }

  /// A row of something else than a method's results.
  mutating func row(named name: String) -> Int {
    append(name, kind: "", sets: [], method: nil, data: nil)
    return labels.count - 1
  }

  /// The keys of sets of networks.
  mutating func keys(of sets: [[Network]]) -> [NetworkKeys] { sets.map { keyed.keys(of: $0) } }

  private mutating func append(
    _ label: String, kind: String, sets: [NetworkKeys], method: ConfiguredMethod?, data: DataSet?
  ) {
    labels.append(label)
    kinds.append(kind)
    self.sets.append(sets)
    methods.append(method)
    dataNames.append(data?.name)
    dataHashes.append(data?.contentHash)
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
  static func judge(
    _ labels: [String], _ sets: [[NetworkKeys]]
  ) -> (has: [Bool], notes: [String]) {
    var notes: [String] = []
    var has: [Bool] = []
    for (label, sets) in zip(labels, sets) {
      let isDisjoint = Set(sets.flatMap(Set.init)).count == sets.reduce(0) { $0 + Set($1).count }
      has.append(sets.count > 1 && isDisjoint)
      if sets.count > 1 && !isDisjoint {
        notes.append(
          "no interval for \(label): its sets share networks, renumbered or not, so they are not "
            + "independent")
      }
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
