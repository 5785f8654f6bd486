/// MAT files made for tests, of any order of bytes.
public struct MATFile: Sendable {
  public var isBigEndian: Bool

  public init(isBigEndian: Bool = false) { self.isBigEndian = isBigEndian }

  /// A number in the file's order.
  public func number(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: isBigEndian ? value.bigEndian : value.littleEndian) { Array($0) }
  }

  /// The header and some elements; version 2 is 7.3.
  public func file(_ elements: [[UInt8]], version: UInt16 = 0x0100) -> [UInt8] {
    let text = Array("MATLAB 5.0 MAT-file, made for a test".utf8)
    return text + [UInt8](repeating: 0x20, count: 124 - text.count) + number(version)
      + number(0x4D49 as UInt16) + elements.flatMap { $0 }
  }

  /// An element: a tag of type and size, and its bytes, filled up to a multiple of eight.
  public func element(_ kind: Int, _ content: [UInt8], size: Int? = nil) -> [UInt8] {
    let filling = kind == 15 ? 0 : -content.count & 7
    return number(UInt32(kind)) + number(UInt32(size ?? content.count)) + content
      + [UInt8](repeating: 0, count: filling)
  }

  /// An element of up to four bytes, which stand in the tag.
  public func smallElement(_ kind: Int, _ content: [UInt8]) -> [UInt8] {
    number(UInt32(content.count << 16 | kind)) + content
      + [UInt8](repeating: 0, count: 4 - content.count)
  }

  /// A variable of numbers.
  ///
  /// - Parameters:
  ///   - kind: MATLAB's class: 6 for doubles, 9 for bytes.
  ///   - storage: The type of the elements in the file: 2 for bytes, 9 for doubles.
  public func variable(
    _ name: String, _ extents: [Int], kind: Int, storage: Int, _ content: [UInt8]
  ) -> [UInt8] {
    let letters = Array(name.utf8)
    let body =
      element(6, number(UInt32(kind)) + number(0 as UInt32))
      + element(5, extents.flatMap { number(Int32(truncatingIfNeeded: $0)) })
      + (letters.count <= 4 ? smallElement(1, letters) : element(1, letters))
      + (content.count <= 4 ? smallElement(storage, content) : element(storage, content))
    return element(14, body)
  }

  /// An element in which another is packed.
  public func packed(_ element: [UInt8]) -> [UInt8] { self.element(15, ImageFiles.zlib(element)) }

  /// Images in MATLAB's order: the row varies fastest, then the column.
  public static func pixels(
    _ count: Int, _ value: (_ image: Int, _ channel: Int, _ row: Int, _ column: Int) -> Int
  ) -> [UInt8] {
    var bytes: [UInt8] = []
    for image in 0..<count {
      for channel in 0..<3 {
        for column in 0..<32 {
          for row in 0..<32 {
            bytes.append(UInt8(truncatingIfNeeded: value(image, channel, row, column)))
          }
        }
      }
    }
    return bytes
  }

  /// Images as SVHN has them, with labels from 1 to 10 kept as bytes of doubles.
  public func svhn(_ labels: [UInt8], isPacked: Bool = true) -> [UInt8] {
    let pixels = Self.pixels(labels.count) { 50 * $0 + 40 * $1 + 2 * $2 + $3 }
    let variables = [
      variable("X", [32, 32, 3, labels.count], kind: 9, storage: 2, pixels),
      variable("y", [labels.count, 1], kind: 6, storage: 2, labels),
    ]
    return file(isPacked ? variables.map(packed) : variables)
  }
}
