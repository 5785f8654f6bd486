import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct TarTests {
  /// The entries of an archive, which is a header or several without the blocks that end it.
  private func entries(_ bytes: [UInt8]) throws -> [TarReader.Entry] {
    let stream = Fixture.stream(bytes + [UInt8](repeating: 0, count: 1024))
    var reader = TarReader(stream)
    var entries: [TarReader.Entry] = []
    while let entry = try reader.next() { entries.append(entry) }
    return entries
  }

  private func refusal(_ bytes: [UInt8]) -> String? {
    Fixture.failure { _ = try entries(bytes) }?.message
  }

  @Test func contentIsTakenOrPassedOver() throws {
    let archive = ImageFiles.tar([("a", [1, 2, 3]), ("b", []), ("c", [4])], folder: "f/")
    #expect(
      try entries(archive).map(\.name) == ["f/", "f/a", "f/b", "f/c"])
    let stream = Fixture.stream(archive)
    var reader = TarReader(stream)
    var contents: [[UInt8]] = []
    while let entry = try reader.next() {
      // Of one entry all, of the others nothing or a part.
      contents.append(try stream.read(min(entry.size, 2), "a part"))
    }
    #expect(contents == [[], [1, 2], [], [4]])
  }

  @Test func longNamesStandInThreeWays() throws {
    let long = String(repeating: "n", count: 120)
    let prefixed = ImageFiles.tarEntry("name", [], prefix: "some/folder")
    let gnu =
      ImageFiles.tarEntry("././@LongLink", Array("\(long)\0".utf8), kind: "L")
      + ImageFiles.tarEntry("nnn", [7])
    let record = "path=\(long)\n"
    let pax =
      ImageFiles.tarEntry("x", Array("9 size=1\n\(record.count + 4) \(record)".utf8), kind: "x")
      + ImageFiles.tarHeader("nnn", size: "00000000000\0") + [7] + [UInt8](repeating: 0, count: 511)
    #expect(
      try entries(prefixed + gnu + pax) == [
        .init(name: "some/folder/name", size: 0, isFile: true),
        .init(name: long, size: 1, isFile: true), .init(name: long, size: 1, isFile: true),
      ])
  }

  @Test func foldersLinksAndDevicesHaveNoContent() throws {
    for kind in "123456" {
      let entry = ImageFiles.tarHeader("a", size: "00000001000\0", kind: kind)
      #expect(try entries(entry) == [.init(name: "a", size: 0, isFile: false)])
    }
    #expect(try entries(ImageFiles.tarEntry("a", [1], kind: "0"))[0].isFile)
    #expect(try entries(ImageFiles.tarEntry("a", [1], kind: "S"))[0].isFile == false)
    #expect(try entries(ImageFiles.tarEntry("a", [1], kind: "g")).isEmpty)
  }

  @Test func sizesThatAreNoneAreRefused() {
    let negative = "\u{7F}"
    for size in ["0000000000x\0", "-0000000001\0", "00000 00001\0", "9\0", "\0\u{31}\0"] {
      #expect(
        refusal(ImageFiles.tarHeader("a", size: size))?
          .contains("the size in header 1 of its archive is no octal number") == true, "\(size)")
    }
    #expect(
      refusal(ImageFiles.tarHeader("a", size: "77777777777\0"))
        == "`x` is damaged or cut short: entry `a` claims 8589934591 bytes, and at most 1024 can "
        + "follow")
    // In base 256: beyond all numbers, negative, and one that is too large for what follows.
    for (bytes, message) in [
      ([0x80] + [UInt8](repeating: 255, count: 11), "is impossible"),
      ([UInt8](repeating: 255, count: 12), "is impossible"),
      ([0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 255, count: 7), "claims 9223372036854775807"),
    ] as [([UInt8], String)] {
      var header = ImageFiles.tarHeader("a", size: negative)
      header.replaceSubrange(124..<136, with: bytes)
      #expect(refusal(ImageFiles.sealed(header))?.contains(message) == true, "\(bytes)")
    }
    for size in ["-1", "1e3", "99999999999999999999", ""] {
      let line = "size=\(size)\n"
      let entry = ImageFiles.tarEntry("x", Array("\(line.count + 3) \(line)".utf8), kind: "x")
      #expect(refusal(entry) != nil, "\(size)")
    }
  }

  @Test func attributesThatAreNoneAreRefused() {
    for text in [
      "9 size=1", "99 size=1\n", "x size=1\n", "1 \n", "0 a=b\n", "6 abc\n", "999999 a=b\n",
    ] {
      #expect(
        refusal(ImageFiles.tarEntry("x", Array(text.utf8), kind: "x"))?
          .hasSuffix("the attributes before an entry are none") == true, "\(text)")
    }
    let long = [UInt8](repeating: 0x61, count: 1 << 17)
    #expect(refusal(ImageFiles.tarEntry("L", long, kind: "L"))?.contains("65536 are read") == true)
  }

  @Test func headersMustHaveTheirChecksum() {
    var header = ImageFiles.tarEntry("a", [])
    header[0] = UInt8(ascii: "b")
    #expect(
      refusal(header)?.hasSuffix("header 1 of its archive does not have the checksum it states")
        == true)
  }
}
