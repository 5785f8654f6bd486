internal import CHDF5

/// Reads the arrays and texts of an HDF5 file.
///
/// Nothing that the file claims is believed before it was compared with what the file holds;
/// links to other files, virtual and external arrays are not followed.
struct HDF5Reader: ~Copyable {
  /// What is read from a file.
  struct Content {
    var arrays: [NamedArray] = []
    var metadata = Metadata()
    /// Names of things that are no arrays of numbers, with what they are.
    var skipped: [String] = []
  }

  let source: String
  private let file: HDF5Handle
  var content = Content()
  /// How many bytes arrays took so far.
  var total = 0
  /// Whether the heaps of texts were looked through.
  var areHeapsChecked = false
  private var visited: Set<UInt64> = []

  /// The arrays and texts under a group of the file at `path`.
  ///
  /// - Parameter group: Such as `nets/1`; empty for the whole file. Names are relative to it.
  static func read(_ path: String, group: String = "") throws(Failure) -> Content {
    // The plain checks give plain sentences: no file, a folder, no permission.
    _ = try FileContent.size(of: path)
    return try HDF5Library.use { () throws(Failure) in
      var reader = try HDF5Reader(path)
      try reader.walk(from: group)
      return reader.content
    }
  }

  private init(_ path: String) throws(Failure) {
    source = path
    try Self.checkThatItCanBeRead(path)
    let access = try HDF5Handle(
      H5Pcreate(basin_h5_file_access()), "HDF5 cannot make a list of settings", .fileMalformed)
    basin_h5_ignore_missing_locks(access.id)
    file = try HDF5Handle(
      H5Fopen(path, basin_h5_read_only(), access.id),
      "`\(path)` is no HDF5 file, or is damaged or cut short", .fileMalformed)
  }

  /// Has the library read the file through in a process of its own first.
  ///
  /// Files of the old formats have no checksums, and a changed byte in their structure can make
  /// the library crash or run forever.
  private static func checkThatItCanBeRead(_ path: String) throws(Failure) {
    let size = try FileContent.size(of: path)
    // 5 s, and for large files as long as a slow disk of 20 MB/s needs.
    let seconds = UInt32(clamping: 5 + size / 20_000_000)
    // 2 GiB more than the file's own bytes a few times over: unpacked arrays and the library.
    let memory = 2 << 30 + 4 * size
    guard basin_h5_survives(path, seconds, memory) != 0 else {
      throw Failure(
        .fileMalformed, "`\(path)` is damaged: the HDF5 library cannot read it through",
        notes: ["HDF5: it crashed, wanted absurdly much memory, or came to no end"])
    }
  }

  private mutating func walk(from group: String) throws(Failure) {
    let path = group.split(separator: "/").joined(separator: "/")
    let start: HDF5Handle
    if path.isEmpty {
      start = try HDF5Handle(
        H5Gopen2(file.id, "/", basin_h5_default()), damaged("its first group"), .fileMalformed)
    } else {
      start = try HDF5Handle(
        H5Oopen(file.id, path, basin_h5_default()), "`\(source)` holds no `\(path)`",
        .fileMalformed)
    }
    if H5Iget_type(start.id) == H5I_DATASET {
      try readArray(start.id, name: path)
    } else {
      try readGroup(start.id, name: "", depth: 0)
    }
  }

  func damaged(_ what: String) -> String { "`\(source)` is damaged or cut short at \(what)" }

  // MARK: - Groups

  /// 32: deeper nesting than any file of arrays has; it bounds what a damaged file can ask for.
  private static let depthLimit = 32

  private mutating func readGroup(_ group: hid_t, name: String, depth: Int) throws(Failure) {
    let what = name.isEmpty ? "its first group" : "group `\(name)`"
    var address: UInt64 = 0
    try checkHDF5(basin_h5_address(group, &address), damaged(what), .fileMalformed)
    // A group that holds itself would never end.
    guard visited.insert(address).inserted, depth < Self.depthLimit else {
      content.skipped.append("\(name) (a group met before)")
      return
    }
    let creation = try HDF5Handle(H5Gget_create_plist(group), damaged(what), .fileMalformed)
    try readAttributes(of: group, name: name, creation: creation.id)
    var links = HDF5Names()
    let status = withUnsafeMutablePointer(to: &links) { links in
      basin_h5_visit_links(
        group, isOrdered(creation.id, H5Pget_link_creation_order) ? 1 : 0,
        { name, isHard, context in
          guard let name, let links = context?.assumingMemoryBound(to: HDF5Names.self) else {
            return -1
          }
          links.pointee.append(name, isHard: isHard != 0)
          return 0
        }, links)
    }
    try checkHDF5(status, damaged(what), .fileMalformed)
    for link in links.all {
      let path = name.isEmpty ? link.name : "\(name)/\(link.name)"
      guard link.isHard else {
        content.skipped.append("\(path) (a soft or external link)")
        continue
      }
      try readObject(in: group, link: link.name, path: path, depth: depth)
    }
  }

  private mutating func readObject(
    in group: hid_t, link: String, path: String, depth: Int
  ) throws(Failure) {
    let object = try HDF5Handle(
      H5Oopen(group, link, basin_h5_default()), damaged("`\(path)`"), .fileMalformed)
    switch H5Iget_type(object.id) {
    case H5I_GROUP: try readGroup(object.id, name: path, depth: depth + 1)
    case H5I_DATASET: try readArray(object.id, name: path)
    default: content.skipped.append("\(path) (a named type)")
    }
  }

  /// Whether the order in which things were made is kept and can be asked for.
  func isOrdered(
    _ creation: hid_t, _ getter: (hid_t, UnsafeMutablePointer<UInt32>?) -> herr_t
  ) -> Bool {
    var flags: UInt32 = 0
    return getter(creation, &flags) >= 0 && flags & UInt32(H5P_CRT_ORDER_TRACKED) != 0
  }
}

/// Names that a visit of the library gathers.
struct HDF5Names {
  private(set) var all: [(name: String, isHard: Bool)] = []

  mutating func append(_ name: UnsafePointer<CChar>, isHard: Bool = true) {
    all.append((String(cString: name), isHard))
  }
}
