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
        + "\(data.classCount) classes"
    case .permutations(let permutations):
      "permutations for \(Self.counted(permutations.count, "network"))"
    case .curve(let curve): "curve of \(curve.alphas.count) points, \(curve.dataName)"
    case .barrier(let barrier):
      "\(barrier.dataName): error \(Self.brief(barrier.error, .points)) · "
        + "loss \(Self.brief(barrier.loss, .plain)) (\(barrier.pointCount) points)"
    case .score(let score):
      "\(score.dataName): error \(Self.brief(score.error, .share)) · "
        + "loss \(Self.brief(score.loss, .plain))"
    case .table(let table):
      "table \(table.rows.count) × \(table.columns.count)" + (table.isPartial ? ", PARTIAL" : "")
    case .method(let method): "method \(method.label)"
    case .result(let result): "\(result.method.id), \(result.statusText)"
    case .picture(let picture): picture.title.isEmpty ? "picture" : "picture: \(picture.title)"
    }
  }

  /// A real number with four significant digits, in the unit of what it measures.
  static func brief(_ value: Double, _ measure: Measure) -> String {
    switch measure {
    case .plain: significant(value)
    case .share: significant(value * 100) + "%"
    case .points: significant(value * 100) + " points"
    case .memory: significant(value / 1e6) + " MB"
    }
  }

  /// A length of time with one digit after the point, or minutes and hours.
  static func brief(seconds: Double) -> String {
    guard seconds.isFinite else { return significant(seconds) + " s" }
    if seconds < 0.1 { return significant(seconds * 1000) + " ms" }
    let tenths = (seconds * 10).rounded()
    if tenths < 1200 { return fixed(tenths / 10, decimals: 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 7200 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  /// Four significant digits, trailing zeros left out: `0.02`, `6.2`, `1.234e-05`.
  static func significant(_ value: Double, digits: Int = 4) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    guard value != 0 else { return "0" }
    let exponent = decimalExponent(of: value, digits: digits)
    guard (-4..<12).contains(exponent) else {
      let mantissa = value / power(of: exponent)
      return trimmed(fixed(mantissa, decimals: digits - 1)) + "e\(exponent)"
    }
    return trimmed(fixed(value, decimals: max(0, digits - 1 - exponent)))
  }

  /// The power of ten of the first digit, after rounding to so many digits.
  private static func decimalExponent(of value: Double, digits: Int) -> Int {
    var exponent = 0
    let size = abs(value)
    while size >= power(of: exponent + 1) { exponent += 1 }
    while size < power(of: exponent) { exponent -= 1 }
    let step = power(of: exponent - digits + 1)
    return (size / step).rounded() * step >= power(of: exponent + 1) ? exponent + 1 : exponent
  }

  private static func power(of exponent: Int) -> Double { Double("1e\(exponent)") ?? .infinity }

  /// A number with so many digits after the point, rounded half away from zero.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let scale = power(of: decimals)
    let scaled = (abs(value) * scale).rounded()
    guard scaled < 9e15 else { return value.description }
    var digits = String(Int(scaled))
    if decimals > 0 {
      digits = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
      digits.insert(".", at: digits.index(digits.endIndex, offsetBy: -decimals))
    }
    return (value < 0 && scaled > 0 ? "-" : "") + digits
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text
    while text.last == "0" { text.removeLast() }
    if text.last == "." { text.removeLast() }
    return text
  }

  /// All digits that a double needs, without a trailing `.0`.
  static func digits(_ value: Double) -> String {
    let text = value.description
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// `2 networks`, `1 network`.
  static func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
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
    let widths = network.graph.widths.map(String.init).joined(separator: "-")
    return "\(widths), \(network.graph.parameterCount) weights"
  }
}
