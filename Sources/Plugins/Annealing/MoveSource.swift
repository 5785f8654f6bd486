import Kernel

/// Draws moves: which two units of which network exchange places, and the number that decides.
struct MoveSource: Sendable {
  /// The networks that move, from 0.
  let networks: [Int]
  /// The groups with at least two units, and their sizes.
  let groups: [(index: Int, count: Int)]
  private(set) var stream: RandomStream

  init(networks: [Int], graph: Graph, stream: RandomStream) {
    self.networks = networks
    groups = graph.axisGroups.enumerated().compactMap { index, group in
      group.count > 1 ? (index, group.count) : nil
    }
    self.stream = stream
  }

  /// Whether there is anything to move.
  var isEmpty: Bool { groups.isEmpty || networks.isEmpty }

  /// Where the stream is, for a checkpoint.
  var position: UInt64 {
    get { stream.position }
    set { stream.move(to: newValue) }
  }

  /// The next move.
  ///
  /// The same number of draws whether or not it is accepted, and never a swap of a unit with
  /// itself.
  mutating func next() -> (swap: Swap, draw: Double) {
    let network = networks[stream.nextInt(below: networks.count)]
    let group = groups[stream.nextInt(below: groups.count)]
    let a = stream.nextInt(below: group.count)
    let other = stream.nextInt(below: group.count - 1)
    let b = other >= a ? other + 1 : other
    let draw = stream.nextPositiveUnit()
    return (Swap(network: network, group: group.index, a: a, b: b), draw)
  }
}
