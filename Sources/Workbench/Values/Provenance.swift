import Kernel

/// How a value came to be: a tree whose leaves are what was typed and the files that were read.
final class Provenance: Sendable {
  /// The text that makes the value, with the values it is made from in their places.
  let parts: [Part]
  /// What names the value for ever: never a variable's name, never computed bits.
  let recipe: Recipe
  /// The call that made it, or `nil` for what was typed, taken out of a value or calculated.
  let call: CallRecord?
  /// Which of the call's values this is, from 0; `nil` for all of them together.
  let resultIndex: Int?
  /// Whether the value, or one that it was made from, is what there was when time was up: another
  /// run gives another value.
  let dependsOnTheClock: Bool

  /// Whether a search stands between the value and what was typed: on another numeric level a search
  /// may choose otherwise.
  let dependsOnSearch: Bool

  /// A piece of the text that makes a value.
  enum Part: Sendable {
    case text(String)
    case value(Provenance)
  }

  init(
    parts: [Part], recipe: Recipe, call: CallRecord? = nil, resultIndex: Int? = 0,
    isPartial: Bool = false
  ) {
    self.parts = parts
    dependsOnTheClock =
      isPartial
      || parts.contains { part in
        if case .value(let input) = part { input.dependsOnTheClock } else { false }
      }
    dependsOnSearch =
      call?.method != nil || call?.innerMethods.isEmpty == false
      || parts.contains { part in
        if case .value(let input) = part { input.dependsOnSearch } else { false }
      }
    self.recipe = recipe
    self.call = call
    self.resultIndex = resultIndex
  }

  /// A value that was typed as `text`.
  static func typed(_ text: String) -> Provenance {
    Provenance(parts: [.text(text)], recipe: Recipe("typed", text))
  }

  /// The values it is made from, in the order of the text.
  var inputs: [Provenance] {
    parts.compactMap { if case .value(let input) = $0 { input } else { nil } }
  }
}

/// What is known of one run of a command.
final class CallRecord: Sendable {
  let verb: String
  /// Names the random stream and, with an index, each of the results.
  let recipe: Recipe
  /// The names the results were first bound to; empty where there were none.
  let names: [String]
  let resultCount: Int
  /// The method and its version, where the command ran one.
  let method: String?
  /// The methods and versions that ran inside: where a search began, in the cells of a sweep.
  let innerMethods: [String]
  /// The metrics and readers of plugins that took part.
  let plugged: [PluggedPart]
  /// Every parameter with its value as canonical text, defaults filled in, in the table's order.
  let parameters: [Setting]
  /// The seed of the stream that was drawn from, or `nil` where nothing is drawn.
  let seed: UInt64?
  /// The files that were read, with their hashes.
  let files: [FilePin]
  /// The files that it wrote.
  let written: [String]
  let threads: Int
  let seconds: Double
  /// The number of the statement it ran in: the `7` of `_7`.
  let number: Int
  /// How many calls with the same recipe drew random numbers before it.
  let ordinal: Int
  /// The recipe by which such calls are counted; `nil` where nothing is drawn or a seed was given.
  let countedRecipe: String?
  /// The recipe of the values once they are whole: that of a run that nothing stopped.
  let wholeRecipe: Recipe

  /// Every method that ran, with its version.
  var allMethods: [String] { [method].compactMap(\.self) + innerMethods }

  /// One parameter's value.
  struct Setting: Hashable, Sendable {
    var name: String
    var text: String
    var isDefault: Bool
  }

  /// A file that was read.
  struct FilePin: Hashable, Sendable {
    var path: String
    var hash: ContentHash
    /// The known data set that it is part of, which lies in another folder on another machine.
    var dataSet: KnownDataSet?
    /// Whether it is a plugin: what it brings is used, and not what it holds.
    var isPlugin = false
  }

  init(
    verb: String, recipe: Recipe, names: [String], resultCount: Int, method: String?,
    innerMethods: [String], plugged: [PluggedPart] = [], parameters: [Setting], seed: UInt64?,
    files: [FilePin],
    written: [String], threads: Int, seconds: Double, number: Int, ordinal: Int,
    countedRecipe: String?, wholeRecipe: Recipe
  ) {
    self.verb = verb
    self.recipe = recipe
    self.names = names
    self.resultCount = resultCount
    self.method = method
    self.innerMethods = innerMethods
    self.plugged = plugged
    self.parameters = parameters
    self.seed = seed
    self.files = files
    self.written = written
    self.threads = threads
    self.seconds = seconds
    self.number = number
    self.ordinal = ordinal
    self.countedRecipe = countedRecipe
    self.wholeRecipe = wholeRecipe
  }
}

/// A metric or a reader of a plugin that took part in a call, with its version.
struct PluggedPart: Hashable, Sendable {
  enum Role: String, Hashable, Sendable { case metric, reader }

  var role: Role
  /// Id and version: `brier 1`.
  var version: String

  /// `metric brier 1`, as heads and journals have it.
  var text: String { "\(role.rawValue) \(version)" }

  init(_ role: Role, _ version: String) {
    self.role = role
    self.version = version
  }

  /// The part that a text names; `nil` where it names none.
  init?(_ text: String) {
    let words = text.split(separator: " ", maxSplits: 1)
    guard words.count == 2, let role = Role(rawValue: String(words[0])) else { return nil }
    self.init(role, String(words[1]))
  }
}

/// The name of what makes a value: the verb, the parameters that differ from their defaults, the
/// recipes of the arguments, hashes in place of files, and how-manieth of its kind it is.
///
/// Renaming a variable or adding a line above changes no recipe, so it shifts no random stream.
struct Recipe: Hashable, Sendable {
  /// 64 hexadecimal digits: the SHA-256 of the recipe's parts.
  let hex: String

  /// A recipe from its parts, each of which may hold anything.
  init(_ parts: String...) { self.init(parts: parts) }

  init(parts: [String]) {
    // Lengths keep `ab` `c` apart from `a` `bc`.
    let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
    hex = ContentHash(of: Array(text.utf8)).hex
  }
}
