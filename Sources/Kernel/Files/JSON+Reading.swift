extension JSON {
  /// Reads a JSON text (RFC 8259), which must be all of `bytes`.
  ///
  /// Objects that name a member twice and values nested deeper than 64 are refused.
  ///
  /// - Parameter source: What the text is, for messages: usually the file's path.
  /// - Throws: `fileMalformed` with the byte at which the text is no JSON.
  public static func read(_ bytes: [UInt8], source: String) throws(Failure) -> JSON {
    var parser = JSONParser(bytes: bytes, source: source)
    let value = try parser.value(depth: 0)
    try parser.expectEnd()
    return value
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  let source: String
  var position = 0

  private static let depthLimit = 64

  init(bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  mutating func value(depth: Int) throws(Failure) -> JSON {
    guard depth < Self.depthLimit else { throw fault("its values are nested too deep") }
    skipBlanks()
    switch next {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return try number()
    }
  }

  mutating func expectEnd() throws(Failure) {
    skipBlanks()
    guard position == bytes.count else { throw fault("it goes on after its end") }
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func fault(_ what: String) -> Failure {
    Failure(.fileMalformed, "`\(source)` is no valid JSON: \(what) (byte \(position))")
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      position += 1
    }
  }

  private mutating func accept(_ character: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard next == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func word(_ word: String, _ value: JSON) throws(Failure) -> JSON {
    guard bytes[position...].starts(with: word.utf8) else { throw fault("a value is missing") }
    position += word.utf8.count
    return value
  }

  private mutating func object(depth: Int) throws(Failure) -> JSON {
    position += 1
    var members: [JSON.Member] = []
    var names: Set<String> = []
    if accept("}") { return .object([]) }
    repeat {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw fault("a member's name is missing") }
      let name = try text()
      guard names.insert(name).inserted else { throw fault("`\(name)` stands twice") }
      guard accept(":") else { throw fault("`:` is missing after `\(name)`") }
      members.append(JSON.Member(name, try value(depth: depth + 1)))
    } while accept(",")
    guard accept("}") else { throw fault("`}` is missing") }
    return .object(members)
  }

  private mutating func array(depth: Int) throws(Failure) -> JSON {
    position += 1
    var elements: [JSON] = []
    if accept("]") { return .array([]) }
    repeat {
      elements.append(try value(depth: depth + 1))
    } while accept(",")
    guard accept("]") else { throw fault("`]` is missing") }
    return .array(elements)
  }

  private mutating func number() throws(Failure) -> JSON {
    let start = position
    while let byte = next, Self.numberBytes.contains(byte) { position += 1 }
    let text = String(decoding: bytes[start..<position], as: UTF8.self)
    guard Self.isNumber(bytes[start..<position]) else {
      position = start
      throw fault(text.isEmpty ? "a value is missing" : "`\(text)` is no number")
    }
    if let integer = Int(text) { return .integer(integer) }
    guard let real = Double(text), real.isFinite else { throw fault("`\(text)` is too large") }
    return .real(real)
  }

  private static let numberBytes = Set("+-.0123456789eE".utf8)

  /// Whether the bytes are `-? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?`.
  private static func isNumber(_ bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    func isDigit(_ byte: UInt8?) -> Bool { byte.map { $0 >= 0x30 && $0 <= 0x39 } ?? false }
    func dropDigits() { rest = rest.drop { isDigit($0) } }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    guard isDigit(rest.first) else { return false }
    if rest.first == UInt8(ascii: "0") { rest = rest.dropFirst() } else { dropDigits() }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard isDigit(rest.first) else { return false }
      dropDigits()
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") {
        rest = rest.dropFirst()
      }
      guard isDigit(rest.first) else { return false }
      dropDigits()
    }
    return rest.isEmpty
  }

  // MARK: - Texts

  private mutating func text() throws(Failure) -> String {
    position += 1
    var content: [UInt8] = []
    while let byte = next {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: content, as: UTF8.self) else {
          throw fault("a text is not UTF-8")
        }
        return text
      case UInt8(ascii: "\\"): try escape(into: &content)
      case 0..<0x20: throw fault("a control character stands in a text")
      default: content.append(byte)
      }
    }
    throw fault("a text has no end")
  }

  private mutating func escape(into content: inout [UInt8]) throws(Failure) {
    guard let byte = next else { throw fault("a text has no end") }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
    case UInt8(ascii: "b"): content.append(0x08)
    case UInt8(ascii: "f"): content.append(0x0C)
    case UInt8(ascii: "n"): content.append(0x0A)
    case UInt8(ascii: "r"): content.append(0x0D)
    case UInt8(ascii: "t"): content.append(0x09)
    case UInt8(ascii: "u"): content += String(try escapedScalar()).utf8
    default: throw fault("an escape in a text is unknown")
    }
  }

  /// A `\uXXXX`, or two that make a surrogate pair.
  private mutating func escapedScalar() throws(Failure) -> Character {
    var units = [try escapedUnit()]
    if UTF16.isLeadSurrogate(units[0]) {
      guard bytes[position...].starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]) else {
        throw fault("half a surrogate pair stands in a text")
      }
      position += 2
      units.append(try escapedUnit())
    }
    guard let text = String(validating: units, as: UTF16.self), let first = text.first else {
      throw fault("half a surrogate pair stands in a text")
    }
    return first
  }

  private mutating func escapedUnit() throws(Failure) -> UInt16 {
    let digits = bytes[position...].prefix(4)
    let isHex = digits.allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
    guard digits.count == 4, isHex,
      let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw fault("an escape in a text lacks its four digits") }
    position += 4
    return unit
  }
}
