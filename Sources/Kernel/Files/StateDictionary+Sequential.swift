// State dictionaries of an `nn.Sequential`: layers with one prefix and a number.
//
// Strides, padding and pooling are in no array, and rectifiers have none. So networks with convolutions
// or normalizations are read where the shapes, the shape of a sample and the gaps between the numbers
// leave one network of the usual modules, and no others.

extension StateDictionary {
  /// One module with arrays.
  struct Module {
    let number: Int
    var weight: Item?
    var bias: Item?
    var mean: Item?
    var variance: Item?

    /// Its arrays in the order of a layer's.
    var items: [Item] { [weight, bias, mean, variance].compactMap(\.self) }
    var shape: [Int] { weight?.array.shape ?? [] }
    var isNormalization: Bool { mean != nil || variance != nil }
  }

  /// The network as an `nn.Sequential`.
  func sequential() throws(Failure) -> Network {
    let modules = try modules()
    if let graph = chain(modules) { return try network(graph, modules.flatMap(\.items)) }
    if let odd = modules.first(where: { $0.isNormalization })?.items.first {
      throw Failure(
        .shapeMismatch,
        "`\(source)`: the modules around `\(odd.array.name)` are not known by shapes and numbers",
        notes: [
          "read are Linear or Conv2d, each with BatchNorm, ReLU and MaxPool2d(2) or less behind it",
          "with Conv2d state the shape of a sample: `load \(source) shape=[3, 32, 32]`",
        ])
    }
    let arrays = try perceptronArrays(modules)
    let inputs = arrays[0].array.shape[1]
    let shape = statement.inputShape ?? [inputs]
    guard shape.reduce(1, *) == inputs else {
      throw Failure(
        .shapeMismatch,
        "`\(source)` holds a network for \(inputs) inputs, and samples are \(shapeText(shape))")
    }
    let outputs = modules.map { $0.shape[0] }
    let graph = try Graph.checked(
      Graph.mlpNodes(
        inputShape: shape, hidden: Array(outputs.dropLast()), classes: outputs[outputs.count - 1]))
    return try network(graph, arrays)
  }

  // MARK: - Modules

  private func modules() throws(Failure) -> [Module] {
    var prefix: (text: String, name: String)?
    var modules: [Int: Module] = [:]
    for item in items {
      guard let (own, number, role) = Self.number(item.name) else { throw unknown(item) }
      if let prefix, prefix.text != own {
        throw Failure(
          .fileMalformed,
          "`\(source)` holds `\(prefix.name)` and `\(item.array.name)`, whose layers have no order",
          notes: [
            "the layers of a network are named by one prefix and a number, or as torchvision's",
            "other names: `load \(source) map=FILE.map`, `help load` says how",
          ])
      }
      prefix = prefix ?? (own, item.array.name)
      var module = modules[number] ?? Module(number: number)
      switch role {
      case .weight: module.weight = item
      case .bias: module.bias = item
      case .runningMean: module.mean = item
      case .runningVariance: module.variance = item
      }
      modules[number] = module
    }
    let ordered = modules.values.sorted { $0.number < $1.number }
    for (place, module) in ordered.enumerated() {
      guard module.weight != nil else {
        if let statistics = module.mean ?? module.variance { throw unknown(statistics) }
        throw lacks(.weight, of: module)
      }
      // A normalization behind a convolution takes its bias away.
      let isNormalized = place + 1 < ordered.count && ordered[place + 1].isNormalization
      if module.bias == nil, !isNormalized { throw lacks(.bias, of: module) }
      guard module.isNormalization else { continue }
      if module.bias == nil { throw lacks(.bias, of: module) }
      if module.mean == nil { throw lacks(.runningMean, of: module) }
      if module.variance == nil { throw lacks(.runningVariance, of: module) }
    }
    return ordered
  }

  /// What stands around the last number before the role, the number, and the role.
  private static func number(
    _ name: String
  ) -> (prefix: String, number: Int, role: Graph.Parameter.Role)? {
    let (layer, last) = parts(name)
    guard let role = Graph.Parameter.Role(rawValue: last),
      let lastDigit = layer.lastIndex(where: \.isWholeNumber)
    else { return nil }
    let digits = layer[...lastDigit].reversed().prefix { $0.isWholeNumber }.reversed()
    guard let number = Int(String(digits)) else { return nil }
    let before = layer[...lastDigit].dropLast(digits.count)
    return (before + "#" + layer[layer.index(after: lastDigit)...], number, role)
  }

  private func unknown(_ item: Item) -> Failure {
    Failure(
      .fileMalformed,
      "`\(source)` holds `\(item.array.name)`, which is no part of a perceptron",
      notes: [
        "expected are names such as `0.weight`, `model.2.bias` or `fc1.bias`, or torchvision's",
        "other names: `load \(source) map=FILE.map`, `help load` says how",
      ])
  }

  private func lacks(_ role: Graph.Parameter.Role, of module: Module) -> Failure {
    let layer = module.items.first.map { Self.parts($0.name).layer } ?? "\(module.number)"
    return Failure(.fileMalformed, "`\(source)` lacks `\(folder)\(layer).\(role.rawValue)`")
  }

  private func perceptronArrays(_ modules: [Module]) throws(Failure) -> [Item] {
    var previous: NamedArray?
    for module in modules {
      guard let weight = module.weight?.array, let bias = module.bias?.array else { continue }
      guard weight.shape.count == 2, weight.count > 0 else {
        throw Failure(
          .shapeMismatch,
          "`\(source)`: `\(weight.name)` is \(shapeText(weight.shape)), and the weights of a "
            + "linear layer are outputs x inputs",
          notes: [
            "networks with convolutions are read with the shape of a sample, as `shape=[3, 32, 32]`"
          ])
      }
      guard bias.shape == [weight.shape[0]] else {
        throw Failure(
          .shapeMismatch,
          "`\(source)`: `\(bias.name)` should be \(weight.shape[0]) as `\(weight.name)`, and is "
            + shapeText(bias.shape))
      }
      if let previous, weight.shape[1] != previous.shape[0] {
        throw Failure(
          .shapeMismatch,
          "`\(source)`: `\(weight.name)` takes \(weight.shape[1]) inputs, and `\(previous.name)` "
            + "gives \(previous.shape[0])")
      }
      previous = weight
    }
    return modules.flatMap(\.items)
  }

  // MARK: - Chains

  /// The one network that shapes and numbers leave; nil where that is none, several, or a plain
  /// perceptron.
  private func chain(_ modules: [Module]) -> Graph? {
    guard let last = modules.last, last.shape.count == 2,
      modules.contains(where: { $0.isNormalization || $0.shape.count == 4 }),
      // Graphs are made of these numbers, and sizes that no memory could hold have no shapes.
      modules.allSatisfy({ $0.shape.allSatisfy { 1...1 << 20 ~= $0 } })
    else { return nil }
    let shape: [Int]
    if modules[0].shape.count == 4 {
      guard let given = statement.inputShape, given.count == 3 else { return nil }
      shape = given
    } else {
      guard modules[0].shape.count == 2 else { return nil }
      shape = statement.inputShape ?? [modules[0].shape[1]]
    }
    guard shape.allSatisfy({ 1...1 << 14 ~= $0 }) else { return nil }
    if let graph = shallowCNN(modules, inputShape: shape) { return graph }
    let graphs = [true, false].compactMap { isPadded in
      SequentialChain(inputShape: shape, isPadded: isPadded).graph(modules)
    }
    guard let graph = graphs.first, graphs.allSatisfy({ $0 == graph }), graph.hasPossibleSizes
    else { return nil }
    return graph
  }

  /// The network of `Graph.shallowCNN` or `Graph.publishedShallowCNN` that the arrays are of.
  private func shallowCNN(_ modules: [Module], inputShape: [Int]) -> Graph? {
    let depth = modules.count - 1
    guard depth > 1, modules[0].shape.count == 4, inputShape.count == 3 else { return nil }
    let (width, classes) = (modules[0].shape[0], modules[depth].shape[0])
    var candidates: [[Graph.Node]] = []
    if depth % 2 == 0, inputShape[1...].allSatisfy({ $0 >= Graph.leastPooledSide }) {
      candidates.append(
        Graph.shallowNodes(inputShape: inputShape, width: width, depth: depth, classes: classes))
    }
    if inputShape[1] == inputShape[2], inputShape[1] >= Graph.leastPublishedSide {
      candidates.append(
        Graph.publishedNodes(inputShape: inputShape, width: width, classes: classes))
    }
    return candidates.compactMap(Graph.init(checking:)).first { graph in
      // The input is no module, so that the first convolution is module 0.
      let own = graph.nodes.indices.filter { graph.nodes[$0].layer.makesUnits }
      return graph.parameters.map(\.shape) == modules.flatMap { $0.items.map(\.array.shape) }
        && own.map { $0 - own[0] } == modules.map { $0.number - modules[0].number }
    }
  }
}

/// Makes the nodes of an `nn.Sequential` from the modules with arrays and the gaps between them.
///
/// A gap of one module is a rectifier, one of two a rectifier and what halves the image (or dropout
/// between linear layers); before the first linear layer one of them flattens.
private struct SequentialChain {
  private var nodes: [Graph.Node]
  private var shape: [Int]
  private let isPadded: Bool
  private var counts: [String: Int] = [:]
  /// Whether a rectifier came after the last layer that makes units.
  private var isRectified = true

  init(inputShape: [Int], isPadded: Bool) {
    nodes = [Graph.Node("input", .input(shape: inputShape), inputs: [])]
    (shape, self.isPadded) = (inputShape, isPadded)
  }

  func graph(_ modules: [StateDictionary.Module]) -> Graph? {
    var chain = self
    var number = modules[0].number - 1
    for module in modules {
      let gap = module.number - number - 1
      number = module.number
      guard chain.appendGap(gap, before: module), chain.append(module) else { return nil }
    }
    guard let graph = Graph(checking: chain.nodes) else { return nil }
    let arrays = modules.flatMap { $0.items.map(\.array.shape) }
    return graph.parameters.map(\.shape) == arrays ? graph : nil
  }

  private mutating func append(_ name: String, _ layer: Layer) -> Bool {
    guard let next = layer.shape(after: [shape]) else { return false }
    shape = next
    counts[name, default: 0] += 1
    nodes.append("\(name)\(counts[name] ?? 0)", layer)
    return true
  }

  /// The modules without arrays before one that has some.
  private mutating func appendGap(_ gap: Int, before module: StateDictionary.Module) -> Bool {
    let isFlattened = module.shape.count == 2 && shape.count > 1
    var left = gap
    if isFlattened, nodes.count > 1 { left -= 1 }
    guard 0...2 ~= left else { return false }
    if left > 0, !isRectified {
      guard append("relu", .relu) else { return false }
      isRectified = true
      left -= 1
    }
    // Left is what follows a rectifier: pooling for images, for linear layers dropout.
    guard left < 2 else { return false }
    if left == 1, shape.count == 3, !appendPooling(before: module) { return false }
    if isFlattened, shape.count > 1 { return append("flatten", .flatten) }
    return true
  }

  /// 2×2 max pooling, or the mean of each channel where the linear layer behind reads only channels.
  private mutating func appendPooling(before module: StateDictionary.Module) -> Bool {
    if module.shape.count == 2, module.shape[1] == shape[0] {
      // Of 2×2 and 3×3 places one place is left either way.
      guard shape[1...].contains(where: { $0 > 3 }) else { return false }
      return append("mean", .globalAveragePool)
    }
    return append("pool", .maxPool(PoolingWindow(size: 2)))
  }

  private mutating func append(_ module: StateDictionary.Module) -> Bool {
    if module.isNormalization { return append("bn", .batchNorm()) }
    guard isRectified else { return false }
    isRectified = false
    let weight = module.shape
    switch weight.count {
    case 2: return module.bias != nil && append("fc", .linear(outputs: weight[0]))
    case 4:
      guard weight[2] == weight[3], weight[2] % 2 == 1, shape.first == weight[1] else {
        return false
      }
      return append(
        "conv",
        .convolution(
          Convolution(
            outputs: weight[0], kernel: weight[2], padding: isPadded ? weight[2] / 2 : 0,
            hasBias: module.bias != nil)))
    default: return false
    }
  }
}
