/// Axes of parameters that one permutation moves together.
///
/// Hidden units can be renumbered freely if every array that mentions them is renumbered alike:
/// the rows and the bias of the layer that makes them, the columns of the layers that read them.
/// Which arrays those are is found from the graph by joining axes (`Graph.axisGroups`); no
/// algorithm that permutes, matches or searches knows any architecture.
///
/// A group has all units of its layers, or a range of neighbours: a convolution or a normalization
/// in groups keeps the function only where units stay in theirs, and each range is then a group.
public struct AxisGroup: Hashable, Sendable {
  /// The name of the first layer that makes these units; of a range with the places of its first and
  /// last unit from 0 on: `conv1[8..15]`.
  public var name: String
  /// The number of units.
  public var count: Int
  /// Every axis that follows the permutation.
  public var axes: [Axis]

  /// One axis of one parameter, or a part of it.
  public struct Axis: Hashable, Sendable {
    /// The parameter's place in the graph's list.
    public var parameter: Int
    /// Which of its axes.
    public var axis: Int
    /// How many neighbouring entries belong to one unit: more than 1 after a flatten.
    public var block: Int
    /// The entry at which the first unit begins: above 0 of a range of units.
    public var start: Int
    /// The places on the array's first axis that the units are an axis of, where these are not all:
    /// an input channel of a convolution in groups is a column of its own group's outputs alone.
    public var rows: Range<Int>?

    public init(
      parameter: Int, axis: Int, block: Int = 1, start: Int = 0, rows: Range<Int>? = nil
    ) {
      self.parameter = parameter
      self.axis = axis
      self.block = block
      self.start = start
      self.rows = rows
    }

    /// The entries that so many units have.
    public func entries(units: Int) -> Range<Int> { start..<start + units * block }

    /// Whether so many units have the whole of an array of that shape.
    public func isWhole(of shape: [Int], units: Int) -> Bool {
      rows == nil && entries(units: units) == 0..<shape[axis]
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
  /// convolution, each of which makes one of one. Another convolution in groups cuts the units that it
  /// reads and those that it makes into its groups, and a group norm those that it keeps: each range
  /// is permuted by itself, and where several layers cut a stream, whatever lies between two
  /// neighbouring cuts. A unit that is alone between cuts stays. That two whole groups could also
  /// change places is not offered: such orders are no permutations of units, but of groups. The axes
  /// of the input and of the output are never permuted.
  public var axisGroups: [AxisGroup] { groupsOfAxes().groups }

  /// For each node the places among `axisGroups` of the groups that its units belong to; none where
  /// they stay, and more than one where they are cut into ranges.
  public var axisGroupsOfNode: [Range<Int>] { groupsOfAxes().ofNode }

  private func groupsOfAxes() -> (groups: [AxisGroup], ofNode: [Range<Int>]) {
    var streams = UnitStreams(self)
    var uses: [UnitStreams.Use] = []
    for (index, node) in nodes.enumerated() {
      switch node.layer {
      case .input: break
      case .flatten, .relu, .gelu, .dropout, .maxPool, .averagePool, .globalAveragePool:
        streams.join(index, node.inputs[0])
      case .batchNorm, .layerNorm, .groupNorm:
        // Scales, shifts and statistics follow the units that they belong to.
        streams.join(index, node.inputs[0])
        streams.cut(index, into: node.layer.groupCount)
        uses += usesOfUnits(by: index)
      case .add:
        for input in node.inputs { streams.join(index, input) }
        // A flattened image beside a vector: their units are of different size.
        if unitCount(of: node.inputs[0]) != unitCount(of: node.inputs[1]) { streams.hold(index) }
      case .linear, .convolution:
        let (input, weight) = (node.inputs[0], firstParameter(of: index))
        uses += usesOfUnits(by: index)
        let groups = node.layer.groupCount
        let unitsBefore = unitCount(of: input)
        if groups > 1, groups == unitsBefore, groups == unitCount(of: index) {
          streams.join(index, input)
          continue
        }
        streams.cut(index, into: groups)
        streams.cut(input, into: groups)
        uses.append(
          .init(
            node: input, parameter: weight, axis: 1,
            block: parameters[weight].shape[1] * groups / unitsBefore, groups: groups))
      }
    }
    return streams.groups(uses)
  }

  /// The first axes of a node's arrays, which have a place, or a block, for each of its units.
  private func usesOfUnits(by node: Int) -> [UnitStreams.Use] {
    parameters.indices.filter { parameters[$0].node == node }.map { parameter in
      let block = parameters[parameter].shape[0] / unitCount(of: node)
      return UnitStreams.Use(node: node, parameter: parameter, axis: 0, block: block)
    }
  }
}

extension Layer {
  /// Into how many groups it cuts the units that it reads and makes.
  fileprivate var groupCount: Int {
    switch self {
    case .convolution(let convolution): convolution.groups
    case .groupNorm(let groups, _): groups
    default: 1
    }
  }
}

/// The units after each node of a graph: which of them are the same, which stay, and where they are
/// cut.
private struct UnitStreams {
  private let graph: Graph
  private var joined: DisjointSets
  private var held: [Int]
  /// For some nodes, into how many equal ranges their units are cut.
  private var cuts: [(node: Int, parts: Int)] = []

  /// One axis of one array, which has the units after a node.
  struct Use {
    var node: Int
    var parameter: Int
    var axis: Int
    var block = 1
    /// How many groups of rows read a range of the units each.
    var groups = 1

    /// The part of the axis that a range of `count` units has.
    func part(_ range: Range<Int>, of count: Int, rows: Int) -> AxisGroup.Axis {
      let size = count / groups
      let group = range.lowerBound / size
      return AxisGroup.Axis(
        parameter: parameter, axis: axis, block: block,
        start: (range.lowerBound - group * size) * block,
        rows: groups > 1 ? group * (rows / groups)..<(group + 1) * (rows / groups) : nil)
    }
  }

  init(_ graph: Graph) {
    self.graph = graph
    joined = DisjointSets(count: graph.nodes.count)
    held = [0, graph.nodes.count - 1]
  }

  /// The units after both nodes are the same ones.
  mutating func join(_ node: Int, _ other: Int) { joined.join(node, other) }

  /// The units after a node stay where they are.
  mutating func hold(_ node: Int) { held.append(node) }

  /// The units after a node stay within so many equal ranges.
  mutating func cut(_ node: Int, into parts: Int) {
    if parts > 1 { cuts.append((node, parts)) }
  }

  /// The groups with the parts of the axes that they have, in the order of their uses, and which of
  /// them the units after each node belong to.
  mutating func groups(_ uses: [Use]) -> (groups: [AxisGroup], ofNode: [Range<Int>]) {
    let fixed = Set(held.map { joined.root(of: $0) })
    var bounds: [Int: Set<Int>] = [:]
    for cut in cuts {
      let (count, entries) = (graph.unitCount(of: cut.node), graph.shapes[cut.node][0])
      let block = entries / count
      for bound in stride(from: 0, to: entries, by: entries / cut.parts) {
        // Behind a flatten a unit may have entries on both sides: it is left alone.
        let units = Set([bound / block, (bound + block - 1) / block]).subtracting([count])
        bounds[joined.root(of: cut.node), default: []].formUnion(units)
      }
    }
    var usesOfRoot: [Int: [Use]] = [:]
    for use in uses { usesOfRoot[joined.root(of: use.node), default: []].append(use) }
    var groups: [AxisGroup] = []
    var isDone = fixed
    var groupsOfRoot: [Int: Range<Int>] = [:]
    for (index, node) in graph.nodes.enumerated() where node.layer.makesUnits {
      let root = joined.root(of: index)
      guard isDone.insert(root).inserted else { continue }
      let (first, count) = (groups.count, graph.unitCount(of: index))
      let starts = (bounds[root] ?? [0]).sorted()
      for (start, end) in zip(starts, starts.dropFirst() + [count]) {
        if starts.count > 1, end - start == 1 { continue }
        groups.append(
          AxisGroup(
            name: starts.count == 1 ? node.name : "\(node.name)[\(start)..\(end - 1)]",
            count: end - start,
            axes: (usesOfRoot[root] ?? []).map {
              $0.part(start..<end, of: count, rows: graph.parameters[$0.parameter].shape[0])
            }))
      }
      groupsOfRoot[root] = first..<groups.count
    }
    return (groups, graph.nodes.indices.map { groupsOfRoot[joined.root(of: $0)] ?? 0..<0 })
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
