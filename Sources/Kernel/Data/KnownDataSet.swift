import Glibc

/// Data sets that are found by their name, in the folders where such sets lie.
///
/// Searched are the folders that the environment variable `BASIN_DATA` lists, separated by
/// colons, and then Debian's `/usr/share/datasets`. In each, the set may lie in a folder of its
/// name (`fashion_mnist`, `fashion-mnist`, or `FashionMNIST/raw` as torchvision makes it); a listed
/// folder that has such a name itself counts, too.
public enum KnownDataSet: String, CaseIterable, Sendable {
  case fashionMNIST = "fashion_mnist"
  case mnist
  /// Made and not found: noisy clouds in the shape of MNIST's images, for trying scripts out.
  case tinyImages = "tiny_images"

  /// The training set and the test set.
  public struct Pair: Sendable {
    public let train: DataSet
    public let test: DataSet
  }

  /// The name in scripts.
  public var name: String { rawValue }

  /// The name that people use.
  public var title: String {
    switch self {
    case .fashionMNIST: "Fashion-MNIST"
    case .mnist: "MNIST"
    case .tinyImages: "a made problem"
    }
  }

  /// Whether it is drawn from a seed of its own, so that no file is needed.
  public var isMade: Bool { self == .tinyImages }

  /// What the environment says about where data are.
  public static var listedFolders: String? {
    getenv("BASIN_DATA").map { String(cString: $0) }
  }

  /// The folders that are searched, in order.
  public static func searchedFolders(listed: String? = listedFolders) -> [String] {
    let folders = (listed ?? "").split(separator: ":").map(String.init)
    return folders + ["/usr/share/datasets"]
  }

  /// The folder in which the set lies; nil where it is nowhere.
  public func folder(listed: String? = listedFolders) -> String? {
    candidates(listed: listed).first { folder in
      Self.file(in: folder, part: "train", content: "images-idx3") != nil
        || Self.file(in: folder, part: "t10k", content: "images-idx3") != nil
    }
  }

  /// Loads both parts, the test set normalized by the training set's figures.
  ///
  /// - Throws: `fileNotFound` where the set is nowhere, saying what to install or set; otherwise
  ///   as `DataSet.load(images:labels:)`.
  public func load(
    normalization: NormalizationRule = .measured, listed: String? = listedFolders
  ) throws(Failure) -> Pair {
    if isMade { return try Self.drawn(name: name) }
    guard let folder = folder(listed: listed) else { throw notFound(listed: listed) }
    return try Self.load(folder: folder, name: name, classCount: 10, normalization: normalization)
  }

  /// 1 200 and 600 images of ten classes, the same ones everywhere; they are normal as they are, so
  /// that no rule of normalization applies.
  private static func drawn(name: String) throws(Failure) -> Pair {
    var problem = MadeProblem(.blobs)
    problem.classCount = 10
    problem.sampleCount = 1_200
    problem.testCount = 600
    problem.dimension = 784
    // So that two small networks err on some percent, and their average on many more.
    problem.noise = 8
    let (train, test) = try problem.draw(from: RandomStream(seed: 1, name: name))
    return Pair(
      train: train.shaped([1, 28, 28], name: "\(name) train"),
      test: test.shaped([1, 28, 28], name: "\(name) test"))
  }

  /// Loads a training set and a test set from a folder with the four files of MNIST's layout.
  public static func load(
    folder: String, name: String, classCount: Int? = nil,
    normalization: NormalizationRule = .measured
  ) throws(Failure) -> Pair {
    let train = try part("train", of: folder, name: name, classCount, normalization)
    let rule: NormalizationRule = train.normalization.map { .fixed($0) } ?? .none
    let test = try part("t10k", of: folder, name: name, train.classCount, rule)
    guard test.sampleShape == train.sampleShape else {
      throw Failure(
        .shapeMismatch,
        "the samples in `\(folder)` are \(shapeText(train.sampleShape)) for training and "
          + "\(shapeText(test.sampleShape)) for testing")
    }
    return Pair(train: train, test: test)
  }

  private static func part(
    _ part: String, of folder: String, name: String, _ classCount: Int?, _ rule: NormalizationRule
  ) throws(Failure) -> DataSet {
    let word = part == "train" ? "train" : "test"
    guard let images = file(in: folder, part: part, content: "images-idx3") else {
      throw Failure(
        .fileNotFound, "there is no file `\(folder)/\(part)-images-idx3-ubyte.gz`",
        notes: [
          "a folder is read as MNIST's: train-images-idx3-ubyte, train-labels-idx1-ubyte and the "
            + "same with t10k, packed (.gz) or not",
          "any other file is loaded by its own path",
        ])
    }
    var data = try DataSet.load(
      images: images, labels: IDXNames.partner(of: images), name: "\(name) \(word)",
      classCount: classCount, normalization: rule)
    data.source.text = "\(folder), \(word)"
    return data
  }

  /// A file of the set in a folder, packed or not; torchvision writes a dot for a dash.
  private static func file(in folder: String, part: String, content: String) -> String? {
    for name in ["\(part)-\(content)-ubyte", "\(part)-\(content.replacingDash)-ubyte"] {
      for ending in [".gz", ""] where FileContent.exists("\(folder)/\(name)\(ending)") {
        return "\(folder)/\(name)\(ending)"
      }
    }
    return nil
  }

  /// The names of folders that hold this set, in the order of preference.
  private var folderNames: [String] {
    switch self {
    case .fashionMNIST:
      ["fashion_mnist", "fashion-mnist", "FashionMNIST/raw", "FashionMNIST"]
    case .mnist: ["mnist", "MNIST/raw", "MNIST"]
    case .tinyImages: []
    }
  }

  private func candidates(listed: String?) -> [String] {
    Self.searchedFolders(listed: listed).flatMap { root in
      let bare = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
      // MNIST and Fashion-MNIST have files of the same names, so the folder's name decides.
      let isOwn = folderNames.contains { bare == $0 || bare.hasSuffix("/" + $0) }
      return (isOwn ? [bare] : []) + folderNames.map { "\(bare)/\($0)" }
    }
  }

  private func notFound(listed: String?) -> Failure {
    let searched = Self.searchedFolders(listed: listed).map { "`\($0)`" }.joined(separator: ", ")
    let cure =
      switch self {
      case .fashionMNIST:
        "install it: apt install dataset-fashion-mnist; or name a folder that holds "
          + "`fashion_mnist` in BASIN_DATA"
      case .mnist: "name a folder that holds `mnist` in BASIN_DATA"
      case .tinyImages: "it is made by the program"
      }
    return Failure(
      .fileNotFound, "\(title) is not on this machine", notes: ["searched: \(searched)", cure])
  }
}

extension DataSet {
  /// The same samples in another shape, under another name.
  fileprivate func shaped(_ shape: [Int], name: String) -> DataSet {
    DataSet(
      name: name, inputs: inputs.reshaped([count] + shape), labels: labels, classCount: classCount)
  }
}

extension String {
  /// `images.idx3` for `images-idx3`.
  fileprivate var replacingDash: String { split(separator: "-").joined(separator: ".") }
}
