import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct KnownDataSetTests {
  static let hasFashion = KnownDataSet.fashionMNIST.folder(listed: nil) != nil
  static let hasMNIST = KnownDataSet.mnist.folder() != nil

  @Test(.enabled(if: hasFashion, "Debian's dataset-fashion-mnist is not installed"))
  func fashionHasTheFiguresThatEveryoneQuotes() throws {
    let pair = try KnownDataSet.fashionMNIST.load(listed: nil)
    #expect(pair.train.name == "fashion_mnist train")
    #expect(pair.train.count == 60_000)
    #expect(pair.test.count == 10_000)
    #expect(pair.train.sampleShape == [1, 28, 28])
    #expect(pair.train.classCount == 10)
    #expect(pair.train.labels.prefix(8) == [9, 0, 0, 3, 0, 2, 7, 2])
    #expect(pair.test.labels.prefix(8) == [9, 2, 1, 1, 6, 1, 4, 6])
    #expect(pair.train.samplesPerClass == [Int](repeating: 6000, count: 10))
    let normalization = try #require(pair.train.normalization)
    #expect(abs(normalization.mean[0] - 0.2860) < 5e-5)
    #expect(abs(normalization.standardDeviation[0] - 0.3530) < 5e-5)
    #expect(pair.test.normalization == normalization)
  }

  @Test(.enabled(if: hasMNIST, "there is no MNIST in the folders of BASIN_DATA"))
  func mnistHasTheFiguresThatEveryoneQuotes() throws {
    let pair = try KnownDataSet.mnist.load()
    #expect(pair.train.count == 60_000)
    #expect(pair.train.labels.prefix(5) == [5, 0, 4, 1, 9])
    let normalization = try #require(pair.train.normalization)
    #expect(abs(normalization.mean[0] - 0.1307) < 5e-5)
    #expect(abs(normalization.standardDeviation[0] - 0.3081) < 5e-5)
  }

  /// Writes MNIST's four files, with so few samples that a byte tells them apart.
  private func write(to folder: String, first: UInt8) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (part, count) in [("train", 4), ("t10k", 2)] {
      let pixels = (0..<count * 4).map { first + UInt8($0) }
      try SafeWrite.bytes(
        IDXTests.file([count, 2, 2], pixels), to: "\(folder)/\(part)-images-idx3-ubyte")
      try SafeWrite.bytes(
        IDXTests.file([count], (0..<count).map { UInt8($0) }),
        to: "\(folder)/\(part)-labels-idx1-ubyte")
    }
  }

  @Test func foldersOfTheEnvironmentComeFirstAndNamesDecide() throws {
    let folder = try TestFolder()
    try write(to: folder.file("one/mnist"), first: 10)
    try write(to: folder.file("two/FashionMNIST/raw"), first: 20)
    let listed = "/nowhere:\(folder.file("one")):\(folder.file("two"))/"
    #expect(KnownDataSet.mnist.folder(listed: listed) == folder.file("one/mnist"))
    #expect(
      KnownDataSet.fashionMNIST.folder(listed: listed) == folder.file("two/FashionMNIST/raw"))
    // A folder of the set's own name may be listed itself; that of another set is not taken.
    #expect(
      KnownDataSet.mnist.folder(listed: folder.file("one/mnist")) == folder.file("one/mnist"))
    #expect(
      KnownDataSet.fashionMNIST.folder(listed: folder.file("one/mnist"))
        != folder.file("one/mnist"))
    let pair = try KnownDataSet.mnist.load(normalization: .none, listed: listed)
    #expect(pair.train.inputs[0] == 10.0 / 255)
    #expect(pair.train.count == 4)
    #expect(pair.test.count == 2)
    #expect(pair.test.classCount == 10)
  }

  @Test func testSetTakesTheTrainingSetsFigures() throws {
    let folder = try TestFolder()
    try write(to: folder.file("mnist"), first: 0)
    let sets = try DataSet.load(folder.file("mnist"))
    #expect(sets.map(\.name) == ["mnist train", "mnist test"])
    // 0…15 have mean 7.5.
    #expect(sets[0].normalization?.mean == [7.5 / 255])
    #expect(sets[1].normalization == sets[0].normalization)
  }

  @Test func saysWhatToInstallOrSet() throws {
    let folder = try TestFolder()
    let failure = Fixture.failure { _ = try KnownDataSet.mnist.load(listed: folder.path) }
    #expect(
      failure
        == Failure(
          .fileNotFound, "MNIST is not on this machine",
          notes: [
            "searched: `\(folder.path)`, `/usr/share/datasets`",
            "name a folder that holds `mnist` in BASIN_DATA",
          ]))
    if !Self.hasFashion {
      let failure = Fixture.failure { _ = try KnownDataSet.fashionMNIST.load(listed: nil) }
      #expect(failure?.notes.last?.contains("apt install dataset-fashion-mnist") == true)
    }
  }

  @Test func missingPartsAreNamed() throws {
    let folder = try TestFolder()
    try write(to: folder.file("mnist"), first: 0)
    #expect(unlink(folder.file("mnist/t10k-images-idx3-ubyte")) == 0)
    let failure = Fixture.failure { _ = try DataSet.load(folder.file("mnist")) }
    #expect(
      failure?.message
        == "there is no file `\(folder.file("mnist"))/t10k-images-idx3-ubyte.gz`")
  }
}
