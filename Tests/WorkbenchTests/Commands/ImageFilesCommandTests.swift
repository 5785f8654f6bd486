import Foundation
import Kernel
import TestSupport
import Testing

@testable import Workbench

/// `load` and `peek` of files of colour images.
@Suite struct ImageFilesCommandTests {
  private let folder: TestFolder
  private let bench = CommandBench()

  init() throws {
    folder = try TestFolder()
    try write(ImageFiles.gzip(ImageFiles.tar(ImageFiles.cifar10)), to: "cifar-10-binary.tar.gz")
    try write(MATFile().svhn([1, 10, 3, 10]), to: "train_32x32.mat")
    try write(ImageFiles.records([[3], [8], [0]]), to: "some.bin")
  }

  private func write(_ bytes: [UInt8], to name: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file(name)))
  }

  @Test func filesGiveOneSetAndArchivesTwo() throws {
    try bench.run(
      """
      a, b = load '\(folder.file("cifar-10-binary.tar.gz"))'
      c = load '\(folder.file("train_32x32.mat"))' samples=3 normalize=no
      d = load '\(folder.file("some.bin"))' side=36
      n = train mlp width=4 data=a epochs=1
      e = eval n data=b

      """)
    #expect(try bench.data("a").labels == [1, 2, 3, 4, 9, 0])
    #expect(try bench.data("b").normalization == bench.data("a").normalization)
    #expect(try bench.data("c").labels == [1, 0, 3] && bench.data("c").normalization == nil)
    #expect(try bench.data("d").sampleShape == [3, 36, 36])
    let call = try #require(bench.session.value(named: "b")?.provenance.call)
    #expect(call.files.map(\.path) == [folder.file("cifar-10-binary.tar.gz")])
    #expect(
      call.files[0].hash
        == (try ContentHash(ofFileAt: folder.file("cifar-10-binary.tar.gz"))))
  }

  /// How many values a file gives is known before the line runs.
  @Test func tooManyNamesAreFoundBefore() throws {
    for (line, names) in [
      ("a = load '\(folder.file("cifar-10-binary.tar.gz"))'", 2),
      ("a, b = load '\(folder.file("train_32x32.mat"))'", 1),
    ] {
      let trial = Trial(line)
      #expect(trial.host.diagnostics.first?.failure.code == .countMismatch, "\(names)")
    }
  }

  @Test func peekShowsTheirSamples() throws {
    try bench.run(
      """
      t = peek '\(folder.file("train_32x32.mat"))' count=2
      u = peek '\(folder.file("cifar-10-binary.tar.gz"))' first=5
      v = peek '\(folder.file("some.bin"))'

      """)
    let table = try bench.table("t")
    #expect(table.rows.map { $0[1] } == [.integer(1), .integer(0)])
    #expect(table.notes[0] == "train_32x32: 4 samples of 3x32x32")
    #expect(table.notes[2] == "not normalized")
    #expect(try bench.table("u").rows.map { $0[1] } == [.integer(9), .integer(0)])
    #expect(try bench.table("v").rows.count == 3)
  }

  @Test func whatIsDamagedIsTold() throws {
    try write([1, 2, 3], to: "a.bin")
    try write([1, 2, 3], to: "a.mat")
    try write([0x1F, 0x8B, 8], to: "a.tar.gz")
    for (name, names) in [("a.bin", "x"), ("a.mat", "x"), ("a.tar.gz", "x, y")] {
      let failure = try CommandBench().failure(of: "\(names) = load '\(folder.file(name))'")
      #expect(failure.code == .fileMalformed, "\(name)")
      #expect(failure.message.contains(folder.file(name)))
      #expect(
        try CommandBench().failure(of: "peek '\(folder.file(name))'").message == failure.message)
    }
  }
}
