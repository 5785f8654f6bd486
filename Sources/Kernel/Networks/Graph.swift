/// What one node of a network computes, with what its shape depends on.
public enum Layer: Hashable, Sendable {
  /// The network's input: the shape of one sample.
  case input(shape: [Int])
  /// All axes of a sample in one.
  case flatten
  /// `y = x Wᵀ + b`; W is outputs × inputs, as in PyTorch.
  case linear(outputs: Int)
  /// max(x, 0).
  case relu
  /// Zeroes a share of the units in training and scales the rest by 1/(1 − rate).
  case dropout(rate: Double)

  /// Whether the layer's output has units of its own and not its input's.
  public var makesUnits: Bool {
    switch self {
    case .linear: true
    case .input, .flatten, .relu, .dropout: false
    }
  }
}

/// A network's structure as data: nodes in an order in which each comes after its inputs.
///
/// Node 0 is the input and the last node gives the logits. Everything else about a network
/// (shapes, parameters, which axes permute together, the forward and backward passes) is derived
/// from this.
public struct Graph: Hashable, Sendable {
  public let nodes: [Node]
  /// The shape of one sample after each node.
  public let shapes: [[Int]]
  /// The parameters of all nodes, in order.
  public let parameters: [Parameter]
  private let firstParameters: [Int]

  /// One step of the computation.
  public struct Node: Hashable, Sendable {
    public var name: String
    public var layer: Layer
    /// The nodes it reads.
    public var inputs: [Int]

    public init(_ name: String, _ layer: Layer, inputs: [Int]) {
      self.name = name
      self.layer = layer
      self.inputs = inputs
    }
  }

  /// One array of weights.
  public struct Parameter: Hashable, Sendable {
    /// `fc1.weight`: the node's name and the role.
    public var name: String
    public var shape: [Int]
    /// The node it belongs to.
    public var node: Int
    public var role: Role

    /// What the array does in its layer.
    public enum Role: String, Hashable, Sendable {
      case weight, bias
    }
  }

  /// A graph from its nodes; the shapes must fit, which architectures see to.
  public init(nodes: [Node]) {
    precondition(!nodes.isEmpty, "a graph without nodes")
    var shapes: [[Int]] = []
    var parameters: [Parameter] = []
    var firstParameters: [Int] = []
    for (index, node) in nodes.enumerated() {
      firstParameters.append(parameters.count)
      precondition(node.inputs.allSatisfy { $0 < index }, "node \(node.name) reads a later node")
      switch node.layer {
      case .input(let shape):
        precondition(index == 0 && node.inputs.isEmpty, "the input is the first node")
        shapes.append(shape)
      case .flatten:
        shapes.append([shapes[node.inputs[0]].reduce(1, *)])
      case .relu, .dropout:
        shapes.append(shapes[node.inputs[0]])
      case .linear(let outputs):
        let inputs = shapes[node.inputs[0]]
        precondition(inputs.count == 1, "linear layer \(node.name) after the shape \(inputs)")
        parameters.append(
          Parameter(
            name: node.name + ".weight", shape: [outputs, inputs[0]], node: index, role: .weight))
        parameters.append(
          Parameter(name: node.name + ".bias", shape: [outputs], node: index, role: .bias))
        shapes.append([outputs])
      }
    }
    self.nodes = nodes
    self.shapes = shapes
    self.parameters = parameters
    self.firstParameters = firstParameters
  }

  /// The shape of one sample.
  public var inputShape: [Int] { shapes[0] }
  /// The number of logits.
  public var classCount: Int { shapes[nodes.count - 1].reduce(1, *) }
  /// The number of weights and biases together.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.shape.reduce(1, *) } }

  /// The place of a node's first parameter in the list.
  public func firstParameter(of node: Int) -> Int { firstParameters[node] }
  /// How many numbers a sample has after a node.
  public func featureCount(of node: Int) -> Int { shapes[node].reduce(1, *) }

  /// How many units a node's output has: the length of the first axis before any flatten.
  public func unitCount(of node: Int) -> Int {
    switch nodes[node].layer {
    case .input(let shape): shape.first ?? 1
    case .flatten, .relu, .dropout: unitCount(of: nodes[node].inputs[0])
    case .linear(let outputs): outputs
    }
  }

  /// The widths of the layers, such as `784-512-10`.
  public var widths: [Int] {
    [featureCount(of: 0)]
      + nodes.compactMap { if case .linear(let outputs) = $0.layer { outputs } else { nil } }
  }
}
