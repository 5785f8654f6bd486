@testable import Workbench

/// A few commands, enough for every shape of argument.
struct LanguageTestVocabulary: Vocabulary {
  private static let verbs: Set<String> = [
    "load", "save", "train", "search", "barrier", "eval", "curve", "compare", "plot", "sweep",
    "row", "where", "sort", "show", "max", "count", "set", "export", "help", "method", "resume",
  ]

  func isVerb(_ word: String) -> Bool { Self.verbs.contains(word) }

  func readsText(verb: String, position: Int, after arguments: [Argument]) -> Bool {
    switch (verb, position) {
    case ("load", 0), ("save", 1), ("export", 1), ("help", 0): true
    default: false
    }
  }

  func readsText(verb: String, keyword: String, after arguments: [Argument]) -> Bool {
    keyword == "file" || verb == "train" && keyword == "log"
  }
}

extension Parsed {
  /// What was typed at the prompt, parsed.
  static func typed(_ text: String) -> Parsed {
    Parser.parse(.typed(text), vocabulary: LanguageTestVocabulary())
  }

  /// The canonical text, or every error as it is shown, without the way to more.
  var shown: String {
    guard !diagnostics.isEmpty else { return script.canonical }
    return diagnostics.map { $0.rendered() }.joined()
      .split(separator: "\n").map { line in
        var line = line
        if line.hasSuffix(")"), let more = line.range(of: "(more: help") {
          line = line[..<more.lowerBound]
        }
        while line.last == " " { line.removeLast() }
        return line + "\n"
      }.joined()
  }
}
