// CIFAR's binary files (Krizhevsky 2009): records of labels and of 3072 bytes, the red, green and
// blue plane of an image of 32 × 32, row by row. CIFAR-100 has a label of 20 classes before the
// one of 100.

/// Which of the two data sets a CIFAR file is of.
enum CIFAR: CaseIterable {
  case ten, hundred

  static let shape = [3, 32, 32]
  private static let pixelCount = 3 * 32 * 32

  var title: String { self == .ten ? "CIFAR-10" : "CIFAR-100" }
  /// The classes of each of a record's labels; the last one is taken.
  var classCounts: [UInt8] { self == .ten ? [10] : [20, 100] }
  var classCount: Int { self == .ten ? 10 : 100 }
  var recordSize: Int { classCounts.count + Self.pixelCount }

  /// The one whose records a file has, told by its size and the labels of its first two records.
  static func of(beginning bytes: [UInt8], size: Int) -> CIFAR? {
    allCases.first { kind in
      guard size > 0, size.isMultiple(of: kind.recordSize) else { return false }
      return stride(from: 0, to: min(size, 2 * kind.recordSize), by: kind.recordSize).allSatisfy {
        start in
        zip(bytes.dropFirst(start), kind.classCounts).allSatisfy { $0 < $1 }
      }
    }
  }

  // MARK: - Files

  /// The images of one file.
  static func load(_ path: String, stop: StopSignal? = nil) throws(Failure) -> LabelledPixels {
    let size = try FileContent.size(of: path)
    let beginning = try FileContent.beginning(of: path, count: ImageFormat.beginningSize)
    guard let kind = of(beginning: beginning, size: size) else { throw notRecords(path, size) }
    return try kind.load([path], stop: stop)
  }

  /// The images of several files, one after another.
  func load(_ paths: [String], stop: StopSignal? = nil) throws(Failure) -> LabelledPixels {
    let sizes = try paths.map { path throws(Failure) in try FileContent.size(of: path) }
    var images = LabelledPixels(shape: Self.shape, classCount: classCount)
    try images.reserve(sizes.reduce(0, +) / recordSize)
    for (path, size) in zip(paths, sizes) {
      try append(ByteStream(file: path, stop: stop), size, path, to: &images)
    }
    return images
  }

  /// Appends the records that the next `size` bytes of a stream hold.
  ///
  /// - Parameter place: What holds them, for messages.
  func append(
    _ stream: ByteStream, _ size: Int, _ place: String, to images: inout LabelledPixels
  ) throws(Failure) {
    guard size > 0, size.isMultiple(of: recordSize) else { throw notRecords(place, size) }
    for record in 0..<size / recordSize {
      for count in classCounts {
        let label = try stream.read(1, "record \(record + 1) of `\(place)`")[0]
        guard label < count else {
          throw Failure(
            .badData,
            "`\(place)` has label \(label) at sample \(record + 1), and \(title) has "
              + "\(count)\(count == 20 ? " coarse" : "") classes",
            notes: ["labels count from 0"])
        }
        if count == classCount { images.labels.append(label) }
      }
      try stream.append(
        Self.pixelCount, to: &images.pixels, "record \(record + 1) of `\(place)`")
    }
  }

  private func notRecords(_ place: String, _ size: Int) -> Failure {
    guard size > 0 else { return Failure(.fileMalformed, "`\(place)` is empty") }
    return Failure(
      .fileMalformed,
      "`\(place)` is cut short or no file of \(title): \(size) bytes are \(size / recordSize) records "
        + "and \(size % recordSize) bytes more",
      notes: ["a record has \(recordSize) bytes: \(recordText)"])
  }

  private static func notRecords(_ path: String, _ size: Int) -> Failure {
    guard size > 0 else { return Failure(.fileMalformed, "`\(path)` is empty") }
    return Failure(
      .fileMalformed, "`\(path)` holds no records of CIFAR: it has \(size) bytes",
      notes: allCases.map { "a record of \($0.title) has \($0.recordSize) bytes: \($0.recordText)" }
    )
  }

  private var recordText: String {
    (self == .ten ? "a label" : "two labels") + " and \(Self.pixelCount) pixels"
  }
}
