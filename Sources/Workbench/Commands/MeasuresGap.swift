import Contract
import Kernel

extension Command {
  /// How far the blend of two networks is from the blend of what they compute.
  static let gap = Command(
    "gap", .measure, "how far the blend of two networks is from the blend of their outputs",
    details: """
      |f_mix - alpha f - (1 - alpha) f'| over the samples of `data` and all outputs, as a table of \
      alpha, mean and max: what Theorem 3.1 of Entezari et al. (2022) bounds by the width. `at` is \
      one alpha, the weight of the first network; `points=` measures a grid over the whole line. \
      Labels are not looked at. A search's result stands for its networks.
      """,
    rest: Rest(.nets, count: 2...2),
    keywords: [
      .data,
      Parameter("at", .real(0...1), default: "0.5", help: "the weight of the first network"),
      Parameter(
        "points", .integer(3...1001), isOptional: true,
        help: "in place of `at`, how many points of the line; odd, so that the middle is one"),
    ],
    results: .kinds([.table]),
    precheck: { call throws(Failure) in
      guard call.given.isSuperset(of: ["at", "points"]) else { return }
      throw Failure(.givenTwice, "`at` and `points` both say where to measure")
    },
    examples: [
      "gap a b data=test", "gap a b data=test points=5", "print (mean (gap a b data=test).mean)",
    ],
    examplePreparation: Examples.twoNetworks, seeAlso: ["curve", "barrier", "grid_match", "fit"]
  ) { call throws(Failure) in
    let networks = call.networks("nets")
    var alphas = [call.real("at")]
    if let points = call.integerIfGiven("points") { alphas = try Curve.grid(points: points) }
    let gaps = try FunctionGap.measure(
      from: networks[0], to: networks[1], on: call.data(), alphas: alphas, pool: call.pool,
      stop: call.stop)
    return [
      .table(
        Table(
          columns: [.init("alpha", .real), .init("mean", .real), .init("max", .real)],
          rows: gaps.map { [.real($0.alpha), .real($0.mean), .real($0.largest)] },
          notes: ["over \(call.data().count) samples of \(call.data().name)"]))
    ]
  }
}
