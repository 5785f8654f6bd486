import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct CIFARTests {
  private let folder: TestFolder

  init() throws { folder = try TestFolder() }

  private func write(_ bytes: [UInt8], to name: String) throws {
    let path = folder.file(name)
    try FileManager.default.createDirectory(
      atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  private func load(_ name: String, _ bytes: [UInt8]) throws -> [DataSet] {
    try write(bytes, to: name)
    return try DataSet.load(folder.file(name), normalization: NormalizationRule.none)
  }

  private func refusal(_ name: String, _ bytes: [UInt8]) -> Failure? {
    Fixture.failure { _ = try load(name, bytes) }
  }

  // MARK: - Files

  @Test func theTwoAreToldByTheirRecords() throws {
    let ten = try load("a.bin", ImageFiles.records([[9], [0]]))[0]
    #expect(ten.name == "a" && ten.count == 2 && ten.classCount == 10)
    #expect(ten.sampleShape == [3, 32, 32] && ten.labels == [9, 0])
    #expect(ten.pixels?[0..<8] == [0, 0, 0, 0, 0, 0, 0, 1])
    #expect(ten.pixels?[3072] == 1 && ten.normalization == nil)
    #expect(ten.source.files == [folder.file("a.bin")])
    let hundred = try load("b.bin", ImageFiles.records([[19, 99], [0, 0]]))[0]
    #expect(hundred.classCount == 100 && hundred.labels == [99, 0])
    #expect(hundred.pixels == ten.pixels)
  }

  /// A first label of 0 and a dark corner begin as an idx file does.
  @Test func darkImagesAreNoIDXFiles() throws {
    var bytes = ImageFiles.records([[0], [1]])
    bytes.replaceSubrange(1..<4, with: [0, 8, 3])
    #expect(try load("dark.bin", bytes)[0].labels == [0, 1])
  }

  @Test func channelsAreNormalizedEachByItsOwn() throws {
    let red = [UInt8](repeating: 0, count: 512) + [UInt8](repeating: 255, count: 512)
    let bytes = [7] + red + [UInt8](repeating: 51, count: 1024) + red.reversed()
    try write(bytes, to: "a.bin")
    let data = try DataSet.load(folder.file("a.bin"))[0]
    #expect(data.normalization?.mean == [0.5, 0.2, 0.5])
    #expect(data.normalization?.standardDeviation == [0.5, 1, 0.5])
    #expect(data.inputs[0] == -1 && data.inputs[1024] == 0 && data.inputs[2048] == 1)
  }

  @Test func wrongLengthsAndLabelsAreToldWithTheirPlace() throws {
    let whole = ImageFiles.records([[1], [2]])
    let path = folder.file("a.bin")
    #expect(
      refusal("a.bin", Array(whole.dropLast()))
        == Failure(
          .fileMalformed, "`\(path)` holds no records of CIFAR: it has 6145 bytes",
          notes: [
            "a record of CIFAR-10 has 3073 bytes: a label and 3072 pixels",
            "a record of CIFAR-100 has 3074 bytes: two labels and 3072 pixels",
          ]))
    #expect(refusal("a.bin", [])?.message == "`\(path)` is empty")
    let late = refusal("a.bin", ImageFiles.records([[1], [2], [3], [10]]))
    #expect(late?.code == .badData)
    #expect(
      late?.message == "`\(path)` has label 10 at sample 4, and CIFAR-10 has 10 classes")
    let coarse = refusal("a.bin", ImageFiles.records([[1, 1], [2, 2], [20, 3]]))
    #expect(
      coarse?.message
        == "`\(path)` has label 20 at sample 3, and CIFAR-100 has 20 coarse classes")
  }

  /// A plugin may read files of that ending, so that only what begins as CIFAR is taken from it.
  @Test func otherFilesOfTheEndingAreNotKnown() throws {
    try write(ImageFiles.records([[1], [2]]), to: "a.bin")
    try write(ImageFiles.records([[1], [10]]), to: "b.bin")
    try write(ImageFiles.records([[1], [2]]) + [0], to: "c.bin")
    try write(ImageFiles.records([[1], [2]]), to: "d.data")
    let known = try ["a.bin", "b.bin", "c.bin", "d.data"].map {
      try FileContent.isKnown(folder.file($0))
    }
    #expect(known == [true, false, false, false])
  }

  // MARK: - Folders

  @Test func aFolderGivesTrainAndTest() throws {
    for (name, content) in ImageFiles.cifar10 { try write(content, to: "some/\(name)") }
    let sets = try DataSet.load(folder.file("some"))
    #expect(sets.map(\.name) == ["some train", "some test"])
    #expect(sets[0].labels == [1, 2, 3, 4, 9, 0] && sets[1].labels == [3, 8, 8])
    #expect(sets[0].pixels?[3 * 3072] == 40)
    #expect(sets[1].normalization == sets[0].normalization)
    #expect(sets[0].normalization?.channelCount == 3)
    #expect(sets[0].source.files.count == 5 && sets[1].source.files.count == 1)
    for (name, content) in ImageFiles.cifar100 { try write(content, to: "hundred/\(name)") }
    let hundred = try DataSet.load(folder.file("hundred"))
    #expect(hundred.map(\.labels) == [[19, 29, 99], [49]])
    #expect(hundred.map(\.classCount) == [100, 100])
  }

  /// The first files alone are a part of the set; with a gap they are a mistake.
  @Test func gapsAreNoticed() throws {
    for (name, content) in ImageFiles.cifar10 where !name.contains("_5") {
      try write(content, to: "some/\(name)")
    }
    #expect(try DataSet.load(folder.file("some"))[0].labels == [1, 2, 3, 4])
    #expect(unlink(folder.file("some/data_batch_2.bin")) == 0)
    let gap = Fixture.failure { _ = try DataSet.load(folder.file("some")) }
    #expect(gap?.message == "there is no file `\(folder.file("some"))/data_batch_2.bin`")
    let whole = ImageFiles.cifar10[1].content
    try write(Array(whole.dropLast(10)), to: "some/data_batch_2.bin")
    let cut = Fixture.failure { _ = try DataSet.load(folder.file("some")) }
    #expect(
      cut?.message
        == "`\(folder.file("some"))/data_batch_2.bin` is cut short or no file of CIFAR-10: 3063 "
        + "bytes are 0 records and 3063 bytes more")
  }

  @Test func severalSetsInOneFolderAreAskedBack() throws {
    for (name, content) in ImageFiles.cifar10 + ImageFiles.cifar100 {
      try write(content, to: "some/\(name)")
    }
    let failure = Fixture.failure { _ = try DataSet.load(folder.file("some")) }
    #expect(
      failure?.message
        == "`\(folder.file("some"))` holds several data sets: CIFAR-10, CIFAR-100")
  }

  // MARK: - Archives

  @Test func anArchiveIsTheFolderThatItHolds() throws {
    for (name, content) in ImageFiles.cifar10 { try write(content, to: "some/\(name)") }
    let unpacked = try DataSet.load(folder.file("some"))
    // In the order of the archive that is distributed, with a text among the files.
    let files = [0, 2, 3, 5, 4, 1].map { ImageFiles.cifar10[$0] }
    let tar = ImageFiles.tar([("batches.meta.txt", Array("airplane\n".utf8))] + files)
    for (name, bytes) in [("cifar.tar.gz", ImageFiles.gzip(tar)), ("cifar.tar", tar)] {
      try write(bytes, to: name)
      let sets = try DataSet.load(folder.file(name))
      #expect(sets.map(\.contentHash) == unpacked.map(\.contentHash))
      #expect(sets.map(\.name) == ["cifar train", "cifar test"])
      #expect(sets.map(\.source.files) == [[folder.file(name)], [folder.file(name)]])
      #expect(try FileContent.isKnown(folder.file(name)))
    }
    let hundred = try load("c100.tgz", ImageFiles.gzip(ImageFiles.tar(ImageFiles.cifar100)))
    #expect(hundred.map(\.labels) == [[19, 29, 99], [49]])
  }

  @Test func whatAnArchiveLacksIsNamed() throws {
    let path = folder.file("a.tar.gz")
    let lacking = refusal(
      "a.tar.gz", ImageFiles.gzip(ImageFiles.tar(Array(ImageFiles.cifar10.dropFirst(4)))))
    #expect(lacking?.message == "`\(path)` holds no file `data_batch_1.bin`")
    #expect(lacking?.notes == ["it holds `data_batch_5.bin`, `test_batch.bin`"])
    let pickled = refusal(
      "a.tar.gz", ImageFiles.gzip(ImageFiles.tar([("data_batch_1", [1]), ("test_batch", [2])])))
    #expect(pickled?.message == "`\(path)` holds no binary files of CIFAR")
    #expect(pickled?.notes.last?.contains("the version for Python") == true)
    let twice = refusal(
      "a.tar.gz", ImageFiles.gzip(ImageFiles.tar([ImageFiles.cifar10[0], ImageFiles.cifar10[0]])))
    #expect(twice?.message.contains("its archive holds two files `data_batch_1.bin`") == true)
    let cut = ("data_batch_1.bin", Array(ImageFiles.cifar10[0].content.dropLast()))
    let short = refusal("a.tar.gz", ImageFiles.gzip(ImageFiles.tar([cut])))
    #expect(
      short?.message.hasPrefix(
        "`\(path)` entry `cifar-10-batches-bin/data_batch_1.bin` is cut short or no file of")
        == true
    )
  }

  /// Every place within a header, some within contents, all of the end.
  @Test func archivesThatAreCutShortAreRefused() throws {
    let tar = ImageFiles.tar(ImageFiles.cifar100)
    let packed = ImageFiles.gzip(tar)
    func cut(_ bytes: [UInt8]) -> Failure? {
      Fixture.failure { _ = try CIFAR.load(archive: Fixture.stream(bytes)) }
    }
    let near = { (length: Int) in
      Set(0..<700).union(stride(from: 700, to: length, by: 89)).union(length - 600..<length)
    }
    for length in near(packed.count) {
      #expect(cut(Array(packed.prefix(length))) != nil, "\(length)")
    }
    // The last block of zeros may be missing.
    for length in near(tar.count - 512) {
      #expect(cut(Array(tar.prefix(length))) != nil, "\(length)")
    }
    var changed = packed
    changed[packed.count - 9] ^= 1
    #expect(cut(changed)?.message.hasPrefix("`x` is damaged: incorrect") == true)
  }

  @Test func aStopEndsTheReading() throws {
    try write(ImageFiles.gzip(ImageFiles.tar(ImageFiles.cifar100)), to: "a.tar.gz")
    try write(ImageFiles.records([[1]]), to: "a.bin")
    let stop = StopSignal()
    stop.raise()
    for name in ["a.tar.gz", "a.bin"] {
      let failure = Fixture.failure { _ = try DataSet.load(folder.file(name), stop: stop) }
      #expect(failure?.code == .stopped, "\(name)")
    }
  }

  @Test func whatUnpacksWithoutEndIsRefused() throws {
    func refusal(_ bytes: [UInt8]) -> Failure? {
      Fixture.failure { _ = try CIFAR.load(archive: Fixture.stream(bytes), limit: 1 << 16) }
    }
    let tar = ImageFiles.tar([])
    #expect(
      refusal(ImageFiles.gzip(tar, zeros: 1 << 20))?.message
        == "`x` unpacks to more than 65536 bytes")
    let claim = ImageFiles.tarHeader("data_batch_1.bin", size: "77777777777\0")
    #expect(
      refusal(ImageFiles.gzip(claim, zeros: 1 << 10))?.message.contains("claims 8589934591") == true
    )
  }
}
