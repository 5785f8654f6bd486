import TestSupport
import Testing

@testable import Kernel

@Suite struct DataSetTests {
  /// Six colour images of 2 × 2 pixels with three classes.
  static func images(
    _ rule: NormalizationRule = .measured, seed: UInt64 = 1
  ) throws -> DataSet {
    var stream = RandomStream(seed: seed, name: "images")
    let pixels = (0..<72).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
    return try DataSet(
      name: "made train", pixels: pixels, sampleShape: [3, 2, 2], labels: [0, 1, 2, 0, 1, 2],
      normalization: rule, source: DataSource("a test"))
  }

  @Test func normalizationIsPerChannelAndExact() throws {
    let data = try Self.images()
    let raw = try Self.images(.none)
    let normalization = try #require(data.normalization)
    #expect(normalization.channelCount == 3)
    for channel in 0..<3 {
      var values: [Double] = []
      var raws: [Double] = []
      for sample in 0..<6 {
        for pixel in 0..<4 {
          values.append(Double(data.inputs[sample * 12 + channel * 4 + pixel]))
          raws.append(Double(raw.inputs[sample * 12 + channel * 4 + pixel]))
        }
      }
      #expect(abs(values.reduce(0, +) / 24) < 1e-6)
      #expect(abs(values.reduce(0) { $0 + $1 * $1 } / 24 - 1) < 1e-6)
      #expect(abs(raws.reduce(0, +) / 24 - normalization.mean[channel]) < 1e-7)
    }
  }

  @Test func bytesBecomeTheBitsThatPyTorchGives() throws {
    // torch.tensor([0, 1, 127, 255], dtype=torch.uint8) / 255, then (x - 0.2860) / 0.3530.
    let data = try DataSet(
      name: "d", pixels: [0, 1, 127, 255], sampleShape: [1], labels: [0, 1, 0, 1],
      normalization: .fixed(Normalization(mean: [0.2860], standardDeviation: [0.3530])),
      source: DataSource("test"))
    let mean: Float = 0.2860
    let deviation: Float = 0.3530
    let expected = [0, 1, 127, 255].map { (value: Float) in (value / 255 - mean) / deviation }
    #expect(data.inputs.values == expected)
  }

  @Test func imagesArePaddedWithBlackOnes() throws {
    let data = try Self.images()
    let padded = try data.padded(side: 5)
    let normalization = try #require(data.normalization)
    #expect(padded.sampleShape == [3, 5, 5])
    for sample in 0..<6 {
      for channel in 0..<3 {
        let black =
          -Float(normalization.mean[channel]) / Float(normalization.standardDeviation[channel])
        for row in 0..<5 {
          for column in 0..<5 {
            let isInside = 1...2 ~= row && 1...2 ~= column
            let place = ((sample * 3 + channel) * 5 + row) * 5 + column
            let old = (sample * 12) + channel * 4 + (row - 1) * 2 + column - 1
            #expect(padded.inputs[place] == (isInside ? data.inputs[old] : black))
          }
        }
      }
    }
    // The bytes that its hash covers are those of the padded images.
    #expect(padded.contentHash != data.contentHash && padded.labels == data.labels)
    #expect(try data.padded(side: 2) == data)
    #expect(throws: Failure.self) { try data.padded(side: 1) }
    #expect(throws: Failure.self) {
      try MadeProblem(.blobs).draw(
        from: RandomStream(seed: 1, name: "rows")
      ).train.padded(side: 9)
    }
  }

  @Test func constantChannelsAreOnlyCentred() throws {
    let data = try DataSet(
      name: "d", pixels: [51, 51, 51], sampleShape: [1], labels: [0, 1, 0],
      source: DataSource("test"))
    #expect(data.normalization?.standardDeviation == [1])
    #expect(data.inputs.values == [0, 0, 0])
  }

  @Test func hashCoversContentAndNotNames() throws {
    let data = try Self.images()
    var renamed = data
    renamed.name = "another"
    renamed.source = DataSource("elsewhere")
    #expect(renamed.contentHash == data.contentHash)
    let again = try Self.images()
    #expect(again.contentHash == data.contentHash)
    let others = [
      try Self.images(.none), try Self.images(seed: 2), try data.subset([1, 0, 2, 3, 4, 5]),
      try data.prefix(5),
    ]
    let hashes = Set(others.map(\.contentHash) + [data.contentHash])
    #expect(hashes.count == 5)
    // The same samples reached in two ways are one content.
    #expect(try data.prefix(3).contentHash == data.subset([0, 1, 2]).contentHash)
  }

  @Test func hashIsPinned() throws {
    // Computed from the document by another program. A change here means that no receipt ever
    // written holds any more.
    let data = try DataSet(
      name: "d", pixels: [0, 255], sampleShape: [1], labels: [0, 1], normalization: .none,
      source: DataSource("test"))
    #expect(data.contentHash.hex == pinned)
  }
  private let pinned = "78db2f36872f4b66834d4af9385b04d336d634e6584595c7673c480703ec5370"

  @Test func subsetsAndSplitsKeepSamplesWithLabels() throws {
    let data = try Self.images()
    let part = try data.subset([4, 0, 4])
    #expect(part.labels == [1, 0, 1])
    #expect(part.inputs.shape == [3, 3, 2, 2])
    let values = data.inputs.values
    let fourth = Array(values[48..<60])
    #expect(part.inputs.values == fourth + Array(values[0..<12]) + fourth)
    #expect(part.normalization == data.normalization)
    let (chosen, rest) = try data.split([5, 1])
    #expect(chosen.labels == [2, 1])
    #expect(rest.labels == [0, 2, 0, 1])
    #expect(try data.prefix(100).count == 6)
    for indices in [[], [6], [-1]] {
      #expect(Fixture.failure { _ = try data.subset(indices) }?.code == .badData)
    }
    #expect(Fixture.failure { _ = try data.split([1, 1]) }?.code == .badData)
    #expect(Fixture.failure { _ = try data.split(Array(0..<6)) }?.code == .badData)
    #expect(Fixture.failure { _ = try data.prefix(0) }?.code == .badData)
  }

  @Test func normalizationCanBeChangedWhereBytesAreKept() throws {
    let data = try Self.images()
    #expect(try data.normalized(.none) == (try Self.images(.none)))
    #expect(try data.normalized(.none).normalized(.measured) == data)
    let reals = try DataSet(
      name: "r", values: Tensor(shape: [2, 2], values: [1, 2, 3, 4]), labels: [0, 1],
      normalization: .measured, source: DataSource("test"))
    #expect(reals.normalization?.mean == [2.5])
    #expect(Fixture.failure { _ = try reals.normalized(.none) }?.code == .badData)
  }

  // MARK: - Files

  @Test(arguments: ["d.h5", "d.npz", "d.safetensors"])
  func roundTripsWithBytesHashAndNormalization(name: String) throws {
    let folder = try TestFolder()
    let train = try Self.images()
    var test = try Self.images(.fixed(#require(train.normalization)), seed: 9)
    test.name = "made test"
    try DataSet.write([train], to: folder.file(name))
    let one = try DataSet.load(folder.file(name))
    #expect(one == [train])
    #expect(one.map(\.contentHash) == [train.contentHash])
    try DataSet.write([train, test], to: folder.file(name))
    let both = try DataSet.load(folder.file(name))
    #expect(both == [train, test])
    #expect(both.map(\.contentHash) == [train.contentHash, test.contentHash])
    #expect(
      try DataSet.load(folder.file(name), normalization: NormalizationRule.none)[0]
        == train.normalized(.none))
    // Reals.
    let reals = try DataSet(
      name: "r", values: Tensor(shape: [2, 2], values: [1, 2, 3, 4]), labels: [0, 1],
      classCount: 5, normalization: .measured, source: DataSource("test"))
    try DataSet.write([reals], to: folder.file(name))
    let read = try DataSet.load(folder.file(name))
    #expect(read == [reals])
    #expect(read[0].contentHash == reals.contentHash)
  }

  @Test func understandsOtherPeoplesNames() throws {
    let folder = try TestFolder()
    let images = NamedArray(name: "x_train", shape: [2, 2, 2, 3], octets: (0..<24).map(UInt8.init))
    let file = ArrayFile(arrays: [
      images, NamedArray(name: "y_train", shape: [2, 1], integers: [0, 1]),
      images.renamed("x_test"), NamedArray(name: "y_test", shape: [2], integers: [1, 1]),
    ])
    try file.write(to: folder.file("keras.npz"))
    let sets = try DataSet.load(folder.file("keras.npz"), normalization: NormalizationRule.none)
    #expect(sets.map(\.name) == ["keras.npz train", "keras.npz test"])
    #expect(sets[0].sampleShape == [3, 2, 2])
    #expect(
      sets[0].inputs.values.prefix(12).map { Int(($0 * 255).rounded()) }
        == [0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11])
    #expect(sets[1].classCount == 2)
  }

  @Test func refusesFilesOfSomethingElse() throws {
    let folder = try TestFolder()
    let array = NamedArray(name: "w", shape: [2], integers: [1, 2])
    func failure(_ arrays: [NamedArray], _ metadata: Metadata = [:]) throws -> Failure? {
      try ArrayFile(arrays: arrays, metadata: metadata).write(to: folder.file("a.npz"))
      return Fixture.failure { _ = try DataSet.load(folder.file("a.npz")) }
    }
    #expect(try failure([array])?.message.hasSuffix("holds no samples") == true)
    let samples = NamedArray(name: "x", shape: [2, 1], floats: [1, 2])
    #expect(try failure([samples])?.message.contains("and no labels for them") == true)
    let named = array.renamed("y")
    #expect(try failure([samples, named]) == nil)
    #expect(
      try failure([samples, NamedArray(name: "y", shape: [2], integers: [-1, 2])])?.message
        .contains("has label -1 at sample 1") == true)
    #expect(
      try failure([samples, NamedArray(name: "y", shape: [2], floats: [0.5, 2])])?.code
        == .badData)
    #expect(
      try failure([samples, named], ["basin_kind": "networks", "basin_version": "1"])?.message
        .contains("holds networks, not data") == true)
    #expect(
      try failure([samples, named], ["basin_kind": "data set", "basin_version": "2"])?.code
        == .unsupportedFormat)
  }

  @Test func dataThatWereMadeWithoutChecksAreChecked() throws {
    let good = DataSet(
      name: "a", inputs: Tensor(shape: [2, 1], values: [1, 2]), labels: [0, 1], classCount: 2)
    try good.check()
    let bad = [
      DataSet(
        name: "a", inputs: Tensor(shape: [2, 1], values: [1, .infinity]), labels: [0, 1],
        classCount: 2),
      DataSet(name: "a", inputs: Tensor(shape: [0, 1]), labels: [], classCount: 2),
      DataSet(name: "a", inputs: Tensor(shape: [1, 0]), labels: [0], classCount: 2),
    ]
    for data in bad { #expect(Fixture.failure { try data.check() }?.code == .badData) }
  }
}
