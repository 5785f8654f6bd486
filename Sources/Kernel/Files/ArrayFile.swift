/// A file of named arrays and texts, whatever its format.
///
/// `ArrayFile.read` recognizes HDF5, npz, npy, safetensors and PyTorch's files by their content and
/// never by the file's name; `write` keeps every bit of every array.
public struct ArrayFile: Sendable {
  /// The formats that are read and written.
  public enum Format: String, CaseIterable, Sendable {
    case hdf5, npz, npy, safetensors
    /// What `torch.save` writes: a zip file, as npz is.
    case pt

    /// The format that a file's name asks for when it is written; nil for other endings.
    public init?(ending path: String) {
      switch path.split(separator: ".").last?.lowercased() {
      case "h5", "hdf5", "hdf": self = .hdf5
      case "npz": self = .npz
      case "npy": self = .npy
      case "safetensors": self = .safetensors
      case "pt", "pth": self = .pt
      default: return nil
      }
    }

    /// The format of a file that begins with these bytes; nil where it is none of them.
    ///
    /// A zip file is npz: which entries it has, and so whether it is PyTorch's, stands at its end.
    public init?(beginning bytes: [UInt8]) {
      if Self.hdf5Starts.contains(where: { bytes.dropFirst($0).starts(with: Self.hdf5Magic) }) {
        self = .hdf5
      } else if ZipReader.isZip(bytes) {
        self = .npz
      } else if NPY.isNPY(bytes) {
        self = .npy
      } else if SafeTensors.isSafeTensors(bytes) {
        self = .safetensors
      } else {
        return nil
      }
    }

    private static let hdf5Magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]
    /// Where HDF5's magic number may stand: after a block of the user's, as MATLAB writes one.
    private static let hdf5Starts = [0, 512, 1024, 2048]
    /// How many bytes tell the format.
    static let beginningSize = 2048 + 8
  }

  /// The arrays in the order of the file.
  public var arrays: [NamedArray]
  /// The texts in the order of the file.
  public var metadata: Metadata
  /// What the file holds besides and was not read: names, with a word on each.
  public let skipped: [String]
  /// The file's path; empty where the arrays are from no file.
  public let path: String

  public init(arrays: [NamedArray] = [], metadata: Metadata = Metadata()) {
    self.arrays = arrays
    self.metadata = metadata
    skipped = []
    path = ""
  }

  private init(
    arrays: [NamedArray], metadata: Metadata, skipped: [String], path: String
  ) {
    self.arrays = arrays
    self.metadata = metadata
    self.skipped = skipped
    self.path = path
  }

  /// The array with this name; nil where there is none.
  public subscript(name: String) -> NamedArray? { arrays.first { $0.name == name } }

  /// Some of these names, for a sentence: `a, b, c and 5 more`.
  public static func listed(_ names: [String]) -> String {
    // 8: as many names as a person reads.
    let more = names.count > 8 ? " and \(names.count - 8) more" : ""
    return names.prefix(8).joined(separator: ", ") + more
  }

  /// The array with this name.
  ///
  /// - Throws: `fileMalformed` where there is none, naming those that are there.
  public func array(_ name: String) throws(Failure) -> NamedArray {
    if let array = self[name] { return array }
    let names = Self.listed(arrays.map { "`\($0.name)`" })
    throw Failure(
      .fileMalformed, "`\(path)` holds no array `\(name)`",
      notes: [arrays.isEmpty ? "it holds no arrays" : "it holds \(names)"])
  }

  // MARK: - Reading

  /// Reads the arrays and texts of a file.
  ///
  /// - Parameters:
  ///   - path: The file; `file.h5:/group` reads what lies under a group of an HDF5 file.
  ///   - stop: Ends the reading.
  /// - Throws: `fileNotFound`, `fileMalformed` where the file is damaged, cut short or claims more
  ///   than it holds, `unsupportedFormat` where it is of another format, or `stopped`.
  public static func read(
    _ path: String, stop: StopSignal = StopSignal()
  ) throws(Failure) -> ArrayFile {
    let (path, group) = split(path)
    let beginning = try FileContent.beginning(of: path, count: Format.beginningSize)
    guard let format = Format(beginning: beginning) else {
      throw beginning.isEmpty
        ? Failure(.fileMalformed, "`\(path)` is empty")
        : TorchArchive.refusal(beginning: beginning, source: path)
          ?? Failure(
            .unsupportedFormat, "`\(path)` is no file of arrays that is known here",
            notes: [
              "read are HDF5, npz, npy, safetensors and PyTorch's files, by their first bytes",
              "of data also idx files, packed (.gz) or not, CIFAR's (.bin, .tar.gz) and SVHN's (.mat)",
            ])
    }
    guard group.isEmpty || format == .hdf5 else {
      throw Failure(.fileMalformed, "`\(path)` has no groups: it is a file of \(format.rawValue)")
    }
    switch format {
    case .hdf5:
      let content = try HDF5Reader.read(path, group: group, stop: stop)
      return ArrayFile(
        arrays: content.arrays, metadata: content.metadata, skipped: content.skipped, path: path)
    case .npz, .pt:
      let archive = try ZipReader(FileContent.read(path, stop: stop), source: path)
      let content =
        TorchArchive.isTorch(archive)
        ? try TorchArchive(archive, stop: stop).read(source: path, stop: stop)
        : try NPZ.read(archive, stop: stop)
      return ArrayFile(
        arrays: content.arrays, metadata: content.metadata, skipped: content.skipped, path: path)
    case .npy:
      let array = try NPY.read(
        FileContent.read(path, stop: stop), name: "array", source: path)
      return ArrayFile(arrays: [array], metadata: Metadata(), skipped: [], path: path)
    case .safetensors:
      let content = try SafeTensors.read(
        FileContent.read(path, stop: stop), source: path, stop: stop)
      return ArrayFile(
        arrays: content.arrays, metadata: content.metadata, skipped: [], path: path)
    }
  }

  /// `file.h5` and `group` for `file.h5:/group`; a file whose name has this form comes first.
  private static func split(_ path: String) -> (path: String, group: String) {
    guard !FileContent.exists(path), let range = path.ranges(of: ":/").last else {
      return (path, "")
    }
    return (String(path[..<range.lowerBound]), String(path[range.upperBound...]))
  }

  // MARK: - Writing

  /// Writes the arrays and texts; an old file stays whole until the new one is.
  ///
  /// An npy file holds one array, without its name, and no texts. In npz and npy files `bf16`
  /// becomes `f32`, which holds the same numbers.
  ///
  /// - Throws: `writeFailed`, or `stopped`: the old file is as it was then.
  public func write(
    to path: String, format: Format, stop: StopSignal? = nil
  ) throws(Failure) {
    var names: Set<String> = []
    for array in arrays {
      guard !array.name.isEmpty, names.insert(array.name).inserted else {
        throw Failure(.writeFailed, "a file cannot hold two arrays named `\(array.name)`")
      }
    }
    switch format {
    case .hdf5:
      try SafeWrite.bytes(
        try HDF5Writer.image(arrays, metadata: metadata, stop: stop), to: path, stop: stop)
    case .npz:
      try SafeWrite.file(at: path, stop: stop) { (writer) throws(Failure) in
        try NPZ.write(arrays, metadata: metadata, to: &writer)
      }
    case .safetensors:
      try SafeWrite.file(at: path, stop: stop) { (writer) throws(Failure) in
        try SafeTensors.write(arrays, metadata: metadata, to: &writer)
      }
    case .pt:
      try SafeWrite.file(at: path, stop: stop) { (writer) throws(Failure) in
        try TorchArchive.write(arrays, metadata: metadata, to: &writer)
      }
    case .npy:
      guard arrays.count == 1, metadata.isEmpty else {
        throw Failure(
          .writeFailed,
          "`\(path)` would hold \(arrays.count) arrays and \(metadata.entries.count) "
            + "texts, and an npy file holds one array alone",
          notes: ["the other formats hold any number"])
      }
      try SafeWrite.file(at: path, stop: stop) { (writer) throws(Failure) in
        for part in NPY.parts(of: arrays[0]) { try writer.write(part) }
      }
    }
  }

  /// Writes the file in the format that its name ends in.
  ///
  /// - Throws: `unsupportedFormat` for another ending, else as `write(to:format:)`.
  public func write(to path: String, stop: StopSignal? = nil) throws(Failure) {
    guard let format = Format(ending: path) else {
      throw Failure(
        .unsupportedFormat, "the ending of `\(path)` tells no format",
        notes: ["name it .h5, .npz, .npy, .safetensors or .pt"])
    }
    try write(to: path, format: format, stop: stop)
  }
}
