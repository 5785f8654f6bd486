// PyTorch's files since version 1.6: a zip file of `data.pkl`, a pickle that describes a dictionary of
// tensors, and `data/0`, `data/1`, …, the memory that these lie in.

/// Reads PyTorch's `.pt` and `.pth` files of weights; nothing in them is run.
struct TorchArchive {
  /// The bytes of the pickle.
  let pickle: [UInt8]
  /// Where the numbers begin with their upper bytes.
  let isBigEndian: Bool
  /// How many bytes each storage has, by its key.
  let storageSizes: [String: Int]
  /// The bytes of a storage that there is.
  let storage: (_ key: String) throws(Failure) -> [UInt8]

  private static let pickleName = "data.pkl"
  static let dataFolder = "data/"
  /// How often one storage may stand in the arrays that are read, over all: tied weights stand under two
  /// names, seldom under more.
  private static let repetitionLimit = 4
  /// 64 MiB: what expanded tensors may take whatever the file's size.
  private static let expansionLimit = 64 << 20

  /// Whether an archive is one of PyTorch's.
  static func isTorch(_ archive: ZipReader) -> Bool { root(of: archive) != nil }

  /// What stands before the names of all entries: the name of the file when it was written.
  private static func root(of archive: ZipReader) -> String? {
    let entry = archive.entries.first {
      $0.name == pickleName || $0.name.hasSuffix("/" + pickleName)
    }
    return entry.map { String($0.name.dropLast(pickleName.count)) }
  }

  // MARK: - Other files of PyTorch's

  /// Why a file that begins with these bytes is not read; nil where it is none of PyTorch's.
  static func refusal(beginning bytes: [UInt8], source: String) -> Failure? {
    let remedy = "in Python: torch.save(torch.load(\"old.pt\", weights_only=True), \"new.pt\")"
    // A pickle of the number 0x1950A86A20F9469CFC6C, and the tar file of the versions before.
    let magic: [UInt8] = [
      0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ]
    let isTar = bytes.count > 262 && bytes[257..<262].elementsEqual("ustar".utf8)
    if bytes.starts(with: magic) || isTar {
      return Failure(
        .unsupportedFormat,
        "`\(source)` is of the format that PyTorch wrote before version 1.6, which is not read",
        notes: [remedy])
    }
    if bytes.count > 2, bytes[0] == 0x80, 2...5 ~= bytes[1] {
      return Failure(
        .unsupportedFormat, "`\(source)` is a pickle of Python's, and only PyTorch's are read",
        notes: ["save arrays by torch.save, numpy.savez or safetensors"])
    }
    return nil
  }

  init(_ archive: ZipReader, stop: StopSignal?) throws(Failure) {
    let source = archive.source
    guard let root = Self.root(of: archive) else {
      throw Failure(.fileMalformed, "`\(source)` lacks its entry `\(Self.pickleName)`")
    }
    var entries: [String: ZipReader.Entry] = [:]
    for entry in archive.entries where entry.name.hasPrefix(root) {
      entries[String(entry.name.dropFirst(root.count))] = entry
    }
    guard entries["constants.pkl"] == nil, !entries.keys.contains(where: { $0.hasPrefix("code/") })
    else {
      throw Failure(
        .unsupportedFormat, "`\(source)` is a program of TorchScript, and not weights alone",
        notes: ["in Python: torch.save(torch.jit.load(\"a.pt\").state_dict(), \"b.pt\")"])
    }
    guard let description = entries[Self.pickleName], description.size <= PickleMachine.sizeLimit
    else {
      throw Failure(
        .unsupportedFormat,
        "`\(source)` describes its content in more than \(PickleMachine.sizeLimit) bytes",
        notes: ["save the state dictionary alone: torch.save(model.state_dict(), …)"])
    }
    pickle = try archive.content(of: description, stop: stop)
    var order = "little"
    if let entry = entries["byteorder"], entry.size < 16 {
      order = String(decoding: try archive.content(of: entry, stop: stop), as: UTF8.self)
    }
    guard order == "little" || order == "big" else {
      throw Failure(.fileMalformed, "`\(source)` has bytes in the order `\(order)`")
    }
    isBigEndian = order == "big"
    var storages: [String: ZipReader.Entry] = [:]
    for (name, entry) in entries where name.hasPrefix(Self.dataFolder) {
      storages[String(name.dropFirst(Self.dataFolder.count))] = entry
    }
    storageSizes = storages.mapValues(\.size)
    storage = { [storages] key throws(Failure) in
      guard let entry = storages[key] else { return [] }
      return try archive.content(of: entry, stop: stop)
    }
  }

  /// An archive that lies in memory.
  init(
    pickle: [UInt8], storages: [String: [UInt8]], isBigEndian: Bool = false
  ) {
    self.pickle = pickle
    self.isBigEndian = isBigEndian
    storageSizes = storages.mapValues(\.count)
    storage = { key throws(Failure) in storages[key] ?? [] }
  }

  // MARK: - Arrays

  /// The arrays, the texts and the names of what is not read.
  func read(
    source: String, stop: StopSignal? = nil
  ) throws(Failure) -> (arrays: [NamedArray], metadata: Metadata, skipped: [String]) {
    let (value, machine) = try PickleMachine.read(pickle, source: source)
    let content = try TorchContent(value, machine, source: source)
    guard !content.tensors.isEmpty || content.skipped.isEmpty else {
      throw Failure(
        .fileMalformed, "`\(source)` holds no tensors under names, and so no network",
        notes: ["not read: \(ArrayFile.listed(content.skipped))"])
    }
    let sizes = try checkedSizes(content, source: source)
    var uses: [String: Int] = [:]
    for (_, tensor) in content.tensors { uses[tensor.storage.key, default: 0] += 1 }
    // What several tensors share is read once, and kept until the last of them.
    var shared: [String: [UInt8]] = [:]
    var arrays: [NamedArray] = []
    for ((name, tensor), size) in zip(content.tensors, sizes) {
      if let stop, stop.isRaised { throw Failure(.stopped, "reading `\(source)` was stopped") }
      let key = tensor.storage.key
      let bytes: [UInt8]
      if let kept = shared[key] { bytes = kept } else { bytes = try storage(key) }
      uses[key, default: 0] -= 1
      shared[key] = uses[key] == 0 ? nil : bytes
      var elements = tensor.elements(of: bytes, byteCount: size)
      if isBigEndian { Self.swapBytes(of: &elements, width: tensor.type.size) }
      arrays.append(
        NamedArray(
          name: name, checkedShape: tensor.shape, type: tensor.type, bytes: elements))
    }
    return (arrays, content.metadata, content.skipped)
  }

  /// How many bytes each array takes, before memory is taken for any.
  private func checkedSizes(
    _ content: TorchContent, source: String
  ) throws(Failure) -> [Int] {
    let available = storageSizes.values.reduce(0, +)
    var total = 0
    var sizes: [Int] = []
    for (name, tensor) in content.tensors {
      let fault = { (text: String) in
        Failure(.fileMalformed, "`\(source)` is damaged or cut short: `\(name)`: \(text)")
      }
      guard let there = storageSizes[tensor.storage.key] else {
        throw fault("its storage, entry `\(Self.dataFolder)\(tensor.storage.key)`, is missing")
      }
      let size = try tensor.checkedByteCount(storageSize: there, fault: fault)
      sizes.append(size)
      total = total.addingReportingOverflow(size).overflow ? .max : total + size
      guard total <= Self.repetitionLimit * available + Self.expansionLimit else {
        throw Failure(
          .unsupportedFormat,
          "`\(source)` holds \(available) bytes of numbers, and its arrays would take \(total) "
            + "with `\(name)`",
          notes: ["expanded tensors are read up to 64 MiB: save .contiguous() ones"])
      }
    }
    return sizes
  }

  private static func swapBytes(of bytes: inout [UInt8], width: Int) {
    guard width > 1 else { return }
    for start in stride(from: 0, to: bytes.count - width + 1, by: width) {
      bytes[start..<start + width].reverse()
    }
  }
}
