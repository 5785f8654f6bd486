import Contract
import Foundation
import Kernel

/// Where merging stands: all that is needed to go on.
struct MergeManyState: Sendable {
  /// The runs that have begun, in order.
  var runs: [Run] = []
  let restarts: Int

  /// One run from one start.
  struct Run: Sendable, Codable, Equatable {
    /// For each network and group, the unit that goes to each position.
    var sources: [[[Int]]]
    /// Whole passes over all networks, and how many networks of the next one are done.
    var pass = 0
    var place = 0
    /// Whether a network changed in this pass.
    var hasChanged = false
    var isFinished = false
    /// Networks that were aligned.
    var alignments = 0
    /// Since the search began.
    var seconds = 0.0
    /// The cost at the start and after each pass.
    var trace: [Point]

    struct Point: Sendable, Codable, Equatable {
      var step: Int
      var seconds: Double
      var cost: Double
    }
  }

  init(restarts: Int) { self.restarts = restarts }

  /// The share of runs that are done.
  var share: Double { Double(runs.count(where: \.isFinished)) / Double(max(restarts, 1)) }

  /// The state as bytes.
  func checkpoint(method: String) throws(Failure) -> SearchCheckpoint {
    do {
      let encoder = JSONEncoder()
      encoder.outputFormatting = .sortedKeys
      return SearchCheckpoint(
        method: method, share: share, bytes: [UInt8](try encoder.encode(runs)))
    } catch {
      throw Failure(.writeFailed, "the state of the search cannot be written: \(error)")
    }
  }

  /// The state from bytes; throws where they are of another method or another search.
  init(
    _ checkpoint: SearchCheckpoint, method: String, restarts: Int, networks: Int, graph: Graph
  ) throws(Failure) {
    guard checkpoint.method == method else {
      throw Failure(
        .incompatible, "the checkpoint is of \(checkpoint.method), and this is \(method)",
        notes: ["start the search anew"])
    }
    self.restarts = restarts
    do {
      runs = try JSONDecoder().decode([Run].self, from: Data(checkpoint.bytes))
    } catch {
      throw Failure(.fileMalformed, "the checkpoint of the search cannot be read")
    }
    let sizes = graph.axisGroups.map(\.count)
    let isSound = runs.allSatisfy { run in
      run.sources.count == networks && run.isPossible(networks: networks)
        && run.sources.allSatisfy { groups in
          groups.map(\.count) == sizes && groups.allSatisfy { Permutation($0) != nil }
        }
    }
    guard runs.count <= restarts, isSound else {
      throw Failure(
        .incompatible, "the checkpoint is of a search with other networks or restarts",
        notes: ["go on with the same networks and the same restarts"])
    }
  }
}

extension MergeManyState.Run {
  init(_ permutations: [NetworkPermutation], startCost: Double, seconds: Double = 0) {
    sources = permutations.map { $0.groups.map(\.sources) }
    trace = [.init(step: 0, seconds: seconds, cost: startCost)]
    self.seconds = seconds
  }

  /// The cost after the last whole pass.
  var lastCost: Double { trace.last?.cost ?? .infinity }

  /// Whether the numbers of this, read from a file that anybody can write to, go together.
  fileprivate func isPossible(networks: Int) -> Bool {
    let possibleSeconds = SearchCheckpoint.possibleSeconds
    // A billion passes take longer than anybody waits.
    return (0..<networks).contains(place) && (0...1_000_000_000).contains(pass)
      && alignments == pass * networks + place && possibleSeconds.contains(seconds)
      && trace.allSatisfy { point in
        (0...alignments).contains(point.step) && possibleSeconds.contains(point.seconds)
          && point.cost.isFinite && point.cost >= 0
      }
  }

  /// One for each network.
  var permutations: [NetworkPermutation] {
    get {
      sources.map { groups in
        NetworkPermutation(
          groups: groups.map { sources in
            guard let permutation = Permutation(sources) else {
              preconditionFailure("a state whose permutations were not checked")
            }
            return permutation
          })
      }
    }
    set { sources = newValue.map { $0.groups.map(\.sources) } }
  }
}
