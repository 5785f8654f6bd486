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
  private let unitCounts: [Int]

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
      /// What inputs are multiplied by; the scale γ of a normalization.
      case weight
      /// What is added; the shift β of a normalization.
      case bias
      /// The mean of a batch normalization's inputs, over the batches of training.
      case runningMean = "running_mean"
      /// Their variance, likewise.
      case runningVariance = "running_var"

      /// Whether gradient descent moves it: statistics only follow.
      public var isTrained: Bool { self == .weight || self == .bias }
    }
  }

  /// More numbers, or multiplications, for one sample than any machine has time for; sums of a few
  /// of these do not overflow.
  static let mostWork = 1 << 50

  /// Whether what one sample takes is below that, added up without overflowing.
  var hasPossibleSizes: Bool {
    var total = 0
    func add(_ factors: Int...) -> Bool {
      var product = 1
      for factor in factors {
        let (value, overflow) = product.multipliedReportingOverflow(by: max(factor, 1))
        guard !overflow, value <= Self.mostWork else { return false }
        product = value
      }
      total += product
      return total <= Self.mostWork
    }
    for node in nodes.indices where !add(featureCount(of: node)) { return false }
    for parameter in parameters where parameter.role == .weight {
      let positions = featureCount(of: parameter.node) / max(parameter.shape[0], 1)
      let inner = parameter.shape.dropFirst().reduce(1, *)
      // The columns of a product, and the product.
      guard add(inner, positions), add(inner, positions, parameter.shape[0]) else { return false }
    }
    return true
  }

  /// A graph from its nodes; the shapes must fit, which architectures see to.
  public init(nodes: [Node]) {
    guard let graph = Graph(checking: nodes) else {
      preconditionFailure("layers that cannot follow each other")
    }
    self = graph
  }

  /// A graph from nodes whose sizes may be anybody's; nothing where a layer cannot follow those that it
  /// reads, or gives more numbers than any memory holds.
  public init?(checking nodes: [Node]) {
    guard !nodes.isEmpty else { return nil }
    var shapes: [[Int]] = []
    var parameters: [Parameter] = []
    var firstParameters: [Int] = []
    var unitCounts: [Int] = []
    for (index, node) in nodes.enumerated() {
      firstParameters.append(parameters.count)
      let isInput = if case .input = node.layer { true } else { false }
      guard node.inputs.allSatisfy({ $0 < index }), isInput == (index == 0) else { return nil }
      let inputs = node.inputs.map { shapes[$0] }
      guard let shape = node.layer.shape(after: inputs) else { return nil }
      shapes.append(shape)
      let makesUnits = index == 0 || node.layer.makesUnits
      unitCounts.append(makesUnits ? shape.first ?? 1 : unitCounts[node.inputs[0]])
      for (role, shape) in node.layer.parameters(after: inputs) {
        parameters.append(
          Parameter(name: "\(node.name).\(role.rawValue)", shape: shape, node: index, role: role))
      }
    }
    self.nodes = nodes
    self.shapes = shapes
    self.parameters = parameters
    self.firstParameters = firstParameters
    self.unitCounts = unitCounts
  }

  /// The shape of one sample.
  public var inputShape: [Int] { shapes[0] }
  /// The number of logits.
  public var classCount: Int { shapes[nodes.count - 1].reduce(1, *) }
  /// The number of weights and biases together: of everything that is trained.
  public var parameterCount: Int {
    parameters.reduce(0) { $0 + ($1.role.isTrained ? $1.shape.reduce(1, *) : 0) }
  }

  /// The place of a node's first parameter in the list.
  public func firstParameter(of node: Int) -> Int { firstParameters[node] }
  /// The place of a node's parameter of that role in the list; nil where it has none.
  public func parameterIndex(of node: Int, role: Parameter.Role) -> Int? {
    let first = firstParameters[node]
    let end = node + 1 < nodes.count ? firstParameters[node + 1] : parameters.count
    return parameters[first..<end].firstIndex { $0.role == role }
  }
  /// How many numbers a sample has after a node.
  public func featureCount(of node: Int) -> Int { shapes[node].reduce(1, *) }

  /// How many units a node's output has: the length of the first axis before any flatten.
  public func unitCount(of node: Int) -> Int { unitCounts[node] }

  /// The widths of the layers that make units, the input's size first: 784, 512, 10.
  public var widths: [Int] {
    [featureCount(of: 0)]
      + nodes.indices.filter { nodes[$0].layer.makesUnits }.map { unitCount(of: $0) }
  }

  /// Multiply-adds of a forward pass for one sample.
  public var workPerSample: Int {
    parameters.reduce(0) { sum, parameter in
      // A convolution uses every weight once for each position of its output.
      let positions = featureCount(of: parameter.node) / unitCount(of: parameter.node)
      return sum + parameter.shape.reduce(1, *) * positions
    }
  }

  /// Whether it is made of linear layers alone, with rectifiers and dropout between them.
  public var isPerceptron: Bool {
    nodes.dropFirst().allSatisfy { node in
      switch node.layer {
      case .flatten, .linear, .relu, .dropout: true
      case .input, .convolution, .gelu, .maxPool, .averagePool, .globalAveragePool, .add,
        .batchNorm,
        .layerNorm, .groupNorm:
        false
      }
    }
  }

  /// Whether it has layers whose results in training hang on the whole batch.
  public var usesBatchStatistics: Bool {
    nodes.contains { if case .batchNorm = $0.layer { true } else { false } }
  }
}
