import Testing

@testable import Kernel

@Suite struct NPYTests {
  private func read(_ name: String) throws -> NamedArray {
    try NPY.read(Fixture.bytes(name), name: "a", source: name)
  }

  @Test(arguments: [
    ("plain.npy", ElementType.f32), ("version2.npy", .f16), ("version3.npy", .f16),
    ("big_endian.npy", .f64),
  ])
  func readsWhatNumpyWrote(name: String, type: ElementType) throws {
    let array = try read(name)
    #expect(array.type == type)
    #expect(array.shape == [2, 3])
    #expect(array.floats == Fixture.half)
  }

  @Test func readsColumnMajorScalarsAndTruths() throws {
    let fortran = try read("fortran.npy")
    #expect(fortran.shape == [2, 3, 4])
    #expect(try fortran.integers() == Array(0..<24))
    #expect(try read("scalar.npy").shape == [])
    #expect(try read("scalar.npy").floats == [1.5])
    #expect(try read("truth.npy").integers() == [1, 0, 1])
    #expect(try read("truth.npy").type == .bool)
  }

  @Test func writesWhatNumpyWrites() throws {
    let array = NamedArray(name: "a", shape: [2, 3], floats: Fixture.half)
    #expect(try NPY.parts(of: array).flatMap { $0 } == Fixture.bytes("plain.npy"))
    let fortran = NamedArray(name: "a", shape: [2, 3, 4], integers: (0..<24).map(Int32.init))
    #expect(
      try NPY.parts(of: fortran, order: .columnMajor).flatMap { $0 }
        == Fixture.bytes("fortran.npy"))
  }

  @Test func longHeadersTakeTheSecondVersion() throws {
    let shape = [Int](repeating: 1, count: 60)
    let array = NamedArray(name: "a", shape: shape, floats: [1])
    let bytes = NPY.parts(of: array).flatMap { $0 }
    #expect(bytes.count % 64 == 4)
    #expect(try NPY.read(bytes, name: "a", source: "x") == array)
  }

  @Test func refusesRecordsObjectsAndNewVersions() throws {
    #expect(Fixture.failure { _ = try read("records.npy") }?.code == .unsupportedFormat)
    func changed(_ old: String, _ new: String) throws -> Failure? {
      let bytes = try Fixture.bytes("plain.npy")
      let text = Array(old.utf8)
      let place = try #require(
        bytes.indices.first { bytes[$0...].starts(with: text) })
      var changed = bytes
      changed.replaceSubrange(place..<place + text.count, with: Array(new.utf8))
      return Fixture.failure { _ = try NPY.read(changed, name: "a", source: "x.npy") }
    }
    #expect(try changed("'<f4'", "'|O8'")?.code == .unsupportedFormat)
    #expect(try changed("'<f4'", "'<U4'")?.code == .unsupportedFormat)
    #expect(
      try changed("(2, 3)", "(2, 4)")?.message
        == "`x.npy` is damaged or cut short: shape [2, 4] of f32 needs 32 bytes, and 24 are there")
    #expect(try changed("(2, 3)", "(2,-3)")?.code == .fileMalformed)
    #expect(try changed("False", "Fals3")?.code == .fileMalformed)
    #expect(try changed("'shape'", "'descr'")?.code == .fileMalformed)
    #expect(try changed("(2, 3), }", "(2, 3), 7")?.code == .fileMalformed)
    var newer = try Fixture.bytes("plain.npy")
    newer[6] = 9
    #expect(
      Fixture.failure { _ = try NPY.read(newer, name: "a", source: "x") }?.code
        == .unsupportedFormat)
  }
}
