extension Graph {
  /// The depths that a residual network can have: its layers with weights, those of shortcuts aside.
  public static let resnetDepths = [18, 34, 50]

  /// How many blocks each of the four stages has.
  private static let resnetStages = [18: [2, 2, 2, 2], 34: [3, 4, 6, 3], 50: [3, 4, 6, 3]]

  /// A residual network: four stages of w, 2w, 4w and 8w channels, the mean of each channel, and a
  /// linear classifier.
  ///
  /// He, Zhang, Ren, Sun (2016), doi:10.1109/CVPR.2016.90.
  /// Nodes have the names of PyTorch's torchvision, so that arrays do, too: `conv1`, `bn1`,
  /// `layer1.0.conv1`, …, `layer2.0.downsample.0`, …, `fc`. A block of 18 and 34 layers has two 3×3
  /// convolutions; one of 50 layers has a 3×3 between two 1×1, of which the last gives four times the
  /// channels, and halves images in the 3×3 as torchvision does. Convolutions have a bias only where no
  /// normalization follows.
  ///
  /// - Parameters:
  ///   - depth: One of `resnetDepths`.
  ///   - norm: What stands behind every convolution, named `bn1`, … whichever it is.
  ///   - form: For small images the first convolution is 3×3; for large ones it is 7×7 with stride 2, and
  ///     3×3 max pooling with stride 2 follows.
  ///   - inputShape: Channels × height × width, of any size.
  ///   - width: w, the channels of the first stage.
  ///   - classes: The number of logits.
  /// - Throws: `shapeMismatch` where there is no such network for such images.
  public static func resnet(
    depth: Int, norm: NormKind, form: ImageForm, inputShape: [Int], width: Int = 64, classes: Int
  ) throws(Failure) -> Graph {
    guard let stages = resnetStages[depth] else {
      throw Failure(
        .shapeMismatch, "ResNets have 18, 34 or 50 layers with weights, and not \(depth)")
    }
    try checkDeep(width: width, classes: classes, inputShape: inputShape)
    var builder = ResidualBuilder(inputShape: inputShape, norm: norm, isBottleneck: depth >= 50)
    builder.appendStem(form, width: width)
    for (stage, count) in stages.enumerated() {
      for block in 0..<count {
        builder.appendBlock(
          "layer\(stage + 1).\(block)", channels: width << stage,
          stride: stage > 0 && block == 0 ? 2 : 1)
      }
    }
    builder.nodes.append("avgpool", .globalAveragePool)
    builder.nodes.append("fc", .linear(outputs: classes))
    return try checked(builder.nodes)
  }
}

/// The nodes of a residual network as they are added.
private struct ResidualBuilder {
  var nodes: [Graph.Node]
  /// The channels of the stream that blocks add to.
  private var streamChannels = 0
  private let norm: Graph.NormKind
  private let isBottleneck: Bool

  init(inputShape: [Int], norm: Graph.NormKind, isBottleneck: Bool) {
    nodes = [Graph.Node("input", .input(shape: inputShape), inputs: [])]
    (self.norm, self.isBottleneck) = (norm, isBottleneck)
  }

  mutating func appendStem(_ form: Graph.ImageForm, width: Int) {
    switch form {
    case .cifar:
      append(Convolution(outputs: width, kernel: 3, padding: 1), "conv1", norm: "bn1")
    case .imagenet:
      append(Convolution(outputs: width, kernel: 7, stride: 2, padding: 3), "conv1", norm: "bn1")
    }
    nodes.append("relu", .relu)
    if form == .imagenet {
      nodes.append("maxpool", .maxPool(PoolingWindow(size: 3, stride: 2, padding: 1)))
    }
    streamChannels = width
  }

  /// A block: convolutions whose result is added to what they read.
  mutating func appendBlock(_ name: String, channels: Int, stride: Int) {
    let source = nodes.count - 1
    let outputs = isBottleneck ? 4 * channels : channels
    let convolutions =
      isBottleneck
      ? [
        Convolution(outputs: channels, kernel: 1),
        Convolution(outputs: channels, kernel: 3, stride: stride, padding: 1),
        Convolution(outputs: outputs, kernel: 1),
      ]
      : [
        Convolution(outputs: channels, kernel: 3, stride: stride, padding: 1),
        Convolution(outputs: channels, kernel: 3, padding: 1),
      ]
    for (index, convolution) in convolutions.enumerated() {
      let number = index + 1
      append(convolution, "\(name).conv\(number)", norm: "\(name).bn\(number)")
      if number < convolutions.count { nodes.append("\(name).relu\(number)", .relu) }
    }
    let branch = nodes.count - 1
    var shortcut = source
    if stride > 1 || streamChannels != outputs {
      append(
        Convolution(outputs: outputs, kernel: 1, stride: stride), "\(name).downsample.0",
        norm: "\(name).downsample.1", source: source)
      shortcut = nodes.count - 1
    }
    nodes.append(Graph.Node("\(name).add", .add, inputs: [branch, shortcut]))
    nodes.append("\(name).relu\(convolutions.count)", .relu)
    streamChannels = outputs
  }

  /// A convolution and the normalization behind it.
  private mutating func append(
    _ convolution: Convolution, _ name: String, norm normName: String, source: Int? = nil
  ) {
    var convolution = convolution
    convolution.hasBias = norm == .none
    nodes.append(
      Graph.Node(name, .convolution(convolution), inputs: [source ?? nodes.count - 1]))
    if let layer = norm.layer(channels: convolution.outputs) { nodes.append(normName, layer) }
  }
}
