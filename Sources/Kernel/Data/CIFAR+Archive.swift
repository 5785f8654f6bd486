// The archives as they are distributed, cifar-10-binary.tar.gz and cifar-100-binary.tar.gz: read
// through once, and nothing is written to the disk.

extension CIFAR {
  /// 1 GiB: more than five times what the archives hold, and soon unpacked.
  static let archiveLimit = 1 << 30

  /// The names of the files with training images, and of that with test images.
  var trainNames: [String] {
    self == .ten ? (1...5).map { "data_batch_\($0).bin" } : ["train.bin"]
  }
  var testName: String { self == .ten ? "test_batch.bin" : "test.bin" }
  /// The name of the archive, packed and unpacked.
  var archiveNames: [String] {
    let name = self == .ten ? "cifar-10-binary.tar" : "cifar-100-binary.tar"
    return [name + ".gz", name]
  }

  /// The training and test images in an archive, packed by gzip or not.
  ///
  /// - Throws: `fileMalformed` where it is damaged, cut short, or lacks a file.
  static func load(
    archive file: ByteStream, limit: Int = archiveLimit
  ) throws(Failure) -> (train: LabelledPixels, test: LabelledPixels) {
    let path = file.source
    let isPacked = Inflate.isGzip(try file.peek(2))
    let stream = isPacked ? try ByteStream(unpacking: file, .gzip, limit: limit) : file
    var (images, names) = try parts(in: stream)
    guard
      let kind = allCases.first(where: { kind in
        images.keys.contains { kind.trainNames.contains($0) || kind.testName == $0 }
      })
    else { throw holdsNone(path, names) }
    for name in kind.trainNames + [kind.testName] where images[name] == nil {
      throw Failure(
        .fileMalformed, "`\(path)` holds no file `\(name)`",
        notes: ["it holds " + images.keys.sorted().map { "`\($0)`" }.joined(separator: ", ")])
    }
    let empty = LabelledPixels(shape: shape, classCount: kind.classCount)
    let test = images.removeValue(forKey: kind.testName) ?? empty
    var train = images.removeValue(forKey: kind.trainNames[0]) ?? empty
    try train.reserve(images.values.reduce(train.labels.count) { $0 + $1.labels.count })
    for name in kind.trainNames.dropFirst() {
      // Gone when it has been added, so that not all is there twice.
      guard let part = images.removeValue(forKey: name) else { continue }
      train.labels += part.labels
      train.pixels += part.pixels
    }
    return (train, test)
  }

  /// The images of each file that belongs to a data set, and the first names of all files.
  private static func parts(
    in stream: ByteStream
  ) throws(Failure) -> (images: [String: LabelledPixels], names: [String]) {
    var images: [String: LabelledPixels] = [:]
    var names: [String] = []
    var archive = TarReader(stream)
    while let entry = try archive.next() {
      guard entry.isFile else { continue }
      let name = entry.name.split(separator: "/").last.map(String.init) ?? ""
      if names.count < 8 { names.append(name) }
      guard
        let kind = allCases.first(where: { $0.trainNames.contains(name) || $0.testName == name })
      else { continue }
      guard images[name] == nil else {
        throw stream.malformed("its archive holds two files `\(name)`")
      }
      var part = LabelledPixels(shape: shape, classCount: kind.classCount)
      try part.reserve(entry.size / kind.recordSize)
      try kind.append(
        stream, entry.size, "\(stream.source)` entry `\(entry.name)", to: &part)
      images[name] = part
    }
    // What follows the end of the archive has the checksum of all before it.
    try stream.skipRest()
    return (images, names)
  }

  private static func holdsNone(_ path: String, _ names: [String]) -> Failure {
    let isPickled = names.contains("data_batch_1") || names.contains("train")
    return Failure(
      .fileMalformed, "`\(path)` holds no binary files of CIFAR",
      notes: [
        names.isEmpty
          ? "it holds no files" : "it holds " + names.map { "`\($0)`" }.joined(separator: ", "),
        isPickled
          ? "that is the version for Python; read is the binary one, cifar-10-binary.tar.gz"
          : "expected are data_batch_1.bin and so on, or train.bin and test.bin",
      ])
  }
}
