@testable import Kernel

/// Bytes of pickles for tests, opcode by opcode.
struct PickleWriter {
  private(set) var bytes: [UInt8] = [0x80, 2]

  mutating func put(_ opcodes: PickleOpcode...) { bytes += opcodes.map(\.rawValue) }

  mutating func put(_ raw: [UInt8]) { bytes += raw }

  mutating func put(function name: String) {
    let dot = name.lastIndex(of: ".") ?? name.endIndex
    put(.global)
    bytes += "\(name[..<dot])\n\(name[dot...].dropFirst())\n".utf8
  }

  mutating func put(text: String) {
    put(.shortText)
    bytes.append(UInt8(text.utf8.count))
    bytes += text.utf8
  }

  mutating func put(_ number: Int) {
    put(.long)
    bytes.append(8)
    bytes += (0..<8).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  mutating func put(tuple numbers: [Int]) {
    put(.mark)
    for number in numbers { put(number) }
    put(.tuple)
  }

  /// A tensor as torch writes it, whatever it claims.
  mutating func put(
    tensor shape: [Int], strides: [Int], offset: Int = 0, key: String = "0", count: Int,
    storage: String = "torch.FloatStorage"
  ) {
    put(function: "torch._utils._rebuild_tensor_v2")
    put(.mark, .mark)
    put(text: "storage")
    put(function: storage)
    put(text: key)
    put(text: "cpu")
    put(count)
    put(.tuple, .persistent)
    put(offset)
    put(tuple: shape)
    put(tuple: strides)
    put(.no, .none, .tuple, .reduce)
  }

  /// A dictionary of one tensor under the name `w`.
  static func dictionary(
    tensor shape: [Int], strides: [Int], offset: Int = 0, key: String = "0", count: Int,
    storage: String = "torch.FloatStorage"
  ) -> [UInt8] {
    var writer = PickleWriter()
    writer.put(.emptyDictionary)
    writer.put(text: "w")
    writer.put(
      tensor: shape, strides: strides, offset: offset, key: key, count: count, storage: storage)
    writer.put(.setItem, .stop)
    return writer.bytes
  }
}
