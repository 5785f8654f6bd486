import Foundation
import Kernel

/// What the compiler complains of, as errors with their places in the plugin's own text.
struct CompilerMessages {
  /// The errors, in the compiler's order.
  private(set) var diagnostics: [Diagnostic] = []

  /// - Parameters:
  ///   - output: What the compiler printed, in its `llvm` style: `file:line:column: error: text`.
  ///   - shownPath: How a file is named in messages; `nil` for one that is not the author's.
  init(_ output: String, shownPath: (String) -> String?) {
    var sources: [String: Source] = [:]
    var isLastShown = false
    for line in output.split(separator: "\n") {
      guard let match = line.firstMatch(of: /^(\/[^:]+):(\d+):(\d+): (error|note): (.*)$/),
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
      guard let shown = shownPath(file) else {
        isLastShown = false
        continue
      }
      let source =
        sources[file]
        ?? Source(
          name: shown, bytes: FileManager.default.contents(atPath: file).map(Array.init) ?? [])
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
