import TestSupport
import Testing

@testable import Kernel

@Suite struct ArrayFileTests {
  @Test(arguments: [ArrayFile.Format.hdf5, .npz, .safetensors, .pt])
  func keepsEveryBitOrderShapeAndText(format: ArrayFile.Format) throws {
    let folder = try TestFolder()
    var stream = RandomStream(seed: 1, name: "array file")
    var arrays = Fixture.everything(from: &stream)
    // numpy has no brain type; HDF5 keeps a NaN's payload for those it does not convert.
    if format == .npz { arrays.removeAll { $0.type == .bf16 } }
    let metadata: Metadata = [
      "title": "Übung \"quoted\"\n\\ and 🏔", "empty text": "",
      "long": String(repeating: "x", count: 100_000),
    ]
    let path = folder.file("a.bin")
    try ArrayFile(arrays: arrays, metadata: metadata).write(to: path, format: format)
    let read = try ArrayFile.read(path)
    #expect(read.arrays.map(\.name) == arrays.map(\.name))
    for array in arrays { #expect(read[array.name] == array, "\(array.name)") }
    #expect(read.metadata == metadata)
    #expect(read.skipped.isEmpty)
  }

  @Test func npyKeepsOneArrayAndRefusesMore() throws {
    let folder = try TestFolder()
    let array = NamedArray(name: "array", shape: [2, 3], floats: Fixture.half)
    let path = folder.file("a.npy")
    try ArrayFile(arrays: [array]).write(to: path)
    #expect(try ArrayFile.read(path).arrays == [array])
    let two = ArrayFile(arrays: [array, array.renamed("b")])
    #expect(Fixture.failure { try two.write(to: path) }?.code == .writeFailed)
    let withText = ArrayFile(arrays: [array], metadata: ["a": "b"])
    #expect(Fixture.failure { try withText.write(to: path) }?.code == .writeFailed)
    #expect(try ArrayFile.read(path).arrays == [array])
  }

  @Test(arguments: ArrayFile.Format.allCases)
  func sameContentGivesTheSameBytes(format: ArrayFile.Format) throws {
    let folder = try TestFolder()
    let file = ArrayFile(arrays: [NamedArray(name: "a", shape: [6], floats: Fixture.half)])
    try file.write(to: folder.file("one"), format: format)
    try file.write(to: folder.file("two"), format: format)
    #expect(
      try FileContent.read(folder.file("one")) == FileContent.read(folder.file("two")))
  }

  @Test func brainBecomesWideInNumpyFiles() throws {
    let folder = try TestFolder()
    let brain = try #require(
      NamedArray(name: "w", shape: [2], type: .bf16, bytes: [0x80, 0x3F, 0x00, 0xC0]))
    try ArrayFile(arrays: [brain]).write(to: folder.file("a.npz"))
    let read = try ArrayFile.read(folder.file("a.npz")).array("w")
    #expect(read.type == .f32)
    #expect(read.floats == [1, -2])
  }

  @Test func metadataOfGroupsAndArraysAreTheirAttributes() throws {
    let folder = try TestFolder()
    let metadata: Metadata = ["title": "t", "nets/0/seed": "7", "nets/0/w/unit": "cm"]
    let file = ArrayFile(
      arrays: [NamedArray(name: "nets/0/w", shape: [6], floats: Fixture.half)],
      metadata: metadata)
    try file.write(to: folder.file("a.h5"))
    let read = try ArrayFile.read(folder.file("a.h5"))
    #expect(Set(read.metadata.entries) == Set(metadata.entries))
    let part = try ArrayFile.read(folder.file("a.h5") + ":/nets/0")
    #expect(part.arrays.map(\.name) == ["w"])
    #expect(part.metadata == ["seed": "7", "w/unit": "cm"])
    #expect(
      Fixture.failure { _ = try ArrayFile.read(folder.file("a.h5") + ":/nets/1") }?.code
        == .fileMalformed)
  }

  @Test func refusesNamesThatClash() throws {
    let folder = try TestFolder()
    func write(_ names: [String], _ format: ArrayFile.Format) -> Failure? {
      let arrays = names.map { NamedArray(name: $0, shape: [6], floats: Fixture.half) }
      return Fixture.failure {
        try ArrayFile(arrays: arrays).write(to: folder.file("a"), format: format)
      }
    }
    for format in ArrayFile.Format.allCases {
      #expect(write(["a", "a"], format)?.code == .writeFailed)
    }
    for names in [["a", "a/b"], ["a/b", "a"], ["/a"], ["a//b"], ["a/../b"]] {
      #expect(write(names, .hdf5)?.code == .writeFailed, "\(names)")
    }
    #expect(write(["__metadata__"], .safetensors)?.code == .writeFailed)
    #expect(!FileContent.exists(folder.file("a")))
  }

  @Test func tellsWhatIsMissingAndWhatIsThere() throws {
    let file = try ArrayFile.read(Fixture.path("stored.npz"))
    let failure = Fixture.failure { _ = try file.array("1.weight") }
    #expect(failure?.message.contains("holds no array `1.weight`") == true)
    #expect(failure?.notes == ["it holds `0.weight`, `0.bias`"])
  }

  @Test func refusesOtherFilesBySentence() throws {
    let folder = try TestFolder()
    #expect(
      Fixture.failure { _ = try ArrayFile.read(folder.file("none.h5")) }
        == Failure(.fileNotFound, "there is no file `\(folder.file("none.h5"))`"))
    #expect(
      Fixture.failure { _ = try ArrayFile.read(folder.path) }?.message
        == "`\(folder.path)` is a folder, not a file")
    try SafeWrite.text("", to: folder.file("empty"))
    #expect(
      Fixture.failure { _ = try ArrayFile.read(folder.file("empty")) }?.message
        == "`\(folder.file("empty"))` is empty")
    try SafeWrite.text("a text, and a rather long one", to: folder.file("text.h5"))
    #expect(
      Fixture.failure { _ = try ArrayFile.read(folder.file("text.h5")) }?.code
        == .unsupportedFormat)
  }

  @Test func knowsFormatsByTheirBytesAndNotTheirNames() throws {
    let folder = try TestFolder()
    for (name, count) in [
      ("h5py.h5", 8), ("stored.npz", 2), ("plain.npy", 1), ("numpy.safetensors", 3),
    ] {
      try SafeWrite.bytes(Fixture.bytes(name), to: folder.file("x.dat"))
      #expect(try ArrayFile.read(folder.file("x.dat")).arrays.count == count, "\(name)")
    }
  }
}
