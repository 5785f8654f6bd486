import Contract
import Kernel

/// A method with the settings that were given for it: what `method sa2 steps=20k` makes.
struct ConfiguredMethod: Sendable {
  let method: SearchMethod
  /// All of the method's own parameters, checked, with defaults filled in.
  let settings: Settings
  /// The method's own parameters that were given, in the order of its table, as canonical text.
  let given: [Given]
  /// What was given for the search itself: `data`, `budget`, `seed`, … by name.
  let searchArguments: [String: Value]
  /// A method named by `start=`, to be run first.
  let startMethod: StartMethod?

  /// One parameter that was given.
  struct Given: Sendable {
    var name: String
    var text: String
    var provenance: Provenance
  }

  /// The method that finds where the search begins, boxed because it is a method itself.
  final class StartMethod: Sendable {
    let method: ConfiguredMethod
    init(_ method: ConfiguredMethod) { self.method = method }
  }

  init(
    method: SearchMethod, settings: Settings, given: [Given] = [],
    searchArguments: [String: Value] = [:], startMethod: ConfiguredMethod? = nil
  ) {
    self.method = method
    self.settings = settings
    self.given = given
    self.searchArguments = searchArguments
    self.startMethod = startMethod.map(StartMethod.init)
  }

  var card: MethodCard { method.card }
  var id: String { card.id }

  /// The method with its own parameters, as receipts' tables and texts begin: `sa2`, or `sa2
  /// steps=20000` where something was given.
  var label: String { ([id] + given.map { "\($0.name)=\($0.text)" }).joined(separator: " ") }

  /// Where the search begins, as it was said: `random`, a method, a result's name.
  var startLabel: String? { searchArguments["start"].map(Self.text) }

  /// The label, where the search begins, and what else was given for the search itself: the name of
  /// a value, such as one of a sweep's, where what differs must be seen.
  var fullLabel: String {
    var words = [label]
    if let startLabel, startLabel != "identity" { words.append("start=\(startLabel)") }
    for (name, value) in searchArguments.sorted(by: { $0.key < $1.key }) where name != "start" {
      words.append("\(name)=\(Self.text(value))")
    }
    return words.joined(separator: " ")
  }

  /// The label, and where the search begins, with a result named by its method, as rows that gather
  /// several results are named: searches that begin where others of one method ended are one method.
  var rowLabel: String {
    if case .result(let result)? = searchArguments["start"]?.content {
      return label + " start=\(result.method.rowLabel)"
    }
    guard let startLabel, startLabel != "identity" else { return label }
    return label + " start=\(startLabel)"
  }

  private static func text(_ value: Value) -> String {
    switch value.content {
    case .method(let method): method.fullLabel
    default:
      value.content.word ?? value.content.sourceText ?? value.boundName ?? value.content.brief
    }
  }

  /// The method and its version, as receipts and saved sessions name it.
  var version: String { "\(id) \(card.version)" }

  /// The method, and those that find where it begins.
  private var chain: [ConfiguredMethod] {
    var chain = [self] + (startMethod?.method.chain ?? [])
    if case .method(let start)? = searchArguments["start"]?.content { chain += start.chain }
    return chain
  }

  /// Its version, and that of the method that finds where it begins.
  var versions: [String] { chain.map(\.version) }

  /// The files that it, and the method that finds where it begins, came in.
  var origins: [PluginOrigin] { chain.compactMap(\.method.origin) }

  /// What was given of what changes results.
  var givenForResults: [Given] {
    given.filter { given in
      card.parameters.first { $0.name == given.name }?.changesResult ?? true
    }
  }

  /// The method without what changes no result, as states and results are told apart by: a search
  /// may go on with another budget.
  var definingResults: ConfiguredMethod {
    ConfiguredMethod(
      method: method, settings: settings, given: givenForResults,
      searchArguments: searchArguments.filter {
        ["data", "start", "seed"].contains($0.key)
      }.mapValues { value in
        guard case .method(let method) = value.content else { return value }
        return Value(.method(method.definingResults), value.provenance)
      }, startMethod: startMethod?.method.definingResults)
  }

  /// The method, ready to search.
  func make() throws(Failure) -> any Searcher { try method.make(settings) }
}
