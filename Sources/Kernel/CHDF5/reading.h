// Walking an HDF5 file with the library, and passing on what is found as records.
//
// This runs in the child process alone (`process.h`), and ends it where reading cannot go on.
#pragma once
#include "records.h"

/// `a/b`, or `b` where there is no `a`; false where it is too long.
static inline int basin_h5_join(char *path, const char *a, const char *b) {
  const int length = a[0] == 0 ? snprintf(path, basin_h5_path_size, "%s", b)
                               : snprintf(path, basin_h5_path_size, "%s/%s", a, b);
  return length >= 0 && length < basin_h5_path_size;
}

// MARK: - Shapes and bytes

typedef struct {
  /// -1: the space holds nothing at all.
  int rank;
  hsize_t extents[32];
  /// The number of elements, as a real because a damaged file may claim any.
  double count;
} basin_h5_shape;

static inline int basin_h5_read_shape(hid_t space, basin_h5_shape *shape) {
  shape->rank = -1;
  shape->count = 0;
  if (space < 0) return 0;
  if (H5Sget_simple_extent_type(space) == H5S_NULL) return 1;
  shape->rank = H5Sget_simple_extent_ndims(space);
  if (shape->rank < 0 || shape->rank > 32) return 0;
  if (shape->rank > 0 && H5Sget_simple_extent_dims(space, shape->extents, NULL) < 0) return 0;
  shape->count = 1;
  for (int axis = 0; axis < shape->rank; ++axis) shape->count *= (double)shape->extents[axis];
  return 1;
}

static inline void basin_h5_put_array(basin_h5_child *child, char letter, const char *path,
                                      int type, const basin_h5_shape *shape, const void *bytes,
                                      size_t size) {
  basin_h5_put(child, letter, path, NULL);
  basin_h5_put_number(child, (uint64_t)type);
  basin_h5_put_number(child, (uint64_t)shape->rank);
  for (int axis = 0; axis < shape->rank; ++axis) basin_h5_put_number(child, shape->extents[axis]);
  basin_h5_put_number(child, size);
  fwrite(bytes, 1, size, child->out);
}

// MARK: - Attributes

typedef struct {
  basin_h5_child *child;
  const char *owner;
} basin_h5_owner;

static inline int basin_h5_read_text(hid_t attribute, hid_t type, basin_h5_child *child,
                                     const char *path) {
  if (H5Tis_variable_str(type) > 0) {
    hid_t memory_type = H5Tcopy(H5T_C_S1);
    char *text = NULL;
    if (H5Tset_size(memory_type, H5T_VARIABLE) < 0 ||
        H5Tset_cset(memory_type, H5Tget_cset(type)) < 0 ||
        H5Aread(attribute, memory_type, &text) < 0)
      return 0;
    basin_h5_put(child, 'T', path, text != NULL ? text : "");
    if (text != NULL) H5free_memory(text);
    H5Tclose(memory_type);
    return 1;
  }
  const size_t size = H5Tget_size(type);
  if (size == 0 || size > basin_h5_text_limit) {
    basin_h5_put(child, 'S', path, "an attribute of another kind");
    return 1;
  }
  char *text = (char *)calloc(size + 1, 1);
  if (text == NULL) basin_h5_lacks_memory(child, path);
  if (H5Aread(attribute, type, text) < 0) return 0;
  size_t length = strnlen(text, size);
  if (H5Tget_strpad(type) == H5T_STR_SPACEPAD) {
    length = size;
    while (length > 0 && text[length - 1] == ' ') --length;
  }
  basin_h5_put(child, 'T', path, NULL);
  basin_h5_put_text(child, text, length);
  free(text);
  return 1;
}

/// Passes on one attribute; false where the library could not read it.
static inline int basin_h5_read_attribute(hid_t attribute, basin_h5_child *child,
                                          const char *path) {
  hid_t type = H5Aget_type(attribute);
  hid_t space = H5Aget_space(attribute);
  basin_h5_shape shape;
  if (type < 0 || !basin_h5_read_shape(space, &shape)) return 0;
  const int element = basin_h5_element_type(type);
  int done = 1;
  if (shape.rank >= 0 && H5Tget_class(type) == H5T_STRING && shape.count == 1) {
    done = basin_h5_read_text(attribute, type, child, path);
  } else if (shape.rank >= 0 && element >= 0 && shape.count <= basin_h5_attribute_limit) {
    hid_t memory_type = basin_h5_make_type(element);
    const size_t size = (size_t)shape.count * H5Tget_size(memory_type);
    void *bytes = calloc(size + 1, 1);
    if (bytes == NULL) basin_h5_lacks_memory(child, path);
    if (size > 0 && H5Aread(attribute, memory_type, bytes) < 0) return 0;
    basin_h5_put_array(child, 'N', path, element, &shape, bytes, size);
    free(bytes);
    H5Tclose(memory_type);
  } else {
    basin_h5_put(child, 'S', path, "an attribute of another kind");
  }
  H5Sclose(space);
  H5Tclose(type);
  return done;
}

static inline herr_t basin_h5_each_attribute(hid_t object, const char *name,
                                             const H5A_info_t *info, void *context) {
  const basin_h5_owner *owner = (const basin_h5_owner *)context;
  char path[basin_h5_path_size];
  (void)info;
  hid_t attribute = H5Aopen(object, name, H5P_DEFAULT);
  if (attribute < 0 || !basin_h5_join(path, owner->owner, name) ||
      !basin_h5_read_attribute(attribute, owner->child, path))
    return -1;
  H5Aclose(attribute);
  return 0;
}

/// Whether the order in which things were made is kept and can be asked for.
static inline int basin_h5_is_ordered(hid_t creation, herr_t (*get)(hid_t, unsigned *)) {
  unsigned flags = 0;
  return get(creation, &flags) >= 0 && (flags & H5P_CRT_ORDER_TRACKED) != 0;
}

static inline void basin_h5_read_attributes(basin_h5_child *child, hid_t object, hid_t creation,
                                            const char *path) {
  basin_h5_owner owner = {child, path};
  const H5_index_t order = basin_h5_is_ordered(creation, H5Pget_attr_creation_order)
                               ? H5_INDEX_CRT_ORDER
                               : H5_INDEX_NAME;
  if (H5Aiterate2(object, order, H5_ITER_INC, NULL, basin_h5_each_attribute, &owner) < 0) {
    char what[basin_h5_path_size + 32];
    snprintf(what, sizeof what, path[0] == 0 ? "its attributes" : "the attributes of `%s`", path);
    basin_h5_damaged(child, what);
  }
}

// MARK: - Arrays

/// Ends the child unless what the array claims can be in the file.
static inline void basin_h5_check_storage(basin_h5_child *child, hid_t dataset, hid_t creation,
                                          const char *path, double claimed, double element_size) {
  if (H5Pget_external_count(creation) != 0)
    basin_h5_unsupported(child, path, "lies in another file");
  const double held = (double)H5Dget_storage_size(dataset);
  double allowed = held == 0 ? basin_h5_unwritten_limit : held;
  const H5D_layout_t layout = H5Pget_layout(creation);
  if (layout == H5D_COMPACT || layout == H5D_CONTIGUOUS) {
    if (held > (double)child->file_size)
      basin_h5_claims_too_much(child, path, claimed, (double)child->file_size);
  } else if (layout == H5D_CHUNKED) {
    for (int place = 0; place < H5Pget_nfilters(creation); ++place) {
      unsigned flags = 0, configuration = 0;
      size_t value_count = 0;
      H5Z_filter_t filter = H5Pget_filter2(creation, (unsigned)place, &flags, &value_count, NULL, 0,
                                           NULL, &configuration);
      char why[80];
      snprintf(why, sizeof why, "is packed by filter %d, which is not installed", (int)filter);
      if (filter < 0 || H5Zfilter_avail(filter) <= 0) basin_h5_unsupported(child, path, why);
    }
    allowed = basin_h5_packing_limit * held;
    if (allowed < basin_h5_unwritten_limit) allowed = basin_h5_unwritten_limit;
    hsize_t extents[32] = {0};
    const int rank = H5Pget_chunk(creation, 32, extents);
    double chunk = element_size;
    for (int axis = 0; axis < rank && axis < 32; ++axis) chunk *= (double)extents[axis];
    if (chunk > allowed) basin_h5_claims_too_much(child, path, chunk, held);
  } else {
    basin_h5_unsupported(child, path, "is put together from other files");
  }
  if (claimed > allowed) basin_h5_claims_too_much(child, path, claimed, held);
}

static inline void basin_h5_read_array(basin_h5_child *child, hid_t dataset, const char *path) {
  char what[basin_h5_path_size + 32];
  snprintf(what, sizeof what, "array `%s`", path);
  hid_t creation = H5Dget_create_plist(dataset);
  hid_t type = H5Dget_type(dataset);
  hid_t space = H5Dget_space(dataset);
  basin_h5_shape shape;
  if (creation < 0 || type < 0 || !basin_h5_read_shape(space, &shape))
    basin_h5_damaged(child, what);
  basin_h5_read_attributes(child, dataset, creation, path);
  const int element = basin_h5_element_type(type);
  if (element < 0) {
    basin_h5_put(child, 'S', path, "no numbers");
  } else if (shape.rank < 0) {
    basin_h5_put(child, 'S', path, "an array without a shape");
  } else {
    const double element_size = (double)H5Tget_size(type);
    basin_h5_check_storage(child, dataset, creation, path, shape.count * element_size,
                           element_size);
    hid_t memory_type = basin_h5_make_type(element);
    const size_t size = (size_t)shape.count * H5Tget_size(memory_type);
    basin_h5_make_room(child, path, size);
    void *bytes = malloc(size + 1);
    if (bytes == NULL) basin_h5_lacks_memory(child, what);
    if (size > 0 && H5Dread(dataset, memory_type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) < 0)
      basin_h5_damaged(child, what);
    basin_h5_put_array(child, 'A', path, element, &shape, bytes, size);
    free(bytes);
    H5Tclose(memory_type);
  }
  H5Sclose(space);
  H5Tclose(type);
  H5Pclose(creation);
}

// MARK: - Groups

typedef struct {
  basin_h5_child *child;
  hid_t group;
  const char *path;
  int depth;
} basin_h5_place;

static inline void basin_h5_read_group(basin_h5_place place);

static inline herr_t basin_h5_each_link(const char *name, int is_hard, void *context) {
  basin_h5_place place = *(const basin_h5_place *)context;
  char path[basin_h5_path_size];
  char what[basin_h5_path_size + 32];
  if (!basin_h5_join(path, place.path, name)) return -1;
  if (!is_hard) {
    basin_h5_put(place.child, 'S', path, "a soft or external link");
    return 0;
  }
  hid_t object = H5Oopen(place.group, name, H5P_DEFAULT);
  snprintf(what, sizeof what, "`%s`", path);
  if (object < 0) basin_h5_damaged(place.child, what);
  place.path = path;
  place.group = object;
  place.depth += 1;
  switch (H5Iget_type(object)) {
    case H5I_GROUP: basin_h5_read_group(place); break;
    case H5I_DATASET: basin_h5_read_array(place.child, object, path); break;
    default: basin_h5_put(place.child, 'S', path, "a named type");
  }
  H5Oclose(object);
  return 0;
}

/// Whether the group at this address is met for the first time; one that holds itself never ends.
static inline int basin_h5_is_new(basin_h5_child *child, uint64_t address) {
  for (size_t i = 0; i < child->seen_count; ++i)
    if (child->seen[i] == address) return 0;
  if (child->seen_count == basin_h5_group_limit) return 0;
  child->seen[child->seen_count++] = address;
  return 1;
}

static inline void basin_h5_read_group(basin_h5_place place) {
  char what[basin_h5_path_size + 32];
  snprintf(what, sizeof what, place.path[0] == 0 ? "its first group" : "group `%s`", place.path);
  uint64_t address = 0;
  if (basin_h5_address(place.group, &address) < 0) basin_h5_damaged(place.child, what);
  if (place.depth >= basin_h5_depth_limit || !basin_h5_is_new(place.child, address)) {
    basin_h5_put(place.child, 'S', place.path, "a group met before");
    return;
  }
  hid_t creation = H5Gget_create_plist(place.group);
  if (creation < 0) basin_h5_damaged(place.child, what);
  basin_h5_read_attributes(place.child, place.group, creation, place.path);
  if (basin_h5_visit_links(place.group, basin_h5_is_ordered(creation, H5Pget_link_creation_order),
                           basin_h5_each_link, &place) < 0)
    basin_h5_damaged(place.child, what);
  H5Pclose(creation);
}

static inline _Noreturn void basin_h5_read_file(basin_h5_child *child, const char *path,
                                                const char *group) {
  char reason[256];
  hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  basin_h5_ignore_missing_locks(access);
  hid_t file = H5Fopen(path, H5F_ACC_RDONLY, access);
  if (file < 0) {
    if (basin_h5_wanted_memory()) basin_h5_damaged(child, "its beginning");
    basin_h5_describe_error(reason);
    basin_h5_put(child, 'O', reason, NULL);
    basin_h5_finish(child);
  }
  hid_t start = group[0] == 0 ? H5Gopen2(file, "/", H5P_DEFAULT) : H5Oopen(file, group, H5P_DEFAULT);
  if (start < 0) {
    if (group[0] == 0) basin_h5_damaged(child, "its first group");
    basin_h5_describe_error(reason);
    basin_h5_put(child, 'G', reason, NULL);
    basin_h5_finish(child);
  }
  if (H5Iget_type(start) == H5I_DATASET) {
    basin_h5_read_array(child, start, group);
  } else {
    basin_h5_place place = {child, start, "", 0};
    basin_h5_read_group(place);
  }
  fputc('Z', child->out);
  basin_h5_finish(child);
}
