import Foundation

/// Which characters the screen can show.
///
/// Everything is written with the characters that read best; where the locale has no UTF-8 (such
/// as `LANG=C`), `shown` puts plain ones in their place.
enum Glyphs: Hashable, Sendable {
  case unicode
  case ascii

  /// What the environment says: the first of `LC_ALL`, `LC_CTYPE` and `LANG` that is set decides.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].lazy
      .compactMap { environment[$0] }.first { !$0.isEmpty }
    let name = (locale ?? "").uppercased()
    self = name.contains("UTF-8") || name.contains("UTF8") ? .unicode : .ascii
  }

  /// Stands where text was cut off.
  var ellipsis: String { self == .unicode ? "…" : "~" }

  /// The text with plain characters in place of those that the screen cannot show.
  func shown(_ text: String) -> String {
    guard self == .ascii, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    var plain = ""
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        plain.unicodeScalars.append(scalar)
      } else if let substitute = Self.substitutes[scalar] {
        plain += substitute
      } else if displayWidth(of: scalar) > 0 {
        plain += String(repeating: "?", count: displayWidth(of: scalar))
      }
    }
    return plain
  }

  private static let substitutes: [Unicode.Scalar: String] = [
    "×": "x", "·": "-", "…": "..", "→": "->", "–": "-", "—": "-", "−": "-", "±": "+-", "≤": "<=",
    "≥": ">=", "α": "alpha", "β": "beta", "λ": "lambda", "µ": "u", "μ": "u", "σ": "sigma",
    "²": "^2", "³": "^3", "√": "sqrt", "“": "\"", "”": "\"", "‘": "'", "’": "'", "\u{A0}": " ",
    "₁": "1", "₂": "2", "₃": "3", "●": "*", "○": "o", "│": "|", "─": "-", "├": "|", "┤": "|",
    "┼": "+", "┴": "'", "┘": "'", "└": "`",
  ]
}
