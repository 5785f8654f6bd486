import Contract
import Kernel
import Plugins

extension Row {
  static let annealingRows = pairRows + fiveRows + [deepRow]

  private static let pairRows = [64, 512].flatMap { width in
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

  /// The paper's full setting: five networks, all of which move.
  private static let fiveRows = [
    ("sa2_step_five", "one swap", Setting.integer(1), 0.3e-3),
    ("sa2_step_five_all", "a swap in every network", Setting.word("all"), 1.3e-3),
  ].map { name, move, swaps, reach in
    Row(
      name, "sa2, n = 5, 1x1024, 60 000 samples, \(move) per move, all samples", unit: "move",
      reach: reach, isQuick: false,
      prepare: { workplace throws(Failure) in
        let search = try Annealing(.five, workplace: workplace)
        return { () throws(Failure) in
          try search.run(
            evaluation: "full", steps: 2_000, temperatures: Annealing.usualTemperatures,
            more: ["swaps": swaps, "move": .word("all")]
          ).timing(per: 2_000)
        }
      })
  }

  /// A deep network layer by layer, and how much longer a forward pass for each move takes.
  private static let deepRow = Row(
    "sa2_step_3x512", "sa2, n = 2, 3x512, 10 000 samples, one layer per move", unit: "move",
    isQuick: false,
    prepare: { workplace throws(Failure) in
      let search = try Annealing(.deep, workplace: workplace)
      return { () throws(Failure) in
        func each(_ evaluation: String, _ steps: Int) throws(Failure) -> Timing {
          try search.run(
            evaluation: evaluation, steps: steps, temperatures: Annealing.usualTemperatures,
            more: ["samples": .integer(10_000)]
          ).timing(per: Double(steps))
        }
        let (plain, layered) = (try each("plain", 12), try each("full", 240))
        let ratio = plain.seconds / layered.seconds
        return Timing(
          seconds: layered.seconds,
          detail: "a forward pass for each move takes \(text(1e3 * plain.seconds, digits: 1)) ms, "
            + "\(text(ratio, digits: 1)) times as long")
      }
    })
}

/// A search with `sa2`, ready to run in each way that a move can be evaluated.
struct Annealing: Sendable {
  private let networks: [Network]
  private let data: DataSet
  private var start: [NetworkPermutation]
  private let random = RandomStream(seed: 1, name: "benchmark/annealing")

  /// About those that a trial finds from random starts.
  static let usualTemperatures = 1e-5...1e-3

  /// Two trained networks with one hidden layer.
  init(width: Int, workplace: Workplace) throws(Failure) {
    try self.init(width == 64 ? .narrow : .wide, workplace: workplace)
  }

  /// Trained networks; all but the first begin in a random order.
  init(_ pair: TrainedPair, workplace: Workplace) throws(Failure) {
    networks = try workplace.networks(pair)
    data = try workplace.data().train
    let graph = networks[0].graph
    let stream = random.child("start")
    start = networks.indices.map { index in
      switch index {
      case 0: NetworkPermutation(identityFor: graph)
      case 1: NetworkPermutation(randomFor: graph, from: stream)
      default: NetworkPermutation(randomFor: graph, from: stream.child("network", index))
      }
    }
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
  /// - Parameters:
  ///   - evaluation: `lazy`, `full` or `plain`, as the method's parameter.
  ///   - more: Other parameters of the method.
  func run(
    evaluation: String, steps: Int, temperatures: ClosedRange<Double>? = nil,
    more: [String: Setting] = [:]
  ) throws(Failure) -> Outcome {
    var given = more
    given["steps"] = .integer(steps)
    given["evaluation"] = .word(evaluation)
    if let temperatures {
      given["t_max"] = .real(temperatures.upperBound)
      given["t_min"] = .real(temperatures.lowerBound)
    }
    let settings = try Settings(defaultsOf: SharedAverageAnnealing.card, given)
    let outcome = try SharedAverageAnnealing(settings).search(
      SearchTask(networks: networks, data: data, random: random, start: start))
    func figure(_ name: String) throws(Failure) -> Double {
      guard let figure = outcome.figure(name) else {
        throw Failure(.incompatible, "sa2 reports no figure `\(name)`")
      }
      return figure
    }
    return Outcome(
      permutations: outcome.permutations ?? [], seconds: try figure("search seconds"),
      acceptedMoves: try figure("accepted moves"), startCost: outcome.startCost ?? .nan,
      cost: outcome.cost ?? .nan, temperatures: try figure("t_min")...figure("t_max"))
  }
}
