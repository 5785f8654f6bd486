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
    guard !["train", "test", "a", "b", "p", "q"].contains(name) else {
      throw Failure(.reservedName, "the script that tries `\(name)` has a value of that name")
    }
    let language = PluginLanguage(rawValue: text("language")) ?? .swift
    let source = name + language.ending
    let script = name + ".basin"
    guard language != .python || !PluginNames.ofPython.contains(name) else {
      throw Failure(
        .reservedName, "Python has a module or a word `\(name)` already",
        notes: ["take another name, such as `\(name)_match`"])
    }
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

/// Names that a new plugin must not have.
private enum PluginNames {
  /// Words of Python, and modules that a file of that name would hide from itself and its neighbours.
  static let ofPython: Set<String> = [
    "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
    "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "match",
    "abc", "argparse", "array", "ast", "asyncio", "base64", "basin_plugin", "bisect", "builtins",
    "bz2", "cmath", "code", "codecs", "collections", "copy", "csv", "ctypes", "dataclasses",
    "datetime", "decimal", "dis", "email", "enum", "errno", "fractions", "functools", "gc", "glob",
    "gzip", "hashlib", "heapq", "html", "http", "importlib", "inspect", "io", "itertools", "jax",
    "json", "keyword", "locale", "logging", "lzma", "math", "numbers", "numpy", "opcode",
    "operator", "os", "pathlib", "pickle", "platform", "pprint", "queue", "random", "re",
    "scipy", "secrets", "select", "shutil", "signal", "site", "sklearn", "socket", "sqlite3",
    "ssl", "stat", "statistics", "string", "struct", "subprocess", "symbol", "sys", "tarfile",
    "tempfile", "test", "textwrap", "threading", "time", "token", "tokenize", "torch", "traceback",
    "types", "typing", "unittest", "urllib", "uuid", "warnings", "weakref", "xml", "zipfile",
    "zlib",
  ]
}

/// What `plugin new` writes a method in.
enum PluginLanguage: String, Hashable, Sendable, CaseIterable {
  case swift, python

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
  ///
  /// One word alone may be a type already: `matrix` is `MatrixMethod`.
  fileprivate var typeName: String {
    let words = split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
    return words.joined() + (words.count == 1 ? "Method" : "")
  }

  fileprivate func replacing(_ words: [String: String]) -> String {
    words.sorted { $0.key < $1.key }.reduce(self) {
      $0.replacingOccurrences(of: $1.key, with: $1.value)
    }
  }
}
