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
    let moves = permutation.moves(of: graph.axisGroups, shapes: graph.parameters.map(\.shape))
    for move in moves {
      if let stop, stop.isRaised { return self }
      result[move.axis.parameter] = result[move.axis.parameter].gathered(
        move.axis, from: move.sources, pool: pool, stop: stop)
    }
    return with(parameters: result)
  }
}

extension NetworkPermutation {
  /// What it does to arrays of these shapes: for each axis that it moves, or part of one, where each
  /// unit comes from.
  ///
  /// Ranges of units that are parts of one axis move together: one walk over the array and not one
  /// for each.
  public func moves(
    of groups: [AxisGroup], shapes: [[Int]]
  ) -> [(axis: AxisGroup.Axis, sources: [Int])] {
    var moves: [(axis: AxisGroup.Axis, sources: [Int])] = []
    var places: [AxisGroup.Axis: Int] = [:]
    for (group, order) in zip(groups, self.groups) where !order.isIdentity {
      for axis in group.axes {
        let shape = shapes[axis.parameter]
        guard !axis.isWhole(of: shape, units: group.count) else {
          moves.append((axis, order.sources))
          continue
        }
        var whole = axis
        whole.start = 0
        let place = places[whole] ?? moves.count
        if place == moves.count {
          places[whole] = place
          moves.append((whole, Array(0..<shape[axis.axis] / axis.block)))
        }
        let first = axis.start / axis.block
        for (unit, source) in order.sources.enumerated() {
          moves[place].sources[first + unit] = first + source
        }
      }
    }
    return moves
  }
}
