import Foundation
import TestSupport
import Testing

@testable import Kernel

@Suite struct SVHNTests {
  private let mat = MATFile()

  private func read(_ bytes: [UInt8], limit: Int = 1 << 30) throws -> LabelledPixels {
    try SVHN.read(Fixture.stream(bytes), limit: limit)
  }

  private func refusal(_ bytes: [UInt8], limit: Int = 1 << 30) -> Failure? {
    Fixture.failure { _ = try read(bytes, limit: limit) }
  }

  /// A file with these images and labels, one of which may be replaced.
  private func file(images: [UInt8]? = nil, labels: [UInt8]? = nil) -> [UInt8] {
    mat.file([
      images
        ?? mat.variable(
          "X", [32, 32, 3, 2], kind: 9, storage: 2, [UInt8](repeating: 7, count: 6144)),
      labels ?? mat.variable("y", [2, 1], kind: 6, storage: 2, [1, 10]),
    ])
  }

  // MARK: - What is read

  @Test(arguments: [false, true], [false, true])
  func rowsAndColumnsComeInTheOrderOfNetworks(isPacked: Bool, isBigEndian: Bool) throws {
    let images = try read(MATFile(isBigEndian: isBigEndian).svhn([3, 10, 1], isPacked: isPacked))
    #expect(images.labels == [3, 0, 1] && images.classCount == 10)
    #expect(images.pixels.count == 3 * 3072)
    for (image, channel, row, column) in [(0, 0, 0, 1), (0, 0, 1, 0), (1, 2, 31, 5), (2, 1, 4, 30)]
    {
      let place = ((image * 3 + channel) * 32 + row) * 32 + column
      #expect(
        images.pixels[place]
          == UInt8(truncatingIfNeeded: 50 * image + 40 * channel + 2 * row + column))
    }
  }

  @Test(arguments: [false, true]) func labelsOfEveryTypeAreRead(isBigEndian: Bool) throws {
    let mat = MATFile(isBigEndian: isBigEndian)
    let labels = [7, 10]
    let reals = labels.map(Double.init)
    let stored: [(Int, [UInt8])] = [
      (1, labels.flatMap { mat.number(Int8($0)) }), (3, labels.flatMap { mat.number(Int16($0)) }),
      (4, labels.flatMap { mat.number(UInt16($0)) }), (5, labels.flatMap { mat.number(Int32($0)) }),
      (6, labels.flatMap { mat.number(UInt32($0)) }), (12, labels.flatMap { mat.number($0) }),
      (7, reals.flatMap { mat.number(Float($0).bitPattern) }),
      (9, reals.flatMap { mat.number($0.bitPattern) }),
      (13, labels.flatMap { mat.number(UInt($0)) }),
    ]
    for (storage, content) in stored {
      let bytes = mat.file([
        mat.variable("y", [1, 2], kind: 6, storage: storage, content),
        mat.variable(
          "X", [32, 32, 3, 2], kind: 9, storage: 2, [UInt8](repeating: 7, count: 6144)),
      ])
      #expect(try read(bytes).labels == [7, 0], "\(storage)")
    }
  }

  @Test func everythingElseIsPassedOver() throws {
    let cell = mat.element(
      14,
      mat.element(6, mat.number(1 as UInt32) + mat.number(0 as UInt32))
        + mat.element(5, mat.number(1 as Int32) + mat.number(1 as Int32))
        + mat.element(1, Array("cells".utf8))
        + mat.element(14, []))
    let object = mat.element(
      14,
      mat.element(6, mat.number(17 as UInt32) + mat.number(0 as UInt32))
        + [1, 2, 3])
    let others = [
      cell, object, mat.packed(cell), mat.packed(object), mat.element(14, []),
      mat.variable("extra", [2, 3], kind: 6, storage: 2, [1, 2, 3, 4, 5, 6]),
      mat.variable(String(repeating: "n", count: 70), [1, 1], kind: 6, storage: 2, [1]),
      mat.element(3, [1, 2, 3]),
    ]
    let bytes = others.flatMap { $0 } + file().dropFirst(128)
    #expect(try read(mat.file([bytes])).labels == [1, 0])
    // One image has three axes, and the last element need not be filled up.
    let one = mat.file([
      mat.variable("y", [1, 1], kind: 9, storage: 2, [4]),
      mat.variable("X", [32, 32, 3], kind: 9, storage: 2, [UInt8](repeating: 7, count: 3072)),
    ])
    #expect(try read(one + mat.element(3, [1, 2, 3]).dropLast(5)).labels == [4])
  }

  // MARK: - What is refused

  @Test func otherVersionsAreTold() throws {
    #expect(
      refusal(mat.file([], version: 0x0200))
        == Failure(
          .unsupportedFormat, "`x` is a MAT file of version 7.3, which is HDF5",
          notes: [
            "data are read from version 5, as SVHN is distributed: save(…, \"-v7\") in MATLAB"
          ]))
    // Version 4: doubles, 1 × 1, real, a name of two letters.
    let numbers: [UInt32] = [0, 1, 1, 0, 2]
    let old = numbers.flatMap { mat.number($0) } + [0x79, 0] + [UInt8](repeating: 1, count: 8)
    #expect(refusal(old)?.message == "`x` is a MAT file of version 4")
    #expect(refusal(mat.file([], version: 0x0700))?.message.contains("names no version") == true)
    #expect(refusal(Array(mat.file([]).prefix(100)))?.code == .fileMalformed)
  }

  /// HDF5 from MATLAB holds arrays with their axes turned round, which nothing in it says.
  @Test func hdf5FromMATLABIsNoData() throws {
    let folder = try TestFolder()
    let images = [NamedArray(name: "x", shape: [1, 2], octets: [1, 2])]
    let arrays = images + [NamedArray(name: "y", shape: [1], octets: [1])]
    let bytes =
      mat.file([], version: 0x0200) + [UInt8](repeating: 0, count: 384)
      + (try HDF5Writer.image(arrays, metadata: Metadata()))
    try Data(bytes).write(to: URL(fileURLWithPath: folder.file("a.mat")))
    let failure = Fixture.failure { _ = try DataSet.load(folder.file("a.mat")) }
    #expect(failure?.message.hasSuffix("is a MAT file of version 7.3, which is HDF5") == true)
  }

  @Test func filesThatAreCutAnywhereAreRefused() throws {
    for isPacked in [false, true] {
      let whole = mat.svhn([3, 10], isPacked: isPacked)
      // What fills up the last element may be missing.
      let end = whole.count - (isPacked ? 0 : 2)
      for length in Set(0..<600).union(stride(from: 600, to: end, by: 37)).union(end - 150..<end) {
        #expect(refusal(Array(whole.prefix(length))) != nil, "\(length)")
      }
    }
    // The checksum of what was packed is compared.
    var bytes = mat.file([mat.packed(mat.variable("y", [1, 1], kind: 6, storage: 2, [4]))])
    bytes[bytes.count - 1] ^= 1
    #expect(refusal(bytes)?.message == "`x` is damaged: incorrect data check")
  }

  @Test func shapesAndLabelsAreToldWithTheirPlace() {
    let pixels = [UInt8](repeating: 7, count: 6144)
    func images(_ extents: [Int], kind: Int = 9, storage: Int = 2) -> Failure? {
      refusal(
        file(images: mat.variable("X", extents, kind: kind, storage: storage, pixels)))
    }
    #expect(
      images([64, 32, 3])?.message
        == "`x`: `X` is 64x32x3 of u8, and SVHN's images are 32x32x3xn of u8")
    #expect(images([3, 32, 32, 2])?.code == .shapeMismatch)
    #expect(images([32, 32, 3, 2], kind: 8, storage: 1)?.code == .shapeMismatch)
    #expect(
      images([32, 32, 3, 3])?.message
        == "`x` is damaged or cut short: `X` is 32x32x3x3 of u8, and has 6144 bytes")
    func labels(_ extents: [Int], _ content: [UInt8], storage: Int = 2) -> Failure? {
      refusal(file(labels: mat.variable("y", extents, kind: 6, storage: storage, content)))
    }
    #expect(labels([3, 1], [1, 2, 3])?.message == "`x` has 2 images `X` and 3 labels `y`")
    #expect(labels([2, 1], [1, 11])?.message == "`x` has label 11 at sample 2")
    #expect(labels([2, 1], [0, 1])?.message == "`x` has label 0 at sample 1")
    #expect(labels([2, 2], [1, 2, 3, 4])?.code == .shapeMismatch)
    let halves = [1.5, Double.nan].flatMap { mat.number($0.bitPattern) }
    #expect(labels([2, 1], halves, storage: 9)?.code == .badData)
    #expect(refusal(mat.file([]))?.message == "`x` holds no images `X`")
    let noLabels = refusal(Array(file().prefix(128 + 6144 + 64)))
    #expect(noLabels?.message == "`x` holds no labels `y`")
  }

  @Test func claimsThatNothingCanFulfilAreRefused() throws {
    let pixels = [UInt8](repeating: 7, count: 6144)
    func images(_ extents: [Int]) -> String? {
      refusal(file(images: mat.variable("X", extents, kind: 9, storage: 2, pixels)))?.message
    }
    // Products beyond all numbers, negative extents, too many axes.
    let huge = Int(Int32.max)
    #expect(images([huge, huge, huge, huge])?.contains("and has 6144 bytes") == true)
    #expect(images([-32, -32, 3, 2])?.contains("and has 6144 bytes") == true)
    #expect(images([Int](repeating: 1, count: 40))?.contains("the extents of a variable") == true)
    // An element larger than the file, and one larger than it can unpack to.
    let claim = mat.element(14, [1, 2, 3], size: Int(UInt32.max))
    #expect(
      refusal(mat.file([claim]))?.message
        == "`x` is damaged or cut short: an element claims 4294967295 bytes, and at most 8 can "
        + "follow")
    #expect(
      refusal(mat.file([mat.packed(claim)]))?.message.contains("claims 4294967295 bytes") == true)
    let small = mat.number(UInt32(9 << 16 | 1)) + [1, 2, 3, 4]
    #expect(
      refusal(mat.file([small]))?.message.hasSuffix("an element has 9 bytes in a tag of 4") == true)
    // A packed element within a packed one, and what goes on after its variable.
    let y = mat.variable("y", [1, 1], kind: 6, storage: 2, [4])
    #expect(
      refusal(mat.file([mat.packed(mat.packed(y))]))?.message
        .hasSuffix("a packed element holds one of type 15, and no variable") == true)
    #expect(
      refusal(mat.file([mat.packed(y + y)]))?.message
        .hasSuffix("a packed element goes on after its variable") == true)
    #expect(refusal(mat.file([y, y]))?.message.hasSuffix("two variables named `y`") == true)
    // More than may be taken, which is known before anything of it is unpacked.
    let memory = refusal(file(), limit: 6143)
    #expect(memory?.code == .outOfMemory)
    #expect(refusal(file(), limit: 6144) == nil)
  }
}
