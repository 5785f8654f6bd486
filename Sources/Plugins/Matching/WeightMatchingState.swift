import Contract
import Foundation
import Kernel

/// The runs that a weight matching has finished: all that is needed to go on.
struct WeightMatchingState: Sendable, Codable {
  /// For each run, in order, its record once it is done.
  var runs: [Record?]

  /// What came of one run.
  struct Record: Sendable, Codable {
    var sources: [[Int]]
    var products: [Double]
    var seconds: [Double]

    /// The product at the end: the higher the better.
    var product: Double { products.last ?? -.infinity }
  }

  init(count: Int) { runs = [Record?](repeating: nil, count: count) }

  /// The share of runs that are done.
  var share: Double { Double(runs.count { $0 != nil }) / Double(max(runs.count, 1)) }

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
    for case .some(let record) in runs { _ = try record.permutation(for: graph) }
  }
}

extension WeightMatchingState.Record {
  /// The permutation that the run ended with; throws where it is none for this graph.
  func permutation(for graph: Graph) throws(Failure) -> NetworkPermutation {
    let groups = sources.compactMap { Permutation($0) }
    let permutation = NetworkPermutation(groups: groups)
    guard groups.count == sources.count, permutation.fits(graph),
      !products.isEmpty, products.count == seconds.count
    else {
      throw Failure(.fileMalformed, "the checkpoint's permutations do not fit the networks")
    }
    return permutation
  }
}
