extension TorchArchive {
  /// Before each entry's name; PyTorch's own where it does not write to a file.
  private static let writtenRoot = "archive/"
  /// The version of the format, which has been 3 since PyTorch 1.6.
  private static let version = Array("3\n".utf8)

  /// Writes arrays as `torch.save` writes a dictionary of tensors, folders as dictionaries in it and
  /// texts as the attribute `metadata` of the outermost one.
  static func write(
    _ arrays: [NamedArray], metadata: Metadata, to writer: inout FileWriter
  ) throws(Failure) {
    var pickle = TorchPickle()
    try pickle.add(arrays, metadata: metadata)
    var archive = ZipWriter()
    try archive.add(writtenRoot + "data.pkl", [pickle.bytes], to: &writer)
    try archive.add(writtenRoot + "byteorder", [Array("little".utf8)], to: &writer)
    for (index, array) in arrays.enumerated() {
      try archive.add("\(writtenRoot)\(dataFolder)\(index)", [array.bytes], to: &writer)
    }
    try archive.add(writtenRoot + "version", [version], to: &writer)
    try archive.finish(&writer)
  }
}

/// The pickle of a dictionary of tensors, in protocol 2.
private struct TorchPickle {
  private(set) var bytes: [UInt8] = []

  /// An array, and what is left of its name in the folder at hand.
  private struct Item {
    let path: ArraySlice<Substring>
    let index: Int
  }

  mutating func add(_ arrays: [NamedArray], metadata: Metadata) throws(Failure) {
    put(.version)
    bytes.append(2)
    let items = arrays.indices.map { index in
      Item(
        path: arrays[index].name.split(separator: "/", omittingEmptySubsequences: false)[...],
        index: index)
    }
    try putFolder(items, arrays)
    if !metadata.isEmpty {
      put(.emptyDictionary)
      put(text: TorchContent.metadataName)
      put(.emptyDictionary)
      put(.mark)
      for entry in metadata.entries {
        put(text: entry.name)
        put(text: entry.text)
      }
      put(.setItems)
      put(.setItem)
      put(.build)
    }
    put(.stop)
  }

  private mutating func putFolder(_ items: [Item], _ arrays: [NamedArray]) throws(Failure) {
    var order: [Substring] = []
    var members: [Substring: [Item]] = [:]
    for item in items {
      guard let name = item.path.first else { continue }
      if members[name] == nil { order.append(name) }
      members[name, default: []].append(Item(path: item.path.dropFirst(), index: item.index))
    }
    putOrderedDictionary()
    put(.mark)
    for name in order {
      put(text: String(name))
      let own = members[name] ?? []
      if let array = own.first(where: \.path.isEmpty)?.index {
        guard own.count == 1 else {
          throw Failure(
            .writeFailed,
            "a file of PyTorch's cannot hold an array and a folder named "
              + "`\(arrays[array].name)`")
        }
        put(arrays[array], key: array)
      } else {
        try putFolder(own, arrays)
      }
    }
    put(.setItems)
  }

  /// `_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())`; the types that have no
  /// class of storages go by `_rebuild_tensor_v3`, which tells them.
  private mutating func put(_ array: NamedArray, key: Int) {
    let storage = array.type.torchStorage
    put(function: "torch._utils", storage == nil ? "_rebuild_tensor_v3" : "_rebuild_tensor_v2")
    put(.mark)
    put(.mark)
    put(text: "storage")
    if let storage {
      put(function: "torch", storage)
    } else {
      put(function: "torch.storage", "UntypedStorage")
    }
    put(text: String(key))
    put(text: "cpu")
    put(storage == nil ? array.bytes.count : array.count)
    put(.tuple)
    put(.persistent)
    put(0)
    put(tuple: array.shape)
    var strides: [Int] = []
    var stride = 1
    for extent in array.shape.reversed() {
      strides.insert(stride, at: 0)
      stride *= max(extent, 1)
    }
    put(tuple: strides)
    put(.no)
    putOrderedDictionary()
    if storage == nil { put(function: "torch", array.type.torchName) }
    put(.tuple)
    put(.reduce)
  }

  // MARK: - Opcodes

  private mutating func put(_ opcode: PickleOpcode) { bytes.append(opcode.rawValue) }

  private mutating func put(little number: some FixedWidthInteger) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  private mutating func put(text: String) {
    put(.text)
    put(little: UInt32(clamping: text.utf8.count))
    bytes += text.utf8
  }

  private mutating func put(_ number: Int) {
    if let small = UInt8(exactly: number) {
      put(.integer8)
      bytes.append(small)
    } else if let middle = Int32(exactly: number) {
      put(.integer32)
      put(little: middle)
    } else {
      put(.long)
      bytes.append(8)
      put(little: number)
    }
  }

  private mutating func put(tuple numbers: [Int]) {
    put(.mark)
    for number in numbers { put(number) }
    put(.tuple)
  }

  private mutating func put(function module: String, _ name: String) {
    put(.global)
    bytes += "\(module)\n\(name)\n".utf8
  }

  private mutating func putOrderedDictionary() {
    put(function: "collections", "OrderedDict")
    put(.emptyTuple)
    put(.reduce)
  }
}
