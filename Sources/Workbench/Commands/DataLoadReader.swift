import Contract
import Kernel

// What `load` does with the readers of plugins.
extension DataReader {
  /// The reader for a file: that of `reader=`, or where no format of our own is known by the first
  /// bytes, that for the ending of its name; `nil` for all else.
  static func chosen(for path: String, _ call: Invocation) throws(Failure) -> DataReader? {
    let lexicon = call.session.lexicon
    if let id = call.textIfGiven("reader") {
      try checkIsThere(path)
      return lexicon.reader(id)
    }
    return try lexicon.reader(byEndingOf: path)
  }

  /// Throws where a reader is given what is no file.
  static func checkIsThere(_ path: String) throws(Failure) {
    if FileContent.exists(path) { return }
    guard FileContent.isFolder(path) else {
      throw Failure(.fileNotFound, "there is no file `\(path)`")
    }
    throw Failure(
      .fileNotFound, "`\(path)` is a folder, and a reader reads one file",
      notes: ["the hash of that file is kept, so that a replay reads the same"])
  }

  /// The data sets of a file, normalized and cut as the call says, with all files pinned.
  func load(_ path: String, _ call: Invocation) throws(Failure) -> [Content] {
    for name in ["shape", "map", "architecture"] where call.isGiven(name) {
      throw Failure(.unknownArgument, "`\(name)` is for networks, and `\(id)` reads data")
    }
    var sets = try read(path, stop: call.stop)
    call.record(PluggedPart(.reader, version))
    for place in sets.indices where sets[place].source.files.isEmpty {
      sets[place].source = DataSource("\(path), read by \(id)", files: [path])
    }
    var pinned: [String] = []
    for file in [path] + sets.flatMap(\.source.files) where !pinned.contains(file) {
      pinned.append(file)
      call.pin(file: file, hash: try ContentHash(ofFileAt: file, stop: call.stop))
    }
    if call.isGiven("normalize") {
      sets = try Self.normalized(sets, isNormalized: call.flag("normalize"))
    }
    return try sets.asAsked(call)
  }

  /// The sets by the figures of the first one, or as they were before anything was applied.
  private static func normalized(
    _ sets: [DataSet], isNormalized: Bool
  ) throws(Failure) -> [DataSet] {
    var rule = isNormalized ? NormalizationRule.measured : .none
    var results: [DataSet] = []
    for set in sets {
      // What was nothing is nothing again.
      if case .none = rule, set.normalization == nil {
        results.append(set)
        continue
      }
      let result = try set.normalized(rule)
      if let figures = result.normalization { rule = .fixed(figures) }
      results.append(result)
    }
    return results
  }
}

extension Lexicon {
  /// The reader for the ending of a file's name; `nil` for what is known by its first bytes, for
  /// folders and for names of data sets.
  func reader(byEndingOf path: String) throws(Failure) -> DataReader? {
    guard let reader = reader(forFileNamed: path), FileContent.exists(path),
      try !FileContent.isKnown(path)
    else { return nil }
    return reader
  }
}
