/// Where the outputs of a graph's nodes lie in memory while it runs, and their gradients.
struct WorkspaceLayout {
  /// What each node's output is called in memory: its own number, or that of the node it shares.
  private(set) var home: [Int]
  /// For each linear layer, convolution and batch normalization, whether a rectifier is done in the
  /// pass that ends it.
  private(set) var isRectified: [Bool]
  /// The rectifiers that are done by what they read.
  private(set) var isDone: [Bool]
  /// The rectifiers and dropouts that begin with a copy, since others read their input, too.
  private(set) var isCopy: [Bool]
  private let graph: Graph
  private let mode: Workspace.Mode
  private let level: ConvolutionLevel
  private let readers: [Int]

  /// - Parameter level: How convolutions are computed.
  init(
    _ graph: Graph, mode: Workspace.Mode = .evaluation,
    convolution level: ConvolutionLevel = NumericLevel.current.convolution
  ) {
    self.graph = graph
    self.mode = mode
    self.level = level
    let count = graph.nodes.count
    home = Array(0..<count)
    isRectified = [Bool](repeating: false, count: count)
    isDone = [Bool](repeating: false, count: count)
    isCopy = [Bool](repeating: false, count: count)
    var readers = [Int](repeating: 0, count: count)
    for node in graph.nodes { for input in node.inputs { readers[input] += 1 } }
    self.readers = readers
    for index in graph.nodes.indices.dropFirst() { place(index) }
  }

  /// How each convolution is computed; each belongs to one workspace.
  func convolutions() -> [(any ConvolutionKernel)?] {
    graph.nodes.enumerated().map { index, node in
      guard case .convolution(let convolution) = node.layer else { return nil }
      let place = PlacedConvolution(
        convolution: convolution, input: graph.shapes[node.inputs[0]],
        output: graph.shapes[index], hasBias: convolution.hasBias,
        rectifies: isRectified[index], passesGradient: home[node.inputs[0]] > 0)
      return place.kernel(at: level)
    }
  }

  private mutating func place(_ index: Int) {
    let node = graph.nodes[index]
    switch node.layer {
    case .flatten: home[index] = home[node.inputs[0]]
    case .batchNorm:
      // With running statistics nothing asks for what it reads once it is normalized.
      if mode == .evaluation, let shared = sharedHome(node.inputs[0]) { home[index] = shared }
    case .relu, .dropout:
      guard let shared = sharedHome(node.inputs[0]) else {
        isCopy[index] = true
        break
      }
      home[index] = shared
      guard node.layer == .relu else { break }
      switch graph.nodes[maker(of: node.inputs[0])].layer {
      case .linear, .convolution, .batchNorm:
        isRectified[maker(of: node.inputs[0])] = true
        isDone[index] = true
      default: break
      }
    case .input, .linear, .convolution, .gelu, .maxPool, .averagePool, .globalAveragePool, .add,
      .layerNorm, .groupNorm:
      break
    }
  }

  /// The memory of a node that nobody else reads, so that the next may work in it.
  ///
  /// Nothing for that of the network's input, which belongs to others.
  private func sharedHome(_ node: Int) -> Int? {
    home[node] > 0 && isReadOnce(node) ? home[node] : nil
  }

  private func isReadOnce(_ node: Int) -> Bool {
    guard readers[node] == 1 else { return false }
    if case .flatten = graph.nodes[node].layer { return isReadOnce(graph.nodes[node].inputs[0]) }
    return true
  }

  /// What gives a node's numbers, behind the flattening and the dropout, which a rectifier may as well
  /// come before.
  private func maker(of node: Int) -> Int {
    switch graph.nodes[node].layer {
    case .flatten, .dropout:
      isCopy[node] ? node : maker(of: graph.nodes[node].inputs[0])
    default: node
    }
  }

  func ownsMemory(_ node: Int) -> Bool { node > 0 && home[node] == node }

  /// The memory of gradients: for each node with memory of its own a place that others have before and
  /// after it, and the features of each place.
  ///
  /// A gradient is there from the first reader's backward pass until the node's own.
  func gradientPlaces() -> (places: [Int?], features: [Int]) {
    var places = [Int?](repeating: nil, count: graph.nodes.count)
    var features: [Int] = []
    var free: [Int] = []
    func take(_ home: Int) {
      guard home > 0, places[home] == nil else { return }
      let size = graph.featureCount(of: home)
      // The smallest that is large enough, or the largest made larger.
      let order = free.sorted { (features[$0], $0) < (features[$1], $1) }
      guard let place = order.first(where: { features[$0] >= size }) ?? order.last else {
        places[home] = features.count
        features.append(size)
        return
      }
      free.removeAll { $0 == place }
      features[place] = max(features[place], size)
      places[home] = place
    }
    for index in graph.nodes.indices.reversed() {
      take(home[index])
      for input in graph.nodes[index].inputs { take(home[input]) }
      if ownsMemory(index), let place = places[index] { free.append(place) }
    }
    return (places, features)
  }

  /// The numbers of scratch that all convolutions share.
  func scratchCount(of convolutions: [(any ConvolutionKernel)?], samples: Int) -> Int {
    convolutions.reduce(0) {
      max($0, $1?.scratchCount(samples: samples, training: mode == .training) ?? 0)
    }
  }

  /// The numbers that a sample has in all nodes with memory of their own.
  var featureCount: Int {
    graph.nodes.indices.filter { ownsMemory($0) }.reduce(0) { $0 + graph.featureCount(of: $1) }
  }

  /// The bytes of a workspace for so many samples.
  func byteCount(samples: Int) -> Int {
    var features = featureCount
    if mode == .training {
      features += gradientPlaces().features.reduce(0, +)
      for (index, node) in graph.nodes.enumerated() {
        if case .dropout = node.layer { features += graph.featureCount(of: index) }
      }
    }
    let normalizations = graph.nodes.enumerated().reduce(0) {
      $0
        + NormalizationPass.numberCount(
          $1.element.layer, shape: graph.shapes[$1.offset], capacity: samples)
    }
    return MemoryLayout<Float>.stride
      * (samples * features + normalizations
        + scratchCount(of: convolutions(), samples: samples))
  }
}
