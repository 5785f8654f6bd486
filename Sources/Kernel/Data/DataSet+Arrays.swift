// Data sets in HDF5, npz and safetensors files: arrays of samples and of labels, found by the
// names that people give them. Documentation/formats.md describes what is written.

extension DataSet {
  private static let sampleNames = ["inputs", "images", "x", "data"]
  private static let labelNames = ["labels", "y", "targets"]
  private static let partNames = ["train", "test", "validation"]

  private static let classesName = "classes"
  private static let nameName = "name"
  private static let meanName = "normalization_mean"
  private static let deviationName = "normalization_standard_deviation"

  // MARK: - Reading

  /// The data sets that a path names.
  ///
  /// A folder with the files of MNIST, CIFAR or SVHN, an archive of CIFAR's or a file of arrays with
  /// parts `train` and `test` (or `x_train`, `y_train`, …) gives several, training first, all
  /// normalized by its figures; one file of an idx pair, of CIFAR or SVHN, or arrays `inputs` and
  /// `labels` (`images`, `x`; `y`, `targets`), one.
  ///
  /// - Parameter normalization: nil for what the file says and, where it says nothing, measured
  ///   for bytes and none for reals.
  public static func load(
    _ path: String, normalization: NormalizationRule? = nil, stop: StopSignal = StopSignal()
  ) throws(Failure) -> [DataSet] {
    let rule = normalization ?? .measured
    if FileContent.isFolder(path) {
      let pair = try ImageFolder.load(path, name: lastName(of: path), rule, stop: stop)
      return [pair.train, pair.test]
    }
    func one(_ images: LabelledPixels) throws(Failure) -> [DataSet] {
      [try images.dataSet(stem(of: path), rule, source: DataSource(path, files: [path]))]
    }
    switch FileContent.exists(path) ? try ImageFormat(of: path) : nil {
    case .idx: return [try load(pairWith: path, normalization: rule)]
    case .cifar: return try one(CIFAR.load(path, stop: stop))
    case .mat: return try one(SVHN.load(path, stop: stop))
    case .cifarArchive:
      let pair = try KnownDataSet.Pair(archive: path, name: stem(of: path), rule, stop: stop)
      return [pair.train, pair.test]
    case nil: break
    }
    return try load(
      try ArrayFile.read(path, stop: stop), source: path, normalization: normalization, stop: stop)
  }

  /// The data sets in a file that was read from `source`; otherwise as `load`.
  public static func load(
    _ file: ArrayFile, source: String, normalization: NormalizationRule? = nil,
    stop: StopSignal? = nil
  ) throws(Failure) -> [DataSet] {
    if !file.path.isEmpty { try MATHeader.refuseHDF5(file.path) }
    switch try FileKind.of(file.metadata, source: source) {
    case .dataSet, nil: break
    case let other?: throw other.instead(of: "data", source: source)
    }
    let found = ([""] + partNames).compactMap { part in
      find(sampleNames, part, in: file).map { (part, $0) }
    }
    guard !found.isEmpty else {
      throw Failure(
        .fileMalformed, "`\(source)` holds no samples",
        notes: [
          "expected is an array named `inputs`, `images` or `x`, alone or as `train/…`",
          "it holds " + file.arrays.prefix(8).map { "`\($0.name)`" }.joined(separator: ", "),
        ])
    }
    var sets: [DataSet] = []
    for (part, samples) in found {
      if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(source)` was stopped") }
      guard let labels = find(labelNames, part, in: file) else {
        throw Failure(
          .fileMalformed, "`\(source)` holds samples `\(samples.name)` and no labels for them",
          notes: ["expected is an array named `labels`, `y` or `targets` beside it"])
      }
      var rule = normalization
      // The first part's figures serve all.
      if let first = sets.first {
        rule = first.normalization.map { .fixed($0) } ?? NormalizationRule.none
      }
      sets.append(
        try make(samples, labels, part: part, of: file, source: source, normalization: rule))
    }
    return sets
  }

  /// `inputs`, `train/inputs`, `inputs_train` or `train_inputs`.
  private static func find(_ names: [String], _ part: String, in file: ArrayFile) -> NamedArray? {
    for name in names {
      let forms = part.isEmpty ? [name] : ["\(part)/\(name)", "\(name)_\(part)", "\(part)_\(name)"]
      if let array = file.arrays.first(where: { forms.contains($0.name.lowercased()) }) {
        return array
      }
    }
    return nil
  }

  private static func make(
    _ samples: NamedArray, _ labels: NamedArray, part: String, of file: ArrayFile, source: String,
    normalization: NormalizationRule?
  ) throws(Failure) -> DataSet {
    guard samples.shape.count >= 2 else {
      throw Failure(
        .shapeMismatch,
        "`\(source)`: `\(samples.name)` is \(shapeText(samples.shape)), and samples have two axes "
          + "or more")
    }
    let place = part.isEmpty ? "" : part + "/"
    let recorded = try recordedNormalization(file.metadata, place: place, source: source)
    let name =
      file.metadata[place + nameName] ?? (lastName(of: source) + (part.isEmpty ? "" : " ") + part)
    let dataSource = DataSource(source, files: [file.path])
    let labelBytes = try bytes(of: labels, source: source)
    let classCount = file.metadata[place + classesName].flatMap { Int($0) }
    if samples.type != .u8, let recorded {
      // Reals are written normalized; to do so again would be wrong.
      guard normalization == nil || normalization == .fixed(recorded) else {
        throw Failure(
          .badData, "`\(source)` holds reals that are normalized already",
          notes: ["leave the normalization to the file"])
      }
      let data = try DataSet(
        name: name, samples: samples, labels: labelBytes, classCount: classCount,
        normalization: .none, source: dataSource)
      return DataSet(
        name: data.name, inputs: data.inputs, labels: data.labels, classCount: data.classCount,
        normalization: recorded, source: data.source, pixels: nil)
    }
    let isOurs = try FileKind.of(file.metadata, source: source) == .dataSet
    let byDefault: NormalizationRule =
      recorded.map { .fixed($0) } ?? (samples.type == .u8 && !isOurs ? .measured : .none)
    return try DataSet(
      name: name, samples: samples.channelsFirst, labels: labelBytes, classCount: classCount,
      normalization: normalization ?? byDefault, source: dataSource)
  }

  private static func bytes(of labels: NamedArray, source: String) throws(Failure) -> [UInt8] {
    // One axis, or a column.
    guard labels.shape.count == 1 || labels.shape.dropFirst().allSatisfy({ $0 == 1 }),
      !labels.shape.isEmpty
    else {
      throw Failure(
        .shapeMismatch,
        "`\(source)`: `\(labels.name)` is \(shapeText(labels.shape)), and labels are one number "
          + "for a sample")
    }
    var bytes: [UInt8] = []
    for (place, label) in try labels.integers().enumerated() {
      guard let byte = UInt8(exactly: label) else {
        throw Failure(
          .badData, "`\(source)` has label \(label) at sample \(place + 1)",
          notes: ["labels are from 0 to 255"])
      }
      bytes.append(byte)
    }
    return bytes
  }

  private static func recordedNormalization(
    _ metadata: Metadata, place: String, source: String
  ) throws(Failure) -> Normalization? {
    guard let mean = metadata[place + meanName], let deviation = metadata[place + deviationName]
    else { return nil }
    func numbers(_ text: String) throws(Failure) -> [Double] {
      let elements = try JSON.read(Array(text.utf8), source: source).elements ?? []
      return elements.compactMap {
        switch $0 {
        case .real(let number): number
        case .integer(let number): Double(number)
        default: nil
        }
      }
    }
    return try Normalization(mean: numbers(mean), standardDeviation: numbers(deviation))
  }

  private static func lastName(of path: String) -> String {
    path.split(separator: "/").last.map(String.init) ?? path
  }

  /// `cifar-10-binary` for `data/cifar-10-binary.tar.gz`.
  private static func stem(of path: String) -> String {
    var name = lastName(of: path)
    for ending in [".gz", ".tgz", ".tar", ".bin", ".mat"] where name.hasSuffix(ending) {
      name.removeLast(ending.count)
    }
    return name
  }

  // MARK: - Writing

  /// Writes data sets to a file in the format that its name ends in.
  ///
  /// One set stands as `inputs` and `labels`; several in groups named by the last word of their
  /// names, such as `train` and `test`. Images that came as bytes are written as those bytes.
  ///
  /// - Throws: `writeFailed`, `unsupportedFormat`, or `stopped`.
  public static func write(
    _ sets: [DataSet], to path: String, stop: StopSignal? = nil
  ) throws(Failure) {
    guard !sets.isEmpty else { throw Failure(.writeFailed, "`\(path)` would hold no data") }
    var file = ArrayFile()
    FileKind.dataSet.mark(&file.metadata)
    for set in sets {
      let part = set.name.split(separator: " ").last.map(String.init) ?? ""
      guard sets.count == 1 || partNames.contains(part) else {
        throw Failure(
          .writeFailed, "`\(path)` would hold several data sets, and `\(set.name)` names no part",
          notes: ["names of parts end in train, test or validation"])
      }
      if let stop, stop.isRaised { throw Failure(.stopped, "writing `\(path)` was stopped") }
      set.add(to: &file, place: sets.count == 1 ? "" : part + "/")
    }
    try file.write(to: path, stop: stop)
  }

  private func add(to file: inout ArrayFile, place: String) {
    if let pixels {
      file.arrays.append(NamedArray(name: place + "inputs", shape: inputs.shape, octets: pixels))
    } else {
      file.arrays.append(
        inputs.withBuffer {
          NamedArray(name: place + "inputs", shape: inputs.shape, floats: $0)
        })
    }
    file.arrays.append(NamedArray(name: place + "labels", shape: [count], octets: labels))
    file.metadata[place + Self.nameName] = name
    file.metadata[place + Self.classesName] = String(classCount)
    if let normalization {
      func text(_ numbers: [Double]) -> String { JSON.array(numbers.map { .real($0) }).compact }
      file.metadata[place + Self.meanName] = text(normalization.mean)
      file.metadata[place + Self.deviationName] = text(normalization.standardDeviation)
    }
  }
}

extension NamedArray {
  /// Colour images of bytes with their channels before height and width, as networks take them.
  ///
  /// Files of samples × height × width × 1 or 3 channels are told by their last axis.
  fileprivate var channelsFirst: NamedArray {
    guard type == .u8, shape.count == 4, shape[3] == 1 || shape[3] == 3, shape[1] != 1,
      shape[1] != 3
    else { return self }
    let (samples, plane, channels) = (shape[0], shape[1] * shape[2], shape[3])
    var moved = [UInt8](repeating: 0, count: bytes.count)
    for sample in 0..<samples {
      let base = sample * plane * channels
      for pixel in 0..<plane {
        for channel in 0..<channels {
          moved[base + channel * plane + pixel] = bytes[base + pixel * channels + channel]
        }
      }
    }
    return NamedArray(
      name: name, shape: [samples, channels, shape[1], shape[2]], octets: moved)
  }
}
