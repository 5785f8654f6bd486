/// A JSON value whose objects keep the order of their members, so that output can be compared.
enum JSONText: Hashable, Sendable {
  case null
  case yesNo(Bool)
  case integer(Int)
  /// All digits; not-a-number and the infinities, which JSON has not, become `null`.
  case real(Double)
  case text(String)
  case list([JSONText])
  case object([Member])

  /// One name and its value.
  struct Member: Hashable, Sendable {
    var name: String
    var value: JSONText

    init(_ name: String, _ value: JSONText) {
      self.name = name
      self.value = value
    }
  }

  /// The value as text: on one line, or where `isPretty` with two blanks for each level.
  ///
  /// Lists of numbers and short words stay on one line.
  func rendered(isPretty: Bool = false) -> String {
    var text = ""
    write(to: &text, indent: isPretty ? 0 : nil)
    return text
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .yesNo(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .real(let value): text += value.isFinite ? NumberText.exact(value) : "null"
    case .text(let value): Self.quote(value, to: &text)
    case .list(let items):
      let isFlat = items.allSatisfy(\.isScalar)
      Self.write(
        items.map { (nil, $0) }, between: ("[", "]"), to: &text, indent: isFlat ? nil : indent,
        separator: isFlat && indent != nil ? ", " : ",")
    case .object(let members):
      Self.write(
        members.map { ($0.name, $0.value) }, between: ("{", "}"), to: &text, indent: indent,
        separator: ",")
    }
  }

  private var isScalar: Bool {
    switch self {
    case .list, .object: false
    default: true
    }
  }

  private static func write(
    _ items: [(name: String?, value: JSONText)], between brackets: (String, String),
    to text: inout String, indent: Int?, separator: String
  ) {
    text += brackets.0
    for (index, item) in items.enumerated() {
      if index > 0 { text += separator }
      if let indent { text += "\n" + TextLayout.blanks(indent + 2) }
      if let name = item.name {
        quote(name, to: &text)
        text += indent == nil ? ":" : ": "
      }
      item.value.write(to: &text, indent: indent.map { $0 + 2 })
    }
    if let indent, !items.isEmpty { text += "\n" + TextLayout.blanks(indent) }
    text += brackets.1
  }

  /// The text in quotes, with what JSON and old readers of it cannot hold escaped (RFC 8259).
  private static func quote(_ value: String, to text: inout String) {
    text += "\""
    for scalar in value.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
