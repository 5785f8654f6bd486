/// The arrays of networks under PyTorch's names.
///
/// Three kinds are understood: the VGG and residual networks of torchvision and of the repositories
/// for CIFAR, by their names (`layer1.0.conv1.weight`); what a person states with `Architecture`, under
/// the names of its nodes; and an `nn.Sequential`, whose layers have one prefix and a number each
/// (`0.weight`, `net.2.bias`), in the order of the numbers. A `NameMap` brings other names to these.
///
/// What stands before the last `/` of a name tells networks apart that are in one file. What
/// DataParallel and torch.compile put before names is left away.
struct StateDictionary {
  /// What a person says of a file beside it.
  struct Statement {
    var inputShape: [Int]?
    var architecture: Architecture?
    var map: NameMap?
  }

  /// One array of one network.
  struct Item {
    let array: NamedArray
    /// Its name without folder and wrappers, as the map has it.
    var name: String
    /// The name of its layer in PyTorch; nil where what the array is called there ends in no role.
    let torchLayer: String?
  }

  let source: String
  /// The folder of the network's arrays in the file, with a `/`; empty where there is none.
  let folder: String
  let statement: Statement
  let items: [Item]
  /// How many batches each normalization saw in training, by its layer's name.
  let batchCounts: [String: Int]
  /// The lines of the map that matched no array.
  private let unusedLines: [Int]

  /// What counts the batches of a batch normalization: no number of the network.
  static let batchCountRole = "num_batches_tracked"
  private static let roles =
    [Graph.Parameter.Role.weight, .bias, .runningMean, .runningVariance].map(\.rawValue)
    + [batchCountRole]
  /// What DataParallel and torch.compile put before the names of the model itself.
  private static let wrappers = ["module.", "_orig_mod."]

  /// The networks in a file, in the order of their folders in it.
  static func networks(
    in file: ArrayFile, _ source: String, statement: Statement
  ) throws(Failure) -> [Network] {
    guard !file.arrays.isEmpty else {
      throw Failure(.fileMalformed, "`\(source)` holds no arrays, and so no network")
    }
    var folders: [String] = []
    var arrays: [String: [(array: NamedArray, name: String)]] = [:]
    for array in file.arrays {
      let (folder, name) = split(array.name)
      if arrays[folder] == nil { folders.append(folder) }
      arrays[folder, default: []].append((array, name))
    }
    var networks: [Network] = []
    for folder in folders {
      let dictionary = try StateDictionary(
        arrays[folder] ?? [], folder: folder, source: source, statement: statement)
      networks.append(try dictionary.network())
    }
    return networks
  }

  /// `a/` and `0.weight` for `a/0.weight`, also where it stands as the dataset `a/0/weight`.
  private static func split(_ name: String) -> (folder: String, name: String) {
    var path = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
    if path.count > 1, roles.contains(path[path.count - 1]) {
      let role = path.removeLast()
      path[path.count - 1] += "." + role
    }
    let last = path.removeLast()
    return (path.map { $0 + "/" }.joined(), last)
  }

  private init(
    _ arrays: [(array: NamedArray, name: String)], folder: String, source: String,
    statement: Statement
  ) throws(Failure) {
    (self.source, self.folder, self.statement) = (source, folder, statement)
    let unwrapped = arrays.map { _, name in
      var name = name[...]
      while let wrapper = Self.wrappers.first(where: { name.hasPrefix($0) }) {
        name = name.dropFirst(wrapper.count)
      }
      return String(name)
    }
    var names = unwrapped.map(Optional.init)
    var unusedLines: [Int] = []
    if let map = statement.map { (names, unusedLines) = map.names(for: unwrapped) }
    self.unusedLines = unusedLines
    var items: [Item] = []
    var batchCounts: [String: Int] = [:]
    for (index, name) in names.enumerated() {
      guard let name else { continue }
      let (layer, role) = Self.parts(name)
      let array = arrays[index].array
      guard role != Self.batchCountRole else {
        if array.count == 1, let count = try? array.integers().first { batchCounts[layer] = count }
        continue
      }
      let original = Self.parts(unwrapped[index])
      items.append(
        Item(array: array, name: name, torchLayer: original.role == role ? original.layer : nil))
    }
    guard !items.isEmpty else {
      throw Failure(.fileMalformed, "`\(source)` holds no arrays of a network")
    }
    (self.items, self.batchCounts) = (items, batchCounts)
  }

  /// `layer1.0.conv1` and `weight`.
  static func parts(_ name: String) -> (layer: String, role: String) {
    guard let dot = name.lastIndex(of: ".") else { return ("", name) }
    return (String(name[..<dot]), String(name[name.index(after: dot)...]))
  }

  /// The network, by what is stated, else by its names, else as an `nn.Sequential`.
  private func network() throws(Failure) -> Network {
    if let stated = statement.architecture ?? statement.map?.architecture {
      return try named(stated, items: brought(to: stated) ?? items, isDepthStated: true)
    }
    for architecture in [Architecture(.resnet18), Architecture(.vgg11), Architecture(.shallowCNN)] {
      guard let items = brought(to: architecture),
        let found = Architecture(namesOf: Self.shapes(items)), found.name == architecture.name
      else { continue }
      return try named(found, items: items, isDepthStated: false)
    }
    return try sequential()
  }

  // MARK: - By names

  private static func shapes(_ items: [Item]) -> [String: [Int]] {
    Dictionary(items.map { ($0.name, $0.array.shape) }) { first, _ in first }
  }

  /// The arrays under the names of the architecture's family; nil where the first layer is not there.
  ///
  /// What all names begin with is left away, and some names of repositories for CIFAR are exchanged.
  private func brought(to architecture: Architecture) -> [Item]? {
    let name = architecture.name
    let first = name == .mlp ? "fc1.weight" : name.isVGG ? "features.0.weight" : "conv1.weight"
    var items = items
    // 8: more than any model is wrapped.
    for _ in 0..<8 where !items.contains(where: { $0.name == first }) {
      let start = items[0].name.prefix { $0 != "." } + "."
      guard items.allSatisfy({ $0.name.hasPrefix(start) && $0.name.count > start.count }) else {
        return nil
      }
      for index in items.indices { items[index].name.removeFirst(start.count) }
    }
    guard items.contains(where: { $0.name == first }) else { return nil }
    let last = name.isVGG ? "classifier." : name.isResNet ? "fc." : ""
    let hasLast = items.contains { $0.name.hasPrefix(last) }
    for index in items.indices {
      if name.isResNet {
        items[index].name = items[index].name.replacing(".shortcut.", with: ".downsample.")
      }
      for other in ["linear.", "fc."] where !hasLast && items[index].name.hasPrefix(other) {
        items[index].name = last + items[index].name.dropFirst(other.count)
      }
    }
    return items
  }

  private func named(
    _ stated: Architecture, items: [Item], isDepthStated: Bool
  ) throws(Failure) -> Network {
    var architecture = stated
    if let shape = statement.inputShape {
      guard architecture.shape.map({ $0 == shape }) ?? true else {
        throw Failure(
          .shapeMismatch,
          "the shape of a sample is stated as \(shapeText(shape)) and in `\(architecture.text)`")
      }
      architecture.shape = shape
    }
    let isShapeGiven = architecture.shape != nil
    architecture = try architecture.completed(
      from: Self.shapes(items), isDepthStated: isDepthStated, source: source)
    let graph: Graph
    do throws(Failure) {
      graph = try architecture.graph()
    } catch {
      throw Failure(error.code, "`\(source)`: \(error.message)", notes: error.notes)
    }
    let ordered = try matched(graph, items, architecture)
    var facts = [Network.Fact("architecture", architecture.text)]
    if !isShapeGiven, architecture.name.isVGG || architecture.name.isResNet,
      architecture.norm != .layer
    {
      facts.append(
        Network.Fact(Network.assumedShapeFact, shapeText(graph.inputShape) + ", assumed"))
    }
    return try network(graph, ordered, facts: facts)
  }

  /// The arrays in the order of the graph's.
  private func matched(
    _ graph: Graph, _ items: [Item], _ architecture: Architecture
  ) throws(Failure) -> [Item] {
    var byName: [String: Item] = [:]
    for item in items {
      if let other = byName.updateValue(item, forKey: item.name) {
        throw Failure(
          .fileMalformed,
          "`\(source)` holds `\(other.array.name)` and `\(item.array.name)`, which both are "
            + "`\(item.name)` here")
      }
    }
    let missing = graph.parameters.filter { byName[$0.name] == nil }.map(\.name)
    let known = Set(graph.parameters.map(\.name))
    let extra = items.filter { !known.contains($0.name) }.map(\.array.name)
    if !missing.isEmpty || !extra.isEmpty {
      throw misfit(missing: missing, extra: extra, architecture)
    }
    let ordered = graph.parameters.compactMap { byName[$0.name] }
    let wrong = zip(graph.parameters, ordered).filter { $0.shape != $1.array.shape }
    if let (declared, item) = wrong.first {
      let more = wrong.count > 1 ? ", and \(wrong.count - 1) more do not fit" : ""
      throw Failure(
        .shapeMismatch,
        "`\(source)`: `\(item.array.name)` should be \(shapeText(declared.shape)), and is "
          + shapeText(item.array.shape) + more,
        notes: ["the file is read as `\(architecture.text)`"])
    }
    return ordered
  }

  /// What is missing and what is too many, each by its first names and their number.
  private func misfit(
    missing: [String], extra: [String], _ architecture: Architecture
  ) -> Failure {
    func listed(_ names: [String]) -> String {
      // 3: enough to see what they have in common.
      let more = names.count > 3 ? " and \(names.count - 3) more" : ""
      return names.prefix(3).map { "`\($0)`" }.joined(separator: ", ") + more
    }
    var parts: [String] = []
    if !missing.isEmpty { parts.append("lacks \(listed(missing))") }
    if !extra.isEmpty { parts.append("holds \(listed(extra)), which the network does not have") }
    let advice =
      statement.map == nil
      ? "where other names are meant: `load \(source) map=FILE.map`, `help load` says how"
      : unusedLines.isEmpty
        ? "every line of `\(statement.map?.source ?? "")` matches an array"
        : "line \(unusedLines.prefix(3).map(String.init).joined(separator: ", ")) of "
          + "`\(statement.map?.source ?? "")` matches no array"
    return Failure(
      .fileMalformed, "`\(source)` \(parts.joined(separator: " and "))",
      notes: ["the file is read as `\(architecture.text)`", advice])
  }

  // MARK: - The network of arrays that fit

  /// The network of these arrays, which have the shapes of the graph's.
  func network(
    _ graph: Graph, _ items: [Item], facts: [Network.Fact] = []
  ) throws(Failure) -> Network {
    var parameters: [Tensor] = []
    for (declared, item) in zip(graph.parameters, items) {
      let array = item.array
      guard array.type.isReal else {
        throw Failure(
          .fileMalformed, "`\(source)`: `\(array.name)` holds whole numbers, not weights")
      }
      let tensor = Tensor(shape: array.shape, values: array.floats)
      // Told by the names of the file: here the layers get others.
      guard tensor.isFinite else {
        throw Failure(
          .notFinite, "`\(source)`: `\(array.name)` holds a value that is not a finite number")
      }
      if declared.role == .runningVariance, let least = tensor.values.min(), least < 0 {
        throw Failure(
          .fileMalformed, "`\(source)`: `\(array.name)` holds \(least), and no variance is negative"
        )
      }
      parameters.append(tensor)
    }
    return try Network(
      graph: graph, parameters: parameters,
      facts: [Network.Fact("from", source)] + facts + self.facts(graph, items))
  }

  private func facts(_ graph: Graph, _ items: [Item]) -> [Network.Fact] {
    var facts: [Network.Fact] = []
    var names: [String] = []
    var nodes: [Int] = []
    for (declared, item) in zip(graph.parameters, items) where declared.node != nodes.last {
      nodes.append(declared.node)
      names.append(item.torchLayer ?? "")
    }
    let own = nodes.map { graph.nodes[$0].name }
    // Blanks separate the names; layers that are called in no such way get ours when written.
    if names != own, names.allSatisfy({ !$0.isEmpty && !$0.contains(where: \.isWhitespace) }) {
      facts.append(Network.Fact(Network.torchLayersFact, names.joined(separator: " ")))
    }
    // The parts of the map's side may differ: counts go by the layer's name on either.
    let counts = zip(nodes, names).compactMap { node, name -> Int? in
      guard case .batchNorm = graph.nodes[node].layer else { return nil }
      return batchCounts[graph.nodes[node].name] ?? batchCounts[name] ?? 0
    }
    if counts.contains(where: { $0 > 0 }) {
      let isOne = Set(counts).count == 1
      facts.append(
        Network.Fact(
          Network.batchCountsFact,
          isOne ? "\(counts[0])" : counts.map(String.init).joined(separator: " ")))
    }
    let types = ElementType.allCases.filter { type in
      type != .f32 && items.contains { $0.array.type == type }
    }
    if !types.isEmpty {
      let rounding = types.contains(.f64) ? ", rounded to f32" : ""
      facts.append(
        Network.Fact("stored as", types.map(\.rawValue).joined(separator: " ") + rounding))
    }
    return facts
  }
}
