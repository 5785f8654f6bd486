extension Network {
  /// The name of the fact that tells what the layers are called in the model of PyTorch's that the
  /// network is from: `net.0 net.2`.
  public static let torchLayersFact = "PyTorch layers"

  /// The names of its arrays in PyTorch, in the order of its parameters.
  ///
  /// Those of the model that it is from; else those of the `nn.Sequential` of its nodes, numbered from
  /// 0, where flattening is no module if a sample has one axis already.
  var torchNames: [String] {
    let arrays = graph.parameters.map { parameter in
      let parts = parameter.name.split(separator: ".")
      return (layer: parts.dropLast().joined(separator: "."), role: String(parts.last ?? ""))
    }
    var layers: [String] = []
    for array in arrays where !layers.contains(array.layer) { layers.append(array.layer) }
    let known = facts.last { $0.name == Self.torchLayersFact }?.value.split(separator: " ") ?? []
    let names =
      known.count == layers.count && Set(known).count == known.count
      ? known.map(String.init) : layers.map { sequentialName(ofLayer: $0) }
    let namesByLayer = Dictionary(uniqueKeysWithValues: zip(layers, names))
    return arrays.map { "\(namesByLayer[$0.layer] ?? $0.layer).\($0.role)" }
  }

  private func sequentialName(ofLayer layer: String) -> String {
    let isFlat = graph.inputShape.count == 1
    let modules = graph.nodes.filter { node in
      switch node.layer {
      case .input: false
      case .flatten: !isFlat
      default: true
      }
    }
    return modules.firstIndex { $0.name == layer }.map(String.init) ?? layer
  }

  /// What is told of a network whose layers are these arrays of a state dictionary.
  static func facts(
    ofWeights weights: [NamedArray], biases: [NamedArray], source: String
  ) -> [Fact] {
    // What DataParallel and torch.compile put before the names of the model itself.
    let wrappers = ["module.", "_orig_mod."]
    let layers = weights.map { weight in
      var name = weight.name.dropLast(".weight".count)
      if let slash = name.lastIndex(of: "/") { name = name[name.index(after: slash)...] }
      while let wrapper = wrappers.first(where: { name.hasPrefix($0) }) {
        name = name.dropFirst(wrapper.count)
      }
      return String(name)
    }
    var facts = [
      Fact("from", source), Fact(torchLayersFact, layers.joined(separator: " ")),
    ]
    let types = ElementType.allCases.filter { type in
      type != .f32 && (weights + biases).contains { $0.type == type }
    }
    if !types.isEmpty {
      let rounding = types.contains(.f64) ? ", rounded to f32" : ""
      facts.append(Fact("stored as", types.map(\.rawValue).joined(separator: " ") + rounding))
    }
    return facts
  }
}
