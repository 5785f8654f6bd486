import Testing

@testable import Kernel

@Suite struct InflateTests {
  /// `printf 'hello hello hello hello' | gzip -n9`.
  static let packed: [UInt8] = [
    0x1F, 0x8B, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xCB, 0x48, 0xCD, 0xC9, 0xC9, 0x57,
    0xC8, 0x40, 0x27, 0x01,
  ]
  static let text = Array("hello hello hello hello".utf8)

  /// The packed text with its trailer: checksum and size.
  static var whole: [UInt8] {
    var bytes = LittleEndianBytes()
    bytes.put(packed)
    bytes.put(Inflate.checksum(text))
    bytes.put(UInt32(text.count))
    return bytes.bytes
  }

  @Test func unpacksOneMemberAndMany() throws {
    #expect(try Inflate.gunzip(Self.whole, source: "x") == Self.text)
    #expect(try Inflate.gunzip(Self.whole + Self.whole, source: "x") == Self.text + Self.text)
    // Tapes pad with zeros.
    #expect(try Inflate.gunzip(Self.whole + [0, 0, 0], source: "x") == Self.text)
  }

  @Test func refusesEveryTruncation() {
    for length in 0..<Self.whole.count {
      let failure = Fixture.failure {
        _ = try Inflate.gunzip(Array(Self.whole.prefix(length)), source: "x")
      }
      #expect(failure?.code == .fileMalformed, "\(length)")
    }
  }

  @Test func comparesChecksumAndSize() {
    for place in Self.packed.count..<Self.whole.count {
      var bytes = Self.whole
      bytes[place] ^= 0x10
      let failure = Fixture.failure { _ = try Inflate.gunzip(bytes, source: "x") }
      #expect(failure?.message.hasPrefix("`x` is damaged: incorrect") == true, "\(place)")
    }
  }

  @Test func refusesWhatFollowsTheEnd() {
    let failure = Fixture.failure {
      _ = try Inflate.gunzip(Self.whole + Array("more".utf8), source: "x")
    }
    #expect(failure?.message == "`x` goes on after its end with 4 bytes more")
  }

  @Test func keepsToItsLimit() {
    #expect(
      Fixture.failure { _ = try Inflate.gunzip(Self.whole, source: "x", limit: 22) }?.message
        == "`x` unpacks to more than 22 bytes")
    #expect(
      Fixture.failure { _ = try Inflate.gunzip(Self.whole, source: "x", limit: 23) } == nil)
  }

  @Test func rawStreamsMustHoldWhatIsStated() throws {
    let stream = Self.packed[10...]
    #expect(try Inflate.raw(stream, size: 23, source: "x") == Self.text)
    for size in [0, 1, 22, 24, 1 << 40] {
      let failure = Fixture.failure { _ = try Inflate.raw(stream, size: size, source: "x") }
      #expect(failure?.code == .fileMalformed, "\(size)")
    }
  }
}
