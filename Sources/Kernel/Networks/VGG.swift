extension Graph {
  /// The depths that a VGG network can have: its layers with weights.
  public static let vggDepths = [11, 13, 16, 19]

  /// How many convolutions each of the five blocks has: configurations A, B, D and E.
  private static let vggBlocks = [
    11: [1, 1, 2, 2, 2], 13: [2, 2, 2, 2, 2], 16: [2, 2, 3, 3, 3], 19: [2, 2, 4, 4, 4],
  ]

  /// A VGG network (Simonyan and Zisserman 2015, arXiv:1409.1556): five blocks of 3×3 convolutions with
  /// rectifiers, of w, 2w, 4w, 8w and 8w channels, each block ended by 2×2 max pooling.
  ///
  /// Nodes have the names of PyTorch's torchvision, so that arrays do, too: `features.0`, … with every
  /// convolution, normalization, rectifier and pooling counted, then `classifier`.
  ///
  /// - Parameters:
  ///   - depth: One of `vggDepths`.
  ///   - norm: What stands between a convolution and its rectifier. Convolutions have a bias with it, too.
  ///   - form: For small images one linear layer reads all that the last pooling leaves, one place of
  ///     32×32. For large ones means over 7×7 windows stand before three linear layers, 64w units wide,
  ///     named `classifier.0`, `.3` and `.6`.
  ///   - inputShape: Channels × height × width.
  ///   - width: w, the channels of the first block.
  ///   - classes: The number of logits.
  ///   - dropout: The share of numbers dropped in training before or between linear layers.
  /// - Throws: `shapeMismatch` where there is no such network for such images.
  public static func vgg(
    depth: Int, norm: NormKind, form: ImageForm, inputShape: [Int], width: Int = 64, classes: Int,
    dropout: Double = 0
  ) throws(Failure) -> Graph {
    guard let blocks = vggBlocks[depth] else {
      throw Failure(
        .shapeMismatch, "VGG networks have 11, 13, 16 or 19 layers with weights, and not \(depth)")
    }
    try checkDeep(width: width, classes: classes, inputShape: inputShape)
    let window = try vggWindow(form, inputShape: inputShape)
    var nodes = [Node("input", .input(shape: inputShape), inputs: [])]
    var number = 0
    func append(_ layer: Layer) {
      nodes.append("features.\(number)", layer)
      number += 1
    }
    for (block, count) in blocks.enumerated() {
      let channels = width * min(1 << block, 8)
      for _ in 0..<count {
        append(.convolution(Convolution(outputs: channels, kernel: 3, padding: 1)))
        if let layer = norm.layer(channels: channels) { append(layer) }
        append(.relu)
      }
      append(.maxPool(PoolingWindow(size: 2)))
    }
    switch form {
    case .cifar:
      nodes.append("flatten", .flatten)
      if dropout > 0 { nodes.append("dropout", .dropout(rate: dropout)) }
      nodes.append("classifier", .linear(outputs: classes))
    case .imagenet:
      nodes.append("avgpool", .averagePool(PoolingWindow(size: window)))
      nodes.append("flatten", .flatten)
      for number in [0, 3] {
        nodes.append("classifier.\(number)", .linear(outputs: 64 * width))
        nodes.append("classifier.\(number + 1)", .relu)
        if dropout > 0 { nodes.append("classifier.\(number + 2)", .dropout(rate: dropout)) }
      }
      nodes.append("classifier.6", .linear(outputs: classes))
    }
    return try checked(nodes)
  }

  /// The side of the windows of `avgpool`; throws where a network of the form cannot take the images.
  private static func vggWindow(_ form: ImageForm, inputShape: [Int]) throws(Failure) -> Int {
    // Five poolings halve each side and leave out a last odd row.
    let sides = inputShape[1...].map { $0 / 32 }
    let window = sides[0] / 7
    switch form {
    case .cifar:
      guard sides.allSatisfy({ $0 > 0 }) else {
        throw Failure(
          .shapeMismatch,
          "a VGG network halves images five times and takes sides of 32 or more, and these samples "
            + "are \(shapeText(inputShape))")
      }
    case .imagenet:
      guard window > 0, sides.allSatisfy({ $0 == 7 * window }) else {
        throw Failure(
          .shapeMismatch,
          "a VGG network for large images takes sides of 224 to 255, 448 to 479 and so on, and these "
            + "samples are \(shapeText(inputShape))",
          notes: ["form=cifar takes sides of 32 or more"])
      }
    }
    return window
  }
}
