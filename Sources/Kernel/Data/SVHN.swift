// The cropped digits of Street View House Numbers (Netzer et al. 2011): MAT files with images `X`,
// 32 × 32 × 3 × n, and labels `y`, of which 10 stands for the digit 0.

/// Reads the files of SVHN.
enum SVHN {
  static let title = "SVHN"
  static let trainName = "train_32x32.mat"
  static let testName = "test_32x32.mat"

  private static let side = 32
  private static let channels = 3

  /// The images of one file.
  static func load(_ path: String, stop: StopSignal? = nil) throws(Failure) -> LabelledPixels {
    try read(ByteStream(file: path, stop: stop))
  }

  /// The images in the bytes of a file.
  static func read(
    _ stream: ByteStream, limit: Int = min(FileContent.sizeLimit, Memory.limit)
  ) throws(Failure) -> LabelledPixels {
    let source = stream.source
    var variables = try MATReader.read(stream, ["X", "y"], limit: limit)
    guard var images = variables.removeValue(forKey: "X") else {
      throw missing("images `X`", source)
    }
    guard let digits = variables["y"] else { throw missing("labels `y`", source) }
    return try taken(&images, digits, source)
  }

  private static func missing(_ what: String, _ source: String) -> Failure {
    Failure(
      .fileMalformed, "`\(source)` holds no \(what)",
      notes: ["read are MAT files as SVHN's: images `X`, 32x32x3xn bytes, and labels `y`"])
  }

  /// Takes the bytes out of a variable, since a copy of them would be large.
  private static func taken(
    _ images: inout MATReader.Variable, _ digits: MATReader.Variable, _ source: String
  ) throws(Failure) -> LabelledPixels {
    var result = LabelledPixels(shape: [channels, side, side], classCount: 10)
    // One image has no fourth axis.
    let extents = images.extents + (images.extents.count == 3 ? [1] : [])
    guard images.type == .u8, extents.count == 4, extents.starts(with: [side, side, channels])
    else {
      throw Failure(
        .shapeMismatch,
        "`\(source)`: `X` is \(shapeText(images.extents)) of \(images.type.rawValue), and SVHN's "
          + "images are 32x32x3xn of u8")
    }
    result.labels = try labels(digits, source)
    guard result.labels.count == extents[3] else {
      throw Failure(
        .shapeMismatch,
        "`\(source)` has \(extents[3]) images `X` and \(result.labels.count) labels `y`")
    }
    try result.checkRoom(extents[3])
    swap(&result.pixels, &images.bytes)
    transpose(&result.pixels)
    return result
  }

  private static func labels(
    _ digits: MATReader.Variable, _ source: String
  ) throws(Failure) -> [UInt8] {
    guard digits.extents.count == 2, digits.extents.contains(1) else {
      throw Failure(
        .shapeMismatch,
        "`\(source)`: `y` is \(shapeText(digits.extents)), and labels are one number for an image")
    }
    let numbers = NamedArray(
      name: "y", checkedShape: digits.extents, type: digits.type, bytes: digits.bytes)
    var labels: [UInt8] = []
    labels.reserveCapacity(numbers.count)
    for (place, digit) in try numbers.integers().enumerated() {
      guard (1...10).contains(digit) else {
        throw Failure(
          .badData, "`\(source)` has label \(digit) at sample \(place + 1)",
          notes: ["SVHN's labels are from 1 to 10, of which 10 stands for the digit 0"])
      }
      labels.append(UInt8(digit % 10))
    }
    return labels
  }

  /// Exchanges rows and columns of every plane: what varies fastest in MATLAB is the row.
  private static func transpose(_ pixels: inout [UInt8]) {
    pixels.withUnsafeMutableBufferPointer { pixels in
      for plane in stride(from: 0, to: pixels.count, by: side * side) {
        for row in 0..<side {
          for column in 0..<row {
            pixels.swapAt(plane + row * side + column, plane + column * side + row)
          }
        }
      }
    }
  }
}
