// The types of elements: how ours are written in HDF5, and which of ours HDF5's are read as.
#pragma once

/// In the order of `ElementType.allCases`.
enum {
  basin_h5_bool, basin_h5_u8, basin_h5_u16, basin_h5_u32, basin_h5_u64, basin_h5_i8, basin_h5_i16,
  basin_h5_i32, basin_h5_i64, basin_h5_f16, basin_h5_bf16, basin_h5_f32, basin_h5_f64,
  basin_h5_type_count
};

/// A real of 16 bits: sign, 5 + 10 bits (IEEE) or 8 + 7 bits (the upper half of a 32-bit one).
static inline hid_t basin_h5_make_half(int is_brain) {
  const size_t exponent = is_brain ? 8 : 5, mantissa = is_brain ? 7 : 10;
  hid_t type = H5Tcopy(H5T_IEEE_F32LE);
  if (H5Tset_fields(type, 15, mantissa, exponent, 0, mantissa) < 0 || H5Tset_size(type, 2) < 0 ||
      H5Tset_ebias(type, is_brain ? 127 : 15) < 0)
    return -1;
  return type;
}

/// Truth values as h5py writes them: an enumeration of a byte.
static inline hid_t basin_h5_make_truth(void) {
  hid_t type = H5Tenum_create(H5T_STD_I8LE);
  const int8_t no = 0, yes = 1;
  if (H5Tenum_insert(type, "FALSE", &no) < 0 || H5Tenum_insert(type, "TRUE", &yes) < 0) return -1;
  return type;
}

/// The library's type for elements of ours, little-endian; the caller closes it.
static inline hid_t basin_h5_make_type(int element) {
  switch (element) {
    case basin_h5_bool: return basin_h5_make_truth();
    case basin_h5_u8: return H5Tcopy(H5T_STD_U8LE);
    case basin_h5_u16: return H5Tcopy(H5T_STD_U16LE);
    case basin_h5_u32: return H5Tcopy(H5T_STD_U32LE);
    case basin_h5_u64: return H5Tcopy(H5T_STD_U64LE);
    case basin_h5_i8: return H5Tcopy(H5T_STD_I8LE);
    case basin_h5_i16: return H5Tcopy(H5T_STD_I16LE);
    case basin_h5_i32: return H5Tcopy(H5T_STD_I32LE);
    case basin_h5_i64: return H5Tcopy(H5T_STD_I64LE);
    case basin_h5_f16: return basin_h5_make_half(0);
    case basin_h5_bf16: return basin_h5_make_half(1);
    case basin_h5_f32: return H5Tcopy(H5T_IEEE_F32LE);
    case basin_h5_f64: return H5Tcopy(H5T_IEEE_F64LE);
    default: return -1;
  }
}

/// Whether a file's type is this one of ours, in either order of bytes.
static inline int basin_h5_is_type(hid_t type, int element) {
  hid_t own = basin_h5_make_type(element);
  int same = H5Tequal(type, own) > 0;
  if (!same && element != basin_h5_bool)
    same = H5Tset_order(own, H5T_ORDER_BE) >= 0 && H5Tequal(type, own) > 0;
  H5Tclose(own);
  return same;
}

/// What elements of a file's type are read as; -1 for texts, records and all that is no number.
static inline int basin_h5_element_type(hid_t type) {
  const size_t size = H5Tget_size(type);
  switch (H5Tget_class(type)) {
    case H5T_INTEGER: {
      const int is_signed = H5Tget_sign(type) == H5T_SGN_2;
      switch (size) {
        case 1: return is_signed ? basin_h5_i8 : basin_h5_u8;
        case 2: return is_signed ? basin_h5_i16 : basin_h5_u16;
        case 4: return is_signed ? basin_h5_i32 : basin_h5_u32;
        case 8: return is_signed ? basin_h5_i64 : basin_h5_u64;
        default: return -1;
      }
    }
    case H5T_FLOAT:
      if (size == 2 && basin_h5_is_type(type, basin_h5_f16)) return basin_h5_f16;
      if (size == 2 && basin_h5_is_type(type, basin_h5_bf16)) return basin_h5_bf16;
      return size == 0 || size > 8 ? -1 : size <= 4 ? basin_h5_f32 : basin_h5_f64;
    case H5T_ENUM:
      return basin_h5_is_type(type, basin_h5_bool) ? basin_h5_bool : -1;
    default:
      return -1;
  }
}
