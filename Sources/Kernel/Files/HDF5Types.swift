internal import CHDF5

/// How element types are written in HDF5, and how HDF5's are read.
enum HDF5Types {
  /// The type of the library with which elements are written and read: little-endian.
  static func make(_ type: ElementType, _ code: FailureCode) throws(Failure) -> HDF5Handle {
    switch type {
    case .f16: return try half(brain: false, code)
    case .bf16: return try half(brain: true, code)
    case .bool: return try truth(code)
    default:
      return try HDF5Handle(H5Tcopy(standard(type)), "a type cannot be copied", code)
    }
  }

  /// What the elements of a dataset of this type are read as; nil for texts, records and all else
  /// that is no number.
  static func elementType(of type: hid_t) throws(Failure) -> ElementType? {
    let size = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_INTEGER:
      let isSigned = H5Tget_sign(type) == H5T_SGN_2
      switch size {
      case 1: return isSigned ? .i8 : .u8
      case 2: return isSigned ? .i16 : .u16
      case 4: return isSigned ? .i32 : .u32
      case 8: return isSigned ? .i64 : .u64
      default: return nil
      }
    case H5T_FLOAT:
      if size == 2 {
        if try isSame(type, .f16) { return .f16 }
        if try isSame(type, .bf16) { return .bf16 }
      }
      return size <= 4 ? .f32 : size <= 8 ? .f64 : nil
    case H5T_ENUM:
      return try isSame(type, .bool) ? .bool : nil
    default:
      return nil
    }
  }

  private static func standard(_ type: ElementType) -> hid_t {
    switch type {
    case .u8: basin_h5_u8()
    case .u16: basin_h5_u16()
    case .u32: basin_h5_u32()
    case .u64: basin_h5_u64()
    case .i8: basin_h5_i8()
    case .i16: basin_h5_i16()
    case .i32: basin_h5_i32()
    case .i64: basin_h5_i64()
    case .f64: basin_h5_f64()
    case .f32, .f16, .bf16, .bool: basin_h5_f32()
    }
  }

  /// Whether a file's type is this one, in either order of bytes.
  private static func isSame(_ type: hid_t, _ element: ElementType) throws(Failure) -> Bool {
    let own = try make(element, .fileMalformed)
    if H5Tequal(type, own.id) > 0 { return true }
    guard element != .bool else { return false }
    try checkHDF5(H5Tset_order(own.id, H5T_ORDER_BE), "a type cannot be made", .fileMalformed)
    return H5Tequal(type, own.id) > 0
  }

  /// A real of 16 bits: sign, 5 + 10 bits (IEEE) or 8 + 7 bits (the upper half of a 32-bit one).
  private static func half(brain: Bool, _ code: FailureCode) throws(Failure) -> HDF5Handle {
    let type = try HDF5Handle(H5Tcopy(basin_h5_f32()), "a type cannot be copied", code)
    let (exponent, mantissa, bias) = brain ? (8, 7, 127) : (5, 10, 15)
    try checkHDF5(
      H5Tset_fields(type.id, 15, mantissa, exponent, 0, mantissa), "a type cannot be made", code)
    try checkHDF5(H5Tset_size(type.id, 2), "a type cannot be made", code)
    try checkHDF5(H5Tset_ebias(type.id, bias), "a type cannot be made", code)
    return type
  }

  /// Truth values as h5py writes them: an enumeration of a byte.
  private static func truth(_ code: FailureCode) throws(Failure) -> HDF5Handle {
    let type = try HDF5Handle(
      H5Tenum_create(basin_h5_i8()), "the type of truth values cannot be made", code)
    for (name, value) in [("FALSE", Int8(0)), ("TRUE", Int8(1))] {
      var value = value
      try checkHDF5(
        H5Tenum_insert(type.id, name, &value), "the type of truth values cannot be made", code)
    }
    return type
  }
}
