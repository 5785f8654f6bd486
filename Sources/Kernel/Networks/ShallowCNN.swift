extension Graph {
  /// The kernels of a shallow convolutional network.
  public enum ShallowForm: String, Hashable, Sendable, CaseIterable {
    /// 3×3 kernels and pooling.
    case pooled
    /// The two large kernels of the code that Entezari et al. (2022) published.
    case published
  }

  /// The least side of an image that a shallow convolutional network with pooling takes.
  public static let leastPooledSide = 4
  /// The least side of an image that the network of the published code takes.
  public static let leastPublishedSide = 7

  /// A shallow convolutional network with 3×3 kernels: two blocks of convolutions, each block ended by
  /// 2×2 max pooling, and a linear classifier.
  ///
  /// Entezari et al. (2022), Section 2.2, deepen their two-layer Shallow CNN (Neyshabur 2020) by
  /// identical layers. Here a block has `depth / 2` convolutions with padding 1, each with a rectifier,
  /// so that the classifier reads a sixteenth of the image at any depth: 7×7 places of 28×28, 8×8 of
  /// 32×32. Layers are named `conv1`, `relu1`, …, `pool1`, `pool2`, `fc`.
  ///
  /// - Parameters:
  ///   - inputShape: Channels × height × width, each side of 4 or more.
  ///   - width: The channels of every convolution.
  ///   - depth: How many convolutions there are: even.
  ///   - classes: The number of logits.
  ///   - dropout: The share of numbers dropped in training, after each rectifier.
  public static func shallowCNN(
    inputShape: [Int], width: Int, depth: Int, classes: Int, dropout: Double = 0
  ) -> Graph {
    Graph(
      nodes: shallowNodes(
        inputShape: inputShape, width: width, depth: depth, classes: classes, dropout: dropout))
  }

  static func shallowNodes(
    inputShape: [Int], width: Int, depth: Int, classes: Int, dropout: Double = 0
  ) -> [Node] {
    precondition(depth > 0 && depth % 2 == 0, "a shallow network of \(depth) convolutions")
    var nodes = [Node("input", .input(shape: inputShape), inputs: [])]
    for number in 1...depth {
      nodes.appendConvolution(
        number, Convolution(outputs: width, kernel: 3, padding: 1), dropout: dropout)
      if number % (depth / 2) == 0 {
        nodes.append("pool\(2 * number / depth)", .maxPool(PoolingWindow(size: 2)))
      }
    }
    nodes.appendClassifier(classes: classes)
    return nodes
  }

  /// The two-layer network of the published code: a 9×9 kernel with stride 2 and padding 1, then one
  /// over all that is left, 13×13 of images of 32×32, each with a rectifier, and a linear classifier.
  ///
  /// - Parameter inputShape: Channels × side × side of 7 or more; the published code has 32.
  public static func publishedShallowCNN(
    inputShape: [Int], width: Int, classes: Int, dropout: Double = 0
  ) -> Graph {
    Graph(
      nodes: publishedNodes(
        inputShape: inputShape, width: width, classes: classes, dropout: dropout))
  }

  static func publishedNodes(
    inputShape: [Int], width: Int, classes: Int, dropout: Double = 0
  ) -> [Node] {
    var nodes = [Node("input", .input(shape: inputShape), inputs: [])]
    let first = Convolution(outputs: width, kernel: 9, stride: 2, padding: 1)
    nodes.appendConvolution(1, first, dropout: dropout)
    let rest = Layer.convolution(first).shape(after: [inputShape])?.last ?? 0
    nodes.appendConvolution(2, Convolution(outputs: width, kernel: rest), dropout: dropout)
    nodes.appendClassifier(classes: classes)
    return nodes
  }

  /// Whether it is a network that one of these makes.
  var isShallowCNN: Bool {
    let convolutions = nodes.compactMap { node -> Convolution? in
      if case .convolution(let convolution) = node.layer { convolution } else { nil }
    }
    let dropout = nodes.lazy.compactMap { node -> Double? in
      if case .dropout(let rate) = node.layer { rate } else { nil }
    }.first
    guard let width = convolutions.first?.outputs, inputShape.count == 3 else { return false }
    let depth = convolutions.count
    let isPooled =
      depth > 0 && depth % 2 == 0 && inputShape[1...].allSatisfy { $0 >= Self.leastPooledSide }
      && nodes
        == Graph.shallowNodes(
          inputShape: inputShape, width: width, depth: depth, classes: classCount,
          dropout: dropout ?? 0)
    let isPublished =
      inputShape[1] == inputShape[2] && inputShape[1] >= Self.leastPublishedSide
      && nodes
        == Graph.publishedNodes(
          inputShape: inputShape, width: width, classes: classCount, dropout: dropout ?? 0)
    return isPooled || isPublished
  }
}

extension [Graph.Node] {
  /// Adds a node that reads the last one.
  mutating func append(_ name: String, _ layer: Layer) {
    append(Graph.Node(name, layer, inputs: [count - 1]))
  }

  /// Adds a linear classifier over all that the last node gives.
  fileprivate mutating func appendClassifier(classes: Int) {
    append("flatten", .flatten)
    append("fc", .linear(outputs: classes))
  }

  /// Adds a convolution with its rectifier, and dropout where there is some.
  fileprivate mutating func appendConvolution(
    _ number: Int, _ convolution: Convolution, dropout: Double
  ) {
    append("conv\(number)", .convolution(convolution))
    append("relu\(number)", .relu)
    if dropout > 0 { append("dropout\(number)", .dropout(rate: dropout)) }
  }
}
