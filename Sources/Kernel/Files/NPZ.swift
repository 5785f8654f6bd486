// numpy's format for several arrays: a zip file of npy files. Texts, for which numpy has no
// place, are JSON in an array of bytes named `__metadata__`.

/// Reads and writes numpy's `.npz`.
enum NPZ {
  /// The array of bytes that holds metadata: `json.loads(bytes(npz["__metadata__"]))`.
  static let metadataName = "__metadata__"

  private static let suffix = ".npy"

  static func read(
    _ bytes: [UInt8], source: String, stop: StopSignal? = nil
  ) throws(Failure) -> (arrays: [NamedArray], metadata: Metadata, skipped: [String]) {
    try read(ZipReader(bytes, source: source), stop: stop)
  }

  static func read(
    _ archive: ZipReader, stop: StopSignal? = nil
  ) throws(Failure) -> (arrays: [NamedArray], metadata: Metadata, skipped: [String]) {
    let source = archive.source
    var arrays: [NamedArray] = []
    var metadata = Metadata()
    var skipped: [String] = []
    for entry in archive.entries {
      guard entry.name.hasSuffix(suffix) else {
        skipped.append(entry.name)
        continue
      }
      let name = String(entry.name.dropLast(suffix.count))
      let array = try NPY.read(
        archive.content(of: entry, stop: stop), name: name,
        source: "\(source)` entry `\(entry.name)")
      if name == metadataName {
        let json = try JSON.read(array.bytes, source: "\(source)` entry `\(entry.name)")
        metadata = try Metadata(json: json, source: source)
      } else {
        arrays.append(array)
      }
    }
    return (arrays, metadata, skipped)
  }

  static func write(
    _ arrays: [NamedArray], metadata: Metadata, to writer: inout FileWriter
  ) throws(Failure) {
    var archive = ZipWriter()
    for array in arrays {
      try archive.add(array.name + suffix, NPY.parts(of: array), to: &writer)
    }
    if !metadata.isEmpty {
      let text = Array(metadata.json.compact.utf8)
      let array = NamedArray(name: metadataName, shape: [text.count], octets: text)
      try archive.add(metadataName + suffix, NPY.parts(of: array), to: &writer)
    }
    try archive.finish(&writer)
  }
}
