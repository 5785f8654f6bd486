import Contract

/// A page of help, ready to be laid out.
struct HelpPage: Hashable, Sendable {
  /// The word that was asked for.
  var title: String
  /// One line.
  var summary: String
  /// How it is written; empty for topics.
  var usage: String = ""
  /// Paragraphs.
  var text: [String] = []
  /// Tables of arguments with their headings.
  var sections: [Section] = []
  var examples: [String] = []
  var seeAlso: [String] = []

  /// Lines under a heading, each a word and what it means.
  struct Section: Hashable, Sendable {
    var heading: String
    var rows: [Row]
  }

  /// A word with its kind, default and meaning.
  struct Row: Hashable, Sendable {
    var name: String
    /// Kind and range, such as `int 3..1001`; empty outside tables of arguments.
    var kind: String = ""
    /// The default as typed; empty where there is none.
    var defaultText: String = ""
    var help: String
  }
}
