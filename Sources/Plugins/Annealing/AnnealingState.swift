import Contract
import Foundation
import Kernel

/// Where an annealing stands: enough to go on as if it had never stopped.
///
/// The logits of the incremental evaluator depend on the order of the swaps since they were last
/// computed from scratch. So a state holds the permutations at that point and the swaps since, and
/// going on replays them.
struct AnnealingState: Sendable, Codable {
  var step = 0
  var streamPosition: UInt64 = 0
  var temperatures: Temperatures
  /// Whether the search was stopped before its temperatures were found.
  var isTrialCut = false
  /// What the evaluator said in a trial that was cut, from which the trial goes on.
  var trialAnswers: [Int]?
  /// Errors at the start and at the best.
  var startErrors: Int
  var bestErrors: Int
  var best: [[[Int]]]
  /// At the last rebuild.
  var base: [[[Int]]]
  var swapsSinceBase: [[Int]] = []
  var accepted = 0
  var trace: [[Double]] = []
  var seconds = 0.0

  init(temperatures: Temperatures, errors: Int, permutations: [NetworkPermutation]) {
    self.temperatures = temperatures
    startErrors = errors
    bestErrors = errors
    best = Self.sources(of: permutations)
    base = best
  }

  static func sources(of permutations: [NetworkPermutation]) -> [[[Int]]] {
    permutations.map { $0.groups.map(\.sources) }
  }

  /// Throws where the state, read from a file that anybody can write to, is of no search of this
  /// size.
  func check(
    networks: Int, samples: Int, steps: Int, graph: Graph
  ) throws(Failure) {
    let counts = graph.axisGroups.map(\.count)
    let areSwaps = swapsSinceBase.allSatisfy { swap in
      swap.count == 4 && (0..<networks).contains(swap[0]) && counts.indices.contains(swap[1])
        && (0..<counts[swap[1]]).contains(swap[2]) && (0..<counts[swap[1]]).contains(swap[3])
        && swap[2] != swap[3]
    }
    let isTrace = trace.allSatisfy { point in
      point.count == 3 && (0...Double(steps)).contains(point[0])
        && Self.possibleSeconds.contains(point[1]) && (0...1).contains(point[2])
    }
    let (high, low) = (temperatures.highest, temperatures.lowest)
    guard areSwaps, swapsSinceBase.count < IncrementalAverageEvaluator.rebuildInterval, isTrace,
      0 < low, low <= high, high.isFinite, (0...steps).contains(step), accepted >= 0,
      streamPosition < 1 << 62,
      (0...samples).contains(startErrors), (0...samples).contains(bestErrors),
      Self.possibleSeconds.contains(seconds)
    else {
      throw Failure(
        .fileMalformed, "the checkpoint of the search is damaged, or is of another search",
        notes: ["delete it to begin anew"])
    }
    _ = try Self.permutations(from: best, for: graph, count: networks)
  }

  /// A hundred years, as for budgets.
  private static let possibleSeconds = 0...3.2e9

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

  /// The state as bytes.
  func checkpoint(method: String, steps: Int) throws(Failure) -> SearchCheckpoint {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return SearchCheckpoint(
        method: method, share: Double(step) / Double(steps),
        bytes: [UInt8](try encoder.encode(self)))
    } catch {
      throw Failure(.writeFailed, "the state of the search cannot be written: \(error)")
    }
  }

  init(_ checkpoint: SearchCheckpoint, method: String) throws(Failure) {
    guard checkpoint.method == method else {
      throw Failure(
        .incompatible,
        "the checkpoint is of \(checkpoint.method), and this is \(method)",
        notes: ["start the search anew"])
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(checkpoint.bytes))
    } catch {
      throw Failure(.fileMalformed, "the checkpoint of the search cannot be read")
    }
  }
}
