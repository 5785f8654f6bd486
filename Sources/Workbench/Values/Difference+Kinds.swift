import Kernel

// What two networks, results, sets of permutations, data sets or tables differ in.
extension Difference {
  // MARK: - Networks

  /// How far the weights of two arrays are apart.
  private struct Gap {
    var count = 0
    var different = 0
    var largest = 0.0
    var squares = 0.0

    mutating func add(_ first: Tensor, _ second: Tensor) {
      first.withBuffer { left in
        second.withBuffer { right in
          for place in left.indices where left[place].bitPattern != right[place].bitPattern {
            let distance = abs(Double(left[place]) - Double(right[place]))
            different += 1
            // What is no number is infinitely far away, so that it cannot be overlooked.
            largest = max(largest, distance.isNaN ? .infinity : distance)
            squares += distance * distance
          }
        }
      }
      count += first.shape.reduce(1, *)
    }

    var cells: [Table.Cell] {
      [
        .integer(count), .integer(different), .real(largest),
        .real(count > 0 ? (squares / Double(count)).squareRoot() : 0),
        .real(squares.squareRoot()),
      ]
    }

    var text: String {
      "\(NumberText.grouped(different)) of \(NumberText.grouped(count)) weights, max |difference| "
        + "\(Content.significant(largest)), distance \(Content.significant(squares.squareRoot()))"
    }
  }

  private static let gapColumns: [Table.Column] = [
    .init("weights", .integer), .init("different", .integer), .init("max", .real),
    .init("rms", .real), .init("distance", .real),
  ]

  mutating func compare(_ one: Network, _ other: Network) throws(Failure) {
    try Network.checkAlike([one, other])
    var whole = Gap()
    var rows: [[Table.Cell]] = []
    for (index, declared) in one.graph.parameters.enumerated() {
      var gap = Gap()
      gap.add(one.parameters[index], other.parameters[index])
      whole.add(one.parameters[index], other.parameters[index])
      rows.append([.text(declared.name)] + gap.cells)
    }
    rows.append([.text("all")] + whole.cells)
    headline = "different: \(whole.text)"
    table = Table(columns: [.init("layer", .text)] + Self.gapColumns, rows: rows)
  }

  mutating func compare(_ some: [Network], _ others: [Network]) throws(Failure) {
    guard some.count == others.count else {
      throw Failure(
        .incompatible, "\(Content.counted(some.count, "network")) against \(others.count)",
        notes: ["compare them one by one: nets[1]"])
    }
    var whole = Gap()
    var rows: [[Table.Cell]] = []
    for (index, (one, other)) in zip(some, others).enumerated() {
      try Network.checkAlike([one, other])
      var gap = Gap()
      for (left, right) in zip(one.parameters, other.parameters) {
        gap.add(left, right)
        whole.add(left, right)
      }
      rows.append([.integer(index + 1)] + gap.cells)
    }
    headline = "different: \(whole.text)"
    table = Table(columns: [.init("network", .integer)] + Self.gapColumns, rows: rows)
  }

  // MARK: - Results and permutations

  private static let sideColumns: [Table.Column] = [
    .init("fact", .text), .init("first", .text), .init("second", .text),
  ]

  mutating func compare(_ one: ResultValue, _ other: ResultValue) throws(Failure) {
    func row(_ name: String, _ value: (ResultValue) -> String) -> [Table.Cell] {
      [.text(name), .text(value(one)), .text(value(other))]
    }
    func cost(_ result: ResultValue, _ cost: Double?) -> String {
      cost.map { Content.brief($0, result.costMeasure) } ?? ""
    }
    var rows = [
      row("method") { $0.method.version }, row("given") { $0.method.givenText },
      row("status", \.statusText), row("steps") { String($0.outcome.steps) },
      row("time") { NumberText.duration($0.seconds) },
      row("cost") { $0.method.card.costName },
      row("cost before") { cost($0, $0.outcome.startCost) },
      row("cost after") { cost($0, $0.outcome.cost) },
    ]
    headline = "different: \(Content.result(one).summary) -> \(Content.result(other).summary)"
    if let some = one.permutations, let others = other.permutations, one.layers == other.layers,
      some.count == others.count
    {
      let matches = Self.matches(some, others, one.layers)
      rows += matches.map { match in
        [
          .text("units matched, network \(match.network), \(match.layer)"),
          .text("\(match.count)"), .text("\(match.alike) alike"),
        ]
      }
      let (alike, count) = matches.reduce((0, 0)) { ($0.0 + $1.alike, $0.1 + $1.count) }
      headline = "different: \(alike) of \(Content.counted(count, "unit")) matched alike"
      if alike == count, count > 0 { headline = "the same permutations, found otherwise" }
    }
    table = Table(columns: Self.sideColumns, rows: rows)
  }

  /// How many units of a network two searches give the same partner in the first network.
  private struct Match {
    var network: Int
    var layer: String
    var count: Int
    var alike: Int
  }

  /// What two sets of permutations match alike.
  ///
  /// All networks in another order together are the same matching, so what counts is which unit of
  /// the first network a unit stands beside. A network alone is compared place by place.
  private static func matches(
    _ some: [NetworkPermutation], _ others: [NetworkPermutation],
    _ layers: [PermutationFile.Group]
  ) -> [Match] {
    guard !some.isEmpty else { return [] }
    let isAlone = some.count == 1
    return (isAlone ? 0..<1 : 1..<some.count).flatMap { network in
      layers.indices.map { layer in
        func partners(_ all: [NetworkPermutation]) -> [Int] {
          let own = all[network].groups[layer]
          return isAlone ? own.sources : own.after(all[0].groups[layer].inverse).sources
        }
        let (first, second) = (partners(some), partners(others))
        return Match(
          network: network + 1, layer: layers[layer].name, count: first.count,
          alike: zip(first, second).count { $0 == $1 })
      }
    }
  }

  mutating func compare(
    _ some: [NetworkPermutation], _ others: [NetworkPermutation],
    _ layers: [PermutationFile.Group]
  ) throws(Failure) {
    guard some.map({ $0.groups.map(\.count) }) == others.map({ $0.groups.map(\.count) }) else {
      throw Failure(.incompatible, "these permutations are for networks of different structures")
    }
    let matches = Self.matches(some, others, layers)
    let (alike, count) = matches.reduce((0, 0)) { ($0.0 + $1.alike, $0.1 + $1.count) }
    headline =
      alike == count
      ? "the same matching, with all networks in another order together"
      : "different: \(alike) of \(Content.counted(count, "unit")) matched alike"
    table = Table(
      columns: [
        .init("network", .integer), .init("layer", .text), .init("units", .integer),
        .init("alike", .integer),
      ],
      rows: matches.map {
        [.integer($0.network), .text($0.layer), .integer($0.count), .integer($0.alike)]
      })
  }

  // MARK: - Data

  mutating func compare(_ one: DataSet, _ other: DataSet) {
    func row(_ name: String, _ value: (DataSet) -> String) -> [Table.Cell] {
      [.text(name), .text(value(one)), .text(value(other))]
    }
    table = Table(
      columns: Self.sideColumns,
      rows: [
        row("name", \.name), row("from", \.source.text), row("samples") { String($0.count) },
        row("shape") { shapeText($0.sampleShape) }, row("classes") { String($0.classCount) },
        row("normalized") { $0.normalization == nil ? "no" : "yes" },
      ])
    guard one.inputs.shape == other.inputs.shape else {
      headline =
        "different: \(one.count) samples of \(shapeText(one.sampleShape)) -> "
        + "\(other.count) of \(shapeText(other.sampleShape))"
      return
    }
    var gap = Gap()
    gap.add(one.inputs, other.inputs)
    let labels = zip(one.labels, other.labels).count { $0 != $1 }
    headline =
      "different: \(NumberText.grouped(labels)) of \(NumberText.grouped(one.count)) labels, "
      + "\(NumberText.grouped(gap.different)) of \(NumberText.grouped(gap.count)) inputs, "
      + "max |difference| \(Content.significant(gap.largest))"
  }
}

extension ConfiguredMethod {
  /// What was given for it, and where it began.
  fileprivate var givenText: String {
    let text = String(fullLabel.dropFirst(id.count))
    return text.isEmpty ? "" : String(text.dropFirst())
  }
}
