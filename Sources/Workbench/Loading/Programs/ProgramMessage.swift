import Kernel

/// The version of the plugin protocol; Documentation/plugin-protocol.md describes it.
let programProtocolVersion = 1

/// A message from a plugin's program: one line of JSON, an object with a `type`.
struct ProgramMessage: Sendable {
  /// What a program may say.
  enum Kind: String {
    case card, progress, checkpoint, note, ask, result, value, data, error

    /// Whether it is the last word on a request.
    var ends: Bool {
      switch self {
      case .card, .result, .value, .data, .error: true
      case .progress, .checkpoint, .note, .ask: false
      }
    }
  }

  let kind: Kind
  /// The request that it is about; `nil` where it names none.
  let id: Int?
  let fields: ProgramFields

  /// - Parameter name: The plugin, for messages.
  init(_ line: [UInt8], from name: String) throws(Failure) {
    let json: JSON
    do throws(Failure) { json = try JSON.read(line, source: "the line") } catch {
      throw Failure(
        .pluginMisbehaved, "`\(name)` wrote a line that is no message: `\(Self.beginning(line))`",
        notes: [
          "standard output is for messages alone; what a person should read goes to standard error",
          error.message.asOneLine,
        ])
    }
    guard json.members != nil, let word = json["type"]?.text else {
      throw Failure(
        .pluginMisbehaved,
        "`\(name)` wrote a message that is no object with a `type`: `\(Self.beginning(line))`")
    }
    guard let kind = Kind(rawValue: word) else {
      throw Failure(
        .pluginMisbehaved, "`\(name)` sent a message of the unknown type `\(word.asOneLine(80))`")
    }
    self.kind = kind
    fields = ProgramFields(json, "`\(name)`: the message `\(word)`")
    id = try fields.integer("id")
  }

  /// The start of a line, for a person.
  private static func beginning(_ line: [UInt8]) -> String {
    let shown = 60
    let text = String(decoding: line.prefix(shown), as: UTF8.self)
    return (line.count > shown ? text + "…" : text).withoutControls
  }
}

/// The members of a JSON object that must be of certain kinds.
struct ProgramFields: Sendable {
  let json: JSON
  /// What the object is, as the beginning of a sentence.
  let what: String

  init(_ json: JSON, _ what: String) {
    self.json = json
    self.what = what
  }

  func fault(_ sentence: String) -> Failure {
    Failure(
      .pluginMisbehaved, "\(what) \(sentence)",
      notes: ["Documentation/plugin-protocol.md says what each message holds"])
  }

  /// A member that is there and not null.
  subscript(name: String) -> JSON? {
    guard let value = json[name], value != .null else { return nil }
    return value
  }

  private func value<Value>(
    _ name: String, _ kind: String, _ convert: (JSON) -> Value?
  ) throws(Failure) -> Value? {
    guard let member = self[name] else { return nil }
    guard let value = convert(member) else { throw fault("has a `\(name)` that is \(kind)") }
    return value
  }

  /// A text on one line.
  func text(_ name: String) throws(Failure) -> String? {
    try value(name, "no text") { $0.text?.asOneLine }
  }

  func integer(_ name: String) throws(Failure) -> Int? {
    try value(name, "no whole number") { $0.integer }
  }

  func real(_ name: String) throws(Failure) -> Double? { try value(name, "no number") { $0.real } }

  func flag(_ name: String) throws(Failure) -> Bool? {
    try value(name, "neither true nor false") {
      if case .boolean(let flag) = $0 { flag } else { nil }
    }
  }

  func list(_ name: String) throws(Failure) -> [JSON]? {
    try value(name, "no list") { $0.elements }
  }

  func texts(_ name: String) throws(Failure) -> [String]? {
    try value(name, "no list of texts") { json in
      guard let elements = json.elements else { return nil }
      let texts = elements.compactMap { $0.text?.asOneLine }
      return texts.count == elements.count ? texts : nil
    }
  }

  /// A text that must be there.
  func requiredText(_ name: String) throws(Failure) -> String {
    guard let text = try text(name) else { throw fault("has no `\(name)`") }
    return text
  }

  /// A share of the work, 0...1; 0 where none is told.
  func share() throws(Failure) -> Double {
    let share = try real("share") ?? 0
    return share.isNaN ? 0 : min(max(share, 0), 1)
  }
}

extension String {
  /// The text on one line, and no longer than a person reads.
  var asOneLine: String { asOneLine(10_000) }

  /// The beginning of the text, on one line.
  ///
  /// Counted in Unicode's scalars: one letter may have any number of accents.
  func asOneLine(_ longest: Int) -> String {
    String(String.UnicodeScalarView(unicodeScalars.prefix(longest))).withoutControls
  }

  /// The text with blanks in place of ends of lines and of what would move a terminal's cursor.
  var withoutControls: String {
    guard unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) else {
      return self
    }
    var scalars = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      scalars.append(scalar.properties.generalCategory == .control ? " " : scalar)
    }
    return String(scalars)
  }
}

extension JSON {
  /// The number, whole or not; nil where this is none.
  var real: Double? {
    switch self {
    case .integer(let number): Double(number)
    case .real(let number): number
    default: nil
    }
  }
}
