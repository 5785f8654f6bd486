import Contract
import Foundation
import Kernel

extension Invocation {
  /// Writes a method to begin with, and a script that tries it.
  func writeNewPlugin() throws(Failure) {
    let name = text("what")
    guard name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil else {
      throw Failure(
        .badChoice, "a method's name is a word of a-z, 0-9 and _; got `\(name)`",
        notes: ["the files are named after it, and stand in the folder you work in"])
    }
    if session.lexicon.command(name) != nil || session.lexicon.method(name) != nil {
      throw Failure(.reservedName, "`\(name)` is a command or a method already")
    }
    let language = PluginLanguage(rawValue: text("language")) ?? .swift
    let source = name + language.ending
    let script = name + ".basin"
    for path in [source, script] where FileContent.exists(path) {
      throw Failure(
        .writeFailed, "`\(path)` is there already",
        notes: ["it is left as it is: take another name"])
    }
    let template =
      switch language {
      case .swift: EmbeddedText.swiftMethod
      case .python: EmbeddedText.pythonMethod
      }
    let words = ["__NAME__": name, "__TYPE__": name.typeName, "__FILE__": source]
    try SafeWrite.text(template.replacing(words), to: source)
    try SafeWrite.text(EmbeddedText.session.replacing(words), to: script)
    session.host.show(
      .text(
        """
        wrote \(source)   a method that works, to be changed
              \(script)   a script that loads it and compares it with others
        next: plugin load \(source)
              plugin check \(name)
              run \(script)
        """))
  }
}

extension PluginLanguage {
  /// How the names of its files end.
  var ending: String {
    switch self {
    case .swift: ".swift"
    case .python: ".py"
    }
  }
}

extension String {
  /// The name as a type in Swift: `my_matcher` is `MyMatcher`.
  fileprivate var typeName: String {
    split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
  }

  fileprivate func replacing(_ words: [String: String]) -> String {
    words.sorted { $0.key < $1.key }.reduce(self) {
      $0.replacingOccurrences(of: $1.key, with: $1.value)
    }
  }
}
