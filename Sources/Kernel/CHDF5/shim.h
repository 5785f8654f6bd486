// HDF5: its constants are macros that call H5open() first, which Swift does not see, and its
// `*_g` globals are 0 until then. Hence one function for each that we use.
#pragma once
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#else
#include <hdf5.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline unsigned basin_h5_truncate(void) { return H5F_ACC_TRUNC; }
static inline hid_t basin_h5_default(void) { return H5P_DEFAULT; }
static inline hid_t basin_h5_all(void) { return H5S_ALL; }

static inline hid_t basin_h5_file_creation(void) { return H5P_FILE_CREATE; }
static inline hid_t basin_h5_file_access(void) { return H5P_FILE_ACCESS; }
static inline hid_t basin_h5_group_creation(void) { return H5P_GROUP_CREATE; }
static inline hid_t basin_h5_dataset_creation(void) { return H5P_DATASET_CREATE; }

static inline hid_t basin_h5_c_string(void) { return H5T_C_S1; }

static inline herr_t basin_h5_be_silent(void) { return H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }
static inline herr_t basin_h5_clear_errors(void) { return H5Eclear2(H5E_DEFAULT); }

static inline herr_t basin_h5_keep_description(unsigned n, const H5E_error2_t *error, void *buffer) {
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
static inline herr_t basin_h5_note_memory(unsigned n, const H5E_error2_t *error, void *found) {
  (void)n;
  if (error->maj_num == H5E_RESOURCE && error->min_num == H5E_NOSPACE) *(int *)found = 1;
  return 0;
}
/// Whether what failed last failed because the system gave no memory.
static inline int basin_h5_wanted_memory(void) {
  int found = 0;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, basin_h5_note_memory, &found);
  return found;
}
/// Lets files be read where the file system knows no locks; older libraries always lock.
static inline void basin_h5_ignore_missing_locks(hid_t access) {
#if H5_VERSION_GE(1, 12, 1) || (H5_VERSION_GE(1, 10, 7) && !H5_VERSION_GE(1, 12, 0))
  H5Pset_file_locking(access, 0, 1);
#else
  (void)access;
#endif
}

/// What one link of a group is called, and whether it is a hard one (in this file, always there).
typedef herr_t (*basin_h5_link_visitor)(const char *name, int is_hard, void *context);
typedef struct {
  basin_h5_link_visitor visit;
  void *context;
} basin_h5_visit;

// Later versions give the plain names of these functions to other ones with other structures.
#if H5_VERSION_GE(1, 12, 0)
static inline herr_t basin_h5_forward(hid_t group, const char *name, const H5L_info2_t *info, void *data) {
  const basin_h5_visit *visit = (const basin_h5_visit *)data;
  (void)group;
  return visit->visit(name, info->type == H5L_TYPE_HARD, visit->context);
}
#else
static inline herr_t basin_h5_forward(hid_t group, const char *name, const H5L_info_t *info, void *data) {
  const basin_h5_visit *visit = (const basin_h5_visit *)data;
  (void)group;
  return visit->visit(name, info->type == H5L_TYPE_HARD, visit->context);
}
#endif

/// Visits the links of a group, in the order of their making where that was kept, else by name.
static inline herr_t basin_h5_visit_links(hid_t group, int by_creation, basin_h5_link_visitor visitor,
                                          void *context) {
  basin_h5_visit visit = {visitor, context};
  hsize_t start = 0;
  H5_index_t index = by_creation ? H5_INDEX_CRT_ORDER : H5_INDEX_NAME;
#if H5_VERSION_GE(1, 12, 0)
  return H5Literate2(group, index, H5_ITER_INC, &start, basin_h5_forward, &visit);
#else
  return H5Literate(group, index, H5_ITER_INC, &start, basin_h5_forward, &visit);
#endif
}

/// Where an open object lies in its file, which tells whether two names mean the same object.
static inline herr_t basin_h5_address(hid_t object, uint64_t *address) {
#if H5_VERSION_GE(1, 12, 0)
  H5O_info2_t info;
  herr_t result = H5Oget_info3(object, &info, H5O_INFO_BASIC);
  if (result >= 0) memcpy(address, &info.token, sizeof *address);
#else
  H5O_info_t info;
  herr_t result = H5Oget_info2(object, &info, H5O_INFO_BASIC);
  if (result >= 0) *address = info.addr;
#endif
  return result;
}
#include "types.h"
#include "process.h"
