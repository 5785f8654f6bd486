import Contract
import Kernel

/// SA₁: simulated annealing on the mean pairwise barrier of the permuted networks.
///
/// From Entezari, Sedghi, Saukh and Neyshabur (2022), sections 4.2 and A.4.
///
/// All but the cost is as in SA₂ (`SharedAverageAnnealing`), and for two networks, the error
/// and α = ½ so is the chain, until the barrier is gone.
public struct PairwiseBarrierAnnealing: SearchPlugin {
  private let settings: AnnealingSettings
  private let measure: PairwiseBarrierEvaluator.Measure

  public static let card = MethodCard(
    id: "sa1",
    summary: "simulated annealing on the mean pairwise barrier of the permuted networks",
    description: """
      Swaps two hidden units of one layer of one network at a time and keeps the swap where the \
      mean barrier over all pairs falls, or by chance where it rises a little. The barrier of a pair \
      is the largest rise, over a grid of alpha, over the line between the two. With the default of \
      3 points that is the rise at alpha = 1/2, the paper's own surrogate; more points cost as many \
      times as much. A swap is evaluated from what it changes in the pairs that it is in; losses of \
      deep networks by a forward pass for each pair and point. For two networks, errors \
      and 3 points it is `sa2` with another name until the barrier is gone: the same moves are \
      accepted where both draw the same random numbers, which two commands, even of one seed, do \
      not, as the method is part of what names their stream. `help sa2` tells what `restarts=` and \
      `chains=` are good for.
      """,
    version: "1",
    papers: [
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, sections 4.2 and A.4"
    ] + AnnealingSettings.papers,
    parameters: AnnealingSettings.parameters(
      quantity: "cost", unit: nil,
      evaluationHelp: "; losses may differ in their last digits, and plain is the reference"
    ) + [
      Parameter(
        "metric", .word(Metric.allCases.map(\.rawValue)), default: "error",
        help: "what the barrier is in; temperatures are in its unit"),
      Parameter(
        "points", .integer(3...1001), default: "3",
        help: "how many points of each line to look at; odd: 3 is the middle alone"),
      Parameter(
        "baseline", .word(BarrierBaseline.allCases.map(\.rawValue)), default: "line",
        help: "what is subtracted: the line between the ends, or their mean"),
    ],
    needsData: true, drawsRandomNumbers: true, costName: "mean pairwise barrier",
    stepName: "move", scoresEachStep: true, canResume: true, takesStart: true)

  public init(_ settings: Settings) throws(Failure) {
    self.settings = try AnnealingSettings(settings)
    measure = PairwiseBarrierEvaluator.Measure(
      metric: Metric(rawValue: settings.word("metric")) ?? .error,
      points: settings.integer("points"),
      baseline: BarrierBaseline(rawValue: settings.word("baseline")) ?? .line)
    _ = try Curve.grid(points: measure.points)
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    try AnnealingSearch(
      card: Self.card, settings: settings,
      objective: PairwiseBarrierObjective(evaluation: settings.evaluation, measure: measure),
      task: task
    ).run()
  }
}
