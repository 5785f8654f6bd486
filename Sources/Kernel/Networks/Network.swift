/// A network: its structure, its weights, and what it was trained on and how.
public struct Network: Hashable, Sendable {
  public let graph: Graph
  /// One tensor per entry of `graph.parameters`, of that shape.
  public var parameters: [Tensor]
  /// How it came to be, as short facts that are kept in its file and are no part of its content.
  public var facts: [Fact]

  /// One line of a network's history.
  public struct Fact: Hashable, Sendable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// A network from its weights; throws where their shapes are not the graph's.
  public init(graph: Graph, parameters: [Tensor], facts: [Fact] = []) throws(Failure) {
    guard parameters.count == graph.parameters.count else {
      throw Failure(
        .shapeMismatch,
        "\(parameters.count) arrays for a network with \(graph.parameters.count) parameters")
    }
    for (declared, tensor) in zip(graph.parameters, parameters)
    where declared.shape != tensor.shape {
      throw Failure(
        .shapeMismatch,
        "`\(declared.name)` should be \(shapeText(declared.shape)), and is "
          + shapeText(tensor.shape))
    }
    self.graph = graph
    self.parameters = parameters
    self.facts = facts
  }

  /// The given network with other weights of the same shapes.
  public func with(parameters: [Tensor]) -> Network {
    precondition(parameters.map(\.shape) == self.parameters.map(\.shape), "other shapes")
    var result = self
    result.parameters = parameters
    return result
  }

  /// A parameter by its name, such as `fc1.weight`.
  public func parameter(named name: String) -> Tensor? {
    graph.parameters.firstIndex { $0.name == name }.map { parameters[$0] }
  }

  /// Throws, naming the layer, where a weight is not a finite number; looks no further once `stop`
  /// is raised.
  public func checkFinite(stop: StopSignal? = nil) throws(Failure) {
    for (declared, tensor) in zip(graph.parameters, parameters) {
      if let stop, stop.isRaised { return }
      guard !tensor.isFinite else { continue }
      throw Failure(
        .notFinite, "`\(declared.name)` holds a value that is not a finite number",
        notes: ["training may have diverged: try a smaller lr"])
    }
  }
}

/// `512x256` for [512, 256]; `one number` for a shape without axes.
public func shapeText(_ shape: [Int]) -> String {
  shape.isEmpty ? "one number" : shape.map(String.init).joined(separator: "x")
}
