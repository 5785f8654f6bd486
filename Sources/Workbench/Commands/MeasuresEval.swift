import Contract
import Kernel

extension Command {
  /// Loss and error on data.
  static let eval = Command(
    "eval", .measure, "loss, error and accuracy of a network on data",
    details: """
      One network gives a score. Several give a table with one row each. Error and accuracy are \
      shares of the samples, the loss is the mean cross-entropy. `bins=15` adds the expected \
      calibration error `ece` (Guo et al. 2017): how far confidence is from being right, over bins \
      of equal width. `metric=ID` adds a metric that a plugin brought, under its own name: \
      `(eval a data=test metric=brier).brier`; a list adds several.
      """,
    rest: Rest(.nets, count: 1...Int.max),
    keywords: [
      .data, .metrics,
      Parameter(
        "bins", .integer(1...10_000), isOptional: true,
        help: "measure the calibration error, with confidences in this many bins of equal width"),
    ], results: .computed(evalResults),
    stepName: "network",
    examples: [
      "eval a data=test", "expect (eval a data=test).accuracy > 30%",
      "print (eval a data=test bins=15).ece",
    ],
    examplePreparation: Examples.oneNetwork, seeAlso: ["ensemble", "barrier", "compare"]
  ) { call throws(Failure) in
    let data = call.data()
    let networks = call.networks("nets")
    let bins = call.integerIfGiven("bins")
    let metrics = try AskedMetrics(
      call, on: data, classes: networks.map(\.graph.classCount).max() ?? 0)
    var scores: [ScoreValue] = []
    for (index, network) in networks.enumerated() {
      do throws(Failure) {
        var score = try ScoreValue(of: network, on: data, bins: bins, call: call)
        score.metrics = try metrics.figures(of: network)
        scores.append(score)
      } catch {
        throw networks.count == 1 ? error : error.about("network \(index + 1)")
      }
      if call.stop.isRaised, index < networks.count - 1 {
        throw Failure(.stopped, "stopped after \(index + 1) of \(networks.count) networks")
      }
    }
    if scores.count == 1, !call.rest.contains(where: { $0.content.isSeveral }) {
      return [.score(scores[0])]
    }
    guard !scores.isEmpty else { throw Failure(.missingArgument, "there is no network to score") }
    return [.table(scoreTable(scores, data: data))]
  }

  /// A score for one network, a table for what holds several.
  private static let evalResults: @Sendable (StaticCall) -> [ValueKind?]? = { call in
    guard let kind = call.kinds["nets"] else { return [nil] }
    return [kind == .network ? .score : .table]
  }

  private static func scoreTable(_ scores: [ScoreValue], data: DataSet) -> Table {
    var table = Table(
      columns: [
        .init("network", .integer), .init("loss", .real, best: .lowest),
        .init("error", .share, best: .lowest), .init("accuracy", .share, best: .highest),
      ],
      rows: scores.enumerated().map { index, score in
        [.integer(index + 1), .real(score.loss), .real(score.error), .real(score.accuracy)]
      })
    if scores.contains(where: { $0.ece != nil }) {
      table.columns.append(.init("ece", .share, best: .lowest))
      for (row, score) in scores.enumerated() {
        table.rows[row].append(score.ece.map { .real($0) } ?? .empty)
      }
    }
    for (place, metric) in scores[0].metrics.enumerated() {
      table.columns.append(metric.traits.column(isMarked: true))
      for (row, score) in scores.enumerated() {
        table.rows[row].append(.real(score.metrics[place].value))
      }
    }
    table.notes = [data.name]
    return table
  }
}

extension ScoreValue {
  /// - Parameter bins: Into how many bins the calibration error counts; without, it is not measured.
  fileprivate init(
    of network: Network, on data: DataSet, bins: Int?, call: Invocation
  ) throws(Failure) {
    guard let bins else {
      self.init(
        try network.score(on: data, pool: call.pool, stop: call.stop), dataName: data.name)
      return
    }
    let score = try network.predictionScore(
      on: data, bins: bins, pool: call.pool, stop: call.stop)
    self.init(
      Score(loss: score.loss ?? 0, errorCount: score.errorCount, count: score.count),
      dataName: data.name, ece: score.calibration.error)
  }
}

extension Content {
  /// Whether it holds any number of values, be it one.
  var isSeveral: Bool {
    switch self {
    case .networks, .list, .result: true
    default: false
    }
  }
}

extension Failure {
  /// The failure with the thing that it is about before its sentence.
  func about(_ thing: String) -> Failure { Failure(code, "\(thing): \(message)", notes: notes) }
}
