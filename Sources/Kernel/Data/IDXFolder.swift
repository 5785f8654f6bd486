/// A training set and a test set in the four idx files of MNIST's layout.
enum IDXFolder {
  /// The files of images, each of which shows that a set is here.
  static let marks = ["train", "t10k"].flatMap(names)

  /// Loads both parts, the test set normalized by the training set's figures.
  static func load(
    _ folder: String, name: String, classCount: Int? = nil, _ rule: NormalizationRule
  ) throws(Failure) -> KnownDataSet.Pair {
    let train = try part("train", of: folder, name: name, classCount, rule)
    let testRule: NormalizationRule = train.normalization.map { .fixed($0) } ?? .none
    let test = try part("t10k", of: folder, name: name, train.classCount, testRule)
    guard test.sampleShape == train.sampleShape else {
      throw Failure(
        .shapeMismatch,
        "the samples in `\(folder)` are \(shapeText(train.sampleShape)) for training and "
          + "\(shapeText(test.sampleShape)) for testing")
    }
    return KnownDataSet.Pair(train: train, test: test)
  }

  private static func part(
    _ part: String, of folder: String, name: String, _ classCount: Int?, _ rule: NormalizationRule
  ) throws(Failure) -> DataSet {
    let word = part == "train" ? "train" : "test"
    guard
      let images = names(part).map({ "\(folder)/\($0)" }).first(where: FileContent.exists)
    else {
      throw Failure(
        .fileNotFound, "there is no file `\(folder)/\(part)-images-idx3-ubyte.gz`",
        notes: [
          "a folder is read as MNIST's: train-images-idx3-ubyte, train-labels-idx1-ubyte and the "
            + "same with t10k, packed (.gz) or not; or as CIFAR-10's, CIFAR-100's or SVHN's, with "
            + "the names that their files have",
          "any other file is loaded by its own path",
        ])
    }
    var data = try DataSet.load(
      images: images, labels: IDXNames.partner(of: images), name: "\(name) \(word)",
      classCount: classCount, normalization: rule)
    data.source.text = "\(folder), \(word)"
    return data
  }

  /// The names that a file of images may have, packed or not; torchvision writes a dot for a dash.
  private static func names(_ part: String) -> [String] {
    ["images-idx3", "images.idx3"].flatMap { content in
      [".gz", ""].map { "\(part)-\(content)-ubyte\($0)" }
    }
  }
}
