import Contract
import Kernel

extension Command {
  /// Puts an average right.
  static let recalibrate = Command(
    "recalibrate", .networks, "put the statistics or the units of an average right",
    details: """
      Units of averaged weights vary less than those of the networks that were averaged, layer after \
      layer less, and statistics of batch normalizations that were averaged with them fit none of \
      them: much of what is published as a barrier is this. `statistics` measures the running \
      statistics of batch normalizations anew, and changes nothing else. `repair` (Jordan et al. \
      2022) scales and shifts every hidden unit, before its rectifier, so that over `data` it has \
      the mean and the standard deviation that its ends have, interpolated; `rescale` sets the \
      standard deviation alone. Both are folded into weights and biases, or into the scale and shift \
      of a normalization that follows, so that the architecture stays, and they want the networks \
      that were averaged, as they were averaged: `ends=p.networks` after a search. `weights=` says \
      how much each counts, by default all alike. One pass over the data for the average and two for \
      each end, in batches of about 256 in a fixed order; `samples=N` looks at N of them. \
      `recalibrate=` of `barrier`, `curve`, `compare`, `ensemble`, `average` and `search` does the \
      same on the way, the ends too, and shows what was before.
      """,
    positional: [
      Parameter("net", .value([.network, .networks]), help: "the average, or several networks")
    ],
    keywords: [
      .data,
      Parameter(
        "method", .word(RecalibrationMethod.allCases.map(\.rawValue)), default: "statistics",
        help: "what is put right: statistics of batch normalizations, or units"),
      Parameter(
        "ends", .value([.networks, .result, .list]), isOptional: true,
        help: "the networks that were averaged, for repair and rescale"),
      Parameter(
        "weights", .value([.list]), isOptional: true,
        help: "how much each end counts, with the sum 1; otherwise all alike"),
      Parameter(
        "samples", .integer(2...Int.max), isOptional: true, unit: "samples",
        help: "how many samples are looked at; otherwise all"),
    ],
    results: .same(as: "net"),
    examples: [
      "m = recalibrate (average a b) data=train method=repair ends=[a, b]",
      "m = recalibrate p.average data=train method=repair ends=p samples=100",
      "near_a = recalibrate (blend a b at=0.9) data=train method=rescale ends=[a, b] "
        + "weights=[0.9, 0.1]",
    ],
    examplePreparation: Examples.result, seeAlso: ["average", "barrier", "compare", "search"]
  ) { call throws(Failure) in
    let networks = try Recalibrating(call).networks()
    if case .networks? = call.value("net")?.content { return [.networks(networks)] }
    return networks.map { .network($0) }
  }
}

/// One call of `recalibrate`.
private struct Recalibrating {
  private let call: Invocation
  private let asked: AskedRecalibration
  private let averages: [Network]
  private let ends: [Network]
  private let weights: [Double]?

  init(_ call: Invocation) throws(Failure) {
    self.call = call
    guard let method = RecalibrationMethod(rawValue: call.text("method")) else {
      preconditionFailure("a method that is not in the table")
    }
    asked = AskedRecalibration(
      method, on: call.data(), samples: call.integerIfGiven("samples"), call)
    averages = call.networks("net")
    ends = call.networks("ends")
    weights = try Self.weights(call, count: ends.count)
    guard (method == .statistics) == ends.isEmpty else {
      throw ends.isEmpty
        ? Failure(
          .missingArgument, "`\(method.rawValue)` needs the networks that were averaged",
          notes: ["give ends=[a, b], or ends=p of a search's result"])
        : Failure(
          .incompatible, "`ends=` is for repair and rescale; statistics are measured without them",
          notes: ["give method=repair or method=rescale"])
    }
    for average in averages where !ends.isEmpty { try Network.checkAlike([average] + ends) }
  }

  private static func weights(_ call: Invocation, count: Int) throws(Failure) -> [Double]? {
    guard case .list(let values)? = call.value("weights")?.content else { return nil }
    let weights = values.compactMap(\.content.number)
    let sum = weights.reduce(0, +)
    guard weights.count == values.count, weights.count == count,
      weights.allSatisfy({ $0 >= 0 }), abs(sum - 1) < 1e-6
    else {
      throw Failure(
        .incompatible,
        "`weights` must be \(Content.counted(count, "number")) of at least 0 with the sum 1, one for "
          + "each of `ends`")
    }
    return weights
  }

  func networks() throws(Failure) -> [Network] {
    var results: [Network] = []
    for average in averages {
      if !ends.isEmpty { noteOthers(average) }
      results.append(
        try asked.average(of: ends.isEmpty ? [average] : ends, weights: weights, as: average))
    }
    return results
  }

  /// Units are put right by their places, so that those of other networks, or in another order, do harm.
  private func noteOthers(_ average: Network) {
    let share = Double(1) / Double(ends.count)
    let weights = weights ?? ends.map { _ in share }
    var (difference, length) = (0.0, 0.0)
    for (place, parameter) in average.graph.parameters.enumerated() where parameter.role.isTrained {
      let all = ends.map { $0.parameters[place].values }
      for (index, value) in average.parameters[place].values.enumerated() {
        let mean = zip(all, weights).reduce(0) { $0 + $1.1 * Double($1.0[index]) }
        difference += (Double(value) - mean) * (Double(value) - mean)
        length += mean * mean
      }
    }
    guard difference > 1e-6 * length else { return }
    call.note(
      "the network is not the mean of `ends` with these weights: units are compared by their places"
    )
  }
}
