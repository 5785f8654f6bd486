import Contract
import Kernel

/// A plugin that is ready for use, with where it came from.
struct LoadedPlugin: Sendable {
  let origin: PluginOrigin
  let plugin: Plugin
  /// Whether a person's folder brought it when the prompt began: what a line loads goes before it.
  var isOfFolder = false

  init(_ plugin: Plugin, origin: PluginOrigin) {
    self.origin = origin
    self.plugin = plugin.from(origin)
  }

  /// The ids of all that it brings.
  var ids: [String] {
    plugin.methods.map(\.id) + plugin.metrics.map(\.id) + plugin.readers.map(\.id)
  }
}

extension Lexicon {
  /// The lexicon with a plugin more; one that was loaded from the same path before goes.
  ///
  /// - Parameter isBound: Whether a value is bound to a name.
  /// - Throws: Where a word that it brings is taken, or what it says of itself is not in order.
  func adding(
    _ loaded: LoadedPlugin, isBound: (String) -> Bool = { _ in false }
  ) throws(Failure) -> Lexicon {
    let others = plugins.filter { other in
      let isSame = other.origin.path.resolvedPath == loaded.origin.path.resolvedPath
      let givesWay = other.isOfFolder && !Set(other.ids).isDisjoint(with: loaded.ids)
      return !isSame && !givesWay
    }
    let lexicon = Lexicon(commands: commands, methods: builtIn, plugins: others)
    guard !loaded.plugin.isEmpty else {
      throw Failure(
        .pluginMisbehaved, "`\(loaded.origin.name)` brings no method, no metric and no reader")
    }
    for (place, id) in loaded.ids.enumerated() {
      if loaded.ids.firstIndex(of: id) != place {
        throw Failure(.pluginMisbehaved, "`\(loaded.origin.name)` brings `\(id)` twice")
      }
      guard let owner = lexicon.owner(of: id) else { continue }
      throw Failure(
        .reservedName, "`\(loaded.origin.name)` brings `\(id)`, and that is \(owner)",
        notes: ["give it another id"])
    }
    if let id = loaded.ids.first(where: isBound) {
      throw Failure(
        .reservedName,
        "`\(loaded.origin.name)` brings `\(id)`, and that is the name of a value here",
        notes: ["`forget \(id)` first, after giving the value another name"])
    }
    let complaints = PluginCrash.blaming(loaded.origin.name) { Self.complaints(about: loaded) }
    for (id, complaints) in complaints {
      guard let complaint = complaints.first else { continue }
      throw Failure(
        .pluginMisbehaved, "`\(loaded.origin.name)` describes `\(id)` wrongly: \(complaint)")
    }
    return Lexicon(commands: commands, methods: builtIn, plugins: others + [loaded])
  }

  /// What is wrong with the cards of a plugin, by id.
  private static func complaints(about loaded: LoadedPlugin) -> [(String, [String])] {
    loaded.plugin.methods.map { ($0.id, Conformance.complaints(aboutCardOf: $0)) }
      + loaded.plugin.metrics.map { metric in
        let clash = clash(ofMetric: metric.id).map { [$0] }
        return (metric.id, clash ?? Conformance.complaints(aboutCardOf: metric))
      }
      + loaded.plugin.readers.map { ($0.id, Conformance.complaints(aboutCardOf: $0)) }
  }

  /// What a word is already, such as `a command`; `nil` where it is free.
  private func owner(of word: String) -> String? {
    if command(word) != nil { return "a command" }
    if HelpTopic.ofWord[word] != nil || ["yes", "no"].contains(word) {
      return "a word of the language"
    }
    if builtIn.contains(where: { $0.id == word }) { return "a built-in method" }
    if let plugin = plugins.first(where: { $0.ids.contains(word) }) {
      return "of `\(plugin.origin.path)`"
    }
    return nil
  }
}
