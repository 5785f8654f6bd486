/// Makes a command out of what was pasted from a transcript.
enum PastedText {
  /// The text without prompts; where there are some, lines that no prompt begins are output, and
  /// are dropped.
  ///
  ///     basin 3> a, b = train mlp        ->   a, b = train mlp
  ///     _2 a, b       2 × mlp                  for x in [1, 2] {
  ///     basin 4> for x in [1, 2] {               print x
  ///     ...   print x                          }
  ///     ... }
  ///
  /// - Parameter keepingLines: Leaves an empty line for each that is dropped, so that errors name
  ///   the lines of the transcript.
  static func withoutPrompts(_ text: String, keepingLines: Bool = false) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let stripped = lines.map(strip)
    guard stripped.contains(where: { $0.hadPrompt }) else {
      // Where a terminal passes on line by line what is pasted, the greeting comes alone.
      return isBanner(text.drop { $0 == " " }) ? "" : text
    }
    if keepingLines {
      return stripped.map { $0.hadPrompt ? $0.rest : "" }.joined(separator: "\n")
    }
    return stripped.filter(\.hadPrompt).map(\.rest).joined(separator: "\n")
  }

  /// The statements of a pasted transcript one by one, as they were typed; a text without prompts is
  /// one piece.
  static func entries(of text: String) -> [String] {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let stripped = lines.map(strip)
    guard stripped.contains(where: { $0.hadPrompt && !$0.goesOn }) else {
      return [withoutPrompts(text)]
    }
    var entries: [String] = []
    for line in stripped where line.hadPrompt {
      if line.goesOn, !entries.isEmpty {
        entries[entries.count - 1] += "\n" + line.rest
      } else {
        entries.append(String(line.rest))
      }
    }
    return entries
  }

  /// Whether the first line that is not empty is one of the prompt's: no script begins so.
  ///
  /// Before it may stand the line of the shell and the one that greets.
  static func isTranscript(_ text: String) -> Bool {
    text.split(separator: "\n").lazy.map { $0.drop { $0 == " " } }
      .first { !$0.allSatisfy(\.isWhitespace) && !$0.hasPrefix("$ ") && !isBanner($0) }
      .map { afterPrompt($0) != nil } ?? false
  }

  /// Whether a line is the one that greets: `basin 0.1 · 2 threads …`.
  static func isBanner(_ line: Substring) -> Bool {
    guard line.hasPrefix("basin ") else { return false }
    let version = line.dropFirst(6).prefix { !$0.isWhitespace }
    return version.contains(".") && version.allSatisfy { $0 == "." || ($0.isASCII && $0.isNumber) }
  }

  /// A line without its prompt.
  private struct Stripped {
    var rest: Substring
    var hadPrompt: Bool
    /// Whether its prompt was that of a line that goes on.
    var goesOn = false
  }

  private static func strip(_ line: Substring) -> Stripped {
    var rest = line.drop { $0 == " " }
    if rest.hasPrefix("...") {
      let after = rest.dropFirst(3)
      if after.isEmpty { return Stripped(rest: after, hadPrompt: true, goesOn: true) }
      // Beyond the blank of the prompt, blanks are the block's own.
      return after.hasPrefix(" ")
        ? Stripped(rest: after.dropFirst(), hadPrompt: true, goesOn: true)
        : Stripped(rest: line, hadPrompt: false)
    }
    // A prompt may have been pasted after another one: `basin 3> basin 12> help`.
    var hadPrompt = false
    while let next = afterPrompt(rest) {
      rest = next
      hadPrompt = true
    }
    return Stripped(rest: hadPrompt ? rest : line, hadPrompt: hadPrompt)
  }

  private static func afterPrompt(_ text: Substring) -> Substring? {
    guard text.hasPrefix("basin ") else { return nil }
    let number = text.dropFirst(6)
    let after = number.drop { $0.isASCII && $0.isNumber }
    guard after.startIndex > number.startIndex, after.first == ">" else { return nil }
    return after.dropFirst().drop { $0 == " " }
  }
}
