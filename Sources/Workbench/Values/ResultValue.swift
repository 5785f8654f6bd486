import Contract
import Kernel

/// What a search gives: the same shape for every method.
struct ResultValue: Sendable {
  /// The method with all its settings.
  var method: ConfiguredMethod
  /// The networks as they were given.
  var networksBefore: [Network]
  /// The data the search scored on, if any.
  var data: DataSet?
  /// The stream that the search drew from, at its beginning; `resume` needs it.
  var random: RandomStream
  /// The permutations the search began from, where `start=` gave some.
  var start: [NetworkPermutation]?
  var outcome: SearchOutcome
  /// How long the search took, everything included.
  var seconds: Double

  /// One permutation per network, or `nil` for a method that learns weights.
  var permutations: [NetworkPermutation]? { outcome.permutations }

  /// The layers that its permutations are for.
  var layers: [PermutationFile.Group] { PermutationFile.groups(of: networksBefore[0].graph) }

  /// The networks as the search leaves them; permuted anew at each call.
  var networks: [Network] {
    if let learned = outcome.learnedNetworks { return learned }
    guard let permutations else { return networksBefore }
    return zip(networksBefore, permutations).map { $0.permuted(by: $1) }
  }

  /// The average of the networks as the search leaves them.
  var average: Network { outcome.average ?? Network.average(of: networks) }

  /// The same without what `recalibrate=` of the search did to it.
  ///
  /// Learned networks with batch normalization have an average whose statistics were measured in any
  /// case; that stays.
  var averageAsLeft: Network {
    guard let average = outcome.average else { return Network.average(of: networks) }
    let isOfTheMethod = outcome.learnedNetworks != nil && average.graph.usesBatchStatistics
    return isOfTheMethod || !average.isRecalibrated ? average : Network.average(of: networks)
  }

  /// The cost as words, also of a method that has no name for it.
  var costWords: String { method.card.costName.isEmpty ? "cost" : method.card.costName }

  /// What the cost measures: methods whose cost is an error say so in its name.
  var costMeasure: Content.Measure {
    let name = method.card.costName
    // A method that can lower either says which in its settings.
    if case .word("loss")? = method.settings["metric"] { return .plain }
    if name.contains("barrier") && !name.contains("loss") { return .points }
    return name.contains("error") ? .share : .plain
  }

  /// `finished: all steps made` or `partial 62%: stopped`.
  var statusText: String {
    switch outcome.status {
    case .finished(let reason): "finished: \(reason)"
    case .partial(let share, let reason): "partial \(Int((share * 100).rounded()))%: \(reason)"
    }
  }

  /// The best cost against steps and seconds.
  var trace: Table {
    let kind: Table.Kind =
      switch costMeasure {
      case .share: .share
      case .points: .points
      case .plain, .memory: .real
      }
    return Table(
      columns: [.init("step", .integer), .init("seconds", .seconds), .init("cost", kind)],
      rows: outcome.trace.map { [.integer($0.step), .real($0.seconds), .real($0.cost)] })
  }
}
