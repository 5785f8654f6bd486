/// Where the outputs of a graph's nodes lie in memory while it runs.
struct WorkspaceLayout {
  /// What each node's output is called in memory: its own number, or that of the node it shares.
  private(set) var home: [Int]
  /// For each linear layer and convolution, whether a rectifier is done in the pass of its bias.
  private(set) var isRectified: [Bool]
  /// The rectifiers and dropouts that begin with a copy, since others read their input, too.
  private(set) var isCopy: [Bool]
  /// How each convolution is computed; each belongs to one workspace.
  private(set) var convolutions: [(any ConvolutionKernel)?] = []
  private let graph: Graph

  init(_ graph: Graph, convolution level: ConvolutionLevel = NumericLevel.current.convolution) {
    self.graph = graph
    let count = graph.nodes.count
    home = Array(0..<count)
    isRectified = [Bool](repeating: false, count: count)
    isCopy = [Bool](repeating: false, count: count)
    var readers = [Int](repeating: 0, count: count)
    for node in graph.nodes { for input in node.inputs { readers[input] += 1 } }
    // Whether nobody else reads what stands in a node's memory.
    func isReadOnce(_ node: Int) -> Bool {
      guard readers[node] == 1 else { return false }
      if case .flatten = graph.nodes[node].layer { return isReadOnce(graph.nodes[node].inputs[0]) }
      return true
    }
    for (index, node) in graph.nodes.enumerated() {
      switch node.layer {
      case .flatten: home[index] = home[node.inputs[0]]
      case .relu, .dropout:
        let source = home[node.inputs[0]]
        // The network's input belongs to others.
        guard source > 0, isReadOnce(node.inputs[0]) else {
          isCopy[index] = true
          break
        }
        home[index] = source
        guard node.layer == .relu else { break }
        switch graph.nodes[source].layer {
        case .linear, .convolution: isRectified[source] = true
        default: break
        }
      case .input, .linear, .convolution, .maxPool, .averagePool, .globalAveragePool, .add: break
      }
    }
    convolutions = graph.nodes.enumerated().map { index, node in
      guard case .convolution(let convolution) = node.layer else { return nil }
      let place = PlacedConvolution(
        convolution: convolution, input: graph.shapes[node.inputs[0]],
        output: graph.shapes[index], hasBias: true, rectifies: isRectified[index],
        passesGradient: home[node.inputs[0]] > 0)
      return place.kernel(at: level)
    }
  }

  func ownsMemory(_ node: Int) -> Bool { node > 0 && home[node] == node }

  /// The numbers of scratch that all convolutions share.
  func scratchCount(samples: Int, training: Bool) -> Int {
    convolutions.reduce(0) {
      max($0, $1?.scratchCount(samples: samples, training: training) ?? 0)
    }
  }

  /// The bytes of a workspace for so many samples.
  func byteCount(samples: Int, training: Bool) -> Int {
    let features = graph.nodes.indices.filter { ownsMemory($0) }
      .reduce(0) { $0 + graph.featureCount(of: $1) }
    return MemoryLayout<Float>.stride
      * (samples * features * (training ? 2 : 1)
        + scratchCount(samples: samples, training: training))
  }
}
