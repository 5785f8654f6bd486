import TestSupport
import Testing

@testable import Kernel

@Suite struct ContentHashTests {
  @Test func isSHA256() throws {
    // FIPS 180-4's example.
    let hash = ContentHash(of: Array("abc".utf8))
    #expect(hash.hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    #expect(hash.short == "ba78…15ad")
    #expect(ContentHash(hex: hash.hex.uppercased()) == hash)
    #expect(ContentHash(hex: "ba78") == nil)
    #expect(ContentHash(hex: String(repeating: "g", count: 64)) == nil)
    let folder = try TestFolder()
    let content = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try SafeWrite.bytes(content, to: folder.file("a"))
    #expect(try ContentHash(ofFileAt: folder.file("a")) == ContentHash(of: content))
  }
}

@Suite struct CanonicalEncoderTests {
  private struct Point: CanonicalValue {
    static let canonicalKind = "point"
    var x: Double
    var tags: [Int]
    func encodeFields(into encoder: inout CanonicalEncoder) {
      encoder.field("x", x)
      encoder.field("tags", tags)
    }
  }

  /// The bytes after the prologue.
  private func bytes(_ write: (inout CanonicalEncoder) -> Void) -> [UInt8] {
    var encoder = CanonicalEncoder(recording: true)
    write(&encoder)
    return Array(encoder.recorded.dropFirst(CanonicalEncoder.prologue.utf8.count))
  }

  @Test func bytesAreThoseOfTheDocument() {
    func count(_ number: UInt8) -> [UInt8] { [number, 0, 0, 0, 0, 0, 0, 0] }
    func text(_ text: String) -> [UInt8] {
      Array("T".utf8) + count(UInt8(text.utf8.count)) + Array(text.utf8)
    }
    let tag = { (letter: String) in Array(letter.utf8) }
    let parts: [[UInt8]] = [
      tag("M"), text("point"), tag("I"), count(1),
      text("x"), tag("R"), [0, 0, 0, 0, 0, 0, 0xF8, 0x3F],
      text("tags"), tag("A"), text("i64"), count(1), count(2), count(7),
      [UInt8](repeating: 0xFF, count: 8),
      tag("E"),
    ]
    let expected = parts.flatMap { $0 }
    #expect(bytes { $0.value(Point(x: 1.5, tags: [7, -1])) } == expected)
    let hash = ContentHash(of: Array(CanonicalEncoder.prologue.utf8) + expected)
    #expect(Point(x: 1.5, tags: [7, -1]).computeContentHash() == hash)
  }

  @Test func allNaNAreOneAndZerosDiffer() {
    func hash(_ value: Float) -> [UInt8] { bytes { $0.field("a", shape: [1], [value]) } }
    #expect(hash(.nan) == hash(-.nan))
    #expect(hash(.nan) == hash(Float(bitPattern: 0x7F80_0001)))
    #expect(hash(0) != hash(-0.0))
    #expect(bytes { $0.real(.nan) } == bytes { $0.real(-.nan) })
  }

  @Test func largeArraysWithNaNAreTheSameBytes() {
    var values = (0..<200_000).map { Float($0) }
    values[150_000] = Float(bitPattern: 0xFFC0_0001)
    var canonical = values
    canonical[150_000] = .nan
    #expect(
      bytes { $0.field("a", shape: [200_000], values) }
        == bytes { $0.field("a", shape: [200_000], canonical) })
  }

  @Test func differentValuesHaveDifferentBytes() {
    let all = [
      bytes { $0.text("ab") }, bytes { $0.text("a") }, bytes { $0.integer(1) },
      bytes { $0.real(1) },
      bytes { $0.truth(true) }, bytes { $0.nothing() }, bytes { $0.list(0) },
      bytes { $0.array(shape: [1], integers: [1]) },
      bytes { $0.array(shape: [1, 1], integers: [1]) },
      bytes { $0.array(shape: [1], integers: [1 as Int32]) },
      bytes { $0.array(shape: [1], bytes: [1]) },
      bytes { $0.value(Point(x: 1, tags: [])) },
    ]
    #expect(Set(all).count == all.count)
  }
}
