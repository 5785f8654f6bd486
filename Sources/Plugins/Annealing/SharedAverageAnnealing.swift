import Contract
import Foundation
import Kernel

/// SA₂: simulated annealing on the train error of the average of the permuted networks.
///
/// From Entezari, Sedghi, Saukh and Neyshabur (2022), sections 4.2 and A.4.
///
/// State: one permutation per group of axes and network; network 1 stays. Move: two units of one
/// layer of one network exchange places, or with `swaps=all` two of every layer of every network
/// that moves. Acceptance: Metropolis with geometric cooling, or `accept=greedy`, Algorithm 1 as
/// printed. The best state is kept.
///
/// Up to 64 networks with one hidden layer are evaluated incrementally and lazily, deeper ones layer
/// by layer, and what is neither by an ordinary forward pass per move.
public struct SharedAverageAnnealing: SearchPlugin {
  private let settings: AnnealingSettings

  public static let card = MethodCard(
    id: "sa2",
    summary: "simulated annealing on the train error of the average of the permuted networks",
    description: """
      Swaps two hidden units of one layer of one network at a time and keeps the swap where the \
      error of the average falls, or by chance where it rises a little. A swap is evaluated from \
      what it changes: with one hidden layer in a few column reads, whatever the input size; \
      deeper, the layers above the changed one run forward again. The temperature is a share of \
      samples, as the cost is; `auto` finds it by a trial chain. The paper searches with five \
      networks, all of which move (`move=all`), and in its reduced setting with two, of which one \
      moves (the default: the first stays). With more than two networks it lowers the error of \
      their common average, not the pairwise barriers: report both, or search with `sa1`. \
      `restarts=` and `chains=` put further cores to use and save no moves: in a small trial on \
      MNIST (one pair of width 32, 40 000 moves in all, two seeds) the barrier after one chain was \
      0.97 points, after four restarts 1.03, and after parallel tempering with four or eight \
      chains, which did not help, 1.18 and 1.28.
      """,
    version: "1",
    papers: [
      "Entezari, Sedghi, Saukh, Neyshabur (2022): The Role of Permutation Invariance in Linear "
        + "Mode Connectivity of Neural Networks, sections 4.2 and A.4"
    ] + AnnealingSettings.papers,
    parameters: AnnealingSettings.parameters(quantity: "error", unit: "share"),
    needsData: true, drawsRandomNumbers: true, costName: "train error of the average",
    stepName: "move", scoresEachStep: true, canResume: true, takesStart: true)

  public init(_ settings: Settings) throws(Failure) {
    self.settings = try AnnealingSettings(settings)
  }

  public func search(_ task: SearchTask) throws(Failure) -> SearchOutcome {
    try AnnealingSearch(
      card: Self.card, settings: settings,
      objective: AverageErrorObjective(evaluation: settings.evaluation), task: task
    ).run()
  }
}
