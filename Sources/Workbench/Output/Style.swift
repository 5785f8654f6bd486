import Foundation

/// Colours and weights of text on a terminal.
///
/// Colour only repeats what words and marks say already; nothing is lost without it.
struct Style: Hashable, Sendable {
  /// Whether escape sequences are written at all.
  let isColoured: Bool

  /// Text as it stands.
  static let plain = Style(isColoured: false)

  init(isColoured: Bool) { self.isColoured = isColoured }

  /// Decides from what was asked for, the environment and where the text goes.
  ///
  /// `always` and `never` are obeyed. `auto` means colour on a terminal that has it, and where
  /// `NO_COLOR` is not set.
  init(
    _ choice: Choice, isTerminal: Bool,
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    switch choice {
    case .always: isColoured = true
    case .never: isColoured = false
    case .auto:
      let terminal = environment["TERM"] ?? ""
      isColoured =
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && !terminal.isEmpty
        && terminal != "dumb"
    }
  }

  /// What a person asks for.
  enum Choice: String, Hashable, Sendable, CaseIterable {
    case auto, always, never
  }

  /// What a piece of text is.
  enum Role: Hashable, Sendable {
    case heading, muted, good, bad, warning, best
    /// A series of a picture, counted from 0.
    case series(Int)

    /// The parameters of the escape sequence, from the sixteen colours that every scheme has.
    fileprivate var code: String {
      switch self {
      case .heading: "1"
      case .muted: "2"
      case .good: "32"
      case .bad: "1;31"
      case .warning: "33"
      case .best: "1;32"
      case .series(let index): ["34", "31", "32", "35", "36", "33"][index % 6]
      }
    }
  }

  /// The text in the colours of its role.
  func paint(_ text: String, _ role: Role) -> String {
    isColoured && !text.isEmpty ? "\u{1B}[\(role.code)m\(text)\u{1B}[0m" : text
  }
}
