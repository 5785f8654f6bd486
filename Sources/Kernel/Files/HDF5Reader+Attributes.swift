internal import CHDF5

extension HDF5Reader {
  /// Reads the attributes of an object into the metadata: texts, numbers and short lists of them.
  mutating func readAttributes(of object: hid_t, name: String, creation: hid_t) throws(Failure) {
    let what = damaged(name.isEmpty ? "its attributes" : "the attributes of `\(name)`")
    var names = HDF5Names()
    let order =
      isOrdered(creation, H5Pget_attr_creation_order) ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME
    let status = withUnsafeMutablePointer(to: &names) { names in
      H5Aiterate2(
        object, order, H5_ITER_INC, nil,
        { _, name, _, context in
          guard let name, let names = context?.assumingMemoryBound(to: HDF5Names.self) else {
            return -1
          }
          names.pointee.append(name)
          return 0
        }, names)
    }
    try checkHDF5(status, what, .fileMalformed)
    for (attributeName, _) in names.all {
      let path = name.isEmpty ? attributeName : "\(name)/\(attributeName)"
      let attribute = try HDF5Handle(
        H5Aopen(object, attributeName, basin_h5_default()), what, .fileMalformed)
      if let text = try text(of: attribute.id, what) {
        content.metadata[path] = text
      } else {
        content.skipped.append("\(path) (an attribute of another kind)")
      }
    }
  }

  /// 1024: longer lists of numbers are data and do not belong into attributes.
  private static let elementLimit = 1024
  /// 16 MiB: the longest text of fixed length that is read.
  private static let textLimit = 16 << 20

  private mutating func text(of attribute: hid_t, _ what: String) throws(Failure) -> String? {
    let type = try HDF5Handle(H5Aget_type(attribute), what, .fileMalformed)
    let space = try HDF5Handle(H5Aget_space(attribute), what, .fileMalformed)
    guard let shape = try shape(of: space.id, what) else { return nil }
    if H5Tget_class(type.id) == H5T_STRING {
      guard shape.allSatisfy({ $0 == 1 }) else { return nil }
      return H5Tis_variable_str(type.id) > 0
        ? try variableText(attribute, type.id, what)
        : try fixedText(attribute, type.id, what)
    }
    guard let element = try HDF5Types.elementType(of: type.id),
      let size = element.byteCount(shape: shape), size <= Self.elementLimit * element.size
    else { return nil }
    let memoryType = try HDF5Types.make(element, .fileMalformed)
    var bytes = [UInt8](repeating: 0, count: max(size, 1))
    if size > 0 {
      try checkHDF5(H5Aread(attribute, memoryType.id, &bytes), what, .fileMalformed)
    }
    let array = NamedArray(
      name: "", checkedShape: shape, type: element, bytes: Array(bytes.prefix(size)))
    let numbers =
      element.isReal ? array.doubles.map { "\($0)" } : try array.integers().map(String.init)
    return shape.isEmpty ? numbers.first : "[" + numbers.joined(separator: ", ") + "]"
  }

  private mutating func variableText(
    _ attribute: hid_t, _ type: hid_t, _ what: String
  ) throws(Failure) -> String? {
    if !areHeapsChecked {
      try HDF5HeapCheck.check(source)
      areHeapsChecked = true
    }
    let memoryType = try HDF5Handle(H5Tcopy(basin_h5_c_string()), what, .fileMalformed)
    try checkHDF5(H5Tset_size(memoryType.id, basin_h5_variable()), what, .fileMalformed)
    try checkHDF5(H5Tset_cset(memoryType.id, H5Tget_cset(type)), what, .fileMalformed)
    var pointer: UnsafeMutablePointer<CChar>?
    try checkHDF5(H5Aread(attribute, memoryType.id, &pointer), what, .fileMalformed)
    guard let pointer else { return "" }
    defer { H5free_memory(pointer) }
    return String(cString: pointer)
  }

  private func fixedText(
    _ attribute: hid_t, _ type: hid_t, _ what: String
  ) throws(Failure) -> String? {
    let size = H5Tget_size(type)
    guard size > 0, size <= Self.textLimit else { return nil }
    var bytes = [UInt8](repeating: 0, count: size)
    try checkHDF5(H5Aread(attribute, type, &bytes), what, .fileMalformed)
    let isPaddedBySpaces = H5Tget_strpad(type) == H5T_STR_SPACEPAD
    let end =
      isPaddedBySpaces
      ? (bytes.lastIndex { $0 != UInt8(ascii: " ") } ?? -1) + 1
      : bytes.firstIndex(of: 0) ?? size
    return String(decoding: bytes.prefix(end), as: UTF8.self)
  }
}
