/// Where a graph's units are put right, and the graphs with a normalization at each of these places.
///
/// Units are taken before their rectifier: behind the linear layer or convolution that makes them,
/// or behind the layer or group normalization that alone reads it. Each branch of a residual sum is
/// put right by itself. A batch normalization is such a place already. What makes the logits is left
/// as it is (Jordan et al. 2022).
struct RepairPlan: Sendable {
  let graph: Graph
  /// The places without a batch normalization of their own.
  let sites: [Site]
  /// The graph with a batch normalization at each of them that nobody reads.
  let observed: Inserted
  /// The graph with one that all readers of the place read.
  let corrected: Inserted

  /// A place and where its correction goes.
  struct Site: Hashable, Sendable {
    /// The node whose output it is.
    var node: Int
    /// The arrays that a factor and a shift for each unit are folded into: all of them have the units
    /// on their first axis.
    var weight: Int
    var bias: Int
  }

  /// A graph with nodes put in.
  struct Inserted: Sendable {
    var graph: Graph
    /// The new nodes, one for each site.
    var nodes: [Int]
    /// For each old node its place.
    var places: [Int]
    /// For each old parameter its place.
    var parameters: [Int]
  }

  /// - Throws: `incompatible` where units have no bias to be shifted by.
  init(_ graph: Graph) throws(Failure) {
    self.graph = graph
    let logitMakers = graph.logitMakers
    var sites: [Site] = []
    for (index, node) in graph.nodes.enumerated()
    where node.layer.makesUnits && !logitMakers.contains(index) {
      let readers = graph.nodes.indices.filter { graph.nodes[$0].inputs.contains(index) }
      let follower = readers.count == 1 ? readers[0] : nil
      var place = index
      switch follower.map({ graph.nodes[$0].layer }) {
      case .batchNorm?: continue
      case .layerNorm?, .groupNorm?: place = follower ?? index
      default: break
      }
      guard let weight = graph.parameterIndex(of: place, role: .weight),
        let bias = graph.parameterIndex(of: place, role: .bias)
      else {
        throw Failure(
          .incompatible,
          "`\(node.name)` has no bias and no normalization that follows it, so its units cannot be "
            + "shifted",
          notes: ["`statistics` changes batch normalizations alone"])
      }
      sites.append(Site(node: place, weight: weight, bias: bias))
    }
    self.sites = sites
    let nodes = sites.map(\.node)
    observed = Self.insert(into: graph, after: nodes, areRead: false)
    corrected = Self.insert(into: graph, after: nodes, areRead: true)
  }

  private static func insert(into graph: Graph, after sites: [Int], areRead: Bool) -> Inserted {
    var nodes: [Graph.Node] = []
    var places: [Int] = []
    var inserted: [Int] = []
    // What readers of an old node read.
    var sources: [Int] = []
    for (index, node) in graph.nodes.enumerated() {
      places.append(nodes.count)
      sources.append(nodes.count)
      nodes.append(Graph.Node(node.name, node.layer, inputs: node.inputs.map { sources[$0] }))
      guard sites.contains(index) else { continue }
      inserted.append(nodes.count)
      if areRead { sources[index] = nodes.count }
      nodes.append(Graph.Node("units of \(node.name)", .batchNorm(), inputs: [places[index]]))
    }
    // In the order of the graph, and `sites` are.
    let order = sites.map { site in inserted[sites.filter { $0 < site }.count] }
    let result = Graph(nodes: nodes)
    let parameters = graph.parameters.indices.map { old -> Int in
      let node = graph.parameters[old].node
      return result.firstParameter(of: places[node]) + old - graph.firstParameter(of: node)
    }
    return Inserted(graph: result, nodes: order, places: places, parameters: parameters)
  }
}

extension RepairPlan.Inserted {
  /// A network with normalizations put in: by their scale and shift, one for each.
  ///
  /// - Parameter epsilons: What each adds to a variance.
  func network(
    _ network: Network, scales: [[Double]], shifts: [[Double]], epsilons: [Double]
  ) -> Network {
    var nodes = graph.nodes
    for (node, epsilon) in zip(self.nodes, epsilons) {
      nodes[node].layer = .batchNorm(epsilon: epsilon)
    }
    let graph = Graph(nodes: nodes)
    var tensors = graph.parameters.map { Tensor(shape: $0.shape) }
    for (old, new) in parameters.enumerated() { tensors[new] = network.parameters[old] }
    for (place, node) in self.nodes.enumerated() {
      let first = graph.firstParameter(of: node)
      for (offset, values) in [scales[place], shifts[place]].enumerated() {
        tensors[first + offset] = Tensor(
          shape: graph.parameters[first + offset].shape, values: values.map { Float($0) })
      }
    }
    do throws(Failure) { return try Network(graph: graph, parameters: tensors) } catch {
      preconditionFailure("arrays of other shapes: \(error.message)")
    }
  }
}

extension Graph {
  /// What makes the units that the logits are, behind which nothing else makes any.
  var logitMakers: Set<Int> {
    var makers: Set<Int> = []
    var waiting = [nodes.count - 1]
    while let node = waiting.popLast() {
      if nodes[node].layer.makesUnits { makers.insert(node) } else { waiting += nodes[node].inputs }
    }
    return makers
  }
}
