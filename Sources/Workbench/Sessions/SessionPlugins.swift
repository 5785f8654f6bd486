/// The plugins that the lines of a session load or use.
struct SessionPlugins {
  /// What lines load, once for each path, as it was loaded last.
  private(set) var loaded: [CallRecord.FilePin] = []
  /// The paths from which more than one content was loaded: results of the older ones do not come
  /// again.
  private(set) var changed: [String] = []
  /// What lines use and none loads: what a folder brought when the program began.
  let withoutLine: [LoadedPlugin]

  init(_ entries: [SessionEntry], _ lexicon: Lexicon) {
    let calls = entries.flatMap(\.calls)
    for file in calls.flatMap(\.files) where file.isPlugin {
      if let place = loaded.firstIndex(where: { $0.path == file.path }) {
        if loaded[place].hash != file.hash, !changed.contains(file.path) {
          changed.append(file.path)
        }
        loaded[place] = file
      } else {
        loaded.append(file)
      }
    }
    // `my_matcher 1`: the id stands before the version.
    let versions: [String] = calls.flatMap(\.allMethods) + calls.flatMap(\.plugged).map(\.version)
    let used = Set(versions.map { String($0.prefix { $0 != " " }) })
    let paths = Set(loaded.map(\.path))
    withoutLine = lexicon.plugins.filter {
      !paths.contains($0.origin.path) && !used.isDisjoint(with: $0.ids)
    }
  }

  /// What the head of a script says of them.
  var pins: [SessionPin] { loaded.map(SessionPin.init) + withoutLine.map { SessionPin($0.origin) } }

  /// The lines that a script needs beside those of the session.
  var lines: [String] { withoutLine.map { "plugin load \(Content.quoted($0.origin.path))" } }

  /// What a replay may not give again.
  var warnings: [String] {
    changed.map { "`\($0)` was changed in this session: what it made before may not come again" }
  }
}
