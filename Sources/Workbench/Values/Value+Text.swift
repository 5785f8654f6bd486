import Contract
import Kernel

// How small values are written: in full, as source text that reads back as the same value, and
// with four digits for people.
extension Content {
  /// The text that stands for the value in a script, all digits; `nil` for what has none.
  var sourceText: String? {
    switch self {
    case .integer(let value): String(value)
    case .real(let value, _): Self.digits(value)
    case .text(let text), .path(let text): Self.quoted(text)
    case .yesNo(let value): value ? "yes" : "no"
    case .time(let seconds): Self.digits(seconds) + "s"
    case .range(let bounds):
      Self.digits(bounds.lower) + ".." + Self.digits(bounds.upper)
    case .symbol(let word): word
    case .list(let values):
      values.reduce(into: Optional([String]())) { texts, value in
        if let text = value.content.sourceText { texts?.append(text) } else { texts = nil }
      }.map { "[" + $0.joined(separator: ", ") + "]" }
    default: nil
    }
  }

  /// A short text for people, four significant digits; one line for large values.
  var brief: String {
    switch self {
    case .nothing: "nothing"
    case .integer(let value): String(value)
    case .real(let value, let measure): Self.brief(value, measure)
    case .time(let seconds): Self.brief(seconds: seconds)
    case .text(let text), .path(let text), .symbol(let text): text
    case .yesNo(let value): value ? "yes" : "no"
    case .range(let bounds):
      "\(Self.brief(bounds.lower, bounds.measure))..\(Self.brief(bounds.upper, bounds.measure))"
    case .list(let values):
      values.count <= 8
        ? "[" + values.map(\.content.brief).joined(separator: ", ") + "]"
        : "\(values.count) values"
    case .network(let network): Self.brief(network)
    case .networks(let networks):
      "\(networks.count) × " + (networks.first.map(Self.brief) ?? "no network")
    case .data(let data):
      "data \(data.count) × \(data.sampleShape.map(String.init).joined(separator: "×")), "
        + Self.counted(data.classCount, "class", "classes")
    case .permutations(let permutations, _):
      "permutations for \(Self.counted(permutations.count, "network"))"
    case .curve(let curve):
      "curve of \(curve.alphas.count) points, \(curve.dataName)"
        + (curve.recalibration.map { ", after \($0.words)" } ?? "")
    case .barrier(let barrier):
      "\(barrier.dataName): error \(Self.brief(barrier.error, .points)) · "
        + "loss \(Self.brief(barrier.loss, .plain))\(metricText) (\(barrier.pointCount) points)"
        + barrier.recalibrationText
    case .score(let score):
      "\(score.dataName): error \(Self.brief(score.error, .share)) · "
        + "loss \(Self.brief(score.loss, .plain))\(metricText)"
    case .table(let table):
      "table \(table.rows.count) × \(table.columns.count)" + (table.isPartial ? ", PARTIAL" : "")
    case .method(let method): "method \(method.fullLabel)"
    case .result(let result): "\(result.method.id), \(result.statusText)"
    case .picture(let picture): picture.title.isEmpty ? "picture" : "picture: \(picture.title)"
    }
  }

  /// What plugins' metrics say of a score or a barrier: ` · brier 0.12`.
  var metricText: String {
    let ids: [String]
    switch self {
    case .score(let score): ids = score.metrics.map(\.traits.id)
    case .barrier(let barrier): ids = barrier.metrics.map(\.id)
    default: return ""
    }
    return metricParts.filter { ids.contains($0.name) }
      .map { " · \($0.name) \($0.content.brief)" }.joined()
  }

  /// A real number with four significant digits, in the unit of what it measures.
  static func brief(_ value: Double, _ measure: Measure) -> String {
    switch measure {
    case .plain: significant(value)
    case .share: NumberText.percent(value)
    case .points: NumberText.points(value)
    case .memory: NumberText.bytes(value)
    }
  }

  /// A length of time such as `34.1 s` or `2 min 14 s`.
  static func brief(seconds: Double) -> String { NumberText.duration(seconds) }

  /// Four significant digits in one word, so that it can stand in a name: `407050`, `1.2e-5`.
  static func significant(_ value: Double) -> String {
    NumberText.real(value).filter { $0 != " " }
  }

  /// All digits that a double needs, without a trailing `.0`.
  static func digits(_ value: Double) -> String { NumberText.exact(value) }

  /// `2 networks`, `1 network`.
  static func counted(_ count: Int, _ noun: String, _ plural: String? = nil) -> String {
    "\(count) \(count == 1 ? noun : plural ?? noun + "s")"
  }

  /// A text in quotes, as it can be typed.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for character in text {
      switch character {
      case "\"", "\\", "{", "}": result += "\\" + String(character)
      case "\n": result += "\\n"
      case "\t": result += "\\t"
      default: result.append(character)
      }
    }
    return result + "\""
  }

  private static func brief(_ network: Network) -> String {
    "\(network.graph.briefText), \(network.graph.parameterCount) weights"
  }
}

extension CurveRecalibration {
  /// `repair on train`.
  var words: String { "\(method.rawValue) on \(dataName)" }
}

extension BarrierValue {
  /// What was before, where points were recalibrated: `, before repair on train: error …`.
  var recalibrationText: String {
    guard let recalibration, let before else { return "" }
    return ", before \(recalibration.words): error \(Content.brief(before.error, .points)) · "
      + "loss \(Content.brief(before.loss, .plain))"
  }
}
