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
  /// Words of the stage that an open list or index stands in.
  var outerWords: [Word] = []

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
    /// A string or something in brackets.
    case value
    case comma
    case sign

    /// The text of a plain word.
    var text: String? {
      if case .plain(let text) = self { return text }
      return nil
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
  }

  private let bytes: [UInt8]
  private var position = 0
  private var frames = [Frame()]
  private var wordStart: Int?
  private var place = CompletionContext.Place.word
  private var stringStart = 0
  private var quote: Character?

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
    if top.bracket == "[", frames.count > 1 {
      let outer = frames[frames.count - 2]
      context.outerWords = outer.words
      if context.key == nil, !top.isAttached { context.key = outer.key }
    }
    return context
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
    if let start = wordStart, !top.words.isEmpty, !isNameList {
      wordStart = nil
      top.key = String(decoding: bytes[start..<position], as: UTF8.self)
    } else {
      // Names before `=` at the start of a statement: what follows is the stage.
      wordStart = nil
      top.words = []
      top.key = nil
      top.isStatementStart = false
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

  // MARK: - Everything else

  private mutating func readOther(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "#"): readComment()
    case UInt8(ascii: "\""), UInt8(ascii: "'"): readString(quote: byte)
    case UInt8(ascii: "\n"), UInt8(ascii: ";"):
      if top.bracket == nil || top.bracket == "{", byte == UInt8(ascii: ";") || !continues {
        beginStage(isPiped: false, isStatementStart: true)
      }
      position += 1
    case UInt8(ascii: "|"):
      position += 1
      if position < bytes.count, bytes[position] == UInt8(ascii: ">") { position += 1 }
      beginStage(isPiped: true, isStatementStart: false)
    case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
      let isAttached = position > 0 && Self.isWordByte(bytes[position - 1])
      frames.append(
        Frame(bracket: Character(Unicode.Scalar(byte)), isAttached: isAttached))
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
    // An index belongs to the word before it.
    if !(closed.bracket == "[" && closed.isAttached) { add(.value) }
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
    add(.value)
  }
}
