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
  static func withoutPrompts(_ text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let stripped = lines.map(strip)
    guard stripped.contains(where: { $0.hadPrompt }) else { return text }
    return stripped.filter(\.hadPrompt).map(\.rest).joined(separator: "\n")
  }

  private static func strip(_ line: Substring) -> (rest: Substring, hadPrompt: Bool) {
    var rest = line.drop { $0 == " " }
    if rest.hasPrefix("...") {
      let after = rest.dropFirst(3)
      if after.isEmpty { return (after, true) }
      // Beyond the blank of the prompt, blanks are the block's own.
      return after.hasPrefix(" ") ? (after.dropFirst(), true) : (line, false)
    }
    // A prompt may have been pasted after another one: `basin 3> basin 12> help`.
    var hadPrompt = false
    while let next = afterPrompt(rest) {
      rest = next
      hadPrompt = true
    }
    return hadPrompt ? (rest, true) : (line, false)
  }

  private static func afterPrompt(_ text: Substring) -> Substring? {
    guard text.hasPrefix("basin ") else { return nil }
    let number = text.dropFirst(6)
    let after = number.drop { $0.isASCII && $0.isNumber }
    guard after.startIndex > number.startIndex, after.first == ">" else { return nil }
    return after.dropFirst().drop { $0 == " " }
  }
}
