import Contract
import Kernel

extension Command {
  /// Loss and error along the line between two networks.
  static let curve = Command(
    "curve", .measure, "loss and error along the straight line between two networks",
    details: """
      `alpha` is the weight of the first network: 1 is the first, 0 the second, and 0.5 their \
      average. Loss is the mean cross-entropy, error a share of the samples. `metric=ID` \
      measures a plugin's metric along the line, too, as the part and the column of that name. \
      `recalibrate=` puts every point right before it is scored, the ends too, as the command of \
      that name does; `.before` is the curve without it.
      """,
    positional: [
      Parameter("first", .value([.network]), help: "the network at alpha 1"),
      Parameter("second", .value([.network]), help: "the network at alpha 0"),
    ],
    keywords: [.data, .points, .metrics, .recalibrate, .calibrate], results: .kinds([.curve]),
    examples: [
      "c = curve a b data=test", "curve a b data=test points=11 |> plot",
      "curve a b data=test points=5 recalibrate=repair calibrate=train |> plot",
    ],
    examplePreparation: Examples.twoNetworks, seeAlso: ["barrier", "plot", "export", "recalibrate"]
  ) { call throws(Failure) in
    let (first, second) = (call.network("first"), call.network("second"))
    let alphas = try Curve.grid(points: call.integer("points"))
    let metrics = try AskedMetrics(call, on: call.data(), classes: first.graph.classCount)
    var curve = try Curve.measure(
      from: first, to: second, on: call.data(), alphas: alphas, pool: call.pool, stop: call.stop)
    curve.metrics = try metrics.lines(from: first, to: second, alphas: alphas) { share in
      call.progress.report(ProgressReport(share: share))
    }
    guard let asked = try AskedRecalibration(call, measured: call.data()) else {
      return [.curve(curve)]
    }
    guard asked.changes(first.graph) else { return [.curve(asked.unchanged(curve))] }
    let ends = try asked.ends([first, second], share: 0...0.1)
    return [
      .curve(
        try asked.curve(
          curve, between: (first, second), (ends[0], ends[1]), on: call.data(), metrics: metrics
        ) { call.progress.report(ProgressReport(share: 0.1 + 0.9 * $0)) })
    ]
  }

  /// How much worse the line between networks is than its ends.
  static let barrier = Command(
    "barrier", .measure, "how much worse the line between networks is than its ends",
    details: """
      The largest rise of loss and of error over the line between both ends (Entezari et al. 2022, \
      Eq. 1), with where it is: alpha is the weight of the first network. `baseline=mean` subtracts \
      the mean of the ends instead (Frankle et al. 2020). Between more than two networks all pairs \
      are measured; the numbers are means over the pairs, with `.error_spread` their standard \
      deviation, and `.pairs` has each. There the barrier by way of a third network is told, too: \
      `.indirect` is the mean over pairs A, C of the least max(B(A, B), B(B, C)) over the other \
      networks B (E.3). A search's result stands for its networks. `metric=ID` measures a plugin's \
      metric, too: `.ID` is its barrier, the largest fall where more is better, and `.ID_alpha`, \
      `.ID_spread` and `.indirect_ID` are as for the error. `recalibrate=` puts every point of every \
      line right before it is scored, the ends too, as the command of that name does; `.before` is \
      the barrier without it, and both are shown.
      """,
    rest: Rest(.nets, count: 2...Int.max),
    keywords: [
      .data, .points, .metrics,
      Parameter(
        "baseline", .word(BarrierBaseline.allCases.map(\.rawValue)), default: "line",
        help: "what is subtracted: the line between the ends, or their mean"),
      .recalibrate, .calibrate,
    ],
    results: .kinds([.barrier]),
    examples: [
      "barrier a b data=test", "expect (barrier a b data=test points=11).error < 60%",
      "barrier a b data=test baseline=mean",
      "print (barrier a b (shuffle a) data=test points=3).indirect",
      "r = barrier a b data=test points=5 recalibrate=repair calibrate=train\nprint r.before.error",
    ],
    examplePreparation: Examples.twoNetworks,
    seeAlso: ["curve", "compare", "search", "recalibrate"]
  ) { call throws(Failure) in
    let baseline = BarrierBaseline(rawValue: call.text("baseline")) ?? .line
    let networks = call.networks("nets")
    let metrics = try AskedMetrics(
      call, on: call.data(), classes: networks.first?.graph.classCount ?? 0)
    return [
      .barrier(
        try BarrierValue(
          between: networks, on: call.data(), points: call.integer("points"), baseline: baseline,
          metrics: metrics, recalibration: try AskedRecalibration(call, measured: call.data()),
          call: call))
    ]
  }
}

extension BarrierValue {
  /// The barriers of all pairs.
  init(
    between networks: [Network], on data: DataSet, points: Int, baseline: BarrierBaseline = .line,
    metrics: AskedMetrics? = nil, recalibration: AskedRecalibration? = nil, call: Invocation
  ) throws(Failure) {
    guard networks.count >= 2 else {
      throw .networkCount(networks.count, expected: 2...Int.max, owner: "a barrier")
    }
    try Network.checkAlike(networks)
    let alphas = try Curve.grid(points: points)
    let pairCount = networks.count * (networks.count - 1) / 2
    var pairs: [Pair] = []
    var products = KeptProducts(networks, data)
    func noteProgress(_ pairShare: Double) {
      call.progress.report(
        ProgressReport(
          share: (Double(pairs.count) + pairShare) / Double(pairCount),
          facts: pairCount > 1 ? [.init("pair", "\(pairs.count)/\(pairCount)")] : []))
    }
    let changes = recalibration?.changes(networks[0].graph) ?? false
    // Each network once, however many pairs it is in.
    let ends = changes ? try recalibration?.ends(networks) : nil
    for first in networks.indices {
      for second in networks.indices where second > first {
        var curve = try Curve.measure(
          from: networks[first], to: networks[second], on: data, alphas: alphas,
          products: products.ofPair(first, second, call), pool: call.pool, stop: call.stop)
        if let metrics {
          curve.metrics = try metrics.lines(
            from: networks[first], to: networks[second], alphas: alphas,
            noteProgress: noteProgress)
        }
        if let recalibration, let ends {
          curve = try recalibration.curve(
            curve, between: (networks[first], networks[second]), (ends[first], ends[second]),
            on: data, metrics: metrics, progress: noteProgress)
        } else if let recalibration {
          curve = recalibration.unchanged(curve)
        }
        pairs.append(Pair(first + 1, second + 1, Barrier(curve: curve, baseline: baseline)))
        if pairCount > 1 { noteProgress(0) }
      }
    }
    self.init(pairs: pairs)
  }
}

/// The first layer's products of several networks, each computed when a pair first needs it.
private struct KeptProducts {
  private let networks: [Network]
  private let data: DataSet
  private var kept: [FirstLayerProducts?]
  private let isWorthIt: Bool

  init(_ networks: [Network], _ data: DataSet) {
    self.networks = networks
    self.data = data
    kept = [FirstLayerProducts?](repeating: nil, count: networks.count)
    // Of two networks each is needed once. A quarter of the limit leaves room for the curves.
    let bytes = FirstLayerProducts.bytes(of: networks[0], on: data) ?? 0
    isWorthIt = networks.count > 2 && bytes > 0 && bytes * networks.count <= Memory.limit / 4
  }

  mutating func ofPair(
    _ first: Int, _ second: Int, _ call: Invocation
  ) -> (FirstLayerProducts?, FirstLayerProducts?) {
    // Why a network does not take the data is said by the curve.
    guard isWorthIt, (try? networks[first].checkTakes(data)) != nil else { return (nil, nil) }
    for place in [first, second] where kept[place] == nil {
      kept[place] = FirstLayerProducts(
        of: networks[place], on: data, pool: call.pool, stop: call.stop)
    }
    return (kept[first], kept[second])
  }
}
