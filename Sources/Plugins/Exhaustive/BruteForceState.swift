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
  /// How long the search has taken.
  var seconds = 0.0
  /// The start, every order that was better than all before it, and the end.
  private(set) var trace: [Point] = []

  struct Point: Sendable, Codable {
    var step: Int
    var seconds: Double
    var errors: Int
  }

  init(start: [NetworkPermutation], errors: Int) {
    startErrors = errors
    bestErrors = errors
    best = start
  }

  /// Adds a point to the trace.
  mutating func note(seconds: Double) {
    trace.append(Point(step: made, seconds: seconds, errors: bestErrors))
  }

  private struct Kept: Codable {
    var made: Int
    var startErrors: Int
    var bestErrors: Int
    var best: [[[Int]]]
    var seconds: Double
    var trace: [Point]

    /// Whether the numbers, which anybody can have written, go together.
    func isPossible(count: Int, samples: Int) -> Bool {
      let possibleSeconds = SearchCheckpoint.possibleSeconds
      return (0..<count).contains(made) && (0...samples).contains(startErrors)
        && (0...startErrors).contains(bestErrors) && possibleSeconds.contains(seconds)
        && trace.allSatisfy { point in
          (0...made).contains(point.step) && (0...samples).contains(point.errors)
            && possibleSeconds.contains(point.seconds)
        }
    }
  }

  func checkpoint(method: String, count: Int) -> SearchCheckpoint {
    let kept = Kept(
      made: made, startErrors: startErrors, bestErrors: bestErrors,
      best: best.map { $0.groups.map(\.sources) }, seconds: seconds, trace: trace)
    // Numbers alone: there is nothing in it that cannot be written.
    let bytes = (try? JSONEncoder().encode(kept)).map { [UInt8]($0) } ?? []
    return SearchCheckpoint(
      method: method, share: Double(made) / Double(max(count, 1)), bytes: bytes)
  }

  /// - Throws: `incompatible` for the state of another method, `fileMalformed` for what is none.
  init(
    _ checkpoint: SearchCheckpoint, method: String, start: [NetworkPermutation], count: Int,
    samples: Int
  ) throws(Failure) {
    guard checkpoint.method == method else {
      throw Failure(
        .incompatible, "the checkpoint is of \(checkpoint.method), and this is \(method)",
        notes: ["start the search anew"])
    }
    guard let kept = try? JSONDecoder().decode(Kept.self, from: Data(checkpoint.bytes)),
      kept.isPossible(count: count, samples: samples), kept.best.count == start.count
    else {
      throw Failure(.fileMalformed, "the checkpoint of the search cannot be read")
    }
    self.init(start: start, errors: kept.startErrors)
    made = kept.made
    bestErrors = kept.bestErrors
    seconds = kept.seconds
    trace = kept.trace
    for (network, sources) in kept.best.enumerated() {
      let groups = sources.compactMap { Permutation($0) }
      guard groups.map(\.count) == start[network].groups.map(\.count) else {
        throw Failure(.fileMalformed, "the checkpoint's permutations do not fit the networks")
      }
      best[network] = NetworkPermutation(groups: groups)
    }
  }
}
