import Glibc
import TestSupport
import Testing

@testable import Kernel

/// Every reader meets cut, changed and made-up bytes: a failure each time or an array, and never
/// a crash, an endless loop or memory without bound.
@Suite struct BadFileTests {
  static let small = [
    "plain.npy", "fortran.npy", "version2.npy", "stored.npz", "packed.npz", "numpy.safetensors",
    "brain.safetensors", "torch.pt", "torch_protocol4.pt",
  ]

  /// Reads bytes as whatever they look like, without a file.
  private func read(_ bytes: [UInt8], like name: String) throws {
    if name.hasSuffix(".npy") {
      _ = try NPY.read(bytes, name: "a", source: "x")
    } else if name.hasSuffix(".pt") {
      let archive = try ZipReader(bytes, source: "x")
      guard TorchArchive.isTorch(archive) else { throw Failure(.fileMalformed, "no archive") }
      _ = try TorchArchive(archive, stop: nil).read(source: "x")
    } else if name.hasSuffix(".npz") {
      _ = try NPZ.read(bytes, source: "x")
    } else {
      _ = try SafeTensors.read(bytes, source: "x")
    }
  }

  @Test(arguments: small) func refusesEveryTruncation(name: String) throws {
    let whole = try Fixture.bytes(name)
    try read(whole, like: name)
    for length in 0..<whole.count {
      let failure = Fixture.failure { try read(Array(whole.prefix(length)), like: name) }
      #expect(failure != nil, "the first \(length) bytes of \(name) were read")
    }
  }

  @Test(arguments: small) func survivesEveryChangedByte(name: String) throws {
    let whole = try Fixture.bytes(name)
    for place in whole.indices {
      for change in [0x01, 0x80, 0xFF] as [UInt8] {
        var bytes = whole
        bytes[place] ^= change
        // What was changed may be a number in the array; only the way it ends matters.
        _ = Fixture.failure { try read(bytes, like: name) }
      }
    }
  }

  @Test(arguments: small, 0..<4 as Range<UInt64>)
  func survivesRandomChanges(name: String, seed: UInt64) throws {
    var stream = RandomStream(seed: seed, name: "bad files")
    let whole = try Fixture.bytes(name)
    for _ in 0..<500 {
      var bytes = whole
      for _ in 0..<(1 + stream.nextInt(below: 8)) {
        bytes[stream.nextInt(below: bytes.count)] = UInt8(truncatingIfNeeded: stream.next())
      }
      if stream.nextInt(below: 4) == 0 { bytes.removeLast(stream.nextInt(below: bytes.count)) }
      _ = Fixture.failure { try read(bytes, like: name) }
    }
  }

  @Test(arguments: 0..<4 as Range<UInt64>) func survivesRandomBytes(seed: UInt64) throws {
    var stream = RandomStream(seed: seed, name: "random bytes")
    let beginnings: [[UInt8]] = [
      [], [0x93] + Array("NUMPY".utf8) + [1, 0], [0x50, 0x4B, 3, 4], [0x1F, 0x8B, 8, 0],
      [40, 0, 0, 0, 0, 0, 0, 0] + Array(#"{"a":"#.utf8), [0, 0, 8, 1], Array("[{\"a\"".utf8),
    ]
    for round in 0..<1000 {
      let random = (0..<stream.nextInt(below: 80)).map { _ in
        UInt8(truncatingIfNeeded: stream.next())
      }
      let bytes = beginnings[round % beginnings.count] + random
      for name in ["a.npy", "a.npz", "a.safetensors", "a.pt"] {
        _ = Fixture.failure { try read(bytes, like: name) }
      }
      _ = Fixture.failure { _ = try IDX.read(bytes, source: "x") }
      _ = Fixture.failure { _ = try Inflate.gunzip(bytes, source: "x") }
      _ = Fixture.failure { _ = try JSON.read(bytes, source: "x") }
    }
  }

  // MARK: - HDF5, by way of the library

  @Test(arguments: ["sequential.h5", "h5py.h5"])
  func hdf5RefusesTruncations(name: String) throws {
    let folder = try TestFolder()
    let whole = try Fixture.bytes(name)
    let path = folder.file("cut.h5")
    // In steps that share no factor with the file's blocks: each reading is a process of its own.
    for length in stride(from: 0, to: whole.count, by: whole.count < 4000 ? 13 : 97) {
      try write(Array(whole.prefix(length)), to: path)
      #expect(Fixture.failure { _ = try ArrayFile.read(path) } != nil, "\(length)")
    }
  }

  @Test func ownHDF5FilesSurviveChangedBytes() throws {
    let folder = try TestFolder()
    let path = folder.file("changed.h5")
    let arrays = [
      NamedArray(name: "nets/0/w", shape: [2, 3], floats: Fixture.half),
      NamedArray(name: "labels", shape: [3], octets: [1, 2, 3]),
    ]
    let whole = try HDF5Writer.image(arrays, metadata: ["nets/0/seed": "7", "title": "t"])
    var unnoticed = 0
    for place in stride(from: 0, to: whole.count, by: 11) {
      var bytes = whole
      bytes[place] ^= place % 2 == 0 ? 0x01 : 0xFF
      try write(bytes, to: path)
      if Fixture.failure({ _ = try ArrayFile.read(path) }) == nil { unnoticed += 1 }
    }
    // The structure and the texts are covered by checksums; free space and the numbers are not.
    #expect(unnoticed < whole.count / 11)
  }

  /// Places in the oldest format, which has no checksums, at which the library itself crashed,
  /// corrupted its memory, wanted all memory there is or never ended (1.10.8).
  @Test(arguments: [883, 893, 1016, 1032, 1064, 7464, 7954, 7956, 11119, 11127])
  func whatCrashesTheLibraryIsAFailure(place: Int) throws {
    let folder = try TestFolder()
    let whole = try Fixture.bytes("h5py.h5")
    for change in [0x01, 0x80, 0xFF] as [UInt8] {
      var bytes = whole
      bytes[place] ^= change
      try write(bytes, to: folder.file("changed.h5"))
      let failure = Fixture.failure { _ = try ArrayFile.read(folder.file("changed.h5")) }
      // Where the file asks for more than there is, that is what can be said of it.
      let codes: [FailureCode] = [.fileMalformed, .unsupportedFormat, .outOfMemory]
      #expect(failure.map { codes.contains($0.code) } ?? true)
    }
  }

  /// Without synchronizing, which would take most of the time.
  private func write(_ bytes: [UInt8], to path: String) throws {
    guard let file = fopen(path, "w") else {
      throw Failure(.writeFailed, path)
    }
    defer { fclose(file) }
    #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
  }
}
