import Contract
import Kernel

extension Command {
  /// Loss and error on data.
  static let eval = Command(
    "eval", .measure, "loss, error and accuracy of a network on data",
    details: """
      One network gives a score. Several give a table with one row each. Error and accuracy are \
      shares of the samples, the loss is the mean cross-entropy.
      """,
    rest: Rest(.nets, count: 1...Int.max), keywords: [.data], results: .computed(evalResults),
    stepName: "network",
    examples: ["eval a data=test", "expect (eval a data=test).accuracy > 30%"],
    examplePreparation: Examples.oneNetwork, seeAlso: ["barrier", "compare"]
  ) { call throws(Failure) in
    let data = call.data()
    let networks = call.networks("nets")
    var scores: [Score] = []
    for (index, network) in networks.enumerated() {
      do throws(Failure) {
        scores.append(try network.score(on: data, pool: call.pool, stop: call.stop))
      } catch {
        throw networks.count == 1 ? error : error.about("network \(index + 1)")
      }
      if call.stop.isRaised, index < networks.count - 1 {
        throw Failure(.stopped, "stopped after \(index + 1) of \(networks.count) networks")
      }
    }
    if scores.count == 1, !call.rest.contains(where: { $0.content.isSeveral }) {
      return [.score(ScoreValue(scores[0], dataName: data.name))]
    }
    guard !scores.isEmpty else { throw Failure(.missingArgument, "there is no network to score") }
    return [.table(scoreTable(scores, data: data))]
  }

  /// A score for one network, a table for what holds several.
  private static let evalResults: @Sendable (StaticCall) -> [ValueKind?]? = { call in
    guard let kind = call.kinds["nets"] else { return [nil] }
    return [kind == .network ? .score : .table]
  }

  private static func scoreTable(_ scores: [Score], data: DataSet) -> Table {
    var table = Table(
      columns: [
        .init("network", .integer), .init("loss", .real, best: .lowest),
        .init("error", .share, best: .lowest), .init("accuracy", .share, best: .highest),
      ],
      rows: scores.enumerated().map { index, score in
        [.integer(index + 1), .real(score.loss), .real(score.error), .real(score.accuracy)]
      })
    table.notes = [data.name]
    return table
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
