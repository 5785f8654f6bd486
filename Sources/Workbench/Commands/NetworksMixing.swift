import Contract
import Kernel

extension Command {
  /// The weighted mean of two networks.
  static let blend = Command(
    "blend", .networks, "the weighted mean of two networks",
    details: """
      `at` weighs the first network. The blend of two equal networks is that network, bit for bit.
      """,
    positional: [
      Parameter("first", .value([.network]), help: "the network that `at` weighs"),
      Parameter("second", .value([.network]), help: "the other network"),
    ],
    keywords: [
      Parameter("at", .real(0...1), default: "0.5", help: "the weight of the first network")
    ],
    results: .kinds([.network]), examples: ["middle = blend a b", "near_a = blend a b at=0.9"],
    examplePreparation: Examples.twoNetworks, seeAlso: ["average", "curve"]
  ) { call throws(Failure) in
    let networks = [call.network("first"), call.network("second")]
    try Network.checkAlike(networks)
    let at = call.real("at")
    return [
      .network(networks[0].blended(with: networks[1], at: at).made(by: "blend at \(at)"))
    ]
  }

  /// The mean of several networks.
  static let average = Command(
    "average", .networks, "the mean of the weights of several networks",
    details: """
      Of a search's result, the networks as the search leaves them are averaged. `recalibrate=` puts \
      the average right as the command of that name does, over the data of `calibrate=`.
      """,
    rest: Rest(.nets, count: 1...Int.max), keywords: [.recalibrate, .calibrate],
    results: .kinds([.network]),
    examples: ["m = average a b", "m = average a b recalibrate=repair calibrate=train"],
    examplePreparation: Examples.twoNetworks, seeAlso: ["blend", "eval", "recalibrate"]
  ) { call throws(Failure) in
    let networks = call.networks("nets")
    guard !networks.isEmpty else {
      throw Failure(.missingArgument, "there is no network to average")
    }
    try Network.checkAlike(networks)
    let average = Network.average(of: networks).made(by: "average of \(networks.count) networks")
    guard let asked = try AskedRecalibration(call, measured: nil) else {
      return [.network(average)]
    }
    return [.network(try asked.average(of: networks, as: average))]
  }

  /// Another member of a network's permutation orbit.
  static let shuffle = Command(
    "shuffle", .networks, "renumber hidden units at random: the function stays the same",
    details: """
      Every hidden layer gets a random order of its own. The result is a random member of the \
      network's permutation orbit: the second network of the paper's set S′.
      """,
    positional: [
      Parameter("net", .value([.network, .networks]), help: "the network, or several")
    ],
    keywords: [.seed], results: .same(as: "net"), drawsRandomNumbers: true,
    examples: ["s = shuffle a", "barrier a (shuffle a) data=test"],
    examplePreparation: Examples.oneNetwork,
    seeAlso: ["apply", "search"]
  ) { call throws(Failure) in
    var shuffled: [Network] = []
    for (index, network) in call.networks("net").enumerated() {
      let permutation = NetworkPermutation(
        randomFor: network.graph, from: call.random.child("network", index))
      shuffled.append(
        try FunctionGate(for: network.graph)
          .permute(network, by: permutation, pool: call.pool, stop: call.stop).made(by: "shuffle"))
    }
    if case .networks? = call.value("net")?.content { return [.networks(shuffled)] }
    return shuffled.map { .network($0) }
  }

  /// Equal norms into and out of every hidden unit.
  static let balance = Command(
    "balance", .networks, "equalize the norms into and out of hidden units: the function stays",
    details: """
      A rectifier lets a hidden unit's incoming weights and bias be multiplied by any s > 0 when \
      its outgoing weights are divided by it. Here s makes both norms equal for every unit, over \
      all layers until nothing changes: the smallest sum of squared weights of all networks with \
      this function that differ by such scales. That the function stays the same is checked on \
      random inputs. Weight matching depends on these scales, so that networks trained with \
      other initial weights or weight decay may match better after `balance`; matching by \
      correlation of activations does not depend on them.
      """,
    positional: [
      Parameter("net", .value([.network, .networks]), help: "the network, or several")
    ],
    results: .same(as: "net"),
    examples: ["c = balance a", "p = search weight_match (balance a) (balance b)"],
    examplePreparation: Examples.twoNetworks, seeAlso: ["shuffle", "weight_match", "distance"]
  ) { call throws(Failure) in
    var balanced: [Network] = []
    for network in call.networks("net") {
      var (result, passes) = try network.balanced(stop: call.stop)
      try FunctionGate(for: network.graph).check(result, computes: network, pool: call.pool)
      result.facts.append(
        Network.Fact("balanced", "norms of hidden units equalized in \(passes) passes"))
      balanced.append(result)
    }
    switch call.value("net")?.content {
    case .networks?: return [.networks(balanced)]
    default: return balanced.map { .network($0) }
    }
  }

  /// How far two networks are apart.
  static let distance = Command(
    "distance", .networks, "how far the weights of two networks are apart",
    details: """
      One row for each array of weights and one for all together: the length of the difference, \
      that length relative to the mean length of the two, and the cosine of the angle between them.
      """,
    positional: [
      Parameter("first", .value([.network]), help: "a network"),
      Parameter("second", .value([.network]), help: "another of the same architecture"),
    ],
    results: .kinds([.table]), examples: ["distance a b"],
    examplePreparation: Examples.twoNetworks, seeAlso: ["blend", "barrier"]
  ) { call throws(Failure) in
    let (first, second) = (call.network("first"), call.network("second"))
    try Network.checkAlike([first, second])
    return [.table(NetworkDistance(first, second).table)]
  }
}

extension Network {
  /// The network with one line of history in place of those of what it was made from; what its layers
  /// are called where it goes back to stays.
  fileprivate func made(by text: String) -> Network {
    var result = self
    result.facts =
      [Fact("made by", text)]
      + facts.filter { [Network.torchLayersFact, Network.batchCountsFact].contains($0.name) }
    return result
  }
}

/// Sums over the weights of two networks, one for each parameter.
struct NetworkDistance {
  /// Squared lengths and the product, of one array or of all.
  struct Sums {
    var difference = 0.0
    var first = 0.0
    var second = 0.0
    var product = 0.0
  }

  private let parts: [(name: String, sums: Sums)]

  init(_ first: Network, _ second: Network) {
    // Statistics of what a network has seen are no weights.
    let trained = first.graph.parameters.indices.filter {
      first.graph.parameters[$0].role.isTrained
    }
    parts = trained.map { index in
      var sums = Sums()
      first.parameters[index].withBuffer { left in
        second.parameters[index].withBuffer { right in
          for place in left.indices {
            let (a, b) = (Double(left[place]), Double(right[place]))
            sums.difference += (a - b) * (a - b)
            sums.first += a * a
            sums.second += b * b
            sums.product += a * b
          }
        }
      }
      return (first.graph.parameters[index].name, sums)
    }
  }

  /// The sums over all arrays.
  var total: Sums {
    parts.reduce(into: Sums()) { total, part in
      total.difference += part.sums.difference
      total.first += part.sums.first
      total.second += part.sums.second
      total.product += part.sums.product
    }
  }

  var table: Table {
    Table(
      columns: [
        .init("layer", .text), .init("l2", .real), .init("relative", .real),
        .init("cosine", .real),
      ],
      rows: (parts + [("all", total)]).map { name, sums in
        let (a, b) = (sums.first.squareRoot(), sums.second.squareRoot())
        let length = sums.difference.squareRoot()
        return [
          .text(name), .real(length), a + b > 0 ? .real(2 * length / (a + b)) : .empty,
          a * b > 0 ? .real(sums.product / (a * b)) : .empty,
        ]
      })
  }
}
