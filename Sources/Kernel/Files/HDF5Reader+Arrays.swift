internal import CHDF5

extension HDF5Reader {
  /// Reads one dataset and its attributes.
  mutating func readArray(_ dataset: hid_t, name: String) throws(Failure) {
    let what = damaged("array `\(name)`")
    let creation = try HDF5Handle(H5Dget_create_plist(dataset), what, .fileMalformed)
    try readAttributes(of: dataset, name: name, creation: creation.id)
    let fileType = try HDF5Handle(H5Dget_type(dataset), what, .fileMalformed)
    guard let type = try HDF5Types.elementType(of: fileType.id) else {
      content.skipped.append("\(name) (no numbers)")
      return
    }
    let space = try HDF5Handle(H5Dget_space(dataset), what, .fileMalformed)
    guard let shape = try shape(of: space.id, what) else {
      content.skipped.append("\(name) (an array without a shape)")
      return
    }
    guard let size = type.byteCount(shape: shape),
      let storedSize = max(H5Tget_size(fileType.id), 1).byteCount(shape: shape)
    else {
      throw Failure(.fileMalformed, what, notes: ["it claims the impossible shape \(shape)"])
    }
    try checkStorage(dataset, name: name, creation: creation.id, claimed: storedSize)
    total += size
    guard total <= FileContent.sizeLimit else {
      throw Failure(
        .fileMalformed,
        "`\(source)` claims arrays of more than \(FileContent.sizeLimit) bytes together")
    }
    let memoryType = try HDF5Types.make(type, .fileMalformed)
    var status: herr_t = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      if size > 0 {
        status = H5Dread(
          dataset, memoryType.id, basin_h5_all(), basin_h5_all(), basin_h5_default(),
          buffer.baseAddress)
      }
      filled = status >= 0 ? size : 0
    }
    try checkHDF5(status, what, .fileMalformed)
    content.arrays.append(NamedArray(name: name, checkedShape: shape, type: type, bytes: bytes))
  }

  /// The extents of a space, none for a single number; nil where it holds nothing.
  func shape(of space: hid_t, _ what: String) throws(Failure) -> [Int]? {
    guard H5Sget_simple_extent_type(space) != H5S_NULL else { return nil }
    let rank = Int(H5Sget_simple_extent_ndims(space))
    // 32: the library's own bound.
    guard (0...32).contains(rank) else { throw Failure(.fileMalformed, what) }
    var extents = [hsize_t](repeating: 0, count: rank)
    if rank > 0 {
      try checkHDF5(H5Sget_simple_extent_dims(space, &extents, nil), what, .fileMalformed)
    }
    return extents.map { Int(clamping: $0) }
  }

  // MARK: - What is claimed against what is there

  /// 64 MiB: what an array may claim beyond what was ever written; the rest is its fill value.
  private static let unwrittenLimit = 64 << 20

  private func checkStorage(
    _ dataset: hid_t, name: String, creation: hid_t, claimed: Int
  ) throws(Failure) {
    guard H5Pget_external_count(creation) == 0 else {
      throw unsupported(name, "lies in another file")
    }
    let stored = Int(clamping: H5Dget_storage_size(dataset))
    let allowed: Int
    switch H5Pget_layout(creation) {
    case H5D_COMPACT, H5D_CONTIGUOUS:
      allowed = stored == 0 ? Self.unwrittenLimit : stored
      if stored > (try FileContent.size(of: source)) { throw tooMuch(name, claimed, stored) }
    case H5D_CHUNKED:
      try checkFilters(creation, name: name)
      allowed = max(
        Self.unwrittenLimit,
        stored.multipliedReportingOverflow(by: Inflate.largestRatio).partialValue)
      let chunk = try chunkSize(dataset, creation, name: name)
      guard chunk <= allowed else { throw tooMuch(name, chunk, stored) }
    default:
      throw unsupported(name, "is put together from other files")
    }
    guard claimed <= allowed else { throw tooMuch(name, claimed, stored) }
  }

  private func chunkSize(
    _ dataset: hid_t, _ creation: hid_t, name: String
  ) throws(Failure) -> Int {
    var extents = [hsize_t](repeating: 0, count: 32)
    let rank = Int(H5Pget_chunk(creation, Int32(extents.count), &extents))
    let type = try HDF5Handle(H5Dget_type(dataset), damaged("array `\(name)`"), .fileMalformed)
    let shape = extents.prefix(max(rank, 0)).map { Int(clamping: $0) }
    guard rank >= 0, let size = Int(H5Tget_size(type.id)).byteCount(shape: shape) else {
      throw Failure(.fileMalformed, damaged("array `\(name)`"))
    }
    return size
  }

  private func checkFilters(_ creation: hid_t, name: String) throws(Failure) {
    for place in 0..<max(0, H5Pget_nfilters(creation)) {
      var flags: UInt32 = 0
      var valueCount = 0
      var configuration: UInt32 = 0
      let filter = H5Pget_filter2(
        creation, UInt32(place), &flags, &valueCount, nil, 0, nil, &configuration)
      guard filter >= 0, H5Zfilter_avail(filter) > 0 else {
        throw unsupported(name, "is packed by filter \(filter), which is not installed")
      }
    }
  }

  private func unsupported(_ name: String, _ why: String) -> Failure {
    Failure(.unsupportedFormat, "`\(source)` array `\(name)` \(why)")
  }

  private func tooMuch(_ name: String, _ claimed: Int, _ stored: Int) -> Failure {
    Failure(
      .fileMalformed,
      "`\(source)` array `\(name)` claims \(claimed) bytes, and the file holds \(stored) for it")
  }
}

extension Int {
  /// The bytes that elements of this size take in an array of this shape; nil where impossible.
  fileprivate func byteCount(shape: [Int]) -> Int? {
    var span = self
    for extent in shape {
      let (product, overflow) = span.multipliedReportingOverflow(by: Swift.max(extent, 1))
      guard extent >= 0, !overflow else { return nil }
      span = product
    }
    return shape.contains(0) ? 0 : span
  }
}
