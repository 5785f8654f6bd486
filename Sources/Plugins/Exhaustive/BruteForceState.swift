import Contract
import Foundation
import Kernel

/// How far an enumeration is, and the best so far.
struct BruteForceState: Sendable {
  /// Exchanges made.
  var made = 0
  var startErrors: Int
  var bestErrors: Int
  var best: [NetworkPermutation]

  init(start: [NetworkPermutation], errors: Int) {
    startErrors = errors
    bestErrors = errors
    best = start
  }

  private struct Kept: Codable {
    var made: Int
    var startErrors: Int
    var bestErrors: Int
    var best: [[[Int]]]
  }

  func checkpoint(method: String, count: Int) -> SearchCheckpoint {
    let kept = Kept(
      made: made, startErrors: startErrors, bestErrors: bestErrors,
      best: best.map { $0.groups.map(\.sources) })
    // Numbers alone: there is nothing in it that cannot be written.
    let bytes = (try? JSONEncoder().encode(kept)).map { [UInt8]($0) } ?? []
    return SearchCheckpoint(
      method: method, share: Double(made) / Double(max(count, 1)), bytes: bytes)
  }

  /// - Throws: `incompatible` for the state of another method, `fileMalformed` for what is none.
  init(
    _ checkpoint: SearchCheckpoint, method: String, start: [NetworkPermutation]
  ) throws(Failure) {
    guard checkpoint.method == method else {
      throw Failure(
        .incompatible, "the checkpoint is of \(checkpoint.method), and this is \(method)",
        notes: ["start the search anew"])
    }
    guard let kept = try? JSONDecoder().decode(Kept.self, from: Data(checkpoint.bytes)),
      kept.made >= 0, kept.best.count == start.count
    else {
      throw Failure(.fileMalformed, "the checkpoint of the search cannot be read")
    }
    self.init(start: start, errors: kept.startErrors)
    made = kept.made
    bestErrors = kept.bestErrors
    for (network, sources) in kept.best.enumerated() {
      let groups = sources.compactMap { Permutation($0) }
      guard groups.map(\.count) == start[network].groups.map(\.count) else {
        throw Failure(.fileMalformed, "the checkpoint's permutations do not fit the networks")
      }
      best[network] = NetworkPermutation(groups: groups)
    }
  }
}
