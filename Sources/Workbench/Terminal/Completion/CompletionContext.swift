import Foundation

/// Where the cursor is in a command, read from the text before it alone.
///
/// The text is usually unfinished, so this is no parser: it follows brackets, quotes, stages and
/// words, and never fails.
struct CompletionContext: Hashable, Sendable {
  /// The words of the stage before the one being completed.
  var words: [Word] = []
  /// The word being completed, up to the cursor; in a string what stands after the quote.
  var partial = ""
  /// Where `partial` begins, in bytes.
  var start = 0
  var place = Place.word
  /// The quote of the string that the cursor is in.
  var quote: Character?
  /// Whether the stage takes the value of an earlier one through `|>`.
  var isPiped = false
  /// Whether the stage is the first of its statement.
  var isStatementStart = true
  /// The parameter being given, where the cursor is after `name=` or in a list there.
  var key: String?
  /// The innermost open bracket, if any.
  var bracket: Character?
  /// The stages that the open brackets stand in, innermost first.
  var outer: [Stage] = []
  /// The stages before a `|>`, as they are written.
  var pipedText = ""
  /// The whole statements before the one being typed, where there are any.
  var earlier: EarlierText?

  /// What stands right before the word, without a blank: `(barrier a b)` or `nets[1]`, whose part
  /// the word then is.
  var owner = ""
  /// Whether the open bracket is an index.
  var isIndex = false

  /// Words of the stage that an open list or index stands in.
  var outerWords: [Word] { bracket == "[" ? outer.first?.words ?? [] : [] }

  /// A stage that an open bracket stands in.
  struct Stage: Hashable, Sendable {
    var words: [Word]
    var isPiped: Bool
    var pipedText: String
    var key: String?
    /// The bracket that the stage itself stands in.
    var bracket: Character?
  }

  /// Statements before the one being typed, with every block that is still open closed behind them.
  struct EarlierText: Hashable, Sendable {
    var text: String
    /// Where the statement being typed begins: inside the blocks that are still open.
    var end: Int
  }

  /// Where in the text the cursor is.
  enum Place: Hashable, Sendable {
    case word, string, comment
  }

  /// A piece of a stage.
  enum Word: Hashable, Sendable {
    /// A name, number or path.
    case plain(String)
    /// `name=value`; the value as typed, empty where it is bracketed.
    case keyword(String, String)
    /// A string or something in brackets, as it is written.
    case value(String)
    case comma
    case sign

    /// The text of a plain word.
    var text: String? {
      if case .plain(let text) = self { return text }
      return nil
    }

    /// What is written, where the word can stand for a value.
    var written: String? {
      switch self {
      case .plain(let text), .value(let text): text
      case .keyword, .comma, .sign: nil
      }
    }
  }

  /// - Parameter text: Everything from the start of the statement, or before, to the cursor.
  init(textBeforeCursor text: String) {
    var reader = CompletionReader(text)
    reader.readAll()
    self = reader.context()
  }

  fileprivate init() {}
}

/// Follows the text from its start to the cursor.
private struct CompletionReader {
  typealias Word = CompletionContext.Word

  /// What is open: the text itself, or a bracket with the stage inside it.
  struct Frame {
    var bracket: Character?
    /// The words before the current stage of the frame.
    var words: [Word] = []
    var isPiped = false
    var isStatementStart = true
    /// The `name=` right before the current word.
    var key: String?
    /// Whether the bracket began right after a word, as an index does.
    var isAttached = false
    /// Where the bracket stands.
    var opening = 0
    /// Where the current statement of the frame begins.
    var statementStart = 0
    /// Where its pipeline begins: behind the names and `=`.
    var pipelineStart = 0
    /// Where the last `|>` of the pipeline stands.
    var pipe: Int?
    /// The starts of the statement before, which a line that begins with `|>` goes on with.
    var before: (statement: Int, pipeline: Int)?
  }

  private let bytes: [UInt8]
  private var position = 0
  private var frames = [Frame()]
  private var wordStart: Int?
  private var place = CompletionContext.Place.word
  private var stringStart = 0
  private var quote: Character?
  /// Where the bracket opens that closes at a place.
  private var brackets: [Int: Int] = [:]

  init(_ text: String) { bytes = Array(text.utf8) }

  private var top: Frame {
    get { frames[frames.count - 1] }
    set { frames[frames.count - 1] = newValue }
  }

  mutating func readAll() {
    while position < bytes.count {
      let byte = bytes[position]
      if Self.isWordByte(byte) {
        if wordStart == nil { wordStart = position }
        position += 1
      } else if byte == UInt8(ascii: "="), takeEquals() {
        continue
      } else {
        endWord()
        readOther(byte)
      }
    }
  }

  /// What was read, as seen from the cursor.
  func context() -> CompletionContext {
    var context = CompletionContext()
    context.place = place
    context.quote = quote
    context.start = place == .string ? stringStart : wordStart ?? bytes.count
    context.partial = String(decoding: bytes[context.start...], as: UTF8.self)
    context.words = top.words
    context.isPiped = top.isPiped
    context.isStatementStart = top.isStatementStart && top.bracket != "("
    context.key = top.key
    context.bracket = top.bracket
    context.pipedText = pipedText(of: top)
    context.outer = frames.dropLast().reversed().map {
      CompletionContext.Stage(
        words: $0.words, isPiped: $0.isPiped, pipedText: pipedText(of: $0), key: $0.key,
        bracket: $0.bracket)
    }
    if top.bracket == "[", frames.count > 1, context.key == nil, !top.isAttached {
      context.key = frames[frames.count - 2].key
    }
    context.earlier = earlier
    context.isIndex = top.bracket == "[" && top.isAttached
    if context.partial.contains(".") { context.owner = owner(of: context.start) }
    return context
  }

  /// What ends in a bracket right before a word, back to its beginning.
  private func owner(of start: Int) -> String {
    var begin = start
    while begin > 0 {
      let byte = bytes[begin - 1]
      if byte == UInt8(ascii: ")") || byte == UInt8(ascii: "]") {
        guard let opening = brackets[begin - 1] else { break }
        begin = opening
      } else if Self.isWordByte(byte), begin < start {
        begin -= 1
      } else {
        break
      }
    }
    return String(decoding: bytes[begin..<start], as: UTF8.self)
  }

  private func pipedText(of frame: Frame) -> String {
    guard frame.isPiped, let pipe = frame.pipe, pipe > frame.pipelineStart else { return "" }
    let text = bytes[frame.pipelineStart..<pipe]
    return String(decoding: text, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  /// What was bound before this statement can be read from the text up to it, once the brackets
  /// around it are closed.
  private var earlier: CompletionContext.EarlierText? {
    let block = frames.lastIndex { $0.bracket == "{" } ?? 0
    let end = frames[block].statementStart
    guard end > 0 else { return nil }
    let closing = frames[0...block].reversed().compactMap(\.bracket).map { bracket in
      bracket == "{" ? "}" : bracket == "(" ? ")" : "]"
    }
    let text = String(decoding: bytes[..<end], as: UTF8.self)
    return CompletionContext.EarlierText(text: text + closing.joined(), end: end)
  }

  // MARK: - Words

  /// Letters, digits and what stands in numbers, names with members, and paths.
  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "~"), UInt8(ascii: ":"),
      UInt8(ascii: "%"), UInt8(ascii: "@"), 0x80...:
      true
    default: false
    }
  }

  private mutating func endWord() {
    guard let start = wordStart else { return }
    wordStart = nil
    add(.plain(String(decoding: bytes[start..<position], as: UTF8.self)))
  }

  private mutating func add(_ word: Word) {
    if let key = top.key {
      top.key = nil
      top.words.append(.keyword(key, word.text ?? ""))
    } else {
      top.words.append(word)
    }
  }

  /// Handles `=`; false where it is part of a comparison.
  private mutating func takeEquals() -> Bool {
    let next = position + 1 < bytes.count ? bytes[position + 1] : 0
    guard next != UInt8(ascii: "=") else { return false }
    if wordStart == nil, position > 0, "=<>!~".utf8.contains(bytes[position - 1]) { return false }
    // `~` counts as part of words, for paths: `a ~=b` compares.
    if let start = wordStart, bytes[position - 1] == UInt8(ascii: "~"), start < position {
      return false
    }
    if let start = wordStart, !top.words.isEmpty, !isNameList, !isParameterName {
      wordStart = nil
      top.key = String(decoding: bytes[start..<position], as: UTF8.self)
    } else if top.isStatementStart, top.words.first == .plain("param") {
      endWord()
      top.words.append(.sign)
    } else {
      // Names before `=` at the start of a statement: what follows is the stage.
      wordStart = nil
      top.words = []
      top.key = nil
      top.isStatementStart = false
      top.pipelineStart = position + 1
    }
    position += 1
    return true
  }

  /// Whether the stage so far could be the names of an assignment: `a, b,`.
  private var isNameList: Bool {
    top.isStatementStart && top.words.last == .comma
      && top.words.enumerated().allSatisfy { index, word in
        index % 2 == 0 ? word.text != nil : word == .comma
      }
  }

  /// Whether the word being read is the name in `param NAME = …`.
  private var isParameterName: Bool {
    top.isStatementStart && top.words == [.plain("param")]
  }

  // MARK: - Everything else

  private mutating func readOther(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "#"): readComment()
    case UInt8(ascii: "\""), UInt8(ascii: "'"): readString(quote: byte)
    case UInt8(ascii: "\n"), UInt8(ascii: ";"):
      if top.bracket == nil || top.bracket == "{", byte == UInt8(ascii: ";") || !continues {
        top.before = (top.statementStart, top.pipelineStart)
        beginStage(isPiped: false, isStatementStart: true)
        top.statementStart = position + 1
        top.pipelineStart = position + 1
      }
      position += 1
    case UInt8(ascii: "|"):
      // A line that begins with it goes on with the statement before.
      if top.words.isEmpty, let before = top.before {
        (top.statementStart, top.pipelineStart) = before
      }
      top.pipe = position
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: ">") { position += 1 }
      beginStage(isPiped: true, isStatementStart: false)
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
      let isAttached = position > 0 && Self.isWordByte(bytes[position - 1])
      frames.append(
        Frame(
          bracket: Character(Unicode.Scalar(byte)), isAttached: isAttached, opening: position,
          statementStart: position + 1, pipelineStart: position + 1))
      position += 1
    case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
      closeBracket()
      position += 1
    case UInt8(ascii: ","):
      top.words.append(.comma)
      position += 1
    case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"):
      // A blank after `name=` gives it up.
      top.key = nil
      position += 1
    default:
      top.words.append(.sign)
      position += 1
    }
  }

  private mutating func closeBracket() {
    guard frames.count > 1 else { return }
    let closed = frames.removeLast()
    brackets[position] = closed.opening
    // An index belongs to the word before it.
    if !(closed.bracket == "[" && closed.isAttached) {
      add(.value(String(decoding: bytes[closed.opening...position], as: UTF8.self)))
    }
  }

  private mutating func beginStage(isPiped: Bool, isStatementStart: Bool) {
    top.words = []
    top.key = nil
    top.isPiped = isPiped
    top.isStatementStart = isStatementStart
  }

  /// Whether a statement goes on after a line end here.
  private var continues: Bool {
    top.words.last == .comma || top.words.last == .sign || (top.words.isEmpty && top.isPiped)
  }

  private mutating func readComment() {
    while position < bytes.count, bytes[position] != UInt8(ascii: "\n") { position += 1 }
    if position == bytes.count { place = .comment }
  }

  private mutating func readString(quote: UInt8) {
    let opening = position
    position += 1
    stringStart = position
    while position < bytes.count, bytes[position] != quote {
      // In double quotes a backslash takes the next character along.
      position += bytes[position] == UInt8(ascii: "\\") && quote == UInt8(ascii: "\"") ? 2 : 1
    }
    guard position < bytes.count else {
      place = .string
      self.quote = Character(Unicode.Scalar(quote))
      position = bytes.count
      return
    }
    position += 1
    add(.value(String(decoding: bytes[opening..<position], as: UTF8.self)))
  }
}
