// safetensors: eight bytes with the length of a JSON header, the header, the elements. The header
// names each tensor with its type, shape and the range of its bytes after the header, and may
// hold texts under `__metadata__`.

/// Reads and writes safetensors files.
enum SafeTensors {
  /// The longest header that is read; the format's own bound.
  private static let headerLimit = 100_000_000
  private static let metadataName = "__metadata__"

  /// A tensor as the header describes it.
  private struct Entry {
    let name: String
    let type: ElementType
    let shape: [Int]
    let range: Range<Int>
  }

  /// Whether these first bytes can be those of a safetensors file: a length, and a JSON object.
  static func isSafeTensors(_ bytes: [UInt8]) -> Bool {
    bytes.count >= 9 && bytes[8] == UInt8(ascii: "{") && bytes[5..<8].allSatisfy { $0 == 0 }
  }

  // MARK: - Reading

  static func read(
    _ bytes: [UInt8], source: String, stop: StopSignal? = nil
  ) throws(Failure) -> (arrays: [NamedArray], metadata: Metadata) {
    var reader = ByteReader(bytes, source: source)
    let length = try reader.number(UInt64.self, "the length of the header")
    guard length <= headerLimit else {
      throw reader.malformed("it claims a header of \(length) bytes")
    }
    let text = try reader.take(Int(length), "the header")
    let header = try JSON.read(Array(text), source: source)
    guard let members = header.members else { throw reader.malformed("its header is no object") }
    let start = reader.position
    var metadata = Metadata()
    var entries: [Entry] = []
    for member in members {
      if member.name == metadataName {
        metadata = try Metadata(json: member.value, source: source)
      } else {
        entries.append(try entry(member, available: reader.remaining, reader))
      }
    }
    try checkCoverage(entries, size: reader.remaining, reader)
    var arrays: [NamedArray] = []
    for entry in entries {
      if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(source)` was stopped") }
      arrays.append(
        NamedArray(
          name: entry.name, checkedShape: entry.shape, type: entry.type,
          bytes: Array(bytes[start + entry.range.lowerBound..<start + entry.range.upperBound])))
    }
    return (arrays, metadata)
  }

  private static func entry(
    _ member: JSON.Member, available: Int, _ reader: ByteReader
  ) throws(Failure) -> Entry {
    let name = member.name
    guard let code = member.value["dtype"]?.text, let shape = member.value["shape"]?.integers,
      let offsets = member.value["data_offsets"]?.integers, offsets.count == 2
    else {
      throw reader.malformed("tensor `\(name)` lacks its `dtype`, `shape` or `data_offsets`")
    }
    guard let type = ElementType.allCases.first(where: { Self.code(of: $0) == code }) else {
      throw Failure(
        .unsupportedFormat, "`\(reader.source)` tensor `\(name)` is of type `\(code)`",
        notes: ["BOOL, integers, F16, BF16, F32 and F64 are read"])
    }
    guard 0 <= offsets[0], offsets[0] <= offsets[1], offsets[1] <= available else {
      throw reader.malformed(
        "tensor `\(name)` claims bytes \(offsets[0]) to \(offsets[1]), and \(available) are there")
    }
    guard type.byteCount(shape: shape) == offsets[1] - offsets[0] else {
      throw reader.malformed(
        "tensor `\(name)` of shape \(shape) and type \(code) has \(offsets[1] - offsets[0]) bytes")
    }
    return Entry(name: name, type: type, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Tensors must cover the bytes exactly: no overlap, no hole, nothing after the last.
  private static func checkCoverage(
    _ entries: [Entry], size: Int, _ reader: ByteReader
  ) throws(Failure) {
    var covered = 0
    let sorted = entries.sorted {
      ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound)
    }
    for entry in sorted {
      guard entry.range.lowerBound == covered else {
        throw reader.malformed(
          "tensor `\(entry.name)` begins at byte \(entry.range.lowerBound) where \(covered) is "
            + "expected")
      }
      covered = entry.range.upperBound
    }
    guard covered == size else {
      throw reader.malformed("\(size - covered) bytes after the last tensor belong to none")
    }
  }

  // MARK: - Writing

  static func write(
    _ arrays: [NamedArray], metadata: Metadata, to writer: inout FileWriter
  ) throws(Failure) {
    guard !arrays.contains(where: { $0.name == metadataName }) else {
      throw Failure(.writeFailed, "a safetensors file can hold no array named `\(metadataName)`")
    }
    // Wider elements first, so that each tensor is aligned; the header keeps the order of names.
    let order = arrays.indices.sorted {
      (-arrays[$0].type.size, $0) < (-arrays[$1].type.size, $1)
    }
    var offsets = [Int](repeating: 0, count: arrays.count)
    var end = 0
    for index in order {
      offsets[index] = end
      end += arrays[index].bytes.count
    }
    var members = arrays.indices.map { index in
      JSON.Member(arrays[index].name, describe(arrays[index], offset: offsets[index]))
    }
    if !metadata.isEmpty { members.insert(JSON.Member(metadataName, metadata.json), at: 0) }
    var header = Array(JSON.object(members).compact.utf8)
    // 8: the format's alignment of the first tensor.
    header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
    guard header.count <= headerLimit else {
      throw Failure(.writeFailed, "a safetensors header of \(header.count) bytes is too long")
    }
    var length = LittleEndianBytes()
    length.put(UInt64(header.count))
    try writer.write(length.bytes + header)
    for index in order { try writer.write(arrays[index].bytes) }
  }

  private static func describe(_ array: NamedArray, offset: Int) -> JSON {
    .object([
      .init("dtype", .text(code(of: array.type))),
      .init("shape", .array(array.shape.map { .integer($0) })),
      .init("data_offsets", .array([.integer(offset), .integer(offset + array.bytes.count)])),
    ])
  }

  private static func code(of type: ElementType) -> String {
    type == .bool ? "BOOL" : type.rawValue.uppercased()
  }
}
