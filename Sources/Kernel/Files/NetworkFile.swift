// Networks in files of arrays. Our own layout keeps structure, weights and facts bit for bit;
// the state dictionaries of PyTorch's `nn.Sequential` are understood, too (`StateDictionary`).

/// Reads and writes networks.
public enum NetworkFile {
  /// Where networks lie in a file: `networks/1/fc1.weight`.
  private static let folder = "networks"
  private static let graphName = "graph"
  private static let factsName = "facts"
  /// The names of the arrays, where they are not the structure's own.
  private static let arraysName = "arrays"

  // MARK: - Writing

  /// Writes networks with how they were trained, in the format that the path's ending names.
  ///
  /// In a file of PyTorch's the arrays have the names that they have there (`torchNames`), and those of
  /// one network lie in no folder, so that they are a state dictionary.
  ///
  /// - Parameter format: Instead of the ending's; npy files cannot hold networks.
  /// - Throws: `writeFailed`, `stopped`, or `unsupportedFormat` for an ending that tells no format.
  public static func write(
    _ networks: [Network], to path: String, format: ArrayFile.Format? = nil,
    stop: StopSignal? = nil
  ) throws(Failure) {
    guard !networks.isEmpty else {
      throw Failure(.writeFailed, "`\(path)` would hold no network")
    }
    let isForTorch = (format ?? ArrayFile.Format(ending: path)) == .pt
    var file = ArrayFile()
    FileKind.networks.mark(&file.metadata)
    for (index, network) in networks.enumerated() {
      let place = "\(folder)/\(index + 1)"
      var names = isForTorch ? network.torchNames : network.graph.parameters.map(\.name)
      if !isForTorch || networks.count > 1 { names = names.map { "\(place)/\($0)" } }
      for (name, tensor) in zip(names, network.parameters) {
        if let stop, stop.isRaised { throw Failure(.stopped, "writing `\(path)` was stopped") }
        file.arrays.append(
          tensor.withBuffer { NamedArray(name: name, shape: tensor.shape, floats: $0) })
      }
      if isForTorch {
        let listed = JSON.array(names.map { .text($0) })
        file.metadata["\(place)/\(arraysName)"] = listed.compact
      }
      let facts = network.facts.map { JSON.array([.text($0.name), .text($0.value)]) }
      file.metadata["\(place)/\(graphName)"] = network.graph.json.compact
      file.metadata["\(place)/\(factsName)"] = JSON.array(facts).compact
    }
    if let format {
      try file.write(to: path, format: format, stop: stop)
    } else {
      try file.write(to: path, stop: stop)
    }
  }

  // MARK: - Reading

  /// The networks in a file, of our layout or as PyTorch's state dictionaries.
  ///
  /// - Parameters:
  ///   - path: An HDF5, npz, safetensors or `torch.save` file, or `file.h5:/group`.
  ///   - inputShape: The shape of a sample for state dictionaries, which do not say it; nil for
  ///     one axis.
  /// - Throws: `fileNotFound`, `fileMalformed`, `unsupportedFormat`, `shapeMismatch` where arrays
  ///   do not fit together, `notFinite` where a weight is NaN or infinite.
  public static func read(
    _ path: String, inputShape: [Int]? = nil, stop: StopSignal = StopSignal()
  ) throws(Failure) -> [Network] {
    try networks(in: try ArrayFile.read(path, stop: stop), path, inputShape: inputShape, stop: stop)
  }

  /// The networks in a file that was read from `path`; otherwise as `read`.
  public static func networks(
    in file: ArrayFile, _ path: String, inputShape: [Int]? = nil, stop: StopSignal? = nil
  ) throws(Failure) -> [Network] {
    let networks: [Network]
    switch try FileKind.of(file.metadata, source: path) {
    case .networks: networks = try readOwn(file, source: path, stop: stop)
    case nil where file.metadata[graphName] != nil:
      // One network of ours, read by its place in an HDF5 file.
      networks = [try network(in: file, place: "", source: path, stop: stop)]
    case nil: networks = try StateDictionary.networks(in: file, path, inputShape: inputShape)
    case let other?: throw other.instead(of: "networks", source: path)
    }
    for (index, network) in networks.enumerated() {
      if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(path)` was stopped") }
      try checkFinite(network, index: index, of: networks.count, source: path)
    }
    return networks
  }

  private static func readOwn(
    _ file: ArrayFile, source: String, stop: StopSignal?
  ) throws(Failure) -> [Network] {
    var networks: [Network] = []
    var known: Set<String> = []
    while file.metadata["\(folder)/\(networks.count + 1)/\(graphName)"] != nil {
      let place = "\(folder)/\(networks.count + 1)/"
      let network = try network(in: file, place: place, source: source, stop: stop)
      known.formUnion(try names(of: network.graph, in: file, place: place, source: source))
      networks.append(network)
    }
    guard !networks.isEmpty else {
      throw Failure(.fileMalformed, "`\(source)` says to hold networks, and holds none")
    }
    if let extra = file.arrays.first(where: { !known.contains($0.name) }) {
      throw Failure(
        .fileMalformed, "`\(source)` holds `\(extra.name)`, which belongs to no network")
    }
    return networks
  }

  /// The names of a network's arrays in the file, in the order of its parameters.
  private static func names(
    of graph: Graph, in file: ArrayFile, place: String, source: String
  ) throws(Failure) -> [String] {
    guard let text = file.metadata[place + arraysName] else {
      return graph.parameters.map { place + $0.name }
    }
    let names = try JSON.read(Array(text.utf8), source: source).elements?.compactMap(\.text) ?? []
    guard names.count == graph.parameters.count, Set(names).count == names.count else {
      throw Failure(
        .fileMalformed,
        "`\(source)` names \(names.count) arrays of a network with \(graph.parameters.count)")
    }
    return names
  }

  private static func network(
    in file: ArrayFile, place: String, source: String, stop: StopSignal?
  ) throws(Failure) -> Network {
    let structure = Array((file.metadata[place + graphName] ?? "").utf8)
    let graph = try Graph(json: JSON.read(structure, source: source), source: source)
    var parameters: [Tensor] = []
    let names = try names(of: graph, in: file, place: place, source: source)
    for (declared, name) in zip(graph.parameters, names) {
      if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(source)` was stopped") }
      guard let array = file[name] else {
        throw Failure(.fileMalformed, "`\(source)` lacks `\(name)`")
      }
      guard array.shape == declared.shape else {
        throw Failure(
          .shapeMismatch,
          "`\(source)`: `\(array.name)` should be \(shapeText(declared.shape)), and is "
            + shapeText(array.shape))
      }
      parameters.append(Tensor(shape: array.shape, values: array.floats))
    }
    let facts = try facts(file.metadata[place + factsName], source: source)
    return try Network(graph: graph, parameters: parameters, facts: facts)
  }

  private static func facts(_ text: String?, source: String) throws(Failure) -> [Network.Fact] {
    guard let text else { return [] }
    let json = try JSON.read(Array(text.utf8), source: source)
    var facts: [Network.Fact] = []
    for element in json.elements ?? [] {
      guard let pair = element.elements, pair.count == 2, let name = pair[0].text,
        let value = pair[1].text
      else {
        throw Failure(.fileMalformed, "`\(source)` has facts that are no pairs of texts")
      }
      facts.append(Network.Fact(name, value))
    }
    return facts
  }

  private static func checkFinite(
    _ network: Network, index: Int, of count: Int, source: String
  ) throws(Failure) {
    for (declared, tensor) in zip(network.graph.parameters, network.parameters)
    where !tensor.isFinite {
      let place = count > 1 ? " network \(index + 1)" : ""
      throw Failure(
        .notFinite,
        "`\(source)`\(place): `\(declared.name)` holds a value that is not a finite number")
    }
  }
}
