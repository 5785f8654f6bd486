import Contract
import Kernel

// Canonical bytes of every kind of value. Names of data, times and how a value came to be are
// not part of what it is and not hashed.
extension Content {
  /// The SHA-256 of the canonical bytes.
  func computeContentHash() -> ContentHash {
    var encoder = CanonicalEncoder()
    encode(into: &encoder)
    return encoder.finish()
  }

  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    switch self {
    case .nothing: encoder.nothing()
    case .integer(let value): encoder.integer(value)
    case .real(let value, _), .time(let value): encoder.real(value)
    case .text(let text), .path(let text), .symbol(let text): encoder.text(text)
    case .yesNo(let value): encoder.truth(value)
    case .list(let values):
      encoder.list(values.count)
      for value in values { value.content.encode(into: &encoder) }
    case .range(let bounds):
      encoder.record(kind: "range") {
        $0.field("lower", bounds.lower)
        $0.field("upper", bounds.upper)
      }
    case .network(let network): network.encode(into: &encoder)
    case .networks(let networks):
      encoder.list(networks.count)
      for network in networks { network.encode(into: &encoder) }
    case .data(let data): encoder.hash(data.contentHash)
    case .permutations(let permutations, _): Self.encode(permutations, into: &encoder)
    case .curve(let curve): curve.encode(into: &encoder)
    case .barrier(let barrier): barrier.encode(into: &encoder)
    case .score(let score):
      encoder.record(kind: "score") {
        score.score.encodeFields(into: &$0)
        if let ece = score.ece { $0.field("ece", ece) }
        for metric in score.metrics { $0.field("metric \(metric.traits.id)", metric.value) }
      }
    case .table(let table): table.encode(into: &encoder)
    case .method(let method):
      encoder.record(kind: "method") { method.encodeWhole(into: &$0) }
    case .result(let result): result.encode(into: &encoder)
    case .picture(let picture):
      encoder.record(kind: "picture") { $0.field("points", picture.csv) }
    }
  }

  fileprivate static func encode(
    _ permutations: [NetworkPermutation], into encoder: inout CanonicalEncoder
  ) {
    encoder.record(kind: "permutations") {
      $0.field("networks")
      $0.list(permutations.count)
      for permutation in permutations {
        $0.list(permutation.groups.count)
        for group in permutation.groups {
          $0.array(shape: [group.count], integers: group.sources)
        }
      }
    }
  }
}

extension Network {
  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    encoder.record(kind: "network") { encoder in
      encoder.field("input", graph.inputShape)
      encoder.field("layers")
      encoder.list(graph.nodes.count)
      for node in graph.nodes {
        encoder.record(kind: "layer") {
          $0.field("name", node.name)
          $0.field("type", node.layer.canonicalText)
          $0.field("inputs", node.inputs)
        }
      }
      encoder.field("parameters")
      encoder.list(parameters.count)
      for (declared, tensor) in zip(graph.parameters, parameters) {
        encoder.text(declared.name)
        tensor.withBuffer { encoder.array(shape: tensor.shape, floats: $0) }
      }
    }
  }
}

extension Layer {
  /// The layer as text that never changes.
  fileprivate var canonicalText: String {
    switch self {
    case .input: "input"
    case .flatten: "flatten"
    case .linear(let outputs): "linear \(outputs)"
    case .relu: "relu"
    case .convolution(let convolution):
      "conv2d \(convolution.outputs) kernel \(convolution.kernel) stride \(convolution.stride) "
        + "padding \(convolution.padding) groups \(convolution.groups)"
        + (convolution.hasBias ? "" : " no bias")
    case .maxPool(let window): "max_pool \(window.canonicalText)"
    case .averagePool(let window): "average_pool \(window.canonicalText)"
    case .gelu: "gelu"
    case .batchNorm(let epsilon): "batch_norm \(Content.digits(epsilon))"
    case .layerNorm(let epsilon): "layer_norm \(Content.digits(epsilon))"
    case .groupNorm(let groups, let epsilon): "group_norm \(groups) \(Content.digits(epsilon))"
    case .globalAveragePool: "global_average_pool"
    case .add: "add"
    case .dropout(let rate): "dropout \(Content.digits(rate))"
    }
  }
}

extension PoolingWindow {
  fileprivate var canonicalText: String {
    "\(size) stride \(stride)" + (padding > 0 ? " padding \(padding)" : "")
  }
}

extension Score {
  fileprivate func encodeFields(into encoder: inout CanonicalEncoder) {
    encoder.field("count", count)
    encoder.field("errors", errorCount)
    encoder.field("loss", loss)
  }
}

extension Curve {
  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    encoder.record(kind: "curve") { encoder in
      encoder.field("points")
      encoder.list(alphas.count)
      for (alpha, score) in zip(alphas, scores) {
        encoder.record(kind: "point") {
          $0.field("alpha", alpha)
          score.encodeFields(into: &$0)
        }
      }
      for line in metrics {
        encoder.field("metric \(line.traits.id)")
        encoder.list(line.values.count)
        for value in line.values { encoder.real(value) }
      }
      if let recalibration, let before {
        encoder.field("recalibrate", recalibration.method.rawValue)
        encoder.field("before")
        before.encode(into: &encoder)
      }
    }
  }
}

extension BarrierValue {
  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    encoder.record(kind: "barrier") { encoder in
      encoder.field("baseline", baseline.rawValue)
      encoder.field("pairs")
      encoder.list(pairs.count)
      for pair in pairs {
        encoder.record(kind: "pair") {
          $0.field("first", pair.first)
          $0.field("second", pair.second)
          $0.field("curve")
          pair.barrier.curve.encode(into: &$0)
        }
      }
    }
  }
}

extension Table {
  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    encoder.record(kind: "table") { encoder in
      encoder.field("columns")
      encoder.list(columns.count)
      for column in columns {
        encoder.record(kind: "column") {
          $0.field("name", column.name)
          $0.field("kind", column.kind.rawValue)
        }
      }
      encoder.field("rows")
      encoder.list(rows.count)
      for row in rows {
        encoder.list(row.count)
        for cell in row { cell.encode(into: &encoder) }
      }
    }
  }
}

extension Table.Cell {
  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    switch self {
    case .empty: encoder.nothing()
    case .text(let text): encoder.text(text)
    case .integer(let value): encoder.integer(value)
    case .real(let value): encoder.real(value)
    case .yesNo(let value): encoder.truth(value)
    }
  }
}

extension ConfiguredMethod {
  fileprivate func encodeFields(into encoder: inout CanonicalEncoder) {
    encoder.field("id", id)
    encoder.field("version", card.version)
    for given in given { encoder.field(given.name, given.text) }
  }

  /// The method as a value, with what was given for the search that it will stand in.
  ///
  /// A result has its own permutations and cost to show for that.
  fileprivate func encodeWhole(into encoder: inout CanonicalEncoder) {
    encodeFields(into: &encoder)
    // The text of a permutation is not the permutation.
    for given in given {
      guard case .permutations(let permutations)? = settings[given.name] else { continue }
      encoder.field(given.name)
      Content.encode(permutations, into: &encoder)
    }
    if let start = startMethod?.method {
      encoder.field("start method")
      encoder.record(kind: "method") { start.encodeWhole(into: &$0) }
    }
    for (name, value) in searchArguments.sorted(by: { $0.key < $1.key }) {
      encoder.field(name)
      value.content.encode(into: &encoder)
    }
  }
}

extension ResultValue {
  /// What was found, without the times it took.
  fileprivate func encode(into encoder: inout CanonicalEncoder) {
    encoder.record(kind: "result") { encoder in
      encoder.field("method")
      // However it was evaluated, what is found is the same.
      encoder.record(kind: "method") { method.definingResults.encodeFields(into: &$0) }
      encoder.field("networks")
      if let learned = outcome.learnedNetworks {
        encoder.list(learned.count)
        for network in learned { network.encode(into: &encoder) }
      } else {
        encoder.nothing()
      }
      if let average = outcome.average {
        encoder.field("average")
        average.encode(into: &encoder)
      }
      encoder.field("permutations")
      if let permutations {
        Content.encode(permutations, into: &encoder)
      } else {
        encoder.nothing()
      }
      encoder.field("cost")
      if let cost = outcome.cost { encoder.real(cost) } else { encoder.nothing() }
      encoder.field("steps", outcome.steps)
      encoder.field("partial", outcome.status.isPartial)
    }
  }
}
