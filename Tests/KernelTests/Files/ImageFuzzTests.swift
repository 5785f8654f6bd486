import Foundation
import TestSupport
import Testing

@testable import Kernel

/// Files of images with damage that nobody thought of: each is read or refused in a moment, within
/// the memory that its size allows.
///
/// A few hundred cases in `make test`, and as long as BASIN_FUZZ_SECONDS says in `make fuzz`. The
/// same cases in the same order each time.
@Suite(.serialized) struct ImageFuzzTests {
  private static let seconds = ProcessInfo.processInfo.environment["BASIN_FUZZ_SECONDS"]
    .flatMap { Double($0) }
  private static let cases = 400

  /// Numbers that mean something where a size, a type or a label stands.
  private static let pieces: [[UInt8]] = [
    [0], [255], [0, 0, 0, 0], [255, 255, 255, 255], [0, 0, 0, 128], [15, 0, 0, 0], [14, 0, 0, 0],
    [0, 0, 0, 15], [1, 0, 4, 0], [2, 0, 9, 0], [0x1F, 0x8B, 8, 0], [0x78, 0x01],
    Array("00000000000\0".utf8), Array("77777777777\0".utf8), Array("-0000000001\0".utf8),
    [0x80, 0, 0, 0, 0x7F, 255, 255, 255, 255, 255, 255, 255], Array("LxgS51".utf8),
    Array("ustar\0".utf8), Array("25 size=9999999999999999\n".utf8),
  ]

  private func mutated(_ bytes: [UInt8], _ stream: inout RandomStream) -> [UInt8] {
    var bytes = bytes
    for _ in 0...stream.nextInt(below: 4) where !bytes.isEmpty {
      // Where the structure is rather than the pixels: near the beginning, or near a whole block.
      let place =
        switch stream.nextInt(below: 3) {
        case 0: stream.nextInt(below: min(bytes.count, 400))
        case 1: min(bytes.count - 1, bytes.count / 512 * stream.nextInt(below: 512))
        default: stream.nextInt(below: bytes.count)
        }
      switch stream.nextInt(below: 6) {
      case 0: bytes[place] = UInt8(stream.nextInt(below: 256))
      case 1: bytes[place] ^= 1 << UInt8(stream.nextInt(below: 8))
      case 2:
        let piece = Self.pieces[stream.nextInt(below: Self.pieces.count)]
        bytes.replaceSubrange(place..<min(bytes.count, place + piece.count), with: piece)
      case 3: bytes.removeLast(stream.nextInt(below: bytes.count))
      case 4:
        let end = min(bytes.count, place + 1 + stream.nextInt(below: 600))
        bytes.removeSubrange(place..<end)
      default:
        let end = min(bytes.count, place + 1 + stream.nextInt(below: 600))
        bytes.insert(contentsOf: bytes[place..<end], at: place)
      }
    }
    return bytes
  }

  /// Runs a body on mutated files; none may take a second.
  private func fuzz(
    _ name: String, _ corpus: [[UInt8]], _ body: ([UInt8], inout RandomStream) throws -> Void
  ) throws {
    var stream = RandomStream(seed: 1, name: name)
    let clock = ContinuousClock()
    let begin = clock.now
    var (count, readCount) = (0, 0)
    while count < Self.cases
      || Self.seconds.map({ begin.duration(to: clock.now) < .seconds($0) }) == true
    {
      count += 1
      let bytes = mutated(corpus[stream.nextInt(below: corpus.count)], &stream)
      let start = processorTime()
      do {
        try body(bytes, &stream)
        readCount += 1
      } catch is Failure {
        // Refused, as most are.
      }
      let seconds = Double(processorTime() - start) / 1e9
      if seconds > 1 {
        Issue.record("\(name) case \(count) took \(seconds) s: \(bytes.prefix(1000))")
        return
      }
    }
    // Cases that are all refused would try the first checks only.
    #expect(readCount > 0 && readCount < count)
    if Self.seconds != nil { print("\(name): \(count) cases, \(readCount) read") }
  }

  @Test func recordsAreReadOrRefused() throws {
    let corpus = [
      ImageFiles.records([[1], [9], [0]]), ImageFiles.records([[19, 99], [0, 0]]),
    ]
    try fuzz("CIFAR records", corpus) { bytes, _ in
      guard let kind = CIFAR.of(beginning: Array(bytes.prefix(8192)), size: bytes.count) else {
        throw Failure(.fileMalformed, "no records")
      }
      var images = LabelledPixels(shape: CIFAR.shape, classCount: kind.classCount)
      try kind.append(Fixture.stream(bytes), bytes.count, "x", to: &images)
      #expect(images.pixels.count == images.labels.count * 3072)
      _ = try images.dataSet("x", .measured, source: DataSource("x"))
    }
  }

  @Test func archivesAreReadOrRefused() throws {
    let long = "path=\(String(repeating: "n", count: 90))/train.bin\n"
    let corpus = [
      ImageFiles.tar(ImageFiles.cifar10), ImageFiles.tar(ImageFiles.cifar100, folder: "c/"),
      ImageFiles.tarEntry("x", Array("\(long.count + 4) \(long)".utf8), kind: "x")
        + ImageFiles.tarEntry("././@LongLink", Array("c/test.bin\0".utf8), kind: "L")
        + ImageFiles.tar(ImageFiles.cifar100, folder: "c/"),
    ]
    try fuzz("tar archives", corpus) { bytes, stream in
      var bytes = bytes
      // Most with the right checksums, so that what stands behind them is tried, too.
      if stream.nextInt(below: 4) > 0 {
        for place in stride(from: 0, to: bytes.count - 511, by: 512)
        where bytes[place + 257] == UInt8(ascii: "u") {
          bytes.replaceSubrange(
            place..<place + 512, with: ImageFiles.sealed(Array(bytes[place..<place + 512])))
        }
      }
      let file = Fixture.stream(stream.nextInt(below: 3) == 0 ? ImageFiles.gzip(bytes) : bytes)
      _ = try CIFAR.load(archive: file, limit: 1 << 24)
    }
  }

  @Test func packedFilesAreReadOrRefused() throws {
    let corpus = [
      ImageFiles.gzip(ImageFiles.tar(ImageFiles.cifar100)),
      ImageFiles.gzip(ImageFiles.tar([]), zeros: 1 << 20),
    ]
    try fuzz("gzip archives", corpus) { bytes, _ in
      _ = try CIFAR.load(archive: Fixture.stream(bytes), limit: 1 << 18)
    }
  }

  @Test func matFilesAreReadOrRefused() throws {
    let files = [MATFile(), MATFile(isBigEndian: true)]
    let corpus = files.flatMap { mat in
      [
        mat.svhn([3, 10], isPacked: false), mat.svhn([1, 2]),
        mat.file([
          mat.variable("extra", [2, 1], kind: 6, storage: 9, [UInt8](repeating: 1, count: 16))
        ])
          + mat.svhn([4], isPacked: false).dropFirst(128),
      ]
    }
    try fuzz("MAT files", corpus) { bytes, stream in
      var bytes = bytes
      // What is packed was mutated before it is packed, so that its checksum is right.
      if stream.nextInt(below: 3) == 0, bytes.count > 128 {
        bytes =
          bytes.prefix(128)
          + MATFile(isBigEndian: bytes[126] == UInt8(ascii: "M")).packed(
            Array(bytes.dropFirst(128)))
      }
      let images = try SVHN.read(Fixture.stream(bytes), limit: 1 << 24)
      #expect(images.pixels.count == images.labels.count * 3072)
    }
  }
}

private func processorTime() -> Int {
  var time = timespec()
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
