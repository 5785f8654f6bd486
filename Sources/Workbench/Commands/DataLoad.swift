import Contract
import Kernel

extension Command {
  /// Brings in data, networks and permutations.
  static let load = Command(
    "load", .files, "bring in data, networks or permutations",
    details: """
      A name such as fashion_mnist, mnist, cifar10, cifar100 or svhn is looked for in the folders \
      of BASIN_DATA and in Debian's /usr/share/datasets; it gives two values, for training and for \
      testing, and so does a folder with the files of such a set. A file is known by its first \
      bytes: one of a pair of idx files, CIFAR's .bin files and the .tar.gz they come in, SVHN's \
      .mat files, HDF5, npz, safetensors, PyTorch's .pt, permutations as JSON. In a .pt file nothing is run: what asks for more \
      than weights is refused. \
      The last four give networks of PyTorch's, too: state dictionaries of torchvision's VGG-11 to \
      19 and ResNet-18, 34 and 50, as they are for large images and as repositories for CIFAR have \
      them, and of an nn.Sequential. Names and shapes tell which; what they do not is stated, as in \
      `architecture="resnet18 norm=group groups=8"`, after the name width= norm= groups= epsilon= \
      form= (cifar or imagenet), shape= and classes=. `map=FILE` is a file of lines \
      `stem.conv.* -> conv1.*`, `stages.{i}.{j}.* -> layer{i+1}.{j}.*` or `ignore head.*` for \
      arrays that are called otherwise: {i} is a whole number and * any text, the first line that \
      matches counts, and `architecture …` may stand in it, too. Data of one file come in the order train, test. Images are \
      normalized by the mean and deviation of the training set, in each channel, unless \
      `normalize=no`. `file.h5:/group` names a place inside an HDF5 file. `load mnist \
      otherwise=fashion_mnist` takes the second where the first is not on this machine. What no \
      first bytes tell is read by a plugin's reader for files of that ending, `reader=ID` takes \
      one in any case; `normalize=`, `samples=` and `side=` hold for what it reads as for all data. \
      `load mnist side=32` puts images of 28×28 in the middle of black ones of 32×32, which VGG takes.
      """,
    positional: [
      Parameter("what", .path, help: "the name of a data set, or a file or folder")
    ],
    keywords: [
      Parameter(
        "normalize", .yesNo, isOptional: true,
        help: "whether images are normalized; otherwise as the file says, or yes"),
      Parameter(
        "samples", .integer(1...Int.max), isOptional: true, unit: "samples",
        help: "take only so many of the first samples of each set"),
      Parameter(
        "side", .integer(1...16_384), isOptional: true, unit: "pixels",
        help: "put smaller images in the middle of black ones of this side"),
      Parameter(
        "shape", .value([.list]), isOptional: true,
        help: "the shape of a sample, for networks whose file does not say it: [1, 28, 28]"),
      Parameter(
        "architecture", .text, isOptional: true,
        help: "which network the file is of, where its names do not tell: \"vgg16 form=cifar\""),
      Parameter(
        "map", .path, isOptional: true,
        help: "a file with a line for each name that is another here"),
      Parameter(
        "otherwise", .word(KnownDataSet.allCases.map(\.rawValue)), isOptional: true,
        changesResult: false, help: "the data set to take where the first is not on this machine"),
      Parameter(
        "reader", .reader, isOptional: true,
        help: "the plugin's reader for the file; otherwise by its first bytes, then its ending"),
    ],
    results: .computed { $0.texts["reader"] == nil ? LoadRequest($0)?.kinds : nil },
    reads: ["what", "map"],
    precheck: { call throws(Failure) in
      if call.texts["reader"] != nil, let path = call.texts["what"] {
        return try DataReader.checkIsThere(path)
      }
      try LoadRequest(call)?.checkIsThere()
    },
    examples: ["a, b = load pair.h5", "data = load blobs.npz samples=100"],
    examplePreparation: Examples.twoNetworks + ["save [a, b] pair.h5", "save train blobs.npz"],
    seeAlso: ["save", "make", "peek"]
  ) { call throws(Failure) in
    let what = call.text("what")
    if let reader = try DataReader.chosen(for: what, call) { return try reader.load(what, call) }
    return try LoadRequest(path: what, otherwise: call.textIfGiven("otherwise")).load(call)
  }
}

/// What is to be loaded, and what is known of it before.
private struct LoadRequest {
  let path: String
  private let known: KnownDataSet?
  /// What is said of the networks of a file beside it.
  private var stated = StatedNetworks()

  /// - Parameter otherwise: The data set to take where the one named `path` is not here.
  init(path: String, otherwise: String?) {
    let first = KnownDataSet(rawValue: path)
    // A path or a misspelt name that is not there is a mistake, whatever else would do.
    let isMissing = first.map { !$0.isMade && $0.folder() == nil } ?? false
    self.path = isMissing ? otherwise ?? path : path
    known = KnownDataSet(rawValue: self.path)
  }

  init?(_ call: StaticCall) {
    guard let path = call.texts["what"] else { return nil }
    self.init(path: path, otherwise: call.texts["otherwise"])
    stated = StatedNetworks(call)
  }

  /// The file without the place inside it.
  private var file: String {
    guard !FileContent.exists(path), let mark = path.ranges(of: ":/").last else { return path }
    return String(path[..<mark.lowerBound])
  }

  // MARK: - Before the run

  /// Throws where there is no such data set, file or folder.
  func checkIsThere() throws(Failure) {
    if let known {
      guard !known.isMade, known.folder() == nil else { return }
      // Loading says where was searched and what to install.
      _ = try known.load()
      return
    }
    guard !FileContent.exists(file), !FileContent.isFolder(file) else { return }
    let names = KnownDataSet.allCases.map(\.name)
    var notes: [String] = []
    if let near = nearest(path, among: names) {
      notes.append("did you mean `\(near)`?")
    } else if !path.contains("/"), !path.contains(".") {
      notes.append("data sets with names: " + names.joined(separator: " "))
    }
    throw Failure(
      .fileNotFound,
      path.contains("/") || path.contains(".")
        ? "there is no file `\(file)`" : "there is no data set and no file `\(path)`",
      notes: notes)
  }

  /// The kinds of the values, where that can be told at once.
  var kinds: [ValueKind?]? {
    if known != nil { return [.data, .data] }
    if FileContent.isFolder(path) { return [.data, .data] }
    if FileContent.exists(file), let format = try? ImageFormat(of: file) {
      return Array(repeating: .data, count: format.setCount)
    }
    // 32 MB, some tens of milliseconds: what is larger is not read before a line begins, where nothing
    // could stop it.
    guard let size = try? FileContent.size(of: file), size < 32_000_000 else { return nil }
    // What is wrong with the file is said when the line runs, with its whole story.
    guard let content = try? content() else { return nil }
    switch content {
    case .data(let sets): return sets.map { _ in .data }
    case .networks(let networks, _): return networks.map { _ in .network }
    case .permutations: return [.permutations]
    }
  }

  // MARK: - The run

  private enum Loaded {
    case data([DataSet])
    case networks([Network], skipped: [String])
    case permutations(PermutationFile)
  }

  func load(_ call: Invocation) throws(Failure) -> [Content] {
    let rule = call.isGiven("normalize") ? (call.flag("normalize") ? Rule.measured : .none) : nil
    var request = self
    request.stated = try StatedNetworks(call)
    let content = try request.content(normalization: rule, stop: call.stop)
    switch content {
    case .data(let sets):
      for name in ["map", "architecture", "shape"] where call.isGiven(name) {
        throw Failure(.unknownArgument, "`\(path)` holds data, and `\(name)` is for networks")
      }
      var pinned: [String] = []
      for file in sets.flatMap(\.source.files) where !pinned.contains(file) {
        pinned.append(file)
        call.pin(file: file, hash: try ContentHash(ofFileAt: file, stop: call.stop), of: known)
      }
      return try sets.asAsked(call)
    case .networks(let networks, let skipped):
      try refuseDataArguments(call, holds: "networks")
      if !skipped.isEmpty { call.note("not read of \(path): \(ArrayFile.listed(skipped))") }
      call.pin(file: file, hash: try ContentHash(ofFileAt: file, stop: call.stop))
      try request.stated.tell(of: networks, call)
      return networks.map { .network($0) }
    case .permutations(let read):
      try refuseDataArguments(call, holds: "permutations")
      call.pin(file: file, hash: try ContentHash(ofFileAt: file, stop: call.stop))
      return [.permutations(read.permutations, layers: read.groups)]
    }
  }

  private typealias Rule = NormalizationRule

  private func content(
    normalization: NormalizationRule? = nil, stop: StopSignal = StopSignal()
  ) throws(Failure) -> Loaded {
    if let known {
      let pair = try known.load(normalization: normalization ?? .measured, stop: stop)
      return .data([pair.train, pair.test])
    }
    let isFolder = FileContent.isFolder(path)
    let images = isFolder ? nil : try ImageFormat(of: file)
    if isFolder || images != nil {
      return .data(try DataSet.load(path, normalization: normalization, stop: stop))
    }
    let beginning = try FileContent.beginning(of: file, count: 64)
    if beginning.first(where: { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }) == UInt8(ascii: "{") {
      return .permutations(try PermutationFile(readingFrom: path))
    }
    let arrays = try ArrayFile.read(path, stop: stop)
    switch arrays.metadata["basin_kind"] {
    case "networks"?:
      return .networks(
        try stated.networks(in: arrays, path, stop: stop), skipped: arrays.skipped)
    case "permutations"?:
      return .permutations(try PermutationFile(readingFrom: path, stop: stop))
    case nil
    where arrays.metadata["graph"] != nil || stated.isOfNetworks
      || arrays.arrays.contains(where: { $0.name.hasSuffix("weight") }):
      return .networks(
        try stated.networks(in: arrays, path, stop: stop), skipped: arrays.skipped)
    default:
      return .data(
        try DataSet.load(arrays, source: path, normalization: normalization, stop: stop))
    }
  }

  private func refuseDataArguments(_ call: Invocation, holds kind: String) throws(Failure) {
    for name in ["map", "architecture", "shape"] where call.isGiven(name) && kind != "networks" {
      throw Failure(.unknownArgument, "`\(path)` holds \(kind), and `\(name)` is for networks")
    }
    for name in ["normalize", "samples", "side"] where call.isGiven(name) {
      throw Failure(.unknownArgument, "`\(path)` holds \(kind), and `\(name)` is for data")
    }
  }
}

extension [DataSet] {
  /// The sets as values, each cut to its first samples where `samples=` says so, and its images padded
  /// as `side=` says.
  func asAsked(_ call: Invocation) throws(Failure) -> [Content] {
    try map { set throws(Failure) in
      var set = set
      if let count = call.integerIfGiven("samples") { set = try set.prefix(count) }
      if let side = call.integerIfGiven("side") { set = try set.padded(side: side) }
      return .data(set)
    }
  }
}
