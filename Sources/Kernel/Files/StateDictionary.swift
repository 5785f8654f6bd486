/// The arrays of perceptrons under PyTorch's names, such as `0.weight`, `0.bias`, `2.weight`, and of
/// shallow convolutional networks.
///
/// Strides, padding and pooling are in no array. So convolutions are read where the shapes, the shape
/// of a sample and the gaps between the numbers are those of a network that `Graph.shallowCNN` or
/// `Graph.publishedShallowCNN` makes as an `nn.Sequential`, and no others.
///
/// A layer's name is a prefix and a number, the same prefix for all layers of a network (none,
/// `model.`, `net.layers.`, `fc`); the order of layers is that of the numbers. What stands before
/// the last `/` of a name tells networks apart that are in one file.
enum StateDictionary {
  /// One array of one layer.
  private struct Entry {
    let array: NamedArray
    let prefix: String
    let number: Int
    let isWeight: Bool
  }

  /// The networks in a file, in the order of their groups in it.
  static func networks(
    in file: ArrayFile, _ source: String, inputShape: [Int]?
  ) throws(Failure) -> [Network] {
    guard !file.arrays.isEmpty else {
      throw Failure(.fileMalformed, "`\(source)` holds no arrays, and so no network")
    }
    var groups: [String] = []
    var entries: [String: [Entry]] = [:]
    for array in file.arrays {
      let (group, entry) = try parse(array, source)
      if entries[group] == nil { groups.append(group) }
      entries[group, default: []].append(entry)
    }
    var networks: [Network] = []
    for group in groups {
      networks.append(try network(entries[group] ?? [], source, inputShape: inputShape))
    }
    return networks
  }

  private static func parse(
    _ array: NamedArray, _ source: String
  ) throws(Failure) -> (group: String, Entry) {
    func unknown() -> Failure {
      Failure(
        .fileMalformed, "`\(source)` holds `\(array.name)`, which is no part of a perceptron",
        notes: ["expected are names such as `0.weight`, `0.bias`, `model.2.weight` or `fc1.bias`"])
    }
    let isSeparator = { (character: Character) in character == "." || character == "/" }
    guard let end = array.name.lastIndex(where: isSeparator) else { throw unknown() }
    let role = array.name[array.name.index(after: end)...]
    guard role == "weight" || role == "bias" else { throw unknown() }
    let stem = array.name[..<end]
    guard let lastDigit = stem.lastIndex(where: \.isWholeNumber) else { throw unknown() }
    let digits = stem[...lastDigit].reversed().prefix { $0.isWholeNumber }.reversed()
    guard let number = Int(String(digits)) else { throw unknown() }
    let before = stem[...lastDigit].dropLast(digits.count)
    let prefix = before + "#" + stem[stem.index(after: lastDigit)...]
    let group = before.lastIndex(of: "/").map { String(before[..<$0]) } ?? ""
    return (
      group, Entry(array: array, prefix: String(prefix), number: number, isWeight: role == "weight")
    )
  }

  private static func network(
    _ entries: [Entry], _ source: String, inputShape: [Int]?
  ) throws(Failure) -> Network {
    let prefix = entries[0].prefix
    if let other = entries.first(where: { $0.prefix != prefix }) {
      throw Failure(
        .fileMalformed,
        "`\(source)` holds `\(entries[0].array.name)` and `\(other.array.name)`, whose layers "
          + "have no order",
        notes: ["the layers of a network are named by one prefix and a number"])
    }
    let numbers = Set(entries.map(\.number)).sorted()
    var layers: [(weight: NamedArray, bias: NamedArray)] = []
    for number in numbers {
      func find(isWeight: Bool) throws(Failure) -> NamedArray {
        let found = entries.first { $0.number == number && $0.isWeight == isWeight }
        if let found { return found.array }
        let name = prefix.split(separator: "#", omittingEmptySubsequences: false)
          .joined(separator: String(number))
        throw Failure(
          .fileMalformed, "`\(source)` lacks `\(name).\(isWeight ? "weight" : "bias")`")
      }
      layers.append((try find(isWeight: true), try find(isWeight: false)))
    }
    if let graph = shallowCNN(layers, numbers: numbers, inputShape: inputShape) {
      return try network(graph, layers, source)
    }
    try checkShapes(layers, source)
    return try build(layers, source, inputShape: inputShape)
  }

  /// The shallow convolutional network that the arrays are of; nothing where there is no such one.
  private static func shallowCNN(
    _ layers: [(weight: NamedArray, bias: NamedArray)], numbers: [Int], inputShape: [Int]?
  ) -> Graph? {
    guard let inputShape, inputShape.count == 3, layers.count > 2,
      layers[0].weight.shape.count == 4, layers[layers.count - 1].weight.shape.count == 2
    else { return nil }
    let (width, depth) = (layers[0].weight.shape[0], layers.count - 1)
    let classes = layers[depth].weight.shape[0]
    // Graphs are made of these numbers, and sizes that no memory could hold have no shapes.
    guard [width, classes].allSatisfy({ 1...1 << 20 ~= $0 }),
      inputShape.allSatisfy({ 1...1 << 14 ~= $0 })
    else { return nil }
    var graphs: [Graph] = []
    if depth % 2 == 0, inputShape[1...].allSatisfy({ $0 >= Graph.leastPooledSide }) {
      graphs.append(
        .shallowCNN(inputShape: inputShape, width: width, depth: depth, classes: classes))
    }
    if inputShape[1] == inputShape[2], inputShape[1] >= Graph.leastPublishedSide {
      graphs.append(.publishedShallowCNN(inputShape: inputShape, width: width, classes: classes))
    }
    return graphs.first { graph in
      // The input is no module, so that the first convolution is module 0.
      let modules = graph.nodes.indices.filter { graph.nodes[$0].layer.makesUnits }
      return graph.parameters.map(\.shape) == layers.flatMap { [$0.weight.shape, $0.bias.shape] }
        && modules.map { $0 - modules[0] } == numbers.map { $0 - numbers[0] }
    }
  }

  private static func checkShapes(
    _ layers: [(weight: NamedArray, bias: NamedArray)], _ source: String
  ) throws(Failure) {
    var previous: NamedArray?
    for (weight, bias) in layers {
      guard weight.shape.count == 2, weight.count > 0 else {
        throw Failure(
          .shapeMismatch,
          "`\(source)`: `\(weight.name)` is \(shapeText(weight.shape)), and the weights of a "
            + "linear layer are outputs x inputs",
          notes: [
            "networks of linear layers are read, and shallow_cnn with the shape of a sample"
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
      for array in [weight, bias] where !array.type.isReal {
        throw Failure(
          .fileMalformed, "`\(source)`: `\(array.name)` holds whole numbers, not weights")
      }
      previous = weight
    }
  }

  private static func build(
    _ layers: [(weight: NamedArray, bias: NamedArray)], _ source: String, inputShape: [Int]?
  ) throws(Failure) -> Network {
    let inputs = layers[0].weight.shape[1]
    let shape = inputShape ?? [inputs]
    guard shape.reduce(1, *) == inputs else {
      throw Failure(
        .shapeMismatch,
        "`\(source)` holds a network for \(inputs) inputs, and samples are \(shapeText(shape))")
    }
    let outputs = layers.map { $0.weight.shape[0] }
    let graph = Graph.mlp(
      inputShape: shape, hidden: Array(outputs.dropLast()), classes: outputs[outputs.count - 1])
    return try network(graph, layers, source)
  }

  private static func network(
    _ graph: Graph, _ layers: [(weight: NamedArray, bias: NamedArray)], _ source: String
  ) throws(Failure) -> Network {
    let arrays = layers.flatMap { [$0.weight, $0.bias] }
    let parameters = arrays.map { Tensor(shape: $0.shape, values: $0.floats) }
    // Told by the names of the file: here the layers get others.
    for (array, tensor) in zip(arrays, parameters) where !tensor.isFinite {
      throw Failure(
        .notFinite, "`\(source)`: `\(array.name)` holds a value that is not a finite number")
    }
    return try Network(
      graph: graph, parameters: parameters,
      facts: Network.facts(
        ofWeights: layers.map(\.weight), biases: layers.map(\.bias), source: source))
  }
}
