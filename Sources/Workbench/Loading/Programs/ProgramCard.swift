import Contract
import Kernel

/// What a plugin's program says it brings: the cards of its methods, metrics and readers.
struct ProgramCard: Sendable {
  var methods: [MethodCard] = []
  var metrics: [MetricCard] = []
  var readers: [DataReaderCard] = []
  /// The longest silence that it asks for.
  var patience: Duration?
  /// As it was sent, without the number of a request.
  let json: JSON

  /// - Parameter name: The plugin, for messages.
  init(_ fields: ProgramFields, name: String) throws(Failure) {
    json = fields.json
    let version = try fields.integer("protocol")
    guard version == programProtocolVersion else {
      throw Failure(
        .pluginMisbehaved,
        "`\(name)` speaks version \(version.map(String.init) ?? "nothing") of the plugin protocol, "
          + "and this Basin version \(programProtocolVersion)",
        notes: ["Python plugins get a fitting module from Basin; remove copies of basin_plugin.py"])
    }
    try fields.expectOnly(["type", "id", "protocol", "methods", "metrics", "readers", "patience"])
    if let seconds = try fields.real("patience") {
      // A year is as good as for ever.
      guard seconds > 0, seconds < 3.2e7 else { throw fields.fault("has an impossible `patience`") }
      patience = .seconds(seconds)
    }
    for json in try fields.list("methods") ?? [] {
      methods.append(try MethodCard(ProgramFields(json, "`\(name)`: the card of a method")))
    }
    for json in try fields.list("metrics") ?? [] {
      metrics.append(try MetricCard(ProgramFields(json, "`\(name)`: the card of a metric")))
    }
    for json in try fields.list("readers") ?? [] {
      readers.append(try DataReaderCard(ProgramFields(json, "`\(name)`: the card of a reader")))
    }
  }
}

extension ProgramFields {
  /// Throws where the object has a member of another name: a slip in a card would be silent.
  fileprivate func expectOnly(_ names: [String]) throws(Failure) {
    guard let members = json.members else { throw fault("is no object") }
    guard let other = members.first(where: { !names.contains($0.name) }) else { return }
    let near = nearest(other.name, among: names).map { "; did you mean `\($0)`?" } ?? ""
    throw fault("has no field `\(other.name.asOneLine(80))`\(near)")
  }
}

extension MethodCard {
  private static let fields = [
    "id", "summary", "description", "version", "papers", "parameters", "needs_data",
    "draws_random_numbers", "networks", "cost_name", "step_name", "step_words",
    "scores_each_step", "can_resume", "recovers_permutations", "takes_start", "start_words",
    "most_inputs", "most_hidden_layers", "is_exhaustive",
  ]

  fileprivate init(_ fields: ProgramFields) throws(Failure) {
    try fields.expectOnly(Self.fields)
    let id = try fields.requiredText("id")
    let fields = ProgramFields(fields.json, "\(fields.what) `\(id)`")
    var parameters: [Parameter] = []
    for json in try fields.list("parameters") ?? [] {
      parameters.append(try Parameter(ProgramFields(json, "\(fields.what), a parameter")))
    }
    self.init(
      id: id, summary: try fields.requiredText("summary"),
      description: try fields.requiredText("description"),
      version: try fields.text("version") ?? "1", papers: try fields.texts("papers") ?? [],
      parameters: parameters, needsData: try fields.flag("needs_data") ?? false,
      drawsRandomNumbers: try fields.flag("draws_random_numbers") ?? false,
      networkCount: try fields.networkCount(), costName: try fields.text("cost_name") ?? "",
      stepName: try fields.text("step_name") ?? "step",
      stepWords: try fields.text("step_words"),
      scoresEachStep: try fields.flag("scores_each_step") ?? false,
      canResume: try fields.flag("can_resume") ?? false,
      recoversPermutations: try fields.flag("recovers_permutations") ?? false,
      takesStart: try fields.flag("takes_start") ?? false,
      startWords: try fields.texts("start_words") ?? [],
      mostInputs: try fields.integer("most_inputs"),
      mostHiddenLayers: try fields.integer("most_hidden_layers"),
      isExhaustive: try fields.flag("is_exhaustive") ?? false)
  }
}

extension ProgramFields {
  /// `[2, null]`: the fewest and the most networks; 2 and more where nothing is said.
  fileprivate func networkCount() throws(Failure) -> ClosedRange<Int> {
    guard let ends = try list("networks") else { return 2...Int.max }
    guard ends.count == 2, let lower = ends[0].integer, lower >= 1,
      let upper = ends[1] == .null ? Int.max : ends[1].integer, lower <= upper
    else { throw fault("has a `networks` that is not the fewest and the most, such as [2, null]") }
    return lower...upper
  }

  /// `[1, 100]`; a missing end is as far as numbers go.
  fileprivate func range<Bound: Comparable>(
    within all: ClosedRange<Bound>, _ convert: (JSON) -> Bound?
  ) throws(Failure) -> ClosedRange<Bound> {
    guard let ends = try list("range") else { return all }
    guard ends.count == 2,
      let lower = ends[0] == .null ? all.lowerBound : convert(ends[0]),
      let upper = ends[1] == .null ? all.upperBound : convert(ends[1]), lower <= upper
    else { throw fault("has a `range` that is not the least and the most, such as [1, 100]") }
    return lower...upper
  }
}

extension Parameter {
  fileprivate init(_ fields: ProgramFields) throws(Failure) {
    try fields.expectOnly([
      "name", "kind", "range", "choices", "words", "default", "optional", "unit", "changes_result",
      "help",
    ])
    let name = try fields.requiredText("name")
    let fields = ProgramFields(fields.json, "\(fields.what) `\(name)`")
    self.init(
      name, try ParameterKind(fields), words: try fields.texts("words") ?? [],
      default: try Self.defaultText(fields),
      isOptional: try fields.flag("optional") ?? false, unit: try fields.text("unit"),
      changesResult: try fields.flag("changes_result") ?? true,
      help: try fields.requiredText("help"))
  }

  /// The default as a person would type it, from a text, a number, a truth value or two numbers.
  private static func defaultText(_ fields: ProgramFields) throws(Failure) -> String? {
    switch fields["default"] {
    case nil: return nil
    case .text(let text)?: return text
    case .integer(let number)?: return String(number)
    case .real(let number)?: return JSON.number(number).compact
    case .boolean(let flag)?: return flag ? "yes" : "no"
    case .array(let ends)?:
      let numbers = ends.compactMap(\.real).map { JSON.number($0).compact }
      if ends.count == 2, numbers.count == 2 { return numbers.joined(separator: "..") }
    case .null?, .object?: break
    }
    throw fields.fault("has a `default` of no kind that it can have")
  }
}

extension ParameterKind {
  fileprivate init(_ fields: ProgramFields) throws(Failure) {
    let word = try fields.requiredText("kind")
    let reals = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    switch word {
    case "int": self = .integer(try fields.range(within: Int.min...Int.max) { $0.integer })
    case "real": self = .real(try fields.range(within: reals) { $0.real })
    case "interval": self = .interval(try fields.range(within: reals) { $0.real })
    case "yes_no": self = .yesNo
    case "word": self = .word(try fields.texts("choices") ?? [])
    case "text": self = .text
    case "path": self = .path
    case "duration": self = .duration
    default:
      throw fields.fault(
        "has the kind `\(word)`; there are int, real, yes_no, word, text, path, interval, duration")
    }
    let hasRange = fields["range"] != nil
    if hasRange, !["int", "real", "interval"].contains(word) {
      throw fields.fault("has a `range`, which a parameter of the kind `\(word)` does not")
    }
    if fields["choices"] != nil, word != "word" {
      throw fields.fault("has `choices`, which a parameter of the kind `\(word)` does not")
    }
  }
}

extension MetricCard {
  fileprivate init(_ fields: ProgramFields) throws(Failure) {
    try fields.expectOnly([
      "id", "summary", "description", "version", "papers", "is_share", "is_lower_better",
    ])
    self.init(
      id: try fields.requiredText("id"), summary: try fields.requiredText("summary"),
      description: try fields.requiredText("description"),
      version: try fields.text("version") ?? "1", papers: try fields.texts("papers") ?? [],
      isShare: try fields.flag("is_share") ?? false,
      isLowerBetter: try fields.flag("is_lower_better") ?? true)
  }
}

extension DataReaderCard {
  fileprivate init(_ fields: ProgramFields) throws(Failure) {
    try fields.expectOnly(["id", "summary", "description", "version", "endings"])
    self.init(
      id: try fields.requiredText("id"), summary: try fields.requiredText("summary"),
      description: try fields.requiredText("description"),
      version: try fields.text("version") ?? "1", endings: try fields.texts("endings") ?? [])
  }
}
