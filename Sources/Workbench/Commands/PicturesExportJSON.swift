import Contract
import Kernel

extension Value {
  /// The value with all digits, its kind, and its receipt: the hash and the text that makes it.
  var exportJSON: JSONText {
    .object([
      .init("kind", .text(kind.rawValue)), .init("value", content.exportJSON),
      .init(
        "receipt",
        .object([
          .init("sha256", .text(contentHash.hex)),
          .init("recipe", .text(provenance.recipe.hex)),
          .init("partial", partial.map { .real($0.share) } ?? .null),
        ])),
    ])
  }
}

extension Content {
  /// Shares are of one, times are seconds; large arrays are named by hash and shape.
  var exportJSON: JSONText {
    switch self {
    case .nothing: .null
    case .integer(let value): .integer(value)
    case .real(let value, _), .time(let value): .real(value)
    case .text(let text), .path(let text), .symbol(let text): .text(text)
    case .yesNo(let value): .yesNo(value)
    case .list(let values): .list(values.map(\.content.exportJSON))
    case .range(let bounds): .list([.real(bounds.lower), .real(bounds.upper)])
    case .network(let network): Self.json(network)
    case .networks(let networks): .list(networks.map(Self.json))
    case .data(let data): Self.json(data)
    case .permutations(let permutations): Self.json(permutations)
    case .curve(let curve): Self.json(curve)
    case .barrier(let barrier): Self.json(barrier)
    case .score(let score): Self.json(score)
    case .table(let table): table.json
    case .method(let method): .text(method.label)
    case .result(let result): Self.json(result)
    case .picture(let picture): Self.json(picture)
    }
  }

  private static func json(_ network: Network) -> JSONText {
    .object([
      .init("widths", .list(network.graph.widths.map { .integer($0) })),
      .init("weights", .integer(network.graph.parameterCount)),
      .init("sha256", .text(Content.network(network).computeContentHash().hex)),
      .init("facts", .object(network.facts.map { .init($0.name, .text($0.value)) })),
    ])
  }

  private static func json(_ data: DataSet) -> JSONText {
    .object([
      .init("name", .text(data.name)), .init("count", .integer(data.count)),
      .init("shape", .list(data.sampleShape.map { .integer($0) })),
      .init("classes", .integer(data.classCount)), .init("sha256", .text(data.contentHash.hex)),
    ])
  }

  /// For each network and group of units, the unit that goes to each position, from 0.
  private static func json(_ permutations: [NetworkPermutation]) -> JSONText {
    .list(
      permutations.map { permutation in
        .list(permutation.groups.map { .list($0.sources.map { .integer($0) }) })
      })
  }

  private static func json(_ curve: Curve) -> JSONText {
    .object([
      .init("data", .text(curve.dataName)), .init("alpha", .list(curve.alphas.map { .real($0) })),
      .init("loss", .list(curve.scores.map { .real($0.loss) })),
      .init("error", .list(curve.scores.map { .real($0.error) })),
    ])
  }

  private static func json(_ barrier: BarrierValue) -> JSONText {
    func height(_ height: BarrierHeight) -> JSONText {
      .object([.init("height", .real(height.height)), .init("alpha", .real(height.alpha))])
    }
    return .object([
      .init("data", .text(barrier.dataName)), .init("points", .integer(barrier.pointCount)),
      .init("baseline", .text(barrier.baseline.rawValue)), .init("error", .real(barrier.error)),
      .init("loss", .real(barrier.loss)),
      .init(
        "pairs",
        .list(
          barrier.pairs.map { pair in
            .object([
              .init("first", .integer(pair.first)), .init("second", .integer(pair.second)),
              .init("error", height(pair.barrier.error)), .init("loss", height(pair.barrier.loss)),
              .init("curve", json(pair.barrier.curve)),
            ])
          })),
    ])
  }

  private static func json(_ score: ScoreValue) -> JSONText {
    .object([
      .init("data", .text(score.dataName)), .init("count", .integer(score.count)),
      .init("loss", .real(score.loss)), .init("error", .real(score.error)),
      .init("accuracy", .real(score.accuracy)),
    ])
  }

  private static func json(_ result: ResultValue) -> JSONText {
    .object([
      .init("method", .text(result.method.label)),
      .init("version", .text(result.method.card.version)),
      .init("status", .text(result.statusText)),
      .init("cost", result.outcome.cost.map { .real($0) } ?? .null),
      .init("start_cost", result.outcome.startCost.map { .real($0) } ?? .null),
      .init("cost_name", .text(result.method.card.costName)),
      .init("steps", .integer(result.outcome.steps)), .init("seconds", .real(result.seconds)),
      .init("figures", .object(result.outcome.figures.map { .init($0.name, .real($0.value)) })),
      .init("trace", result.trace.json),
      .init("permutations", result.permutations.map(json) ?? .null),
    ])
  }

  private static func json(_ picture: Picture) -> JSONText {
    .object([
      .init("title", .text(picture.title)), .init("x", .text(picture.x.heading)),
      .init("y", .text(picture.y.heading)),
      .init(
        "series",
        .list(
          picture.series.map { series in
            .object([
              .init("name", .text(series.name)), .init("x", .list(series.points.map { .real($0.x) })),
              .init("y", .list(series.points.map { .real($0.y) })),
            ])
          })),
    ])
  }
}
