/// How the arrays of another program are called here: the lines of a map file.
///
/// `stem.conv.* -> conv1.*` renames, `ignore projector.*` leaves out, `architecture resnet18
/// form=cifar` states the network. In a pattern `{i}` stands for a whole number and `*`, once, for any
/// text; on the right `{i+1}` is the number after. The first line that matches counts, and what none
/// matches keeps its name.
public struct NameMap: Hashable, Sendable {
  /// The file it is from.
  public let source: String
  /// What the file states, if it does.
  public private(set) var architecture: Architecture?
  private var rules: [Rule] = []

  /// One line that renames or leaves out.
  private struct Rule: Hashable {
    let line: Int
    let pattern: [Piece]
    /// What is put in the name's place; nil where the array is left out.
    let replacement: [Piece]?
  }

  /// A part of a pattern.
  private enum Piece: Hashable {
    case text(String)
    case number(String, plus: Int)
    case anything
  }

  /// More than the largest network here has arrays.
  private static let ruleLimit = 2_000
  private static let lengthLimit = 1_000

  /// Reads a map file.
  ///
  /// - Throws: `fileNotFound`, or `fileMalformed` with the line at fault.
  public init(readingFrom path: String, stop: StopSignal = StopSignal()) throws(Failure) {
    // 1 MiB: some hundred bytes for each of as many lines as there may be.
    let bytes = try FileContent.read(path, limit: 1 << 20, stop: stop)
    try self.init(bytes, source: path)
  }

  /// Reads the text of a map file.
  public init(_ bytes: [UInt8], source: String) throws(Failure) {
    self.source = source
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(.fileMalformed, "`\(source)` is no map of names: it is no UTF-8")
    }
    // Lines may end in either way: the sign of Windows is one character of a Swift string.
    for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
      .enumerated()
    {
      let line = line.trimming(while: \.isWhitespace)
      guard !line.isEmpty, !line.hasPrefix("#") else { continue }
      do throws(Failure) {
        try add(line, number: index + 1)
      } catch {
        throw Failure(
          .fileMalformed, "`\(source)`, line \(index + 1): \(error.message)", notes: error.notes)
      }
    }
  }

  /// The new names of arrays in their order, nil for those that are left out, and the lines that
  /// matched none.
  func names(for names: [String]) -> (names: [String?], unused: [Int]) {
    var used: Set<Int> = []
    let renamed = names.map { name -> String? in
      for (index, rule) in rules.enumerated() {
        guard let match = Match(name, rule.pattern) else { continue }
        used.insert(index)
        return rule.replacement.map { match.filled($0) }
      }
      return name
    }
    return (renamed, rules.indices.filter { !used.contains($0) }.map { rules[$0].line })
  }

  // MARK: - Lines

  private mutating func add(_ line: Substring, number: Int) throws(Failure) {
    func fault(_ message: String) -> Failure {
      Failure(
        .fileMalformed, message,
        notes: ["lines are `THEIRS -> OURS`, `ignore THEIRS` or `architecture NAME key=value …`"])
    }
    let word = line.prefix { !$0.isWhitespace }
    let rest = line.dropFirst(word.count).trimming(while: \.isWhitespace)
    guard line.utf8.count <= Self.lengthLimit else { throw fault("it is too long") }
    if word == "architecture" {
      guard architecture == nil else { throw fault("the architecture is stated twice") }
      architecture = try Architecture(String(rest))
      return
    }
    guard rules.count < Self.ruleLimit else { throw fault("there are too many lines") }
    if word == "ignore", !rest.isEmpty, !rest.hasPrefix("->") {
      let pattern = try Self.pieces(rest)
      try Self.check(pattern)
      rules.append(Rule(line: number, pattern: pattern, replacement: nil))
      return
    }
    let sides = line.split(separator: "->", omittingEmptySubsequences: false).map {
      $0.trimming(while: \.isWhitespace)
    }
    guard sides.count == 2, sides.allSatisfy({ !$0.isEmpty }) else {
      throw fault("`\(line)` renames nothing")
    }
    let (pattern, replacement) = (try Self.pieces(sides[0]), try Self.pieces(sides[1]))
    try Self.check(pattern)
    for piece in replacement {
      switch piece {
      case .text: break
      case .anything:
        guard pattern.contains(.anything) else { throw fault("`*` stands for nothing on the left") }
      case .number(let name, _):
        guard pattern.contains(.number(name, plus: 0)) else {
          throw fault("`{\(name)}` stands for nothing on the left")
        }
      }
    }
    rules.append(Rule(line: number, pattern: pattern, replacement: replacement))
  }

  private static func check(_ pattern: [Piece]) throws(Failure) {
    var names: Set<String> = []
    for piece in pattern {
      guard case .number(let name, let plus) = piece else { continue }
      guard plus == 0 else { throw Failure(.fileMalformed, "sums stand on the right only") }
      guard names.insert(name).inserted else {
        throw Failure(.fileMalformed, "`{\(name)}` stands twice on the left")
      }
    }
    guard pattern.count(where: { $0 == .anything }) < 2 else {
      throw Failure(.fileMalformed, "`*` stands twice on one side")
    }
  }

  private static func pieces(_ side: Substring) throws(Failure) -> [Piece] {
    if let blank = side.first(where: \.isWhitespace) {
      throw Failure(.fileMalformed, "a name with the blank `\(blank)` in `\(side)`")
    }
    var pieces: [Piece] = []
    var text = ""
    func flush() {
      if !text.isEmpty { pieces.append(.text(text)) }
      text = ""
    }
    var rest = side
    while let character = rest.popFirst() {
      switch character {
      case "*":
        flush()
        pieces.append(.anything)
      case "{":
        flush()
        guard let end = rest.firstIndex(of: "}"), let piece = number(rest[..<end]) else {
          throw Failure(
            .fileMalformed, "`{\(rest)` is no number",
            notes: ["write `{i}`, and `{i+1}` or `{i-1}` on the right"])
        }
        pieces.append(piece)
        rest = rest[rest.index(after: end)...]
      default: text.append(character)
      }
    }
    flush()
    return pieces
  }

  /// What stands between braces: a name, and what is added.
  private static func number(_ text: Substring) -> Piece? {
    let name = text.prefix(while: \.isLetter)
    let sum = text.dropFirst(name.count)
    guard !name.isEmpty else { return nil }
    if sum.isEmpty { return .number(String(name), plus: 0) }
    guard sum.count > 1, sum.hasPrefix("+") || sum.hasPrefix("-"), let plus = Int(sum),
      plus.magnitude < 1000
    else { return nil }
    return .number(String(name), plus: plus)
  }

  /// What the parts of a pattern stand for in a name.
  private struct Match {
    private var numbers: [String: Int] = [:]
    private var anything: Substring = ""

    /// Numbers are whole runs of digits, so that there is one way to match only: from the front to
    /// the star, and from the end back to it.
    init?(_ name: String, _ pattern: [Piece]) {
      var rest = name[...]
      let star = pattern.firstIndex(of: .anything)
      for piece in pattern[..<(star ?? pattern.count)] {
        switch piece {
        case .text(let text):
          guard rest.hasPrefix(text) else { return nil }
          rest = rest.dropFirst(text.count)
        case .number(let key, _):
          let digits = rest.prefix { $0.isASCII && $0.isNumber }
          guard let number = Int(digits) else { return nil }
          numbers[key] = number
          rest = rest.dropFirst(digits.count)
        case .anything: break
        }
      }
      guard let star else {
        if !rest.isEmpty { return nil }
        return
      }
      for piece in pattern[(star + 1)...].reversed() {
        switch piece {
        case .text(let text):
          guard rest.hasSuffix(text) else { return nil }
          rest = rest.dropLast(text.count)
        case .number(let key, _):
          let digits = rest.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
          guard let number = Int(String(digits)) else { return nil }
          numbers[key] = number
          rest = rest.dropLast(digits.count)
        case .anything: break
        }
      }
      anything = rest
    }

    func filled(_ pieces: [Piece]) -> String {
      pieces.map { piece in
        switch piece {
        case .text(let text): text
        case .anything: String(anything)
        case .number(let name, let plus):
          (numbers[name]?.addingReportingOverflow(plus).partialValue).map(String.init) ?? ""
        }
      }.joined()
    }
  }
}

extension Substring {
  /// Without what is at both ends.
  fileprivate func trimming(while condition: (Character) -> Bool) -> Substring {
    let start = drop(while: condition)
    guard let last = start.lastIndex(where: { !condition($0) }) else { return "" }
    return start[...last]
  }
}
