import Contract

/// What `set` changes.
struct SessionSettings: Sendable {
  /// Names every random stream together with its recipe.
  var seed: UInt64 = 1
  var threads: Int = 1
  var format = OutputFormat.table
  /// Whether a script goes on after a failed expectation.
  var continuesOnFailure = false
  var color = ColorChoice.auto
  /// Whether long texts are shown a screen at a time, at a terminal.
  var pages = true
  /// Values that stand in place of the defaults of shared parameters, such as `points`.
  var defaults: [String: Content] = [:]

  /// When colour is used.
  enum ColorChoice: String, Hashable, Sendable, CaseIterable {
    case auto, always, never
  }
}
