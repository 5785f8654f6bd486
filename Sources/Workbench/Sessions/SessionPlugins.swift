/// The plugins that the lines of a session load or use.
struct SessionPlugins {
  /// What lines load, once for each path, as it was loaded last.
  private(set) var loaded: [CallRecord.FilePin] = []
  /// The paths from which more than one content was loaded: results of the older ones do not come
  /// again.
  private(set) var changed: [String] = []
  /// What lines use before one loads it: what a folder brought when the program began.
  private(set) var withoutLine: [LoadedPlugin] = []

  init(_ entries: [SessionEntry], _ lexicon: Lexicon) {
    var firstLoad: [String: Int] = [:]
    var firstUse: [String: Int] = [:]
    for (place, call) in entries.flatMap(\.calls).enumerated() {
      for file in call.files where file.isPlugin {
        firstLoad[file.path.resolvedPath] = firstLoad[file.path.resolvedPath] ?? place
        note(file)
      }
      // `my_matcher 1`: the id stands before the version.
      for version in call.allMethods + call.plugged.map(\.version) {
        let id = String(version.prefix { $0 != " " })
        firstUse[id] = firstUse[id] ?? place
      }
    }
    for plugin in lexicon.plugins {
      let path = plugin.origin.path
      guard let use = plugin.ids.compactMap({ firstUse[$0] }).min() else { continue }
      if let load = firstLoad[path.resolvedPath] {
        guard use < load else { continue }
        // A folder brought it first, and nobody knows as what.
        if !changed.contains(path) { changed.append(path) }
      }
      withoutLine.append(plugin)
    }
  }

  private mutating func note(_ file: CallRecord.FilePin) {
    guard
      let place = loaded.firstIndex(where: { $0.path.resolvedPath == file.path.resolvedPath })
    else { return loaded.append(file) }
    if loaded[place].hash != file.hash, !changed.contains(file.path) { changed.append(file.path) }
    loaded[place] = file
  }

  /// What the head of a script says of them.
  var pins: [SessionPin] {
    let paths = Set(loaded.map(\.path.resolvedPath))
    return loaded.map(SessionPin.init)
      + withoutLine.map(\.origin).filter { !paths.contains($0.path.resolvedPath) }
      .map(SessionPin.init)
  }

  /// The lines that a script needs beside those of the session.
  var lines: [String] { withoutLine.map { "plugin load \(Content.quoted($0.origin.path))" } }

  /// What a replay may not give again.
  var warnings: [String] {
    changed.map { "`\($0)` was changed in this session: what it made before may not come again" }
  }
}
