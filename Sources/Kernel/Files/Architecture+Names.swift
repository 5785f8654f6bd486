// What network a state dictionary is of, by the names and shapes of its arrays. Names are those of
// PyTorch's torchvision; what some repositories for CIFAR call otherwise was renamed before.

extension Architecture {
  /// The shapes of a file's arrays by their names.
  typealias Shapes = [String: [Int]]

  /// The least that is known by names alone; nil where they are of no deep network.
  init?(namesOf shapes: Shapes) {
    if shapes["conv1.weight"]?.count == 4, shapes["layer1.0.conv1.weight"] != nil {
      self.init(.resnet18)
    } else if shapes["features.0.weight"]?.count == 4,
      shapes.keys.contains(where: { $0.hasPrefix("classifier") })
    {
      self.init(.vgg11)
    } else if shapes["conv1.weight"]?.count == 4, shapes["fc.weight"]?.count == 2,
      shapes.keys.allSatisfy({ $0.hasPrefix("conv") || $0.hasPrefix("fc.") })
    {
      self.init(.shallowCNN)
    } else {
      return nil
    }
  }

  /// The statement with what names and shapes of a file say of it.
  ///
  /// - Parameters:
  ///   - isDepthStated: Whether a person stated the name and not `init(namesOf:)`.
  /// - Throws: `fileMalformed` or `shapeMismatch` where they do not say enough, with what to state.
  func completed(
    from shapes: Shapes, isDepthStated: Bool, source: String
  ) throws(Failure) -> Architecture {
    var reader = ShapeReader(shapes: shapes, source: source, result: self)
    switch name {
    case .mlp: try reader.readPerceptron()
    case .shallowCNN: try reader.readShallow()
    case .vgg11, .vgg13, .vgg16, .vgg19: try reader.readVGG(isDepthStated: isDepthStated)
    case .resnet18, .resnet34, .resnet50: try reader.readResNet(isDepthStated: isDepthStated)
    }
    return reader.result
  }
}

/// Completes a statement from shapes.
private struct ShapeReader {
  let shapes: Architecture.Shapes
  let source: String
  var result: Architecture

  // MARK: - Families

  mutating func readPerceptron() throws(Failure) {
    var widths: [Int] = []
    while let shape = shapes["fc\(widths.count + 1).weight"], shape.count == 2 {
      widths.append(shape[0])
    }
    let first = try weight("fc1", axes: 2)
    result.hidden = result.hidden ?? widths.dropLast()
    result.classes = result.classes ?? widths.last
    result.shape = result.shape ?? [first[1]]
  }

  mutating func readShallow() throws(Failure) {
    let first = try weight("conv1", axes: 4)
    result.width = result.width ?? first[0]
    if result.shallowForm == nil { result.shallowForm = first[2] == 9 ? .published : .pooled }
    if result.shallowForm == .pooled, result.depth == nil {
      var depth = 0
      while shapes["conv\(depth + 1).weight"] != nil { depth += 1 }
      result.depth = depth
    }
    if result.classes == nil { result.classes = try weight("fc", axes: 2)[0] }
    if result.shape == nil {
      throw unknown("the shape of a sample", state: "shape=[\(first[1]), 32, 32]", isArgument: true)
    }
  }

  mutating func readResNet(isDepthStated: Bool) throws(Failure) {
    let first = try weight("conv1", axes: 4)
    if !isDepthStated { result.name = try resNetName() }
    result.width = result.width ?? first[0]
    if result.form == nil {
      switch first[2] {
      case 3: result.form = .cifar
      case 7: result.form = .imagenet
      default:
        throw Failure(
          .unsupportedFormat,
          "`\(source)`: `conv1.weight` has a kernel of \(first[2])x\(first[3]), and ResNets begin "
            + "with 3x3 (form=cifar) or 7x7 (form=imagenet)")
      }
    }
    try readNorm(after: "conv1", named: "bn1")
    if result.classes == nil { result.classes = try weight("fc", axes: 2)[0] }
    let factor = result.form == .imagenet ? 2 : 1
    readSample(channels: first[1], firstNorm: "bn1", factor: factor, usualSide: usualSide)
  }

  mutating func readVGG(isDepthStated: Bool) throws(Failure) {
    let first = try weight("features.0", axes: 4)
    if !isDepthStated { result.name = try vggName() }
    let width = max(result.width ?? first[0], 1)
    result.width = width
    if result.form == nil { result.form = try vggForm() }
    try readNorm(after: "features.0", named: "features.1")
    if result.classes == nil {
      result.classes = try weight(
        result.form == .cifar ? "classifier" : "classifier.6", axes: 2)[0]
    }
    var side = usualSide
    if result.form == .cifar, result.shape == nil, result.norm != .layer {
      // The classifier reads 8w channels at the places that five poolings leave.
      let inputs = try weight("classifier", axes: 2)[1]
      let places = inputs / 8 / width
      guard let root = (1...64).first(where: { $0 * $0 == places }), inputs % 8 == 0,
        inputs / 8 == width * places
      else {
        throw unknown(
          "the shape of a sample", state: "shape=[\(first[1]), 32, 64]", isArgument: true)
      }
      side = 32 * root
    }
    readSample(channels: first[1], firstNorm: "features.1", factor: 1, usualSide: side)
  }

  // MARK: - Parts

  private var usualSide: Int { result.form == .imagenet ? 224 : 32 }

  private func weight(_ layer: String, axes: Int) throws(Failure) -> [Int] {
    let name = "\(layer).weight"
    guard let shape = shapes[name] else {
      throw Failure(.fileMalformed, "`\(source)` lacks `\(name)` of `\(result.name.rawValue)`")
    }
    guard shape.count == axes, shape.allSatisfy({ $0 > 0 }) else {
      throw Failure(
        .shapeMismatch,
        "`\(source)`: `\(name)` is \(shapeText(shape)), and should have \(axes) axes, none empty")
    }
    return shape
  }

  private func resNetName() throws(Failure) -> Architecture.Name {
    var blocks: [Int] = []
    while shapes["layer\(blocks.count + 1).0.conv1.weight"] != nil {
      var count = 0
      while shapes["layer\(blocks.count + 1).\(count).conv1.weight"] != nil { count += 1 }
      blocks.append(count)
    }
    switch (blocks, shapes["layer1.0.conv3.weight"] != nil) {
    case ([2, 2, 2, 2], false): return .resnet18
    case ([3, 4, 6, 3], false): return .resnet34
    case ([3, 4, 6, 3], true): return .resnet50
    default:
      let counts = blocks.map(String.init).joined(separator: ", ")
      throw Failure(
        .unsupportedFormat,
        "`\(source)` holds a ResNet whose stages have \(counts) blocks, which is not read",
        notes: ["read are resnet18 (2, 2, 2, 2), resnet34 and resnet50 (3, 4, 6, 3)"])
    }
  }

  private func vggName() throws(Failure) -> Architecture.Name {
    let count = shapes.count { name, shape in
      name.hasPrefix("features.") && name.hasSuffix(".weight") && shape.count == 4
    }
    switch count {
    case 8: return .vgg11
    case 10: return .vgg13
    case 13: return .vgg16
    case 16: return .vgg19
    default:
      throw Failure(
        .unsupportedFormat,
        "`\(source)` holds \(count) convolutions named `features.N`, which is no VGG network",
        notes: ["VGG-11, 13, 16 and 19 have 8, 10, 13 and 16"])
    }
  }

  private func vggForm() throws(Failure) -> Graph.ImageForm {
    if shapes["classifier.weight"] != nil { return .cifar }
    if shapes["classifier.0.weight"] != nil, shapes["classifier.6.weight"] != nil {
      return .imagenet
    }
    throw Failure(
      .unsupportedFormat,
      "`\(source)` has neither `classifier.weight` (form=cifar) nor `classifier.0`, `.3` and `.6` "
        + "(form=imagenet) of a VGG network")
  }

  private mutating func readNorm(after layer: String, named norm: String) throws(Failure) {
    if result.norm != nil { return }
    guard let shape = shapes["\(norm).weight"], shape.count != 4 else {
      result.norm = Graph.NormKind.none
      return
    }
    if shapes["\(norm).running_var"] != nil || shapes["\(norm).running_mean"] != nil {
      result.norm = .batch
    } else if shape.count == 3 {
      result.norm = .layer
    } else {
      throw unknown(
        "which normalization `\(norm)` is: it has no running statistics",
        state: "norm=group groups=\(result.groups ?? 8)", isArgument: false)
    }
  }

  /// - Parameter factor: How far the first convolution is strided.
  private mutating func readSample(
    channels: Int, firstNorm: String, factor: Int, usualSide: Int
  ) {
    if result.shape != nil { return }
    if result.norm == .layer, let shape = shapes["\(firstNorm).weight"], shape.count == 3,
      shape.allSatisfy({ 0..<1 << 14 ~= $0 })
    {
      result.shape = [channels, factor * shape[1], factor * shape[2]]
    } else {
      result.shape = [channels, usualSide, usualSide]
    }
  }

  private func unknown(_ what: String, state: String, isArgument: Bool) -> Failure {
    let stated = isArgument ? state : "architecture=\"\(result.name.rawValue) \(state)\""
    return Failure(
      .shapeMismatch, "`\(source)` does not tell \(what)",
      notes: ["state it: `load \(source) \(stated)`"])
  }
}
