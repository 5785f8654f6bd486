import Contract
import Kernel

/// Puts values together again from what a journal keeps of them.
struct KeptReader {
  /// The networks of the call's file.
  let networks: [Network]
  /// Gives a search's result what its call knows: the method, the networks before, the data.
  let result: (KeptResult) throws(Failure) -> ResultValue

  /// What is kept of a search's result.
  struct KeptResult {
    var outcome: SearchOutcome
    var start: [NetworkPermutation]?
    var seconds: Double
  }

  /// - Throws: `fileMalformed` where the record is none that this program writes.
  func content(_ json: JSON) throws(Failure) -> Content {
    let value = json["value"] ?? .null
    switch json["kind"]?.text {
    case "nothing": return .nothing
    case "int": return .integer(try value.need(\.integer))
    case "real":
      let measure = json["measure"]?.text.flatMap(Content.Measure.init) ?? .plain
      return .real(try value.need(\.bits), measure)
    case "text": return .text(try value.need(\.text))
    case "path": return .path(try value.need(\.text))
    case "symbol": return .symbol(try value.need(\.text))
    case "truth": return .yesNo(try value.need(\.truth))
    case "time": return .time(try value.need(\.bits))
    case "network": return .network(try networks(from: value.need(\.integer), 1)[0])
    case "networks":
      let count = try (json["count"] ?? .null).need(\.integer)
      return .networks(try networks(from: value.need(\.integer), count))
    case "curve": return .curve(try curve(value))
    case "barrier": return .barrier(try barrier(value))
    case "score":
      return .score(
        ScoreValue(
          try score(value), dataName: try (json["data"] ?? .null).need(\.text),
          ece: try json["ece"].map { json throws(Failure) in try json.need(\.bits) },
          metrics: try metrics(json["metrics"], count: 1).map {
            MetricFigure(traits: $0.traits, value: $0.values[0])
          }))
    case "table": return .table(try Table(kept: value))
    case "result": return .result(try result(keptResult(value)))
    default: throw JSON.notKept
    }
  }

  private func networks(from first: Int, _ count: Int) throws(Failure) -> [Network] {
    guard first >= 0, count >= 1, first <= networks.count, count <= networks.count - first else {
      throw JSON.notKept
    }
    return Array(networks[first..<first + count])
  }

  private func keptResult(_ json: JSON) throws(Failure) -> KeptResult {
    let status: SearchStatus
    if let reason = json["finished"]?.text {
      status = .finished(reason)
    } else {
      let partial = try (json["partial"] ?? .null).list(2)
      status = .partial(try partial[0].need(\.bits), try partial[1].need(\.text))
    }
    var outcome = SearchOutcome(
      permutations: try json["permutations"].map { json throws(Failure) in
        try [NetworkPermutation](kept: json)
      }, status: status)
    outcome.steps = try (json["steps"] ?? .null).need(\.integer)
    outcome.cost = try json["cost"].map { json throws(Failure) in try json.need(\.bits) }
    outcome.startCost = try json["start_cost"].map { json throws(Failure) in
      try json.need(\.bits)
    }
    outcome.notes = (json["notes"]?.elements ?? []).compactMap(\.text)
    outcome.trace = try (json["trace"]?.elements ?? []).map { point throws(Failure) in
      let parts = try point.list(3)
      return TracePoint(
        step: try parts[0].need(\.integer), seconds: try parts[1].need(\.bits),
        cost: try parts[2].need(\.bits))
    }
    outcome.figures = try (json["figures"]?.elements ?? []).map { figure throws(Failure) in
      let parts = try figure.list(2)
      return .init(try parts[0].need(\.text), try parts[1].need(\.bits))
    }
    if let learned = json["learned"] {
      let place = try learned.list(2)
      outcome.learnedNetworks = try networks(
        from: place[0].need(\.integer), place[1].need(\.integer))
    }
    if let average = json["average"] {
      outcome.average = try networks(from: average.need(\.integer), 1)[0]
    }
    return KeptResult(
      outcome: outcome,
      start: try json["start"].map { json throws(Failure) in
        try [NetworkPermutation](kept: json)
      }, seconds: try (json["seconds"] ?? .null).need(\.bits))
  }

  private func score(_ json: JSON) throws(Failure) -> Score {
    let parts = try json.list(3)
    return Score(
      loss: try parts[0].need(\.bits), errorCount: try parts[1].need(\.integer),
      count: try parts[2].need(\.integer))
  }

  private func curve(_ json: JSON) throws(Failure) -> Curve {
    let alphas = try (json["alphas"]?.elements ?? []).map { json throws(Failure) in
      try json.need(\.bits)
    }
    let scores = try (json["scores"]?.elements ?? []).map { json throws(Failure) in
      try score(json)
    }
    guard alphas.count >= 3, alphas.count == scores.count else { throw JSON.notKept }
    var curve = Curve(
      alphas: alphas, scores: scores, metrics: try metrics(json["metrics"], count: alphas.count),
      dataName: try (json["data"] ?? .null).need(\.text))
    curve.recalibration = try json["recalibration"].map { json throws(Failure) in
      guard let method = json["method"]?.text.flatMap(RecalibrationMethod.init) else {
        throw JSON.notKept
      }
      return CurveRecalibration(
        method: method, dataName: try (json["data"] ?? .null).need(\.text),
        scoresBefore: try (json["scores"] ?? .null).list(alphas.count).map { json throws(Failure) in
          try score(json)
        }, metricsBefore: try metrics(json["metrics"], count: alphas.count))
    }
    return curve
  }

  /// - Parameter count: How many values each has.
  private func metrics(_ json: JSON?, count: Int) throws(Failure) -> [MetricLine] {
    try (json?.elements ?? []).map { json throws(Failure) in
      MetricLine(
        MetricTraits(
          id: try (json["id"] ?? .null).need(\.text),
          isShare: try (json["share"] ?? .null).need(\.truth),
          isLowerBetter: try (json["lower"] ?? .null).need(\.truth)),
        values: try (json["values"] ?? .null).list(count).map { json throws(Failure) in
          try json.need(\.bits)
        })
    }
  }

  private func barrier(_ json: JSON) throws(Failure) -> BarrierValue {
    let pairs = try (json.elements ?? []).map { json throws(Failure) -> BarrierValue.Pair in
      guard let baseline = json["baseline"]?.text.flatMap(BarrierBaseline.init) else {
        throw JSON.notKept
      }
      return BarrierValue.Pair(
        try (json["first"] ?? .null).need(\.integer),
        try (json["second"] ?? .null).need(\.integer),
        Barrier(curve: try curve(json["curve"] ?? .null), baseline: baseline))
    }
    guard !pairs.isEmpty else { throw JSON.notKept }
    return BarrierValue(pairs: pairs)
  }
}

extension JSON {
  static let notKept = Failure(
    .fileMalformed, "a record of the journal is damaged or of another version of basin")

  /// A number of any kind, with those that JSON cannot express.
  var bits: Double? {
    switch self {
    case .real(let number): number
    case .integer(let number): Double(number)
    case .text("nan"): .nan
    case .text("inf"): .infinity
    case .text("-inf"): -.infinity
    default: nil
    }
  }

  fileprivate var truth: Bool? {
    if case .boolean(let answer) = self { answer } else { nil }
  }

  fileprivate func need<Part>(_ part: (JSON) -> Part?) throws(Failure) -> Part {
    guard let part = part(self) else { throw Self.notKept }
    return part
  }

  /// The elements, where there are so many.
  fileprivate func list(_ count: Int) throws(Failure) -> [JSON] {
    guard let elements, elements.count == count else { throw Self.notKept }
    return elements
  }
}

extension [NetworkPermutation] {
  fileprivate init(kept json: JSON) throws(Failure) {
    var permutations: [NetworkPermutation] = []
    for network in json.elements ?? [] {
      var groups: [Permutation] = []
      for group in network.elements ?? [] {
        guard let sources = group.integers, let permutation = Permutation(sources) else {
          throw JSON.notKept
        }
        groups.append(permutation)
      }
      permutations.append(NetworkPermutation(groups: groups))
    }
    self = permutations
  }
}

extension Table {
  fileprivate init(kept json: JSON) throws(Failure) {
    let columns = try (json["columns"]?.elements ?? []).map { json throws(Failure) -> Column in
      guard let name = json["name"]?.text, let kind = json["kind"]?.text.flatMap(Kind.init)
      else { throw JSON.notKept }
      return Column(
        name, kind, group: json["group"]?.text, unit: json["unit"]?.text,
        best: json["best"]?.text.flatMap(Best.init), isVariable: json["variable"]?.truth ?? false)
    }
    let rows = try (json["rows"]?.elements ?? []).map { row throws(Failure) -> [Cell] in
      try row.list(columns.count).map { json throws(Failure) in try Cell(kept: json) }
    }
    let baseline = json["baseline"]?.integers ?? []
    guard baseline.allSatisfy(rows.indices.contains) else { throw JSON.notKept }
    self.init(
      columns: columns, rows: rows, notes: (json["notes"]?.elements ?? []).compactMap(\.text),
      baselineRows: baseline)
    isPartial = json["partial"]?.truth ?? false
  }
}

extension Table.Cell {
  fileprivate init(kept json: JSON) throws(Failure) {
    switch json {
    case .null: self = .empty
    case .integer(let number): self = .integer(number)
    case .boolean(let answer): self = .yesNo(answer)
    case .array(let parts) where parts.count == 1: self = .text(try parts[0].need(\.text))
    default: self = .real(try json.need(\.bits))
    }
  }
}
