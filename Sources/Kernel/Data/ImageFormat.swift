/// A format of files of labelled images.
public enum ImageFormat: Sendable {
  /// One of a pair of idx files, packed by gzip or not.
  case idx
  /// Records of CIFAR-10 or CIFAR-100.
  case cifar
  /// An archive of CIFAR's files, packed by gzip or not.
  case cifarArchive
  /// A MAT file, as SVHN has.
  case mat

  /// 8 KiB: the first two records of CIFAR, and every header.
  static let beginningSize = 1 << 13

  /// How many data sets such a file holds.
  public var setCount: Int { self == .cifarArchive ? 2 : 1 }

  /// The format of a file that begins as such files do, or, where it begins as nothing that is read
  /// here, has the ending of one; nil for all others.
  ///
  /// - Throws: `fileNotFound`.
  public init?(of path: String) throws(Failure) {
    if let known = try ImageFormat(recognizing: path) {
      self = known
      return
    }
    let beginning = try FileContent.beginning(of: path, count: ArrayFile.Format.beginningSize)
    guard ArrayFile.Format(beginning: beginning) == nil else { return nil }
    let name = path.lowercased()
    if Inflate.isGzip(beginning) {
      self = name.hasSuffix(".tar.gz") || name.hasSuffix(".tgz") ? .cifarArchive : .idx
    } else if name.hasSuffix(".bin") {
      self = .cifar
    } else if name.hasSuffix(".mat") {
      self = .mat
    } else {
      return nil
    }
  }

  /// The format of a file that begins as such files do.
  init?(recognizing path: String) throws(Failure) {
    let size = try FileContent.size(of: path)
    let bytes = try FileContent.beginning(of: path, count: Self.beginningSize)
    if Inflate.isGzip(bytes) {
      let content = Inflate.beginning(ofGzip: bytes, count: TarReader.blockSize)
      if IDX.isIDX(content) {
        self = .idx
      } else if TarReader.isTar(content) {
        self = .cifarArchive
      } else {
        return nil
      }
    } else if MATHeader.isMAT(bytes) {
      self = .mat
    } else if path.lowercased().hasSuffix(".bin"), CIFAR.of(beginning: bytes, size: size) != nil {
      // Before idx, whose first bytes may be a label and dark pixels, too.
      self = .cifar
    } else if IDX.isIDX(bytes) {
      self = .idx
    } else if TarReader.isTar(bytes) {
      self = .cifarArchive
    } else {
      return nil
    }
  }
}
