import TestSupport
import Testing

@testable import Kernel

@Suite struct ZipTests {
  /// An archive of these entries, as bytes.
  private func archive(_ entries: [(String, [UInt8])]) throws -> [UInt8] {
    let folder = try TestFolder()
    try SafeWrite.file(at: folder.file("a.zip")) { (writer) throws(Failure) in
      var zip = ZipWriter()
      for (name, content) in entries { try zip.add(name, [content], to: &writer) }
      try zip.finish(&writer)
    }
    return try FileContent.read(folder.file("a.zip"))
  }

  private func refusal(_ bytes: [UInt8]) -> Failure? {
    Fixture.failure {
      let reader = try ZipReader(bytes, source: "x")
      for entry in reader.entries { _ = try reader.content(of: entry) }
    }
  }

  @Test func readsStoredAndDeflatedEntriesOfNumpy() throws {
    let stored = try NPZ.read(Fixture.bytes("stored.npz"), source: "x")
    #expect(stored.arrays.map(\.name) == ["0.weight", "0.bias"])
    #expect(stored.arrays[0].floats == Fixture.half)
    #expect(try stored.arrays[1].integers() == [1, -2])
    let packed = try NPZ.read(Fixture.bytes("packed.npz"), source: "x")
    #expect(packed.arrays.map(\.name) == ["zeros", "half"])
    #expect(packed.arrays[0].doubles == [Double](repeating: 0, count: 64 * 64))
    #expect(packed.arrays[1].floats == Fixture.half)
  }

  @Test func entriesBeginAtMultiplesOf64() throws {
    let bytes = try archive([("a", [1, 2, 3]), ("bb", []), ("ccc", [4])])
    let reader = try ZipReader(bytes, source: "x")
    #expect(reader.entries.map(\.name) == ["a", "bb", "ccc"])
    #expect(reader.entries.allSatisfy { $0.start % 64 == 0 })
    #expect(try reader.entries.map { try reader.content(of: $0) } == [[1, 2, 3], [], [4]])
  }

  @Test func emptyArchivesAreRead() throws {
    #expect(try ZipReader(archive([]), source: "x").entries.isEmpty)
  }

  @Test func findsContentThatWasChanged() throws {
    var bytes = try archive([("a", [1, 2, 3])])
    let start = try ZipReader(bytes, source: "x").entries[0].start
    bytes[start] ^= 1
    #expect(
      refusal(bytes)?.message
        == "`x` entry `a` is damaged: its content does not have the checksum stated")
  }

  /// The place of the first central directory entry.
  private func directory(_ bytes: [UInt8]) throws -> Int {
    try #require(bytes.indices.last { bytes[$0...].starts(with: [0x50, 0x4B, 1, 2]) })
  }

  private func put(_ number: UInt32, at place: Int, in bytes: inout [UInt8]) {
    for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> (8 * byte)) }
  }

  @Test func refusesClaimsThatNothingCanFulfil() throws {
    let honest = try archive([("a", [1, 2, 3])])
    let entry = try directory(honest)
    // More bytes than the archive has.
    var bytes = honest
    put(1 << 30, at: entry + 20, in: &bytes)
    put(1 << 30, at: entry + 24, in: &bytes)
    #expect(refusal(bytes)?.message.contains("claims 1073741824 bytes, and") == true)
    // Stored content that is to grow.
    bytes = honest
    put(4, at: entry + 24, in: &bytes)
    #expect(refusal(bytes)?.message.contains("claims to hold 4 bytes in 3") == true)
    // Deflated content beyond what deflate can do.
    bytes = honest
    bytes[entry + 10] = 8
    put(1 << 30, at: entry + 24, in: &bytes)
    #expect(refusal(bytes)?.message.contains("claims to hold 1073741824 bytes in 3") == true)
    // An entry that is not there.
    bytes = honest
    put(7, at: entry + 42, in: &bytes)
    #expect(refusal(bytes)?.message.contains("is not where the directory says") == true)
    // Encrypted, and packed in an unknown way.
    bytes = honest
    bytes[entry + 8] |= 1
    #expect(refusal(bytes)?.code == .unsupportedFormat)
    bytes = honest
    bytes[entry + 10] = 99
    #expect(refusal(bytes)?.code == .unsupportedFormat)
  }

  @Test func refusesEntriesOverOneAnother() throws {
    var bytes = try archive([("a", [1, 2, 3]), ("b", [1, 2, 3])])
    let second = try directory(bytes)
    put(0, at: second + 42, in: &bytes)
    #expect(refusal(bytes)?.message.contains("lie over one another") == true)
  }

  @Test func readsWideArchives() throws {
    // An archive whose sizes, place and counts all stand in zip64 fields, as numpy streams them.
    let content: [UInt8] = [9, 8, 7]
    var bytes = LittleEndianBytes()
    let name = Array("w".utf8)
    func wide(_ numbers: [UInt64]) -> [UInt8] {
      var field = LittleEndianBytes()
      field.put(1 as UInt16)
      field.put(UInt16(numbers.count * 8))
      for number in numbers { field.put(number) }
      return field.bytes
    }
    let checksum = Inflate.checksum(content)
    bytes.put([0x50, 0x4B, 3, 4, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    bytes.put(checksum)
    bytes.put(UInt64.max)
    bytes.put(UInt16(1))
    bytes.put(UInt16(20))
    bytes.put(name + wide([3, 3]) + content)
    let start = bytes.bytes.count
    bytes.put([0x50, 0x4B, 1, 2, 45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    bytes.put(checksum)
    bytes.put(UInt64.max)
    bytes.put(UInt16(1))
    bytes.put(UInt16(28))
    bytes.put([UInt8](repeating: 0, count: 10))
    bytes.put(UInt32.max)
    bytes.put(name + wide([3, 3, 0]))
    let end = bytes.bytes.count
    bytes.put(0x0606_4B50 as UInt32)
    bytes.put(44 as UInt64)
    bytes.put([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    bytes.put(1 as UInt64)
    bytes.put(1 as UInt64)
    bytes.put(UInt64(end - start))
    bytes.put(UInt64(start))
    bytes.put(0x0706_4B50 as UInt32)
    bytes.put(0 as UInt32)
    bytes.put(UInt64(end))
    bytes.put(1 as UInt32)
    bytes.put(0x0605_4B50 as UInt32)
    bytes.put([0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0])
    let reader = try ZipReader(bytes.bytes, source: "x")
    #expect(reader.entries.map(\.name) == ["w"])
    #expect(try reader.content(of: reader.entries[0]) == content)
  }
}
