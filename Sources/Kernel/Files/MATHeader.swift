/// The 128 bytes that a MAT file begins with: a text, a version, and a mark of the order of bytes.
enum MATHeader {
  static let size = 128

  /// Whether these bytes begin as a MAT file of version 5 does.
  static func isMAT(_ bytes: [UInt8]) -> Bool { version(bytes)?.major == 1 }

  /// Whether numbers in the file have their highest byte first.
  ///
  /// - Throws: `unsupportedFormat` for another version, `fileMalformed` for no MAT file.
  static func isBigEndian(_ bytes: [UInt8], source: String) throws(Failure) -> Bool {
    switch version(bytes) {
    case (let isBigEndian, 1)?: return isBigEndian
    case (_, 2)?: throw hdf5(source)
    default:
      if isVersion4(bytes) {
        throw unsupported("`\(source)` is a MAT file of version 4")
      }
      guard bytes.count == size else {
        throw Failure(
          .fileMalformed,
          "`\(source)` is damaged or cut short: it has \(bytes.count) bytes, and the header of a MAT "
            + "file has \(size)")
      }
      throw Failure(
        .fileMalformed, "`\(source)` is no MAT file: its header names no version",
        notes: ["read is version 5, as SVHN is distributed"])
    }
  }

  /// Refuses what MATLAB wrote as HDF5, whose arrays lie transposed there.
  static func refuseHDF5(_ path: String) throws(Failure) {
    let beginning = try FileContent.beginning(of: path, count: size)
    if version(beginning)?.major == 2 { throw hdf5(path) }
  }

  private static func hdf5(_ source: String) -> Failure {
    unsupported("`\(source)` is a MAT file of version 7.3, which is HDF5")
  }

  private static func unsupported(_ message: String) -> Failure {
    Failure(
      .unsupportedFormat, message,
      notes: ["data are read from version 5, as SVHN is distributed: save(…, \"-v7\") in MATLAB"])
  }

  private static func version(_ bytes: [UInt8]) -> (isBigEndian: Bool, major: Int)? {
    // A zero in the first four bytes would say version 4.
    guard bytes.count >= size, !bytes.prefix(4).contains(0) else { return nil }
    switch (bytes[126], bytes[127]) {
    case (UInt8(ascii: "I"), UInt8(ascii: "M")): return (false, Int(bytes[125]))
    case (UInt8(ascii: "M"), UInt8(ascii: "I")): return (true, Int(bytes[124]))
    default: return nil
    }
  }

  /// Version 4 has no header: a number whose four digits are the order of bytes, 0, the type and
  /// the kind of the first array.
  private static func isVersion4(_ bytes: [UInt8]) -> Bool {
    // 20: what stands before the name of an array.
    guard bytes.count >= 20 else { return false }
    let little = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let big = bytes.prefix(4).reduce(0) { $0 << 8 | Int($1) }
    return [little, big].contains { number in
      number <= 4052 && number / 100 % 10 == 0 && number / 10 % 10 <= 5 && number % 10 <= 2
    }
  }
}
