import Contract
import Kernel
import Synchronization

/// A file that keeps where a search stands, so that the same command goes on after a crash.
///
/// It is there only while the search is unfinished, and is whole at every moment.
struct SearchCheckpointFile: Sendable {
  let path: String
  /// What the state belongs to: the method with its settings, networks, data, stream and start.
  private let identity: ContentHash
  private let graph: Graph
  private let networkCount: Int

  /// What the file holds.
  struct Kept: Sendable {
    var checkpoint: SearchCheckpoint
    /// Whether the state is that of the search which finds the start.
    var isOfStart = false
    var start: [NetworkPermutation]?
    var seconds: Double
    /// What the start took of these, where a search found it.
    var startSeconds = 0.0
  }

  init(
    path: String, method: ConfiguredMethod, networks: [Network], data: DataSet?,
    random: RandomStream, start: ContentHash
  ) throws(Failure) {
    self.path = path
    graph = networks[0].graph
    networkCount = networks.count
    var encoder = CanonicalEncoder()
    encoder.hash(Content.method(method.definingResults).computeContentHash())
    encoder.text(method.card.version)
    encoder.list(networks.count)
    for network in networks { encoder.hash(Content.network(network).computeContentHash()) }
    if let data { encoder.hash(data.contentHash) } else { encoder.nothing() }
    encoder.text(random.name)
    encoder.text(String(random.seed))
    encoder.hash(start)
    identity = encoder.finish()
    try SavePath.makeFolder(for: path)
  }

  /// The state in the file, or `nil` where there is none yet.
  ///
  /// - Throws: `incompatible` where the file is the state of something else.
  func load() throws(Failure) -> Kept? {
    guard FileContent.exists(path) else { return nil }
    let file = try ArrayFile.read(path)
    guard file.metadata["basin"] == Self.kind else {
      throw Failure(
        .incompatible, "`\(path)` is no state of a search",
        notes: ["name another file: this one would be overwritten"])
    }
    guard file.metadata["identity"] == identity.hex else {
      throw Failure(
        .incompatible, "`\(path)` is the state of another search",
        notes: [
          "the method, the networks, the data and the seed must be the same",
          "delete the file to begin anew",
        ])
    }
    guard let method = file.metadata["method"],
      let share = file.metadata["share"].flatMap(Double.init),
      let seconds = file.metadata["seconds"].flatMap(Double.init),
      let startSeconds = file.metadata["start_seconds"].map(Double.init) ?? 0,
      (0...1).contains(share), SearchCheckpoint.possibleSeconds.contains(seconds),
      (0...seconds).contains(startSeconds)
    else { throw Failure(.fileMalformed, "`\(path)` does not say how far the search is") }
    let bytes = try file.array("state").bytes
    return Kept(
      checkpoint: SearchCheckpoint(method: method, share: share, bytes: bytes),
      isOfStart: file.metadata["phase"] == Self.startPhase, start: try start(in: file),
      seconds: seconds, startSeconds: startSeconds)
  }

  /// Replaces the file; it is whole at every moment.
  func write(_ kept: Kept) throws(Failure) {
    var file = ArrayFile(metadata: [
      "basin": Self.kind, "identity": identity.hex, "method": kept.checkpoint.method,
      "share": String(kept.checkpoint.share), "seconds": String(kept.seconds),
    ])
    file.arrays.append(
      NamedArray(
        name: "state", shape: [kept.checkpoint.bytes.count], octets: kept.checkpoint.bytes))
    if kept.startSeconds > 0 { file.metadata["start_seconds"] = String(kept.startSeconds) }
    if kept.isOfStart { file.metadata["phase"] = Self.startPhase }
    file.metadata["start"] = kept.start.map { String($0.count) }
    for (network, permutation) in (kept.start ?? []).enumerated() {
      for (group, order) in permutation.groups.enumerated() {
        file.arrays.append(
          NamedArray(
            name: "start/\(network)/\(group)", shape: [order.count], integers: order.sources))
      }
    }
    try file.write(to: path, format: .safetensors)
  }

  private func start(in file: ArrayFile) throws(Failure) -> [NetworkPermutation]? {
    guard let count = file.metadata["start"].flatMap({ Int($0) }) else { return nil }
    var result: [NetworkPermutation] = []
    for network in 0..<max(count, 0) {
      var groups: [Permutation] = []
      for group in graph.axisGroups.indices {
        let name = "start/\(network)/\(group)"
        guard let order = Permutation(try file.array(name).integers()) else {
          throw Failure(.fileMalformed, "`\(path)` array `\(name)` is no permutation")
        }
        groups.append(order)
      }
      result.append(NetworkPermutation(groups: groups))
    }
    guard result.count == networkCount, result.allSatisfy({ $0.fits(graph) }) else {
      throw Failure(.fileMalformed, "`\(path)` holds permutations of other networks")
    }
    return result
  }

  private static let kind = "search state 1"
  private static let startPhase = "start"
}

/// Writes the newest state of a search, whichever thread it comes from.
final class SearchCheckpointKeeper: Sendable {
  private let file: SearchCheckpointFile
  private let start: [NetworkPermutation]?
  private let isOfStart: Bool
  private let begin: ContinuousClock.Instant
  private let secondsBefore: Double
  private let startSeconds: Double
  private let failure = Mutex<Failure?>(nil)

  init(
    _ file: SearchCheckpointFile, start: [NetworkPermutation]?, isOfStart: Bool = false,
    begin: ContinuousClock.Instant, _ secondsBefore: Double, startSeconds: Double = 0
  ) {
    self.isOfStart = isOfStart
    self.file = file
    self.start = start
    self.begin = begin
    self.secondsBefore = secondsBefore
    self.startSeconds = startSeconds
  }

  /// Replaces the file.
  ///
  /// A full disk does not end the search: the failure is told when it ends.
  func keep(_ checkpoint: SearchCheckpoint) {
    let seconds = secondsBefore + (ContinuousClock.now - begin).inSeconds
    failure.withLock { failure in
      do throws(Failure) {
        try file.write(
          .init(
            checkpoint: checkpoint, isOfStart: isOfStart, start: start, seconds: seconds,
            startSeconds: startSeconds))
      } catch { failure = error }
    }
  }

  /// What kept a state from being written, if anything did.
  var problem: Failure? { failure.withLock { $0 } }

  /// Writes the last state, unless the search is finished.
  ///
  /// - Returns: What kept a state from being written, if anything did.
  func finish(_ outcome: SearchOutcome) -> Failure? {
    if let checkpoint = outcome.checkpoint { keep(checkpoint) }
    return problem
  }
}
