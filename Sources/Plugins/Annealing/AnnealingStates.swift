import Contract
import Foundation
import Kernel

/// Where all chains of a search stand: its checkpoint.
struct AnnealingStates: Sendable, Codable {
  /// One per restart or replica; none where it has not begun.
  var chains: [AnnealingState?]
  /// Of parallel tempering.
  var exchanges: Exchanges?
  /// How long the search has taken, set-up included.
  var seconds = 0.0

  init(count: Int) { chains = Array(repeating: nil, count: count) }

  /// The chain that has the best, the first of equal ones.
  var bestNumber: Int {
    var best = 0
    for number in counted.indices.dropFirst() {
      guard let state = chains[number] else { continue }
      if state.bestUnits < chains[best]?.bestUnits ?? .max { best = number }
    }
    return best
  }

  /// The chains that count: once one is at zero, those after it may have been left where they were.
  var counted: [AnnealingState?] {
    let zero = chains.firstIndex { $0.map { $0.bestUnits == 0 && !$0.isTrialCut } ?? false }
    guard exchanges == nil, let zero else { return chains }
    return Array(chains[...zero])
  }

  /// The share of the work that is done.
  func share(steps: Int) -> Double {
    let made = counted.reduce(0.0) { sum, state in
      guard let state else { return sum }
      return sum + (state.bestUnits == 0 ? 1 : Double(state.step) / Double(steps))
    }
    return min(made / Double(counted.count), 1)
  }

  /// The states as bytes.
  func checkpoint(method: String, steps: Int) throws(Failure) -> SearchCheckpoint {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return SearchCheckpoint(
        method: method, share: share(steps: steps), bytes: [UInt8](try encoder.encode(self)))
    } catch {
      throw Failure(.writeFailed, "the state of the search cannot be written: \(error)")
    }
  }

  /// Throws where the checkpoint is another method's or cannot be read, or is of another number of
  /// chains.
  ///
  /// What stands in the chains is to be checked once there is a cost.
  init(_ checkpoint: SearchCheckpoint, method: String, count: Int, steps: Int) throws(Failure) {
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
    guard chains.count == count, SearchCheckpoint.possibleSeconds.contains(seconds),
      exchanges?.isPossible(chains: count, steps: steps) ?? true
    else { throw AnnealingState.damaged }
  }

  /// Throws where a chain that has begun is of no search of this size.
  func check(
    networks: Int, cost: any AnnealingCost, steps: Int, graph: Graph
  ) throws(Failure) {
    for case .some(let state) in chains {
      try state.check(networks: networks, cost: cost, steps: steps, graph: graph)
    }
  }
}
