/// A JSON text as a value that keeps the order of an object's members.
public enum JSON: Hashable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case real(Double)
  case text(String)
  case array([JSON])
  case object([Member])

  /// A name and a value in an object.
  public struct Member: Hashable, Sendable {
    public let name: String
    public let value: JSON

    public init(_ name: String, _ value: JSON) {
      self.name = name
      self.value = value
    }
  }

  /// A number as readers elsewhere expect it: a whole one without a point, 3 and not 3.0.
  ///
  /// What is to be read back as a real number is written as `real`.
  public static func number(_ value: Double) -> JSON {
    // From 2^54 on a text with all digits has an exponent; an integer would lose the sign of -0.
    let isShort = value.magnitude < 0x1p54 && !(value == 0 && value.sign == .minus)
    return isShort ? Int(exactly: value).map { .integer($0) } ?? .real(value) : .real(value)
  }

  /// The value of the member with this name; nil where there is none or this is no object.
  public subscript(name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// The text; nil where this is none.
  public var text: String? {
    guard case .text(let text) = self else { return nil }
    return text
  }

  /// The whole number; nil where this is none.
  public var integer: Int? {
    guard case .integer(let number) = self else { return nil }
    return number
  }

  /// The number, whole or not; nil where this is none.
  public var number: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: nil
    }
  }

  /// The elements; nil where this is no array.
  public var elements: [JSON]? {
    guard case .array(let elements) = self else { return nil }
    return elements
  }

  /// The members; nil where this is no object.
  public var members: [Member]? {
    guard case .object(let members) = self else { return nil }
    return members
  }

  /// The elements as whole numbers; nil where this is no array of such.
  public var integers: [Int]? {
    guard let elements else { return nil }
    let numbers = elements.compactMap(\.integer)
    return numbers.count == elements.count ? numbers : nil
  }
}

// MARK: - Writing

extension JSON {
  /// The text of the value on one line.
  ///
  /// Reals are written so that reading gives the same bits; those that are not finite, which JSON
  /// cannot express, become `null`.
  public var compact: String {
    var text = ""
    write(to: &text, indent: nil)
    return text
  }

  /// The text of the value, a member or an element a line; arrays of numbers stand on one line.
  public var pretty: String {
    var text = ""
    write(to: &text, indent: 0)
    return text + "\n"
  }

  private func write(to text: inout String, indent: Int?) {
    switch self {
    case .null: text += "null"
    case .boolean(let value): text += value ? "true" : "false"
    case .integer(let number): text += String(number)
    case .real(let number): text += number.isFinite ? "\(number)" : "null"
    case .text(let content): text += Self.quoted(content)
    case .array(let elements):
      let isFlat = elements.allSatisfy { $0.members == nil && $0.elements == nil }
      Self.writeList(
        elements, brackets: ("[", "]"), to: &text, indent: isFlat ? nil : indent,
        separator: indent == nil ? "," : ", "
      ) { element, text, indent in
        element.write(to: &text, indent: indent)
      }
    case .object(let members):
      Self.writeList(
        members, brackets: ("{", "}"), to: &text, indent: indent, separator: ","
      ) { member, text, indent in
        text += Self.quoted(member.name) + (indent == nil ? ":" : ": ")
        member.value.write(to: &text, indent: indent)
      }
    }
  }

  private static func writeList<Item>(
    _ items: [Item], brackets: (String, String), to text: inout String, indent: Int?,
    separator: String, _ writeItem: (Item, inout String, Int?) -> Void
  ) {
    text += brackets.0
    for (index, item) in items.enumerated() {
      if let indent {
        text += (index == 0 ? "\n" : ",\n") + String(repeating: "  ", count: indent + 1)
      } else if index > 0 {
        text += separator
      }
      writeItem(item, &text, indent.map { $0 + 1 })
    }
    if let indent, !items.isEmpty { text += "\n" + String(repeating: "  ", count: indent) }
    text += brackets.1
  }

  /// The text in quotes, with what JSON and old readers of it cannot hold escaped (RFC 8259).
  private static func quoted(_ content: String) -> String {
    var text = "\""
    for scalar in content.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{8}": text += "\\b"
      case "\u{C}": text += "\\f"
      case "\u{0}"..."\u{1F}", "\u{7F}", "\u{2028}", "\u{2029}":
        let hex = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
