extension Graph {
  /// A multilayer perceptron: flatten, then linear layers with rectifiers between them.
  ///
  /// Layers are named `fc1`, `fc2`, …
  ///
  /// - Parameters:
  ///   - inputShape: The shape of one sample.
  ///   - hidden: The width of each hidden layer; none makes a linear classifier.
  ///   - classes: The number of logits.
  ///   - dropout: The share of hidden units dropped in training, after each rectifier.
  public static func mlp(
    inputShape: [Int], hidden: [Int], classes: Int, dropout: Double = 0
  ) -> Graph {
    Graph(
      nodes: mlpNodes(inputShape: inputShape, hidden: hidden, classes: classes, dropout: dropout))
  }

  static func mlpNodes(
    inputShape: [Int], hidden: [Int], classes: Int, dropout: Double = 0
  ) -> [Node] {
    var nodes: [Node] = [
      Node("input", .input(shape: inputShape), inputs: []),
      Node("flatten", .flatten, inputs: [0]),
    ]
    func append(_ name: String, _ layer: Layer) {
      nodes.append(Node(name, layer, inputs: [nodes.count - 1]))
    }
    for (index, width) in hidden.enumerated() {
      append("fc\(index + 1)", .linear(outputs: width))
      append("relu\(index + 1)", .relu)
      if dropout > 0 { append("dropout\(index + 1)", .dropout(rate: dropout)) }
    }
    append("fc\(hidden.count + 1)", .linear(outputs: classes))
    return nodes
  }
}
