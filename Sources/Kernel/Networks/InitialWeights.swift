/// How weights are drawn before training.
public enum InitialWeights: String, Hashable, Sendable, CaseIterable {
  /// Normal with variance 2 / inputs, biases zero (He et al. 2015, doi:10.1109/ICCV.2015.123).
  ///
  /// Where a branch is added to a stream and no norm is between, the variance of its last layer is
  /// divided by the number of such sums: otherwise each would double the stream's, and no usual rate
  /// could train the network (Zhang et al. 2019, arXiv:1901.09321, take zeros).
  case he
  /// Uniform in ±1/√inputs, biases too: what PyTorch's linear layers do.
  case uniform
  /// Uniform in ±1/√inputs, biases zero: the networks of Theorem 3.1 of Entezari et al. (2022).
  case unbiased
}

extension Network {
  /// A network with freshly drawn weights, each parameter from a stream of its own.
  public init(graph: Graph, initial: InitialWeights, from stream: RandomStream) {
    let branchEnds = graph.plainBranchEnds
    var tensors: [Tensor] = []
    for (index, parameter) in graph.parameters.enumerated() {
      var part = stream.child(parameter.name)
      let weightShape =
        parameter.role == .bias ? graph.parameters[index - 1].shape : parameter.shape
      let inputs = Double(weightShape.dropFirst().reduce(1, *))
      var tensor = Tensor(shape: parameter.shape)
      if graph.nodes[parameter.node].layer.isNormalization {
        // As if nothing were normalized: γ and the variance 1, β and the mean 0.
        let isOne = parameter.role == .weight || parameter.role == .runningVariance
        tensors.append(
          isOne
            ? Tensor(shape: parameter.shape, values: [Float](repeating: 1, count: tensor.count))
            : tensor)
        continue
      }
      tensor.withMutableBuffer { buffer in
        switch (initial, parameter.role) {
        case (.he, .bias), (.unbiased, .bias), (_, .runningMean), (_, .runningVariance): break
        case (.he, .weight):
          let share = branchEnds.contains(parameter.node) ? Double(branchEnds.count) : 1
          let deviation = (2 / inputs / share).squareRoot()
          for (place, value) in part.nextNormals(count: buffer.count).enumerated() {
            buffer[place] = Float(value * deviation)
          }
        case (.uniform, _), (.unbiased, .weight):
          let bound = 1 / inputs.squareRoot()
          for place in buffer.indices { buffer[place] = Float(part.nextReal(in: -bound, bound)) }
        }
      }
      tensors.append(tensor)
    }
    do {
      try self.init(graph: graph, parameters: tensors)
    } catch {
      preconditionFailure("tensors made from the graph's shapes do not fit it: \(error)")
    }
  }
}

extension Graph {
  /// The linear layers and convolutions that are the first of two nodes which are added.
  fileprivate var plainBranchEnds: Set<Int> {
    Set(
      nodes.compactMap { node in
        guard case .add = node.layer, nodes[node.inputs[0]].layer.makesUnits else { return nil }
        return node.inputs[0]
      })
  }
}
