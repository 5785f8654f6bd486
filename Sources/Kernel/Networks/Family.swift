extension Graph {
  /// The kinds of network that can be asked for by name.
  public enum Family: String, Hashable, Sendable, CaseIterable {
    case mlp
    case shallowCNN = "shallow_cnn"
    case vgg11, vgg13, vgg16, vgg19
    case resnet18, resnet34, resnet50

    /// How the networks of a family are made.
    public enum Kind: Hashable, Sendable {
      case perceptron, shallow
      case vgg(depth: Int)
      case resnet(depth: Int)
    }

    public var kind: Kind {
      switch self {
      case .mlp: .perceptron
      case .shallowCNN: .shallow
      case .vgg11: .vgg(depth: 11)
      case .vgg13: .vgg(depth: 13)
      case .vgg16: .vgg(depth: 16)
      case .vgg19: .vgg(depth: 19)
      case .resnet18: .resnet(depth: 18)
      case .resnet34: .resnet(depth: 34)
      case .resnet50: .resnet(depth: 50)
      }
    }

    /// Whether its networks have a depth of their own, and a `DeepDesign`.
    public var isDeep: Bool {
      switch kind {
      case .perceptron, .shallow: false
      case .vgg, .resnet: true
      }
    }

    /// The normalization that its networks have where nothing is said: that of its paper.
    public var usualNorm: NormKind {
      if case .resnet = kind { .batch } else { .none }
    }
  }

  /// What tells the networks of a deep family apart, their images and classes aside.
  public struct DeepDesign: Hashable, Sendable {
    public var family: Family
    public var norm: NormKind
    public var form: ImageForm
    /// The channels of the first stage.
    public var width: Int
    /// The share of numbers that a VGG network drops in training.
    public var dropout: Double

    public init(
      family: Family, norm: NormKind, form: ImageForm, width: Int, dropout: Double = 0
    ) {
      precondition(family.isDeep, "\(family.rawValue) is made of other sizes")
      self.family = family
      self.norm = norm
      self.form = form
      self.width = width
      self.dropout = dropout
    }

    /// The network for such images; throws where there is none.
    public func graph(inputShape: [Int], classes: Int) throws(Failure) -> Graph {
      switch family.kind {
      case .vgg(let depth):
        try .vgg(
          depth: depth, norm: norm, form: form, inputShape: inputShape, width: width,
          classes: classes, dropout: dropout)
      case .resnet(let depth):
        try .resnet(
          depth: depth, norm: norm, form: form, inputShape: inputShape, width: width,
          classes: classes)
      case .perceptron, .shallow:
        preconditionFailure("\(family.rawValue) is made of other sizes")
      }
    }
  }

  /// The family that the network belongs to, if it is one that can be asked for by name.
  public var family: Family? {
    if isPerceptron { return .mlp }
    if let design = deepDesign { return design.family }
    return isShallowCNN ? .shallowCNN : nil
  }

  /// What the network is as one of a deep family; nothing where it is none.
  ///
  /// The numbers are read off the nodes, and the network that they make is compared: one candidate.
  public var deepDesign: DeepDesign? {
    guard inputShape.count == 3, nodes.count > 2, case .convolution(let first) = nodes[1].layer
    else { return nil }
    var convolutionCount = 0
    var (dropout, isLarge) = (0.0, false)
    let isVGG = nodes[1].name == "features.0"
    for node in nodes {
      switch node.layer {
      case .convolution where !node.name.hasSuffix("downsample.0"): convolutionCount += 1
      case .dropout(let rate): dropout = rate
      case .averagePool where isVGG, .maxPool where !isVGG: isLarge = true
      default: break
      }
    }
    let kind =
      isVGG ? Family.Kind.vgg(depth: convolutionCount + 3) : .resnet(depth: convolutionCount + 1)
    guard let family = Family.allCases.first(where: { $0.kind == kind }) else { return nil }
    let design = DeepDesign(
      family: family, norm: NormKind(of: nodes[2].layer), form: isLarge ? .imagenet : .cifar,
      width: first.outputs, dropout: dropout)
    // Such images that there is no such network for are those of another one.
    guard let graph = try? design.graph(inputShape: inputShape, classes: classCount) else {
      return nil
    }
    return graph.nodes == nodes ? design : nil
  }

  /// What the network is, in a few words: `mlp 784-512-10`, `resnet18 width 64, 3×32×32 → 10`.
  public var architectureText: String {
    if let design = deepDesign { return text(of: design) }
    let family: Family? = isPerceptron ? .mlp : isShallowCNN ? .shallowCNN : nil
    return (family.map { $0.rawValue + " " } ?? "") + shortWidthsText
  }

  /// The same without the name of a family that the widths say all of.
  public var briefText: String { deepDesign.map(text(of:)) ?? shortWidthsText }

  private func text(of design: DeepDesign) -> String {
    var words = ["\(design.family.rawValue) width \(design.width)"]
    if design.norm != design.family.usualNorm { words.append("norm=\(design.norm.rawValue)") }
    if design.form == .imagenet { words.append("form=\(design.form.rawValue)") }
    let shape = inputShape.map(String.init).joined(separator: "×")
    return "\(words.joined(separator: " ")), \(shape) → \(classCount)"
  }

  /// The widths, the middle of many left out.
  private var shortWidthsText: String {
    let layerCount = widths.count - 1
    // 12: what stands beside a name on half of a line.
    guard layerCount > 12 else { return widthsText }
    let parts = widthsText.split(separator: "-")
    return "\(parts.prefix(4).joined(separator: "-"))-…-"
      + "\(parts.suffix(2).joined(separator: "-")) (\(layerCount) layers)"
  }
}

extension Graph.NormKind {
  /// The kind that a layer is of; none where it is no normalization.
  fileprivate init(of layer: Layer) {
    switch layer {
    case .batchNorm: self = .batch
    case .layerNorm: self = .layer
    case .groupNorm: self = .group
    default: self = .none
    }
  }
}
