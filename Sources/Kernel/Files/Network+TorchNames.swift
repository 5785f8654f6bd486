extension Network {
  /// The name of the fact that tells what the layers are called in the model of PyTorch's that the
  /// network is from: `net.0 net.2`.
  public static let torchLayersFact = "PyTorch layers"
  /// The name of the fact that tells how many batches its batch normalizations saw: one number, or one
  /// for each.
  public static let batchCountsFact = "batches tracked"
  /// The name of the fact that tells the shape of a sample where the file did not.
  public static let assumedShapeFact = "sample"

  /// The names of its arrays in PyTorch, in the order of its parameters.
  ///
  /// Those of the model that it is from. Else a chain of nodes has the names of an `nn.Sequential`,
  /// numbered from 0, where flattening is no module if a sample has one axis already; a network with
  /// branches, or whose nodes have names of modules (`features.0`), has those of its nodes.
  var torchNames: [String] {
    let arrays = graph.parameters.map { (node: graph.nodes[$0.node].name, role: $0.role) }
    var layers: [String] = []
    for array in arrays where layers.last != array.node { layers.append(array.node) }
    let known = facts.last { $0.name == Self.torchLayersFact }?.value.split(separator: " ") ?? []
    var names = layers
    if known.count == layers.count, Set(known).count == known.count {
      names = known.map(String.init)
    } else if isSequential {
      names = layers.map { sequentialName(ofLayer: $0) }
    }
    let namesByLayer = Dictionary(uniqueKeysWithValues: zip(layers, names))
    return arrays.map { "\(namesByLayer[$0.node] ?? $0.node).\($0.role.rawValue)" }
  }

  /// How many batches each of its batch normalizations saw; 0 where that is not known.
  var batchCounts: [Int] {
    let count = graph.nodes.count { if case .batchNorm = $0.layer { true } else { false } }
    let known = (facts.last { $0.name == Self.batchCountsFact }?.value ?? "")
      .split(separator: " ").map { Int($0) ?? 0 }
    if known.count == count { return known }
    return [Int](repeating: known.count == 1 ? known[0] : 0, count: count)
  }

  private var isSequential: Bool {
    graph.nodes.enumerated().allSatisfy { index, node in
      !node.name.contains(".") && node.inputs == (index == 0 ? [] : [index - 1])
    }
  }

  private func sequentialName(ofLayer layer: String) -> String {
    let isFlat = graph.inputShape.count == 1
    var number = 0
    for node in graph.nodes {
      if node.name == layer { return String(number) }
      switch node.layer {
      case .input: break
      case .flatten: number += isFlat ? 0 : 1
      // AdaptiveAvgPool2d(1) leaves axes that Flatten takes away.
      case .globalAveragePool: number += 2
      default: number += 1
      }
    }
    return layer
  }
}
