import Synchronization

/// Input moments already computed, so that a network that is compared with many others is run over
/// a data set once.
///
/// Kept by content: of the network's weights, of the data (by hash) and of the choice of samples.
/// The moments of what the network itself reads belong to the data alone. When more than `byteLimit`
/// is held, the least recently used go. Safe to use from any thread; two threads that miss at the
/// same time both compute, and get the same bits.
public final class InputMomentCache: Sendable {
  /// The cache that everybody shares: an eighth of the memory that may be taken.
  public static let shared = InputMomentCache(byteLimit: Memory.wholeLimit / 8)

  private let byteLimit: Int
  /// The most recently used last.
  private let entries = Mutex<[Entry]>([])

  private struct Entry {
    var key: Key
    var moment: InputMoment
    var byteCount: Int
  }

  private struct Key: Equatable {
    var data: ContentHash
    var samples: [Int]?
    /// Numbers of a vector: of one input a convolution reads the channels and a linear layer all.
    var features: Int
    /// Nothing for the network's own input.
    var layer: Layer?

    struct Layer: Equatable {
      var node: Int
      var graph: Graph
      var parameters: [Tensor]
    }
  }

  public init(byteLimit: Int) { self.byteLimit = byteLimit }

  /// How many moments are held.
  public var count: Int { entries.withLock { $0.count } }

  /// The bytes held.
  public var byteCount: Int { entries.withLock { $0.reduce(0) { $0 + $1.byteCount } } }

  /// Forgets everything.
  public func removeAll() { entries.withLock { $0 = [] } }

  /// What `Network.inputMoments` gives, from what is held where possible.
  public func inputMoments(
    of network: Network, nodes: [Int], on data: DataSet, samples: [Int]? = nil,
    pool: WorkPool = .shared, stop: StopSignal = StopSignal()
  ) throws(Failure) -> [InputMoment] {
    try network.checkTakes(data)
    let hash = data.contentHash
    let keys = nodes.map { node in
      let readsInput = network.graph.readsInput(network.graph.nodes[node].inputs[0])
      return Key(
        data: hash, samples: samples, features: MomentSource(of: node, in: network.graph).features,
        layer: readsInput
          ? nil : .init(node: node, graph: network.graph, parameters: network.parameters))
    }
    var found = keys.map { held($0) }
    let missing = found.indices.filter { found[$0] == nil }
    guard !missing.isEmpty else { return found.compactMap { $0 } }
    let computed = try network.inputMoments(
      of: missing.map { nodes[$0] }, on: data, samples: samples, pool: pool, stop: stop)
    for (place, moment) in zip(missing, computed) {
      found[place] = moment
      hold(moment, for: keys[place])
    }
    return found.compactMap { $0 }
  }

  private func held(_ key: Key) -> InputMoment? {
    entries.withLock { entries in
      guard let place = entries.firstIndex(where: { $0.key == key }) else { return nil }
      let entry = entries.remove(at: place)
      entries.append(entry)
      return entry.moment
    }
  }

  private func hold(_ moment: InputMoment, for key: Key) {
    let floats = key.layer?.parameters.reduce(0) { $0 + $1.count } ?? 0
    let entry = Entry(
      key: key, moment: moment,
      byteCount: moment.matrix.values.count * MemoryLayout<Double>.stride
        + floats * MemoryLayout<Float>.stride
        + (key.samples?.count ?? 0) * MemoryLayout<Int>.stride)
    entries.withLock { entries in
      entries.removeAll { $0.key == key }
      entries.append(entry)
      var total = entries.reduce(0) { $0 + $1.byteCount }
      while total > byteLimit, !entries.isEmpty {
        total -= entries.removeFirst().byteCount
      }
    }
  }
}
