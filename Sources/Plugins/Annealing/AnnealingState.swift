import Contract
import Foundation
import Kernel

/// Where an annealing stands: enough to go on as if it had never stopped.
///
/// Costs are in units of `AnnealingCost`.
///
/// The logits of the incremental evaluator depend on the order of the swaps since they were last
/// computed from scratch. So a state holds the permutations at that point and the moves since, and
/// going on replays them.
struct AnnealingState: Sendable, Codable {
  var step = 0
  var streamPosition: UInt64 = 0
  var temperatures: Temperatures
  /// Whether the search was stopped before its temperatures were found.
  var isTrialCut = false
  /// What the cost said in a trial that was cut, from which the trial goes on.
  var trialAnswers: [Int]?
  /// Moves that the trial asked about, and how long it took; none where there was no trial.
  var trialMoves = 0
  var trialSeconds = 0.0
  /// The cost at the start and at the best.
  var startUnits: Int
  var bestUnits: Int
  var best: [[[Int]]]
  /// At the last rebuild.
  var base: [[[Int]]]
  /// The moves since: network, group, a and b of each of a move's swaps in a row.
  var swapsSinceBase: [[Int]] = []
  var accepted = 0
  var trace: [[Double]] = []
  /// Of the moves alone.
  var seconds = 0.0

  init(temperatures: Temperatures, units: Int, permutations: [NetworkPermutation]) {
    self.temperatures = temperatures
    startUnits = units
    bestUnits = units
    best = Self.sources(of: permutations)
    base = best
  }

  /// Whether nothing is left to do.
  func isOver(steps: Int) -> Bool { !isTrialCut && (step >= steps || bestUnits == 0) }

  static func sources(of permutations: [NetworkPermutation]) -> [[[Int]]] {
    permutations.map { $0.groups.map(\.sources) }
  }

  /// A move as numbers.
  static func numbers(of swaps: [Swap]) -> [Int] {
    swaps.flatMap { [$0.network, $0.group, $0.a, $0.b] }
  }

  /// A move from its numbers, whose count is a multiple of four.
  static func swaps(from numbers: [Int]) -> [Swap] {
    stride(from: 0, to: numbers.count, by: 4).map { first in
      Swap(
        network: numbers[first], group: numbers[first + 1], a: numbers[first + 2],
        b: numbers[first + 3])
    }
  }

  /// Throws where the state, read from a file that anybody can write to, is of no search of this
  /// size.
  func check(
    networks: Int, cost: any AnnealingCost, steps: Int, graph: Graph
  ) throws(Failure) {
    let possibleCosts = 0...cost.mostUnits
    let highestCost = Double(cost.mostUnits) / max(cost.unitsPerCost, 1)
    let counts = graph.axisGroups.map(\.count)
    let areSwaps = swapsSinceBase.allSatisfy { numbers in
      guard !numbers.isEmpty, numbers.count % 4 == 0 else { return false }
      let swaps = Self.swaps(from: numbers)
      return swaps.allSatisfy { swap in
        (0..<networks).contains(swap.network) && counts.indices.contains(swap.group)
          && (0..<counts[swap.group]).contains(swap.a)
          && (0..<counts[swap.group]).contains(swap.b) && swap.a != swap.b
      } && Set(swaps.map { [$0.network, $0.group] }).count == swaps.count
    }
    let isTrace = trace.allSatisfy { point in
      point.count == 3 && (0...Double(steps)).contains(point[0])
        && SearchCheckpoint.possibleSeconds.contains(point[1])
        && (0...highestCost).contains(point[2])
    }
    let (high, low) = (temperatures.highest, temperatures.lowest)
    guard areSwaps, swapsSinceBase.count < IncrementalAverageEvaluator.rebuildInterval, isTrace,
      0 < low, low <= high, high.isFinite, (0...steps).contains(step),
      (0...step).contains(accepted),
      streamPosition < 1 << 62,
      possibleCosts.contains(startUnits), possibleCosts.contains(bestUnits),
      SearchCheckpoint.possibleSeconds.contains(seconds),
      SearchCheckpoint.possibleSeconds.contains(trialSeconds),
      (0...TemperatureTrial.mostMoves).contains(trialMoves)
    else { throw Self.damaged }
    for sources in [best, base] {
      _ = try Self.permutations(from: sources, for: graph, count: networks)
    }
  }

  static let damaged = Failure(
    .fileMalformed, "the checkpoint of the search is damaged, or is of another search",
    notes: ["delete it to begin anew"])

  /// Throws where the numbers are no permutations of this graph, one for each of `count` networks.
  static func permutations(
    from sources: [[[Int]]], for graph: Graph, count: Int
  ) throws(Failure) -> [NetworkPermutation] {
    guard sources.count == count else {
      throw Failure(
        .fileMalformed,
        "the checkpoint holds permutations for \(sources.count), not \(count), networks",
        notes: ["delete it to begin anew"])
    }
    var result: [NetworkPermutation] = []
    for network in sources {
      let groups = network.compactMap { Permutation($0) }
      let permutation = NetworkPermutation(groups: groups)
      guard groups.count == network.count, permutation.fits(graph) else {
        throw Failure(.fileMalformed, "the checkpoint's permutations do not fit the networks")
      }
      result.append(permutation)
    }
    return result
  }
}
