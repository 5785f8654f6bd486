import Kernel

/// The lines beside the nodes of a graph that show what reads what, as version control draws branches.
///
/// A node's output has a lane from its line to that of its last reader. The first node of a branch
/// opens a lane at the right of what it reads, and a sum closes all but the leftmost one:
///
///     ●     relu
///     ├─●   layer1.0.conv1
///     │ ●   layer1.0.bn1
///     ●─┘   layer1.0.add
struct GraphLanes {
  /// One text for each node, all of them equally wide; empty where no node is read twice.
  private(set) var lines: [String] = []
  /// For each lane the node whose output is still to be read.
  private var lanes: [Int?] = []

  init(_ graph: Graph) {
    var lastReaders = [Int](repeating: -1, count: graph.nodes.count)
    var isChain = true
    for (index, node) in graph.nodes.enumerated() {
      for input in node.inputs { lastReaders[input] = index }
      if index > 0, node.inputs != [index - 1] { isChain = false }
    }
    guard !isChain else { return }
    for (index, node) in graph.nodes.enumerated() {
      let marks = node.layer.hasArrays ? "●" : "○"
      lines.append(step(index, inputs: node.inputs, lastReaders, mark: marks))
    }
    let width = lines.map(\.count).max() ?? 0
    lines = lines.map { $0 + TextLayout.blanks(width - $0.count) }
  }

  private mutating func step(
    _ node: Int, inputs: [Int], _ lastReaders: [Int], mark: String
  ) -> String {
    let before = lanes
    let read = lanes.indices.filter { lanes[$0].map(inputs.contains) == true }
    let closing = read.filter { lanes[$0].map { lastReaders[$0] } == node }
    for lane in closing { lanes[lane] = nil }
    let rightmost = read.max() ?? -1
    // A branch begins at the right of what it reads, so that the stream goes straight on.
    let own =
      closing.min() ?? lanes.indices.first { $0 > rightmost && lanes[$0] == nil } ?? lanes.count
    if own == lanes.count { lanes.append(nil) }
    lanes[own] = lastReaders[node] > node ? node : nil
    let line = picture(own: own, read: read, before: before, mark: mark)
    while lanes.last == .some(nil) { lanes.removeLast() }
    return line
  }

  /// The line of a node in the lane `own`.
  private func picture(own: Int, read: [Int], before: [Int?], mark: String) -> String {
    let (first, last) = (min(own, read.min() ?? own), max(own, read.max() ?? own))
    var text = ""
    for lane in 0..<max(lanes.count, last + 1) {
      if lane > 0 { text += lane > first && lane <= last ? "─" : " " }
      if lane == own {
        text += mark
        continue
      }
      let comes = before.indices.contains(lane) && before[lane] != nil
      let goes = lanes.indices.contains(lane) && lanes[lane] != nil
      let isCrossed = lane > first && lane < last
      switch (comes, goes) {
      case (true, true):
        text += isCrossed ? "┼" : !read.contains(lane) ? "│" : lane == first ? "├" : "┤"
      case (true, false): text += isCrossed ? "┴" : lane == first ? "└" : "┘"
      case (false, _): text += isCrossed ? "─" : " "
      }
    }
    return text
  }
}

extension Layer {
  /// Whether it has arrays of its own.
  var hasArrays: Bool { makesUnits || isNormalization }

  /// What it is, with its sizes: `conv 3×3 /2 pad 1`.
  var words: String {
    switch self {
    case .input: "input"
    case .flatten: "flatten"
    case .linear: "linear"
    case .convolution(let convolution):
      Self.window("conv", convolution.kernel, convolution.stride, usual: 1, convolution.padding)
        + (convolution.groups > 1 ? " groups \(convolution.groups)" : "")
    case .relu: "relu"
    case .gelu: "gelu"
    case .dropout(let rate): "dropout \(NumberText.percent(rate))"
    case .maxPool(let window): Self.words("max pool", window)
    case .averagePool(let window): Self.words("mean pool", window)
    case .globalAveragePool: "mean of channels"
    case .add: "add"
    case .batchNorm: "batch norm"
    case .layerNorm: "layer norm"
    case .groupNorm(let groups, _): "group norm, \(groups) groups"
    }
  }

  private static func words(_ name: String, _ window: PoolingWindow) -> String {
    Self.window(name, window.size, window.stride, usual: window.size, window.padding)
  }

  /// - Parameter usual: The stride that goes without saying.
  private static func window(
    _ name: String, _ size: Int, _ stride: Int, usual: Int, _ padding: Int
  ) -> String {
    "\(name) \(size)×\(size)" + (stride == usual ? "" : " /\(stride)")
      + (padding == 0 ? "" : " pad \(padding)")
  }
}
