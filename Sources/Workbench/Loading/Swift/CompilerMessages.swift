import Foundation
import Kernel

/// What the compiler complains of, as errors with their places in the plugin's own text.
struct CompilerMessages {
  /// The errors, in the compiler's order.
  private(set) var diagnostics: [Diagnostic] = []

  /// - Parameters:
  ///   - output: What the compiler printed, in its `llvm` style: `file:line:column: error: text`.
  ///   - author: What a file is to its author: its name in messages and its text; `nil` for one
  ///     that is not the author's.
  init(_ output: String, author: (String) -> Source?) {
    var sources: [String: Source] = [:]
    var isLastShown = false
    for line in output.split(separator: "\n") {
      guard let match = line.firstMatch(of: /^(\/.+):(\d+):(\d+): (error|note): (.*)$/),
        let row = Int(match.2), let column = Int(match.3)
      else { continue }
      let file = String(match.1)
      let text = String(match.5)
      if match.4 == "note" {
        // A note belongs to the error before it; two are shown.
        if isLastShown, let last = diagnostics.indices.last {
          diagnostics[last].failure.notes.append(text)
        }
        continue
      }
      guard let source = sources[file] ?? author(file) else {
        isLastShown = false
        continue
      }
      sources[file] = source
      let diagnostic = Diagnostic(
        Failure(.pluginDoesNotCompile, text), in: source, at: source.span(line: row, column: column)
      )
      isLastShown = !diagnostics.contains(diagnostic)
      if isLastShown { diagnostics.append(diagnostic) }
    }
  }
}

extension Source {
  /// The word at a line and a column, both from 1, the column in bytes as compilers count; `nil`
  /// past the end.
  fileprivate func span(line: Int, column: Int) -> Span? {
    guard lineStarts.indices.contains(line - 1) else { return nil }
    let start = lineStarts[line - 1] + column - 1
    guard start <= bytes.count else { return nil }
    let word = bytes[start...].prefix { byte in
      byte == UInt8(ascii: "_") || byte >= 0x80
        || Character(Unicode.Scalar(byte)).isLetter || Character(Unicode.Scalar(byte)).isNumber
    }
    return Span(start, start + max(word.count, 1))
  }
}

/// What is said of a plugin that the compiler refused.
struct CompilerComplaint {
  let failure: LoadingFailure

  /// - Parameter output: What the compiler printed.
  init(_ output: String, file: PluginFile) {
    let messages = CompilerMessages(output) { path in
      let bytes = FileManager.default.contents(atPath: path).map(Array.init)
      if file.kind == .package {
        let root = file.resolvedPath
        // A package's files are shown by their place in it.
        guard path.hasPrefix(root + "/") else { return nil }
        return Source(name: file.path + path.dropFirst(root.count), bytes: bytes ?? [])
      }
      guard (path as NSString).lastPathComponent == file.name else { return nil }
      // The copy that was compiled is gone; its bytes were the file's.
      return Source(name: file.path, bytes: bytes ?? (try? file.content()) ?? [])
    }
    let count = Content.counted(messages.diagnostics.count, "error")
    if !messages.diagnostics.isEmpty {
      failure = LoadingFailure(
        Failure(.pluginDoesNotCompile, "`\(file.name)` does not compile: \(count)"),
        details: messages.diagnostics)
    } else if output.contains("cannot find 'plugin' in scope") {
      failure = LoadingFailure(
        Failure(
          .pluginDoesNotCompile, "`\(file.name)` declares no `plugin`",
          notes: ["as in `let plugin = Plugin(methods: [MyMatcher.self])`"]))
    } else if output.contains("'plugin' is inaccessible") {
      failure = LoadingFailure(
        Failure(
          .pluginDoesNotCompile, "`plugin` in `\(file.name)` cannot be reached",
          notes: ["it must not be `private`, and in a package it must be `public`"]))
    } else {
      let lines = output.split(separator: "\n")
      let said = lines.first { $0.contains("error:") } ?? lines.last ?? "nothing"
      failure = LoadingFailure(
        Failure(
          .pluginDoesNotCompile, "`\(file.name)` was not compiled",
          notes: ["the compiler said: \(said)"]))
    }
  }
}

/// A plugin could not be loaded.
struct LoadingFailure: Error {
  /// What is said at the line that loads it.
  var failure: Failure
  /// What is wrong with the plugin's own text, with places in it.
  var details: [Diagnostic] = []

  init(_ failure: Failure, details: [Diagnostic] = []) {
    self.failure = failure
    self.details = details
  }
}
