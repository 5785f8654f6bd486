/// Axes of parameters that one permutation moves together.
///
/// Hidden units can be renumbered freely if every array that mentions them is renumbered alike:
/// the rows and the bias of the layer that makes them, the columns of the layers that read them.
/// Which arrays those are is found from the graph by joining axes (`Graph.axisGroups`); no
/// algorithm that permutes, matches or searches knows any architecture.
public struct AxisGroup: Hashable, Sendable {
  /// The name of the first layer that makes these units.
  public var name: String
  /// The number of units.
  public var count: Int
  /// Every axis that follows the permutation.
  public var axes: [Axis]

  /// One axis of one parameter.
  public struct Axis: Hashable, Sendable {
    /// The parameter's place in the graph's list.
    public var parameter: Int
    /// Which of its axes.
    public var axis: Int
    /// How many neighbouring entries belong to one unit: more than 1 after a flatten.
    public var block: Int

    public init(parameter: Int, axis: Int, block: Int = 1) {
      self.parameter = parameter
      self.axis = axis
      self.block = block
    }
  }

  public init(name: String, count: Int, axes: [Axis]) {
    self.name = name
    self.count = count
    self.axes = axes
  }
}

extension Graph {
  /// The groups of axes that can be permuted without changing the function, in the order of the
  /// layers that make them.
  ///
  /// Every node's output has an axis of units: the channels of an image. Layers that keep units in
  /// place pass it on; a linear layer or a convolution makes a new one and reads the old one; streams
  /// that are added share one (union-find), and so do the channels before and after a depthwise
  /// convolution, each of which makes one of one. The axes of the input and of the output are never
  /// permuted, and neither are those around a convolution with other groups: there only some orders
  /// keep the function, those within groups and of whole groups, and none of them is offered.
  public var axisGroups: [AxisGroup] { groupsOfAxes().groups }

  /// For each node the place among `axisGroups` of the group that its units belong to; nothing where
  /// they stay.
  public var axisGroupOfNode: [Int?] { groupsOfAxes().ofNode }

  private func groupsOfAxes() -> (groups: [AxisGroup], ofNode: [Int?]) {
    var joined = DisjointSets(count: nodes.count)
    var uses: [(node: Int, axis: AxisGroup.Axis)] = []
    var held = [0, nodes.count - 1]
    for (index, node) in nodes.enumerated() {
      switch node.layer {
      case .input: break
      case .flatten, .relu, .gelu, .dropout, .maxPool, .averagePool, .globalAveragePool:
        joined.join(index, node.inputs[0])
      case .batchNorm, .layerNorm, .groupNorm:
        // Scales, shifts and statistics follow the units that they belong to.
        joined.join(index, node.inputs[0])
        uses += axesOfUnits(of: index)
        if case .groupNorm(let groups, _) = node.layer, groups > 1 { held.append(index) }
      case .add:
        for input in node.inputs { joined.join(index, input) }
        // A flattened image beside a vector: their units are of different size.
        if unitCount(of: node.inputs[0]) != unitCount(of: node.inputs[1]) { held.append(index) }
      case .convolution(let convolution) where convolution.groups > 1:
        uses += axesOfUnits(of: index)
        let channels = unitCount(of: node.inputs[0])
        if convolution.groups == channels, convolution.outputs == channels {
          joined.join(index, node.inputs[0])
        } else {
          held += [index, node.inputs[0]]
        }
      case .linear, .convolution:
        let weight = firstParameter(of: index)
        let unitsBefore = unitCount(of: node.inputs[0])
        uses += axesOfUnits(of: index)
        uses.append(
          (
            node.inputs[0],
            .init(
              parameter: weight, axis: 1, block: parameters[weight].shape[1] / unitsBefore)
          ))
      }
    }
    let fixed = Set(held.map { joined.root(of: $0) })
    var groups: [AxisGroup] = []
    var groupOfRoot: [Int: Int] = [:]
    for (index, node) in nodes.enumerated() where node.layer.makesUnits {
      let root = joined.root(of: index)
      if fixed.contains(root) || groupOfRoot[root] != nil { continue }
      groupOfRoot[root] = groups.count
      groups.append(AxisGroup(name: node.name, count: unitCount(of: index), axes: []))
    }
    for use in uses {
      if let group = groupOfRoot[joined.root(of: use.node)] { groups[group].axes.append(use.axis) }
    }
    return (groups, nodes.indices.map { groupOfRoot[joined.root(of: $0)] })
  }

  /// The first axes of a node's arrays, which have a place, or a block, for each of its units.
  private func axesOfUnits(of node: Int) -> [(node: Int, axis: AxisGroup.Axis)] {
    parameters.indices.filter { parameters[$0].node == node }.map { parameter in
      let block = parameters[parameter].shape[0] / unitCount(of: node)
      return (node, .init(parameter: parameter, axis: 0, block: block))
    }
  }
}

/// Sets that can be joined (union-find with path halving).
private struct DisjointSets {
  private var parents: [Int]

  init(count: Int) { parents = Array(0..<count) }

  mutating func root(of element: Int) -> Int {
    var current = element
    while parents[current] != current {
      parents[current] = parents[parents[current]]
      current = parents[current]
    }
    return current
  }

  /// Joins two sets; the smaller root stays, so that the order of groups is the graph's.
  mutating func join(_ a: Int, _ b: Int) {
    let (first, second) = (root(of: a), root(of: b))
    parents[max(first, second)] = min(first, second)
  }
}

extension Memory {
  /// Throws where a number for each pair of units of two networks, as matching takes it, would not
  /// fit.
  public static func checkPairs(of groups: [AxisGroup]) throws(Failure) {
    let units = groups.map(\.count).max() ?? 0
    // The numbers, and what is worked out from them.
    try check(
      bytes(2 * MemoryLayout<Double>.stride, units, units),
      for: "a number for each pair of \(units) units",
      advice: "match narrower networks")
  }
}
