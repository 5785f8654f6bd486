import Kernel

/// How many pairs of units a move exchanges.
enum MoveSize: Sendable {
  /// One pair in one layer of one network.
  case one
  /// One pair in every layer of every network that moves (Entezari et al. 2022, listing in A.4).
  case all
}

/// Draws moves: which units of which networks exchange places, and the number that decides.
struct MoveSource: Sendable {
  /// The networks that move, from 0.
  let networks: [Int]
  /// The groups with at least two units, and their sizes.
  let groups: [(index: Int, count: Int)]
  let size: MoveSize
  /// The swaps of the last move; kept, so that a quick step allocates nothing.
  private(set) var swaps: [Swap] = []
  private(set) var stream: RandomStream

  init(networks: [Int], graph: Graph, size: MoveSize = .one, stream: RandomStream) {
    self.networks = networks
    groups = graph.axisGroups.enumerated().compactMap { index, group in
      group.count > 1 ? (index, group.count) : nil
    }
    self.size = size
    self.stream = stream
  }

  /// Whether there is anything to move.
  var isEmpty: Bool { groups.isEmpty || networks.isEmpty }

  /// Where the stream is, for a checkpoint.
  var position: UInt64 {
    get { stream.position }
    set { stream.move(to: newValue) }
  }

  /// Draws the next move into `swaps` and returns u in (0, 1].
  ///
  /// The same number of draws whether or not it is accepted, and never a swap of a unit with
  /// itself.
  mutating func next() -> Double {
    swaps.removeAll(keepingCapacity: true)
    switch size {
    case .one:
      let network = networks[stream.nextInt(below: networks.count)]
      let group = groups[stream.nextInt(below: groups.count)]
      drawSwap(of: network, group)
    case .all:
      for network in networks {
        for group in groups { drawSwap(of: network, group) }
      }
    }
    return stream.nextPositiveUnit()
  }

  private mutating func drawSwap(of network: Int, _ group: (index: Int, count: Int)) {
    let a = stream.nextInt(below: group.count)
    let other = stream.nextInt(below: group.count - 1)
    let b = other >= a ? other + 1 : other
    swaps.append(Swap(network: network, group: group.index, a: a, b: b))
  }
}
