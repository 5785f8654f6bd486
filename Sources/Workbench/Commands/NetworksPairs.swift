import Contract
import Kernel

extension Command {
  /// Every pair of several networks.
  static let pairs = Command(
    "pairs", .networks, "every pair of several networks, as a list to go through",
    details: """
      The pairs are in the order 1-2, 1-3, …, 2-3, …, as in `.pairs` of a barrier, and each is a \
      list of two networks. With `sweep` every pair can be searched without naming any.
      """,
    rest: Rest(.nets, count: 2...Int.max), results: .kinds([.list]),
    examples: [
      "count (pairs nets)",
      """
      every = pairs nets
      sweep i in 1..(count every) {
        p = search weight_match every[i]
        row before=(barrier every[i] data=test).error after=(barrier p data=test).error
      }
      """,
    ],
    examplePreparation: Examples.data + ["nets = train mlp width=8 data=train epochs=2 count=3"],
    seeAlso: ["sweep", "barrier", "search"]
  ) { call throws(Failure) in
    let networks = call.rest.flatMap(\.singleNetworks)
    guard networks.count >= 2 else {
      throw .networkCount(networks.count, expected: 2...Int.max, owner: "`pairs`")
    }
    var pairs: [Value] = []
    for (place, first) in networks.enumerated() {
      for second in networks[(place + 1)...] {
        pairs.append(
          Value(.list([first, second]), .list([first.provenance, second.provenance])))
      }
    }
    return [.list(pairs)]
  }
}

extension Value {
  /// The networks in a value, each a value of its own that knows where it came from: two pairs must
  /// not share a stream of random numbers.
  fileprivate var singleNetworks: [Value] {
    switch content {
    case .network: return [self]
    case .networks(let networks):
      return networks.enumerated().map { Value(.network($1), provenance.element($0)) }
    case .result(let result):
      let owner = Provenance.member("networks", of: provenance)
      return result.networks.enumerated().map { Value(.network($1), owner.element($0)) }
    case .list(let values): return values.flatMap(\.singleNetworks)
    default: return []
    }
  }
}
