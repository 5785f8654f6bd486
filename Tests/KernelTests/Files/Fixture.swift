@testable import Kernel

/// The files in `Tests/Fixtures`, made by the script there.
enum Fixture {
  /// The path of a fixture.
  static func path(_ name: String, from file: String = #filePath) -> String {
    let parts = file.split(separator: "/", omittingEmptySubsequences: false)
    let tests = parts.lastIndex(of: "Tests") ?? parts.count - 1
    return parts[...tests].joined(separator: "/") + "/Fixtures/" + name
  }

  static func bytes(_ name: String) throws -> [UInt8] { try FileContent.read(path(name)) }

  /// Six numbers that all real types hold exactly; 2 × 3.
  static let half: [Float] = [-0.25, -0.125, 0, 0.125, 0.25, 0.375]

  /// Arrays of every type, shape and special value that formats must keep.
  static func everything(from stream: inout RandomStream) -> [NamedArray] {
    var arrays = ElementType.allCases.map { type in
      let bytes = (0..<(6 * type.size)).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
      return NamedArray(
        name: "types/\(type.rawValue)", checkedShape: [2, 3], type: type,
        bytes: type == .bool ? [0, 1, 1, 0, 1, 0] : bytes)
    }
    arrays += [
      NamedArray(
        name: "special", shape: [7],
        floats: [
          .nan, -.nan, .infinity, -.infinity, -0.0, .leastNonzeroMagnitude,
          .greatestFiniteMagnitude,
        ]),
      NamedArray(name: "number", shape: [], doubles: [.pi]),
      NamedArray(name: "empty", shape: [0, 4], floats: []),
      NamedArray(name: "deep/er/still", shape: [1, 1, 1, 2], integers: [Int.min, Int.max]),
    ]
    return arrays
  }

  /// Bytes as a stream named `x`, a few at a time.
  static func stream(_ bytes: [UInt8], pieceSize: Int = 1000) -> ByteStream {
    var rest = bytes[...]
    return ByteStream(source: "x", most: bytes.count) {
      defer { rest = rest.dropFirst(pieceSize) }
      return Array(rest.prefix(pieceSize))
    }
  }

  /// The failure that `body` throws; nil where it throws none.
  static func failure(_ body: () throws -> Void) -> Failure? {
    do {
      try body()
      return nil
    } catch {
      return error as? Failure
    }
  }
}
