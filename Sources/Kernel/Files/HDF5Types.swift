internal import CHDF5

/// How element types are written in HDF5; `CHDF5/types.h` holds the types and reads HDF5's.
enum HDF5Types {
  /// The type of the library with which elements are written: little-endian.
  static func make(_ type: ElementType) throws(Failure) -> HDF5Handle {
    guard let place = ElementType.allCases.firstIndex(of: type) else {
      preconditionFailure("\(type) is no case of its own")
    }
    return try HDF5Handle(
      basin_h5_make_type(Int32(place)), "an HDF5 type cannot be made")
  }

  /// The element type of a number in a record.
  static func elementType(_ number: UInt64) -> ElementType? {
    number < ElementType.allCases.count ? ElementType.allCases[Int(number)] : nil
  }
}
