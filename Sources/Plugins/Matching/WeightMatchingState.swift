import Contract
import Foundation
import Kernel

/// Where the runs of a weight matching stand: all that is needed to go on.
struct WeightMatchingState: Sendable, Codable {
  /// For each run, in order, its record once it has begun.
  var runs: [Record?]

  /// A run after some whole passes.
  struct Record: Sendable, Codable, Equatable {
    /// The permutation of each group.
    var sources: [[Int]]
    /// Σ_p ⟨A_p, (πB)_p⟩ at the start and after each pass.
    var products: [Double]
    /// Seconds since the search began at each of these.
    var seconds: [Double]
    /// For each group, whether it may still improve.
    var isStale: [Bool]
    /// The place in the stream that the orders of passes come from.
    var streamPosition: UInt64

    /// The product at the end: the higher the better.
    var product: Double { products.last ?? -.infinity }

    /// Whether no group improves any more.
    var isFinished: Bool { !isStale.contains(true) }
  }

  init(count: Int) { runs = [Record?](repeating: nil, count: count) }

  /// The share of runs that are done.
  var share: Double {
    Double(runs.count { $0?.isFinished == true }) / Double(max(runs.count, 1))
  }

  /// How long the search has taken.
  var seconds: Double { runs.compactMap { $0?.seconds.last }.max() ?? 0 }

  /// The state as bytes.
  func checkpoint(method: String) throws(Failure) -> SearchCheckpoint {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return SearchCheckpoint(
        method: method, share: share, bytes: [UInt8](try encoder.encode(self)))
    } catch {
      throw Failure(.writeFailed, "the state of the search cannot be written: \(error)")
    }
  }

  /// The state from bytes; throws where they are of another method or another search.
  init(
    _ checkpoint: SearchCheckpoint, method: String, count: Int, graph: Graph
  ) throws(Failure) {
    guard checkpoint.method == method else {
      throw Failure(
        .incompatible, "the checkpoint is of \(checkpoint.method), and this is \(method)",
        notes: ["start the search anew"])
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(checkpoint.bytes))
    } catch {
      throw Failure(.fileMalformed, "the checkpoint of the search cannot be read")
    }
    guard runs.count == count else {
      throw Failure(
        .incompatible,
        "the checkpoint is of a search with \(runs.count) runs, and this one has \(count)",
        notes: ["go on with the same networks and the same restarts"])
    }
    for case .some(let record) in runs { _ = try record.permutation(of: graph.axisGroups) }
  }
}

extension WeightMatchingState.Record {
  /// The permutation that the run stands at; throws where it is none for these groups.
  func permutation(of groups: [AxisGroup]) throws(Failure) -> NetworkPermutation {
    let orders = sources.compactMap { Permutation($0) }
    guard orders.count == sources.count, orders.map(\.count) == groups.map(\.count),
      isStale.count == groups.count, !products.isEmpty, products.count == seconds.count,
      seconds.allSatisfy({ SearchCheckpoint.possibleSeconds.contains($0) }),
      streamPosition < 1 << 62
    else {
      throw Failure(.fileMalformed, "the checkpoint's permutations do not fit the networks")
    }
    return NetworkPermutation(groups: orders)
  }
}
