import Contract
import Kernel

extension Command {
  /// The barrier with the permutations of one layer alone, and of the layers up to it.
  static let layers = Command(
    "layers", .measure,
    "which layer's permutation helps: the barrier with one of them, and up to it",
    details: """
      One row for each hidden layer of a search's result: the barrier where only that layer of the \
      networks is renumbered, and where all layers from the input up to it are. The first row has \
      none renumbered, the last all. Numbers are means over all pairs of networks.
      """,
    positional: [
      Parameter("result", .value([.result]), help: "the result of a search for permutations")
    ],
    keywords: [.data, .points, .format], results: .kinds([.table]), stepName: "barrier",
    examples: ["layers p data=test", "layers p data=test points=3 as=md"],
    examplePreparation: Examples.result, seeAlso: ["barrier", "transitivity", "similarity"]
  ) { call throws(Failure) in
    let result = call.result("result")
    let permutations = try call.permutations("result")
    let data = call.data()
    let names = result.layers.map(\.name)
    var done = 0
    func barrier(of kept: (Int) -> Bool) throws(Failure) -> [Table.Cell] {
      let networks = zip(result.networksBefore, permutations).map { network, permutation in
        network.permuted(by: permutation.keeping(kept))
      }
      var quiet = call
      quiet.progress = .none
      let value = try BarrierValue(
        between: networks, on: data, points: call.integer("points"), call: quiet)
      done += 1
      call.progress.report(
        ProgressReport(share: Double(done) / Double(2 * names.count + 1)))
      return [.real(value.error), .real(value.loss)]
    }
    let none = try barrier { _ in false }
    var rows: [[Table.Cell]] = [[.text("(none)")] + none + none]
    var last = none
    for (layer, name) in names.enumerated() {
      let alone = try barrier { $0 == layer }
      last = layer == 0 ? alone : try barrier { $0 <= layer }
      rows.append([.text(name)] + alone + last)
    }
    rows.append([.text("(all)")] + last + last)
    var columns = [Table.Column("layer", .text)]
    for (name, group) in [("only", "only this layer"), ("up_to", "up to this layer")] {
      columns += [
        .init("\(name)_error", .points, group: "\(group), \(data.name)", best: .lowest),
        .init("\(name)_loss", .real, group: "\(group), \(data.name)", best: .lowest),
      ]
    }
    var table = Table(
      columns: columns, rows: rows,
      notes: [
        result.method.fullLabel, "\(call.integer("points")) points",
        "barrier with only these layers renumbered",
      ])
    table.baselineRows = [0, rows.count - 1]
    return [.table(table)]
  }

  /// Whether going from C to A by way of B is going there at once.
  static let transitivity = Command(
    "transitivity", .measure, "whether matching C to B and B to A is matching C to A",
    details: """
      Takes three results of searches: on A and B, on B and C, and on A and C. The permutation of C \
      by way of B is composed of the first two and compared with the direct third: for each hidden \
      layer, the share of units that the two put in different places; and in the last row the \
      barrier between A and C by either way. Zero everywhere is what methods with cycle \
      consistency promise and pairwise methods do not.
      """,
    positional: [
      Parameter("ab", .value([.result]), help: "a search on A and B"),
      Parameter("bc", .value([.result]), help: "a search on B and C"),
      Parameter("ac", .value([.result]), help: "a search on A and C"),
    ],
    keywords: [.data, .points, .format], results: .kinds([.table]),
    examples: ["transitivity p q r data=test", "t = transitivity p q r data=test points=3"],
    examplePreparation: Examples.data + [
      "a, b, c = train mlp width=16 data=train epochs=2 count=3", "p = search weight_match a b",
      "q = search weight_match b c", "r = search weight_match a c",
    ],
    seeAlso: ["compose", "layers", "barrier"]
  ) { call throws(Failure) in
    let names = ["ab", "bc", "ac"]
    let results = names.map { call.result($0) }
    for (name, result) in zip(names, results) where result.networksBefore.count != 2 {
      throw .networkCount(result.networksBefore.count, expected: 2...2, owner: "`\(name)`")
    }
    let (ab, bc, ac) = (
      results[0].networksBefore, results[1].networksBefore, results[2].networksBefore
    )
    let (a, b, c) = (ab[0].parameters, ab[1].parameters, bc[1].parameters)
    guard bc[0].parameters == b, ac[0].parameters == a, ac[1].parameters == c else {
      throw Failure(
        .incompatible, "the three searches are not on A and B, B and C, A and C",
        notes: [
          "the second begins with the network the first ends with, and the third has the ends"
        ])
    }
    var relative: [NetworkPermutation] = []
    for name in names {
      let both = try call.permutations(name)
      // Where both networks move, what counts is the second's order beside the first's.
      relative.append(both[0].inverse.after(both[1]))
    }
    let byB = relative[0].after(relative[1])
    let direct = relative[2]
    let data = call.data()
    var quiet = call
    quiet.progress = .none
    var barriers: [BarrierValue] = []
    for permutation in [direct, byB] {
      barriers.append(
        try BarrierValue(
          between: [ac[0], ac[1].permuted(by: permutation)], on: data,
          points: call.integer("points"), call: quiet))
    }
    let layers = results[0].layers
    let group = "barrier of A and C, \(data.name)"
    var moved = (differing: 0, units: 0)
    var rows = zip(layers, zip(byB.groups, direct.groups)).map { layer, pair -> [Table.Cell] in
      let differing = zip(pair.0.sources, pair.1.sources).count { $0 != $1 }
      moved = (moved.differing + differing, moved.units + pair.0.count)
      return [
        .text(layer.name), .integer(pair.0.count),
        .real(Double(differing) / Double(max(pair.0.count, 1))), .empty, .empty, .empty,
      ]
    }
    rows.append([
      .text("(all)"), .integer(moved.units),
      .real(Double(moved.differing) / Double(max(moved.units, 1))), .real(barriers[0].error),
      .real(barriers[1].error), .real(barriers[1].error - barriers[0].error),
    ])
    return [
      .table(
        Table(
          columns: [
            .init("layer", .text), .init("units", .integer), .init("differ", .share),
            .init("direct", .points, group: group), .init("by_b", .points, group: group),
            .init("rise", .points, group: group),
          ], rows: rows,
          notes: [
            "differ: units of C that the two ways put in different places",
            "\(call.integer("points")) points",
          ]))
    ]
  }

  /// How alike the units of two networks are.
  static let similarity = Command(
    "similarity", .measure, "how alike each unit of one network is to each of another",
    details: """
      A table with one row for each unit of the first network in one hidden layer and one column \
      `u1`, `u2`, … for each of the second: `of=weights` is the cosine of their incoming weights, \
      bias included, `of=activations` the correlation of what they answer to the data. \
      `plot TABLE heat=yes` draws it. After a search its networks show on the diagonal what was \
      matched: `similarity p` takes the first two that it leaves. Above the first layer weights can \
      only be compared once the layer below is aligned. Units that never answer have no number.
      """,
    rest: Rest(.nets),
    keywords: [
      Parameter(
        "layer", .integer(1...100_000), default: "1", help: "which hidden layer, 1 at the input"),
      Parameter(
        "of", .word(["weights", "activations"]), default: "weights", help: "what is compared"),
      .optionalData, .format,
    ],
    results: .kinds([.table]),
    examples: [
      "similarity p |> plot heat=yes", "s = similarity a b of=activations data=test",
    ],
    examplePreparation: Examples.result, seeAlso: ["plot", "layers", "distance"]
  ) { call throws(Failure) in
    let networks = call.networks("nets")
    guard networks.count == 2 else {
      throw .networkCount(networks.count, expected: 2...2, owner: "`similarity`")
    }
    try Network.checkAlike(networks)
    for network in networks { try network.checkFinite() }
    let groups = networks[0].graph.axisGroups
    let layer = call.integer("layer")
    guard layer <= groups.count else {
      throw Failure(
        .badData,
        groups.isEmpty
          ? "these networks have no hidden layer"
          : "`layer` is \(layer), and there \(groups.count == 1 ? "is" : "are") "
            + Content.counted(groups.count, "hidden layer"),
        notes: groups.isEmpty
          ? []
          : [
            (groups.count == 1 ? "it is " : "they are ")
              + groups.map(\.name).joined(separator: ", ")
          ])
    }
    let group = groups[layer - 1]
    let width = group.count
    // A cell takes 24 bytes in a table, and a number beside it 8.
    try Memory.check(
      32 * width * width, for: "the similarities of \(width) units with \(width)",
      advice: "look at a narrower layer")
    let matrix: Matrix
    let text: String
    if call.text("of") == "activations" {
      guard let data = call.dataIfGiven() else {
        throw Failure(
          .missingArgument, "`of=activations` needs data", notes: ["add `data=` and a data set"])
      }
      matrix = try networks[0].activationSimilarities(
        with: networks[1], group: layer - 1, on: data, pool: call.pool, stop: call.stop)
      text = "correlation of activations on \(data.name)"
    } else {
      matrix = networks[0].weightSimilarities(with: networks[1], group: layer - 1)
      text = "cosine of incoming weights"
    }
    let rows = (0..<width).map { row -> [Table.Cell] in
      [.integer(row + 1)]
        + (0..<width).map { matrix[row, $0].isNaN ? .empty : .real(matrix[row, $0]) }
    }
    let columns =
      [Table.Column("unit", .integer)] + (1...width).map { Table.Column("u\($0)", .real) }
    return [
      .table(
        Table(
          columns: columns, rows: rows, notes: ["\(group.name): \(text)"]))
    ]
  }
}

extension NetworkPermutation {
  /// The permutation with only some of its groups; the others stay as they are.
  fileprivate func keeping(_ isKept: (Int) -> Bool) -> NetworkPermutation {
    NetworkPermutation(
      groups: groups.enumerated().map { place, group in
        isKept(place) ? group : Permutation(identity: group.count)
      })
  }
}
