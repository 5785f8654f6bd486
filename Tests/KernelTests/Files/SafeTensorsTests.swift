import Testing

@testable import Kernel

@Suite struct SafeTensorsTests {
  /// A file with this header and so many bytes of content.
  private func file(_ header: String, content: Int) -> [UInt8] {
    var bytes = LittleEndianBytes()
    bytes.put(UInt64(header.utf8.count))
    bytes.put(header.utf8)
    bytes.put(repeatElement(1, count: content))
    return bytes.bytes
  }

  private func refusal(_ header: String, content: Int) -> Failure? {
    Fixture.failure {
      _ = try SafeTensors.read(file(header, content: content), source: "x")
    }
  }

  @Test func readsWhatTheReferenceWrote() throws {
    let file = try SafeTensors.read(Fixture.bytes("numpy.safetensors"), source: "x")
    #expect(file.metadata == ["framework": "numpy"])
    #expect(Set(file.arrays.map(\.name)) == ["a", "b", "h"])
    for array in file.arrays where array.name != "a" {
      #expect(array.floats == Fixture.half)
      #expect(array.shape == [2, 3])
    }
    let brain = try SafeTensors.read(Fixture.bytes("brain.safetensors"), source: "x")
    #expect(brain.arrays.map(\.type) == [.bf16])
    #expect(brain.arrays[0].floats == Fixture.half)
  }

  @Test(arguments: [
    // A hole, an overlap, bytes that belong to none, and too few.
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,12]}}"#,
    // Shapes that are none or do not fit.
    #"{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[-2,-1],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[8,0]}}"#,
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8.0]}}"#,
    // Headers that are none.
    #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[0],"data_offsets":[8,8]}}"#,
    #"{"a":{"dtype":"F32","shape":[2]}}"#,
    #"{"__metadata__":{"a":1},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#,
    #"[1]"#, #"{"a":"#, "",
  ])
  func refusesHeadersThatLie(header: String) {
    #expect(refusal(header, content: 8)?.code == .fileMalformed)
  }

  @Test func refusesTypesItDoesNotKnow() {
    let failure = refusal(
      #"{"a":{"dtype":"F8_E4M3","shape":[8],"data_offsets":[0,8]}}"#, content: 8)
    #expect(failure?.code == .unsupportedFormat)
    #expect(failure?.message == "`x` tensor `a` is of type `F8_E4M3`")
  }

  @Test func refusesHugeHeadersBeforeTakingMemory() {
    var bytes = LittleEndianBytes()
    bytes.put(UInt64.max)
    bytes.put("{}".utf8)
    #expect(
      Fixture.failure { _ = try SafeTensors.read(bytes.bytes, source: "x") }?.code
        == .fileMalformed)
  }
}
