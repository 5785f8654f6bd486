import Glibc
import TestSupport
import Testing

@testable import Kernel

@Suite struct IDXTests {
  /// An idx file of bytes.
  static func file(_ shape: [Int], _ values: [UInt8]) throws -> [UInt8] {
    let array = NamedArray(name: "idx", shape: shape, octets: values)
    return try #require(IDX.bytes(of: array))
  }

  @Test(arguments: [ElementType.u8, .i8, .i16, .i32, .f32, .f64])
  func roundTripsEveryType(type: ElementType) throws {
    var stream = RandomStream(seed: 3, name: "idx")
    let bytes = (0..<24 * type.size).map { _ in UInt8(truncatingIfNeeded: stream.next()) }
    let array = NamedArray(name: "idx", checkedShape: [2, 3, 4], type: type, bytes: bytes)
    let file = try #require(IDX.bytes(of: array))
    #expect(try IDX.read(file, source: "x") == array)
  }

  @Test func refusesTruncationsAndTrailingBytes() throws {
    let whole = try Self.file([2, 3], [1, 2, 3, 4, 5, 6])
    for length in 0..<whole.count {
      let failure = Fixture.failure {
        _ = try IDX.read(Array(whole.prefix(length)), source: "x")
      }
      #expect(failure?.code == .fileMalformed, "\(length)")
    }
    #expect(
      Fixture.failure { _ = try IDX.read(whole + [0], source: "x") }
        == Failure(
          .fileMalformed, "`x` goes on after its last element: 1 bytes too many",
          notes: ["its header says 2x3"]))
    #expect(
      Fixture.failure { _ = try IDX.read(Array(whole.dropLast(2)), source: "x") }?.message
        == "`x` is damaged or cut short: 2x3 elements need 6 bytes, and 4 are there")
  }

  @Test func refusesOtherMagicNumbersAndImpossibleShapes() throws {
    #expect(
      Fixture.failure { _ = try IDX.read([0x50, 0x4B, 3, 4, 0], source: "x") }?.message
        == "`x` is no idx file: it begins with 50 4b 03 04")
    let huge = [0, 0, 8, 4] + [UInt8](repeating: 255, count: 16)
    #expect(Fixture.failure { _ = try IDX.read(huge, source: "x") }?.code == .fileMalformed)
  }

  // MARK: - Pairs

  /// A folder with an idx pair of two 2 × 2 images.
  private func pair(
    images: [UInt8]? = nil, labels: [UInt8]? = nil
  ) throws -> (folder: TestFolder, images: String, labels: String) {
    let folder = try TestFolder()
    let files = (folder.file("train-images-idx3-ubyte"), folder.file("train-labels-idx1-ubyte"))
    try SafeWrite.bytes(
      images ?? Self.file([2, 2, 2], [0, 255, 0, 255, 255, 255, 0, 0]), to: files.0)
    try SafeWrite.bytes(labels ?? Self.file([2], [0, 2]), to: files.1)
    return (folder, files.0, files.1)
  }

  @Test func eitherFileFindsTheOther() throws {
    let (folder, images, labels) = try pair()
    for path in [images, labels] {
      let data = try #require(DataSet.load(path).first)
      #expect(data.count == 2)
      #expect(data.sampleShape == [1, 2, 2])
      #expect(data.labels == [0, 2])
      #expect(data.classCount == 3)
      #expect(data.normalization == (try Normalization(mean: [0.5], standardDeviation: [0.5])))
      #expect(data.inputs.values == [-1, 1, -1, 1, 1, 1, -1, -1])
    }
    let plain = try DataSet.load(pairWith: images, normalization: .none)
    #expect(plain.inputs.values == [0, 1, 0, 1, 1, 1, 0, 0])
    #expect(plain.normalization == nil)
    withExtendedLifetime(folder) {}
  }

  @Test func saysWhichPartnerIsMissing() throws {
    let (folder, images, labels) = try pair()
    #expect(unlink(labels) == 0)
    #expect(
      Fixture.failure { _ = try DataSet.load(images) }?.message
        == "there is no file `\(labels)`, which belongs to `\(images)`")
    try SafeWrite.bytes(Self.file([2], [0, 1]), to: folder.file("y"))
    #expect(
      Fixture.failure { _ = try DataSet.load(folder.file("y")) }?.code == .fileNotFound)
  }

  @Test func refusesPairsThatDoNotFit() throws {
    func failure(images: [UInt8]? = nil, labels: [UInt8]? = nil, classes: Int? = nil) throws
      -> Failure?
    {
      let files = try pair(images: images, labels: labels)
      return Fixture.failure {
        _ = try DataSet.load(images: files.images, labels: files.labels, classCount: classes)
      }
    }
    let counts = try failure(labels: Self.file([3], [0, 1, 2]))
    #expect(counts?.code == .shapeMismatch)
    #expect(counts?.message.contains("has 2 images, and") == true)
    let large = try failure(classes: 2)
    #expect(large?.code == .badData)
    #expect(large?.message.hasSuffix("has label 2 at sample 2, and there are 2 classes") == true)
    let empty = try failure(images: Self.file([0, 2, 2], []), labels: Self.file([0], []))
    #expect(empty?.message.hasSuffix("holds no samples") == true)
    let swapped = try failure(labels: Self.file([2, 1], [0, 1]))
    #expect(swapped?.message.contains("holds no labels") == true)
    let flat = try failure(images: Self.file([2], [0, 1]))
    #expect(flat?.message.contains("holds no images") == true)
    #expect(try failure(images: [])?.message.hasSuffix("is empty") == true)
  }

  @Test func realsWithNaNAreRefusedAtTheirSample() throws {
    let values = NamedArray(name: "idx", shape: [2, 2], floats: [1, 2, 3, .nan])
    let failure = Fixture.failure {
      _ = try DataSet(
        name: "d", samples: values, labels: [0, 1], classCount: nil, normalization: .none,
        source: DataSource("test"))
    }
    #expect(failure?.message == "`d` sample 2 holds a value that is no number")
  }

  // MARK: - Recognizing

  @Test func whatBeginsAsAFileThatIsReadHereIsKnown() throws {
    let folder = try TestFolder()
    func isKnown(_ bytes: [UInt8]) throws -> Bool {
      try SafeWrite.bytes(bytes, to: folder.file("f"))
      return try FileContent.isKnown(folder.file("f"))
    }
    /// A gzip file with its content stored.
    func packed(_ content: [UInt8]) -> [UInt8] {
      let size = UInt8(content.count)
      return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 1, size, 0, ~size, 0xFF] + content
    }
    let idx = try Self.file([2], [0, 2])
    #expect(try isKnown(idx) && isKnown(packed(idx)))
    #expect(try isKnown(Array("  {\"basin_kind\": \"permutations\"}".utf8)))
    #expect(try isKnown([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]))
    for other in [[], Array("0,1\n".utf8), Array("{\"x\": 1}".utf8), packed([0x30, 0x2C, 0x31])] {
      #expect(try !isKnown(other))
    }
    #expect(throws: Failure.self) { try FileContent.isKnown(folder.file("none")) }
  }
}
