/// What a file of ours holds, as it says itself; Documentation/formats.md describes each.
enum FileKind: String {
  case networks
  case permutations
  case dataSet = "data set"

  /// The texts under which a file says its kind and the version of its layout.
  static let kindName = "basin_kind"
  static let versionName = "basin_version"
  /// The version that is written, and the newest that is read.
  static let version = 1

  /// What the file says to be; nil where it is not one of ours.
  ///
  /// - Throws: `unsupportedFormat` where its layout is newer than this program.
  static func of(_ metadata: Metadata, source: String) throws(Failure) -> FileKind? {
    guard let name = metadata[kindName] else { return nil }
    guard let kind = FileKind(rawValue: name), let text = metadata[versionName],
      let version = Int(text), 1...Self.version ~= version
    else {
      throw Failure(
        .unsupportedFormat,
        "`\(source)` holds `\(name)` in layout \(metadata[versionName] ?? "of no version")",
        notes: ["this program reads layouts up to \(Self.version)"])
    }
    return kind
  }

  /// Writes the kind and version into the texts of a file.
  func mark(_ metadata: inout Metadata) {
    metadata[Self.kindName] = rawValue
    metadata[Self.versionName] = String(Self.version)
  }

  /// A failure that says that a file holds this and not what was asked for.
  func instead(of expected: String, source: String) -> Failure {
    Failure(.fileMalformed, "`\(source)` holds \(plural), not \(expected)")
  }

  private var plural: String { self == .dataSet ? "a data set" : rawValue }
}
