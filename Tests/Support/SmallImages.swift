import Kernel

/// Noisy images around one image for each class.
public func smallImages(
  samples: Int = 300, shape: [Int] = [2, 8, 8], classes: Int = 4, seed: UInt64 = 1
) -> DataSet {
  let flat = smallProblem(
    samples: samples, features: shape.reduce(1, *), classes: classes, seed: seed)
  return DataSet(
    name: "small images", inputs: flat.inputs.reshaped([samples] + shape), labels: flat.labels,
    classCount: classes)
}

/// Shallow convolutional networks trained for an epoch or two, each from its own seed.
public func trainedShallowCNNs(
  _ count: Int, width: Int = 5, depth: Int = 2, on data: DataSet, epochs: Int = 2,
  pool: WorkPool = .shared
) throws -> [Network] {
  try trainedNetworks(
    count,
    of: .shallowCNN(
      inputShape: data.sampleShape, width: width, depth: depth, classes: data.classCount),
    on: data, epochs: epochs, learningRate: 0.02, pool: pool)
}

/// Graphs that have every kind of layer that reads images, with odd sizes.
public let imageGraphs: [(name: String, graph: Graph)] = {
  typealias Node = Graph.Node
  /// A chain of layers that reads images of 4 × 7 × 6 and ends in a linear classifier.
  func chain(_ layers: Layer..., shape: [Int] = [4, 7, 6]) -> Graph {
    var nodes = [Node("input", .input(shape: shape), inputs: [])]
    for layer in layers {
      nodes.append(Node("node\(nodes.count)", layer, inputs: [nodes.count - 1]))
    }
    nodes.append(Node("flatten", .flatten, inputs: [nodes.count - 1]))
    nodes.append(Node("fc", .linear(outputs: 3), inputs: [nodes.count - 1]))
    return Graph(nodes: nodes)
  }
  func convolution(
    _ outputs: Int, _ kernel: Int, _ stride: Int = 1, padding: Int = 0, groups: Int = 1,
    bias: Bool = true
  ) -> Layer {
    .convolution(
      Convolution(
        outputs: outputs, kernel: kernel, stride: stride, padding: padding, groups: groups,
        hasBias: bias))
  }
  let residual = Graph(nodes: [
    Node("input", .input(shape: [2, 5, 6]), inputs: []),
    Node("stem", convolution(4, 3, padding: 1), inputs: [0]),
    Node("relu1", .relu, inputs: [1]),
    Node("inner", convolution(5, 3, padding: 1), inputs: [2]),
    Node("relu2", .relu, inputs: [3]),
    Node("outer", convolution(4, 3, padding: 1), inputs: [4]),
    Node("shortcut", convolution(4, 1), inputs: [2]),
    Node("sum", .add, inputs: [5, 6]),
    Node("relu3", .relu, inputs: [7]),
    // Read by the next sum, too, so that this rectifier cannot work in place.
    Node("join", .add, inputs: [8, 2]),
    Node("relu4", .relu, inputs: [9]),
    Node("again", .add, inputs: [10, 9]),
    Node("mean", .globalAveragePool, inputs: [11]),
    Node("fc", .linear(outputs: 3), inputs: [12]),
  ])
  let residualWithGroups = Graph(nodes: [
    Node("input", .input(shape: [2, 5, 6]), inputs: []),
    Node("stem", convolution(8, 3, padding: 1), inputs: [0]),
    Node("relu1", .relu, inputs: [1]),
    Node("narrow", convolution(6, 1), inputs: [2]),
    Node("relu2", .relu, inputs: [3]),
    Node("inner", convolution(6, 3, padding: 1, groups: 2), inputs: [4]),
    Node("relu3", .relu, inputs: [5]),
    Node("wide", convolution(8, 1), inputs: [6]),
    Node("sum", .add, inputs: [2, 7]),
    Node("norm", .groupNorm(groups: 2), inputs: [8]),
    Node("relu4", .relu, inputs: [9]),
    // From the stream to the stream, whose units are cut.
    Node("outer", convolution(8, 3, padding: 1), inputs: [10]),
    Node("again", .add, inputs: [10, 11]),
    Node("flat", .flatten, inputs: [12]),
    Node("fc", .linear(outputs: 3), inputs: [13]),
  ])
  let normalized = Graph(nodes: [
    Node("input", .input(shape: [2, 6, 5]), inputs: []),
    Node("stem", convolution(4, 3, padding: 1, bias: false), inputs: [0]),
    Node("norm1", .batchNorm(), inputs: [1]),
    Node("relu1", .relu, inputs: [2]),
    Node("inner", convolution(5, 3, 2, padding: 1, bias: false), inputs: [3]),
    Node("norm2", .batchNorm(), inputs: [4]),
    Node("relu2", .relu, inputs: [5]),
    Node("outer", convolution(4, 3, padding: 1, bias: false), inputs: [6]),
    Node("norm3", .batchNorm(), inputs: [7]),
    Node("shortcut", convolution(4, 1, 2, bias: false), inputs: [3]),
    Node("norm4", .batchNorm(), inputs: [9]),
    Node("sum", .add, inputs: [8, 10]),
    Node("relu3", .relu, inputs: [11]),
    // Read by a sum and a normalization, which cannot work in its place.
    Node("norm5", .batchNorm(), inputs: [12]),
    Node("again", .add, inputs: [12, 13]),
    Node("mean", .globalAveragePool, inputs: [14]),
    Node("fc", .linear(outputs: 3), inputs: [15]),
  ])
  return [
    ("3×3 with padding", chain(convolution(5, 3, padding: 1), .relu)),
    ("3×3 with stride 2", chain(convolution(5, 3, 2), .relu)),
    ("5×5 with stride 2 and padding", chain(convolution(3, 5, 2, padding: 2), .relu)),
    ("2×2 with stride 3 and padding", chain(convolution(4, 2, 3, padding: 1), .relu)),
    ("1×1", chain(convolution(6, 1), .relu, convolution(5, 1), .relu)),
    (
      "padding wider than the image",
      chain(convolution(3, 5, 4, padding: 4), .relu, shape: [4, 2, 3])
    ),
    ("two groups", chain(convolution(6, 3, padding: 1, groups: 2), .relu, convolution(5, 1))),
    (
      "depthwise",
      chain(
        convolution(5, 1), .relu, convolution(5, 3, padding: 1, groups: 5), .relu,
        convolution(4, 1), .relu)
    ),
    ("two of a channel", chain(convolution(8, 3, groups: 4), .relu, convolution(5, 1), .relu)),
    (
      "max pooling",
      chain(convolution(5, 3, padding: 1), .relu, .maxPool(PoolingWindow(size: 2)))
    ),
    (
      "overlapping max pooling",
      chain(
        convolution(4, 3, padding: 1), .maxPool(PoolingWindow(size: 3, stride: 2)), .relu,
        convolution(5, 2), .relu)
    ),
    (
      "average pooling",
      chain(
        convolution(5, 3, padding: 1), .relu, .averagePool(PoolingWindow(size: 3, stride: 1)),
        convolution(4, 2), .relu, .averagePool(PoolingWindow(size: 2)))
    ),
    (
      "global average pooling",
      chain(convolution(5, 3, padding: 1), .relu, convolution(6, 3), .relu, .globalAveragePool)
    ),
    ("rectifier of the input", chain(.relu, convolution(5, 3), .relu)),
    ("residual", residual),
    ("residual with batch norm", normalized),
    (
      "batch norm",
      chain(
        convolution(5, 3, padding: 1, bias: false), .batchNorm(), .relu, convolution(4, 3),
        .batchNorm(epsilon: 1e-3), .maxPool(PoolingWindow(size: 2)), .relu)
    ),
    (
      "batch norm of units",
      chain(
        convolution(3, 3), .relu, .flatten, .batchNorm(), .linear(outputs: 6), .batchNorm(), .relu)
    ),
    ("layer norm", chain(convolution(5, 3), .layerNorm(), .relu, .flatten, .layerNorm())),
    (
      "group norm",
      chain(
        convolution(6, 3, padding: 1), .groupNorm(groups: 2), .relu, convolution(5, 3),
        .groupNorm(groups: 1), .relu)
    ),
    (
      "groups that cut each other",
      chain(
        convolution(12, 1), .relu, convolution(12, 3, groups: 4), .relu,
        convolution(12, 3, padding: 1, groups: 12), .groupNorm(groups: 2),
        convolution(9, 2, groups: 3), .relu)
    ),
    (
      "groups behind a flatten",
      chain(
        convolution(6, 1), .relu, .flatten, .groupNorm(groups: 2), .linear(outputs: 8),
        .groupNorm(groups: 2), .relu)
    ),
    ("residual with groups", residualWithGroups),
    ("gelu", chain(convolution(5, 3), .gelu, convolution(4, 1), .gelu, .relu)),
    (
      "padded pooling",
      chain(
        convolution(5, 3, padding: 1), .relu,
        .maxPool(PoolingWindow(size: 3, stride: 2, padding: 1)),
        convolution(4, 2, padding: 1), .averagePool(PoolingWindow(size: 3, stride: 1, padding: 1)))
    ),
    ("shallow", .shallowCNN(inputShape: [2, 5, 7], width: 4, depth: 4, classes: 3)),
    ("published", .publishedShallowCNN(inputShape: [2, 9, 9], width: 4, classes: 3)),
  ]
}()

extension Network {
  /// The network with other scales, shifts and statistics of its normalizations, as after training.
  public func withRandomStatistics(seed: UInt64 = 5) -> Network {
    var stream = RandomStream(seed: seed, name: "statistics")
    var result = parameters
    for (index, parameter) in graph.parameters.enumerated()
    where graph.nodes[parameter.node].layer.isNormalization {
      let isPositive = parameter.role == .weight || parameter.role == .runningVariance
      result[index] = Tensor(
        shape: parameter.shape,
        values: result[index].values.map { _ in
          Float(isPositive ? stream.nextReal(in: 0.5, 2) : stream.nextReal(in: -0.5, 0.5))
        })
    }
    return with(parameters: result)
  }
}
