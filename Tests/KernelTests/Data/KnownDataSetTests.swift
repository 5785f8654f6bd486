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

  // MARK: - Colour images

  private func write(_ files: [(name: String, content: [UInt8])], to folder: String) throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for (name, content) in files { try Self.write(content, to: "\(folder)/\(name)") }
  }

  private static func write(_ bytes: [UInt8], to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
  }

  @Test func cifarIsFoundInFoldersAndInArchives() throws {
    let folder = try TestFolder()
    let (one, two, three) = (folder.file("one"), folder.file("two"), folder.file("three"))
    try write(ImageFiles.cifar10, to: one + "/cifar10/cifar-10-batches-bin")
    #expect(
      KnownDataSet.cifar10.folder(listed: one) == one + "/cifar10/cifar-10-batches-bin")
    // The archive's name tells, so it may lie beside others; `train.bin` may be anybody's.
    let tar = ImageFiles.gzip(ImageFiles.tar(ImageFiles.cifar10))
    try write([("cifar-10-binary.tar.gz", tar)] + ImageFiles.cifar100, to: two)
    #expect(KnownDataSet.cifar10.folder(listed: two) == two)
    #expect(KnownDataSet.cifar100.folder(listed: two) == nil)
    try write(ImageFiles.cifar100, to: three + "/cifar-100-binary")
    #expect(
      KnownDataSet.cifar100.folder(listed: three) == three + "/cifar-100-binary")
    let unpacked = try KnownDataSet.cifar10.load(listed: one)
    let packed = try KnownDataSet.cifar10.load(listed: two)
    #expect(unpacked.train.name == "cifar10 train" && packed.test.name == "cifar10 test")
    #expect(unpacked.train.contentHash == packed.train.contentHash)
    #expect(unpacked.test.contentHash == packed.test.contentHash)
    #expect(packed.train.source.files == [two + "/cifar-10-binary.tar.gz"])
    #expect(packed.train.normalization?.channelCount == 3)
    #expect(packed.test.normalization == packed.train.normalization)
    let hundred = try KnownDataSet.cifar100.load(normalization: .none, listed: three)
    #expect(hundred.train.classCount == 100 && hundred.train.normalization == nil)
  }

  /// A training set that is not whole would be another one under the same name.
  @Test func aKnownSetIsWholeOrRefused() throws {
    let folder = try TestFolder()
    try write(
      ImageFiles.cifar10.filter { !$0.name.contains("_5") }, to: folder.file("cifar10"))
    let failure = Fixture.failure { _ = try KnownDataSet.cifar10.load(listed: folder.path) }
    #expect(
      failure?.message == "there is no file `\(folder.file("cifar10"))/data_batch_5.bin`")
    #expect(failure?.notes.first?.contains("whole in 5 files") == true)
  }

  @Test func svhnIsAPairOfFiles() throws {
    let folder = try TestFolder()
    let train = ("train_32x32.mat", MATFile().svhn([1, 10, 3]))
    try write([train], to: folder.file("SVHN"))
    let missing = Fixture.failure { _ = try KnownDataSet.svhn.load(listed: folder.path) }
    #expect(
      missing?.message == "there is no file `\(folder.file("SVHN"))/test_32x32.mat`")
    try write([train, ("test_32x32.mat", MATFile().svhn([9]))], to: folder.file("SVHN"))
    let pair = try KnownDataSet.svhn.load(listed: folder.path)
    #expect(pair.train.labels == [1, 0, 3] && pair.test.labels == [9])
    #expect(pair.test.classCount == 10 && pair.test.normalization == pair.train.normalization)
  }

  @Test func saysWhereColourImagesAreToBeHad() {
    for (set, place) in [
      (KnownDataSet.cifar10, "cifar-10-binary.tar.gz from https://www.cs.toronto.edu/~kriz"),
      (.cifar100, "cifar-100-binary.tar.gz from https://www.cs.toronto.edu/~kriz"),
      (.svhn, "train_32x32.mat and test_32x32.mat from http://ufldl.stanford.edu/housenumbers"),
    ] {
      guard set.folder(listed: nil) == nil else { continue }
      let failure = Fixture.failure { _ = try set.load(listed: nil) }
      #expect(failure?.code == .fileNotFound)
      #expect(failure?.notes.last?.contains(place) == true)
      #expect(
        failure?.notes.last?.contains("a folder `\(set.name)` in a folder that BASIN_DATA")
          == true)
    }
  }

  // MARK: - The sets as they are distributed

  /// A file in one of the folders of BASIN_DATA.
  private static func find(_ name: String) -> String? {
    KnownDataSet.searchedFolders().map { "\($0)/\(name)" }.first(where: FileContent.exists)
  }

  private static let svhnTest = find("svhn/test_32x32.mat")
  private static let hasCIFAR = KnownDataSet.cifar10.folder() != nil

  @Test(
    .enabled(if: svhnTest != nil, "there is no svhn/test_32x32.mat in the folders of BASIN_DATA"))
  func svhnHasTheImagesThatSciPyReads() throws {
    let path = try #require(Self.svhnTest)
    let data = try #require(DataSet.load(path).first)
    #expect(data.count == 26_032 && data.sampleShape == [3, 32, 32])
    #expect(
      data.samplesPerClass == [1744, 5099, 4149, 2882, 2523, 2384, 1977, 2019, 1660, 1595])
    #expect(data.labels.prefix(10) == [5, 2, 1, 0, 6, 1, 9, 1, 1, 8])
    let pixels = try #require(data.pixels)
    // X[:, :, :, 0], its first row and its first column; of image 100 the fourth row of blue.
    #expect(pixels[0..<5] == [38, 39, 39, 41, 43])
    #expect((0..<5).map { pixels[32 * $0] } == [38, 39, 38, 38, 38])
    #expect(
      pixels[((100 * 3 + 2) * 32 + 3) * 32..<((100 * 3 + 2) * 32 + 3) * 32 + 5]
        == [89, 88, 83, 73, 62])
    let normalization = try #require(data.normalization)
    let expected = ([0.45242316, 0.45249584, 0.46897713], [0.21943445, 0.22656967, 0.22850613])
    for channel in 0..<3 {
      #expect(abs(normalization.mean[channel] - expected.0[channel]) < 1e-8)
      #expect(abs(normalization.standardDeviation[channel] - expected.1[channel]) < 1e-8)
    }
  }

  @Test(.enabled(if: hasCIFAR, "there is no CIFAR-10 in the folders of BASIN_DATA"))
  func cifarHasTheFiguresThatEveryoneQuotes() throws {
    let pair = try KnownDataSet.cifar10.load()
    #expect(pair.train.samplesPerClass == [Int](repeating: 5000, count: 10))
    #expect(pair.test.samplesPerClass == [Int](repeating: 1000, count: 10))
    #expect(pair.train.labels.prefix(6) == [6, 9, 9, 4, 1, 1])
    #expect(pair.test.labels.prefix(6) == [3, 8, 8, 0, 6, 6])
    let normalization = try #require(pair.train.normalization)
    for (mean, quoted) in zip(normalization.mean, [0.4914, 0.4822, 0.4465]) {
      #expect(abs(mean - quoted) < 5e-5)
    }
    for (deviation, quoted) in zip(normalization.standardDeviation, [0.2470, 0.2435, 0.2616]) {
      #expect(abs(deviation - quoted) < 5e-5)
    }
  }

  private static let cifarPart = find("cifar-10-small/test_batch.bin")

  @Test(.enabled(if: cifarPart != nil, "there is no cifar-10-small in the folders of BASIN_DATA"))
  func aPartOfCIFARBeginsAsTheWhole() throws {
    let path = try #require(Self.cifarPart)
    let data = try #require(DataSet.load(path).first)
    #expect(data.sampleShape == [3, 32, 32] && data.classCount == 10)
    #expect(data.labels.prefix(10) == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1])
    #expect(data.pixels?.prefix(5) == [158, 159, 165, 166, 160])
  }
}
