import Contract
import Kernel

// Values as a journal keeps them: numbers, tables and results as JSON in the record itself, networks
// in a file beside it. What is not kept, such as data, is made again by its line.

/// The values of one call, taken apart for a journal.
struct KeptContent: Sendable {
  /// One per value.
  let json: [JSON]
  /// The networks that they hold, in the order of their numbers in `json`.
  let networks: [Network]

  /// - Returns: `nil` where one of the values is of a kind that is not kept.
  init?(_ contents: [Content]) {
    var networks: [Network] = []
    var json: [JSON] = []
    for content in contents {
      guard let kept = Self.json(of: content, &networks) else { return nil }
      json.append(kept)
    }
    self.json = json
    self.networks = networks
  }

  private static func json(of content: Content, _ networks: inout [Network]) -> JSON? {
    switch content {
    case .nothing: return kind("nothing")
    case .integer(let number): return kind("int", .integer(number))
    case .real(let number, let measure):
      return kind("real", .bits(number), [.init("measure", .text(measure.rawValue))])
    case .text(let text): return kind("text", .text(text))
    case .path(let path): return kind("path", .text(path))
    case .symbol(let word): return kind("symbol", .text(word))
    case .yesNo(let answer): return kind("truth", .boolean(answer))
    case .time(let seconds): return kind("time", .bits(seconds))
    case .network(let network):
      networks.append(network)
      return kind("network", .integer(networks.count - 1))
    case .networks(let several):
      networks += several
      return kind("networks", .integer(networks.count - several.count), count(several.count))
    case .curve(let curve): return kind("curve", curve.kept)
    case .barrier(let barrier): return kind("barrier", barrier.kept)
    case .score(let score):
      var more: [JSON.Member] = [.init("data", .text(score.dataName))]
      if let ece = score.ece { more.append(.init("ece", .bits(ece))) }
      if !score.metrics.isEmpty {
        let lines = score.metrics.map { MetricLine($0.traits, values: [$0.value]).kept }
        more.append(.init("metrics", .array(lines)))
      }
      return kind("score", score.score.kept, more)
    case .table(let table): return kind("table", table.kept)
    case .result(let result): return kind("result", Self.json(of: result, &networks))
    case .list, .range, .data, .method, .picture, .permutations: return nil
    }
  }

  /// A result without what its call gives again: the method, the networks before, the data.
  private static func json(of result: ResultValue, _ networks: inout [Network]) -> JSON {
    let outcome = result.outcome
    var members: [JSON.Member] = [
      .init("seconds", .bits(result.seconds)), .init("steps", .integer(outcome.steps)),
      .init("trace", .array(outcome.trace.map(\.kept))),
      .init("notes", .array(outcome.notes.map { .text($0) })),
      .init("figures", .array(outcome.figures.map { .array([.text($0.name), .bits($0.value)]) })),
    ]
    if let cost = outcome.cost { members.append(.init("cost", .bits(cost))) }
    if let cost = outcome.startCost { members.append(.init("start_cost", .bits(cost))) }
    switch outcome.status {
    case .finished(let reason): members.append(.init("finished", .text(reason)))
    case .partial(let share, let reason):
      members.append(.init("partial", .array([.bits(share), .text(reason)])))
    }
    if let permutations = outcome.permutations {
      members.append(.init("permutations", permutations.kept))
    }
    if let start = result.start { members.append(.init("start", start.kept)) }
    if let learned = outcome.learnedNetworks {
      members.append(.init("learned", .array([.integer(networks.count), .integer(learned.count)])))
      networks += learned
    }
    if let average = outcome.average {
      members.append(.init("average", .integer(networks.count)))
      networks.append(average)
    }
    return .object(members)
  }

  private static func kind(
    _ name: String, _ value: JSON = .null, _ more: [JSON.Member] = []
  ) -> JSON {
    .object([.init("kind", .text(name)), .init("value", value)] + more)
  }

  private static func count(_ count: Int) -> [JSON.Member] { [.init("count", .integer(count))] }
}

extension JSON {
  /// A number with all its bits; those that JSON cannot express stand as text.
  static func bits(_ number: Double) -> JSON {
    if number.isFinite { return .real(number) }
    return .text(number.isNaN ? "nan" : number > 0 ? "inf" : "-inf")
  }
}

extension TracePoint {
  fileprivate var kept: JSON { .array([.integer(step), .bits(seconds), .bits(cost)]) }
}

extension Score {
  fileprivate var kept: JSON { .array([.bits(loss), .integer(errorCount), .integer(count)]) }
}

extension Curve {
  fileprivate var kept: JSON {
    .object(
      [
        .init("alphas", .array(alphas.map { .bits($0) })),
        .init("scores", .array(scores.map(\.kept))), .init("data", .text(dataName)),
      ] + (metrics.isEmpty ? [] : [.init("metrics", .array(metrics.map(\.kept)))])
        + (recalibration.map { [.init("recalibration", $0.kept)] } ?? []))
  }
}

extension CurveRecalibration {
  fileprivate var kept: JSON {
    .object([
      .init("method", .text(method.rawValue)), .init("data", .text(dataName)),
      .init("scores", .array(scoresBefore.map(\.kept))),
      .init("metrics", .array(metricsBefore.map(\.kept))),
    ])
  }
}

extension MetricLine {
  fileprivate var kept: JSON {
    .object([
      .init("id", .text(traits.id)), .init("share", .boolean(traits.isShare)),
      .init("lower", .boolean(traits.isLowerBetter)),
      .init("values", .array(values.map { .bits($0) })),
    ])
  }
}

extension BarrierValue {
  fileprivate var kept: JSON {
    .array(
      pairs.map { pair in
        .object([
          .init("first", .integer(pair.first)), .init("second", .integer(pair.second)),
          .init("baseline", .text(pair.barrier.baseline.rawValue)),
          .init("curve", pair.barrier.curve.kept),
        ])
      })
  }
}

extension [NetworkPermutation] {
  fileprivate var kept: JSON {
    .array(
      map { permutation in
        .array(
          permutation.groups.map { group in
            .array(group.sources.map { .integer(Int($0)) })
          })
      })
  }
}

extension Table {
  fileprivate var kept: JSON {
    let columns = columns.map { column in
      var members: [JSON.Member] = [
        .init("name", .text(column.name)), .init("kind", .text(column.kind.rawValue)),
      ]
      if let group = column.group { members.append(.init("group", .text(group))) }
      if let unit = column.unit { members.append(.init("unit", .text(unit))) }
      if let best = column.best { members.append(.init("best", .text(best.rawValue))) }
      if column.isVariable { members.append(.init("variable", .boolean(true))) }
      return JSON.object(members)
    }
    return .object([
      .init("columns", .array(columns)),
      .init("rows", .array(rows.map { .array($0.map(\.kept)) })),
      .init("notes", .array(notes.map { .text($0) })),
      .init("baseline", .array(baselineRows.map { .integer($0) })),
      .init("partial", .boolean(isPartial)),
    ])
  }
}

extension Table.Cell {
  /// Texts stand in a list, so that they are not taken for numbers that JSON cannot express.
  fileprivate var kept: JSON {
    switch self {
    case .empty: .null
    case .text(let text): .array([.text(text)])
    case .integer(let number): .integer(number)
    case .real(let number): .bits(number)
    case .yesNo(let answer): .boolean(answer)
    }
  }
}
