/// The ways in which the training and the test images of a set lie in a folder.
enum ImageFolder: CaseIterable {
  /// Four idx files.
  case mnist
  /// Files of records, or the archive of them.
  case cifar10, cifar100
  /// Two MAT files.
  case svhn

  private var cifar: CIFAR? {
    switch self {
    case .cifar10: .ten
    case .cifar100: .hundred
    case .mnist, .svhn: nil
    }
  }

  private var title: String {
    switch self {
    case .mnist: "a set of idx files"
    case .cifar10, .cifar100: cifar?.title ?? ""
    case .svhn: "SVHN"
    }
  }

  // MARK: - Finding

  /// Whether a set lies in a folder in this way.
  ///
  /// - Parameter isNamed: Whether the folder's name says which set it holds; the names of the files
  ///   must, where it does not.
  func lies(in folder: String, isNamed: Bool) -> Bool {
    guard isNamed || self != .mnist else { return false }
    return marks(isNamed: isNamed).contains { FileContent.exists("\(folder)/\($0)") }
  }

  /// The files each of which shows that the set is here.
  private func marks(isNamed: Bool) -> [String] {
    switch self {
    case .mnist: IDXFolder.marks
    case .cifar10, .cifar100:
      cifar.map { kind in
        // `train.bin` may be anybody's.
        (isNamed || kind == .ten ? [kind.trainNames[0], kind.testName] : []) + kind.archiveNames
      } ?? []
    case .svhn: [SVHN.trainName, SVHN.testName]
    }
  }

  // MARK: - Loading

  /// Loads what lies in a folder, whichever way that is.
  ///
  /// - Throws: `fileNotFound` where a file is missing, `badData` where several sets lie there.
  static func load(
    _ folder: String, name: String, _ rule: NormalizationRule, stop: StopSignal? = nil
  ) throws(Failure) -> KnownDataSet.Pair {
    let here = allCases.filter { $0.lies(in: folder, isNamed: true) }
    guard here.count <= 1 else {
      throw Failure(
        .badData,
        "`\(folder)` holds several data sets: " + here.map(\.title).joined(separator: ", "),
        notes: ["load one by its name, or by the path of a file or archive"])
    }
    return try (here.first ?? .mnist).load(folder, name: name, rule, stop: stop)
  }

  /// Loads both parts, the test images normalized by the training images' figures.
  ///
  /// - Parameters:
  ///   - isWhole: Whether the training images must be there to the last file.
  ///   - classCount: The number of classes of idx files; nil for what their labels show.
  func load(
    _ folder: String, name: String, isWhole: Bool = false, classCount: Int? = nil,
    _ rule: NormalizationRule, stop: StopSignal? = nil
  ) throws(Failure) -> KnownDataSet.Pair {
    if let cifar { return try load(cifar, folder, name: name, isWhole: isWhole, rule, stop) }
    guard self == .svhn else {
      return try IDXFolder.load(folder, name: name, classCount: classCount, rule)
    }
    let files = try [SVHN.trainName, SVHN.testName].map { file throws(Failure) in
      try Self.path(of: file, in: folder, note: "a file alone is loaded by its own path")
    }
    return try KnownDataSet.Pair(
      train: try SVHN.load(files[0], stop: stop), test: try SVHN.load(files[1], stop: stop),
      name: name, rule, folder: folder, trainFiles: [files[0]], testFiles: [files[1]])
  }

  private func load(
    _ kind: CIFAR, _ folder: String, name: String, isWhole: Bool, _ rule: NormalizationRule,
    _ stop: StopSignal?
  ) throws(Failure) -> KnownDataSet.Pair {
    let isUnpacked = (kind.trainNames + [kind.testName]).contains {
      FileContent.exists("\(folder)/\($0)")
    }
    let archives = kind.archiveNames.map { "\(folder)/\($0)" }
    if !isUnpacked, let archive = archives.first(where: FileContent.exists) {
      return try KnownDataSet.Pair(archive: archive, name: name, rule, stop: stop)
    }
    // What is missing between two files is missed; what would follow the last one is not.
    let count = kind.trainNames.lastIndex { FileContent.exists("\(folder)/\($0)") } ?? 0
    let names = isWhole ? kind.trainNames : Array(kind.trainNames[...count])
    let files = try (names + [kind.testName]).map { file throws(Failure) in
      try Self.path(
        of: file, in: folder,
        note: isWhole
          ? "\(kind.title) is whole in \(kind.trainNames.count) files and `\(kind.testName)`; a part "
            + "of it is loaded by the path of its folder or file"
          : "a file alone is loaded by its own path")
    }
    let (trainFiles, testFile) = (Array(files.dropLast()), files[files.count - 1])
    return try KnownDataSet.Pair(
      train: try kind.load(trainFiles, stop: stop), test: try kind.load([testFile], stop: stop),
      name: name, rule, folder: folder, trainFiles: trainFiles, testFiles: [testFile])
  }

  private static func path(
    of file: String, in folder: String, note: String
  ) throws(Failure) -> String {
    let path = "\(folder)/\(file)"
    guard FileContent.exists(path) else {
      throw Failure(.fileNotFound, "there is no file `\(path)`", notes: [note])
    }
    return path
  }
}

extension KnownDataSet.Pair {
  /// The two sets of some images, normalized by the training images' figures.
  fileprivate init(
    train: LabelledPixels, test: LabelledPixels, name: String, _ rule: NormalizationRule,
    folder: String, trainFiles: [String], testFiles: [String]
  ) throws(Failure) {
    self.train = try train.dataSet(
      "\(name) train", rule, source: DataSource("\(folder), train", files: trainFiles))
    self.test = try test.dataSet(
      "\(name) test", self.train.normalization.map { .fixed($0) } ?? .none,
      source: DataSource("\(folder), test", files: testFiles))
  }

  /// The two sets in an archive of CIFAR's files.
  init(
    archive: String, name: String, _ rule: NormalizationRule, stop: StopSignal? = nil
  ) throws(Failure) {
    let (train, test) = try CIFAR.load(archive: ByteStream(file: archive, stop: stop))
    try self.init(
      train: train, test: test, name: name, rule, folder: archive, trainFiles: [archive],
      testFiles: [archive])
  }
}
