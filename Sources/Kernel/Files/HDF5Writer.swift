internal import CHDF5

/// Makes HDF5 files in memory.
///
/// The library writes into memory and the bytes are then written as any other file: a full disk
/// is met by our own code, which knows how to keep the old file, and not inside the library.
/// Files are of the format of HDF5 1.8, whose structure carries checksums, keep the order in
/// which things were written, and hold no times, so the same content gives the same bytes.
struct HDF5Writer: ~Copyable {
  private let file: HDF5Handle
  private let groupCreation: HDF5Handle
  /// The paths of groups and arrays made so far.
  private var groups: Set<String> = []
  private var arrays: Set<String> = []

  /// The bytes of a file that holds these arrays and texts.
  ///
  /// - Throws: `writeFailed`, or `stopped`.
  static func image(
    _ arrays: [NamedArray], metadata: Metadata, stop: StopSignal? = nil
  ) throws(Failure) -> [UInt8] {
    try HDF5Library.use { () throws(Failure) in
      var writer = try HDF5Writer()
      for array in arrays {
        if let stop, stop.isRaised { throw Failure(.stopped, "writing an HDF5 file was stopped") }
        try writer.add(array)
      }
      if let stop, stop.isRaised { throw Failure(.stopped, "writing an HDF5 file was stopped") }
      for entry in metadata.entries { try writer.add(entry) }
      return try writer.image()
    }
  }

  private init() throws(Failure) {
    let access = try Self.list(basin_h5_file_access())
    // 16 MiB: how much more memory is taken when the file grows.
    try Self.check(H5Pset_fapl_core(access.id, 16 << 20, false))
    try Self.check(H5Pset_libver_bounds(access.id, H5F_LIBVER_V18, H5F_LIBVER_V18))
    let creation = try Self.list(basin_h5_file_creation())
    try Self.keepOrder(creation.id)
    let groupCreation = try Self.list(basin_h5_group_creation())
    try Self.keepOrder(groupCreation.id)
    // The name is the library's only handle on a file in memory; no such file is made.
    let file = try HDF5Handle(
      H5Fcreate("basin-in-memory", basin_h5_truncate(), creation.id, access.id),
      "an HDF5 file cannot be made")
    self.groupCreation = groupCreation
    self.file = file
  }

  private mutating func add(_ array: NamedArray) throws(Failure) {
    let path = try makeGroups(above: array.name)
    guard !groups.contains(path), arrays.insert(path).inserted else {
      throw Failure(.writeFailed, "an HDF5 file cannot hold two things named `\(array.name)`")
    }
    let what = "array `\(array.name)` cannot be written to an HDF5 file"
    let type = try HDF5Types.make(array.type)
    let space = try Self.space(array.shape, what)
    let creation = try Self.list(basin_h5_dataset_creation())
    try Self.check(H5Pset_obj_track_times(creation.id, false))
    try Self.check(H5Pset_attr_creation_order(creation.id, Self.orderFlags))
    let dataset = try HDF5Handle(
      H5Dcreate2(
        file.id, path, type.id, space.id, basin_h5_default(), creation.id, basin_h5_default()),
      what)
    guard !array.bytes.isEmpty else { return }
    let status = array.bytes.withUnsafeBytes { bytes in
      H5Dwrite(
        dataset.id, type.id, basin_h5_all(), basin_h5_all(), basin_h5_default(), bytes.baseAddress)
    }
    try checkHDF5(status, what)
  }

  /// Writes a text as an attribute of fixed length, filled with zeros.
  ///
  /// Texts of variable length would lie in a heap without checksums, whose damage the library
  /// does not notice.
  private mutating func add(_ entry: Metadata.Entry) throws(Failure) {
    let what = "the text `\(entry.name)` cannot be written to an HDF5 file"
    guard !entry.text.utf8.contains(0) else {
      throw Failure(.writeFailed, what, notes: ["it holds a character of code 0"])
    }
    let (owner, name) = Self.split(entry.name)
    if !owner.isEmpty, !arrays.contains(owner) { try makeGroup(owner) }
    let object = try HDF5Handle(
      H5Oopen(file.id, owner.isEmpty ? "/" : owner, basin_h5_default()), what)
    // A type must have a size, an empty text too.
    let bytes = entry.text.isEmpty ? [0] : Array(entry.text.utf8)
    let type = try HDF5Handle(H5Tcopy(basin_h5_c_string()), what)
    try Self.check(H5Tset_size(type.id, bytes.count))
    try Self.check(H5Tset_strpad(type.id, H5T_STR_NULLPAD))
    try Self.check(H5Tset_cset(type.id, H5T_CSET_UTF8))
    let space = try Self.space([], what)
    let attribute = try HDF5Handle(
      H5Acreate2(object.id, name, type.id, space.id, basin_h5_default(), basin_h5_default()), what)
    try checkHDF5(H5Awrite(attribute.id, type.id, bytes), what)
  }

  private borrowing func image() throws(Failure) -> [UInt8] {
    let what = "an HDF5 file cannot be finished"
    try checkHDF5(H5Fflush(file.id, H5F_SCOPE_GLOBAL), what)
    let size = H5Fget_file_image(file.id, nil, 0)
    guard size > 0 else {
      throw Failure(.writeFailed, what, notes: ["HDF5: \(HDF5Library.lastError)"])
    }
    var bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, filled in
      filled = max(0, H5Fget_file_image(file.id, buffer.baseAddress, size))
    }
    guard bytes.count == size, HDF5Superblock.seal(&bytes) else {
      throw Failure(.writeFailed, what, notes: ["HDF5: \(HDF5Library.lastError)"])
    }
    return bytes
  }

  // MARK: - Groups and names

  /// Makes the groups that a name calls for.
  ///
  /// - Returns: The name, checked.
  private mutating func makeGroups(above name: String) throws(Failure) -> String {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false)
    let isName = parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." }
    guard isName, !name.utf8.contains(0) else {
      throw Failure(.writeFailed, "`\(name)` is no name for anything in an HDF5 file")
    }
    let owner = Self.split(name).owner
    if !owner.isEmpty { try makeGroup(owner) }
    return name
  }

  private mutating func makeGroup(_ path: String) throws(Failure) {
    guard !groups.contains(path) else { return }
    _ = try makeGroups(above: path)
    guard !arrays.contains(path) else {
      throw Failure(.writeFailed, "`\(path)` cannot be an array and a group in one HDF5 file")
    }
    _ = try HDF5Handle(
      H5Gcreate2(file.id, path, basin_h5_default(), groupCreation.id, basin_h5_default()),
      "group `\(path)` cannot be made in an HDF5 file")
    groups.insert(path)
  }

  private static func split(_ name: String) -> (owner: String, name: String) {
    guard let slash = name.lastIndex(of: "/") else { return ("", name) }
    return (String(name[..<slash]), String(name[name.index(after: slash)...]))
  }

  // MARK: - The library's objects

  private static let orderFlags = UInt32(H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED)

  private static func list(_ kind: hid_t) throws(Failure) -> HDF5Handle {
    try HDF5Handle(H5Pcreate(kind), "HDF5 cannot make a list of settings")
  }

  private static func check(_ status: herr_t) throws(Failure) {
    try checkHDF5(status, "HDF5 refuses a setting")
  }

  private static func keepOrder(_ creation: hid_t) throws(Failure) {
    try check(H5Pset_link_creation_order(creation, orderFlags))
    try check(H5Pset_attr_creation_order(creation, orderFlags))
    try check(H5Pset_obj_track_times(creation, false))
  }

  private static func space(_ shape: [Int], _ what: String) throws(Failure) -> HDF5Handle {
    guard !shape.isEmpty else { return try HDF5Handle(H5Screate(H5S_SCALAR), what) }
    let extents = shape.map { hsize_t($0) }
    return try HDF5Handle(
      H5Screate_simple(Int32(clamping: extents.count), extents, nil), what)
  }
}
