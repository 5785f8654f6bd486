import Contract
import Kernel

/// A method with the settings that were given for it: what `method sa2 steps=20k` makes.
struct ConfiguredMethod: Sendable {
  let plugin: any SearchPlugin.Type
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
    plugin: any SearchPlugin.Type, settings: Settings, given: [Given] = [],
    searchArguments: [String: Value] = [:], startMethod: ConfiguredMethod? = nil
  ) {
    self.plugin = plugin
    self.settings = settings
    self.given = given
    self.searchArguments = searchArguments
    self.startMethod = startMethod.map(StartMethod.init)
  }

  var card: MethodCard { plugin.card }
  var id: String { card.id }

  /// How tables name it: `sa2`, or `sa2 steps=20000` where something was given.
  var label: String { ([id] + given.map { "\($0.name)=\($0.text)" }).joined(separator: " ") }

  /// The label, and where the search begins if that was said.
  var labelWithStart: String {
    guard let start = searchArguments["start"] else { return label }
    switch start.content {
    case .symbol("identity"): return label
    case .symbol(let word): return label + " start=\(word)"
    case .method(let method): return label + " start=\(method.label)"
    default: return label + " start=\(start.boundName ?? start.content.brief)"
    }
  }

  /// The method and its version, as receipts and saved sessions name it.
  var version: String { "\(id) \(card.version)" }

  /// Its version, and that of the method that finds where it begins.
  var versions: [String] {
    var versions = [version] + (startMethod?.method.versions ?? [])
    if case .method(let start)? = searchArguments["start"]?.content { versions += start.versions }
    return versions
  }

  /// The method, ready to search.
  func make() throws(Failure) -> any SearchPlugin { try plugin.init(settings) }
}
