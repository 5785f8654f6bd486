/// The memory that tensors of a file of PyTorch's lie in.
struct TorchStorage {
  /// Its entry in the archive: `data/KEY`.
  let key: String
  /// The type of its elements; nil where tensors say it.
  let type: ElementType?
  /// How many elements it says to have; bytes where it has no type.
  let count: Int

  /// How many bytes it says to have; nil where so many cannot be.
  var byteCount: Int? { (type ?? .u8).byteCount(shape: [count]) }
}

/// A tensor as a file of PyTorch's describes it: a view of a storage.
struct TorchTensor {
  let storage: TorchStorage
  let type: ElementType
  /// Where it begins in the storage, in elements.
  let offset: Int
  let shape: [Int]
  /// How far apart neighbours along each axis lie, in elements; 0 where an axis was expanded.
  let strides: [Int]

  /// PyTorch's own limit.
  static let axisLimit = 64
  /// More than the arrays of any network and its optimizer.
  static let countLimit = 100_000

  /// How many bytes its elements take, side by side.
  ///
  /// - Throws: `fileMalformed` where it does not lie inside a storage of so many bytes.
  func checkedByteCount(
    storageSize: Int, fault: (String) -> Failure
  ) throws(Failure) -> Int {
    guard let claimed = storage.byteCount, claimed <= storageSize else {
      throw fault(
        "its storage claims \(storage.count) elements, and \(storageSize) bytes are there")
    }
    guard shape.count == strides.count, offset >= 0,
      strides.allSatisfy({ $0 >= 0 }), let size = type.byteCount(shape: shape)
    else {
      throw fault("no tensor has shape \(shape) and strides \(strides)")
    }
    guard size > 0 else { return 0 }
    var last = offset
    for (extent, stride) in zip(shape, strides) {
      let (way, isTooFar) = (extent - 1).multipliedReportingOverflow(by: stride)
      let (sum, isTooLarge) = last.addingReportingOverflow(way)
      guard !isTooFar, !isTooLarge else {
        throw fault("no tensor has shape \(shape) and strides \(strides)")
      }
      last = sum
    }
    guard last < claimed / type.size else {
      throw fault(
        "shape \(shape) and strides \(strides) reach to element \(last), and its storage has "
          + "\(claimed / type.size)")
    }
    return size
  }

  /// Its elements side by side, row-major.
  ///
  /// - Parameter storage: The bytes of its storage, inside which it lies.
  /// - Parameter byteCount: What `checkedByteCount` gave.
  func elements(of storage: [UInt8], byteCount: Int) -> [UInt8] {
    // An empty one may begin anywhere.
    if byteCount == 0 { return [] }
    let start = offset * type.size
    if isDense {
      return byteCount == storage.count ? storage : Array(storage[start..<start + byteCount])
    }
    let width = type.size
    // An axis of one element may have any stride.
    let strides = zip(shape, strides).map { $0 > 1 ? $1 : 0 }
    return storage.withUnsafeBytes { source in
      [UInt8](unsafeUninitializedCapacity: byteCount) { target, filled in
        guard let source = source.baseAddress, let target = target.baseAddress else { return }
        var indices = [Int](repeating: 0, count: shape.count)
        var place = start
        while filled < byteCount {
          UnsafeMutableRawPointer(target + filled).copyMemory(
            from: source + place, byteCount: width)
          filled += width
          var axis = shape.count - 1
          while axis >= 0 {
            indices[axis] += 1
            place += strides[axis] * width
            if indices[axis] < shape[axis] { break }
            place -= shape[axis] * strides[axis] * width
            indices[axis] = 0
            axis -= 1
          }
        }
      }
    }
  }

  /// Whether the elements lie side by side already.
  private var isDense: Bool {
    var expected = 1
    for (extent, stride) in zip(shape, strides).reversed() where extent > 1 {
      guard stride == expected else { return false }
      expected *= extent
    }
    return true
  }
}
