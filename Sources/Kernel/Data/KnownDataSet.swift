import Glibc

/// Data sets that are found by their name, in the folders where such sets lie.
///
/// Searched are the folders that the environment variable `BASIN_DATA` lists, separated by
/// colons, and then Debian's `/usr/share/datasets`. In each, the set may lie in a folder of its
/// name (`fashion_mnist`, `fashion-mnist`, or `FashionMNIST/raw` as torchvision makes it); a listed
/// folder that has such a name itself counts, too, and one with files whose names tell the set, such
/// as `cifar-10-binary.tar.gz`.
public enum KnownDataSet: String, CaseIterable, Sendable {
  case fashionMNIST = "fashion_mnist"
  case mnist
  case cifar10, cifar100, svhn
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
    case .cifar10: "CIFAR-10"
    case .cifar100: "CIFAR-100"
    case .svhn: "SVHN"
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

  /// How its files lie in a folder; nil where it is made.
  private var layout: ImageFolder? {
    switch self {
    case .fashionMNIST, .mnist: .mnist
    case .cifar10: .cifar10
    case .cifar100: .cifar100
    case .svhn: .svhn
    case .tinyImages: nil
    }
  }

  /// The folder in which the set lies; nil where it is nowhere.
  public func folder(listed: String? = listedFolders) -> String? {
    guard let layout else { return nil }
    for root in Self.searchedFolders(listed: listed) {
      let bare = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
      // Many sets have files of the same names, so the folder's name decides.
      let isOwn = folderNames.contains { bare == $0 || bare.hasSuffix("/" + $0) }
      if layout.lies(in: bare, isNamed: isOwn) { return bare }
      let below = folderNames.map { "\(bare)/\($0)" }
      if let folder = below.first(where: { layout.lies(in: $0, isNamed: true) }) { return folder }
    }
    return nil
  }

  /// Loads both parts, the test set normalized by the training set's figures.
  ///
  /// - Throws: `fileNotFound` where the set is nowhere, saying what to install or set, or where a
  ///   file of it is missing; what is wrong with a file.
  public func load(
    normalization: NormalizationRule = .measured, listed: String? = listedFolders,
    stop: StopSignal? = nil
  ) throws(Failure) -> Pair {
    guard let layout else { return try Self.drawn(name: name) }
    guard let folder = folder(listed: listed) else { throw notFound(listed: listed) }
    return try layout.load(
      folder, name: name, isWhole: true, classCount: 10, normalization, stop: stop)
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

  /// The names of folders that hold this set, in the order of preference.
  private var folderNames: [String] {
    switch self {
    case .fashionMNIST:
      ["fashion_mnist", "fashion-mnist", "FashionMNIST/raw", "FashionMNIST"]
    case .mnist: ["mnist", "MNIST/raw", "MNIST"]
    case .cifar10: Self.cifarNames(["cifar10", "cifar-10", "CIFAR10"], "cifar-10-batches-bin")
    case .cifar100: Self.cifarNames(["cifar100", "cifar-100", "CIFAR100"], "cifar-100-binary")
    case .svhn: ["svhn", "SVHN"]
    case .tinyImages: []
    }
  }

  /// The folder that is in the archive stands in a folder of the set's name, or alone.
  private static func cifarNames(_ names: [String], _ unpacked: String) -> [String] {
    names.flatMap { [$0, "\($0)/\(unpacked)"] } + [unpacked]
  }

  private func notFound(listed: String?) -> Failure {
    let searched = Self.searchedFolders(listed: listed).map { "`\($0)`" }.joined(separator: ", ")
    let cure =
      switch self {
      case .fashionMNIST:
        "install it: apt install dataset-fashion-mnist; or name a folder that holds "
          + "`fashion_mnist` in BASIN_DATA"
      case .mnist: "name a folder that holds `mnist` in BASIN_DATA"
      case .cifar10, .cifar100:
        "get \(self == .cifar10 ? "cifar-10" : "cifar-100")-binary.tar.gz from "
          + "https://www.cs.toronto.edu/~kriz/cifar.html and put it, unpacked or not, into a folder "
          + "`\(name)` in a folder that BASIN_DATA names"
      case .svhn:
        "get train_32x32.mat and test_32x32.mat from http://ufldl.stanford.edu/housenumbers and put "
          + "them into a folder `svhn` in a folder that BASIN_DATA names"
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
