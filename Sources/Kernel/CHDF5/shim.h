// HDF5: its constants are macros that call H5open() first, which Swift does not see, and its
// `*_g` globals are 0 until then. Hence one function for each that we use.
#pragma once
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif
#include <stdio.h>

static inline unsigned basin_h5_truncate(void) { return H5F_ACC_TRUNC; }
static inline unsigned basin_h5_read_only(void) { return H5F_ACC_RDONLY; }
static inline hid_t basin_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t basin_h5_all(void) { return H5S_ALL; }
static inline hsize_t basin_h5_unlimited(void) { return H5S_UNLIMITED; }

static inline hid_t basin_h5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t basin_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t basin_h5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t basin_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }
static inline hid_t basin_h5_link_creation(void) { return H5P_LINK_CREATE; }

static inline hid_t basin_h5_f32(void) { return H5T_IEEE_F32LE; }
static inline hid_t basin_h5_f64(void) { return H5T_IEEE_F64LE; }
static inline hid_t basin_h5_i8(void) { return H5T_STD_I8LE; }
static inline hid_t basin_h5_i16(void) { return H5T_STD_I16LE; }
static inline hid_t basin_h5_i32(void) { return H5T_STD_I32LE; }
static inline hid_t basin_h5_i64(void) { return H5T_STD_I64LE; }
static inline hid_t basin_h5_u8(void) { return H5T_STD_U8LE; }
static inline hid_t basin_h5_u16(void) { return H5T_STD_U16LE; }
static inline hid_t basin_h5_u32(void) { return H5T_STD_U32LE; }
static inline hid_t basin_h5_u64(void) { return H5T_STD_U64LE; }
static inline hid_t basin_h5_c_string(void) { return H5T_C_S1; }
static inline size_t basin_h5_variable(void) { return H5T_VARIABLE; }

static inline herr_t basin_h5_be_silent(void) { return H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
static inline herr_t basin_h5_clear_errors(void) { return H5Eclear2(H5E_DEFAULT); }

static herr_t basin_h5_keep_description(unsigned n, const H5E_error2_t *error, void *buffer) {
  (void)n;
  char *text = (char *)buffer;
  if (text[0] == 0 && error->desc != NULL) snprintf(text, 256, "%s", error->desc);
  return 0;
}
/// Puts the innermost description of HDF5's error stack into `buffer` (256 bytes, cleared first).
static inline void basin_h5_describe_error(char *buffer) {
  buffer[0] = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, basin_h5_keep_description, buffer);
}
/// Lets files be read where the file system knows no locks; older libraries always lock.
static inline void basin_h5_ignore_missing_locks(hid_t access) {
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access, 0, 1);
#else
  (void)access;
#endif
}
