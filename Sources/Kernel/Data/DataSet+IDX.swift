// Pairs of idx files: images and labels, named as MNIST's are.

extension DataSet {
  /// A data set from an idx file of images (or of real vectors) and one of labels.
  ///
  /// - Parameter classCount: The number of classes; nil for one more than the largest label.
  /// - Throws: `fileNotFound`, `fileMalformed`, `shapeMismatch` where the counts differ, `badData`
  ///   where there is no sample, a label is too large or a value is no number.
  public static func load(
    images: String, labels: String, name: String? = nil, classCount: Int? = nil,
    normalization: NormalizationRule = .measured
  ) throws(Failure) -> DataSet {
    let labelArray = try IDX.read(labels)
    let imageArray = try IDX.read(images)
    guard labelArray.type == .u8, labelArray.shape.count == 1 else {
      throw Failure(
        .fileMalformed,
        "`\(labels)` holds no labels: \(shapeText(labelArray.shape)) elements of type "
          + labelArray.type.rawValue,
        notes: ["labels are one axis of bytes (idx1, type 08)"])
    }
    guard imageArray.shape.count >= 2 else {
      throw Failure(
        .fileMalformed, "`\(images)` holds no images: \(shapeText(imageArray.shape)) elements",
        notes: ["images have two axes or more (idx2, idx3, idx4)"])
    }
    guard imageArray.shape[0] == labelArray.count else {
      throw Failure(
        .shapeMismatch,
        "`\(images)` has \(imageArray.shape[0]) images, and `\(labels)` has \(labelArray.count) "
          + "labels")
    }
    return try DataSet(
      name: name ?? IDXNames.stem(of: images), samples: imageArray, labels: labelArray.bytes,
      classCount: classCount, normalization: normalization,
      source: DataSource("\(images) and \(labels)", files: [images, labels]))
  }

  /// A data set from one file of an idx pair: the other is found by its name.
  ///
  /// `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte.gz` belong together, packed or not.
  public static func load(
    pairWith path: String, classCount: Int? = nil, normalization: NormalizationRule = .measured
  ) throws(Failure) -> DataSet {
    let partner = try IDXNames.partner(of: path)
    let isImages = IDXNames.isImages(path)
    return try load(
      images: isImages ? path : partner, labels: isImages ? partner : path,
      classCount: classCount, normalization: normalization)
  }

  /// A data set from an array of samples as files hold them: bytes are images of 0…255, everything
  /// else is taken as it is; three axes are samples × height × width of one channel.
  init(
    name: String, samples: NamedArray, labels: [UInt8], classCount: Int?,
    normalization: NormalizationRule, source: DataSource
  ) throws(Failure) {
    let extents = Array(samples.shape.dropFirst())
    let sampleShape = extents.count == 2 ? [1] + extents : extents
    if samples.type == .u8 {
      try self.init(
        name: name, pixels: samples.bytes, sampleShape: sampleShape, labels: labels,
        classCount: classCount, normalization: normalization, source: source)
    } else {
      try self.init(
        name: name,
        values: Tensor(shape: [samples.shape[0]] + sampleShape, values: samples.floats),
        labels: labels, classCount: classCount, normalization: normalization, source: source)
    }
  }
}

/// The names of idx files: which belong together.
enum IDXNames {
  /// The path of the other file of the pair that `path` is one of.
  ///
  /// - Throws: `fileNotFound`, saying which names were tried.
  static func partner(of path: String) throws(Failure) -> String {
    let (folder, name) = split(path)
    let isPacked = name.hasSuffix(".gz")
    let bare = isPacked ? String(name.dropLast(3)) : name
    guard let (from, to) = words(bare) else {
      throw Failure(
        .fileNotFound,
        "the name of `\(path)` does not tell which file belongs to it",
        notes: ["it should hold `images` or `labels`, as in `train-images-idx3-ubyte.gz`"])
    }
    let renamed = replacingLast(from, by: to, in: bare)
    let ranks = to == "labels" ? ["idx1"] : ["idx3", "idx4", "idx2"]
    let rank = ["idx1", "idx2", "idx3", "idx4"].first { renamed.contains($0) }
    let names = rank.map { rank in
      ranks.map { replacingLast(rank, by: $0, in: renamed) }
    }
    for candidate in names ?? [renamed] {
      let endings = isPacked ? [".gz", ""] : ["", ".gz"]
      for ending in endings where FileContent.exists(folder + candidate + ending) {
        return folder + candidate + ending
      }
    }
    let expected = folder + (names?.first ?? renamed) + (isPacked ? ".gz" : "")
    throw Failure(
      .fileNotFound, "there is no file `\(expected)`, which belongs to `\(path)`")
  }

  static func isImages(_ path: String) -> Bool { split(path).name.contains("images") }

  /// The name of a file without its folder and endings: `train-images-idx3-ubyte`.
  static func stem(of path: String) -> String {
    let name = split(path).name
    return name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
  }

  private static func words(_ name: String) -> (from: String, to: String)? {
    if name.contains("images") { return ("images", "labels") }
    return name.contains("labels") ? ("labels", "images") : nil
  }

  private static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[...slash]), String(path[path.index(after: slash)...]))
  }

  private static func replacingLast(_ word: String, by other: String, in text: String) -> String {
    guard let range = text.ranges(of: word).last else { return text }
    return text.replacingCharacters(in: range, with: other)
  }
}

extension String {
  fileprivate func replacingCharacters(in range: Range<Index>, with other: String) -> String {
    self[..<range.lowerBound] + other + self[range.upperBound...]
  }
}
