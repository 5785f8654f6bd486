// A network's structure as JSON, as it stands in files; Documentation/formats.md describes it.

extension Graph {
  /// The structure as JSON: a list of nodes.
  public var json: JSON {
    .array(
      nodes.map { node in
        var members = [
          JSON.Member("name", .text(node.name)), JSON.Member("layer", .text(node.layer.fileName)),
        ]
        switch node.layer {
        case .input(let shape):
          members.append(JSON.Member("shape", .array(shape.map { .integer($0) })))
        case .linear(let outputs): members.append(JSON.Member("outputs", .integer(outputs)))
        case .convolution(let convolution):
          for (name, value) in [
            ("outputs", convolution.outputs), ("kernel", convolution.kernel),
            ("stride", convolution.stride), ("padding", convolution.padding),
            ("groups", convolution.groups),
          ] {
            members.append(JSON.Member(name, .integer(value)))
          }
          if !convolution.hasBias { members.append(JSON.Member("bias", .boolean(false))) }
        case .maxPool(let window), .averagePool(let window):
          members.append(JSON.Member("size", .integer(window.size)))
          members.append(JSON.Member("stride", .integer(window.stride)))
          if window.padding > 0 {
            members.append(JSON.Member("padding", .integer(window.padding)))
          }
        case .dropout(let rate): members.append(JSON.Member("rate", .real(rate)))
        case .batchNorm(let epsilon), .layerNorm(let epsilon):
          members.append(JSON.Member("epsilon", .real(epsilon)))
        case .groupNorm(let groups, let epsilon):
          members.append(JSON.Member("groups", .integer(groups)))
          members.append(JSON.Member("epsilon", .real(epsilon)))
        case .flatten, .relu, .gelu, .globalAveragePool, .add: break
        }
        members.append(JSON.Member("inputs", .array(node.inputs.map { .integer($0) })))
        return .object(members)
      })
  }

  /// The structure that a JSON text describes, checked so that it can be computed.
  ///
  /// - Throws: `fileMalformed` with the node at fault, `unsupportedFormat` for an unknown layer.
  init(json: JSON, source: String) throws(Failure) {
    func fault(_ what: String) -> Failure {
      Failure(.fileMalformed, "`\(source)` describes no network: \(what)")
    }
    guard let elements = json.elements, !elements.isEmpty else { throw fault("it has no nodes") }
    var nodes: [Node] = []
    var shapes: [[Int]] = []
    var names: Set<String> = []
    for (index, element) in elements.enumerated() {
      guard let name = element["name"]?.text, !name.isEmpty, names.insert(name).inserted,
        let inputs = element["inputs"]?.integers, inputs.allSatisfy({ 0..<index ~= $0 })
      else { throw fault("node \(index) lacks a name of its own or reads a later node") }
      let layer = try Layer(json: element, source: source, node: name)
      let isInput = if case .input = layer { true } else { false }
      guard isInput == (index == 0), inputs.count == layer.inputCount else {
        throw fault("node `\(name)` reads \(inputs.count) nodes")
      }
      guard let shape = layer.shape(after: inputs.map { shapes[$0] }) else {
        throw fault("node `\(name)` cannot follow the one that it reads")
      }
      shapes.append(shape)
      nodes.append(Node(name, layer, inputs: inputs))
    }
    guard shapes[nodes.count - 1].count == 1 else { throw fault("its last node gives no logits") }
    self.init(nodes: nodes)
    guard hasPossibleSizes else {
      throw Failure(
        .outOfMemory, "`\(source)` describes a network that no machine computes",
        notes: ["one sample would take more than \(Self.mostWork) numbers or multiplications"])
    }
  }
}

extension Layer {
  /// The kind of layer, as files name it.
  fileprivate var fileName: String {
    switch self {
    case .input: "input"
    case .flatten: "flatten"
    case .linear: "linear"
    case .convolution: "conv2d"
    case .maxPool: "max_pool"
    case .averagePool: "average_pool"
    case .globalAveragePool: "global_average_pool"
    case .add: "add"
    case .relu: "relu"
    case .gelu: "gelu"
    case .dropout: "dropout"
    case .batchNorm: "batch_norm"
    case .layerNorm: "layer_norm"
    case .groupNorm: "group_norm"
    }
  }

  fileprivate init(json: JSON, source: String, node: String) throws(Failure) {
    func fault(_ what: String) -> Failure {
      Failure(.fileMalformed, "`\(source)` describes no network: node `\(node)` \(what)")
    }
    func size(_ name: String, from least: Int = 1) throws(Failure) -> Int {
      guard let value = json[name]?.integer, least...Convolution.largestSize ~= value else {
        throw fault("has no \(name) from \(least) to \(Convolution.largestSize)")
      }
      return value
    }
    func window() throws(Failure) -> PoolingWindow {
      PoolingWindow(
        size: try size("size"), stride: try size("stride"),
        padding: json["padding"] == nil ? 0 : try size("padding", from: 0))
    }
    func epsilon() throws(Failure) -> Double {
      guard let value = json["epsilon"]?.number, value > 0, value <= 1 else {
        throw fault("has no epsilon above 0 and up to 1")
      }
      return value
    }
    guard let kind = json["layer"]?.text else { throw fault("has no layer") }
    switch kind {
    case "input":
      guard let shape = json["shape"]?.integers, !shape.isEmpty, shape.allSatisfy({ $0 > 0 }),
        ElementType.f32.byteCount(shape: shape) != nil
      else { throw fault("has no shape of samples") }
      self = .input(shape: shape)
    case "flatten": self = .flatten
    case "linear":
      guard let outputs = json["outputs"]?.integer, outputs > 0 else {
        throw fault("has no outputs")
      }
      self = .linear(outputs: outputs)
    case "conv2d":
      guard let outputs = json["outputs"]?.integer, outputs > 0 else {
        throw fault("has no outputs")
      }
      guard let groups = json["groups"]?.integer, groups > 0 else { throw fault("has no groups") }
      self = .convolution(
        Convolution(
          outputs: outputs, kernel: try size("kernel"), stride: try size("stride"),
          padding: try size("padding", from: 0), groups: groups,
          hasBias: json["bias"].map { $0 == .boolean(true) } ?? true))
    case "max_pool": self = .maxPool(try window())
    case "average_pool": self = .averagePool(try window())
    case "global_average_pool": self = .globalAveragePool
    case "add": self = .add
    case "relu": self = .relu
    case "gelu": self = .gelu
    case "batch_norm": self = .batchNorm(epsilon: try epsilon())
    case "layer_norm": self = .layerNorm(epsilon: try epsilon())
    case "group_norm": self = .groupNorm(groups: try size("groups"), epsilon: try epsilon())
    case "dropout":
      guard let rate = json["rate"]?.number, rate >= 0, rate < 1 else {
        throw fault("has no rate from 0 to below 1")
      }
      self = .dropout(rate: rate)
    default:
      throw Failure(
        .unsupportedFormat, "`\(source)` holds a network with a layer `\(kind)`",
        notes: [
          "known are linear, conv2d, relu, gelu, dropout, flatten, max_pool, average_pool, "
            + "global_average_pool, add, batch_norm, layer_norm and group_norm"
        ])
    }
  }
}
