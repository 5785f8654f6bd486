import Contract
import Kernel

/// What every annealing can be told.
struct AnnealingSettings: Sendable {
  let steps: Int
  let acceptance: Acceptance
  let highest: Double?
  let lowest: Double?
  let movesAll: Bool
  let moveSize: MoveSize
  let samples: Int?
  let restarts: Int
  let chains: Int
  let evaluation: AverageErrorEvaluation

  /// Throws where the settings contradict each other.
  init(_ settings: Settings) throws(Failure) {
    steps = settings.integer("steps")
    acceptance = Acceptance(rawValue: settings.word("accept")) ?? .metropolis
    highest = settings.realIfGiven("t_max")
    lowest = settings.realIfGiven("t_min")
    movesAll = settings.word("move") == "all"
    moveSize = settings.integerIfGiven("swaps") == nil ? .all : .one
    samples = settings.integerIfGiven("samples")
    restarts = settings.integer("restarts")
    chains = settings.integer("chains")
    evaluation = AverageErrorEvaluation(rawValue: settings.word("evaluation")) ?? .lazy
    if let highest, let lowest, lowest > highest {
      throw Failure(
        .incompatible, "t_min is \(lowest), which is above t_max, \(highest)",
        notes: ["the temperature falls from t_max to t_min"])
    }
    if chains > 1, restarts > 1 {
      throw Failure(
        .incompatible, "`restarts=\(restarts)` and `chains=\(chains)` cannot stand together",
        notes: ["restarts are independent of each other, and chains exchange places: choose one"])
    }
    if chains > 1, acceptance == .greedy {
      throw Failure(
        .incompatible, "`chains=\(chains)` needs temperatures, and `accept=greedy` has none",
        notes: ["`restarts=\(chains)` runs as many greedy searches side by side"])
    }
  }

  /// The parameters; `quantity` is what temperatures are measured in.
  static func parameters(
    quantity: String, unit: String?, evaluationHelp: String = ""
  ) -> [Parameter] {
    [
      Parameter(
        "steps", .integer(1...1_000_000_000), default: "50k", unit: "moves",
        help: "how many moves to try, in each chain"),
      Parameter(
        "accept", .word(Acceptance.allCases.map(\.rawValue)), default: "metropolis",
        help: "when a worse move is accepted: by chance, or never (greedy)"),
      Parameter(
        "t_max", .real(1e-12...1e6), words: ["auto"], default: "auto", unit: unit,
        help: "the temperature at the start, in the unit of the \(quantity)"),
      Parameter(
        "t_min", .real(1e-12...1e6), words: ["auto"], default: "auto", unit: unit,
        help: "the temperature at the end"),
      Parameter(
        "move", .word(["others", "all"]), default: "others",
        help: "which networks move: all but the first, or all"),
      Parameter(
        "swaps", .integer(1...1), words: ["all"], default: "1",
        help: "pairs exchanged in a move: one, or one in every layer of every moving network"),
      Parameter(
        "samples", .integer(1...Int.max), words: ["all"], default: "all",
        help: "evaluate on a fixed random subset of the data"),
      Parameter(
        "restarts", .integer(1...10_000), default: "1",
        help:
          "independent chains side by side on all cores, with start=random each from a start of "
          + "its own; the best is kept"),
      Parameter(
        "chains", .integer(1...256), default: "1",
        help: "parallel tempering: chains at fixed temperatures from t_min to t_max, of which "
          + "neighbours may exchange them every 100 moves"),
      Parameter(
        "evaluation", .word(AverageErrorEvaluation.allCases.map(\.rawValue)), default: "lazy",
        changesResult: false,
        help: "how a move is evaluated: the results are the same, the time is not"
          + evaluationHelp),
    ]
  }

  static let papers = [
    "Metropolis et al. (1953): Equation of State Calculations by Fast Computing Machines",
    "Swendsen, Wang (1986): Replica Monte Carlo Simulation of Spin-Glasses (chains)",
  ]
}
