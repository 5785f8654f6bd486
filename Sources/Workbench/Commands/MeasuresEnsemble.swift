import Contract
import Kernel

extension Parameter {
  /// The bins of the expected calibration error.
  static let bins = Parameter(
    "bins", .integer(1...10_000), default: "15",
    help: "into how many bins of equal width confidences are counted for `ece`")
}

extension Command {
  /// Networks predicting together, in every way there is.
  static let ensemble = Command(
    "ensemble", .measure, "ensembles of networks and averages of their weights, side by side",
    details: """
      One row for each way to predict with the networks: single networks (their mean), the average \
      of their logits, of their probabilities, the majority vote, the average of their weights as \
      trained, and for each result of a search the average of the weights it leaves (of a learned \
      line or simplex its middle). `ece` is the expected calibration error (Guo et al. 2017), \
      `passes` how many forward passes one prediction takes. A vote that is tied goes to the class \
      among the tied with the larger mean probability; it has no probabilities and so no loss, and \
      its confidence is the share of the votes. Networks written one by one are one set, and each \
      list of networks is a set of its own; a result brings the networks it was given, if no other \
      of the results left them. Several sets share the rows: means, with the standard deviation \
      over the sets, or over the networks where networks stand alone. With `recalibrate=` every \
      average of weights stands there a second time, put right as the command of that name does. \
      `intervals=yes` adds 95% \
      intervals of the mean by Student's t, which take two disjoint sets or more.
      """,
    rest: Rest(.nets),
    keywords: [.data, .bins, .recalibrate, .calibrate, .intervals, .format],
    results: .kinds([.table]), stepName: "row",
    examples: [
      "ensemble a b data=test", "ensemble p data=test bins=10 as=md",
      "t = ensemble p data=test", "ensemble p data=test recalibrate=repair calibrate=train",
    ],
    examplePreparation: Examples.result,
    seeAlso: ["eval", "average", "compare", "search", "recalibrate"]
  ) { call throws(Failure) in
    var rows = try EnsembleRows(call)
    return [.table(try rows.table())]
  }
}

/// Collects what predicts, row by row.
private struct EnsembleRows {
  private let call: Invocation
  private let data: DataSet
  private let bins: Int
  private let asked: AskedRecalibration?
  private var sets: [[Network]] = []
  private var results: [ResultValue] = []
  private var chains = SearchChains([])
  private var done = 0

  /// The numbers of one row.
  private struct Row {
    var label: String
    var sets: [[Network]] = []
    var accuracies = SetFigures()
    var losses = SetFigures()
    var errors = SetFigures()
    var passes = 1

    mutating func add(_ scores: [PredictionScore], of set: [Network], passes: Int = 1) {
      sets.append(set)
      accuracies.append(scores.map(\.accuracy), unit: scores[0].count)
      let losses = scores.compactMap(\.loss)
      if !losses.isEmpty { self.losses.append(losses) }
      errors.append(scores.map(\.calibration.error))
      self.passes = max(self.passes, passes)
    }
  }

  init(_ call: Invocation) throws(Failure) {
    self.call = call
    data = call.data()
    bins = call.integer("bins")
    asked = try AskedRecalibration(call, measured: data)
    var loose: [Network] = []
    for value in call.rest { try add(value.content, &loose) }
    if !loose.isEmpty { add(set: loose, isFirst: true) }
    chains = SearchChains(results)
    for set in chains.givenSets { add(set: set) }
    guard !sets.isEmpty else {
      throw Failure(.missingArgument, "there are no networks to predict with")
    }
    for set in sets where set.count < 2 {
      throw .networkCount(set.count, expected: 2...Int.max, owner: "an ensemble")
    }
    for set in sets { try Network.checkAlike(set) }
  }

  private mutating func add(_ content: Content, _ loose: inout [Network]) throws(Failure) {
    switch content {
    case .network(let network): loose.append(network)
    case .networks(let networks): add(set: networks)
    case .result(let result): results.append(result)
    case .list(let values):
      let networks = values.flatMap { value -> [Network] in
        if case .network(let network) = value.content { [network] } else { [] }
      }
      guard networks.isEmpty || networks.count == values.count else {
        throw Failure(.wrongKind, "a list holds networks beside other values")
      }
      if !networks.isEmpty { return add(set: networks) }
      for value in values { try add(value.content, &loose) }
    default:
      throw Failure(
        .wrongKind, "`ensemble` takes networks and results; got \(content.described)")
    }
  }

  private mutating func add(set: [Network], isFirst: Bool = false) {
    guard !sets.contains(where: { $0.areSame(as: set) }) else { return }
    sets.insert(set, at: isFirst ? 0 : sets.count)
  }

  mutating func table() throws(Failure) -> Table {
    let together = try rowsOfTheSets()
    let rows = together + (try rowsOfTheSearches())
    let judged =
      call.flag("intervals")
      ? try IntervalNotes.judge(rows.map(\.label), rows.map(\.sets), stop: call.stop) : nil
    func columns(
      _ column: Table.Column, _ figures: (Row) -> SetFigures
    ) -> [Table.Part] {
      Table.columns(of: column, rows.map(figures), spread: true, intervals: judged?.has)
    }
    var parts: [Table.Part] = [(.init("method", .text), rows.map { .text($0.label) })]
    parts += columns(.init("accuracy", .share, group: data.name, best: .highest), \.accuracies)
    parts += columns(.init("loss", .real, group: data.name, best: .lowest), \.losses)
    parts += columns(.init("ece", .share, group: data.name, best: .lowest), \.errors)
    parts.append((.init("passes", .integer), rows.map { .integer($0.passes) }))
    let networks = sets.reduce(0) { $0 + $1.count }
    return Table(
      parts,
      notes: [
        Content.counted(networks, "network") + " in \(Content.counted(sets.count, "set"))",
        "ece: expected calibration error, \(Content.counted(bins, "bin"))",
      ] + (asked.map { ["recalibrated: \($0.words)"] } ?? []) + (judged?.notes ?? []))
  }

  /// What the networks as they were given predict, alone and together.
  private mutating func rowsOfTheSets() throws(Failure) -> [Row] {
    var single = Row(label: "single networks")
    var logits = Row(label: "average of logits")
    var probabilities = Row(label: "average of probabilities")
    var vote = Row(label: "majority vote")
    var average = Row(label: "weight average (as trained)")
    var recalibrated = Row(label: average.label + recalibratedWord)
    for set in sets {
      let scores = try Network.ensembleScores(
        of: set, on: data, bins: bins, pool: call.pool, stop: call.stop)
      single.add(scores.members, of: set)
      logits.add([scores.logits], of: set, passes: set.count)
      probabilities.add([scores.probabilities], of: set, passes: set.count)
      vote.add([scores.vote], of: set, passes: set.count)
      average.add([try score(Network.average(of: set))], of: set)
      if let asked { recalibrated.add([try score(asked.average(of: set))], of: set) }
      report()
    }
    return [single, logits, probabilities, vote, average] + (asked == nil ? [] : [recalibrated])
  }

  /// The average of the weights after each search.
  private mutating func rowsOfTheSearches() throws(Failure) -> [Row] {
    var names = MethodRows(chains)
    var rows: [Row] = []
    var recalibrated: [Row] = []
    for (number, result) in chains.results.enumerated() {
      let index = names.row(of: number)
      if index == rows.count {
        rows.append(Row(label: ""))
        recalibrated.append(Row(label: ""))
      }
      rows[index].add([try score(result.averageAsLeft)], of: result.networksBefore)
      if let asked {
        recalibrated[index].add(
          [try score(asked.average(of: result.networks))], of: result.networksBefore)
      }
      report()
    }
    for (index, label) in names.labels.enumerated() {
      rows[index].label = "weight average, \(label)"
      recalibrated[index].label = rows[index].label + recalibratedWord
    }
    guard asked != nil else { return rows }
    return zip(rows, recalibrated).flatMap { [$0, $1] }
  }

  /// What a row of recalibrated averages is called behind its name.
  private var recalibratedWord: String { asked.map { ", \($0.method.rawValue)" } ?? "" }

  private func score(_ network: Network) throws(Failure) -> PredictionScore {
    try network.predictionScore(on: data, bins: bins, pool: call.pool, stop: call.stop)
  }

  private mutating func report() {
    done += 1
    call.progress.report(ProgressReport(share: Double(done) / Double(sets.count + results.count)))
  }
}
