import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct HDF5Tests {
  @Test func readsWhatH5pyWrote() throws {
    let file = try ArrayFile.read(Fixture.path("h5py.h5"))
    #expect(try file.array("nets/1/half").floats == Fixture.half)
    #expect(try file.array("nets/1/f16").type == .f16)
    #expect(try file.array("nets/1/f16").floats == Fixture.half)
    #expect(try file.array("nets/1/f64").doubles == Fixture.half.map(Double.init))
    #expect(try file.array("nets/1/big").integers() == [1, -2, 3])
    #expect(try file.array("nets/1/truth").type == .bool)
    #expect(try file.array("nets/1/truth").integers() == [1, 0])
    #expect(try file.array("nets/1/scalar").shape == [])
    #expect(try file.array("nets/1/scalar").floats == [2.5])
    #expect(try file.array("nets/1/empty").shape == [0, 4])
    // Chunked, shuffled, deflated and checked.
    #expect(try file.array("packed").shape == [10, 100])
    #expect(try file.array("packed").integers() == Array(0..<1000))
    #expect(
      file.metadata == [
        "epochs": "10", "fixed": "fixed length", "rates": "[0.5, 0.25]", "title": "made by h5py",
        "nets/1/seed": "7",
      ])
    #expect(
      file.skipped.sorted() == [
        "nets/1/again (a group met before)", "outside (a soft or external link)",
        "soft (a soft or external link)", "words (no numbers)",
      ])
  }

  @Test func readingCanBeStopped() throws {
    let stop = StopSignal()
    stop.raise()
    for _ in 0..<20 {
      #expect {
        try ArrayFile.read(Fixture.path("h5py.h5"), stop: stop)
      } throws: { error in
        (error as? Failure)?.code == .stopped
      }
    }
    // Every process was waited for and every descriptor closed: reading goes on as before.
    #expect(try ArrayFile.read(Fixture.path("h5py.h5"), stop: StopSignal()).arrays.count > 7)
  }

  @Test func readsOnePlaceOfAFile() throws {
    let file = try ArrayFile.read(Fixture.path("h5py.h5") + ":/nets/1/half")
    #expect(file.arrays.map(\.name) == ["nets/1/half"])
    #expect(try ArrayFile.read(Fixture.path("h5py.h5") + ":/nets/1").arrays.count == 7)
  }

  @Test func refusesClaimsOfWhatWasNeverWritten() {
    let failure = Fixture.failure { _ = try ArrayFile.read(Fixture.path("claims.h5")) }
    #expect(
      failure?.message
        == "`\(Fixture.path("claims.h5"))` array `huge` claims 4398046511104 bytes, and the file "
        + "holds 0 for it")
  }

  // It was said to claim more bytes than the file holds, which it does not.
  @Test func refusesMoreThanIsReadAtOnce() throws {
    let path = Fixture.path("sequential.h5")
    let failure = Fixture.failure { _ = try HDF5Reader.read(path, room: 70) }
    #expect(failure?.code == .outOfMemory)
    #expect(
      failure?.message
        == "the arrays of `\(path)` up to `2.weight` take 84 bytes, and at most 70 bytes are read "
        + "at once")
    #expect(try HDF5Reader.read(path, room: 92).arrays.count == 4)
  }

  // Sound files were said to be damaged where memory or time was short.
  @Test(arguments: [
    (SIGSEGV, -1, FailureCode.fileMalformed, "damaged"),
    (SIGKILL, -1, .outOfMemory, "system ended"),
    (SIGXCPU, -1, .fileMalformed, "in the time"), (SIGALRM, -1, .fileMalformed, "in the time"),
    (SIGXFSZ, -1, .outOfMemory, "size of files"), (SIGTERM, -1, .stopped, "signal 15"),
    (0, 1, .outOfMemory, "no memory"), (0, 0, .fileMalformed, "damaged"),
    (0, -1, .fileMalformed, "damaged"),
  ])
  func saysWhyTheReaderEnded(signal: Int32, status: Int32, code: FailureCode, part: String) {
    let failure = HDF5Ending(signal: signal, status: status).failure(reading: "a.h5")
    #expect(failure.code == code)
    #expect(failure.message.contains(part) && failure.message.contains("`a.h5`"))
  }

  @Test func readsOrderAndShapesOfAStateDictionary() throws {
    let file = try ArrayFile.read(Fixture.path("sequential.h5"))
    #expect(file.arrays.map(\.name) == ["0.weight", "0.bias", "2.weight", "2.bias"])
    #expect(file.arrays.map(\.shape) == [[3, 4], [3], [2, 3], [2]])
  }

  @Test func refusesTextsWithZeros() throws {
    let folder = try TestFolder()
    let file = ArrayFile(arrays: [], metadata: ["a": "b\0c"])
    #expect(Fixture.failure { try file.write(to: folder.file("a.h5")) }?.code == .writeFailed)
  }

  @Test func recordsThatStopAnywhereAreNoRecords() throws {
    let folder = try TestFolder()
    // A letter, a text of 3 bytes, a text that claims 2^63 bytes.
    let whole: [UInt8] =
      [0x54, 3, 0, 0, 0, 0, 0, 0, 0] + Array("abc".utf8) + [0, 0, 0, 0, 0, 0, 0, 0x80, 1]
    for length in 0...whole.count {
      try SafeWrite.bytes(Array(whole.prefix(length)), to: folder.file("records"))
      let descriptor = open(folder.file("records"), O_RDONLY)
      let records = try #require(HDF5Records(owning: descriptor))
      #expect(records.letter() == (length < 1 ? nil : "T"))
      #expect(records.text() == (length < 12 ? nil : "abc"))
      #expect(records.octets() == nil)
    }
    #expect(HDF5Records(owning: -1) == nil)
  }

  @Test func manyTasksMayReadAndWriteAtOnce() async throws {
    let folder = try TestFolder()
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          let path = folder.file("\(task).h5")
          let array = NamedArray(name: "a", shape: [100], integers: Array(task..<task + 100))
          for _ in 0..<10 {
            try ArrayFile(arrays: [array], metadata: ["task": "\(task)"]).write(to: path)
            let read = try ArrayFile.read(path)
            #expect(read.arrays == [array])
            #expect(read.metadata == ["task": "\(task)"])
          }
        }
      }
      try await group.waitForAll()
    }
  }

  @Test func checksumIsTheLibrarys() throws {
    // The library's own checksum of its own superblock.
    let bytes = try Fixture.bytes("sequential.h5")
    #expect(bytes[8] == 2)
    var sealed = bytes
    sealed.replaceSubrange(44..<48, with: [0, 0, 0, 0])
    #expect(HDF5Superblock.seal(&sealed))
    #expect(sealed == bytes)
    var oldest = try Fixture.bytes("h5py.h5")
    #expect(!HDF5Superblock.seal(&oldest))
  }
}
