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
  public func permuted(by permutation: NetworkPermutation) -> Network {
    precondition(permutation.fits(graph), "a permutation of another architecture")
    var result = parameters
    for (group, order) in zip(graph.axisGroups, permutation.groups) where !order.isIdentity {
      for axis in group.axes {
        result[axis.parameter] = result[axis.parameter].gathered(
          axis: axis.axis, block: axis.block, from: order.sources)
      }
    }
    return with(parameters: result)
  }
}

extension Tensor {
  /// The tensor with the blocks of one axis in another order: block `i` is the old `sources[i]`.
  func gathered(axis: Int, block: Int, from sources: [Int]) -> Tensor {
    let length = shape[axis]
    precondition(length == sources.count * block, "\(sources.count) units on an axis of \(length)")
    let outer = shape[..<axis].reduce(1, *)
    let inner = shape[(axis + 1)...].reduce(1, *) * block
    var result = Tensor(shape: shape)
    withBuffer { old in
      result.withMutableBuffer { new in
        guard let from = old.baseAddress, let to = new.baseAddress else { return }
        for row in 0..<outer {
          let base = row * length / block
          for (position, source) in sources.enumerated() {
            (to + (base + position) * inner).update(
              from: from + (base + source) * inner, count: inner)
          }
        }
      }
    }
    return result
  }
}
