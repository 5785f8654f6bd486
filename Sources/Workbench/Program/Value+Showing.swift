import Contract
import Kernel

// How values of every kind are shown: in one line, in full, and as JSON.
extension Value {
  /// One line for the answer to a command: `2 × mlp 784-512-10, 407 050 weights`.
  var summary: String {
    var text = content.summary
    if let partial, !text.contains("PARTIAL") {
      text += ", PARTIAL \(NumberText.percent((partial.share * 100).rounded() / 100))"
    }
    return text
  }

  /// The value in full, every line ending in a line feed.
  func rendered(as format: OutputFormat, width: Int, glyphs: Glyphs, style: Style) -> String {
    if format == .json { return json.pretty }
    if case .picture(let picture) = content {
      if format == .csv { return picture.csv }
      // 20 rows: the whole picture stands on a screen of 24 lines.
      let isPlain = format == .plain
      return CharacterPlot(
        columns: min(width, 100), rows: 20, glyphs: isPlain ? .ascii : glyphs,
        style: isPlain ? .plain : style
      ).rendered(picture)
    }
    if let table = format == .csv ? content.csvTable : content.fullTable {
      return table.rendered(
        as: TableFormat(rawValue: format.rawValue) ?? .table, width: width, glyphs: glyphs,
        style: style)
    }
    let text = format == .csv ? content.plainText ?? content.brief : content.brief
    return (format == .plain ? Glyphs.ascii : glyphs).shown(text) + "\n"
  }

  /// Kind, value and receipt.
  var json: JSON {
    var receipt: [JSON.Member] = [
      .init("sha256", .text(contentHash.hex)), .init("recipe", .text(provenance.recipe.hex)),
      .init("made_by", .text(provenance.text)),
    ]
    if let partial { receipt.append(.init("done", .number(partial.share))) }
    return .object([
      .init("kind", .text(kind.rawValue)), .init("value", content.json),
      .init("receipt", .object(receipt)),
    ])
  }
}

extension Content {
  /// One line that says what the value is.
  var summary: String {
    switch self {
    case .network(let network): "1 × " + Self.summary(of: network)
    case .networks(let networks):
      networks.first.map { "\(networks.count) × " + Self.summary(of: $0) } ?? "no networks"
    case .data(let data):
      "data \(NumberText.grouped(data.count)) × "
        + data.sampleShape.map(String.init).joined(separator: "×") + ", "
        + Self.counted(data.classCount, "class", "classes")
    case .barrier(let barrier): Self.summary(of: barrier)
    case .result(let result): Self.summary(of: result)
    case .integer(let value): NumberText.grouped(value)
    default: brief
    }
  }

  private static func summary(of network: Network) -> String {
    network.graph.architectureText + ", \(NumberText.grouped(network.graph.parameterCount)) weights"
  }

  private static func summary(of barrier: BarrierValue) -> String {
    let pair = barrier.pairs[0].barrier
    let grid = "\(barrier.pointCount) points"
    guard barrier.pairs.count == 1 else {
      let indirect =
        barrier.indirectMean(.error).map { ", indirect \(NumberText.points($0))" } ?? ""
      return "\(barrier.dataName): mean of \(barrier.pairs.count) pairs, error "
        + "\(NumberText.points(barrier.error))\(indirect)"
        + " · loss \(NumberText.real(barrier.loss))\(Content.barrier(barrier).metricText) (\(grid))"
        + barrier.recalibrationText
    }
    let places = [pair.error.alpha, pair.loss.alpha].map { NumberText.decimal($0, decimals: 3) }
    return "\(barrier.dataName): error \(NumberText.points(barrier.error)) at alpha \(places[0])"
      + " · loss \(NumberText.real(barrier.loss)) at \(places[1])\(metricPlaces(of: barrier))"
      + " (\(grid))\(barrier.recalibrationText)"
  }

  /// The barriers of plugins' metrics between two networks, with where they are.
  private static func metricPlaces(of barrier: BarrierValue) -> String {
    barrier.metrics.map { traits in
      let height = barrier.heights(of: traits.id)[0]
      return " · \(traits.id) \(traits.difference(height.height).brief) at "
        + NumberText.decimal(height.alpha, decimals: 3)
    }.joined()
  }

  private static func summary(of result: ResultValue) -> String {
    let count = result.networksBefore.count
    var text =
      (result.permutations == nil ? "networks learned" : "permutations")
      + (count == 2 ? "" : " for \(count) networks")
    if case .partial(let share, let reason) = result.outcome.status {
      text += ", PARTIAL \(NumberText.percent((share * 100).rounded() / 100)) (\(reason))"
    }
    guard let cost = result.outcome.cost else { return text }
    let after = brief(cost, result.costMeasure)
    let name = result.costWords
    guard let before = result.outcome.startCost else { return text + ", \(name) \(after)" }
    return text + ", \(name) \(brief(before, result.costMeasure)) -> \(after)"
  }

  /// The value as a table, where it is more than one line.
  var fullTable: Table? {
    switch self {
    case .table(let table): table
    case .curve(let curve): Self.table(of: curve)
    case .barrier(let barrier): barrier.pairTable
    case .score(let score): Self.table(of: score)
    case .result(let result): Self.table(of: result)
    case .data(let data): Self.table(of: data)
    case .network(let network): Self.table(of: network)
    case .list(let values): Self.table(of: values)
    case .permutations(let permutations, let layers): Self.table(of: permutations, layers)
    default: nil
    }
  }

  /// The table for programs: with every number, where the one for people leaves some out.
  var csvTable: Table? {
    guard case .permutations(let permutations, let layers) = self else { return fullTable }
    var rows: [[Table.Cell]] = []
    for (network, permutation) in permutations.enumerated() {
      for (layer, order) in zip(layers, permutation.groups) {
        for (place, source) in order.sources.enumerated() {
          rows.append(
            [.integer(network + 1), .text(layer.name), .integer(place), .integer(source)])
        }
      }
    }
    return Table(
      columns: [
        .init("network", .integer), .init("layer", .text), .init("place", .integer),
        .init("source", .integer),
      ], rows: rows)
  }

  private static func table(
    of permutations: [NetworkPermutation], _ layers: [PermutationFile.Group]
  ) -> Table {
    // 12: with the columns before them they fit on a line of 80.
    let most = 12
    var rows: [[Table.Cell]] = []
    for (network, permutation) in permutations.enumerated() {
      for (layer, order) in zip(layers, permutation.groups) {
        let first = order.sources.prefix(most).map(String.init).joined(separator: " ")
        rows.append([
          .integer(network + 1), .text(layer.name), .integer(order.count),
          .integer(order.sources.enumerated().count { $0 != $1 }),
          .text(first + (order.count > most ? " …" : "")),
        ])
      }
    }
    var notes = ["each place has the unit that was at this one, counted from 0 as in files"]
    if permutations.contains(where: { $0.groups.contains { $0.count > most } }) {
      notes.append("all of them: as=csv or as=json")
    }
    return Table(
      columns: [
        .init("network", .integer), .init("layer", .text), .init("units", .integer),
        .init("moved", .integer), .init("order", .text),
      ], rows: rows, notes: notes)
  }

  private static func table(of curve: Curve) -> Table {
    Table(
      columns: [
        .init("alpha", .real), .init("loss", .real, group: curve.dataName),
        .init("error", .share, group: curve.dataName),
      ] + curve.metrics.map { $0.traits.column(group: curve.dataName) }
        + (curve.recalibration.map { recalibration in
          let group = "before \(recalibration.method.rawValue)"
          return [
            .init("loss_before", .real, group: group), .init("error_before", .share, group: group),
          ]
        } ?? []),
      rows: curve.alphas.indices.map { point in
        let score = curve.scores[point]
        let before = curve.recalibration?.scoresBefore[point]
        return [.real(curve.alphas[point]), .real(score.loss), .real(score.error)]
          + curve.metrics.map { .real($0.values[point]) }
          + (before.map { [.real($0.loss), .real($0.error)] } ?? [])
      })
  }

  private static func table(of score: ScoreValue) -> Table {
    var table = Table(
      columns: [
        .init("data", .text), .init("samples", .integer), .init("loss", .real),
        .init("error", .share), .init("accuracy", .share),
      ],
      rows: [
        [
          .text(score.dataName), .integer(score.count), .real(score.loss), .real(score.error),
          .real(score.accuracy),
        ]
      ])
    if let ece = score.ece {
      table.columns.append(.init("ece", .share))
      table.rows[0].append(.real(ece))
    }
    table.columns += score.metrics.map { $0.traits.column() }
    table.rows[0] += score.metrics.map { .real($0.value) }
    return table
  }

  /// Two columns: what, and what about it.
  private static func facts(_ rows: [(String, String)], notes: [String] = []) -> Table {
    Table(
      columns: [.init("fact", .text), .init("value", .text)],
      rows: rows.map { [.text($0.0), .text($0.1)] }, notes: notes)
  }

  private static func table(of result: ResultValue) -> Table {
    var rows = [
      ("method", result.method.label), ("status", result.statusText),
      ("time", NumberText.duration(result.seconds)), ("steps", String(result.outcome.steps)),
    ]
    let name = result.costWords
    if let cost = result.outcome.startCost {
      rows.append(("\(name) before", brief(cost, result.costMeasure)))
    }
    if let cost = result.outcome.cost {
      rows.append(("\(name) after", brief(cost, result.costMeasure)))
    }
    for figure in result.outcome.figures {
      rows.append((figure.name, NumberText.real(figure.value)))
    }
    return facts(rows, notes: result.outcome.notes)
  }

  private static func table(of data: DataSet) -> Table {
    let counts = data.samplesPerClass
    return facts([
      ("name", data.name), ("from", data.source.text), ("samples", String(data.count)),
      ("shape", shapeText(data.sampleShape)), ("classes", String(data.classCount)),
      ("per class", "\(counts.min() ?? 0) to \(counts.max() ?? 0) samples"),
      ("normalized", data.normalization == nil ? "no" : "yes"),
      ("sha256", data.contentHash.hex),
    ])
  }

  private static func table(of network: Network) -> Table {
    Table(
      columns: [.init("array", .text), .init("shape", .text), .init("weights", .integer)],
      rows: network.graph.parameters.map {
        [.text($0.name), .text(shapeText($0.shape)), .integer($0.shape.reduce(1, *))]
      },
      notes: network.facts.map { "\($0.name) \($0.value)" })
  }

  /// A list of large values, one row each; short ones stand in a line.
  private static func table(of values: [Value]) -> Table? {
    guard values.contains(where: { $0.content.sourceText == nil }) else { return nil }
    return Table(
      columns: [.init("number", .integer), .init("kind", .text), .init("value", .text)],
      rows: values.enumerated().map {
        [.integer($0 + 1), .text($1.kind.rawValue), .text($1.content.summary)]
      })
  }

  /// What a barrier was before its points were recalibrated.
  private func recalibrationMembers(of barrier: BarrierValue) -> [JSON.Member] {
    guard let recalibration = barrier.recalibration, let before = barrier.before else { return [] }
    return [
      .init("recalibrate", .text(recalibration.method.rawValue)),
      .init("calibrate", .text(recalibration.dataName)),
      .init("error_before", .number(before.error)), .init("loss_before", .number(before.loss)),
    ]
  }

  /// The value itself; networks and data by what they are, never by all their numbers.
  var json: JSON {
    switch self {
    case .nothing: .null
    case .integer(let value): .integer(value)
    case .real(let value, _), .time(let value): .number(value)
    case .text(let text), .path(let text), .symbol(let text): .text(text)
    case .yesNo(let value): .boolean(value)
    case .range(let bounds): .array([.number(bounds.lower), .number(bounds.upper)])
    case .list(let values): .array(values.map(\.content.json))
    case .networks(let networks): .array(networks.map { Content.network($0).json })
    case .permutations(let permutations, _):
      .array(
        permutations.map { permutation in
          .array(permutation.groups.map { .array($0.sources.map { .integer($0) }) })
        })
    case .barrier(let barrier):
      .object(
        [
          .init("data", .text(barrier.dataName)), .init("error", .number(barrier.error)),
          .init("loss", .number(barrier.loss)), .init("points", .integer(barrier.pointCount)),
          .init("baseline", .text(barrier.baseline.rawValue)),
          .init("indirect_error", barrier.indirectMean(.error).map { .number($0) } ?? .null),
          .init("indirect_loss", barrier.indirectMean(.loss).map { .number($0) } ?? .null),
          .init("pairs", barrier.pairTable.json),
        ]
          + barrier.metrics.map {
            .init($0.id, .number(mean(barrier.heights(of: $0.id).map(\.height))))
          } + recalibrationMembers(of: barrier))
    case .method(let method): .text(method.fullLabel)
    case .table(let table): table.json
    case .result(let result): Self.json(of: result)
    case .picture(let picture): Self.json(of: picture)
    case .network, .data, .curve, .score: fullTable?.json ?? .null
    }
  }
}
