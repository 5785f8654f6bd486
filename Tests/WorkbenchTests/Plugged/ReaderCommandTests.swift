import Contract
import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

@Suite struct ReaderCommandTests {
  private let folder: TestFolder
  private let bench = CommandBench(lexicon: .plugged)

  init() throws {
    folder = try TestFolder()
    try write("0,1,2\n1,3,4\n2,5,6", to: "one.csv")
    try write("0,1,2\n1,3,4\n2,5,6\n\n1,7,8\n0,9,10", to: "two.csv")
  }

  private func write(_ text: String, to name: String) throws {
    try text.write(toFile: folder.file(name), atomically: true, encoding: .utf8)
  }

  @Test func anEndingChoosesTheReader() throws {
    try bench.run("d = load '\(folder.file("one.csv"))'\n")
    let data = try bench.data("d")
    #expect(data.inputs.values == [1, 2, 3, 4, 5, 6] && data.labels == [0, 1, 2])
    let call = try #require(bench.session.value(named: "d")?.provenance.call)
    #expect(call.plugged.map(\.text) == ["reader lines 2"])
    #expect(call.files.map(\.path) == [folder.file("one.csv")])
    #expect(call.files[0].hash == (try ContentHash(ofFileAt: folder.file("one.csv"))))
    #expect(data.source.text == "\(folder.file("one.csv")), read by lines")
  }

  @Test func twoSetsTakeTwoNamesAndSamplesCutsBoth() throws {
    try bench.run("a, b = load '\(folder.file("two.csv"))' reader=lines samples=1\n")
    #expect(try bench.data("a").count == 1 && bench.data("b").inputs.values == [7, 8])
  }

  /// What Basin knows by its first bytes is not a reader's, whatever its name, unless it is told so.
  @Test func formatsThatAreKnownGoFirst() throws {
    let (h5, csv) = (folder.file("d.npz"), folder.file("d.csv"))
    try bench.run("train, test = make blobs samples=20\nsave train '\(h5)'\n")
    try FileManager.default.moveItem(atPath: h5, toPath: csv)
    try bench.run("d = load '\(csv)'\n")
    #expect(try bench.data("d").count == (try bench.data("train").count))
    #expect(bench.session.value(named: "d")?.provenance.call?.plugged == [])
    try bench.run("e = load '\(csv)' reader=bytes samples=3\n")
    #expect(try bench.data("e").count == 3)
  }

  @Test func whatIsPackedIsAReadersUnlessItIsIDX() throws {
    // gzip of "hello\n" with stored content: no idx file inside.
    let bytes: [UInt8] =
      [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, 6, 0, 0xF9, 0xFF] + Array("hello\n".utf8)
      + [0x20, 0x30, 0x3A, 0x36, 6, 0, 0, 0]
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("packed.csv.gz")))
    #expect(try !FileContent.isKnown(folder.file("packed.csv.gz")))
    try bench.run("d = load '\(folder.file("packed.csv.gz"))' reader=bytes\n")
    #expect(try bench.data("d").count == bytes.count)
  }

  @Test func normalizingIsAsForAllData() throws {
    let (one, two) = (folder.file("one.csv"), folder.file("two.csv"))
    try write("abcdef", to: "b.bin")
    try bench.run(
      """
      a, b = load '\(two)' normalize=yes
      c = load '\(one)' normalize=no
      plain = load '\(folder.file("b.bin"))' reader=bytes normalize=no
      as_read = load '\(folder.file("b.bin"))' reader=bytes

      """)
    let (train, test) = (try bench.data("a"), try bench.data("b"))
    #expect(train.normalization != nil && train.normalization == test.normalization)
    #expect(abs(train.inputs.values.reduce(0, +)) < 1e-5)
    #expect(try bench.data("c").inputs.values == [1, 2, 3, 4, 5, 6])
    #expect(try bench.data("plain").normalization == nil)
    #expect(try bench.data("as_read").normalization != nil)
  }

  @Test func peekShowsSamplesOfSuchAFile() throws {
    try bench.run("t = peek '\(folder.file("two.csv"))' count=2\n")
    #expect(try bench.table("t").rows.count == 2)
    #expect(try bench.table("t").notes[0] == "train: 3 samples of 2")
  }

  @Test func whatIsReadIsTrainedOn() throws {
    try bench.run(
      "d = load '\(folder.file("one.csv"))'\n" + "n = train mlp width=4 data=d epochs=1\n"
        + "s = eval n data=d metric=nll\n")
    #expect(try bench.content("s").member("nll").number != nil)
  }

  @Test(arguments: [
    (
      "labels.csv", "7,1,2", "", FailureCode.badData,
      "the reader `lines`: `train` has label 7 at sample 1, and there are 3 classes"
    ),
    (
      "shapes.csv", "0,1,2\n\n1,2", "", .shapeMismatch,
      "the reader `lines`: `train` has samples of 2, and `test` of 1"
    ),
    ("empty.csv", "", "", .badData, "the reader `lines`: `train` holds no samples"),
    (
      "x.nan", "1", "", .badData,
      "the reader `no_numbers`: `nans` sample 2 holds a value that is no number"
    ),
    ("x.bad", "1", "", .fileMalformed, "the reader `refusing`: line 3 is no number"),
    (
      "one.csv", "0,1,2", " shape=[1, 2]", .unknownArgument,
      "`shape` is for networks, and `lines` reads data"
    ),
  ])
  func refusesWhatAReaderGives(
    name: String, text: String, more: String, code: FailureCode, message: String
  ) throws {
    try write(text, to: name)
    let failure = try bench.failure(of: "d = load '\(folder.file(name))'\(more)")
    #expect(failure.code == code)
    #expect(failure.message == message)
    #expect(bench.session.value(named: "d") == nil)
  }

  @Test func refusesFoldersAndFilesThatAreNotThereBeforeLineOneRuns() throws {
    let missing = try bench.failure(of: "x = 1\nd = load '\(folder.file("no.csv"))' reader=lines")
    #expect(missing.code == .fileNotFound)
    let isFolder = try bench.failure(of: "x = 1\nd = load '\(folder.file(""))' reader=lines")
    #expect(isFolder.message.hasSuffix("is a folder, and a reader reads one file"))
    let unknown = try bench.failure(
      of: "x = 1\nd = load '\(folder.file("one.csv"))' reader=linse")
    #expect(unknown.code == .unknownReader && unknown.notes.first == "did you mean `lines`?")
    #expect(bench.session.value(named: "x") == nil)
  }

  @Test func aStopReachesTheReader() throws {
    bench.host.stopping = ("load", afterReports: 0)
    #expect(
      try bench.failure(of: "d = load '\(folder.file("one.csv"))'").code == .stopped)
  }
}
