// Networks in files of arrays. Our own layout keeps structure, weights and facts bit for bit;
// PyTorch's state dictionaries are understood, too (`StateDictionary`).

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
  /// One network in a pt, safetensors or npz file is a state dictionary: its arrays lie in no folder and
  /// have PyTorch's names (`torchNames`), with the counts of batches that PyTorch has. So do several in a
  /// pt file, each in its folder.
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
    let format = format ?? ArrayFile.Format(ending: path)
    let isState = format == .pt || networks.count == 1 && (format == .safetensors || format == .npz)
    var file = ArrayFile()
    FileKind.networks.mark(&file.metadata)
    for (index, network) in networks.enumerated() {
      let place = "\(folder)/\(index + 1)"
      var names = isState ? network.torchNames : network.graph.parameters.map(\.name)
      if !isState || networks.count > 1 { names = names.map { "\(place)/\($0)" } }
      if isState {
        let listed = JSON.array(names.map { .text($0) })
        file.metadata["\(place)/\(arraysName)"] = listed.compact
      }
      try append(network, names, countsBatches: isState, to: &file, path, stop)
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

  private static func append(
    _ network: Network, _ names: [String], countsBatches: Bool, to file: inout ArrayFile,
    _ path: String, _ stop: StopSignal?
  ) throws(Failure) {
    var counts = network.batchCounts[...]
    for (index, declared) in network.graph.parameters.enumerated() {
      if let stop, stop.isRaised { throw Failure(.stopped, "writing `\(path)` was stopped") }
      let tensor = network.parameters[index]
      file.arrays.append(
        tensor.withBuffer { NamedArray(name: names[index], shape: tensor.shape, floats: $0) })
      if countsBatches, declared.role == .runningVariance, let count = counts.popFirst() {
        file.arrays.append(
          NamedArray(name: batchCountName(beside: names[index]), shape: [], integers: [count]))
      }
    }
  }

  /// The name of a normalization's count of batches, from that of its variance.
  private static func batchCountName(beside variance: String) -> String {
    "\(StateDictionary.parts(variance).layer).\(StateDictionary.batchCountRole)"
  }

  // MARK: - Reading

  /// The networks in a file, of our layout or as PyTorch's state dictionaries.
  ///
  /// - Parameters:
  ///   - path: An HDF5, npz, safetensors or `torch.save` file, or `file.h5:/group`.
  ///   - inputShape: The shape of a sample for state dictionaries, which do not say it; nil for
  ///     one axis, or what is usual where a network takes images of any size.
  ///   - architecture: What network a state dictionary is of, as far as names and shapes do not tell.
  ///   - map: How its arrays are called here.
  /// - Throws: `fileNotFound`, `fileMalformed`, `unsupportedFormat`, `shapeMismatch` where arrays
  ///   do not fit together, `notFinite` where a weight is NaN or infinite.
  public static func read(
    _ path: String, inputShape: [Int]? = nil, architecture: Architecture? = nil,
    map: NameMap? = nil, stop: StopSignal = StopSignal()
  ) throws(Failure) -> [Network] {
    try networks(
      in: try ArrayFile.read(path, stop: stop), path, inputShape: inputShape,
      architecture: architecture, map: map, stop: stop)
  }

  /// The networks in a file that was read from `path`; otherwise as `read`.
  public static func networks(
    in file: ArrayFile, _ path: String, inputShape: [Int]? = nil,
    architecture: Architecture? = nil, map: NameMap? = nil, stop: StopSignal? = nil
  ) throws(Failure) -> [Network] {
    let networks: [Network]
    let statement = StateDictionary.Statement(
      inputShape: inputShape, architecture: architecture, map: map)
    switch try FileKind.of(file.metadata, source: path) {
    case .networks:
      if architecture != nil || map != nil || inputShape != nil {
        throw Failure(
          .incompatible, "`\(path)` says what its networks are, and nothing is to be stated",
          notes: ["saved as PyTorch's .pt they can be stated otherwise"])
      }
      networks = try readOwn(file, source: path, stop: stop)
    case nil where file.metadata[graphName] != nil:
      // One network of ours, read by its place in an HDF5 file.
      networks = [try network(in: file, place: "", source: path, stop: stop)]
    case nil: networks = try StateDictionary.networks(in: file, path, statement: statement)
    case let other?: throw other.instead(of: "networks", source: path)
    }
    for (index, network) in networks.enumerated() {
      if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(path)` was stopped") }
      try checkNumbers(network, index: index, of: networks.count, source: path)
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
      let names = try names(of: network.graph, in: file, place: place, source: source)
      known.formUnion(names)
      for (declared, name) in zip(network.graph.parameters, names)
      where declared.role == .runningVariance {
        known.insert(batchCountName(beside: name))
      }
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

  private static func checkNumbers(
    _ network: Network, index: Int, of count: Int, source: String
  ) throws(Failure) {
    for (declared, tensor) in zip(network.graph.parameters, network.parameters) {
      let place = count > 1 ? " network \(index + 1)" : ""
      guard tensor.isFinite else {
        throw Failure(
          .notFinite,
          "`\(source)`\(place): `\(declared.name)` holds a value that is not a finite number")
      }
      if declared.role == .runningVariance, let least = tensor.values.min(), least < 0 {
        throw Failure(
          .fileMalformed,
          "`\(source)`\(place): `\(declared.name)` holds \(least), and no variance is negative")
      }
    }
  }
}
