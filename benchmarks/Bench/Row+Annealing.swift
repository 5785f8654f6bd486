import Contract
import Kernel
import Plugins

extension Row {
  static let annealingRows = [64, 512].flatMap { width in
    [
      Row(
        "sa2_\(width)", "sa2, n = 2, 1x\(width), 50 000 steps over 60 000 samples, random start",
        unit: "50 000 steps", reach: 2, isQuick: width == 512,
        prepare: { workplace throws(Failure) in
          let search = try Annealing(width: width, workplace: workplace)
          return { () throws(Failure) in try search.run(evaluation: "lazy", steps: 50_000).timing }
        }),
      Row(
        "sa2_step_\(width)", "the same, every step counted over all samples", unit: "step",
        reach: 0.08e-3, isQuick: width == 512,
        prepare: { workplace throws(Failure) in
          let search = try Annealing(width: width, workplace: workplace)
          return { () throws(Failure) in
            try search.run(evaluation: "full", steps: 50_000).timing(per: 50_000)
          }
        }),
      Row(
        "sa2_matched_\(width)", "the 50 000 steps, from weight matching", unit: "50 000 steps",
        reach: 0.5, isQuick: width == 512,
        prepare: { workplace throws(Failure) in
          var search = try Annealing(width: width, workplace: workplace)
          try search.startFromWeightMatching()
          let matched = search
          return { () throws(Failure) in try matched.run(evaluation: "lazy", steps: 50_000).timing }
        }),
    ]
  }
}

/// A search with `sa2`, ready to run in each way that a move can be evaluated.
struct Annealing: Sendable {
  private let networks: [Network]
  private let data: DataSet
  private var start: [NetworkPermutation]
  private let random = RandomStream(seed: 1, name: "benchmark/annealing")

  /// Two trained networks with one hidden layer; the second begins in a random order.
  init(width: Int, workplace: Workplace) throws(Failure) {
    let pair = width == 64 ? TrainedPair.narrow : TrainedPair.wide
    networks = try workplace.networks(pair)
    data = try workplace.data().train
    let graph = networks[0].graph
    start = [
      NetworkPermutation(identityFor: graph),
      NetworkPermutation(randomFor: graph, from: random.child("start")),
    ]
  }

  /// Begins where weight matching ends.
  mutating func startFromWeightMatching() throws(Failure) {
    let method = try WeightMatching(Settings(defaultsOf: WeightMatching.card))
    let found = try method.search(
      SearchTask(networks: networks, random: random.child("weight matching")))
    if let permutations = found.permutations { start = permutations }
  }

  /// What a search found and how long its steps took.
  struct Outcome: Sendable {
    var permutations: [NetworkPermutation]
    /// Of the steps alone: products, layout and trial temperatures are set-up.
    var seconds: Double
    var acceptedMoves: Double
    var startCost: Double
    var cost: Double
    var temperatures: ClosedRange<Double>

    var timing: Timing { timing(per: 1) }

    /// The time of one of `count` parts, all alike.
    func timing(per count: Double) -> Timing {
      let sources = permutations.flatMap { $0.groups.flatMap(\.sources) }
      let hash = ContentHash(of: Array("\(sources)".utf8))
      return Timing(
        seconds: seconds / count,
        detail: "error \(text(100 * startCost, digits: 2)) % to \(text(100 * cost, digits: 2)) %, "
          + "\(Int(acceptedMoves)) moves accepted, permutations \(hash.short)")
    }
  }

  /// Runs a search; with `auto` temperatures where none are given.
  ///
  /// - Parameter evaluation: `lazy`, `full` or `plain`, as the method's parameter.
  func run(
    evaluation: String, steps: Int, temperatures: ClosedRange<Double>? = nil
  ) throws(Failure) -> Outcome {
    var given: [String: Setting] = ["steps": .integer(steps), "evaluation": .word(evaluation)]
    if let temperatures {
      given["t_max"] = .real(temperatures.upperBound)
      given["t_min"] = .real(temperatures.lowerBound)
    }
    let settings = try Settings(defaultsOf: SharedAverageAnnealing.card, given)
    let outcome = try SharedAverageAnnealing(settings).search(
      SearchTask(networks: networks, data: data, random: random, start: start))
    func figure(_ name: String) throws(Failure) -> Double {
      guard let figure = outcome.figures.first(where: { $0.name == name }) else {
        throw Failure(.incompatible, "sa2 reports no figure `\(name)`")
      }
      return figure.value
    }
    return Outcome(
      permutations: outcome.permutations ?? [], seconds: try figure("search seconds"),
      acceptedMoves: try figure("accepted moves"), startCost: outcome.startCost ?? .nan,
      cost: outcome.cost ?? .nan, temperatures: try figure("t_min")...figure("t_max"))
  }
}
