import Contract
import Kernel

/// A part of a value: `p.networks`, `b.error`.
struct Member: Sendable {
  let owner: ValueKind
  let name: String
  /// The kind it has, or `nil` where that depends on the value.
  let kind: ValueKind?
  /// One line of help, without a full stop.
  let help: String
  let get: @Sendable (Content) throws(Failure) -> Content

  /// Every part of every kind, in the order of help.
  static let all: [Member] =
    networkMembers + dataMembers + measureMembers + resultMembers + otherMembers

  /// The parts of one kind.
  static func members(of kind: ValueKind) -> [Member] { all.filter { $0.owner == kind } }

  /// The part of a kind, or `nil`.
  static func member(_ name: String, of kind: ValueKind) -> Member? {
    all.first { $0.owner == kind && $0.name == name }
  }
}

extension Content {
  /// A part of the value by its name; the columns of a table are its parts, too.
  func member(_ name: String) throws(Failure) -> Content {
    if case .table(let table) = self, let column = table.column(named: name) {
      return .list(
        table.rows.indices.map { row in
          let content = table.content(row: row, column: column)
          return Value(content, .typed(content.sourceText ?? "nothing"))
        })
    }
    if let member = Member.member(name, of: kind) { return try member.get(self) }
    if let part = metricParts.first(where: { $0.name == name }) { return part.content }
    throw Self.unknownMember(name, of: kind, names: memberNames)
  }

  /// The names of the parts of this value.
  var memberNames: [String] {
    var names = Member.members(of: kind).map(\.name)
    if case .table(let table) = self { names += table.columns.map(\.name) }
    return names + metricParts.map(\.name)
  }

  /// The failure for a part that is not there.
  static func unknownMember(_ name: String, of kind: ValueKind, names: [String]) -> Failure {
    var notes: [String] = []
    if let near = nearest(name, among: names) { notes.append("did you mean `\(near)`?") }
    notes.append(
      names.isEmpty
        ? "\(kind.article) has no parts"
        : "it has " + names.map { "`\($0)`" }.joined(separator: " "))
    return Failure(.unknownMember, "\(kind.article) has no part `\(name)`", notes: notes)
  }
}

extension ValueKind {
  /// The kind with its article: `a network`, `an int`.
  var article: String {
    switch self {
    case .integer: "an int"
    case .real: "a real number"
    case .text: "a text"
    case .path: "a path"
    case .time: "a time"
    case .list: "a list"
    case .range: "a range"
    case .symbol: "a word"
    case .yesNo: "yes or no"
    case .network: "a network"
    case .networks: "networks"
    case .data: "data"
    case .permutations: "permutations"
    case .subspace: "a subspace"
    case .curve: "a curve"
    case .barrier: "a barrier"
    case .score: "a score"
    case .table: "a table"
    case .method: "a method"
    case .result: "a result"
    case .picture: "a picture"
    case .nothing: "nothing"
    }
  }
}

// MARK: - The parts

/// A part made by reading one case of a content.
private func part<Owner>(
  _ owner: ValueKind, _ name: String, _ kind: ValueKind?, _ help: String,
  of take: @escaping @Sendable (Content) -> Owner?,
  _ get: @escaping @Sendable (Owner) throws(Failure) -> Content
) -> Member {
  Member(owner: owner, name: name, kind: kind, help: help) { content throws(Failure) in
    guard let value = take(content) else {
      preconditionFailure("the part `\(name)` was asked of \(content.kind.article)")
    }
    return try get(value)
  }
}

private let ofNetwork: @Sendable (Content) -> Network? = {
  if case .network(let value) = $0 { value } else { nil }
}
private let ofNetworks: @Sendable (Content) -> [Network]? = {
  if case .networks(let value) = $0 { value } else { nil }
}
private let ofData: @Sendable (Content) -> DataSet? = {
  if case .data(let value) = $0 { value } else { nil }
}
private let ofCurve: @Sendable (Content) -> Curve? = {
  if case .curve(let value) = $0 { value } else { nil }
}
private let ofBarrier: @Sendable (Content) -> BarrierValue? = {
  if case .barrier(let value) = $0 { value } else { nil }
}
private let ofScore: @Sendable (Content) -> ScoreValue? = {
  if case .score(let value) = $0 { value } else { nil }
}
private let ofResult: @Sendable (Content) -> ResultValue? = {
  if case .result(let value) = $0 { value } else { nil }
}
private let ofTable: @Sendable (Content) -> Table? = {
  if case .table(let value) = $0 { value } else { nil }
}
private let ofList: @Sendable (Content) -> [Value]? = {
  if case .list(let value) = $0 { value } else { nil }
}
private let ofPermutations: @Sendable (Content) -> [NetworkPermutation]? = {
  if case .permutations(let value, _) = $0 { value } else { nil }
}
private let ofMethod: @Sendable (Content) -> ConfiguredMethod? = {
  if case .method(let value) = $0 { value } else { nil }
}

/// A list of numbers as a value.
private func numbers(_ values: [Double], _ content: (Double) -> Content) -> Content {
  .list(
    values.map { value in
      Value(content(value), .typed(content(value).sourceText ?? "nothing"))
    })
}

private let networkMembers: [Member] = [
  part(.network, "weights", .integer, "how many weights and biases", of: ofNetwork) {
    .integer($0.graph.parameterCount)
  },
  part(.network, "widths", .text, "the widths of the layers", of: ofNetwork) {
    .text($0.graph.widthsText)
  },
  part(.network, "layers", .table, "what each layer is, and what it gives", of: ofNetwork) {
    .table(GraphDrawing($0.graph).table)
  },
  part(.network, "facts", .table, "how it was made, as its file keeps it", of: ofNetwork) {
    .table(
      Table(
        columns: [.init("name", .text), .init("value", .text)],
        rows: $0.facts.map { [.text($0.name), .text($0.value)] }))
  },
  part(.networks, "count", .integer, "how many networks", of: ofNetworks) { .integer($0.count) },
]

private let dataMembers: [Member] = [
  part(.data, "count", .integer, "how many samples", of: ofData) { .integer($0.count) },
  part(.data, "classes", .integer, "how many classes", of: ofData) { .integer($0.classCount) },
  part(.data, "shape", .text, "the shape of one sample", of: ofData) {
    .text(shapeText($0.sampleShape))
  },
  part(.data, "name", .text, "what it is called", of: ofData) { .text($0.name) },
]

/// What a curve or a barrier was before it was recalibrated.
private func recalibrated<Owner>(_ before: Owner?, _ kind: String) throws(Failure) -> Owner {
  if let before { return before }
  throw Failure(
    .unknownMember, "this \(kind) was measured without `recalibrate=`, and has nothing before it")
}

/// A figure that takes more than two networks.
private func several(_ value: Double?) throws(Failure) -> Double {
  if let value { return value }
  throw Failure(
    .unknownMember, "this barrier is between two networks, and that takes three or more")
}

private let measureMembers: [Member] = [
  part(.curve, "alpha", .list, "the weight of the first network at each point", of: ofCurve) {
    numbers($0.alphas) { .real($0) }
  },
  part(.curve, "loss", .list, "the loss at each point", of: ofCurve) {
    numbers($0.scores.map(\.loss)) { .real($0) }
  },
  part(.curve, "error", .list, "the error at each point", of: ofCurve) {
    numbers($0.scores.map(\.error)) { .share($0) }
  },
  part(.curve, "count", .integer, "how many points", of: ofCurve) { .integer($0.alphas.count) },
  part(.curve, "before", .curve, "the curve before `recalibrate=`", of: ofCurve) {
    curve throws(Failure) in .curve(try recalibrated(curve.before, "curve"))
  },
  part(.barrier, "before", .barrier, "the barrier before `recalibrate=`", of: ofBarrier) {
    barrier throws(Failure) in .barrier(try recalibrated(barrier.before, "barrier"))
  },
  part(.barrier, "error", .real, "the barrier in error, a mean over pairs", of: ofBarrier) {
    .points($0.error)
  },
  part(.barrier, "loss", .real, "the barrier in loss, a mean over pairs", of: ofBarrier) {
    .real($0.loss)
  },
  part(.barrier, "error_alpha", .real, "where the error's barrier is reached", of: ofBarrier) {
    .real($0.pairs[0].barrier.error.alpha)
  },
  part(.barrier, "loss_alpha", .real, "where the loss's barrier is reached", of: ofBarrier) {
    .real($0.pairs[0].barrier.loss.alpha)
  },
  part(.barrier, "curve", .curve, "the whole line of the first pair", of: ofBarrier) {
    .curve($0.pairs[0].barrier.curve)
  },
  part(.barrier, "points", .integer, "how many points the grid has", of: ofBarrier) {
    .integer($0.pointCount)
  },
  part(.barrier, "pairs", .table, "one row for each pair of networks", of: ofBarrier) {
    .table($0.pairTable)
  },
  part(
    .barrier, "error_spread", .real, "the standard deviation over pairs, in error", of: ofBarrier
  ) { barrier throws(Failure) in .points(try several(barrier.spread(of: .error))) },
  part(
    .barrier, "loss_spread", .real, "the standard deviation over pairs, in loss", of: ofBarrier
  ) { barrier throws(Failure) in .real(try several(barrier.spread(of: .loss))) },
  part(
    .barrier, "indirect", .real,
    "the lowest by way of a third network, in error, a mean over pairs",
    of: ofBarrier
  ) { barrier throws(Failure) in .points(try several(barrier.indirectMean(.error))) },
  part(
    .barrier, "indirect_loss", .real,
    "the lowest by way of a third network, in loss, a mean over pairs", of: ofBarrier
  ) { barrier throws(Failure) in .real(try several(barrier.indirectMean(.loss))) },
  part(.score, "error", .real, "the share classified wrongly", of: ofScore) { .share($0.error) },
  part(.score, "accuracy", .real, "the share classified rightly", of: ofScore) {
    .share($0.accuracy)
  },
  part(.score, "loss", .real, "the mean cross-entropy", of: ofScore) { .real($0.loss) },
  part(
    .score, "ece", .real, "the expected calibration error, where `bins=` asked for it", of: ofScore
  ) { score throws(Failure) in
    guard let ece = score.ece else {
      throw Failure(
        .unknownMember, "this score has no calibration error",
        notes: ["`eval NET data=… bins=15` measures it"])
    }
    return .share(ece)
  },
  part(.score, "count", .integer, "how many samples were scored", of: ofScore) {
    .integer($0.count)
  },
]

private let resultMembers: [Member] = [
  part(.result, "networks", .networks, "the networks as the search leaves them", of: ofResult) {
    .networks($0.networks)
  },
  part(.result, "permutations", .permutations, "one per network", of: ofResult) {
    result throws(Failure) in
    guard let permutations = result.permutations else {
      throw Failure(.unknownMember, "`\(result.method.id)` learns weights and has no permutations")
    }
    return .permutations(permutations, layers: result.layers)
  },
  part(.result, "average", .network, "the average of the networks", of: ofResult) {
    .network($0.average)
  },
  part(.result, "cost", .real, "the cost of what was found", of: ofResult) {
    result in
    // A method that looks at nothing has none: an empty cell in a table of several methods.
    result.outcome.cost.map { .real($0, result.costMeasure) } ?? .nothing
  },
  part(.result, "trace", .table, "the best cost against steps and seconds", of: ofResult) {
    .table($0.trace)
  },
  part(.result, "status", .text, "finished or partial, and why it ended", of: ofResult) {
    .text($0.statusText)
  },
  part(.result, "time", .time, "how long it took", of: ofResult) { .time($0.seconds) },
  part(.result, "steps", .integer, "moves or passes made", of: ofResult) {
    .integer($0.outcome.steps)
  },
  part(.result, "method", .method, "the method with its settings", of: ofResult) {
    .method($0.method)
  },
]

private let otherMembers: [Member] = [
  part(.permutations, "count", .integer, "how many networks", of: ofPermutations) {
    .integer($0.count)
  },
  Member(
    owner: .permutations, name: "cycles", kind: .table,
    help: "fixed points and cycles of each network and layer"
  ) { content in .table(content.cycleTable ?? Table(columns: [])) },
  part(.table, "count", .integer, "how many rows", of: ofTable) { .integer($0.rows.count) },
  part(.list, "count", .integer, "how many values", of: ofList) { .integer($0.count) },
  part(.method, "id", .text, "the method's word", of: ofMethod) { .text($0.id) },
  part(.method, "version", .text, "the method's version", of: ofMethod) {
    .text($0.card.version)
  },
]
