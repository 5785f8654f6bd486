/// What the parser must know about commands: which words are verbs, and which of their arguments
/// are read as source text instead of as expressions.
///
/// Everything else about a command is checked on the tree.
protocol Vocabulary: Sendable {
  /// Whether `word` is a command.
  func isVerb(_ word: String) -> Bool

  /// Whether the next positional argument of a command is read as source text, up to a blank,
  /// `,` `;` `#`, a quote or a closing bracket: where its table says *path*, and where any word
  /// may stand, as after `help`.
  ///
  /// - Parameters:
  ///   - position: which positional argument, from 0; what `|>` brings counts as the first.
  ///   - arguments: what was given so far, positional and named, without what `|>` brings.
  func readsText(verb: String, position: Int, after arguments: [Argument]) -> Bool

  /// The same for `keyword=…`.
  func readsText(verb: String, keyword: String, after arguments: [Argument]) -> Bool
}
