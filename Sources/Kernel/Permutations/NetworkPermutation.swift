/// One permutation for each group of axes of a network.
public struct NetworkPermutation: Hashable, Sendable {
  /// In the order of `Graph.axisGroups`.
  public var groups: [Permutation]

  public init(groups: [Permutation]) { self.groups = groups }

  /// Leaves a network of this graph as it is.
  public init(identityFor graph: Graph) {
    groups = graph.axisGroups.map { Permutation(identity: $0.count) }
  }

  /// Uniformly random and independent in each group, each from a stream of its own.
  ///
  /// Independent also where groups have equal sizes; one seed for all would give them the same
  /// permutation.
  public init(randomFor graph: Graph, from stream: RandomStream) {
    groups = graph.axisGroups.enumerated().map { index, group in
      var part = stream.child("group", index)
      return Permutation(random: group.count, from: &part)
    }
  }

  /// Undoes this one.
  public var inverse: NetworkPermutation { NetworkPermutation(groups: groups.map(\.inverse)) }

  /// Does `first` and then this one.
  public func after(_ first: NetworkPermutation) -> NetworkPermutation {
    precondition(groups.count == first.groups.count, "permutations of different networks")
    return NetworkPermutation(groups: zip(groups, first.groups).map { $0.after($1) })
  }

  public var isIdentity: Bool { groups.allSatisfy(\.isIdentity) }

  /// Whether it has a permutation of the right size for each group of the graph.
  public func fits(_ graph: Graph) -> Bool { groups.map(\.count) == graph.axisGroups.map(\.count) }
}

extension Network {
  /// P(θ, π): the network with its hidden units renumbered, computing the same function.
  ///
  /// Arrays are filled in pieces that the pool's threads share; of no use once `stop` is raised.
  public func permuted(
    by permutation: NetworkPermutation, pool: WorkPool = .shared, stop: StopSignal? = nil
  ) -> Network {
    precondition(permutation.fits(graph), "a permutation of another architecture")
    var result = parameters
    for (group, order) in zip(graph.axisGroups, permutation.groups) where !order.isIdentity {
      for axis in group.axes {
        if let stop, stop.isRaised { return self }
        result[axis.parameter] = result[axis.parameter].gathered(
          axis: axis.axis, block: axis.block, from: order.sources, pool: pool, stop: stop)
      }
    }
    return with(parameters: result)
  }
}

extension Tensor {
  /// The tensor with the blocks of one axis in another order: block `i` is the old `sources[i]`.
  ///
  /// Of no use once `stop` is raised.
  func gathered(
    axis: Int, block: Int, from sources: [Int], pool: WorkPool = .shared, stop: StopSignal? = nil
  ) -> Tensor {
    let length = shape[axis]
    precondition(length == sources.count * block, "\(sources.count) units on an axis of \(length)")
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *) * block
    var result = Tensor(shape: shape)
    withBuffer { old in
      result.withMutableBuffer { new in
        guard let from = old.baseAddress, let to = new.baseAddress else { return }
        let pieces = GatheredPieces(
          from: from, to: to, sources: sources, outer: outer, inner: inner)
        pool.run(count: pieces.count) { piece in
          if let stop, stop.isRaised { return }
          pieces.fill(piece)
        }
      }
    }
    return result
  }
}

/// Blocks of an axis put in another order, cut into pieces of about a megabyte.
///
/// Each piece writes blocks of its own and reads what nobody writes.
private struct GatheredPieces: @unchecked Sendable {
  let from: UnsafePointer<Float>
  let to: UnsafeMutablePointer<Float>
  let sources: [Int]
  let outer: Int
  let inner: Int

  /// Blocks of `inner` numbers.
  private var blockCount: Int { outer * sources.count }
  /// 1 MiB: a tenth of a millisecond, and more than waking a thread costs.
  private var blocksPerPiece: Int { max(1, (1 << 18) / max(inner, 1)) }

  var count: Int { (blockCount + blocksPerPiece - 1) / blocksPerPiece }

  func fill(_ piece: Int) {
    let first = piece * blocksPerPiece
    let last = min(first + blocksPerPiece, blockCount)
    let units = sources.count
    sources.withUnsafeBufferPointer { sources in
      var (row, place) = first.quotientAndRemainder(dividingBy: units)
      for block in first..<last {
        let source = row &* units &+ sources[place]
        if inner == 1 {
          to[block] = from[source]
        } else {
          (to + block &* inner).update(from: from + source &* inner, count: inner)
        }
        place &+= 1
        if place == units { (row, place) = (row &+ 1, 0) }
      }
    }
  }
}
