/// A stretch of source text, as UTF-8 byte offsets: `lower` is the first byte, `upper` one past
/// the last.
struct Span: Hashable, Sendable {
  var lower: Int
  var upper: Int

  init(_ lower: Int, _ upper: Int) {
    self.lower = lower
    self.upper = max(lower, upper)
  }

  /// The smallest span that holds both.
  func joined(with other: Span) -> Span {
    Span(min(lower, other.lower), max(upper, other.upper))
  }
}

/// A text with a name to say where it came from.
///
/// The bytes are the truth: what was read may not be valid UTF-8, and spans count bytes.
struct Source: Hashable, Sendable {
  /// The name of what is typed at the prompt; anything else is a path, or `-c`, or `standard input`.
  static let prompt = "prompt"

  /// A line and a column, both from 1; the column counts Unicode scalars.
  struct Place: Hashable, Sendable {
    var line: Int
    var column: Int
  }

  let name: String
  let bytes: [UInt8]
  /// The offset of the first byte of each line.
  let lineStarts: [Int]

  init(name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
    var starts = [0]
    for (offset, byte) in bytes.enumerated() where byte == UInt8(ascii: "\n") {
      starts.append(offset + 1)
    }
    lineStarts = starts
  }

  init(name: String, text: String) {
    self.init(name: name, bytes: Array(text.utf8))
  }

  /// What was typed at the prompt.
  static func typed(_ text: String) -> Source { Source(name: prompt, text: text) }

  /// Whether this was typed, so that an error shows no file name.
  var isTyped: Bool { name == Self.prompt }

  /// The whole text, with U+FFFD where the bytes are no UTF-8.
  var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The text of a span.
  func text(of span: Span) -> String {
    let lower = min(max(0, span.lower), bytes.count)
    let upper = min(max(lower, span.upper), bytes.count)
    return String(decoding: bytes[lower..<upper], as: UTF8.self)
  }

  /// The line, from 1, that holds the byte at `offset`; found by halving.
  func line(at offset: Int) -> Int {
    var low = 0
    var high = lineStarts.count
    while high - low > 1 {
      let middle = (low + high) / 2
      if lineStarts[middle] <= offset { low = middle } else { high = middle }
    }
    return low + 1
  }

  /// The line and the column of the byte at `offset`.
  func place(at offset: Int) -> Place {
    let offset = min(max(0, offset), bytes.count)
    let line = line(at: offset)
    let before = String(decoding: bytes[lineStarts[line - 1]..<offset], as: UTF8.self)
    return Place(line: line, column: before.unicodeScalars.count + 1)
  }

  /// The bytes of a line, counted from 1, without its line end.
  func span(ofLine line: Int) -> Span {
    let lower = lineStarts[line - 1]
    var upper = line < lineStarts.count ? lineStarts[line] - 1 : bytes.count
    if upper > lower, bytes[upper - 1] == UInt8(ascii: "\r") { upper -= 1 }
    return Span(lower, upper)
  }
}
